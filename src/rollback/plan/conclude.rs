//! The plan as a report has it, and what the check `rollback-plan` says of it.

use std::time::Duration;

use super::Plan;
use crate::engine::{Conclusion, Findings, conclude_alone};
use crate::report::{CheckReport, Rollback, RollbackAction, RollbackOutcome, RollbackPhase, RollbackStep};
use crate::rollback::checks::PLAN;
use crate::rollback::settings::{Phase, Risk, Step};
use crate::rollback::steps;

/// The plan as a report has it: nothing of it carried out.
#[must_use]
pub fn details(plan: &Plan) -> Rollback {
    Rollback {
        action: RollbackAction::Planned,
        point: Some(plan.facts.point.clone()),
        phases: plan.numbered().map(|(number, phase)| shown(number, phase)).collect(),
        before: plan.before.clone(),
        after: plan.after.clone(),
        communication: plan.communication.clone(),
        emergency: plan.emergency.clone(),
        expected_seconds: plan.expected.as_ref().map(Duration::as_secs_f64),
        limit_seconds: plan.limit.as_ref().map(Duration::as_secs_f64),
        ..Rollback::default()
    }
}

pub(in crate::rollback) fn shown(number: u32, phase: &Phase) -> RollbackPhase {
    RollbackPhase {
        number,
        name: phase.name.clone(),
        reverses: phase.reverses.clone(),
        risk: risk(phase.risk).to_owned(),
        owner: phase.owner.clone(),
        communicate: phase.communicate.clone(),
        expected_seconds: phase.expected.as_ref().map(Duration::as_secs_f64),
        measured_seconds: None,
        outcome: RollbackOutcome::Planned,
        steps: phase.steps.iter().map(shown_step).collect(),
        verify: phase.verify.as_ref().map(shown_step),
    }
}

/// A step that is not carried out yet, as a report has it.
pub(in crate::rollback) fn shown_step(step: &Step) -> RollbackStep {
    RollbackStep {
        name: step.name.clone(),
        act: steps::described(&step.act),
        outcome: RollbackOutcome::Planned,
        seconds: None,
        detail: None,
    }
}

const fn risk(risk: Risk) -> &'static str {
    match risk {
        Risk::Low => "low",
        Risk::Medium => "medium",
        Risk::High => "high",
    }
}

/// What a phase is called in a finding.
pub(in crate::rollback) fn part(number: u32, name: &str) -> String {
    format!("phase {number} \"{name}\"")
}

/// What the check `rollback-plan` says of a plan that is only told.
#[must_use]
pub fn conclude(plan: &Plan) -> CheckReport {
    conclude_alone(&PLAN, |findings| {
        findings.examined("phases", plan.phases.len() as u64);
        if plan.derived {
            let words = "`rollback.phases` of readiness.yaml declares none: the plan was derived from the tags and commits since the point, and knows nothing of databases, queues, caches and people";
            findings.on_subject("RBK-043", words);
            return Conclusion::Evaluated;
        }
        for (number, phase) in plan.numbered() {
            lacking(findings, number, phase);
        }
        Conclusion::Evaluated
    })
}

/// What a declared phase does not say.
fn lacking(findings: &mut Findings<'_>, number: u32, phase: &Phase) {
    let part = part(number, &phase.name);
    if phase.verify.is_none() {
        findings.on_part(
            "RBK-040",
            &part,
            None,
            "`verify` is missing: nothing shows that the phase is reversed",
        );
    }
    if phase.expected.is_none() {
        findings.on_part("RBK-041", &part, None, "`expected` is missing: the sum of the plan is too low");
    }
    if phase.owner.is_none() {
        findings.on_part("RBK-042", &part, None, "`owner` is missing: nobody answers for the phase");
    }
}
