use std::cell::Cell;
use std::fs;
use std::time::Instant;

use super::*;

fn pair(before: &str, after: &str) -> ExecSettings {
    let subject = Subject::Pair { before: before.to_owned(), after: after.to_owned() };
    ExecSettings { runs: 2, ..ExecSettings::new(subject) }
}

fn one(command: &str) -> ExecSettings {
    ExecSettings { runs: 2, warm_ups: 0, ..ExecSettings::new(Subject::One(command.to_owned())) }
}

fn go(settings: &ExecSettings) -> Result<CommandBench, ExecError> {
    bench(settings, &|_| (), &AtomicBool::new(false))
}

fn message(settings: &ExecSettings) -> String {
    go(settings).unwrap_err().to_string()
}

#[test]
fn a_slower_command_is_measured_as_one() {
    let settings = ExecSettings {
        runs: 3,
        labels: [("build".to_owned(), "7".to_owned())].into(),
        ..pair("true", "sleep 0.1")
    };
    let measured = go(&settings).unwrap();
    let [before, after] = measured.commands.as_slice() else { panic!("{measured:?}") };
    assert_eq!((before.name.as_str(), after.name.as_str()), ("before", "after"));
    assert_eq!(after.command, ["sleep", "0.1"]);
    assert_eq!((before.runs.len(), after.runs.len(), before.failed, after.failed), (3, 3, 0, 0));
    assert!(after.runs.iter().all(|run| run.wall_ns >= 100_000_000 && run.code == Some(0)));
    assert!(after.runs.iter().all(|run| run.user_ns + run.system_ns < run.wall_ns));
    assert!(before.runs.iter().all(|run| run.wall_ns > 0 && run.peak_memory > 0));
    assert_eq!((measured.warm_ups, measured.aborted), (1, false));
    assert_eq!(measured.labels["build"], "7");
    // Either there are instructions or a reason why not.
    let counted = before.runs.iter().chain(&after.runs).all(|run| run.instructions.is_some());
    assert_eq!(counted, measured.no_instructions.is_none());
}

#[test]
fn failing_commands_end_it_or_count() {
    assert_eq!(message(&pair("true", "false")), "--after (`false`): it ended with code 1");
    let said = message(&one("sh -c 'echo why >&2; kill -9 $$'"));
    assert_eq!(said, "--command (`sh -c 'echo why >&2; kill -9 $$'`): it ended by signal 9\n  why");
    let measured = go(&ExecSettings { ignore_failure: true, ..pair("true", "false") }).unwrap();
    assert_eq!((measured.commands[0].failed, measured.commands[1].failed), (0, 2));
    assert_eq!(measured.commands[1].runs[0].code, Some(1));
}

#[test]
fn preparation_and_cleaning_up_are_counted_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let settings = ExecSettings {
        shell: true,
        prepare: Some("echo prepare >> log".to_owned()),
        cleanup: Some("echo cleanup >> log".to_owned()),
        folder: Some(folder.path().to_owned()),
        ..pair("echo before >> log", "echo after >> log")
    };
    let measured = go(&settings).unwrap();
    assert!(measured.commands[0].shell);
    assert_eq!(measured.commands[0].command, ["echo before >> log"]);
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    let count = |word: &str| log.lines().filter(|line| *line == word).count();
    // One warm-up and two counted runs of each.
    assert_eq!([count("prepare"), count("cleanup"), count("before"), count("after")], [6, 6, 3, 3]);
    let order: Vec<&str> = log.lines().take(6).collect();
    assert_eq!(order, ["prepare", "before", "cleanup", "prepare", "after", "cleanup"]);
}

#[test]
fn a_server_that_is_started_before_a_run_lives_through_it() {
    let folder = tempfile::tempdir().unwrap();
    let settings = ExecSettings {
        shell: true,
        prepare: Some("sleep 60 & echo $! > pid".to_owned()),
        cleanup: Some("kill $(cat pid)".to_owned()),
        folder: Some(folder.path().to_owned()),
        ..one("kill -0 $(cat pid)")
    };
    assert_eq!(go(&settings).unwrap().commands[0].failed, 0);
}

