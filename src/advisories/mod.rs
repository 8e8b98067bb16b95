//! Advisories: the database, versions in each ecosystem's order, matching with its explanation.

pub mod cvss;
pub mod matching;
pub mod severity;
pub mod store;
pub mod version;
