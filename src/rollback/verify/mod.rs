//! Whether a point is whole, and whether it could be restored here.
//!
//! - `contents`: every object, read and digested.
//! - `history`: git bundles, the repositories of the tree, and whether the two together have what the point needs.
//! - `identity`: whether a point belongs to a tree.
//! - `targets`: what would be written, by a look at names, sizes and times alone.
//! - `places`: whether that can be written where it belongs.
//! - `room`: whether there is room for it.
//! - `problems`: what was found, with bounds.

mod contents;
mod history;
mod identity;
#[cfg(unix)]
mod places;
mod problems;
#[cfg(unix)]
mod room;
#[cfg(unix)]
mod targets;
#[cfg(test)]
mod tests;

pub use identity::belongs;

use std::path::Path;

use self::problems::Problems;
use super::point::{Point, PointId, State, parse_unchanged};
use super::store::{Store, StoreError};
use crate::report::{CheckReport, Severity};

/// Largest list of what git can give back, in bytes.
const MAX_UNCHANGED: u64 = 1 << 30;

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
    /// Repositories, as `problems` names them, that have all that the point needs although their bundles are no good: RBK-004
    /// weighs high there instead of critical, because the point can be restored as long as they keep it.
    pub in_repository: Vec<String>,
    /// Objects whose bytes were read and are right.
    pub objects: u64,
    /// Bytes of these.
    pub bytes: u64,
    /// What could not be judged, in words: an encrypted point without its key.
    pub unjudged: Option<String>,
    /// The point, when its manifest and its list of what git can give back could be read.
    pub state: Option<State>,
}

/// Verifies a point: manifest, every object, bundles, places to write to, room, repositories inside. Nothing is written but
/// below the system's folder for temporary files, where bundles are tried.
#[must_use]
pub fn verify(order: &Order<'_>) -> Verified {
    let mut verified = Verified::default();
    let point = match order.store.load(order.id) {
        Ok(point) => point,
        Err(error @ (StoreError::Changed(_) | StoreError::Manifest { .. })) => {
            let path = format!("points/{}.json", order.id);
            verified.problems.push(("RBK-003", path, error.to_string()));
            return verified;
        }
        Err(error) => {
            verified.unjudged = Some(error.to_string());
            return verified;
        }
    };
    let mut problems = Problems::default();
    for gap in &point.gaps {
        problems.add("RBK-001", &gap.path, &gap.reason);
    }
    identity::outside_is_outside(&point, &mut problems);
    let sound = contents::read_all(order, &point, &mut verified, &mut problems);
    let unchanged = if sound {
        let read = point.unchanged.map_or(Ok(Vec::new()), |object| {
            let bytes =
                order.store.read(object, &point.contents, MAX_UNCHANGED).map_err(|e| e.to_string())?;
            parse_unchanged(&bytes).map_err(|error| error.to_string())
        });
        read.map_err(|words| problems.add_at("RBK-002", contents::LIST, &words)).ok()
    } else {
        None
    };
    if let Some(root) = order.root
        && let Err(words) = belongs(&point, root)
    {
        problems.add_at("RBK-009", &root.display().to_string(), &words);
    }
    if let Some(unchanged) = unchanged {
        let state = State { point, unchanged };
        let found = history::look(order, &state, &mut problems);
        verified.objects += found.bundles;
        verified.bytes += found.bytes;
        verified.in_repository = found.in_repository;
        #[cfg(unix)]
        if let Some(root) = order.root {
            let targets = targets::targets(root, order.outside, &state, &found.repositories);
            places::look(root, &targets, &mut problems);
            room::look(root, &targets, found.missing.as_ref(), &mut problems);
        }
        verified.state = Some(state);
    }
    verified.problems = problems.finish();
    verified
}

/// What the check `rollback-point` says.
#[must_use]
pub fn conclude(verified: &Verified) -> CheckReport {
    use crate::engine::{Conclusion, conclude_alone};
    conclude_alone(&super::checks::POINT, |findings| {
        findings.examined("objects", verified.objects);
        for (rule, path, words) in &verified.problems {
            if *rule == "RBK-004" && verified.in_repository.contains(path) {
                findings.on_path_rated(rule, Severity::High, path, words.as_str());
            } else {
                findings.on_path(rule, path, words.as_str());
            }
        }
        match &verified.unjudged {
            Some(reason) => Conclusion::Instead(crate::report::Status::not_evaluated(reason.as_str(), "")),
            None => Conclusion::Evaluated,
        }
    })
}

/// What a point lacks, as problems.
#[must_use]
pub fn gaps(point: &Point) -> Vec<(&'static str, String, String)> {
    let mut problems = Problems::default();
    for gap in &point.gaps {
        problems.add("RBK-001", &gap.path, &gap.reason);
    }
    problems.finish()
}
