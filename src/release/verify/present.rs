//! That the directory is what its lists say: every file that they name is there with its bytes, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::lists::{Item, Lists};
use super::outcome::Outcome;
use super::pass::Seen;
use super::problem::{Flaw, Problem};
use super::walk::Walked;
use crate::formats::release_manifest::{FILE_NAME, SIGNATURE_ENDING, SUMS_NAME};

/// Digits of a digest that are shown: enough to tell any two apart.
const SHOWN: usize = 16;

/// Holds the directory against its lists.
pub(super) fn compare(walked: &Walked, lists: &Lists, seen: &BTreeMap<String, Seen>, outcome: &mut Outcome) {
    let items = lists.items();
    let listed = lists.listed();
    let unlisted: BTreeSet<&str> = if lists.any() {
        walked.files.iter().map(String::as_str).filter(|path| !belongs(path, &listed)).collect()
    } else {
        // Without a list there is nothing that a file could be missing from.
        BTreeSet::new()
    };
    let hints = Hints::of(lists, &items, &unlisted, seen);
    if !walked.files.contains(SUMS_NAME) {
        missing(SUMS_NAME, "every release has".to_owned(), walked, &hints, outcome);
    }
    for path in &listed {
        let in_sums = lists.sums.as_ref().and_then(|sums| sums.get(*path)).map(String::as_str);
        let item = items.get(path);
        outcome.digests.of += 1;
        let Some(file) = seen.get(*path) else {
            let whose = match (in_sums, item) {
                (Some(_), Some(Item::Artifact(_) | Item::File(_))) => {
                    format!("{SUMS_NAME} and {FILE_NAME} list")
                }
                (Some(_), _) => format!("{SUMS_NAME} lists"),
                (None, Some(Item::Artifact(_) | Item::File(_))) => format!("{FILE_NAME} lists"),
                (None, _) => "every release has".to_owned(),
            };
            // What is there and cannot be read was said already.
            if !walked.files.contains(*path) {
                missing(path, whose, walked, &hints, outcome);
            }
            continue;
        };
        if changed(path, (in_sums, item), file, &hints, outcome) && in_sums.is_some() {
            outcome.digests.good += 1;
        }
    }
    for path in &unlisted {
        outcome.note(path, Flaw::Unlisted { hint: hints.moved_from(path, seen) });
    }
    for (path, what) in &walked.odd {
        let of = path.strip_suffix(SIGNATURE_ENDING).unwrap_or(path);
        let listed =
            path == SUMS_NAME || listed.contains(path.as_str()) || of == SUMS_NAME || listed.contains(of);
        outcome.note(path, Flaw::NotPlain { what: what.clone(), listed });
    }
    for path in &walked.empty {
        // A folder whose files are missing was named with them.
        let inside = format!("{path}/");
        if !listed.iter().any(|listed| listed.starts_with(&inside)) {
            outcome.note(path, Flaw::EmptyFolder);
        }
    }
}

/// Whether a file has its place in a release: it is listed, or the signature of what is, or the list of digests.
fn belongs(path: &str, listed: &BTreeSet<&str>) -> bool {
    let of = path.strip_suffix(SIGNATURE_ENDING);
    path == SUMS_NAME || listed.contains(path) || of.is_some_and(|of| of == SUMS_NAME || listed.contains(of))
}

fn missing(path: &str, lists: String, walked: &Walked, hints: &Hints<'_>, outcome: &mut Outcome) {
    let hint = match walked.odd.get(path) {
        Some(what) => format!("; there is {what}"),
        None => hints.moved_to(path),
    };
    outcome.problems.push(Problem::new(path, Flaw::Missing { lists, hint }));
}

