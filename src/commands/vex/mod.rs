//! VEX in and out: documents that the user names become statements the gate judges by, and what was judged becomes a
//! document.

mod project;
mod read;
mod write;

pub(super) use project::Project;
pub(super) use read::{Loaded, load};
pub(super) use write::{check_target, write};
