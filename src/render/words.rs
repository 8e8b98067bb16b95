//! Numbers, places and lists in the words that all formats for people share.

use std::borrow::Cow;
use std::time::Duration;

use super::visible;
use crate::report::{
    Confidence, Counts, Coverage, Finding, LeftOut, LeftOutKind, Location, Report, Rule, Severity,
    Suppression, SuppressionKind, WaiverUse,
};

/// What stands where there is nothing to say.
pub(super) const NOTHING: &str = "–";

/// A number with its thousands separated: `1,274`.
pub(super) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count of things named in the plural: `1 file`, `2 entries`.
pub(super) fn count(value: u64, things: &str) -> String {
    let thing = match (value, things.strip_suffix("ies"), things.strip_suffix('s')) {
        (1, Some(stem), _) => format!("{stem}y"),
        (1, None, Some(stem)) => stem.to_owned(),
        _ => things.to_owned(),
    };
    format!("{} {thing}", number(value))
}

/// The counts that are not zero, worst first: `1 critical, 4 medium`; empty when all are.
pub(super) fn counts(counts: &Counts) -> String {
    listed(counts, |_| true)
}

/// Like [`counts`], of some severities only.
pub(super) fn listed(counts: &Counts, wanted: impl Fn(Severity) -> bool) -> String {
    let words: Vec<String> = Severity::WORST_FIRST
        .into_iter()
        .filter(|severity| wanted(*severity) && counts.of(*severity) > 0)
        .map(|severity| format!("{} {}", number(counts.of(severity)), severity.word()))
        .collect();
    words.join(", ")
}

/// What was examined: `6 files, 31.2 MB`.
pub(super) fn examined(coverage: &Coverage) -> String {
    // Who counts packages says more by that than by files and their size.
    let finer = ["packages", "lists", "SBOMs"].iter().any(|unit| coverage.count(unit) > 0);
    let hidden: &[&str] = if finer { &["bytes", "files"] } else { &["bytes"] };
    let mut words: Vec<String> = coverage
        .examined
        .iter()
        .filter(|(unit, value)| !hidden.contains(&unit.as_str()) && **value > 0)
        .map(|(unit, value)| count(*value, &visible::line(&unit.replace('_', " "))))
        .collect();
    if let Some(value) = coverage.examined.get("bytes").filter(|_| !finer) {
        words.push(bytes(*value));
    }
    if words.is_empty() { NOTHING.to_owned() } else { words.join(", ") }
}

/// A size in decimal units, with one digit after the point from a kilobyte on.
pub(super) fn bytes(value: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    let mut tenths = u128::from(value) / 100;
    if tenths < 10 {
        return count(value, "bytes");
    }
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < units.len() {
        tenths /= 1_000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, units.get(unit).unwrap_or(&"TB"))
}

