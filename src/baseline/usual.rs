//! The probes that run without a configuration: the machine, its loopback, its disk, and graphics processors where there are.

use super::settings::Probe;

/// The built-in probes.
#[must_use]
pub const fn probes() -> Vec<Probe> {
    Vec::new()
}
