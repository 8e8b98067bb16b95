//! A package as lock files, SBOMs and databases of installed packages name it.

use super::ecosystem::Ecosystem;
use super::purl::Purl;

/// One package of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// The name as its ecosystem writes it: `@scope/name` for npm, `group:artifact` for Maven, the module path for Go.
    pub name: String,
    /// The exact version, without `v` only where the ecosystem has none; none when the file does not pin one.
    pub version: Option<String>,
    /// The platform or architecture that its archive is for, as written: `x86_64-linux` (gems), `amd64` (dpkg); none where
    /// it is for all or the file does not tell.
    pub platform: Option<String>,
    /// The ecosystem; none where advisories know none for it.
    pub ecosystem: Option<Ecosystem>,
    /// The package URL: made from name and version for lock files, as given (and parsed) in SBOMs.
    pub purl: Option<Purl>,
    /// CPE 2.2 or 2.3 name, from SBOMs.
    pub cpe: Option<String>,
    /// Line of the file where it stands, from 1; 0 where the file has no lines (never for text).
    pub line: u32,
    /// Whether the project names it itself; none when the file does not tell.
    pub direct: Option<bool>,
    /// What it is needed for.
    pub scope: Scope,
    /// Where it comes from.
    pub origin: Origin,
    /// Digests of its archive.
    pub hashes: Vec<Hash>,
    /// Licences as written: SPDX expressions, ids or names.
    pub licenses: Vec<String>,
    /// Who supplies it, from SBOMs.
    pub supplier: Option<String>,
    /// For distribution packages: the source package they were built from, and its version where it differs.
    pub source: Option<SourcePackage>,
    /// Whether installing it runs a script of its own (npm `hasInstallScript`, …).
    pub install_script: bool,
    /// Whether it comes inside the archive of another package, whose digest then covers it.
    pub bundled: bool,
    /// What it depends on, as indexes into the list it stands in, sorted; none when the file does not say.
    pub depends_on: Option<Vec<usize>>,
}

/// What a package is needed for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The file does not tell.
    #[default]
    Unknown,
    /// Running the product.
    Runtime,
    /// Building or testing it alone.
    Development,
    /// Only where a feature, a platform or the user asks for it.
    Optional,
}

impl Scope {
    /// All of them, what tells most against leaving a package out of sight first: running, then what is not known.
    pub const MOST_EXPOSED_FIRST: [Self; 4] =
        [Self::Runtime, Self::Unknown, Self::Optional, Self::Development];

    /// Of two uses of one package the one that tells more against leaving it out of sight.
    #[must_use]
    pub fn most_exposed(self, other: Self) -> Self {
        Self::MOST_EXPOSED_FIRST.into_iter().find(|scope| [self, other].contains(scope)).unwrap_or(self)
    }
}

/// Where a package comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// The file does not tell: the ecosystem's usual registry.
    #[default]
    Unknown,
    /// A registry, by its URL as written; empty for the usual one.
    Registry(String),
    /// A git repository and the commit, if one is pinned.
    Git {
        /// URL as written, without credentials.
        url: String,
        /// The commit, in full.
        commit: Option<String>,
    },
    /// An archive by URL.
    Url(String),
    /// A folder, relative to the file.
    Path(String),
    /// The project itself or a member of its workspace.
    Own,
}

/// Endings of archives that package managers make, in lower case.
const ARCHIVES: &[&str] = &[".tgz", ".tar.gz", ".zip", ".whl", ".gem", ".crate", ".jar", ".nupkg", ".phar"];

impl Origin {
    /// Whether it is the project's own work: the project itself, a member of its workspace or a folder. What lies beside
    /// it as an archive, or in a folder for copies of others' packages, was published by someone.
    #[must_use]
    pub fn is_own_work(&self) -> bool {
        match self {
            Self::Own => true,
            Self::Path(path) => {
                let plain = path.split(['#', '?']).next().unwrap_or(path).to_ascii_lowercase();
                let mut folders = plain.split(['/', '\\']);
                !ARCHIVES.iter().any(|ending| plain.ends_with(ending))
                    && !folders.any(|part| part == "vendor" || part == "third_party")
            }
            _ => false,
        }
    }
}

/// A digest of a package's archive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash {
    /// The function.
    pub algorithm: HashFunction,
    /// The digest, lower-case hex.
    pub hex: String,
}

/// Functions whose digests lock files and SBOMs carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are the functions'")]
pub enum HashFunction {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha3_256,
    Sha3_384,
    Sha3_512,
    Blake2b256,
    Blake2b384,
    Blake2b512,
    Blake3,
    Other,
}

/// The source package of a distribution package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePackage {
    /// Its name.
    pub name: String,
    /// Its version, where it is not the binary package's.
    pub version: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_and_copies_are_not_the_projects_own_work() {
        let by = |path: &str| Origin::Path(path.to_owned()).is_own_work();
        assert!(Origin::Own.is_own_work() && by("../lib") && by("packages/a") && by("vendored"));
        assert!(
            !Origin::Unknown.is_own_work()
                && !Origin::Url("https://example.org/a.tgz".to_owned()).is_own_work()
        );
        for path in ["left-1.0.0.tgz", "../dist/a-1.0-py3-none-any.WHL", "a.tar.gz#sha512", "vendor/gems/a"] {
            assert!(!by(path), "{path}");
        }
    }
}
