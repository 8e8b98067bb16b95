//! What keeps a benchmark of commands from being made.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::report::mask_secrets;

use super::turns::Command;
use super::words::Unsplit;
use super::{LONGEST_TIMEOUT, MOST_RUNS};

/// Most lines of standard error that an error shows.
const LINES: usize = 5;
/// Most letters of each of them, and of a command.
const LETTERS: usize = 200;

/// Which of the commands is spoken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The first of two.
    Before,
    /// The second of two.
    After,
    /// The only one.
    Command,
    /// What runs before each run.
    Prepare,
    /// What runs after each run.
    Cleanup,
}

impl Which {
    /// Its name in reports; with two dashes before it, its flag.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Command => "command",
            Self::Prepare => "prepare",
            Self::Cleanup => "cleanup",
        }
    }
}

impl std::fmt::Display for Which {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "--{}", self.name())
    }
}

/// Why there is no benchmark.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// A command cannot be split into words.
    #[error("{which}: {reason}")]
    Split {
        /// Which.
        which: Which,
        /// Why.
        reason: Unsplit,
    },
    /// A number of runs that is not allowed.
    #[error("--runs {0}: 1 to {MOST_RUNS} runs are possible")]
    Runs(u32),
    /// A number of warm-ups that is not allowed.
    #[error("--warm-up {0}: up to {MOST_RUNS} runs are possible")]
    WarmUps(u32),
    /// A time limit that is not allowed.
    #[error("--timeout {}: more than 0 and up to {} seconds are possible", .0.as_secs_f64(), LONGEST_TIMEOUT.as_secs())]
    Timeout(Duration),
    /// The folder to run in is none.
    #[error("--dir {}: it is no folder", .0.display())]
    Folder(PathBuf),
    /// The input cannot be read.
    #[error("--input {}: {source}", path.display())]
    Input {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is nowhere to keep what commands write on standard error.
    #[error("no temporary file for the commands' errors ({0})")]
    ErrorFile(io::Error),
    /// A command could not be started.
    #[error("{which} (`{command}`): it could not be started ({source})")]
    Start {
        /// Which.
        which: Which,
        /// The command, masked and shortened.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// A command failed.
    #[error("{which} (`{command}`): it ended {how}{said}")]
    Failed {
        /// Which.
        which: Which,
        /// The command, masked and shortened.
        command: String,
        /// With which code, or by which signal.
        how: String,
        /// The last lines of its standard error, masked and shortened; each after a line break.
        said: String,
    },
    /// A run took too long.
    #[error("{which} (`{command}`): it took longer than {} s and was ended{said}", limit.as_secs_f64())]
    TooLong {
        /// Which.
        which: Which,
        /// The command, masked and shortened.
        command: String,
        /// How long it might have taken.
        limit: Duration,
        /// The last lines of its standard error.
        said: String,
    },
    /// A run wrote too much.
    #[error("{which} (`{command}`): it wrote more than {} MiB on standard error and was ended", crate::host::spawn::MOST_ERRORS >> 20)]
    TooMuch {
        /// Which.
        which: Which,
        /// The command, masked and shortened.
        command: String,
    },
}

impl ExecError {
    /// What helps, where something does.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Split { reason: Unsplit::Shell(_), .. } => {
                Some("quote it if it is meant literally, or give the commands to a shell with --shell")
            }
            Self::Failed { which: Which::Before | Which::After | Which::Command, .. } => {
                Some("--ignore-failure counts runs that fail; --show-output shows what the commands write")
            }
            Self::TooLong { .. } => Some("--timeout sets another limit, in seconds"),
            Self::TooMuch { .. } => Some("--show-output does not keep it"),
            _ => None,
        }
    }
}

/// A command as errors show it.
pub(super) fn in_short(command: &Command) -> String {
    let line = match command.shown.as_slice() {
        [only] => only.clone(),
        words => shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default(),
    };
    shorten(&line)
}

/// The last lines that a command said, as errors show them.
pub(super) fn last_lines(said: &str) -> String {
    // Masked as a whole, because a secret may have a name on the line before it.
    let masked = mask_secrets(said);
    let lines: Vec<&str> = masked.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let last = lines.get(lines.len().saturating_sub(LINES)..).unwrap_or_default();
    last.iter().map(|line| format!("\n  {}", shorten(line))).collect()
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(LETTERS) {
        Some((cut, _)) => format!("{}…", text.get(..cut).unwrap_or_default()),
        None => text.to_owned(),
    }
}
