//! Stand-in until the renderers are here.
use std::io;

use crate::report::{Report, Severity};

/// Formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Format {
    Terminal,
    Json,
    Markdown,
    Sarif,
    Junit,
    Github,
}

/// Options.
#[derive(Clone, Debug)]
pub struct Options {
    /// .
    pub show: Severity,
    /// .
    pub all: bool,
    /// .
    pub colour: bool,
    /// .
    pub width: usize,
    /// .
    pub elapsed: Option<std::time::Duration>,
}

/// Writes.
///
/// # Errors
/// I/O.
pub fn write(
    _format: Format,
    report: &Report,
    _options: &Options,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    serde_json::to_writer_pretty(out, report).map_err(io::Error::other)
}
