//! Whether a point is whole, and whether it could be restored here.

use std::path::Path;

use super::point::{Point, PointId, State};
use super::store::Store;
use crate::report::CheckReport;

/// What is verified, and where it would be restored.
pub struct Order<'a> {
    /// Where the point is.
    pub store: &'a Store,
    /// The point.
    pub id: &'a PointId,
    /// The tree that it would be restored to, absolute and without links; none to look at the store alone.
    pub root: Option<&'a Path>,
    /// Files outside the tree lie below this folder instead of the root of the file system.
    pub outside: Option<&'a Path>,
    /// Told as it goes: what is being done, how many of how many.
    pub progress: &'a (dyn Fn(&'static str, u64, u64) + Sync),
}

/// What a verification came to.
#[derive(Debug, Default)]
pub struct Verified {
    /// What was found: rule, path (or what stands for one), words.
    pub problems: Vec<(&'static str, String, String)>,
    /// Objects whose bytes were read and are right.
    pub objects: u64,
    /// Bytes of these.
    pub bytes: u64,
    /// What could not be judged, in words: an encrypted point without its key.
    pub unjudged: Option<String>,
    /// The point, when its manifest could be read.
    pub state: Option<State>,
}

/// Verifies a point: manifest, every object, bundles, places to write to, room, repositories inside.
#[must_use]
pub fn verify(_order: &Order<'_>) -> Verified {
    Verified { unjudged: Some("not built".to_owned()), ..Verified::default() }
}

/// What the check `rollback-point` says.
#[must_use]
pub fn conclude(verified: &Verified) -> CheckReport {
    use crate::engine::{Conclusion, conclude_alone};
    conclude_alone(&super::checks::POINT, |findings| {
        findings.examined("objects", verified.objects);
        for (rule, path, words) in &verified.problems {
            findings.on_path(rule, path, words.as_str());
        }
        match &verified.unjudged {
            Some(reason) => Conclusion::Instead(crate::report::Status::not_evaluated(reason.as_str(), "")),
            None => Conclusion::Evaluated,
        }
    })
}

/// What a point lacks, as problems.
#[must_use]
pub fn gaps(_point: &Point) -> Vec<(&'static str, String, String)> {
    Vec::new()
}

/// Whether a point was captured from this tree.
///
/// # Errors
/// Why it was not, in words.
pub fn belongs(_point: &Point, _root: &Path) -> Result<(), String> {
    Ok(())
}
