//! `readiness baseline export`, `watch`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::BaselineStoreArgs;

/// Forms of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ExportForm {
    /// Prometheus text, without time stamps.
    #[default]
    Prometheus,
    /// `OpenMetrics` 1.0.
    Openmetrics,
    /// The capture itself, which `compare --to FILE` takes.
    Json,
    /// One line a metric.
    Csv,
}

const EXPORT: &str = "Examples:
  readiness baseline export | promtool check metrics
  readiness baseline export --textfile /var/lib/prometheus/node-exporter/readiness.prom
  readiness baseline export v2.4 --format json --output baseline-v2.4.json";

/// Flags of `readiness baseline export`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = EXPORT)]
pub struct BaselineExportArgs {
    /// The capture: id, beginning of one, label, commit, `latest`, `reference`, or a file
    #[arg(value_name = "CAPTURE", default_value = "latest")]
    pub capture: String,
    /// Its form
    #[arg(long, short, value_enum, default_value_t = ExportForm::Prometheus)]
    pub format: ExportForm,
    /// Where it goes; `-` is standard output
    #[arg(long, short, value_name = "FILE", conflicts_with = "textfile")]
    pub output: Option<PathBuf>,
    /// Write it whole, as Prometheus text, for the textfile collector of the node exporter (NAME.prom)
    #[arg(long, value_name = "FILE")]
    pub textfile: Option<PathBuf>,
    /// Where captures are
    #[command(flatten)]
    pub store: BaselineStoreArgs,
}

const WATCH: &str = "Examples:
  readiness baseline watch --interval 60s --listen 127.0.0.1:9465
  readiness baseline watch --interval 5m --no-keep --textfile /var/lib/prometheus/node-exporter/readiness.prom
  readiness baseline watch --interval 10s --count 6

Ctrl-C ends it after the capture under way. Only loopback addresses are listened on; let a proxy serve others. `baseline.keep` bounds the store.";

/// An address and a port, with words for who gave only one of them.
fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "expected an address and a port, such as 127.0.0.1:9465".to_owned())
}

/// Flags of `readiness baseline watch`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = WATCH)]
pub struct BaselineWatchArgs {
    /// From the beginning of one capture to that of the next
    #[arg(long, value_name = "TIME", default_value = "60s")]
    pub interval: String,
    /// Serve the newest capture at http://ADDRESS/metrics; a loopback address, port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub listen: Option<SocketAddr>,
    /// Write every capture to this file too, for the textfile collector of the node exporter
    #[arg(long, value_name = "FILE")]
    pub textfile: Option<PathBuf>,
    /// End after so many captures
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// Keep none of them in the store
    #[arg(long)]
    pub no_keep: bool,
    /// Where captures are
    #[command(flatten)]
    pub store: BaselineStoreArgs,
}
