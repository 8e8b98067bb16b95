//! Amounts in the unit of a metric: `200ms`, `4 GiB`, `20%`, or a plain number.

use super::super::decode::{Section, Sink};
use crate::baseline::settings::Range;
use crate::formats::document::{Node, Value};
use crate::formats::duration::{self, UnitSource};
use crate::formats::size;
use crate::report::Better;

/// What a metric should or must be: `{min: …, max: …}`, or one amount that is the bound on the side that is worse.
pub(super) fn range(
    section: Section<'_>,
    key: &str,
    unit: &str,
    better: Better,
    sink: &mut Sink,
) -> Option<Range> {
    let node = section.get(key)?;
    if !matches!(node.value, Value::Map(_)) {
        let bound = amount(node, key, unit, sink)?;
        return match better {
            Better::Lower => Some(Range { min: None, max: Some(bound) }),
            Better::Higher => Some(Range { min: Some(bound), max: None }),
            Better::Same => {
                let hint = format!("`{key}: {{min: …, max: …}}`");
                sink.add(node.span, "one bound says nothing where neither way is better", Some(hint));
                None
            }
        };
    }
    let bounds = Section::of(node, key, &["min", "max"], sink)?;
    let mut bound = |name: &str| bounds.get(name).and_then(|node| amount(node, name, unit, sink));
    let range = Range { min: bound("min"), max: bound("max") };
    if let (Some(min), Some(max)) = (range.min, range.max)
        && min > max
    {
        sink.add(node.span, "`min` is above `max`: nothing lies between them", None);
    }
    if bounds.get("min").is_none() && bounds.get("max").is_none() {
        sink.add(node.span, format!("`{key}` needs `min` or `max`"), None);
    }
    Some(range)
}

/// An amount of a key, in the metric's unit, not below zero.
pub(super) fn positive(section: Section<'_>, key: &str, unit: &str, sink: &mut Sink) -> Option<f64> {
    let node = section.get(key)?;
    let value = amount(node, key, unit, sink)?;
    if value < 0.0 {
        sink.add(node.span, format!("`{key}` is not below 0"), None);
        return None;
    }
    Some(value)
}

/// One amount.
fn amount(node: &Node, key: &str, unit: &str, sink: &mut Sink) -> Option<f64> {
    if let Some(number) = node.as_f64() {
        if unit == "seconds" && number != 0.0 {
            let hint = format!("`{number}s`, or `{number}ms`?");
            sink.add(node.span, format!("`{key}` needs a unit"), Some(hint));
            return None;
        }
        if number.is_finite() {
            return Some(number);
        }
        sink.add(node.span, format!("`{key}` is a finite number"), None);
        return None;
    }
    let text = node.text().unwrap_or_default().trim();
    let value = match unit {
        "seconds" => duration::nanoseconds(text, "")
            .filter(|(_, unit)| *unit == UnitSource::Value)
            .map(|(nanoseconds, _)| float(nanoseconds) / 1e9),
        "bytes" => size::bytes(text).ok().map(float),
        "ratio" => text
            .strip_suffix('%')
            .and_then(|percent| percent.trim_end().parse::<f64>().ok())
            .filter(|percent| percent.is_finite())
            .map(|percent| percent / 100.0),
        _ => None,
    };
    if value.is_none() {
        let example = match unit {
            "seconds" => "a time, such as `200ms`",
            "bytes" => "a size, such as `4 GiB`",
            "ratio" => "a share, such as `20%` or 0.2",
            _ => "a number",
        };
        sink.add(node.span, format!("`{key}` is {example}"), None);
    }
    value
}

#[expect(clippy::cast_precision_loss, reason = "16 digits are more than a bound has")]
const fn float(number: u64) -> f64 {
    number as f64
}
