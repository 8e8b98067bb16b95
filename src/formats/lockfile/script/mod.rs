//! Project files that are not read, many of them programs: what they ask for is known only by a lock file that speaks
//! for them. Where there is none, their packages are not known, and that must be said.

mod list;
mod looks;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Kind;
use list::SCRIPTS;

/// A kind of project file that is not read.
pub struct Script {
    /// Its names: the last part of the path, or the last parts of it; one `*` stands for any letters of a part.
    names: &'static [&'static str],
    /// Whether a text asks for packages, by a look that is cheap and rather says yes.
    asks: fn(&str) -> bool,
    /// The kinds of lock file that speak for it, from its folder or one above.
    pub locks: &'static [Kind],
    /// The names of lock files that are not read either, in its folder or one above: they are named in its place.
    pub unread_locks: &'static [&'static str],
    /// Whether it only sets versions for the project files below, which have lock files of their own.
    pub is_central: bool,
    /// Whether what it asks for is part of what ships. What only builds or runs it is named, and is no gap.
    pub ships: bool,
    /// Why its packages are not known when there is no such file.
    pub reason: &'static str,
}

// Each stands once in the list, and functions have no identity.
impl PartialEq for Script {
    fn eq(&self, other: &Self) -> bool {
        self.names == other.names && self.reason == other.reason
    }
}

impl Eq for Script {}

impl std::fmt::Debug for Script {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Script").field("names", &self.names).finish_non_exhaustive()
    }
}

impl Script {
    /// The first script that a file at this path may be, by its name.
    #[must_use]
    pub fn of_path(path: &str) -> Option<&'static Self> {
        at(path).into_iter().next()
    }

    /// The script that a file is and that asks for packages; none when it asks for nothing.
    #[must_use]
    pub fn asking(path: &str, bytes: &[u8]) -> Option<&'static Self> {
        let text = String::from_utf8_lossy(bytes);
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
        at(path).into_iter().find(|script| (script.asks)(text))
    }

    fn is_at(&self, path: &str) -> bool {
        self.names.iter().any(|pattern| is_named(path, pattern))
    }
}

/// The list by the last part of each name: every file of a tree is looked up, and few of them are one.
struct ByName {
    /// Those without a `*`, with their places in the list.
    whole: HashMap<&'static str, Vec<usize>>,
    /// Those with one: what is before and behind it.
    parted: Vec<(&'static str, &'static str, usize)>,
}

static BY_NAME: LazyLock<ByName> = LazyLock::new(|| {
    let mut by_name = ByName { whole: HashMap::new(), parted: Vec::new() };
    for (place, script) in SCRIPTS.iter().enumerate() {
        for name in script.names {
            let last = name.rsplit('/').next().unwrap_or(name);
            match last.split_once('*') {
                Some((start, end)) => by_name.parted.push((start, end, place)),
                None => by_name.whole.entry(last).or_default().push(place),
            }
        }
    }
    by_name
});

/// The scripts that a file at this path may be, in the order of the list.
fn at(path: &str) -> Vec<&'static Script> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let mut places = BY_NAME.whole.get(name).cloned().unwrap_or_default();
    let is_like = |(start, end, _): &&(&str, &str, usize)| name.starts_with(start) && name.ends_with(end);
    places.extend(BY_NAME.parted.iter().filter(is_like).map(|(.., place)| place));
    places.sort_unstable();
    places.dedup();
    places.into_iter().filter_map(|place| SCRIPTS.get(place)).filter(|script| script.is_at(path)).collect()
}

/// Whether a path ends with the parts of a pattern.
fn is_named(path: &str, pattern: &str) -> bool {
    let mut parts = path.rsplit('/');
    pattern.rsplit('/').all(|wanted| {
        parts.next().is_some_and(|part| match wanted.split_once('*') {
            None => part == wanted,
            Some((start, end)) => part.strip_prefix(start).is_some_and(|rest| rest.ends_with(end)),
        })
    })
}
