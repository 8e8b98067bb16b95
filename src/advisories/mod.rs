//! Advisories: the database, versions in each ecosystem's order, matching with its explanation.

pub mod builtin;
pub mod bundle;
pub mod cvss;
pub mod import;
mod location;
pub mod matching;
pub mod severity;
pub mod store;
pub mod update;
pub mod version;

pub use location::{VARIABLE, cache, location};
