//! `readiness perf exec`.

use readiness::report::{Metric, Outcome};

use super::{Ran, bench, everything, perf, report, rules, start};
use crate::oracle::alone;
use crate::support::write;

/// Commands that went well, with nothing to compare them with: no finding, and no error.
#[track_caller]
fn measured(ran: &Ran) {
    assert!(matches!(ran.code, Some(0 | 3)), "{ran:?}");
}

#[test]
fn a_slower_command_is_found() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let folder = folder.path();
    let pair = ["exec", "--before", "sleep 0.01", "--after", "sleep 0.04", "--json", "report.json"];
    perf(folder, &pair).exits(1);
    assert!(rules(&report(folder, "report.json")).contains(&"PRF-020"));
    let found = bench(folder, "report.json");
    assert_eq!(found.commands.len(), 2);
    for (command, least) in found.commands.iter().zip([10_000_000, 40_000_000]) {
        assert_eq!((command.runs.len(), command.failed), (10, 0));
        assert!(command.runs.iter().all(|run| run.wall_ns >= least), "{command:?}");
    }

    // The same command, which does more than it did.
    write(folder, "job", "sleep 0.01\n");
    measured(&perf(folder, &["exec", "--command", "sh job", "--json", "quick.json"]));
    write(folder, "job", "sleep 0.04\n");
    let later = ["--baseline", "quick.json", "--json", "report.json"];
    perf(folder, &[&["exec", "--command", "sh job"], &later[..]].concat()).exits(1);
    let comparison = bench(folder, "report.json").comparison.unwrap();
    assert_eq!((comparison.baseline.as_str(), comparison.interleaved), ("quick.json", false));
    assert!(rules(&report(folder, "report.json")).contains(&"PRF-020"));
    // Another command is another thing.
    let ran = perf(folder, &[&["exec", "--command", "sleep 0.04"], &later[..]].concat());
    ran.exits(3);
    assert!(ran.out.contains("not comparable"), "{}", ran.out);
}

#[test]
fn equal_commands_are_no_regression() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let same = ["exec", "--before", "sleep 0.03", "--after", "sleep 0.03", "--json", "report.json"];
    // The processor time of `sleep` is that of its start alone, which a busy machine doubles.
    let ran = perf(folder.path(), &[&same[..], &["--threshold", "100"]].concat());
    assert!(matches!(ran.code, Some(0 | 3)), "{:?} {}", ran.code, ran.out);
    let comparison = bench(folder.path(), "report.json").comparison.unwrap();
    assert!(comparison.metrics.iter().all(|verdict| verdict.verdict != Outcome::Fail));
}

#[test]
fn the_memory_of_the_benchmark_itself_is_no_regression() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let folder = folder.path();
    measured(&perf(folder, &["exec", "--command", "true", "--runs", "5", "--json", "true.json"]));
    // Reading a long baseline takes memory, which the command inherits until it is started.
    let mut long = std::fs::read(folder.join("true.json")).unwrap();
    long.resize(long.len() + (24 << 20), b' ');
    write(folder, "long.json", long);
    let later = ["exec", "--command", "true", "--runs", "5", "--baseline", "long.json"];
    let ran = perf(folder, &[&later[..], &["--threshold", "40", "--json", "report.json"]].concat());
    assert!(!rules(&report(folder, "report.json")).contains(&"PRF-022"), "{}", ran.out);
    // What could not be seen is no pass either.
    let comparison = bench(folder, "report.json").comparison.unwrap();
    assert!(comparison.metrics.iter().all(|verdict| verdict.metric != Metric::PeakMemory), "{comparison:?}");
    assert!(ran.out.contains("peak memory was not measured"), "{}", ran.out);
}

#[test]
fn a_command_that_fails_ends_it_or_is_a_finding() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let folder = folder.path();
    let fails = ["exec", "--shell", "--command", "echo for this reason >&2; exit 7", "--json", "report.json"];
    let ran = perf(folder, &fails);
    ran.exits(4);
    assert!(ran.err.contains('7') && ran.err.contains("for this reason"), "{}", ran.err);
    assert!(!folder.join("report.json").exists());
    let ran = perf(folder, &[&fails[..], &["--ignore-failure", "--runs", "5"]].concat());
    assert!(matches!(ran.code, Some(1 | 2)), "{:?} {}", ran.code, ran.out);
    assert_eq!(rules(&report(folder, "report.json")), ["PRF-024"]);
    assert_eq!(bench(folder, "report.json").commands[0].failed, 5);
}

