//! How a check ended.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a check ended. Only [`Status::Passed`] says that something was looked at and found in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case", deny_unknown_fields)]
pub enum Status {
    /// Looked at; nothing open.
    Passed,
    /// Looked at; at least one open finding above `info`.
    Failed,
    /// Nothing in the tree or the settings asks for it.
    NotApplicable {
        /// Why nothing asks for it.
        reason: String,
        /// What would make it apply, if that is worth knowing.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        hint: Option<String>,
    },
    /// Something asks for it, and it could not be done.
    NotEvaluated {
        /// What was missing.
        reason: String,
        /// What completes it, at best one command.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        hint: Option<String>,
    },
    /// It was begun and went wrong.
    Errored {
        /// What went wrong.
        reason: String,
    },
}

impl Status {
    /// Builds [`Status::NotApplicable`]; an empty hint is none.
    #[must_use]
    pub fn not_applicable(reason: &str, hint: &str) -> Self {
        Self::NotApplicable { reason: reason.to_owned(), hint: some(hint) }
    }

    /// Builds [`Status::NotEvaluated`]; an empty hint is none.
    #[must_use]
    pub fn not_evaluated(reason: &str, hint: &str) -> Self {
        Self::NotEvaluated { reason: reason.to_owned(), hint: some(hint) }
    }

    /// Whether the check looked at what it is for.
    #[must_use]
    pub const fn is_evaluated(&self) -> bool {
        matches!(self, Self::Passed | Self::Failed)
    }

    /// The words used in reports.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotApplicable { .. } => "not applicable",
            Self::NotEvaluated { .. } => "not evaluated",
            Self::Errored { .. } => "errored",
        }
    }

    /// Why, and what would change it, for the states that have a reason.
    #[must_use]
    pub fn reason(&self) -> Option<(&str, Option<&str>)> {
        match self {
            Self::Passed | Self::Failed => None,
            Self::NotApplicable { reason, hint } | Self::NotEvaluated { reason, hint } => {
                Some((reason, hint.as_deref()))
            }
            Self::Errored { reason } => Some((reason, None)),
        }
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
