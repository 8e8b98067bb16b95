//! `readiness rollback plan`, `run`, `rehearse`.

use clap::Args;

use super::RollbackStoreArgs;
use crate::cli::{OutputArgs, SeverityArg, TrailFile};

const PLAN: &str = "Examples:
  readiness rollback plan before-2.4
  readiness rollback plan before-2.4 --format markdown --output ROLLBACK.md
  readiness rollback plan before-2.4 --json plan.json

Phases stand in `rollback.phases` of readiness.yaml, in the order of the release; the plan goes through them backwards. With none declared they are derived from the tags and commits since the point.";

/// Flags of `readiness rollback plan`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = PLAN)]
pub struct RollbackPlanArgs {
    /// The point: id, beginning of one, name, or `latest`
    #[arg(value_name = "POINT", default_value = "latest")]
    pub point: String,
    /// Where points are
    #[command(flatten)]
    pub store: RollbackStoreArgs,
    /// Lowest severity that fails
    #[arg(long, value_name = "SEVERITY", value_enum, env = "READINESS_FAIL_ON", help_heading = "Policy")]
    pub fail_on: Option<SeverityArg>,
    /// Where reports go
    #[command(flatten)]
    pub output: OutputArgs,
}

const RUN: &str = "Examples:
  readiness rollback run before-2.4               every phase; asks before each
  readiness rollback run before-2.4 --phase 2     the second of the plan alone
  readiness rollback run before-2.4 --yes         asks nothing; stops at what a person must do

What was done is recorded; the same command goes on where it stopped. A service that a step starts in the background stays when the step succeeds, if its output goes elsewhere.";

/// Flags of `readiness rollback run`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = RUN)]
pub struct RollbackRunArgs {
    /// The point: id, beginning of one, name, or `latest`
    #[arg(value_name = "POINT")]
    pub point: String,
    /// Only this phase, by its number in the plan
    #[arg(long, value_name = "N")]
    pub phase: Option<u32>,
    /// Forget what an earlier run did, and begin at the first phase
    #[arg(long)]
    pub restart: bool,
    /// Ask nothing
    #[arg(long, short)]
    pub yes: bool,
    /// Where points are
    #[command(flatten)]
    pub store: RollbackStoreArgs,
    /// Where it is recorded
    #[command(flatten)]
    pub trail: TrailFile,
    /// Lowest severity that fails
    #[arg(long, value_name = "SEVERITY", value_enum, env = "READINESS_FAIL_ON", help_heading = "Policy")]
    pub fail_on: Option<SeverityArg>,
    /// Where reports go
    #[command(flatten)]
    pub output: OutputArgs,
}

const REHEARSE: &str = "Examples:
  readiness rollback rehearse before-2.4
  readiness rollback rehearse before-2.4 --json evidence/rehearsal.json
  readiness release gate release/v2.4 --report evidence/rehearsal.json --key signing.pub

The scratch copy has the state of the tree as it is now, lies in the folder for temporary files, and is removed afterwards. Commands run in it without network where the system lets one cut it off, with READINESS_REHEARSAL=1. Protected files outside the tree stay untouched: their copies lie below READINESS_OUTSIDE.";

/// Flags of `readiness rollback rehearse`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = REHEARSE)]
pub struct RollbackRehearseArgs {
    /// The point: id, beginning of one, name, or `latest`
    #[arg(value_name = "POINT", default_value = "latest")]
    pub point: String,
    /// Leave the scratch copy where it is, and say where
    #[arg(long)]
    pub keep: bool,
    /// Let commands use the network
    #[arg(long)]
    pub network: bool,
    /// Where points are
    #[command(flatten)]
    pub store: RollbackStoreArgs,
    /// Where it is recorded
    #[command(flatten)]
    pub trail: TrailFile,
    /// Lowest severity that fails
    #[arg(long, value_name = "SEVERITY", value_enum, env = "READINESS_FAIL_ON", help_heading = "Policy")]
    pub fail_on: Option<SeverityArg>,
    /// Where reports go
    #[command(flatten)]
    pub output: OutputArgs,
}
