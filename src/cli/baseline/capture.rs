//! `readiness baseline capture`, `approve`, `list`.

use clap::Args;

use super::BaselineStoreArgs;
use crate::cli::{ListFormat, OutputArgs, SeverityArg, TrailFile};

const CAPTURE: &str = "Examples:
  readiness baseline capture --label v2.4
  readiness baseline capture --only cache --only api_latency --no-keep
  readiness baseline capture --json capture-report.json --store /srv/baselines

What cannot be measured is never a zero: a probe that fails is a finding of high severity (exit code 1), and where there is nothing to measure the capture is incomplete (exit code 3). Commands of readiness.yaml are run; `--no-tree-config` runs none.";

/// Flags of `readiness baseline capture`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = CAPTURE)]
pub struct BaselineCaptureArgs {
    /// What to call it
    #[arg(long, value_name = "LABEL")]
    pub label: Option<String>,
    /// Only this category or metric; may be given again
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Keep nothing: only say what was measured
    #[arg(long, conflicts_with = "label")]
    pub no_keep: bool,
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

const APPROVE: &str = "Examples:
  readiness baseline approve latest --owner ops@example.org --reason 'measured after the load test'
  readiness baseline approve v2.4 --owner ops@example.org --reason 'new token lifetime, agreed on 2026-11-20'

`compare` and `drift` compare with the reference. The approval holds the SHA-256 of the capture and stands in the trail.";

/// Flags of `readiness baseline approve`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = APPROVE)]
pub struct BaselineApproveArgs {
    /// The capture: id, beginning of one, label, commit, or `latest`
    #[arg(value_name = "CAPTURE")]
    pub capture: String,
    /// Who answers for it
    #[arg(long, value_name = "NAME", required = true)]
    pub owner: String,
    /// Why it is what should be
    #[arg(long, value_name = "TEXT", required = true)]
    pub reason: String,
    /// Where captures are
    #[command(flatten)]
    pub store: BaselineStoreArgs,
    /// Where it is recorded
    #[command(flatten)]
    pub trail: TrailFile,
}

const LIST: &str = "Examples:
  readiness baseline list
  readiness baseline list --format json | jq -r '.[].id'";

/// Flags of `readiness baseline list`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = LIST)]
pub struct BaselineListArgs {
    /// All of them; a table shows the newest 50
    #[arg(long)]
    pub all: bool,
    /// Form of the list
    #[arg(long, short, value_enum, default_value_t = ListFormat::Table)]
    pub format: ListFormat,
    /// Where captures are
    #[command(flatten)]
    pub store: BaselineStoreArgs,
}
