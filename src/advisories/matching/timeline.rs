//! One range with its events in order.

use std::cmp::Ordering;

use crate::advisories::version::Scheme;
use crate::formats::osv::{Event, Range, RangeKind};

/// Characters of a version that are shown.
const SHOWN: usize = 80;

/// A range that can be asked about versions.
pub(super) struct Timeline<'a> {
    /// What compares; none where nothing needs to.
    scheme: Option<Scheme>,
    /// Everything but limits, as compared.
    events: Vec<&'a Event>,
    /// Whether it begins at 0, before every version.
    from_zero: bool,
    /// Where it changes, ascending.
    points: Vec<Point<'a>>,
    /// Limits, none of which is infinite.
    limits: Vec<&'a str>,
}

/// A version at which a range begins or ends.
struct Point<'a> {
    bound: &'a str,
    /// Whether the range holds that version.
    at: bool,
    /// Whether it holds those right above.
    above: bool,
}

impl<'a> Timeline<'a> {
    /// Puts the events of a range in order.
    ///
    /// # Errors
    /// When that cannot be done, with the reason: an event or the type is not understood, nothing begins the range, bounds do
    /// not compare, or no order of the ecosystem's versions is known.
    pub(super) fn of(range: &'a Range, ecosystem: Option<Scheme>) -> Result<Self, String> {
        let (mut events, mut limits, mut unlimited) = (Vec::new(), Vec::new(), false);
        for event in &range.events {
            match event {
                Event::Unclear(what) => return Err(format!("a range has {what}")),
                Event::Limit(limit) if limit == "*" => unlimited = true,
                Event::Limit(limit) => limits.push(limit.as_str()),
                _ => events.push(event),
            }
        }
        if unlimited {
            limits.clear();
        }
        if !events.iter().any(|event| matches!(event, Event::Introduced(_))) {
            return Err("a range has no beginning".to_owned());
        }
        let scheme = match range.kind {
            RangeKind::Semver => Some(Scheme::Semver),
            RangeKind::Ecosystem => ecosystem,
            RangeKind::Git => return Err("only commits are given".to_owned()),
            RangeKind::Other => return Err("the type of a range is not known".to_owned()),
        };
        if limits.is_empty() && endless(&events) {
            return Ok(Self { scheme: None, events, from_zero: true, points: Vec::new(), limits });
        }
        let scheme = scheme.ok_or_else(|| "no order of the ecosystem's versions is known".to_owned())?;
        let events = sorted(events, &|one, other| order(scheme, one, other))?;
        let (events, points) = settle(scheme, &events)?;
        let from_zero = events.iter().any(|event| zero(event));
        Ok(Self { scheme: Some(scheme), events, from_zero, points, limits })
    }

    /// Whether it holds a version.
    ///
    /// # Errors
    /// When the version does not compare, with the reason.
    pub(super) fn holds(&self, version: &str) -> Result<bool, String> {
        let Some(scheme) = self.scheme else { return Ok(true) };
        let mut before = self.limits.is_empty();
        for limit in &self.limits {
            before |= compare(scheme, version, limit)?.is_lt();
        }
        // The points below the version: all before `low`, none from `high` on.
        let (mut low, mut high) = (0, self.points.len());
        while low < high {
            let middle = low.midpoint(high);
            let Some(point) = self.points.get(middle) else { break };
            match compare(scheme, version, point.bound)? {
                Ordering::Less => high = middle,
                Ordering::Equal => return Ok(before && point.at),
                Ordering::Greater => low = middle + 1,
            }
        }
        let below = low.checked_sub(1).and_then(|last| self.points.get(last));
        Ok(before && below.map_or(self.from_zero, |point| point.above))
    }

    /// The stretch around a version that it holds, in words.
    pub(super) fn words(&self, version: &str) -> String {
        let mut lower = "0";
        let mut upper = String::new();
        let order = |bound: &str| self.scheme.and_then(|scheme| compare(scheme, version, bound).ok());
        for event in &self.events {
            match event {
                Event::Introduced(bound) if bound == "0" || order(bound).is_some_and(Ordering::is_ge) => {
                    lower = bound;
                }
                Event::Fixed(bound) if order(bound).is_some_and(Ordering::is_lt) => {
                    upper = format!(" < {}", shown(bound));
                    break;
                }
                Event::LastAffected(bound) if order(bound).is_some_and(Ordering::is_le) => {
                    upper = format!(" ≤ {}", shown(bound));
                    break;
                }
                _ => {}
            }
        }
        format!("{} ≤ {}{upper}", shown(lower), shown(version))
    }

    /// Its events as compared, in words.
    pub(super) fn event_words(&self) -> Vec<String> {
        let limits = self.limits.iter().map(|limit| format!("limit {}", shown(limit)));
        self.events.iter().map(|event| event_words(event)).chain(limits).collect()
    }

