//! The advisory database: one `SQLite` file, indexed by ecosystem and normalised package name.

use std::path::Path;

use crate::formats::ecosystem::Ecosystem;
use crate::formats::osv::Advisory;

/// An open database, read only.
#[derive(Debug)]
pub struct Database {
    contents: Contents,
}

/// Why a database could not be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is none.
    #[error("{0}: there is no advisory database")]
    Missing(String),
    /// It is none, of another version, or damaged.
    #[error("{path}: {reason}")]
    Unusable {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// What a database holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// SHA-256 (hex) over everything imported: equal digests mean equal data.
    pub digest: String,
    /// When the last import was made, RFC 3339.
    pub imported: String,
    /// What was imported, one entry a source, by name.
    pub sources: Vec<Source>,
}

/// One imported source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Ecosystem name, `EPSS` or `KEV`.
    pub name: String,
    /// Entries: advisories, scores.
    pub count: u64,
    /// Of those, withdrawn.
    pub withdrawn: u64,
    /// The newest entry, RFC 3339.
    pub newest: String,
    /// When it was imported, RFC 3339.
    pub imported: String,
    /// SHA-256 (hex) of its entries, sorted.
    pub digest: String,
}

/// An entry of CISA's list of vulnerabilities that are known to be exploited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exploited {
    /// When it was listed, `YYYY-MM-DD`.
    pub added: String,
    /// Whether ransomware is known to use it.
    pub ransomware: bool,
}

/// An EPSS score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epss {
    /// Probability of exploitation within 30 days, 0 to 1.
    pub probability: f64,
    /// Share of vulnerabilities with a lower score, 0 to 1.
    pub percentile: f64,
}

impl Database {
    /// Opens a database.
    ///
    /// # Errors
    /// When there is none, or it cannot be used.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Err(StoreError::Missing(path.display().to_string()))
    }

    /// What it holds.
    #[must_use]
    pub const fn contents(&self) -> &Contents {
        &self.contents
    }

    /// All advisories for a package of a family, by normalised name, whatever the release; withdrawn ones included.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn advisories(&self, _ecosystem: &Ecosystem, _name: &str) -> Result<Vec<Advisory>, StoreError> {
        Ok(Vec::new())
    }

    /// Whether any advisory of the family was imported.
    #[must_use]
    pub fn covers(&self, _ecosystem: &Ecosystem) -> bool {
        false
    }

    /// One advisory by id.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn advisory(&self, _id: &str) -> Result<Option<Advisory>, StoreError> {
        Ok(None)
    }

    /// All ids of the same vulnerability as `id`, itself included, sorted; joined over the aliases of all advisories.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn aliases(&self, id: &str) -> Result<Vec<String>, StoreError> {
        Ok(vec![id.to_owned()])
    }

    /// The EPSS score of a CVE.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn epss(&self, _cve: &str) -> Result<Option<Epss>, StoreError> {
        Ok(None)
    }

    /// The entry of a CVE in CISA's list.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn exploited(&self, _cve: &str) -> Result<Option<Exploited>, StoreError> {
        Ok(None)
    }
}
