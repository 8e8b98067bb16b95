//! Whether a metric is judged more loosely than in the reference: who approved that, approved what is asked of it, too.

use super::super::capture::Metric;
use super::super::words;
use super::{limit, positive};
use crate::report::Better;

/// What is asked less strictly of `now` than was of `then`, in words; none when nothing is.
pub(super) fn lowered(now: &Metric, then: &Metric) -> Option<String> {
    let mut found = Vec::new();
    let mut told = |what: &str, before: String, after: String| {
        found.push(format!("{what} {before} in the reference, {after} now"));
    };
    if limit(now.threshold) > limit(then.threshold) {
        told("limit", words::change(limit(then.threshold)), words::change(limit(now.threshold)));
    }
    if positive(now.floor) > positive(then.floor) {
        told("floor", words::value(then.floor, &then.unit), words::value(now.floor, &now.unit));
    }
    if now.better != then.better {
        told("better is", word(then.better), word(now.better));
    }
    if is_wider(now.accept, then.accept) {
        let word = |metric: &Metric| words::bounds(metric.accept.unwrap_or_default(), &metric.unit);
        told("accepted", word(then), word(now));
    }
    if now.optional && !then.optional {
        found.push("optional now, and not in the reference".to_owned());
    }
    (!found.is_empty()).then(|| found.join("; "))
}

fn word(better: Better) -> String {
    let word = match better {
        Better::Lower => "lower",
        Better::Higher => "higher",
        Better::Same => "the same",
    };
    word.to_owned()
}

/// Whether a range holds what another one does not.
fn is_wider(now: Option<[Option<f64>; 2]>, then: Option<[Option<f64>; 2]>) -> bool {
    let ([least, most], [least_then, most_then]) = (now.unwrap_or_default(), then.unwrap_or_default());
    let below = least_then.is_some_and(|then| least.is_none_or(|now| now < then));
    let above = most_then.is_some_and(|then| most.is_none_or(|now| now > then));
    below || above
}
