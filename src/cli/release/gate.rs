//! `readiness release gate` and `trail`.

use std::path::PathBuf;

use clap::Args;

use super::TrustArgs;
use crate::cli::{OutputArgs, SeverityArg};

const EXAMPLES: &str = "Examples:
  readiness release gate release/v1.2.3 --key signing.pub
  readiness release gate release/v1.2.3 --key signing.pub --report audit.json --config gate.yaml
  readiness release gate release/v1.2.3 --key signing.pub \\
      --statement authorization.json --signing-key manager.key

The release is verified first; then the reports in it, and those named with --report, are judged together by the policy of readiness.yaml (`gate`, `waivers`, `release.gate`). A report that is too old, or about another commit, does not count.";

/// Flags of `readiness release gate`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = EXAMPLES)]
pub struct GateArgs {
    /// The release directory
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// Another report (JSON) to weigh; may be given again
    #[arg(long, value_name = "FILE")]
    pub report: Vec<PathBuf>,
    /// With which keys
    #[command(flatten)]
    pub keys: TrustArgs,
    /// Use this configuration instead of the readiness.yaml of the folder here
    #[arg(long, value_name = "FILE", env = "READINESS_CONFIG", help_heading = "Policy")]
    pub config: Option<PathBuf>,
    /// Lowest severity that fails
    #[arg(long, value_name = "SEVERITY", value_enum, env = "READINESS_FAIL_ON", help_heading = "Policy")]
    pub fail_on: Option<SeverityArg>,
    /// Incomplete also when files were left out
    #[arg(long, env = "READINESS_STRICT", help_heading = "Policy")]
    pub strict: bool,
    /// Also write the decision as a signed statement (a DSSE envelope), whichever it is
    #[arg(long, value_name = "FILE", requires = "signing_key", help_heading = "Authorization")]
    pub statement: Option<PathBuf>,
    /// The private key of whoever decides (PEM)
    #[arg(long, value_name = "FILE", requires = "statement", help_heading = "Authorization")]
    pub signing_key: Option<PathBuf>,
    /// Where it is recorded
    #[command(flatten)]
    pub trail: TrailFile,
    /// Where reports go
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Where commands are recorded.
#[derive(Clone, Debug, Default, Args)]
pub struct TrailFile {
    /// The trail that this is recorded in; default: .readiness/trail.jsonl of the project (the folder here)
    #[arg(long, value_name = "FILE", env = "READINESS_TRAIL", help_heading = "Trail")]
    pub trail: Option<PathBuf>,
    /// Record nothing
    #[arg(long, help_heading = "Trail", conflicts_with = "trail")]
    pub no_trail: bool,
}

const TRAIL: &str = "Examples:
  readiness release trail                        the record, newest last
  readiness release trail --verify               was any of it changed, removed or moved?
  readiness release trail --verify --head 3f5a…  and is it the one whose head was noted?";

/// Flags of `readiness release trail`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = TRAIL)]
pub struct TrailArgs {
    /// The trail; default: .readiness/trail.jsonl in the folder here
    #[arg(value_name = "FILE", env = "READINESS_TRAIL")]
    pub trail: Option<PathBuf>,
    /// Verify that every record follows from the one before it
    #[arg(long)]
    pub verify: bool,
    /// SHA-256 of a record that was noted elsewhere, such as in the log of a pipeline: it must be in the trail
    #[arg(long, value_name = "SHA256", requires = "verify")]
    pub head: Option<String>,
    /// Where reports go
    #[command(flatten)]
    pub output: OutputArgs,
}
