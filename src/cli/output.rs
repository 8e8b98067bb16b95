//! Flags for where reports go and how they look, common to the commands that measure.

use std::path::PathBuf;

use clap::Args;

use super::{Colour, FormatArg};

/// Where reports go.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Form of the report
    #[arg(long, short, value_enum, env = "READINESS_FORMAT")]
    pub format: Option<FormatArg>,
    /// Where the report goes; `-` is standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Also write JSON, the whole report (`readiness perf` takes one as --baseline later)
    #[arg(long, visible_alias = "json", value_name = "FILE")]
    pub output_json: Option<PathBuf>,
    /// Also write Markdown
    #[arg(long, visible_alias = "markdown", value_name = "FILE")]
    pub output_md: Option<PathBuf>,
    /// Also write a page with pictures, whole in one file
    #[arg(long, visible_alias = "html", value_name = "FILE")]
    pub output_html: Option<PathBuf>,
    /// Also write JUnit XML
    #[arg(long, visible_alias = "junit", value_name = "FILE")]
    pub output_junit: Option<PathBuf>,
    /// Show everything, folded lines too
    #[arg(long)]
    pub all: bool,
    /// Colours: auto obeys NO_COLOR and whether standard output is a terminal
    #[arg(long, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub color: Colour,
    /// Say on standard error what is done and with which settings
    #[arg(long, short)]
    pub verbose: bool,
}
