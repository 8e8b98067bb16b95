//! The checks of `readiness audit`, one folder each: its rules (`rules.yaml`), its settings, and the code that runs
//! them. The list below is the order of every report.

pub mod code;
pub mod configuration;
pub mod containers;
pub mod dependencies;
pub mod encryption;
pub mod integrity;
pub mod inventory;
pub mod provenance;
pub mod sbom;
pub mod secrets;
pub mod signatures;
pub mod vulnerabilities;
mod wanted;

use std::sync::Arc;

use crate::engine::{Check, Start};

/// What the checks are told. Each check owns its part.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What the integrity check is told.
    pub integrity: integrity::Settings,
    /// What the signature check is told.
    pub signatures: signatures::Settings,
    /// What the provenance check is told.
    pub provenance: provenance::Settings,
    /// What the encryption check is told.
    pub encryption: encryption::Settings,
    /// What the configuration check is told.
    pub configuration: configuration::Settings,
    /// What the vulnerability check is told.
    pub vulnerabilities: vulnerabilities::Settings,
    /// The packages of the tree, shared by the checks of dependencies; each run needs one of its own.
    pub inventory: Arc<inventory::Inventory>,
}

/// A check of this command and how it starts.
#[derive(Debug)]
pub struct Item {
    /// The check.
    pub check: &'static Check,
    /// Makes it ready for one run.
    pub start: fn(&Settings) -> Start,
}

/// All checks, in report order.
pub const CHECKS: &[Item] = &[
    Item { check: &integrity::CHECK, start: integrity::start },
    Item { check: &signatures::CHECK, start: signatures::start },
    Item { check: &provenance::CHECK, start: provenance::start },
    Item { check: &encryption::CHECK, start: encryption::start },
    Item { check: &configuration::CHECK, start: configuration::start },
    Item { check: &secrets::CHECK, start: secrets::start },
    Item { check: &code::CHECK, start: code::start },
    Item { check: &containers::CHECK, start: containers::start },
    Item { check: &dependencies::CHECK, start: dependencies::start },
    Item { check: &sbom::CHECK, start: sbom::start },
    Item { check: &vulnerabilities::CHECK, start: vulnerabilities::start },
];
