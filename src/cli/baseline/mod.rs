//! `readiness baseline`.

mod capture;
mod judge;
mod publish;

pub use capture::{BaselineApproveArgs, BaselineCaptureArgs, BaselineListArgs};
pub use judge::{BaselineCompareArgs, BaselineDriftArgs, BaselineHistoryArgs};
pub use publish::{BaselineExportArgs, BaselineWatchArgs, ExportForm};

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::TreeArgs;

const EXAMPLES: &str = "Examples:
  readiness baseline capture --label v2.4            measure everything that is declared, and keep it
  readiness baseline approve v2.4 --owner ops@example.org --reason 'load test of 2026-11-20'
  readiness baseline compare                         measure now; what is worse than what was approved?
  readiness baseline drift                           what is configured differently than approved?
  readiness baseline history api_latency             sparkline, band, trend, change points
  readiness baseline watch --interval 60s --listen 127.0.0.1:9465       for Prometheus to scrape

Probes stand in `baseline.probes` of readiness.yaml; `readiness init --baseline web` writes some. Without any, the machine is measured.
A CAPTURE is an id, the beginning of one, a label, a commit, `latest`, `reference`, or a file.
Exit codes: 0 ready · 1 high finding · 2 critical finding · 3 incomplete · 4 could not run";

/// Flags of `readiness baseline`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct BaselineArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: BaselineCommand,
}

/// Commands of `readiness baseline`.
#[derive(Clone, Debug, Subcommand)]
pub enum BaselineCommand {
    /// Measure every probe, start every module, look at every data file, and keep what was seen
    Capture(Box<BaselineCaptureArgs>),
    /// Measure now, or take a capture, and say which metrics are worse than in the reference
    Compare(Box<BaselineCompareArgs>),
    /// Show metrics over time: sparklines, bands, trends, change points
    History(Box<BaselineHistoryArgs>),
    /// Say key by key what is configured differently than in the reference
    Drift(Box<BaselineDriftArgs>),
    /// Make a capture the reference, with an owner and a reason
    Approve(BaselineApproveArgs),
    /// List the captures
    List(BaselineListArgs),
    /// Write a capture for Prometheus or for programs
    Export(BaselineExportArgs),
    /// Capture again and again, and serve the newest on loopback for Prometheus
    Watch(BaselineWatchArgs),
}

/// Where captures are, and what is declared.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Store")]
pub struct BaselineStoreArgs {
    /// Which tree
    #[command(flatten)]
    pub tree: TreeArgs,
    /// Where captures are kept, instead of .readiness/baselines in the tree
    #[arg(long, value_name = "DIR", env = "READINESS_BASELINE_STORE")]
    pub store: Option<PathBuf>,
}
