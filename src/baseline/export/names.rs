//! Names of families and labels, by the rules and conventions of Prometheus
//! (<https://prometheus.io/docs/practices/naming/>).

use std::collections::HashSet;

/// What every name begins with.
const PREFIX: &str = "readiness_baseline_";
/// Longest name of a metric that goes into a name, in characters.
const NAME: usize = 120;
/// Longest value of a label, in characters.
const VALUE: usize = 128;
/// Ends that stand for types of metrics which a gauge is not.
const TYPES: [&str; 7] = ["_total", "_count", "_sum", "_bucket", "_info", "_created", "_gauge"];

/// The family of a metric: its name, and its unit at the end if it is not there already.
/// `http_latency` in `seconds` is `readiness_baseline_http_latency_seconds`.
#[must_use]
pub fn family_of(name: &str, unit: &str) -> String {
    numbered(name, unit, 1)
}

/// The same, told apart from others of the same name by a number; the first has none.
pub(super) fn numbered(name: &str, unit: &str, number: usize) -> String {
    let (mut name, unit) = (plain(name), plain(unit));
    if !unit.is_empty() {
        let bare = name.strip_suffix(&unit).map(|bare| bare.trim_end_matches('_').to_owned());
        // `memory_bytes` has its unit; `megabytes` only ends with the same letters.
        if let Some(bare) =
            bare.filter(|bare| name == unit || name.ends_with(&format!("_{unit}")) && !bare.is_empty())
        {
            name = bare;
        }
    }
    if number > 1 {
        name = format!("{name}_{number}");
    }
    let mut full = format!("{PREFIX}{name}");
    if !unit.is_empty() {
        full = format!("{}_{unit}", full.trim_end_matches('_'));
    }
    if unit.is_empty() && TYPES.iter().any(|end| full.ends_with(end)) {
        full.push_str("_value");
    }
    full
}

/// A text of which only what may stand in a name is left, in lower case.
pub(super) fn plain(text: &str) -> String {
    let fitting = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    text.chars().take(NAME).map(fitting).collect()
}

/// A value of a label: cut short, and told apart from those that were taken already.
pub(super) fn unique(text: &str, taken: &mut HashSet<String>) -> String {
    let short = short(text);
    let mut name = short.clone();
    let mut number = 2_usize;
    while !taken.insert(name.clone()) {
        let end = format!("#{number}");
        name = short.chars().take(VALUE.saturating_sub(end.len())).collect::<String>() + &end;
        number += 1;
    }
    name
}

/// A value of a label, cut short.
pub(super) fn short(text: &str) -> String {
    if text.chars().nth(VALUE).is_none() {
        return text.to_owned();
    }
    text.chars().take(VALUE - 1).chain(['…']).collect()
}
