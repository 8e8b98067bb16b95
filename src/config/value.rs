//! Times, shares and numbers within bounds.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::decode::{Section, Sink};
use crate::formats::document::Span;
use crate::formats::duration::{self, UnitSource};
use crate::perf::scenario::Place;

/// A place in the file `source`.
pub(super) fn place(span: Span, source: &str) -> Place {
    Place { file: source.into(), line: span.line, column: span.column }
}

/// A time; a number alone counts seconds, as the flags do.
pub(super) fn time(
    section: Section<'_>,
    key: &str,
    range: RangeInclusive<Duration>,
    sink: &mut Sink,
) -> Option<Duration> {
    measured(section, key, range, true, sink)
}

/// A time with its unit: of a latency, a number alone would more likely be milliseconds than seconds.
pub(super) fn nanoseconds(section: Section<'_>, key: &str, sink: &mut Sink) -> Option<u64> {
    let time = measured(section, key, Duration::ZERO..=Duration::from_hours(1), false, sink)?;
    u64::try_from(time.as_nanos()).ok()
}

/// As [`nanoseconds`], but not zero, which nothing would keep.
pub(super) fn limit(section: Section<'_>, key: &str, sink: &mut Sink) -> Option<u64> {
    let range = Duration::from_nanos(1)..=Duration::from_hours(1);
    let time = measured(section, key, range, false, sink)?;
    u64::try_from(time.as_nanos()).ok()
}

/// A time with its unit, from nothing to an hour.
pub(super) fn pause(section: Section<'_>, key: &str, sink: &mut Sink) -> Option<Duration> {
    measured(section, key, Duration::ZERO..=Duration::from_hours(1), false, sink)
}

fn measured(
    section: Section<'_>,
    key: &str,
    range: RangeInclusive<Duration>,
    seconds: bool,
    sink: &mut Sink,
) -> Option<Duration> {
    let text = section.text(key, sink)?;
    let node = section.get(key)?;
    let read = duration::nanoseconds(&text, "").map(|(length, unit)| (Duration::from_nanos(length), unit));
    match read {
        Some((length, unit)) if unit != UnitSource::Value && !seconds && !length.is_zero() => {
            sink.add(node.span, format!("`{key}` needs a unit, such as `{text}ms`"), None);
            None
        }
        Some((length, _)) if range.contains(&length) => Some(length),
        Some(_) => {
            let message = format!("`{key}` is from {:?} to {:?}", range.start(), range.end());
            sink.add(node.span, message, None);
            None
        }
        None => {
            sink.add(node.span, "a time is expected, such as `30s` or `250ms`", None);
            None
        }
    }
}

/// A share: `10%`, or a fraction below one. `1` alone is refused, because it may mean either.
pub(super) fn percentage(section: Section<'_>, key: &str, most: f64, sink: &mut Sink) -> Option<f64> {
    let text = section.text(key, sink)?;
    let node = section.get(key)?;
    let number = |text: &str| {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        text.parse::<f64>().ok().filter(|number| plain && number.is_finite())
    };
    let share = match text.strip_suffix('%') {
        Some(percent) => number(percent.trim_end()).map(|percent| percent / 100.0),
        None => match number(&text) {
            Some(fraction) if fraction >= 1.0 => {
                let hint = format!("write `{text}%` for percent");
                sink.add(node.span, "a share is `10%`, or a fraction below 1", Some(hint));
                return None;
            }
            fraction => fraction,
        },
    };
    match share {
        Some(share) if share <= most => Some(share),
        Some(_) => {
            sink.add(node.span, format!("`{key}` is at most {}%", most * 100.0), None);
            None
        }
        None => {
            sink.add(node.span, "a share is expected, such as `10%`", None);
            None
        }
    }
}

/// A whole number.
pub(super) fn whole<T>(
    section: Section<'_>,
    key: &str,
    range: RangeInclusive<T>,
    sink: &mut Sink,
) -> Option<T>
where
    T: TryFrom<i64> + PartialOrd + std::fmt::Display,
{
    let node = section.get(key)?;
    let number = node.as_i64().and_then(|number| T::try_from(number).ok());
    let number = number.filter(|number| range.contains(number));
    if number.is_none() {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        let message = if node.as_i64().is_some() {
            format!("`{key}` is {expected}")
        } else {
            node.unexpected(&expected).message
        };
        sink.add(node.span, message, None);
    }
    number
}

/// A number, whole or not.
pub(super) fn real(
    section: Section<'_>,
    key: &str,
    range: RangeInclusive<f64>,
    sink: &mut Sink,
) -> Option<f64> {
    let node = section.get(key)?;
    let number = node.as_f64().filter(|number| range.contains(number));
    if number.is_none() {
        let message = format!("`{key}` is a number from {} to {}", range.start(), range.end());
        sink.add(node.span, message, None);
    }
    number
}
