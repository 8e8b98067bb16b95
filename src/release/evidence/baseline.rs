//! What a baseline must say besides what every report must: of when its measurement is, and what it was compared with.

use crate::report::{Baseline, BaselineAction};

/// What a report of `readiness baseline` is evidence of. A capture by itself says only what was measured, and a history what
/// was before.
pub(super) const fn kind(baseline: &Baseline) -> Option<&'static str> {
    match baseline.action {
        BaselineAction::Compared => Some("baseline"),
        BaselineAction::Drift => Some("drift"),
        BaselineAction::Captured | BaselineAction::History => None,
    }
}

/// When it was measured, where that is not when the report was made: a comparison of an old capture is old.
pub(super) fn measured(baseline: &Baseline) -> Option<&str> {
    baseline.capture.as_ref().map(|capture| capture.created.as_str())
}

/// What it was compared with, in words.
pub(super) fn against(baseline: &Baseline) -> String {
    match baseline.reference.as_ref().map(|reference| &reference.approved) {
        Some(Some(approval)) => format!("compared with what {} approved", approval.owner),
        Some(None) => "compared with a capture that nobody approved".to_owned(),
        None => "compared with nothing".to_owned(),
    }
}
