//! A point together with its list of what git can give back.

use super::{Point, Unchanged};

/// All that is known of a tree at one moment: what restores compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The point.
    pub point: Point,
    /// What its list `unchanged` says, in order of paths.
    pub unchanged: Vec<Unchanged>,
}