#[test]
fn a_run_that_takes_too_long_is_an_error() {
    let begun = Instant::now();
    let settings = ExecSettings { timeout: Duration::from_millis(100), ..one("sleep 60") };
    assert_eq!(message(&settings), "--command (`sleep 60`): it took longer than 0.1 s and was ended");
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn stopping_keeps_what_was_measured() {
    let stop = AtomicBool::new(false);
    let seen = Cell::new(0);
    let folder = tempfile::tempdir().unwrap();
    let progress = |step: Step| {
        if step.counted && step.wall.is_some() {
            seen.set(seen.get() + 1);
            stop.store(seen.get() == 3, Ordering::Relaxed);
        }
    };
    let settings = ExecSettings {
        runs: 1000,
        cleanup: Some("touch clean".to_owned()),
        folder: Some(folder.path().to_owned()),
        ..pair("true", "true")
    };
    let measured = bench(&settings, &progress, &stop).unwrap();
    assert!(measured.aborted);
    assert_eq!(measured.commands.iter().map(|command| command.runs.len()).collect::<Vec<_>>(), [1, 2]);
    assert!(folder.path().join("clean").exists());
}

#[test]
fn stopping_ends_what_runs_and_still_cleans_up() {
    let stop = AtomicBool::new(false);
    let folder = tempfile::tempdir().unwrap();
    let settings = ExecSettings {
        cleanup: Some("touch clean".to_owned()),
        folder: Some(folder.path().to_owned()),
        ..one("sleep 60")
    };
    let begun = Instant::now();
    let measured = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(100));
            stop.store(true, Ordering::Relaxed);
        });
        bench(&settings, &|_| (), &stop).unwrap()
    });
    assert!(begun.elapsed() < Duration::from_secs(30));
    assert!(measured.aborted && measured.commands[0].runs.is_empty());
    assert!(folder.path().join("clean").exists());
}

#[test]
fn wrong_settings_are_refused_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let base = ExecSettings { prepare: Some(format!("touch {}", mark.display())), ..one("true") };
    let bad = |change: &dyn Fn(&mut ExecSettings)| {
        let mut settings = base.clone();
        change(&mut settings);
        message(&settings)
    };
    assert_eq!(bad(&|s| s.runs = 0), "--runs 0: 1 to 1000 runs are possible");
    assert_eq!(bad(&|s| s.runs = 1001), "--runs 1001: 1 to 1000 runs are possible");
    assert_eq!(bad(&|s| s.warm_ups = 1001), "--warm-up 1001: up to 1000 runs are possible");
    assert!(bad(&|s| s.timeout = Duration::ZERO).starts_with("--timeout 0:"));
    assert_eq!(bad(&|s| s.folder = Some("/nonexistent".into())), "--dir /nonexistent: it is no folder");
    assert!(bad(&|s| s.input = Some("/nonexistent".into())).starts_with("--input /nonexistent: "));
    assert!(bad(&|s| s.input = Some("/".into())).contains("not a regular file"));
    assert_eq!(bad(&|s| s.subject = Subject::One(" ".to_owned())), "--command: there is no command");
    let cleanup = |s: &mut ExecSettings| s.cleanup = Some("a 'b".to_owned());
    assert_eq!(bad(&cleanup), "--cleanup: its quotation marks do not match");
    let piped = ExecSettings { subject: Subject::One("a | b".to_owned()), ..base.clone() };
    let error = go(&piped).unwrap_err();
    assert_eq!(
        error.to_string(),
        "--command: `|` means something to a shell alone, and none runs this command"
    );
    assert!(error.hint().unwrap().contains("--shell"));
    assert!(!mark.exists());
    assert!(message(&one("/nonexistent/program")).contains("could not be started"));
}

#[test]
fn secrets_in_commands_do_not_reach_the_report_or_errors() {
    let command = "sh -c 'exit 3' --password s3cr3t-Value";
    assert!(!message(&one(command)).contains("s3cr3t"));
    let measured = go(&ExecSettings { ignore_failure: true, ..one(command) }).unwrap();
    assert!(!format!("{measured:?}").contains("s3cr3t"), "{measured:?}");
    assert_eq!(measured.commands[0].command[..4], ["sh", "-c", "exit 3", "--password"]);
}
