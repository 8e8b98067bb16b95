//! `readiness rollback restore`, `emergency`, `recover`.

use clap::Args;

use super::RollbackStoreArgs;
use crate::cli::{OutputArgs, SeverityArg, TrailFile};

const RESTORE: &str = "Examples:
  readiness rollback restore before-2.4 --dry-run       what would change
  readiness rollback restore before-2.4                 all of it
  readiness rollback restore latest --only config       configuration files alone
  readiness rollback restore latest --only src/app.py   one file

A safety point of the present state is made first. Files made since the point are put aside, not deleted. If a command of `rollback.validate` fails, everything is put back.";

/// Flags of `readiness rollback restore`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = RESTORE)]
pub struct RollbackRestoreArgs {
    /// The point: id, beginning of one, name, or `latest`
    #[arg(value_name = "POINT")]
    pub point: String,
    /// Only this part: git, config, security, or a path; may be given again
    #[arg(long, value_name = "PART")]
    pub only: Vec<String>,
    /// Tell what would change, and change nothing
    #[arg(long, short = 'n')]
    pub dry_run: bool,
    /// Remove files and refs made since the point instead of putting them aside; the safety point has them
    #[arg(long)]
    pub exact: bool,
    /// Do not run the validation commands
    #[arg(long)]
    pub no_validate: bool,
    /// Restore a point that lacks something
    #[arg(long)]
    pub allow_incomplete: bool,
    /// Restore a point that was captured from another tree
    #[arg(long)]
    pub into_other_tree: bool,
    /// Restore files outside the tree that the configuration does not name, too
    #[arg(long)]
    pub outside: bool,
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

const EMERGENCY: &str = "Examples:
  readiness rollback emergency          shows the point and what changes, and asks once
  readiness rollback emergency --yes    asks nothing

Takes the newest complete point that was verified, sees again that it is whole, makes a safety point, restores everything. Without a verified point, the newest complete one that proves whole now.";

/// Flags of `readiness rollback emergency`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = EMERGENCY)]
pub struct RollbackEmergencyArgs {
    /// Ask nothing
    #[arg(long, short)]
    pub yes: bool,
    /// Where points are
    #[command(flatten)]
    pub store: RollbackStoreArgs,
    /// Where it is recorded
    #[command(flatten)]
    pub trail: TrailFile,
    /// Where reports go
    #[command(flatten)]
    pub output: OutputArgs,
}

const RECOVER: &str = "Examples:
  readiness rollback recover

Every other command of `readiness rollback` that changes something does this first.";

/// Flags of `readiness rollback recover`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = RECOVER)]
pub struct RollbackRecoverArgs {
    /// Where points are
    #[command(flatten)]
    pub store: RollbackStoreArgs,
    /// Where it is recorded
    #[command(flatten)]
    pub trail: TrailFile,
    /// Where reports go
    #[command(flatten)]
    pub output: OutputArgs,
}