    /// Versions at which it says that it ends, not inclusive.
    pub(super) fn fixes(&self) -> impl Iterator<Item = &'a str> {
        self.events.iter().filter_map(|event| match event {
            Event::Fixed(bound) => Some(bound.as_str()),
            _ => None,
        })
    }

    /// Whether every end of it is named as a fix.
    pub(super) fn ends_in_fixes(&self) -> bool {
        self.limits.is_empty() && !self.events.iter().any(|event| matches!(event, Event::LastAffected(_)))
    }

    /// The name of the scheme that compares; empty where nothing needs to.
    pub(super) fn scheme(&self) -> &'static str {
        self.scheme.map_or("", Scheme::name)
    }
}

/// Whether a range holds every version whatever their order is.
fn endless(events: &[&Event]) -> bool {
    let mut from_zero = false;
    for event in events {
        match event {
            Event::Introduced(bound) => from_zero |= bound == "0",
            _ => return false,
        }
    }
    from_zero
}

/// A version or bound cut to what can be shown.
pub(super) fn shown(version: &str) -> String {
    let mut letters = version.chars();
    let mut text: String = letters.by_ref().take(SHOWN).collect();
    if letters.next().is_some() {
        text.push('…');
    }
    text
}

/// An event in words.
fn event_words(event: &Event) -> String {
    match event {
        Event::Introduced(bound) => format!("introduced {}", shown(bound)),
        Event::Fixed(bound) => format!("fixed {}", shown(bound)),
        Event::LastAffected(bound) => format!("last affected {}", shown(bound)),
        Event::Limit(bound) => format!("limit {}", shown(bound)),
        Event::Unclear(what) => what.clone(),
    }
}

/// Compares, with the reason in words where that cannot be done.
pub(super) fn compare(scheme: Scheme, one: &str, other: &str) -> Result<Ordering, String> {
    scheme.compare(one, other).map_err(|error| {
        format!("`{}` cannot be compared as a {} version", shown(&error.version), error.scheme)
    })
}

fn bound(event: &Event) -> &str {
    match event {
        Event::Introduced(bound) | Event::Fixed(bound) | Event::LastAffected(bound) | Event::Limit(bound) => {
            bound
        }
        Event::Unclear(_) => "",
    }
}

/// Whether an event begins a range before every version.
fn zero(event: &Event) -> bool {
    matches!(event, Event::Introduced(bound) if bound == "0")
}

fn order(scheme: Scheme, one: &Event, other: &Event) -> Result<Ordering, String> {
    match (zero(one), zero(other)) {
        (true, true) => Ok(Ordering::Equal),
        (true, false) => Ok(Ordering::Less),
        (false, true) => Ok(Ordering::Greater),
        (false, false) => compare(scheme, bound(one), bound(other)),
    }
}

/// Merge sort, stable. The library's own may panic where an order is not total, which no one promises for the versions of
/// hostile records, and cannot fail.
pub(super) fn sorted<T: Copy>(
    list: Vec<T>,
    order: &impl Fn(T, T) -> Result<Ordering, String>,
) -> Result<Vec<T>, String> {
    if list.len() < 2 {
        // A bound alone is compared with itself, so that one which is no version is found at once.
        for one in &list {
            order(*one, *one)?;
        }
        return Ok(list);
    }
    let mut one = list;
    let other = one.split_off(one.len() / 2);
    let (one, other) = (sorted(one, order)?, sorted(other, order)?);
    let mut merged = Vec::with_capacity(one.len() + other.len());
    let (mut left, mut right) = (one.into_iter().peekable(), other.into_iter().peekable());
    while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
        let next = if order(*second, *first)?.is_lt() { right.next() } else { left.next() };
        merged.extend(next);
    }
    merged.extend(left);
    merged.extend(right);
    Ok(merged)
}

/// Orders events at one version, and gathers what they come to: where the time before is affected its ends come first,
/// elsewhere its beginnings.
fn settle<'a>(scheme: Scheme, events: &[&'a Event]) -> Result<(Vec<&'a Event>, Vec<Point<'a>>), String> {
    let (mut settled, mut points) = (Vec::with_capacity(events.len()), Vec::new());
    let mut affected = false;
    let mut rest = events;
    while let Some((first, others)) = rest.split_first() {
        let mut length = 1;
        for event in others {
            if !order(scheme, first, event)?.is_eq() {
                break;
            }
            length += 1;
        }
        let (tied, after) = rest.split_at(length);
        let begins = |event: &Event| matches!(event, Event::Introduced(_));
        let start = settled.len();
        settled.extend(tied.iter().copied().filter(|event| begins(event) != affected));
        settled.extend(tied.iter().copied().filter(|event| begins(event) == affected));
        let (mut at, mut above) = (affected, affected);
        for event in settled.iter().skip(start) {
            match event {
                Event::Introduced(_) => (at, above) = (true, true),
                Event::Fixed(_) => (at, above) = (false, false),
                _ => above = false,
            }
        }
        affected = above;
        if !zero(first) {
            points.push(Point { bound: bound(first), at, above });
        }
        rest = after;
    }
    Ok((settled, points))
}
