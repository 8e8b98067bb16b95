//! Versions in each ecosystem's own order. One file a scheme.

use std::cmp::Ordering;

use crate::formats::ecosystem::Family;

/// An order of versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// `SemVer` 2.0 §11, read leniently: missing parts are 0, a leading `v` is dropped, build metadata does not count.
    Semver,
}

/// A version that cannot be compared in a scheme.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{version}` cannot be compared as a {scheme} version")]
pub struct Uncomparable {
    /// The version as given.
    pub version: String,
    /// The name of the scheme.
    pub scheme: &'static str,
}

impl Scheme {
    /// The scheme of an ecosystem's versions; none where no order is known.
    #[must_use]
    pub const fn of(_family: Family) -> Option<Self> {
        None
    }

    /// Its name: `PEP 440`, `SemVer`, `dpkg`, …
    #[must_use]
    pub const fn name(self) -> &'static str {
        "SemVer"
    }

    /// Compares two versions.
    ///
    /// # Errors
    /// When one of them is no version of the scheme.
    pub fn compare(self, _one: &str, _other: &str) -> Result<Ordering, Uncomparable> {
        Ok(Ordering::Equal)
    }
}
