//! Which findings are listed and which are folded: few of each rule, few files, the worst first in line.

use std::collections::{BTreeMap, HashMap};

use crate::render::{visible, words};
use crate::report::{Finding, Report, Severity};

/// Most findings of one rule listed in one file.
const IN_A_FILE: usize = 3;
/// Most findings of one rule listed at all.
const OF_A_RULE: usize = 6;
/// Most vulnerabilities listed in one file, and at all: each is of another package or another fault.
const VULNERABILITIES: (usize, usize) = (8, 20);
/// Most files listed.
const FILES: usize = 25;

/// What is listed, and what is said of the rest.
pub(super) struct Folded<'a> {
    /// Files in the order in which they are shown, the worst last; `None` is the subject as a whole.
    pub(super) files: Vec<(Option<&'a str>, Vec<&'a Finding>)>,
    /// Of each rule that has findings both listed and folded: how many are folded, and where.
    pub(super) rest_of_rule: HashMap<&'a str, (u64, String)>,
    /// Findings of rules that are not listed at all.
    pub(super) unlisted: u64,
}

/// Chooses among the open findings of a severity or worse.
pub(super) fn fold(report: &Report, lowest: Severity, all: bool) -> Folded<'_> {
    let mut files: BTreeMap<Option<&str>, Vec<&Finding>> = BTreeMap::new();
    let mut listed: HashMap<&str, usize> = HashMap::new();
    let mut in_file: HashMap<(&str, Option<&str>), usize> = HashMap::new();
    let mut folded: HashMap<&str, Vec<Option<&str>>> = HashMap::new();
    for finding in words::open_worst_first(report) {
        if finding.severity < lowest && !finding.failing {
            continue;
        }
        let (rule, path) = (finding.rule.as_str(), finding.location.path());
        let of_rule = listed.entry(rule).or_default();
        let here = in_file.entry((rule, path)).or_default();
        let (most_here, most) =
            if finding.vulnerability.is_some() { VULNERABILITIES } else { (IN_A_FILE, OF_A_RULE) };
        let room = *of_rule < most && *here < most_here && (files.len() < FILES || files.contains_key(&path));
        if all || room {
            *of_rule += 1;
            *here += 1;
            files.entry(path).or_default().push(finding);
        } else {
            folded.entry(rule).or_default().push(path);
        }
    }

    let (mut rest_of_rule, mut unlisted) = (HashMap::new(), 0);
    for (rule, paths) in folded {
        let count = u64::try_from(paths.len()).unwrap_or(u64::MAX);
        if listed.get(rule).is_some_and(|listed| *listed > 0) {
            rest_of_rule.insert(rule, (count, whereabouts(paths)));
        } else {
            unlisted += count;
        }
    }
    let mut files: Vec<_> = files.into_iter().collect();
    for (_, findings) in &mut files {
        findings.sort_by(|one, other| one.location.cmp(&other.location));
    }
    files.sort_by_key(|(_, findings)| findings.iter().map(|finding| finding.severity).max());
    Folded { files, rest_of_rule, unlisted }
}

/// Where folded findings are: the file, the folder they share, or the number of files.
fn whereabouts(mut paths: Vec<Option<&str>>) -> String {
    paths.sort_unstable();
    paths.dedup();
    let (Some(first), Some(last)) = (paths.first().copied().flatten(), paths.last().copied().flatten())
    else {
        return "in the whole subject".to_owned();
    };
    if first == last {
        return format!("in {}", visible::line(first));
    }
    // The paths are sorted, so what the first and the last share is shared by all.
    let shared = first.chars().zip(last.chars()).take_while(|(one, other)| one == other).map(|(one, _)| one);
    let shared: String = shared.collect();
    match shared.rfind('/').and_then(|end| shared.get(..=end)) {
        Some(folder) => format!("in {}", visible::line(folder)),
        None => format!("in {}", words::count(u64::try_from(paths.len()).unwrap_or(u64::MAX), "files")),
    }
}

#[cfg(test)]
mod tests {
    use super::whereabouts;

    #[test]
    fn folded_findings_say_where_they_are() {
        for (paths, said) in [
            (vec![Some("charts/a.yaml"), Some("charts/b/c.yaml")], "in charts/"),
            (vec![Some("charts-old/a"), Some("charts/a")], "in 2 files"),
            (vec![Some("a/x"), Some("a/x")], "in a/x"),
            (vec![Some("a"), Some("b"), Some("a")], "in 2 files"),
            (vec![Some("a/ä1"), Some("a/ä2")], "in a/"),
            (vec![None, Some("a")], "in the whole subject"),
            (vec![], "in the whole subject"),
        ] {
            assert_eq!(whereabouts(paths), said);
        }
    }
}
