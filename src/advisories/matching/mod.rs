//! Whether an advisory affects a package, by the evaluation algorithm of the OSV schema
//! (<https://ossf.github.io/osv-schema/#evaluation>), and why.
//!
//! Where the schema leaves something open, or where what it says cannot be done, this holds:
//! - A range that does not compare with the version, or is not understood, makes the answer *unknown*, unless another range
//!   or list says *affected*. The one range that needs no comparison is the one from 0 without an end.
//! - A version is in a list when it is written alike or equal in the order of its ecosystem: `1.0` is in a `PyPI` list that
//!   holds `1.0.0`, as those are one release there. What is no version of the ecosystem (a branch, a commit) may be any of
//!   those in the list: unknown, unless it is written alike.
//! - Of events at one version, the state before decides: an affected time is ended and begun again (`fixed 2`,
//!   `introduced 2`), one that begins and ends at once (`introduced 2`, `fixed 2`) is none.
//! - Ranges of commits decide nothing, and leave the answer unknown only where nothing else is given.
//! - A distribution's advisory counts for its release alone. Where the release is not known, what lies outside of the ranges
//!   of every release is not affected, and all else is unknown.

mod group;
mod release;
mod statement;
#[cfg(test)]
mod tests;
mod timeline;
mod upgrade;

pub use group::{Group, group};
pub use upgrade::upgrade;

use statement::{State, Statement};

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
    /// The events of the range, sorted as compared: `introduced 0`, `fixed 1.2.9`. Empty for a list.
    pub events: Vec<String>,
    /// The scheme that compared: `SemVer`, `PEP 440`. Empty where nothing had to be compared.
    pub scheme: &'static str,
    /// The lowest version above this one that the advisory names as fixed and does not affect by any of its ranges or lists.
    pub fixed: Option<String>,
    /// Which of the advisory's `affected` it was, for what stands there alone: the severity, the kind of notice.
    pub affected: usize,
}

/// Evaluates one advisory against one package.
#[must_use]
pub fn evaluate(advisory: &Advisory, query: &Query<'_>) -> Answer {
    if advisory.withdrawn.is_some() {
        return Answer::NotAffected;
    }
    let statement = Statement::of(advisory, query);
    match statement.state(query.version) {
        State::Clear => Answer::NotAffected,
        State::Unknown(reason) => Answer::Unknown(reason),
        State::Affected(hit) => Answer::Affected(Explanation {
            range: hit.range,
            events: hit.events,
            scheme: hit.scheme,
            fixed: statement.fixed_after(query.version),
            affected: hit.affected,
        }),
    }
}
