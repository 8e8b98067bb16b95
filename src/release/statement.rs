//! The provenance of what was prepared here: an in-toto statement with SLSA provenance v1 that is true and claims no more
//! than Build L1, because whoever prepares a release on their own machine signs their own word.

/// What is known of the preparation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// What was released: file name and SHA-256 (hex), before encryption.
    pub subjects: Vec<(String, String)>,
    /// The version.
    pub version: String,
    /// The profile.
    pub profile: Option<String>,
    /// The command as it was given, paths as they were named, no secrets.
    pub arguments: Vec<String>,
    /// Where the repository is published, without user and password.
    pub repository: Option<String>,
    /// The commit, hex.
    pub commit: Option<String>,
    /// Whether the work tree held changes that the commit does not.
    pub dirty: Option<bool>,
    /// The tag or branch, as `refs/…`.
    pub reference: Option<String>,
    /// What else went in: path or package URL, and SHA-256 (hex).
    pub dependencies: Vec<(String, String)>,
    /// When it began and ended, RFC 3339 in UTC; the same under `SOURCE_DATE_EPOCH`.
    pub started: String,
    /// See `started`.
    pub finished: String,
    /// Version of this program.
    pub tool_version: String,
    /// CI system that ran it, as its own variables say, such as `github-actions`; none elsewhere. It is a claim.
    pub ci: Option<String>,
}

/// The statement's bytes: JSON, fields in a fixed order.
#[must_use]
pub fn statement(_build: &Build) -> Vec<u8> {
    Vec::new()
}