#[test]
fn commands_that_cannot_run_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (command, word) in [
        ("no-such-program-here", "no-such-program-here"),
        ("", "command"),
        ("true | cat", "shell"),
        ("echo 'open", "quotation"),
    ] {
        let ran = perf(folder.path(), &["exec", "--command", command]);
        ran.exits(4);
        assert!(ran.err.contains(word), "{command}: {}", ran.err);
    }
    for flag in ["--threshold=0", "--threshold=NaN", "--runs=0", "--runs=1001", "--timeout=-1", "--label=x"] {
        let ran = perf(folder.path(), &["exec", "--command", "true", flag]);
        ran.exits(4);
    }
    for flag in ["--baseline=missing.json", "--input=missing.txt", "--dir=missing", "--json=missing/x"] {
        let ran = perf(folder.path(), &["exec", "--command", "true", flag]);
        ran.exits(4);
        assert!(ran.err.contains("missing"), "{}", ran.err);
    }
}

#[test]
fn secrets_of_commands_stand_nowhere() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let command = "env DB_PASSWORD=Secret-1-xK9v- true --token Secret-2-xK9v- --api-key=Secret-3-xK9v- \
                   https://me:Secret-4-xK9v-@example.org/ -H 'Authorization: Bearer Secret-5-xK9v-'";
    let outputs = [
        "--json",
        "report.json",
        "--html",
        "report.html",
        "--markdown",
        "report.md",
        "--junit",
        "report.xml",
        "--all",
        "--verbose",
        "--runs",
        "5",
        "--prepare",
        command,
        "--cleanup",
        command,
    ];
    let hidden = |ran: &Ran| {
        for (place, text) in everything(folder.path(), ran) {
            assert!(!text.contains("-xK9v-"), "{place}: {text}");
        }
    };
    let ran = perf(folder.path(), &[&["exec", "--command", command], &outputs[..]].concat());
    measured(&ran);
    let written = bench(folder.path(), "report.json").commands[0].command.join(" ");
    assert!(written.contains("env") && written.contains("example.org"), "{written}");
    hidden(&ran);
    let shell = perf(folder.path(), &[&["exec", "--shell", "--command", command], &outputs[..]].concat());
    measured(&shell);
    hidden(&shell);
    let failing = command.replace(" true ", " false ");
    let ran = perf(folder.path(), &[&["exec", "--command", &failing], &outputs[..]].concat());
    ran.exits(4);
    hidden(&ran);
    let ran =
        perf(folder.path(), &[&["exec", "--command", &failing, "--ignore-failure"], &outputs[..]].concat());
    assert!(matches!(ran.code, Some(1 | 2)), "{ran:?}");
    hidden(&ran);
}

#[test]
fn every_form_of_report_can_be_written() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    for format in ["terminal", "json", "markdown", "html", "sarif", "junit", "github"] {
        let pair = ["exec", "--before", "true", "--after", "sleep 0.03", "--runs", "5", "--format", format];
        let ran = perf(folder.path(), &pair);
        ran.exits(1);
        assert!(ran.out.contains("PRF-020") || format == "html", "{format}: {}", ran.out);
    }
}

#[test]
fn ctrl_c_ends_with_a_report() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let mark = folder.path().join("mark");
    let command = format!("echo >> '{}'; sleep 0.05", mark.display());
    let arguments = ["exec", "--shell", "--runs", "1000", "--command", &command, "--json", "report.json"];
    let child = start(folder.path(), &arguments, &[]);
    let begin = std::time::Instant::now();
    while std::fs::read(&mark).map_or(0, |bytes| bytes.len()) < 8 {
        assert!(begin.elapsed().as_secs() < 30, "the runs do not come");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT)
        .unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    ran.exits(3);
    let found = bench(folder.path(), "report.json");
    assert!(found.aborted && (5..1000).contains(&found.commands[0].runs.len()), "{found:?}");
}