/// A stretch of time: `0.41 s`, `2 min 5 s`.
pub(super) fn elapsed(time: Duration) -> String {
    match time.as_secs() {
        0..100 => format!("{:.2} s", time.as_secs_f64()),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// A path and a line, or the name of a part, safe to print: `src/a.rs:12`. Findings about the whole subject have the
/// words for that.
pub(super) fn place(location: &Location) -> String {
    match location {
        Location::File { path, region: Some(region) } => format!("{}:{}", visible::line(path), region.line),
        Location::File { path, region: None } => visible::line(path).into_owned(),
        Location::Part { name } => visible::line(name).into_owned(),
        Location::Subject => "the whole subject".to_owned(),
    }
}

/// A message with the name of the part before it, unless it names it itself: for formats that show a place only where
/// there is a file.
pub(super) fn message(finding: &Finding) -> Cow<'_, str> {
    match finding.location.part() {
        Some(part) if !finding.message.contains(part) => Cow::Owned(format!("{part}: {}", finding.message)),
        _ => Cow::Borrowed(&finding.message),
    }
}

/// Ids in other catalogues: `CWE-250`, `CIS-Docker 4.1`.
pub(super) fn mappings(rule: &Rule) -> Vec<String> {
    let all = rule.mappings.iter().flat_map(|(catalogue, ids)| ids.iter().map(move |id| (catalogue, id)));
    all.map(|(catalogue, id)| {
        let id = visible::line(id);
        if id.starts_with(catalogue.as_str()) {
            id.into_owned()
        } else {
            format!("{} {id}", visible::line(catalogue))
        }
    })
    .collect()
}

/// How far a finding is to be believed and how much it weighs: confidence when it is not high, the role of its file.
pub(super) fn nature(report: &Report, finding: &Finding) -> Vec<String> {
    let confidence = report.rule(&finding.rule).map_or(Confidence::High, |rule| rule.confidence);
    let confidence = (confidence != Confidence::High).then(|| format!("confidence: {}", confidence.word()));
    confidence.into_iter().chain(finding.role.map(|role| role.words().to_owned())).collect()
}

/// What a finding says beside its message: its nature, and what covers it or tried to.
pub(super) fn remarks(report: &Report, finding: &Finding) -> Vec<String> {
    let mut out = nature(report, finding);
    out.extend(finding.suppression.as_ref().map(covered_by));
    out
}

/// What covers a finding, or tried to.
pub(super) fn covered_by(suppression: &Suppression) -> String {
    let kind = match suppression.kind {
        SuppressionKind::Waiver => "waiver",
        SuppressionKind::Mark => "mark in the source",
        SuppressionKind::Vex => "VEX",
    };
    let force = if suppression.in_force { "" } else { ", not in force" };
    let mut out = format!("{kind}{force}");
    if let Some(owner) = &suppression.owner {
        out.push_str(&format!(", {}", visible::line(owner)));
    }
    if let Some(expires) = &suppression.expires {
        out.push_str(&format!(", until {}", visible::line(expires)));
    }
    if let Some(justification) = &suppression.justification {
        out.push_str(&format!(", {}", visible::line(justification)));
    }
    format!("{out}: {}", visible::line(&suppression.reason))
}

/// One waiver in one line, without its state.
pub(super) fn waiver(waiver: &WaiverUse) -> String {
    format!(
        "{} · {} · {} · {} · {}",
        visible::line(&waiver.scope),
        visible::line(&waiver.owner),
        if waiver.expires.is_empty() {
            "VEX".to_owned()
        } else {
            format!("until {}", visible::line(&waiver.expires))
        },
        count(waiver.findings, "findings"),
        visible::line(&waiver.reason),
    )
}

/// The kind of a thing left out, in words.
const fn left_out_kind(kind: LeftOutKind) -> &'static str {
    match kind {
        LeftOutKind::Unjudged => "not judged",
        LeftOutKind::TooLarge => "too large",
        LeftOutKind::Unreadable => "unreadable",
        LeftOutKind::Changed => "changed while read",
        LeftOutKind::Unparsable => "not parsable",
        LeftOutKind::Capped => "over the limit of findings",
        LeftOutKind::Link => "links not followed",
        LeftOutKind::Special => "not a regular file",
        LeftOutKind::NestedRepository => "nested repository",
        LeftOutKind::MissingSubmodule => "submodule not checked out",
        LeftOutKind::Unsupported => "not supported here",
        LeftOutKind::Excluded => "excluded",
        LeftOutKind::Ignored => "ignored by git",
        LeftOutKind::Binary => "binary",
        LeftOutKind::Shallow => "not read without --deep",
    }
}

/// Everything left out, holes in the evidence first, with the checks it concerns (none: the tree as a whole). What
/// concerns several checks alike, or the tree and checks, is said once.
pub(super) fn left_out(report: &Report) -> Vec<(Vec<&str>, &LeftOut)> {
    let mut all: Vec<(Vec<&str>, &LeftOut)> =
        report.coverage.left_out.iter().map(|left| (vec![], left)).collect();
    for check in &report.checks {
        for left in &check.coverage.left_out {
            let same = |known: &LeftOut| known.kind == left.kind && known.reason == left.reason;
            match all
                .iter_mut()
                .find(|(owners, known)| same(known) && (owners.is_empty() || known.count == left.count))
            {
                Some((owners, _)) if owners.is_empty() => {}
                Some((owners, _)) => owners.push(&check.id),
                None => all.push((vec![&check.id], left)),
            }
        }
    }
    all.sort_by_key(|(_, left)| !left.kind.is_gap());
    all
}

