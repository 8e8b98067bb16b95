//! `readiness rollback`.

mod plan;
mod point;
mod restore;

pub use plan::{RollbackPlanArgs, RollbackRehearseArgs, RollbackRunArgs};
pub use point::{
    ListFormat, RollbackCaptureArgs, RollbackDiffArgs, RollbackExportArgs, RollbackImportArgs,
    RollbackListArgs, RollbackPinArgs, RollbackPruneArgs, RollbackShowArgs, RollbackVerifyArgs,
};
pub use restore::{RollbackEmergencyArgs, RollbackRecoverArgs, RollbackRestoreArgs};

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::TreeArgs;

use crate::cli::PassphraseArgs;

const EXAMPLES: &str = "Examples:
  readiness rollback capture --name before-2.4       what is here now, nothing of it touched
  readiness rollback show before-2.4                 what would change if one went back
  readiness rollback verify before-2.4               could it be restored?
  readiness rollback restore before-2.4              go back; a safety point is made first
  readiness rollback rehearse before-2.4             see it work in a scratch copy, timed
  readiness rollback emergency --yes                 the last verified point, now

A POINT is an id, the beginning of one, a name, or `latest`. What was interrupted is finished or undone by the next command.
Exit codes: 0 ready · 1 high finding · 2 critical finding · 3 incomplete · 4 could not run";

/// Flags of `readiness rollback`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RollbackArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: RollbackCommand,
}

/// Commands of `readiness rollback`.
#[derive(Clone, Debug, Subcommand)]
pub enum RollbackCommand {
    /// Make a rollback point of what is here now: git state, changed files, configuration, security files
    Capture(Box<RollbackCaptureArgs>),
    /// List the points
    List(RollbackListArgs),
    /// Show a point, and what would change if one went back to it
    Show(Box<RollbackShowArgs>),
    /// Show line by line what going back to a point would change
    Diff(Box<RollbackDiffArgs>),
    /// See whether a point is whole and could be restored here
    Verify(Box<RollbackVerifyArgs>),
    /// Go back to a point, or to parts of it
    Restore(Box<RollbackRestoreArgs>),
    /// The shortest safe way back: to the last verified point
    Emergency(Box<RollbackEmergencyArgs>),
    /// Finish or undo a restore that was interrupted
    Recover(Box<RollbackRecoverArgs>),
    /// Write the procedure: phases in reverse order, checklists, whom to tell, how long it takes
    Plan(Box<RollbackPlanArgs>),
    /// Carry the plan out, step by step; what was interrupted goes on where it stopped
    Run(Box<RollbackRunArgs>),
    /// Carry the plan out in a scratch copy and time it
    Rehearse(Box<RollbackRehearseArgs>),
    /// Remove old points; never the newest or a pinned one
    Prune(RollbackPruneArgs),
    /// Keep a point from being pruned
    Pin(RollbackPinArgs),
    /// Write a point into one file
    Export(RollbackExportArgs),
    /// Take a point in from a file
    Import(RollbackImportArgs),
}

/// Where points are, and what opens them.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Store")]
pub struct RollbackStoreArgs {
    /// Which tree
    #[command(flatten)]
    pub tree: TreeArgs,
    /// Where points are kept, instead of .readiness/rollback in the tree
    #[arg(long, value_name = "DIR", env = "READINESS_ROLLBACK_STORE")]
    pub store: Option<PathBuf>,
    /// AES-256 key that contents are encrypted with
    #[arg(long, value_name = "FILE", env = "READINESS_ROLLBACK_KEY")]
    pub key: Option<PathBuf>,
    /// What opens the key
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}
