//! A point made of a tree.

use std::ffi::OsString;
use std::path::Path;

use jiff::Timestamp;

use super::point::{Bundle, RawPath, Reason, State};
use super::settings::Settings;
use super::store::{Sink, StoreError};

/// What is captured, and how.
pub struct Order<'a> {
    /// The tree, absolute and without links.
    pub root: &'a Path,
    /// What the settings say.
    pub settings: &'a Settings,
    /// The environment.
    pub variable: &'a dyn Fn(&str) -> Option<OsString>,
    /// What the user calls it.
    pub name: Option<&'a str>,
    /// Why it is made.
    pub reason: Reason,
    /// When.
    pub now: Timestamp,
    /// Bundles of earlier points that are in the store, by repository: they need not be made again.
    pub bundles: &'a [(RawPath, Vec<Bundle>)],
    /// Whether history goes into bundles: a look needs none, nor does a state that is only to be compared.
    pub bundle: bool,
    /// Files outside the tree lie below this folder instead of the root of the file system: a scratch copy.
    pub outside: Option<&'a Path>,
    /// Told as it goes: what is being done, how many of how many.
    pub progress: &'a (dyn Fn(&'static str, u64, u64) + Sync),
}

/// Why nothing could be captured.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The tree cannot be read at all.
    #[error("{path}: {reason}")]
    Tree {
        /// What.
        path: String,
        /// Why.
        reason: String,
    },
    /// A pattern of the settings is none.
    #[error("{0}")]
    Pattern(String),
}

/// Captures a tree: nothing of it, of its index, its refs and its objects is written to. Single things that cannot be captured
/// are gaps of the point.
///
/// # Errors
/// The tree cannot be read at all, or the store cannot be written.
pub fn capture(order: &Order<'_>, _sink: &mut Sink<'_>) -> Result<State, CaptureError> {
    Err(CaptureError::Tree { path: order.root.display().to_string(), reason: "not built".to_owned() })
}
