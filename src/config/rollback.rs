//! The section `rollback`.

use super::decode::{Section, Sink};
use crate::rollback::settings::Settings;

/// The keys of the section.
pub(super) const KEYS: &[&str] = &[
    "store",
    "key",
    "protect",
    "ignored",
    "environment",
    "bundle",
    "validate",
    "keep",
    "rehearsal",
    "phases",
    "emergency",
];

/// Reads the section.
pub(super) fn read(section: Section<'_>, sink: &mut Sink) -> Settings {
    let usual = Settings::default();
    Settings { bundle: section.boolean("bundle", sink).unwrap_or(usual.bundle), ..usual }
}
