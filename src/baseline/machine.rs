//! The machine that is measured.

use super::capture::Machine;

/// What is known of this machine.
#[must_use]
pub fn this() -> Machine {
    Machine::default()
}
