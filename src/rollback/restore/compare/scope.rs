//! Which part of a point is meant.

use super::side::Item;
use crate::rollback::point::{RawPath, Source};

/// Which part of a point is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The git state (head, refs, index, operation in progress) and every file of the tree that git tracks or does not ignore.
    pub git: bool,
    /// Configuration files.
    pub config: bool,
    /// Security-related files.
    pub security: bool,
    /// What lies at or below these paths, relative to the tree or absolute.
    pub paths: Vec<RawPath>,
}

impl Scope {
    /// All of it.
    #[must_use]
    pub const fn whole() -> Self {
        Self { git: true, config: true, security: true, paths: Vec::new() }
    }

    /// Whether it is all of it: what belongs to no single part too.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.git && self.config && self.security
    }

    /// Whether a path belongs to it, by what is there in either state.
    pub(super) fn wants(&self, path: &RawPath, now: Option<Item<'_>>, then: Option<Item<'_>>) -> bool {
        let either = |what: &dyn Fn(Item<'_>) -> bool| now.is_some_and(what) || then.is_some_and(what);
        self.is_whole()
            || (self.git
                && either(&|item| matches!(item.class().source, Source::Tracked | Source::Untracked)))
            || (self.config && either(&|item| item.class().config))
            || (self.security && either(&|item| item.class().security))
            || self.paths.iter().any(|part| path.lies_in(part))
    }
}

/// The scope that `--only` names: `git`, `config`, `security`, or a path; all of it when there is none. A file that is called
/// like a part is named with `./` before it. Paths may stand as reports write them, with `\xNN`.
///
/// # Errors
/// A path that leads out of the tree, or none at all, in words.
pub fn parse_scope(only: &[String]) -> Result<Scope, String> {
    if only.is_empty() {
        return Ok(Scope::whole());
    }
    let mut scope = Scope::default();
    for part in only {
        match part.as_str() {
            "git" => scope.git = true,
            "config" => scope.config = true,
            "security" => scope.security = true,
            path => scope.paths.push(part_path(path)?),
        }
    }
    scope.paths.sort_unstable();
    scope.paths.dedup();
    Ok(scope)
}

fn part_path(text: &str) -> Result<RawPath, String> {
    let given = RawPath::from_text(text).unwrap_or_else(|| RawPath::from_bytes(text.as_bytes()));
    let parts: Vec<&[u8]> =
        given.bytes().split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".").collect();
    if given.is_empty() {
        return Err("--only: an empty path names nothing; `.` is the whole tree".to_owned());
    }
    if given.bytes().contains(&0) {
        return Err(format!("--only {}: no path holds a NUL", given.text()));
    }
    if parts.iter().any(|part| *part == b"..") {
        return Err(format!("--only {}: name it without `..`, from the top of the tree", given.text()));
    }
    if given.is_absolute() && parts.is_empty() {
        return Err("--only /: name what lies in it; without --only everything is meant".to_owned());
    }
    let joined = RawPath::from_bytes(&parts.join(&b'/'));
    Ok(if given.is_absolute() { RawPath::from_bytes(b"/").join(joined.bytes()) } else { joined })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(only: &[&str]) -> Result<Scope, String> {
        parse_scope(&only.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>())
    }

    fn paths(only: &[&str]) -> Vec<String> {
        parse(only).unwrap().paths.iter().map(|path| path.text().into_owned()).collect()
    }

    #[test]
    fn parts_and_paths_are_told_apart() {
        assert_eq!(parse(&[]), Ok(Scope::whole()));
        assert!(Scope::whole().is_whole());
        let scope = parse(&["git", "security"]).unwrap();
        assert!(scope.git && scope.security && !scope.config && !scope.is_whole() && scope.paths.is_empty());
        let scope = parse(&["./git"]).unwrap();
        assert!(!scope.git);
        assert_eq!(scope.paths, [RawPath::from_bytes(b"git")]);
        assert_eq!(paths(&["src//app/./x/", "/etc//app/", "."]), ["", "/etc/app", "src/app/x"]);
        assert_eq!(parse(&["a\\xFFb", "a\\b"]).unwrap().paths[1].bytes(), b"a\xffb", "as a report writes it");
        assert_eq!(parse(&["a\\b"]).unwrap().paths[0].bytes(), b"a\\b", "as it is");
    }

    #[test]
    fn paths_that_leave_are_refused() {
        for bad in ["", "..", "../x", "a/../b", "/a/..", "/", "//", "a\0b"] {
            assert!(parse(&[bad]).is_err(), "{bad:?}");
        }
    }
}
