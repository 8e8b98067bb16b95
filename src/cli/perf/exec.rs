//! `readiness perf exec`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::super::{OutputArgs, SeverityArg};

const EXAMPLES: &str = "Examples:
  readiness perf exec --before './old export' --after './new export'         is the new build slower?
  readiness perf exec --command 'make test' --prepare 'make clean' --runs 5  one command, to be a baseline
  readiness perf exec --shell --command 'sort big.txt | uniq -c' --baseline last.json

Commands are split into words and started directly; with --shell, /bin/sh runs them. Ctrl-C ends with what was measured so far.
Exit codes: 0 ready · 1 high finding (or at --fail-on) · 2 critical finding · 3 incomplete · 4 could not run";

/// Flags of `readiness perf exec`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = EXAMPLES, group(ArgGroup::new("subject").required(true).args(["before", "command"])))]
pub struct ExecArgs {
    /// The command as it was; needs --after
    #[arg(long, value_name = "CMD", requires = "after")]
    pub before: Option<String>,
    /// The command as it is now; the two take turns
    #[arg(long, value_name = "CMD", requires = "before", conflicts_with = "command")]
    pub after: Option<String>,
    /// One command alone
    #[arg(long, value_name = "CMD")]
    pub command: Option<String>,
    /// Compare the one command with an earlier JSON report
    #[arg(long, value_name = "FILE", requires = "command", conflicts_with = "before")]
    pub baseline: Option<PathBuf>,
    /// Change from which slower or larger is a regression (default 20%)
    #[arg(long, value_name = "SHARE")]
    pub threshold: Option<String>,
    /// Something that runs are alike in, such as `build=release`; only equal labels are compared
    #[arg(long, value_name = "KEY=VALUE")]
    pub label: Vec<String>,

    /// Counted runs of each command (default 10, at most 1000; under 5 nothing is judged)
    #[arg(long, value_name = "N", help_heading = "Runs")]
    pub runs: Option<u32>,
    /// Runs of each command before those that count (default 1)
    #[arg(long, value_name = "N", help_heading = "Runs")]
    pub warm_up: Option<u32>,
    /// Run this before each run, not measured
    #[arg(long, value_name = "CMD", help_heading = "Runs")]
    pub prepare: Option<String>,
    /// Run this after each run, not measured; also after one that failed
    #[arg(long, value_name = "CMD", help_heading = "Runs")]
    pub cleanup: Option<String>,
    /// Longest that one run may take: `5`, `5s`, `2m` (default 10m)
    #[arg(long, value_name = "TIME", help_heading = "Runs")]
    pub timeout: Option<String>,
    /// Count runs that fail like any other, instead of ending at the first
    #[arg(long, help_heading = "Runs")]
    pub ignore_failure: bool,

    /// Give the commands to `/bin/sh -c`
    #[arg(long, help_heading = "Surroundings")]
    pub shell: bool,
    /// What the commands read on standard input; `null`, which is the default, is nothing
    #[arg(long, value_name = "FILE|null", help_heading = "Surroundings")]
    pub input: Option<PathBuf>,
    /// Folder that everything runs in
    #[arg(long, value_name = "FOLDER", help_heading = "Surroundings")]
    pub dir: Option<PathBuf>,
    /// Show what the commands write, on standard error
    #[arg(long, help_heading = "Surroundings")]
    pub show_output: bool,

    /// Configuration for waivers and policy; default: the readiness.yaml here
    #[arg(long, value_name = "FILE", env = "READINESS_CONFIG", help_heading = "Policy")]
    pub config: Option<PathBuf>,
    /// Ignore the readiness.yaml here
    #[arg(long, help_heading = "Policy", conflicts_with = "config")]
    pub no_tree_config: bool,
    /// Lowest severity that fails
    #[arg(long, value_name = "SEVERITY", value_enum, env = "READINESS_FAIL_ON", help_heading = "Policy")]
    pub fail_on: Option<SeverityArg>,

    /// Where reports go.
    #[command(flatten)]
    pub output: OutputArgs,
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        exec: ExecArgs,
    }

    fn parse(line: &[&str]) -> Result<ExecArgs, clap::Error> {
        Line::try_parse_from(std::iter::once(&"exec").chain(line)).map(|line| line.exec)
    }

    #[test]
    fn one_command_or_two() {
        let pair = parse(&["--before", "a b", "--after", "c", "--runs", "7", "--timeout", "0.5"]).unwrap();
        assert_eq!((pair.before.as_deref(), pair.after.as_deref()), (Some("a b"), Some("c")));
        assert_eq!((pair.runs, pair.timeout.as_deref()), (Some(7), Some("0.5")));
        let alone =
            parse(&["--command", "a", "--baseline", "f", "--label", "a=b", "--label", "c=d"]).unwrap();
        assert_eq!(alone.label, ["a=b", "c=d"]);
        for wrong in [
            &[][..],
            &["--before", "a"],
            &["--after", "a"],
            &["--before", "a", "--after", "b", "--command", "c"],
            &["--after", "b", "--command", "c"],
            &["--before", "a", "--after", "b", "--baseline", "f"],
            &["--baseline", "f"],
            &["--command", "a", "--runs", "-1"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
