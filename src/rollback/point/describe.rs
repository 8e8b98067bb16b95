//! A point as reports show it.

use super::{Point, PointId};
use crate::report::RollbackPoint;

/// What a report says of a point; `in_git` is how much its list of what git can give back has.
#[must_use]
pub fn describe(point: &Point, in_git: u64, id: &PointId) -> RollbackPoint {
    RollbackPoint { id: id.to_string(), name: point.name.clone(), in_git, ..RollbackPoint::default() }
}
