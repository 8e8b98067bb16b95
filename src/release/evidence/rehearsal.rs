//! What a rehearsal of the rollback must say besides what every report must: until when it counts, and how long going back
//! takes.

use std::time::Duration;

use jiff::Timestamp;

use super::{Asked, length};
use crate::report::{
    Details, Report, Rollback, RollbackAction, RollbackOutcome, RollbackPhase, RollbackStep, Status,
};

/// How far sums of seconds may be apart that are the same but for rounding.
const ROUNDING: f64 = 0.5;

/// What a report of `readiness rollback` is evidence of: a rehearsal, or nothing. A plan that nobody tried proves nothing,
/// and what was restored somewhere says nothing of the release.
pub(super) fn kind(rollback: &Rollback) -> Option<&'static str> {
    (rollback.action == RollbackAction::Rehearsed).then_some("rehearsal")
}

/// What speaks against a rehearsal that is sound.
///
/// # Errors
/// Why it cannot be taken as it is.
pub(super) fn weigh(rollback: &Rollback, asked: &Asked<'_>) -> Result<Vec<(&'static str, String)>, String> {
    let expires = rollback.expires.as_deref().ok_or("it does not say until when it counts")?;
    let until: Timestamp = expires.parse().map_err(|_| "it does not say until when it counts".to_owned())?;
    let mut refusals = Vec::new();
    if until < asked.now {
        let ago = length(asked.now.duration_since(until).unsigned_abs());
        refusals.push(("REL-031", format!("by its own word it counted until {until}, which is {ago} ago")));
    }
    if let Some(limit) = asked.settings.rehearsal_within {
        refusals.extend(too_slow(rollback, limit).map(|words| ("REL-034", words)));
    }
    Ok(refusals)
}

/// Why going back takes too long, or cannot be told not to.
fn too_slow(rollback: &Rollback, limit: Duration) -> Option<String> {
    let (total, unknown) = total(rollback);
    let allowed = length(limit);
    let Ok(total) = Duration::try_from_secs_f64(total) else {
        return Some(format!("how long going back takes cannot be told, and the rule allows {allowed}"));
    };
    if total > limit {
        let least = if unknown.is_empty() { "" } else { "at least " };
        return Some(format!("going back takes {least}{}, and the rule allows {allowed}", length(total)));
    }
    let names: Vec<String> = unknown.iter().take(3).map(|phase| format!("\"{}\"", phase.name)).collect();
    let more = if unknown.len() > names.len() { ", …" } else { "" };
    (!names.is_empty()).then(|| {
        format!(
            "going back takes {} and what was not rehearsed of {}{more}, which nobody declared (`expected`); the rule \
             allows {allowed}",
            length(total),
            names.join(", ")
        )
    })
}

/// How long all of it takes, in seconds; and the phases of which that is not known. What was not rehearsed counts as it was
/// declared: of a phase of which a part was left out, the longer of both counts.
fn total(rollback: &Rollback) -> (f64, Vec<&RollbackPhase>) {
    let mut unknown = Vec::new();
    let mut sum = 0.0;
    for phase in &rollback.phases {
        let measured = phase.measured_seconds.unwrap_or(0.0);
        sum += if is_whole(phase) {
            measured
        } else if let Some(expected) = phase.expected_seconds {
            measured.max(expected)
        } else {
            unknown.push(phase);
            measured
        };
    }
    let measured = match (rollback.measured_seconds, rollback.phases.is_empty()) {
        (Some(measured), _) => measured,
        (None, true) => f64::NAN,
        (None, false) => 0.0,
    };
    // `max` would hide a time that is none.
    (if measured > sum || measured.is_nan() { measured } else { sum }, unknown)
}

/// Whether all of a phase was carried out and timed; of one that has nothing to carry out, all was.
fn is_whole(phase: &RollbackPhase) -> bool {
    let done = |step: &RollbackStep| step.outcome == RollbackOutcome::Done;
    if phase.steps.is_empty() && phase.verify.is_none() {
        return true;
    }
    let all = phase.steps.iter().chain(&phase.verify).all(done);
    phase.outcome == RollbackOutcome::Done && phase.measured_seconds.is_some() && all
}

/// How long it took, in words.
pub(super) fn took(rollback: &Rollback) -> Option<String> {
    let seconds = Duration::try_from_secs_f64(rollback.measured_seconds?).ok()?;
    Some(format!("rehearsed in {}", length(seconds)))
}

/// What a rehearsal says against itself, in words.
pub(super) fn contradiction(report: &Report) -> Option<String> {
    let Some(Details::Rollback(rollback)) = &report.details else { return None };
    kind(rollback)?;
    let steps = || rollback.phases.iter().flat_map(|phase| phase.steps.iter().chain(&phase.verify));
    let phases = || rollback.phases.iter().map(|phase| phase.outcome);
    let validation = || rollback.validation.iter().map(|step| step.outcome);
    let mut outcomes = phases().chain(steps().map(|step| step.outcome)).chain(validation());
    let passed =
        |check: &crate::report::CheckReport| check.id == "rehearsal" && check.status == Status::Passed;
    if report.checks.iter().any(passed) && outcomes.any(|outcome| outcome == RollbackOutcome::Failed) {
        return Some("rehearsal passed, and a step failed".to_owned());
    }
    let times = rollback.phases.iter().flat_map(|phase| [phase.measured_seconds, phase.expected_seconds]);
    let mut times =
        times.chain(steps().map(|step| step.seconds)).chain([rollback.measured_seconds]).flatten();
    if times.any(|time| !time.is_finite() || time < 0.0) {
        return Some("a time of it is none".to_owned());
    }
    let sum: f64 = rollback.phases.iter().filter_map(|phase| phase.measured_seconds).sum();
    if rollback.measured_seconds.is_some_and(|total| total + ROUNDING < sum) {
        return Some("its phases took longer together than all of it".to_owned());
    }
    let slower = |phase: &RollbackPhase| {
        let steps: f64 = phase.steps.iter().filter_map(|step| step.seconds).sum();
        phase.measured_seconds.is_some_and(|time| time + ROUNDING < steps)
    };
    let phase = rollback.phases.iter().find(|phase| slower(phase))?;
    Some(format!("the steps of phase {} took longer together than the phase", phase.number))
}