/// Why something was left out: its kind and the reason, without saying the same twice.
pub(super) fn left_out_reason(left: &LeftOut) -> String {
    let (kind, reason) = (left_out_kind(left.kind), visible::line(&left.reason));
    if reason.starts_with(kind) { reason.into_owned() } else { format!("{kind}: {reason}") }
}

/// Some of the paths left out: `a, b, …`.
pub(super) fn examples(left: &LeftOut, most: usize) -> String {
    let mut words: Vec<String> =
        left.paths.iter().take(most).map(|path| visible::line(path).into_owned()).collect();
    // The count is of things, and a path may hold many: more is known to follow only where paths were cut, here or in
    // the report.
    let all_named = words.len() == left.paths.len() && left.paths.len() < left.kind.most_paths();
    let more = u64::try_from(words.len()).unwrap_or(u64::MAX) < left.count;
    if more && !all_named && !words.is_empty() {
        words.push("…".to_owned());
    }
    words.join(", ")
}

/// The policy of the verdict: `fail on high · strict · optional: vulnerabilities · from readiness.yaml`.
pub(super) fn policy(report: &Report) -> String {
    let policy = &report.verdict.policy;
    let mut words = vec![format!("fail on {}", policy.fail_on.word())];
    if policy.strict {
        words.push("strict".to_owned());
    }
    if !policy.optional.is_empty() {
        words.push(format!("optional: {}", visible::line(&policy.optional.join(", "))));
    }
    words.extend(policy.conditions.iter().map(|condition| visible::line(condition).into_owned()));
    if !policy.source.is_empty() {
        words.push(visible::line(&policy.source).into_owned());
    }
    if !policy.tree_trusted {
        words.push("the tree's own waivers, exclusions and marks have no force".to_owned());
    }
    words.join(" · ")
}

/// The open findings, worst first, otherwise in report order.
pub(super) fn open_worst_first(report: &Report) -> Vec<&Finding> {
    let mut open: Vec<&Finding> =
        report.findings().map(|(_, finding)| finding).filter(|finding| finding.is_open()).collect();
    open.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ellipsis_says_that_paths_are_missing() {
        let paths = |count: usize| (0..count).map(|at| format!("p{at}")).collect();
        let mut left =
            LeftOut { kind: LeftOutKind::Unjudged, reason: String::new(), count: 230, paths: paths(2) };
        assert_eq!(examples(&left, 3), "p0, p1", "230 packages of two files");
        assert_eq!(examples(&left, 1), "p0, …");
        left.paths = paths(10);
        assert!(examples(&left, usize::MAX).ends_with("p9"), "a gap names them all");
        for (kind, most) in [(LeftOutKind::Ignored, 10), (LeftOutKind::Unjudged, 1_000)] {
            (left.kind, left.paths, left.count) = (kind, paths(most), most as u64 + 1);
            assert!(examples(&left, usize::MAX).ends_with(", …"), "what is cut is said to be");
            left.count = most as u64;
            assert!(!examples(&left, usize::MAX).ends_with('…'));
        }
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [number(0), number(999), number(1_000), number(12_345_678)],
            ["0", "999", "1,000", "12,345,678"]
        );
        assert_eq!(
            [count(1, "entries"), count(1, "files"), count(2, "files")],
            ["1 entry", "1 file", "2 files"]
        );
        assert_eq!(
            [bytes(1), bytes(999), bytes(1_000), bytes(31_240_000)],
            ["1 byte", "999 bytes", "1.0 kB", "31.2 MB"]
        );
        assert_eq!(bytes(u64::MAX), "18446744.0 TB");
        assert_eq!(elapsed(Duration::from_millis(412)), "0.41 s");
        assert_eq!(elapsed(Duration::from_secs(125)), "2 min 5 s");
    }
}
