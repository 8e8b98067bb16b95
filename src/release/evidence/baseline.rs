//! What a baseline must say besides what every report must: of when its measurement is, and what it was compared with.

use crate::report::{Baseline, BaselineAction, CheckReport, Status};

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

/// Why it proves nothing of the release, although it is sound: only what was measured of the commit as it is, and held against
/// what somebody approved, says what a gate wants to know.
pub(super) fn refusal(baseline: &Baseline, checks: &[CheckReport]) -> Option<String> {
    let Some(reference) = &baseline.reference else {
        return Some("it was compared with nothing".to_owned());
    };
    if reference.approved.is_none() {
        return Some("it was compared with a capture that nobody approved".to_owned());
    }
    let Some(capture) = &baseline.capture else {
        return Some("it does not say what was compared".to_owned());
    };
    if capture.id == reference.id {
        return Some("a capture was compared with itself".to_owned());
    }
    if capture.dirty != Some(false) {
        return Some("the tree had changes that the commit does not have, or it does not say so".to_owned());
    }
    let idle = checks.iter().find(|check| matches!(check.status, Status::NotApplicable { .. }));
    idle.map(|check| format!("its check {} had nothing to look at", check.id))
}

/// Who approved what it was compared with.
pub(super) fn against(baseline: &Baseline) -> Option<String> {
    let approval = baseline.reference.as_ref()?.approved.as_ref()?;
    Some(format!("compared with what {} approved", approval.owner))
}