/// Whether a file has the bytes that every list says; what is wrong goes to the outcome.
fn changed(
    path: &str,
    (in_sums, item): (Option<&str>, Option<&Item<'_>>),
    file: &Seen,
    hints: &Hints<'_>,
    outcome: &mut Outcome,
) -> bool {
    let found = file.digest.to_string();
    let in_manifest = item.and_then(Item::digest);
    let wrong = |expected: Option<&str>| expected.filter(|expected| *expected != found).map(str::to_owned);
    let (lists, expected) = match (wrong(in_sums), wrong(in_manifest)) {
        (Some(one), Some(other)) if one == other => (format!("{SUMS_NAME} and {FILE_NAME} say"), one),
        (Some(one), _) => (format!("{SUMS_NAME} says"), one),
        (None, Some(other)) => (format!("{FILE_NAME} says"), other),
        (None, None) => {
            // The bytes are right, so the size that does not fit them was never right.
            if let Some(size) = item.and_then(Item::size).filter(|size| *size != file.size) {
                let why = format!("it has {} bytes, {FILE_NAME} says {size}", file.size);
                outcome.note(path, Flaw::Unsound(why));
                return false;
            }
            return true;
        }
    };
    let short = |digest: &str| digest.chars().take(SHOWN).collect::<String>();
    let flaw = Flaw::Changed {
        lists,
        expected: short(&expected),
        found: short(&found),
        hint: hints.bytes_of(&found, path),
    };
    outcome.note(path, flaw);
    false
}

/// What digests tell of files that are not where they should be.
struct Hints<'a> {
    /// The path that a list has for a digest (hex).
    listed: BTreeMap<&'a str, &'a str>,
    /// The digest (hex) that a list has for a path.
    digests: BTreeMap<&'a str, &'a str>,
    /// Files that nobody listed, by digest (hex).
    strays: BTreeMap<String, &'a str>,
}

impl<'a> Hints<'a> {
    fn of(
        lists: &'a Lists,
        items: &BTreeMap<&'a str, Item<'a>>,
        unlisted: &BTreeSet<&'a str>,
        seen: &BTreeMap<String, Seen>,
    ) -> Self {
        let mut digests: BTreeMap<&str, &str> = BTreeMap::new();
        for (path, item) in items {
            let digest: Option<&'a str> = match item {
                Item::Artifact(artifact) if artifact.encrypted_size.is_none() => Some(&artifact.sha256),
                Item::File(file) if !super::lists::is_envelope(file) => Some(&file.sha256),
                _ => None,
            };
            digests.extend(digest.map(|digest| (*path, digest)));
        }
        let sums = lists.sums.iter().flatten();
        digests.extend(sums.map(|(path, digest)| (path.as_str(), digest.as_str())));
        let strays = unlisted.iter().filter_map(|path| Some((seen.get(*path)?.digest.to_string(), *path)));
        let strays = strays.collect();
        let listed = digests.iter().map(|(path, digest)| (*digest, *path)).collect();
        Self { listed, digests, strays }
    }

    /// Of a missing file: where its bytes are.
    fn moved_to(&self, path: &str) -> String {
        if let Some(stray) = self.digests.get(path).and_then(|digest| self.strays.get(*digest)) {
            return format!("; `{stray}` has its bytes");
        }
        let alike = self.strays.values().find(|stray| stray.to_lowercase() == path.to_lowercase());
        alike.map_or_else(String::new, |stray| {
            format!("; `{stray}` is, and names differ in upper and lower case, too")
        })
    }

    /// Of a file that is in no list: whose bytes it has.
    fn moved_from(&self, path: &str, seen: &BTreeMap<String, Seen>) -> String {
        let digest = seen.get(path).map(|seen| seen.digest.to_string()).unwrap_or_default();
        self.bytes_of(&digest, path)
    }

    /// Whose bytes these are, if they are another file's.
    fn bytes_of(&self, digest: &str, path: &str) -> String {
        let other = self.listed.get(digest).filter(|other| **other != path);
        other.map_or_else(String::new, |other| format!("; its bytes are those of `{other}`"))
    }
}
