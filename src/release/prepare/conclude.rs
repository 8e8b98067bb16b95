//! What was done, step by step, and what speaks against a release that was made.

use super::build::{Built, Materials};
use super::plan::Plan;
use super::policy::Steps;
use crate::engine::{Conclusion, conclude_alone};
use crate::formats::release_manifest::{Degraded, ReleaseManifest, SIGNATURE_ENDING, Tried};
use crate::release::checks::PREPARATION;
use crate::report::{
    CheckReport, LeftOutKind, Release, ReleaseAction, ReleaseArtifact, ReleaseStep, ReleaseTrial, Severity,
    Status, StepOutcome,
};

/// A trial that came to a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// `security_audit` or `performance_tests`.
    pub step: String,
    /// Exit code of its verdict, see `docs/exit-codes.md`: 0 ready, 1 high, 2 critical, 3 incomplete.
    pub exit_code: u8,
    /// The verdict and its reasons, in words.
    pub words: String,
}

/// The trials: step, rule, and how messages call it.
const TRIALS: [(&str, &str, &str); 2] =
    [("security_audit", "REL-021", "security audit"), ("performance_tests", "REL-022", "load test")];

/// What was made, as reports show it.
#[must_use]
pub fn steps(plan: &Plan, materials: &Materials, built: &Built) -> Release {
    let manifest = &built.manifest;
    let count = |role| manifest.files.iter().filter(|file| file.role == role).count();
    let made = |step: &ReleaseStep| match step.name.as_str() {
        "security_audit" => words(&materials.validation.security_audit),
        "performance_tests" => words(&materials.validation.performance_tests),
        "sbom" => format!("{} files", count(crate::formats::release_manifest::FileRole::Sbom)),
        "documents" => {
            let names: Vec<&str> = manifest
                .files
                .iter()
                .filter(|file| file.role == crate::formats::release_manifest::FileRole::Document)
                .map(|file| file.path.as_str())
                .collect();
            if names.is_empty() { "none found".to_owned() } else { names.join(", ") }
        }
        "sign" => format!("{} signatures (NAME{SIGNATURE_ENDING})", built.signatures),
        _ => step.detail.clone(),
    };
    let release = plan.release();
    let steps = release.steps.into_iter().map(|step| {
        // The manifest calls what can fail of the documents by its own name.
        let name = if step.name == "documents" { "notes" } else { step.name.as_str() };
        let failed = manifest.degraded.iter().find(|degraded| degraded.step == name);
        match failed {
            Some(degraded) => {
                ReleaseStep { outcome: StepOutcome::Failed, detail: degraded.reason.clone(), ..step }
            }
            None if step.outcome == StepOutcome::Planned => {
                ReleaseStep { outcome: StepOutcome::Done, detail: made(&step), ..step }
            }
            None => step,
        }
    });
    Release {
        action: ReleaseAction::Prepared,
        steps: steps.collect(),
        validation: vec![
            trial("security_audit", &manifest.validation.security_audit),
            trial("performance_tests", &manifest.validation.performance_tests),
        ],
        artifacts: manifest
            .artifacts
            .iter()
            .map(|artifact| ReleaseArtifact {
                path: artifact.path.clone(),
                size: artifact.size,
                sha256: Some(artifact.sha256.clone()),
                encrypted: artifact.encrypted_size.is_some(),
            })
            .collect(),
        ..release
    }
}

fn words(tried: &Tried) -> String {
    match tried {
        Tried::Passed { report } => format!("passed, {report}"),
        Tried::Failed { report, reason } => format!("{reason}, {report}"),
        Tried::NotRun { reason } => reason.clone(),
    }
}

fn trial(name: &str, tried: &Tried) -> ReleaseTrial {
    let (status, reason, report) = match tried {
        Tried::Passed { report } => ("passed", None, Some(report)),
        Tried::Failed { report, reason } => ("failed", Some(reason), Some(report)),
        Tried::NotRun { reason } => ("not_run", Some(reason), None),
    };
    ReleaseTrial {
        name: name.to_owned(),
        status: status.to_owned(),
        reason: reason.cloned(),
        report: report.cloned(),
    }
}

/// Concludes what speaks against a release that was made. A trial that found something critical is critical, one that is
/// not ready is high; one that is incomplete is a medium finding and leaves this check unevaluated, so that the whole is
/// incomplete, too. Of a plan only the state of the work tree can be said.
#[must_use]
pub fn conclude(release: &Release, trials: &[Trial], policy: &Steps) -> CheckReport {
    conclude_alone(&PREPARATION, |findings| {
        findings.examined("artifacts", release.artifacts.len() as u64);
        let count = |outcome| release.steps.iter().filter(|step| step.outcome == outcome).count() as u64;
        if release.action == ReleaseAction::Planned {
            findings.examined("planned steps", count(StepOutcome::Planned));
        } else {
            findings.examined("steps", count(StepOutcome::Done));
        }
        for step in release.steps.iter().filter(|step| step.outcome == StepOutcome::Failed) {
            let name = if step.name == "documents" { "notes" } else { step.name.as_str() };
            if !policy.may_fail(name) {
                let message = format!("the step {name} did not succeed: {}", step.detail);
                findings.on_part("REL-020", name, None, message);
            }
        }
        if release.dirty == Some(true) {
            let commit = release.commit.as_deref().unwrap_or("none").chars().take(12).collect::<String>();
            findings.on_subject("REL-023", format!("the work tree holds changes beside commit {commit}"));
        }
        let mut incomplete = None;
        for trial in trials.iter().filter(|trial| trial.exit_code != 0) {
            let known = TRIALS.iter().find(|(step, ..)| *step == trial.step);
            let Some((step, rule, name)) = known else { continue };
            let severity = match trial.exit_code {
                2 => Severity::Critical,
                3 => Severity::Medium,
                _ => Severity::High,
            };
            if trial.exit_code == 3 {
                incomplete = Some(format!("the {name} is incomplete"));
            }
            findings.on_part(rule, step, Some(severity), format!("{name}: {}", trial.words));
        }
        incomplete.map_or(Conclusion::Evaluated, |reason| {
            Conclusion::Instead(Status::not_evaluated(
                &reason,
                "its report in the release says what it lacks",
            ))
        })
    })
}

/// Concludes what a manifest says of the preparation, for those who were not there. The trials are judged by their
/// reports, which lie beside it.
#[must_use]
pub fn conclude_manifest(manifest: &ReleaseManifest, may_fail: &[String]) -> CheckReport {
    conclude_alone(&PREPARATION, |findings| {
        findings.examined("artifacts", manifest.artifacts.len() as u64);
        for Degraded { step, reason } in &manifest.degraded {
            if may_fail.contains(step) {
                findings.left_out(LeftOutKind::Excluded, "the policy lets these steps fail", step);
            } else {
                findings.on_part("REL-020", step, None, format!("the step {step} did not succeed: {reason}"));
            }
        }
        if manifest.source.dirty == Some(true) {
            findings.on_subject("REL-023", "the work tree held changes that no commit has");
        }
        Conclusion::Evaluated
    })
}
