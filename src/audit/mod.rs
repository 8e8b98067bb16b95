//! The checks of `readiness audit`, one folder each: its rules (`rules.yaml`), its settings, and the code that runs
//! them. The list below is the order of every report.

pub mod code;
pub mod configuration;
pub mod containers;
pub mod encryption;
pub mod integrity;
pub mod secrets;
pub mod signatures;
mod wanted;

use crate::engine::{Check, Start};

/// What the checks are told. Each check owns its part.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What the integrity check is told.
    pub integrity: integrity::Settings,
    /// What the signature check is told.
    pub signatures: signatures::Settings,
    /// What the encryption check is told.
    pub encryption: encryption::Settings,
    /// What the configuration check is told.
    pub configuration: configuration::Settings,
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
    Item { check: &encryption::CHECK, start: encryption::start },
    Item { check: &configuration::CHECK, start: configuration::start },
    Item { check: &secrets::CHECK, start: secrets::start },
    Item { check: &code::CHECK, start: code::start },
    Item { check: &containers::CHECK, start: containers::start },
];
