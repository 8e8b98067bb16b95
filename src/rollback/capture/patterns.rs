//! Which files the settings name: configuration, security, and what is captured although git ignores it.

use globset::GlobSet;

use super::CaptureError;
use crate::formats::glob;
use crate::rollback::point::RawPath;
use crate::rollback::settings::Settings;

/// Folders of what programs fetched or made. One that git ignores is entered only when a pattern names it before its first
/// wildcard.
const CACHES: &[&[u8]] = &[
    b"node_modules",
    b"bower_components",
    b"target",
    b"vendor",
    b".venv",
    b"venv",
    b"__pycache__",
    b".tox",
    b".gradle",
    b".cache",
    b".terraform",
    b"Pods",
];

/// What patterns say of a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// A configuration file.
    pub config: bool,
    /// A security-related file.
    pub security: bool,
    /// One that is captured although git ignores it.
    pub ignored: bool,
}

impl Marks {
    /// Whether a file is captured byte by byte even when git could give it back.
    pub(super) const fn is_protected(self) -> bool {
        self.config || self.security
    }

    /// Whether a file is captured although git ignores it.
    pub(super) const fn is_wanted(self) -> bool {
        self.config || self.security || self.ignored
    }

    /// What either says.
    pub(super) const fn or(self, other: Self) -> Self {
        Self {
            config: self.config || other.config,
            security: self.security || other.security,
            ignored: self.ignored || other.ignored,
        }
    }
}

/// The patterns of the settings.
#[derive(Debug)]
pub(super) struct Patterns {
    inside: GlobSet,
    marks: Vec<Marks>,
    reaches: Vec<Reach>,
    /// Patterns over files outside the tree, absolute.
    pub outside: Vec<(String, Marks)>,
}

/// Where what a pattern matches can lie.
#[derive(Debug)]
struct Reach {
    /// Folders before the first wildcard; not empty.
    folder: RawPath,
    /// How many names a path has that matches; none when that is open.
    names: Option<usize>,
}

impl Patterns {
    /// Reads the patterns for the tree at `root`.
    ///
    /// # Errors
    /// One is none, or leads out of the tree by `..`.
    pub(super) fn new(settings: &Settings, root: &RawPath) -> Result<Self, CaptureError> {
        let all = [
            (&settings.config, Marks { config: true, ..Marks::default() }),
            (&settings.security, Marks { security: true, ..Marks::default() }),
            (&settings.ignored, Marks { ignored: true, ..Marks::default() }),
        ];
        let (mut texts, mut marks, mut outside) = (Vec::new(), Vec::new(), Vec::new());
        for (text, mark) in all.iter().flat_map(|(list, mark)| list.iter().map(|text| (text, *mark))) {
            let text = normal(text)?;
            match inside(&text, root) {
                Some(text) => {
                    texts.push(text);
                    marks.push(mark);
                }
                None => outside.push((text, mark)),
            }
        }
        let reaches = texts.iter().filter_map(|text| reach(text)).collect();
        let inside = glob::set(texts.iter().map(String::as_str)).map_err(pattern_error)?;
        Ok(Self { inside, marks, reaches, outside })
    }

    /// What they say of a path, relative to the tree.
    pub(super) fn marks(&self, path: &RawPath) -> Marks {
        with_path(path, |path| {
            // Nearly every path matches nothing, and this is the quicker question.
            if !self.inside.is_match(path) {
                return Marks::default();
            }
            let matching = self.inside.matches(path).into_iter().filter_map(|at| self.marks.get(at));
            matching.fold(Marks::default(), |all, marks| all.or(*marks))
        })
    }

    /// Whether a folder that git ignores, relative to the tree, is looked into: a pattern names it, or one above or below it,
    /// before its first wildcard.
    pub(super) fn reach_into(&self, folder: &RawPath) -> bool {
        self.reaches.iter().any(|reach| {
            if reach.folder.lies_in(folder) {
                return true;
            }
            let deep_enough = |names| folder.bytes().split(|byte| *byte == b'/').count() < names;
            let rest = folder.bytes().get(reach.folder.bytes().len()..).unwrap_or_default();
            folder.lies_in(&reach.folder)
                && reach.names.is_none_or(deep_enough)
                && !rest.split(|byte| *byte == b'/').any(|name| CACHES.contains(&name))
        })
    }
}

