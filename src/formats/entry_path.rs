//! What a path in a checksum file or a manifest may look like: relative, and staying where it is.

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PathProblem {
    /// Nothing, or nothing but dots and slashes.
    #[error("empty path")]
    Empty,
    /// Longer than 4096 bytes.
    #[error("path of more than 4096 bytes")]
    TooLong,
    /// With a NUL byte, which no file system has.
    #[error("path with a NUL byte")]
    Nul,
    /// From the root, with `/` or `\`.
    #[error("absolute path")]
    Absolute,
    /// With a drive letter such as `C:`.
    #[error("path with a drive letter")]
    DriveLetter,
    /// With a part `..` between slashes or backslashes.
    #[error("path with `..`")]
    ParentFolder,
    /// With a slash at the end: a folder, not a file.
    #[error("path with a slash at its end")]
    Folder,
    /// With parts `.` or `//`, where they are not allowed.
    #[error("path with empty parts or `.`")]
    NotNormal,
}

/// The path without parts `.` and empty parts, its parts joined by `/`.
///
/// Backslashes stay, for they are ordinary characters in most file systems; but a path that leaves its place where they
/// separate parts is refused everywhere, so that no list means different files on different systems.
///
/// # Errors
/// If the path is absolute, leads out of its folder, or names no file.
pub fn normalise(path: &str) -> Result<String, PathProblem> {
    if path.is_empty() {
        return Err(PathProblem::Empty);
    }
    if path.len() > 4096 {
        return Err(PathProblem::TooLong);
    }
    if path.contains('\0') {
        return Err(PathProblem::Nul);
    }
    if path.starts_with(['/', '\\']) {
        return Err(PathProblem::Absolute);
    }
    let mut start = path.trim_start_matches("./").chars();
    if start.next().is_some_and(|first| first.is_ascii_alphabetic()) && start.next() == Some(':') {
        return Err(PathProblem::DriveLetter);
    }
    if path.split(['/', '\\']).any(|part| part == "..") {
        return Err(PathProblem::ParentFolder);
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.is_empty() {
        return Err(PathProblem::Empty);
    }
    if path.ends_with('/') || path.ends_with("/.") {
        return Err(PathProblem::Folder);
    }
    Ok(parts.join("/"))
}

/// Accepts only what [`normalise`] would leave as it is.
///
/// # Errors
/// As [`normalise`], and [`PathProblem::NotNormal`].
pub fn check(path: &str) -> Result<(), PathProblem> {
    if normalise(path)? == path { Ok(()) } else { Err(PathProblem::NotNormal) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_where_they_are() {
        for (path, expected) in [
            ("a", Ok("a")),
            ("./a//b/./c", Ok("a/b/c")),
            ("a\\b", Ok("a\\b")),
            ("...", Ok("...")),
            ("a..b/..c", Ok("a..b/..c")),
            (" a ", Ok(" a ")),
            ("ä:b", Ok("ä:b")),
            ("", Err(PathProblem::Empty)),
            ("./", Err(PathProblem::Empty)),
            (".", Err(PathProblem::Empty)),
            ("/a", Err(PathProblem::Absolute)),
            ("\\\\server\\a", Err(PathProblem::Absolute)),
            ("C:\\a", Err(PathProblem::DriveLetter)),
            ("c:a", Err(PathProblem::DriveLetter)),
            ("./c:a", Err(PathProblem::DriveLetter)),
            ("../a", Err(PathProblem::ParentFolder)),
            ("a/..", Err(PathProblem::ParentFolder)),
            ("a\\..\\..\\b", Err(PathProblem::ParentFolder)),
            ("a/", Err(PathProblem::Folder)),
            ("a/.", Err(PathProblem::Folder)),
            ("a\0b", Err(PathProblem::Nul)),
        ] {
            assert_eq!(normalise(path).as_deref().map_err(|problem| *problem), expected, "{path:?}");
        }
        assert_eq!(normalise(&"a".repeat(4097)), Err(PathProblem::TooLong));
        assert_eq!(check("a/b"), Ok(()));
        assert_eq!(check("./a"), Err(PathProblem::NotNormal));
        assert_eq!(check("a//b"), Err(PathProblem::NotNormal));
    }
}
