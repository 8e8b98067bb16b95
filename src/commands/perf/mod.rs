//! `readiness perf`: measure, compare, judge, render.

mod compare;
mod exec;
mod flags;
mod invocation;
mod load;
mod merge;
mod plan;
mod progress;
mod reports;

use std::path::Path;

use super::{Error, World};
use crate::catalog;
use crate::cli::{PerfArgs, PerfCommand};
use crate::config::{self, Config, Known};

/// Runs the command; the exit code is the verdict's.
pub(super) fn run(args: &PerfArgs, world: &mut World<'_>) -> Result<u8, Error> {
    match &args.command {
        None => load::run(&args.load, world),
        Some(PerfCommand::Compare(args)) => compare::run(args, world),
        Some(PerfCommand::Merge(args)) => merge::run(args, world),
        Some(PerfCommand::Exec(args)) => exec::run(args, world),
    }
}

/// The configuration that is named, or that of the folder here.
fn configuration(named: Option<&Path>, ignored: bool) -> Result<Config, Error> {
    let checks: Vec<&str> = catalog::checks().map(|check| check.id).collect();
    let known =
        Known { checks: &checks, rules: || catalog::rules().map(|(_, rule)| rule.id.as_str()).collect() };
    match named {
        Some(path) => Ok(config::load_either(path, &path.display().to_string(), known)?),
        None if ignored => Ok(Config::default()),
        None => Ok(config::find(Path::new("."), known)?.unwrap_or_default()),
    }
}
