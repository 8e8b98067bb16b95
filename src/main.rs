//! The `readiness` binary: parse, run, exit code. Everything else is the library.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use clap::Parser as _;
use readiness::cli::Cli;
use readiness::commands::{self, World};
use readiness::host::{clock, terminal};

fn main() -> ExitCode {
    terminal::quiet_panics();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are printed like this too; nobody may be there to read them.
            let failed = error.print().is_err_and(|error| error.kind() != io::ErrorKind::BrokenPipe);
            return ExitCode::from(if failed || error.use_stderr() { 4 } else { 0 });
        }
    };
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let progress = err.is_terminal() && std::env::var_os("CI").is_none();
    let terminal = terminal::width(out.is_terminal());
    let variable = |name: &str| std::env::var(name).ok();
    let mut world =
        World { out: &mut out, err: &mut err, terminal, progress, now: clock::now(), variable: &variable };
    match commands::run(cli, &mut world) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let _ = terminal::explain(&mut io::stderr(), &error, error.hint());
            ExitCode::from(4)
        }
    }
}
