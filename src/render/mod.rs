//! Renderers: a report in, text out, one file a format. They never decide and never count: the decision is the gate's,
//! the counts stand in the report. What they may choose is what is shown first, what is folded, and how text that
//! others wrote (file names, lines of files) is kept from driving a terminal, a browser or a build runner.

mod advisories;
mod details;
mod github;
mod html;
pub mod json;
mod junit;
mod markdown;
mod sarif;
mod terminal;
pub(crate) mod visible;
mod words;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

use std::io;
use std::time::Duration;

use crate::report::{Report, Severity};

/// A form in which a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people, on a terminal.
    Terminal,
    /// The report itself; the wire contract.
    Json,
    /// A pull-request comment or a step summary.
    Markdown,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML, for the test view of a build server.
    Junit,
    /// GitHub workflow commands, then the verdict.
    Github,
    /// One page that needs nothing else, with pictures of what was measured.
    Html,
}

impl Format {
    /// All formats, in the order in which help texts name them.
    pub const ALL: [Self; 7] =
        [Self::Terminal, Self::Json, Self::Markdown, Self::Sarif, Self::Junit, Self::Github, Self::Html];

    /// The name used by `--format`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Github => "github",
            Self::Html => "html",
        }
    }

    /// The format of a name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// Longest Markdown for a pull-request comment, in bytes; GitHub refuses comments over 65,536 characters.
pub const COMMENT_LIMIT: usize = 60_000;
/// Longest Markdown for a GitHub step summary, in bytes; GitHub drops summaries over 1 MiB.
pub const SUMMARY_LIMIT: usize = 1_000_000;

/// How a report is shown. Plain values: nothing here is looked up in the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Terminal: lowest severity whose findings are listed. Those that fail the audit are listed whatever this says.
    pub show: Severity,
    /// Terminal: list every finding of the shown severities; nothing is folded.
    pub all: bool,
    /// Terminal: the command takes `--show`, so that what is hidden can be told to be shown by it; otherwise `--all` shows it.
    pub show_flag: bool,
    /// Terminal and Markdown: say of every vulnerability why it matches.
    pub explain: bool,
    /// Terminal: use colours.
    pub colour: bool,
    /// Terminal and GitHub: columns of a line, taken as 40 to 240.
    pub width: usize,
    /// Terminal and GitHub: how long the command took. Not part of the report, which is equal for equal input.
    pub elapsed: Option<Duration>,
    /// Markdown: most bytes written, at least 20,000; see [`COMMENT_LIMIT`] and [`SUMMARY_LIMIT`]. A plan that people carry
    /// out may always have the latter.
    pub markdown_limit: usize,
    /// SARIF: leave out findings that a waiver or a mark covers, for readers that do not know `suppressions`.
    pub sarif_omit_suppressed: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            show: Severity::High,
            all: false,
            show_flag: true,
            explain: false,
            colour: false,
            width: 100,
            elapsed: None,
            markdown_limit: COMMENT_LIMIT,
            sarif_omit_suppressed: false,
        }
    }
}

/// Writes a report in a format.
///
/// # Errors
/// Only those of `out`.
pub fn write(format: Format, report: &Report, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Terminal => terminal::write(report, options, out),
        Format::Json => json::write(report, out),
        Format::Markdown => markdown::write(report, options, out),
        Format::Sarif => sarif::write(report, options, out),
        Format::Junit => junit::write(report, out),
        Format::Github => github::write(report, options, out),
        Format::Html => html::write(report, out),
    }
}
