//! Project files that are not read, many of them programs: what they ask for is known only by a lock file that speaks
//! for them. Where there is none, their packages are not known, and that must be said.

mod list;
mod looks;
#[cfg(test)]
mod tests;

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
        SCRIPTS.iter().find(|script| script.is_at(path))
    }

    /// The script that a file is and that asks for packages; none when it asks for nothing.
    #[must_use]
    pub fn asking(path: &str, bytes: &[u8]) -> Option<&'static Self> {
        let text = String::from_utf8_lossy(bytes);
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
        SCRIPTS.iter().find(|script| script.is_at(path) && (script.asks)(text))
    }

    fn is_at(&self, path: &str) -> bool {
        self.names.iter().any(|pattern| is_named(path, pattern))
    }
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
