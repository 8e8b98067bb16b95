//! Where the database lies when no one says otherwise.

use std::path::{Path, PathBuf};

/// The variable of the environment that names the file.
pub const VARIABLE: &str = "READINESS_ADVISORIES";

/// The database file: the one named, else the one that `READINESS_ADVISORIES` names, else `advisories.db` in our folder of
/// the user's cache (`XDG_CACHE_HOME` or `~/.cache`, on macOS `~/Library/Caches`, on Windows `%LOCALAPPDATA%`). None
/// where the environment knows no user.
pub fn location(explicit: Option<&Path>, variable: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(named) = explicit.map(Path::to_owned).or_else(|| set(VARIABLE)) {
        return Some(named);
    }
    Some(cache(variable)?.join("advisories.db"))
}

/// Our folder of the user's cache; none where the environment knows no user.
pub fn cache(variable: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    // The specification of the XDG folders wants relative values ignored.
    let absolute = |name: &str| set(name).filter(|path| path.is_absolute());
    let cache = if cfg!(windows) {
        absolute("LOCALAPPDATA")?
    } else if cfg!(target_os = "macos") {
        absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join("Library/Caches")))?
    } else {
        absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?
    };
    Some(cache.join("readiness"))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_names_one_wins() {
        let all = [(VARIABLE, "v.db"), ("XDG_CACHE_HOME", "/cache"), ("HOME", "/home/a")];
        let place = |explicit: Option<&str>, known: &[(&str, &str)]| {
            let variable =
                |name: &str| known.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            location(explicit.map(Path::new), &variable).map(|path| path.display().to_string())
        };
        let expect = |path: &str| Some(path.to_owned());
        assert_eq!(place(Some("a.db"), &all), expect("a.db"));
        assert_eq!(place(None, &all), expect("v.db"));
        assert_eq!(place(None, &all[1..]), expect("/cache/readiness/advisories.db"));
        assert_eq!(place(None, &all[2..]), expect("/home/a/.cache/readiness/advisories.db"));
        assert_eq!(
            place(None, &[(VARIABLE, ""), ("XDG_CACHE_HOME", "rel"), ("HOME", "/h")]),
            expect("/h/.cache/readiness/advisories.db")
        );
        assert_eq!(place(None, &[]), None);
    }
}
