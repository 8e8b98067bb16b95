//! A rehearsal as a report has it, and what the check `rehearsal` says of it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Rehearsed;
use crate::engine::{Conclusion, conclude_alone};
use crate::host::clock;
use crate::report::{CheckReport, Rollback, RollbackAction};
use crate::rollback::checks::REHEARSAL;
use crate::rollback::plan::{self, Plan};
use crate::rollback::settings::Settings;

/// A rehearsal as a report has it. It counts for as long as the settings say, from `now` on.
#[must_use]
pub fn details(plan: &Plan, settings: &Settings, rehearsed: &Rehearsed, now: Timestamp) -> Rollback {
    let valid = SignedDuration::try_from(settings.rehearsal.valid_for).unwrap_or(SignedDuration::ZERO);
    let expires = now.checked_add(valid).unwrap_or(now);
    let planned = plan::details(plan);
    Rollback {
        action: RollbackAction::Rehearsed,
        point: planned.point,
        phases: rehearsed.phases.clone(),
        validation: rehearsed.validation.clone(),
        expected_seconds: planned.expected_seconds,
        measured_seconds: Some(rehearsed.measured.as_secs_f64()),
        limit_seconds: plan.limit.as_ref().map(Duration::as_secs_f64),
        expires: Some(clock::rfc3339(expires)),
        ..Rollback::default()
    }
}

/// What the check `rehearsal` says.
#[must_use]
pub fn conclude(plan: &Plan, rehearsed: &Rehearsed) -> CheckReport {
    conclude_alone(&REHEARSAL, |findings| {
        findings.examined("phases", plan.phases.len() as u64);
        for (rule, part, words) in &rehearsed.problems {
            findings.on_part(rule, part, None, words.as_str());
        }
        Conclusion::Evaluated
    })
}
