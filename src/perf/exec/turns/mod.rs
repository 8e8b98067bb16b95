//! The order of a benchmark: who runs when, what runs around it, what ends it.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::host::spawn::{Cut, Ended};
use crate::report::CommandRun;

use super::error::{ExecError, Which, in_short, last_lines};

/// A command that can be run.
#[derive(Clone, Debug)]
pub(super) struct Command {
    /// What it is in this benchmark.
    pub(super) which: Which,
    /// Program and arguments.
    pub(super) words: Vec<String>,
    /// The command as reports show it.
    pub(super) shown: Vec<String>,
}

/// What is run how often.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// One command or two.
    pub(super) commands: Vec<Command>,
    pub(super) prepare: Option<Command>,
    pub(super) cleanup: Option<Command>,
    pub(super) warm_ups: u32,
    pub(super) runs: u32,
    pub(super) ignore_failure: bool,
    pub(super) timeout: Duration,
}

/// What a command is run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Prepare,
    Measure,
    Cleanup,
}

/// One thing to run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Invocation<'p> {
    pub(super) purpose: Purpose,
    pub(super) command: &'p Command,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) ended: Ended,
    /// The end of what it wrote on standard error, if it failed.
    pub(super) said: String,
}

/// How far a benchmark is: told as each run begins and as it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// `before`, `after` or `command`.
    pub name: &'static str,
    /// Whether the run counts; those that do not come first.
    pub counted: bool,
    /// Which run of this command it is, from 1, counted and not counted apart.
    pub number: u32,
    /// How many runs of this kind there are for each command.
    pub of: u32,
    /// Runs of all commands and kinds that ended before this one.
    pub done: u32,
    /// Runs of all commands and kinds that there will be.
    pub total: u32,
    /// How long it took; none as it begins.
    pub wall: Option<Duration>,
}

/// What was measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Measured {
    /// The counted runs of each command.
    pub(super) runs: Vec<Vec<CommandRun>>,
    /// Whether it was ended before its time.
    pub(super) aborted: bool,
}

type RunOne<'r> = dyn FnMut(&Invocation<'_>) -> io::Result<Seen> + 'r;

/// Runs everything in its order.
pub(super) fn follow(
    plan: &Plan,
    run_one: &mut RunOne<'_>,
    progress: &dyn Fn(Step),
    stop: &AtomicBool,
) -> Result<Measured, ExecError> {
    let mut measured = Measured { runs: vec![Vec::new(); plan.commands.len()], aborted: false };
    let width = u32::try_from(plan.commands.len()).unwrap_or(u32::MAX);
    let total = plan.warm_ups.saturating_add(plan.runs).saturating_mul(width);
    let mut done = 0_u32;
    for (counted, of) in [(false, plan.warm_ups), (true, plan.runs)] {
        for round in 0..of {
            for (command, runs) in in_turn(round, plan.commands.iter().zip(&mut measured.runs)) {
                let name = command.which.name();
                let step =
                    Step { name, counted, number: round.saturating_add(1), of, done, total, wall: None };
                let ended = if stop.load(Ordering::Relaxed) {
                    None
                } else {
                    progress(step);
                    one_run(plan, command, run_one)?
                };
                let Some(ended) = ended else {
                    measured.aborted = true;
                    return Ok(measured);
                };
                done = done.saturating_add(1);
                progress(Step { wall: Some(ended.wall), ..step });
                if counted {
                    runs.push(recorded(&ended));
                }
            }
        }
    }
    Ok(measured)
}

/// The members of a round: forwards in every other one, backwards between them.
fn in_turn<T>(round: u32, all: impl DoubleEndedIterator<Item = T>) -> Vec<T> {
    if round.is_multiple_of(2) { all.collect() } else { all.rev().collect() }
}

/// One run with what belongs around it; nothing when it was stopped.
fn one_run(plan: &Plan, command: &Command, run_one: &mut RunOne<'_>) -> Result<Option<Ended>, ExecError> {
    let mut measured = Ok(None);
    let prepared = match &plan.prepare {
        Some(prepare) => go(plan, Purpose::Prepare, prepare, run_one),
        None => Ok(Some(Ended::default())),
    };
    match prepared {
        Ok(Some(_)) => measured = go(plan, Purpose::Measure, command, run_one),
        Ok(None) => {}
        Err(error) => measured = Err(error),
    }
    // Whatever was begun is put in order. The first error is the one to tell.
    match &plan.cleanup {
        Some(cleanup) => {
            let cleaned = go(plan, Purpose::Cleanup, cleanup, run_one);
            let measured = measured?;
            cleaned.map(|_| measured)
        }
        None => measured,
    }
}

/// Runs one thing and sees whether it went well; nothing when it was stopped.
fn go(
    plan: &Plan,
    purpose: Purpose,
    command: &Command,
    run_one: &mut RunOne<'_>,
) -> Result<Option<Ended>, ExecError> {
    let which = command.which;
    let Seen { ended, said } = run_one(&Invocation { purpose, command })
        .map_err(|source| ExecError::Start { which, command: in_short(command), source })?;
    let may_fail = plan.ignore_failure && purpose == Purpose::Measure;
    match ended.cut {
        Some(Cut::Stopped) => Ok(None),
        Some(Cut::TooLong) => Err(ExecError::TooLong {
            which,
            command: in_short(command),
            limit: plan.timeout,
            said: last_lines(&said),
        }),
        Some(Cut::TooMuch) => Err(ExecError::TooMuch { which, command: in_short(command) }),
        None if ended.code == Some(0) || may_fail => Ok(Some(ended)),
        None => Err(ExecError::Failed {
            which,
            command: in_short(command),
            how: how(&ended),
            said: last_lines(&said),
        }),
    }
}

fn how(ended: &Ended) -> String {
    match (ended.code, ended.signal) {
        (Some(code), _) => format!("with code {code}"),
        (None, Some(signal)) => format!("by signal {signal}"),
        (None, None) => "by a signal".to_owned(),
    }
}

fn recorded(ended: &Ended) -> CommandRun {
    let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    CommandRun {
        wall_ns: nanoseconds(ended.wall),
        user_ns: nanoseconds(ended.user),
        system_ns: nanoseconds(ended.system),
        peak_memory: ended.peak_memory,
        instructions: ended.instructions,
        code: ended.code,
    }
}

#[cfg(test)]
mod tests;
