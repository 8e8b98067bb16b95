//! `readiness baseline compare`, `history`, `drift`.

use clap::Args;

use super::BaselineStoreArgs;
use crate::cli::{OutputArgs, SeverityArg};

const COMPARE: &str = "Examples:
  readiness baseline compare                         measure now, compare with the reference
  readiness baseline compare latest --to v2.3        two captures of the store
  readiness baseline compare --to HEAD~5 --keep      with the newest capture of that commit; keep the new one
  readiness baseline compare --to ci/baseline.json --html compare.html

Without a reference it is compared with the newest capture of the same machine. docs/baseline-verdicts.md says how.";

/// Flags of `readiness baseline compare`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = COMPARE)]
pub struct BaselineCompareArgs {
    /// The capture that is judged: `now` measures one, or an id, label, commit, `latest`, or a file
    #[arg(value_name = "CAPTURE", default_value = "now")]
    pub capture: String,
    /// What it is compared with: id, label, commit or revision, `latest`, `reference`, or a file
    #[arg(long, value_name = "CAPTURE")]
    pub to: Option<String>,
    /// Keep what was measured now
    #[arg(long)]
    pub keep: bool,
    /// What to call it
    #[arg(long, value_name = "LABEL", requires = "keep")]
    pub label: Option<String>,
    /// Compare although the machines differ
    #[arg(long)]
    pub any_machine: bool,
    /// Where captures are
    #[command(flatten)]
    pub store: BaselineStoreArgs,
    /// Lowest severity that fails
    #[arg(long, value_name = "SEVERITY", value_enum, env = "READINESS_FAIL_ON", help_heading = "Policy")]
    pub fail_on: Option<SeverityArg>,
    /// Where reports go
    #[command(flatten)]
    pub output: OutputArgs,
}

const HISTORY: &str = "Examples:
  readiness baseline history                         every metric in one line
  readiness baseline history api_latency             one of them, with its newest values
  readiness baseline history api_latency cache_hit_ratio --html history.html";

/// Flags of `readiness baseline history`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = HISTORY)]
pub struct BaselineHistoryArgs {
    /// Metrics; all when none is named
    #[arg(value_name = "METRIC")]
    pub metrics: Vec<String>,
    /// Captures of other machines too; usually those of the machine of the newest capture alone
    #[arg(long)]
    pub any_machine: bool,
    /// Where captures are
    #[command(flatten)]
    pub store: BaselineStoreArgs,
    /// Lowest severity that fails
    #[arg(long, value_name = "SEVERITY", value_enum, env = "READINESS_FAIL_ON", help_heading = "Policy")]
    pub fail_on: Option<SeverityArg>,
    /// Where reports go
    #[command(flatten)]
    pub output: OutputArgs,
}

const DRIFT: &str = "Examples:
  readiness baseline drift                           against the reference
  readiness baseline drift --to v2.3 --fail-on medium
  readiness baseline drift --format markdown --output drift.md

What is compared stands in `baseline.drift` of readiness.yaml: files, environment variables (as keyed digests), versions, ports, open findings. Secrets are never shown.";

/// Flags of `readiness baseline drift`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = DRIFT)]
pub struct BaselineDriftArgs {
    /// What it is compared with: id, label, commit or revision, `latest`, `reference`, or a file
    #[arg(long, value_name = "CAPTURE")]
    pub to: Option<String>,
    /// Where captures are
    #[command(flatten)]
    pub store: BaselineStoreArgs,
    /// Lowest severity that fails
    #[arg(long, value_name = "SEVERITY", value_enum, env = "READINESS_FAIL_ON", help_heading = "Policy")]
    pub fail_on: Option<SeverityArg>,
    /// Where reports go
    #[command(flatten)]
    pub output: OutputArgs,
}
