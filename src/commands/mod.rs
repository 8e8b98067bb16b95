//! Glue, one small file a command: settings → feature → gate → render → exit code.

mod advisories;
mod assemble;
mod audit;
mod baseline;
mod completions;
mod error;
mod init;
mod interrupt;
mod invocation;
mod judge;
mod output;
mod passphrase;
mod perf;
mod progress;
mod provenance;
mod recording;
mod release;
mod rollback;
mod rules;
mod sbom;
mod scanners;
mod settings;
mod since;
mod stream;
mod table;
mod tree_config;
mod vex;
mod words;

pub use audit::audit_report;
pub use error::Error;

use std::io::Write;

use jiff::Timestamp;

use self::stream::Stream;
use crate::cli::{Cli, Command};

/// Looks an environment variable up.
pub type Variable<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The world as a command sees it; tests bring their own.
pub struct World<'a> {
    /// Where reports go.
    pub out: &'a mut dyn Write,
    /// Where everything else goes.
    pub err: &'a mut dyn Write,
    /// Whether reports go to a terminal, and how wide it is.
    pub terminal: Option<usize>,
    /// Whether progress can be shown on standard error.
    pub progress: bool,
    /// The moment of the run.
    pub now: Timestamp,
    /// The environment.
    pub variable: Variable<'a>,
}

/// Runs a command and returns the exit code, which a reader of its output that goes away does not change.
///
/// # Errors
/// Why the command could not run; the exit code is 4 then.
pub fn run(cli: Cli, world: &mut World<'_>) -> Result<u8, Error> {
    let (mut out, mut err) = (Stream::new(&mut *world.out), Stream::new(&mut *world.err));
    let world = &mut World { out: &mut out, err: &mut err, ..*world };
    let code = match cli.command {
        Command::Audit(args) => audit::run(&args, world),
        Command::Perf(args) => perf::run(&args, world),
        Command::Baseline(args) => baseline::run(&args, world),
        Command::Release(args) => release::run(&args, world),
        Command::Rollback(args) => rollback::run(&args, world),
        Command::Advisories(args) => advisories::run(&args, world),
        Command::Rules(args) => rules::run(&args, world),
        Command::Init(args) => init::run(&args, world),
        Command::Completions(args) => completions::run(&args, world),
    }?;
    world.out.flush()?;
    Ok(code)
}
