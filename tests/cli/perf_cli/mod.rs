//! `readiness perf` from its command line: exit codes, reports, secrets, against servers that count for themselves.

mod commands;
mod merged;
mod refused;
mod server;
mod trust;
mod verdicts;
mod working;

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use readiness::report::{CommandBench, Details, Perf, Report};

/// What the program did.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        let ran = Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!ran.err.contains("panicked") && !ran.err.contains("bug"), "{}", ran.err);
        ran
    }

    /// Fails with everything that was said when the exit code is another.
    #[track_caller]
    fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }
}

/// Starts `readiness perf` in a folder.
fn start(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_readiness"))
        .arg("perf")
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Runs `readiness perf` in a folder.
fn perf(folder: &Path, arguments: &[&str]) -> Ran {
    Ran::of(start(folder, arguments, &[]).wait_with_output().unwrap())
}

/// A report that was written.
#[track_caller]
fn report(folder: &Path, name: &str) -> Report {
    serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
}

/// The load test of a report.
#[track_caller]
fn load(folder: &Path, name: &str) -> Perf {
    match report(folder, name).details {
        Some(Details::Perf(perf)) => *perf,
        other => panic!("no load test: {other:?}"),
    }
}

/// The benchmark of a report.
#[track_caller]
fn bench(folder: &Path, name: &str) -> CommandBench {
    match report(folder, name).details {
        Some(Details::Command(bench)) => *bench,
        other => panic!("no benchmark: {other:?}"),
    }
}

/// The rules of which a report has findings.
fn rules(report: &Report) -> Vec<&str> {
    report.findings().map(|(_, finding)| finding.rule.as_str()).collect()
}

/// Everything that a command left: what it said, and every file of its folder.
fn everything(folder: &Path, ran: &Ran) -> Vec<(String, String)> {
    let mut all = vec![("stdout".to_owned(), ran.out.clone()), ("stderr".to_owned(), ran.err.clone())];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("report.") {
            all.push((name, String::from_utf8(std::fs::read(&path).unwrap()).unwrap()));
        }
    }
    all
}
