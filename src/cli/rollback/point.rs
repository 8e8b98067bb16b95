//! `readiness rollback capture`, `list`, `show`, `diff`, `verify`, `prune`, `pin`, `export`, `import`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::RollbackStoreArgs;
use crate::cli::{OutputArgs, SeverityArg, TrailFile};

const CAPTURE: &str = "Examples:
  readiness rollback capture --name before-2.4
  readiness rollback capture --key keys/encryption.key --env DATABASE_URL
  readiness rollback capture --store /srv/points --include 'secrets/**'

Captured: HEAD, refs, index and any merge or rebase in progress; every changed, staged and untracked file byte by byte; ignored files by pattern (.env, local configuration); protected files even outside the tree; the history as a git bundle; submodules and nested repositories. Nothing in the repository is written to.";

/// Flags of `readiness rollback capture`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = CAPTURE)]
pub struct RollbackCaptureArgs {
    /// What to call it
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Also capture files that git ignores and this glob matches; may be given again
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,
    /// Also protect this file or folder outside the tree; may be given again
    #[arg(long, value_name = "PATH")]
    pub protect: Vec<PathBuf>,
    /// Also capture this environment variable; may be given again
    #[arg(long, value_name = "NAME")]
    pub env: Vec<String>,
    /// Leave the history out: the point is then worth no more than the repository keeps of it
    #[arg(long)]
    pub no_bundle: bool,
    /// Keep it from being pruned
    #[arg(long)]
    pub pin: bool,
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

/// How a list is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// A table for people.
    #[default]
    Table,
    /// JSON.
    Json,
}

const LIST: &str = "Examples:
  readiness rollback list
  readiness rollback list --all --format json | jq -r '.[].id'";

/// Flags of `readiness rollback list`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = LIST)]
pub struct RollbackListArgs {
    /// Safety points too, which restores make of the state that they leave
    #[arg(long)]
    pub all: bool,
    /// Form of the list
    #[arg(long, short, value_enum, default_value_t = ListFormat::Table)]
    pub format: ListFormat,
    /// Where points are
    #[command(flatten)]
    pub store: RollbackStoreArgs,
}

const SHOW: &str = "Examples:
  readiness rollback show latest
  readiness rollback show before-2.4 --only config
  readiness rollback show before-2.4 --bundle before.bundle && git clone before.bundle";

/// Flags of `readiness rollback show`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = SHOW)]
pub struct RollbackShowArgs {
    /// The point: id, beginning of one, name, or `latest`
    #[arg(value_name = "POINT", default_value = "latest")]
    pub point: String,
    /// Only this part: git, config, security, or a path; may be given again
    #[arg(long, value_name = "PART")]
    pub only: Vec<String>,
    /// Write the history as a git bundle to this file instead
    #[arg(long, value_name = "FILE")]
    pub bundle: Option<PathBuf>,
    /// Where points are
    #[command(flatten)]
    pub store: RollbackStoreArgs,
    /// Where reports go
    #[command(flatten)]
    pub output: OutputArgs,
}

const DIFF: &str = "Examples:
  readiness rollback diff latest
  readiness rollback diff before-2.4 --only config/

Lines with `-` are there now, lines with `+` would be. Secrets are masked.";

/// Flags of `readiness rollback diff`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = DIFF)]
pub struct RollbackDiffArgs {
    /// The point: id, beginning of one, name, or `latest`
    #[arg(value_name = "POINT", default_value = "latest")]
    pub point: String,
    /// Only this part: git, config, security, or a path; may be given again
    #[arg(long, value_name = "PART")]
    pub only: Vec<String>,
    /// Where points are
    #[command(flatten)]
    pub store: RollbackStoreArgs,
}

const VERIFY: &str = "Examples:
  readiness rollback verify latest
  readiness rollback verify before-2.4 --key keys/encryption.key --json -";

/// Flags of `readiness rollback verify`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = VERIFY)]
pub struct RollbackVerifyArgs {
    /// The point: id, beginning of one, name, or `latest`
    #[arg(value_name = "POINT", default_value = "latest")]
    pub point: String,
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

const PRUNE: &str = "Examples:
  readiness rollback prune --dry-run
  readiness rollback prune --keep 5 --keep-within 7d";

/// Flags of `readiness rollback prune`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = PRUNE)]
pub struct RollbackPruneArgs {
    /// Keep that many of the newest
    #[arg(long, value_name = "N")]
    pub keep: Option<u32>,
    /// Keep those that are younger
    #[arg(long, value_name = "TIME")]
    pub keep_within: Option<String>,
    /// Tell what would be removed, and remove nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Where points are
    #[command(flatten)]
    pub store: RollbackStoreArgs,
}

const PIN: &str = "Examples:
  readiness rollback pin before-2.4
  readiness rollback pin before-2.4 --remove";

/// Flags of `readiness rollback pin`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = PIN)]
pub struct RollbackPinArgs {
    /// The point: id, beginning of one, name, or `latest`
    #[arg(value_name = "POINT")]
    pub point: String,
    /// Let it go again
    #[arg(long)]
    pub remove: bool,
    /// Where points are
    #[command(flatten)]
    pub store: RollbackStoreArgs,
}

const EXPORT: &str = "Examples:
  readiness rollback export before-2.4 --output before-2.4.point";

/// Flags of `readiness rollback export`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = EXPORT)]
pub struct RollbackExportArgs {
    /// The point: id, beginning of one, name, or `latest`
    #[arg(value_name = "POINT")]
    pub point: String,
    /// The file; what is there is replaced
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Where points are
    #[command(flatten)]
    pub store: RollbackStoreArgs,
}

const IMPORT: &str = "Examples:
  readiness rollback import before-2.4.point";

/// Flags of `readiness rollback import`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = IMPORT)]
pub struct RollbackImportArgs {
    /// The file that `export` wrote
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where points are
    #[command(flatten)]
    pub store: RollbackStoreArgs,
}
