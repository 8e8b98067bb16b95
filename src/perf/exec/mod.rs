//! Benchmarks of commands: one, or two that take turns. What is made here are measurements; what they mean is judged elsewhere.
//!
//! Two commands run in the order `A B, B A, A B, …`: a machine that gets slower or faster steadily does the same to both.

mod error;
mod turns;
mod words;

pub use error::{ExecError, Which};
pub use turns::Step;
pub use words::{Unsplit, split as split_command};

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::host::instructions;
use crate::host::spawn::{self, ErrorFile, Limits, Output, Start};
use crate::report::{CommandBench, CommandResult};

use turns::{Command, Invocation, Plan, Purpose, Seen};

/// Counted runs of each command, where nothing else is said.
pub const RUNS: u32 = 10;
/// Most runs of each command, counted and not counted each.
pub const MOST_RUNS: u32 = 1000;
/// Runs of each command before those that count, where nothing else is said: they fill the caches for both.
pub const WARM_UPS: u32 = 1;
/// Longest that one run may take, where nothing else is said.
pub const TIMEOUT: Duration = Duration::from_mins(10);
/// Longest that a run may be allowed to take.
pub const LONGEST_TIMEOUT: Duration = Duration::from_hours(24);
/// Longest that cleaning up may take when all is to end.
const LAST_CLEANUP: Duration = Duration::from_secs(10);

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Two commands that take turns.
    Pair {
        /// The one that is known.
        before: String,
        /// The one that is new.
        after: String,
    },
    /// One command alone.
    One(String),
}

/// A benchmark of commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecSettings {
    /// The commands, as the user writes them.
    pub subject: Subject,
    /// Whether `/bin/sh -c` runs them (and those before and after); otherwise they are split into words and started themselves.
    pub shell: bool,
    /// Runs of each that count, 1 to [`MOST_RUNS`].
    pub runs: u32,
    /// Runs of each before those, 0 to [`MOST_RUNS`].
    pub warm_ups: u32,
    /// Command before each run, not measured.
    pub prepare: Option<String>,
    /// Command after each run, not measured; also after one that failed.
    pub cleanup: Option<String>,
    /// Longest that one run may take, above 0 and up to [`LONGEST_TIMEOUT`].
    pub timeout: Duration,
    /// Regular file that the commands read on standard input; none for an empty input.
    pub input: Option<PathBuf>,
    /// Folder that everything runs in; none for the present one.
    pub folder: Option<PathBuf>,
    /// Whether runs that fail count like any other.
    pub ignore_failure: bool,
    /// Whether the commands' output is shown, on standard error.
    pub show_output: bool,
    /// What the user says of the build or the setting.
    pub labels: BTreeMap<String, String>,
}

impl ExecSettings {
    /// The usual settings.
    #[must_use]
    pub const fn new(subject: Subject) -> Self {
        Self {
            subject,
            shell: false,
            runs: RUNS,
            warm_ups: WARM_UPS,
            prepare: None,
            cleanup: None,
            timeout: TIMEOUT,
            input: None,
            folder: None,
            ignore_failure: false,
            show_output: false,
            labels: BTreeMap::new(),
        }
    }

    /// Everything that can be known to be wrong before anything is run.
    fn plan(&self) -> Result<Plan, ExecError> {
        if !(1..=MOST_RUNS).contains(&self.runs) {
            return Err(ExecError::Runs(self.runs));
        }
        if self.warm_ups > MOST_RUNS {
            return Err(ExecError::WarmUps(self.warm_ups));
        }
        if self.timeout.is_zero() || self.timeout > LONGEST_TIMEOUT {
            return Err(ExecError::Timeout(self.timeout));
        }
        if let Some(folder) = self.folder.as_ref().filter(|folder| !folder.is_dir()) {
            return Err(ExecError::Folder(folder.clone()));
        }
        if let Some(path) = &self.input {
            let opened = path.canonicalize().and_then(|path| crate::host::files::open_regular(&path));
            opened.map_err(|source| ExecError::Input { path: path.clone(), source })?;
        }
        let one = |which, text: &String| self.command(which, text);
        let commands = match &self.subject {
            Subject::Pair { before, after } => vec![one(Which::Before, before)?, one(Which::After, after)?],
            Subject::One(command) => vec![one(Which::Command, command)?],
        };
        Ok(Plan {
            commands,
            prepare: self.prepare.as_ref().map(|text| one(Which::Prepare, text)).transpose()?,
            cleanup: self.cleanup.as_ref().map(|text| one(Which::Cleanup, text)).transpose()?,
            warm_ups: self.warm_ups,
            runs: self.runs,
            ignore_failure: self.ignore_failure,
            timeout: self.timeout,
        })
    }

