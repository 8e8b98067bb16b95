//! Programs that must start and end well, in time.

use super::probe::Surroundings;
use super::settings::Module;
use crate::engine::conclude_alone;
use crate::report::{CheckReport, ModuleLoad, Status};

/// Starts all of them, some at a time, in the order of the configuration.
#[must_use]
pub const fn load(_modules: &[Module], _around: &Surroundings<'_>) -> Vec<ModuleLoad> {
    Vec::new()
}

/// What the check `modules` says.
#[must_use]
pub fn conclude(_modules: &[ModuleLoad]) -> CheckReport {
    conclude_alone(&super::checks::MODULES, |_| {
        crate::engine::Conclusion::Instead(Status::not_applicable(
            "no module is declared",
            "`baseline.modules` names them",
        ))
    })
}
