//! Versions in each ecosystem's own order. One file a scheme.
//!
//! Every scheme answers in three ways: an order, equality, or that a text is no version of it. Numbers are compared as text, so that
//! none is too long; nothing is allocated but for the few forms that need a look ahead.

mod apk;
mod cran;
mod dart;
mod dpkg;
mod hackage;
mod maven;
mod nuget;
mod number;
mod packagist;
mod pep440;
mod pep440_legacy;
mod rpm;
mod rubygems;
mod semver;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use crate::formats::ecosystem::Family;

/// The longest version that is compared, in bytes. No registry allows one of this length.
pub const MAX_BYTES: usize = 1024;

/// How much of a version an error repeats, in characters.
const SHOWN: usize = 120;

/// An order of versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// `SemVer` 2.0 §11, read leniently: missing parts are 0, a leading `v` is dropped, build metadata does not count.
    Semver,
    /// Dart's `SemVer`: build metadata counts, and a version with it follows the one without.
    Pub,
    /// PEP 440; what it does not know comes before all that it knows, in the order that setuptools once gave it.
    Pep440,
    /// Maven's `ComparableVersion`.
    Maven,
    /// `Gem::Version`.
    RubyGems,
    /// `NuGet`: `SemVer` 2.0 with a fourth number, its labels without regard to case.
    NuGet,
    /// PHP's `version_compare` with Composer's leading `v` and its disregard of case.
    Packagist,
    /// Debian policy §5.6.12.
    Dpkg,
    /// apk-tools.
    Apk,
    /// rpm's epoch, version and release.
    Rpm,
    /// R's `package_version`.
    Cran,
    /// Cabal's `Version`.
    Hackage,
}

/// A version that cannot be compared in a scheme.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{version}` cannot be compared as a {scheme} version")]
pub struct Uncomparable {
    /// The version as given, but no more of it than 120 characters.
    pub version: String,
    /// The name of the scheme.
    pub scheme: &'static str,
}

impl Scheme {
    /// Every scheme.
    pub const ALL: &[Self] = &[
        Self::Semver,
        Self::Pub,
        Self::Pep440,
        Self::Maven,
        Self::RubyGems,
        Self::NuGet,
        Self::Packagist,
        Self::Dpkg,
        Self::Apk,
        Self::Rpm,
        Self::Cran,
        Self::Hackage,
    ];

    /// The scheme of an ecosystem's versions; none where no order is known.
    #[must_use]
    pub const fn of(family: Family) -> Option<Self> {
        Some(match family {
            Family::Bioconductor
            | Family::Bitnami
            | Family::ConanCenter
            | Family::CratesIo
            | Family::DockerHardenedImages
            | Family::Ghc
            | Family::Go
            | Family::Hex
            | Family::Julia
            | Family::Npm
            | Family::SwiftUrl => Self::Semver,
            Family::Pub => Self::Pub,
            Family::PyPi => Self::Pep440,
            Family::Maven => Self::Maven,
            Family::RubyGems => Self::RubyGems,
            Family::NuGet => Self::NuGet,
            Family::Packagist => Self::Packagist,
            Family::Debian | Family::Ubuntu => Self::Dpkg,
            Family::Alpaquita
            | Family::Alpine
            | Family::BellSoft
            | Family::Chainguard
            | Family::MinimOs
            | Family::Wolfi => Self::Apk,
            Family::AlmaLinux
            | Family::Mageia
            | Family::OpenEuler
            | Family::OpenSuse
            | Family::RedHat
            | Family::RockyLinux
            | Family::Suse => Self::Rpm,
            Family::Cran => Self::Cran,
            Family::Hackage => Self::Hackage,
            Family::Android
            | Family::AzureLinux
            | Family::CleanStart
            | Family::Echo
            | Family::FreeBsd
            | Family::GitHubActions
            | Family::Kubernetes
            | Family::Linux
            | Family::Opam
            | Family::OssFuzz
            | Family::PhotonOs
            | Family::Root
            | Family::TuxCare
            | Family::VsCode => return None,
        })
    }

    /// Its name: `PEP 440`, `SemVer`, `dpkg`, …
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Semver => "SemVer",
            Self::Pub => "Pub",
            Self::Pep440 => "PEP 440",
            Self::Maven => "Maven",
            Self::RubyGems => "RubyGems",
            Self::NuGet => "NuGet",
            Self::Packagist => "Packagist",
            Self::Dpkg => "dpkg",
            Self::Apk => "apk",
            Self::Rpm => "rpm",
            Self::Cran => "CRAN",
            Self::Hackage => "Hackage",
        }
    }

    /// Compares two versions. White space around them does not count.
    ///
    /// # Errors
    /// When one of them is no version of the scheme, is the full name of a commit, or is longer than [`MAX_BYTES`].
    pub fn compare(self, one: &str, other: &str) -> Result<Ordering, Uncomparable> {
        match self {
            Self::Semver => self.ordered(one, other, semver::parse, semver::order),
            Self::Pub => self.ordered(one, other, semver::parse, dart::order),
            Self::Pep440 => self.ordered(one, other, pep440::parse, pep440::order),
            Self::Maven => self.ordered(one, other, maven::parse, maven::order),
            Self::RubyGems => self.ordered(one, other, rubygems::parse, rubygems::order),
            Self::NuGet => self.ordered(one, other, semver::parse, nuget::order),
            Self::Packagist => self.ordered(one, other, packagist::parse, packagist::order),
            Self::Dpkg => self.ordered(one, other, dpkg::parse, dpkg::order),
            Self::Apk => self.ordered(one, other, apk::parse, apk::order),
            Self::Rpm => self.ordered(one, other, rpm::parse, rpm::order),
            Self::Cran => self.ordered(one, other, cran::parse, cran::order),
            Self::Hackage => self.ordered(one, other, hackage::parse, hackage::order),
        }
    }

    fn ordered<'a, V>(
        self,
        one: &'a str,
        other: &'a str,
        parse: fn(&'a str) -> Option<V>,
        order: fn(&V, &V) -> Ordering,
    ) -> Result<Ordering, Uncomparable> {
        Ok(order(&self.read(one, parse)?, &self.read(other, parse)?))
    }

    fn read<'a, V>(self, text: &'a str, parse: fn(&'a str) -> Option<V>) -> Result<V, Uncomparable> {
        let trimmed = text.trim();
        if trimmed.is_empty() || trimmed.len() > MAX_BYTES || is_commit(trimmed) {
            return Err(self.uncomparable(text));
        }
        parse(trimmed).ok_or_else(|| self.uncomparable(text))
    }

    fn uncomparable(self, text: &str) -> Uncomparable {
        Uncomparable { version: text.chars().take(SHOWN).collect(), scheme: self.name() }
    }
}

/// Whether a text is the full name of a commit, SHA-1 or SHA-256. One of digits alone may well be a number.
fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64)
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Whether a text holds a character that belongs to a placeholder, a range or a sentence, but to no version.
fn has_foreign_characters(text: &str) -> bool {
    text.chars().any(|character| {
        character.is_whitespace() || character.is_control() || "${}[]()<>=,;:*|&\"'`\\/?!".contains(character)
    })
}