    fn command(&self, which: Which, text: &str) -> Result<Command, ExecError> {
        let words = if self.shell { words::for_shell(text) } else { words::split(text) };
        let words = words.map_err(|reason| ExecError::Split { which, reason })?;
        let shown = if self.shell { vec![words::shown_script(text)] } else { words::shown(&words) };
        Ok(Command { which, words, shown })
    }
}

/// Runs commands and measures them. `progress` is told of each run as it begins and as it ends; when `stop` becomes true, what
/// runs is ended, the clean-up is done, and what was measured so far comes back as aborted. `environment` and `comparison` of
/// the result are left to the caller.
///
/// # Errors
/// When the settings are wrong, something cannot be started, a run takes too long, or a command fails and that is not ignored.
pub fn bench(
    settings: &ExecSettings,
    progress: &dyn Fn(Step),
    stop: &AtomicBool,
) -> Result<CommandBench, ExecError> {
    let plan = settings.plan()?;
    let errors =
        if settings.show_output { None } else { Some(ErrorFile::new().map_err(ExecError::ErrorFile)?) };
    let no_instructions = instructions::unavailable();
    let count = no_instructions.is_none();
    let mut run_one =
        |invocation: &Invocation<'_>| execute(settings, invocation, errors.as_ref(), count, stop);
    let measured = turns::follow(&plan, &mut run_one, progress, stop)?;
    let commands = plan.commands.into_iter().zip(measured.runs).map(|(command, runs)| CommandResult {
        name: command.which.name().to_owned(),
        command: command.shown,
        shell: settings.shell,
        failed: u32::try_from(runs.iter().filter(|run| run.code != Some(0)).count()).unwrap_or(u32::MAX),
        runs,
    });
    let commands: Vec<CommandResult> = commands.collect();
    let uncounted =
        commands.iter().flat_map(|command| &command.runs).filter(|run| run.instructions.is_none()).count();
    let shared = || format!("the counter was in other use during {uncounted} of the runs");
    Ok(CommandBench {
        commands,
        warm_ups: settings.warm_ups,
        labels: settings.labels.clone(),
        no_instructions: no_instructions.or_else(|| (uncounted > 0).then(shared)),
        memory_floor: spawn::own_peak(),
        aborted: measured.aborted,
        ..CommandBench::default()
    })
}

/// Runs one thing of the plan for real.
fn execute(
    settings: &ExecSettings,
    invocation: &Invocation<'_>,
    errors: Option<&ErrorFile>,
    count: bool,
    stop: &AtomicBool,
) -> std::io::Result<Seen> {
    let measured = invocation.purpose == Purpose::Measure;
    let never = AtomicBool::new(false);
    let mut words = invocation.command.words.iter().map(OsString::from);
    let start = Start {
        program: words.next().unwrap_or_default(),
        arguments: words.collect(),
        folder: settings.folder.clone(),
        input: settings.input.clone().filter(|_| measured),
        // A server that is started before a run is meant to be there during it.
        alone: measured,
    };
    let output = errors.map_or(Output::Shown, Output::Kept);
    // What was begun is put in order even when all is to end, if that is quick.
    let limits = match invocation.purpose {
        Purpose::Cleanup if stop.load(Ordering::Relaxed) => {
            Limits { time: settings.timeout.min(LAST_CLEANUP), stop: &never }
        }
        Purpose::Cleanup => Limits { time: settings.timeout, stop: &never },
        Purpose::Prepare | Purpose::Measure => Limits { time: settings.timeout, stop },
    };
    let ended = spawn::run(&start, output, limits, count && measured)?;
    let failed = ended.code != Some(0) || ended.cut.is_some();
    let said = errors.filter(|_| failed).map(ErrorFile::tail).unwrap_or_default();
    Ok(Seen { ended, said })
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
