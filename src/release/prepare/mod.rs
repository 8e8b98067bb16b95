//! Prepares a release: built in a folder beside its place, and put there whole.
//!
//! Values flow one way. A [`Plan`] says what is to be made; nothing is read or changed for it but names and sizes.
//! [`Materials`] are the other files of the release (bills of materials, reports, documents), made before anything is
//! written. [`build`] writes all of it beside the target, forces it to the disk, and renames it once. [`conclude`] says
//! what speaks against the result.

mod artifacts;
mod build;
mod conclude;
mod copy;
mod meaning;
mod names;
mod plan;
mod policy;
mod protection;
mod staging;
#[cfg(test)]
#[cfg(unix)]
mod tests;
mod write;

pub use artifacts::{Artifact, PickError, matching, named};
pub use build::{BuildError, Built, Course, Extra, Materials, build};
pub use conclude::{Trial, conclude, conclude_manifest, steps};
pub use copy::CopyError;
pub use names::{Unfit, file_name, version};
pub use plan::{Asked, Plan};
pub use policy::{Failure, Steps};
pub use protection::{Keys, Refusal, apart, fit, streaming_key, trusted};