/// Matches the bytes of a path, without a copy where the system allows it.
pub(super) fn with_path<T>(path: &RawPath, ask: impl FnOnce(&std::path::Path) -> T) -> T {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        ask(std::path::Path::new(std::ffi::OsStr::from_bytes(path.bytes())))
    }
    #[cfg(not(unix))]
    {
        ask(&path.to_path())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is mapped over errors")]
pub(super) fn pattern_error(error: glob::GlobError) -> CaptureError {
    CaptureError::Pattern(error.to_string())
}

/// A pattern without `./` at its begin; one that ends with `/` means all that lies there.
fn normal(text: &str) -> Result<String, CaptureError> {
    let text = text.strip_prefix("./").unwrap_or(text);
    let refused = |reason: &str| Err(CaptureError::Pattern(format!("glob `{text}`: {reason}")));
    if text.is_empty() || text == "/" {
        return refused("it names no file");
    }
    if text.split('/').any(|name| name == "..") {
        return refused("it leads out by `..`; name what lies outside the tree by its absolute path");
    }
    Ok(if text.ends_with('/') { format!("{text}**") } else { text.to_owned() })
}

/// The pattern relative to the tree, if it is over files of the tree.
fn inside(text: &str, root: &RawPath) -> Option<String> {
    if !text.starts_with('/') {
        return Some(text.to_owned());
    }
    let root = std::str::from_utf8(root.bytes()).ok()?;
    let rest = text.strip_prefix(root)?.strip_prefix('/').filter(|rest| !rest.is_empty())?;
    Some(rest.to_owned())
}

/// Whether a part of a pattern is a name and nothing else.
pub(super) fn is_literal(part: &str) -> bool {
    !part.contains(['*', '?', '[', ']', '{', '}', '\\'])
}

/// The parts of a pattern before the first with a wildcard, and the rest.
pub(super) fn literal_part(text: &str) -> (&str, Option<&str>) {
    let mut end = 0;
    for part in text.split('/') {
        if !is_literal(part) {
            let (before, rest) = text.split_at_checked(end).unwrap_or((text, ""));
            return (before.trim_end_matches('/'), Some(rest));
        }
        end += part.len() + 1;
    }
    (text, None)
}

fn reach(text: &str) -> Option<Reach> {
    let folder = match literal_part(text) {
        (folder, Some(_)) => folder,
        (whole, None) => whole.rsplit_once('/').map_or("", |(folder, _)| folder),
    };
    // A wildcard in braces can hold a separator.
    let open = text.contains("**") || text.split_once('{').is_some_and(|(_, rest)| rest.contains('/'));
    let names = (!open).then(|| text.split('/').count());
    (!folder.is_empty()).then(|| Reach { folder: RawPath::from_bytes(folder.as_bytes()), names })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RawPath {
        RawPath::from_bytes(text.as_bytes())
    }

    fn patterns(config: &[&str], ignored: &[&str]) -> Result<Patterns, CaptureError> {
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        let settings = Settings {
            config: owned(config),
            security: vec!["**/*.pem".to_owned()],
            ignored: owned(ignored),
            ..Settings::default()
        };
        Patterns::new(&settings, &path("/srv/app"))
    }

    #[test]
    fn paths_are_marked_by_every_pattern_that_matches() {
        let patterns =
            patterns(&["conf/", "./a.pem", "/srv/app/in/*.ini", "/etc/app/**"], &["**/.env"]).unwrap();
        let marks = |text: &str| {
            let Marks { config, security, ignored } = patterns.marks(&path(text));
            (config, security, ignored)
        };
        assert_eq!(marks("conf/deep/x"), (true, false, false));
        assert_eq!(marks("a.pem"), (true, true, false));
        assert_eq!(marks("b/a.pem"), (false, true, false));
        assert_eq!(marks("in/x.ini"), (true, false, false));
        assert_eq!(marks("sub/.env"), (false, false, true));
        assert_eq!(marks("etc/app/x"), (false, false, false));
        assert!(patterns.marks(&RawPath::from_bytes(b"\xff/.env")).ignored);
        assert_eq!(
            patterns.outside.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>(),
            ["/etc/app/**"]
        );
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for bad in ["", "/", "../x", "a/../b", "["] {
            assert!(patterns(&[bad], &[]).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn ignored_folders_are_entered_where_a_pattern_names_them() {
        let patterns =
            patterns(&["config/local/**", "flat/*.yml"], &["**/.env", "vendor/keys/x.key"]).unwrap();
        for entered in ["config", "config/local", "config/local/deep", "flat", "vendor", "vendor/keys"] {
            assert!(patterns.reach_into(&path(entered)), "{entered}");
        }
        for left in [
            "configs",
            "config/other",
            "config/local/node_modules",
            "flat/deep",
            "vendor/other",
            "src",
            "target",
        ] {
            assert!(!patterns.reach_into(&path(left)), "{left}");
        }
    }
}
