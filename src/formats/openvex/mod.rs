//! `OpenVEX` documents (<https://openvex.dev>): what their authors say of vulnerabilities in their products.
//!
//! Version 0.2.0 is written; 0.0.x and 0.2.x are read. What breaks the specification so that the meaning of a statement is
//! in doubt is named, and that statement never speaks in favour of a product.

mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::{MAX_BYTES, MAX_IDS, parse};

use jiff::Timestamp;

use super::fault::Fault;
use super::purl::Purl;

/// The reasons for which a vulnerability does no harm (status justifications of the specification).
pub const JUSTIFICATIONS: [&str; 5] = [
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
];

/// A document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Its name, an IRI; empty where it has none.
    pub id: String,
    /// Who says so.
    pub author: String,
    /// When it was issued; none when the document does not say so, or not as RFC 3339.
    pub moment: Option<Timestamp>,
    /// Its version, from 1.
    pub version: u64,
    /// What made it.
    pub tooling: Option<String>,
    /// The statements that can be used, in the order of the document.
    pub statements: Vec<Statement>,
    /// What is wrong with it, with its line, in the order of the document; at most 100.
    pub faults: Vec<Fault>,
    /// How many statements count for nothing because of a fault.
    pub unusable: usize,
}

/// What is said of one vulnerability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its line, from 1.
    pub line: u32,
    /// Ids of the vulnerability: its name, then its aliases; never empty.
    pub ids: Vec<String>,
    /// What is said.
    pub status: Status,
    /// As of when: its own last change, its own time or that of the document. None only where something is said against
    /// a product without a time.
    pub moment: Option<Timestamp>,
    /// The products that it is said of; never empty.
    pub products: Vec<Product>,
    /// Why the vulnerability does no harm: one of [`JUSTIFICATIONS`].
    pub justification: Option<String>,
    /// The same in words.
    pub impact: Option<String>,
    /// What to do about it.
    pub action: Option<String>,
    /// How the status was found.
    pub notes: Option<String>,
}

/// How a product and a vulnerability relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It does no harm there.
    NotAffected,
    /// Something should be done.
    Affected,
    /// These versions hold a fix.
    Fixed,
    /// Not known yet.
    UnderInvestigation,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::NotAffected, Self::Affected, Self::Fixed, Self::UnderInvestigation];

    /// The label of the specification.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::NotAffected => "not_affected",
            Self::Affected => "affected",
            Self::Fixed => "fixed",
            Self::UnderInvestigation => "under_investigation",
        }
    }

    /// Whether nothing needs to be done: a finding of it is waived.
    #[must_use]
    pub const fn waives(self) -> bool {
        matches!(self, Self::NotAffected | Self::Fixed)
    }
}

/// A product, or parts of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Product {
    /// The whole.
    pub whole: Component,
    /// The parts in which the vulnerability is; none: the whole.
    pub parts: Vec<Component>,
}

/// A piece of software by its names.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Component {
    /// `@id`: an IRI, mostly a package URL.
    pub id: Option<String>,
    /// Its package URLs, by `@id` or identifier; each of them names it.
    pub purls: Vec<Purl>,
}
