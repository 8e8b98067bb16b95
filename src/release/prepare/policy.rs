//! Steps that may fail, and what their failing means.

use crate::formats::release_manifest::Degraded;

/// What failing means, by step: see `release.optional` and `release.mandatory` of the configuration. A step that is in
/// neither degrades the release and is a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// Steps that may fail without a finding; the manifest says all the same that they did.
    pub optional: Vec<String>,
    /// Steps without which there is no release.
    pub mandatory: Vec<String>,
}

/// A mandatory step that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the step {step} did not succeed, and release.mandatory asks for it: {reason}")]
pub struct Failure {
    /// The step.
    pub step: String,
    /// Why it failed.
    pub reason: String,
}

impl Steps {
    /// What becomes of a step that failed: it is left out, and the release says so.
    ///
    /// # Errors
    /// The step is mandatory.
    pub fn degraded(&self, step: &str, reason: String) -> Result<Degraded, Failure> {
        let step = step.to_owned();
        if self.mandatory.contains(&step) {
            return Err(Failure { step, reason });
        }
        Ok(Degraded { step, reason })
    }

    /// Whether a step may fail without a finding.
    #[must_use]
    pub fn may_fail(&self, step: &str) -> bool {
        self.optional.iter().any(|name| name == step)
    }
}
