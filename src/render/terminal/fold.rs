//! Which findings are listed and which are folded: few of each rule, few files and parts, the worst first in line.

use std::collections::{BTreeMap, HashMap};

use crate::render::{visible, words};
use crate::report::{Finding, Location, Report, Severity};

/// Most findings of one rule listed in one file.
const IN_A_FILE: usize = 3;
/// Most findings of one rule listed at all.
const OF_A_RULE: usize = 6;
/// Most vulnerabilities listed in one file, and at all: each is of another package or another fault.
const VULNERABILITIES: (usize, usize) = (8, 20);
/// Most files and parts listed.
const GROUPS: usize = 25;

/// What findings are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Group<'a> {
    /// The subject as a whole.
    Subject,
    /// A part that is no file.
    Part(&'a str),
    /// A file.
    File(&'a str),
}

impl<'a> Group<'a> {
    fn of(location: &'a Location) -> Self {
        match location {
            Location::Subject => Self::Subject,
            Location::Part { name } => Self::Part(name),
            Location::File { path, .. } => Self::File(path),
        }
    }
}

/// What is listed, and what is said of the rest.
pub(super) struct Folded<'a> {
    /// Files and parts in the order in which they are shown, the worst last.
    pub(super) groups: Vec<(Group<'a>, Vec<&'a Finding>)>,
    /// Of each rule that has findings both listed and folded: how many are folded, and where.
    pub(super) rest_of_rule: HashMap<&'a str, (u64, String)>,
    /// Findings of rules that are not listed at all.
    pub(super) unlisted: u64,
}

/// Chooses among the open findings of a severity or worse.
pub(super) fn fold(report: &Report, lowest: Severity, all: bool) -> Folded<'_> {
    let mut groups: BTreeMap<Group<'_>, Vec<&Finding>> = BTreeMap::new();
    let mut listed: HashMap<&str, usize> = HashMap::new();
    let mut in_group: HashMap<(&str, Group<'_>), usize> = HashMap::new();
    let mut folded: HashMap<&str, Vec<Group<'_>>> = HashMap::new();
    for finding in words::open_worst_first(report) {
        if finding.severity < lowest && !finding.failing {
            continue;
        }
        let (rule, group) = (finding.rule.as_str(), Group::of(&finding.location));
        let of_rule = listed.entry(rule).or_default();
        let here = in_group.entry((rule, group)).or_default();
        let (most_here, most) =
            if finding.vulnerability.is_some() { VULNERABILITIES } else { (IN_A_FILE, OF_A_RULE) };
        let room =
            *of_rule < most && *here < most_here && (groups.len() < GROUPS || groups.contains_key(&group));
        if all || room {
            *of_rule += 1;
            *here += 1;
            groups.entry(group).or_default().push(finding);
        } else {
            folded.entry(rule).or_default().push(group);
        }
    }

    let (mut rest_of_rule, mut unlisted) = (HashMap::new(), 0);
    for (rule, places) in folded {
        let count = u64::try_from(places.len()).unwrap_or(u64::MAX);
        if listed.get(rule).is_some_and(|listed| *listed > 0) {
            rest_of_rule.insert(rule, (count, whereabouts(places)));
        } else {
            unlisted += count;
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    for (_, findings) in &mut groups {
        findings.sort_by(|one, other| one.location.cmp(&other.location));
    }
    groups.sort_by_key(|(_, findings)| findings.iter().map(|finding| finding.severity).max());
    Folded { groups, rest_of_rule, unlisted }
}

/// Where folded findings are: the file or part, the folder that files share, or how many there are.
fn whereabouts(mut places: Vec<Group<'_>>) -> String {
    places.sort_unstable();
    places.dedup();
    let count = |things| words::count(u64::try_from(places.len()).unwrap_or(u64::MAX), things);
    let (first, last) = match (places.first(), places.last()) {
        (Some(Group::File(first)), Some(Group::File(last))) => (*first, *last),
        (Some(Group::Part(first)), Some(Group::Part(last))) if first == last => (*first, *last),
        (Some(Group::Part(_)), Some(Group::Part(_))) => return format!("in {}", count("parts")),
        (Some(Group::Part(_)), Some(_)) => return format!("in {}", count("places")),
        _ => return "in the whole subject".to_owned(),
    };
    if first == last {
        return format!("in {}", visible::line(first));
    }
    // The paths are sorted, so what the first and the last share is shared by all.
    let shared = first.chars().zip(last.chars()).take_while(|(one, other)| one == other).map(|(one, _)| one);
    let shared: String = shared.collect();
    match shared.rfind('/').and_then(|end| shared.get(..=end)) {
        Some(folder) => format!("in {}", visible::line(folder)),
        None => format!("in {}", count("files")),
    }
}

#[cfg(test)]
mod tests {
    use super::Group::{File, Part, Subject};
    use super::whereabouts;

    #[test]
    fn folded_findings_say_where_they_are() {
        for (places, said) in [
            (vec![File("charts/a.yaml"), File("charts/b/c.yaml")], "in charts/"),
            (vec![File("charts-old/a"), File("charts/a")], "in 2 files"),
            (vec![File("a/x"), File("a/x")], "in a/x"),
            (vec![File("a"), File("b"), File("a")], "in 2 files"),
            (vec![File("a/ä1"), File("a/ä2")], "in a/"),
            (vec![Subject, File("a")], "in the whole subject"),
            (vec![Part("GET /a"), Part("GET /a")], "in GET /a"),
            (vec![Part("a/x"), Part("a/y")], "in 2 parts"),
            (vec![Part("a/x"), File("a/y")], "in 2 places"),
            (vec![], "in the whole subject"),
        ] {
            assert_eq!(whereabouts(places), said);
        }
    }
}
