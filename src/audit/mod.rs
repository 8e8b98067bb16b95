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

/// What the checks can be told. Each check owns its part.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Integrity.
    pub integrity: integrity::Settings,
    /// Of the signatures.
    pub signatures: signatures::Settings,
    /// Of the encrypted files.
    pub encryption: encryption::Settings,
    /// For the check of application configuration.
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
