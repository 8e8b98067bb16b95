//! Advisories of one vulnerability, joined over their aliases.

use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Advisories of one vulnerability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The id that stands for all: a CVE if there is one, as that is what readers, EPSS and lists of exploited
    /// vulnerabilities know it by; else `MAL-`, as that says what it is; else `GHSA-`; else the first of any database. Of
    /// several of a kind the oldest: lowest year, then lowest number.
    pub id: String,
    /// All ids and aliases, the one that stands for all first, in the order of that choice.
    pub ids: Vec<String>,
    /// The advisories, as indexes into what was given, ascending.
    pub members: Vec<usize>,
}

/// Joins advisories that name each other, or a third, as aliases: `(id, aliases)` each. `upstream` and `related` are no
/// aliases. The groups come in the order of their first members.
#[must_use]
pub fn group(advisories: &[(&str, &[String])]) -> Vec<Group> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut parents: Vec<usize> = Vec::new();
    for (id, aliases) in advisories {
        let mut first = None;
        for name in std::iter::once(*id).chain(aliases.iter().map(String::as_str)) {
            let place = *places.entry(name).or_insert_with(|| {
                parents.push(parents.len());
                parents.len() - 1
            });
            let root = root(&mut parents, place);
            let joined = *first.get_or_insert(root);
            if let Some(parent) = parents.get_mut(root) {
                *parent = joined;
            }
        }
    }
    let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
    let mut order: Vec<usize> = Vec::new();
    for (member, (id, _)) in advisories.iter().enumerate() {
        let Some(place) = places.get(id) else { continue };
        let root = root(&mut parents, *place);
        let group = groups.entry(root).or_insert_with(|| {
            order.push(root);
            Group { id: String::new(), ids: Vec::new(), members: Vec::new() }
        });
        group.members.push(member);
    }
    for (name, place) in &places {
        let root = root(&mut parents, *place);
        if let Some(group) = groups.get_mut(&root) {
            group.ids.push((*name).to_owned());
        }
    }
    let mut found = Vec::with_capacity(order.len());
    for root in order {
        let Some(mut group) = groups.remove(&root) else { continue };
        group.ids.sort_by(|one, other| rank(one).cmp(&rank(other)));
        group.id = group.ids.first().cloned().unwrap_or_default();
        found.push(group);
    }
    found
}

/// The root of a tree, with the way to it shortened.
fn root(parents: &mut [usize], mut place: usize) -> usize {
    while let Some(parent) = parents.get(place).copied()
        && parent != place
    {
        let above = parents.get(parent).copied().unwrap_or(parent);
        if let Some(entry) = parents.get_mut(place) {
            *entry = above;
        }
        place = above;
    }
    place
}

/// What an id is sorted by: its kind, then numbers as numbers.
fn rank(id: &str) -> (u8, Vec<Result<u64, Reverse<&str>>>, &str) {
    let kind = ["CVE-", "MAL-", "GHSA-"].iter().position(|prefix| id.starts_with(prefix)).unwrap_or(3);
    let parts = match kind {
        0 | 1 => id.split('-').skip(1).map(|part| part.parse().map_err(|_| Reverse(part))).collect(),
        _ => Vec::new(),
    };
    (u8::try_from(kind).unwrap_or(u8::MAX), parts, id)
}
