//! Globs over paths relative to a tree, as settings and waivers write them: `*` does not cross a `/`.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// Why a text is not a glob.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("glob `{pattern}`: {reason}")]
pub struct GlobError {
    /// The text.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

impl GlobError {
    fn new(pattern: &str, error: &globset::Error) -> Self {
        Self { pattern: pattern.to_owned(), reason: error.kind().to_string() }
    }
}

/// Reads one glob.
///
/// # Errors
/// When it is none.
pub fn parse(pattern: &str) -> Result<Glob, GlobError> {
    GlobBuilder::new(pattern).literal_separator(true).build().map_err(|error| GlobError::new(pattern, &error))
}

/// Reads several globs into one matcher that tells which of them match, by their place.
///
/// # Errors
/// The first that is none; without a pattern when only all of them together are too much.
pub fn set<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Result<GlobSet, GlobError> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(parse(pattern)?);
    }
    set.build().map_err(|error| GlobError::new("", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_does_not_cross_a_separator() {
        let globs = set(["src/*.rs", "**/*.rs"]).unwrap();
        assert_eq!(globs.matches("src/a.rs"), [0, 1]);
        assert_eq!(globs.matches("src/deep/a.rs"), [1]);
        assert!(parse("[").unwrap_err().to_string().starts_with("glob `[`: "));
    }
}
