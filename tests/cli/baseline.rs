//! `readiness baseline` as its user runs it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use readiness::report::{Baseline, BaselineMetric, Details, LoadOutcome, MetricState, Outcome, Report};

use super::support::{findings, write};

/// What would be seen anywhere if it got out.
const SECRET: &str = "hunter2-correct-horse-battery";

fn command(tree: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_readiness"));
    command
        .arg("baseline")
        .args(arguments)
        .current_dir(tree)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null());
    command
}

fn run(tree: &Path, arguments: &[&str]) -> Output {
    command(tree, arguments).output().unwrap()
}

/// The report of a command, and its exit code.
fn report(tree: &Path, arguments: &[&str]) -> (Report, Baseline, i32) {
    let mut all = arguments.to_vec();
    all.extend(["--format", "json"]);
    let done = run(tree, &all);
    let report: Report =
        serde_json::from_slice(&done.stdout).unwrap_or_else(|error| panic!("{error}: {done:?}"));
    let Some(Details::Baseline(details)) = report.details.clone() else { panic!("{report:?}") };
    (report, *details, done.status.code().unwrap())
}

fn rules(report: &Report) -> Vec<&str> {
    findings(report).map(|finding| finding.rule.as_str()).collect()
}

fn metric<'b>(details: &'b Baseline, name: &str) -> &'b BaselineMetric {
    details.metrics.iter().find(|metric| metric.name == name).unwrap_or_else(|| panic!("{name}: {details:?}"))
}

fn tree(section: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "readiness.yaml", format!("version: 1\nbaseline:\n{section}"));
    folder
}

/// A probe that reads a number from a file.
const QUEUE: &str =
    "  probes:\n    business:\n      - {name: queue, file: queue.txt}\n  drift: {files: []}\n";

fn captures(tree: &Path) -> Vec<PathBuf> {
    let folder = std::fs::read_dir(tree.join(".readiness/baselines")).unwrap();
    let mut files: Vec<PathBuf> = folder
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with('2'))
        .collect();
    files.sort();
    files
}

#[test]
fn without_settings_the_machine_is_measured() {
    let folder = tempfile::tempdir().unwrap();
    let (report, details, code) = report(folder.path(), &["capture"]);
    assert_eq!(code, 0, "{:?}", rules(&report));
    let measured: Vec<&str> = details
        .metrics
        .iter()
        .filter(|metric| metric.state == MetricState::Measured)
        .map(|metric| metric.category.as_str())
        .collect();
    for category in ["system_health", "network"] {
        assert!(measured.contains(&category), "{measured:?}");
    }
    assert!(details.metrics.iter().all(|metric| metric.state == MetricState::Measured || metric.optional));
    assert_eq!(captures(folder.path()).len(), 1);
    // The same machine a moment later is not worse, whatever else runs on it.
    let (again, _, code) = self::report(folder.path(), &["compare"]);
    assert!(code == 0 || code == 3 || code == 1, "{:?}", rules(&again));
}

#[test]
fn what_cannot_be_measured_is_never_a_zero() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let folder = tree(&format!(
        "  probes:\n    network:\n      - {{name: hangs, command: sleep 30, timeout: 300ms}}\n      \
         - {{name: refused, tcp: '127.0.0.1:{free}', timeout: 1s}}\n      \
         - {{name: absent, file: nowhere.txt}}\n      - {{name: words, command: echo none}}\n      \
         - {{name: fails, command: \"sh -c 'echo 1; exit 3'\"}}\n      \
         - {{name: nobody, process: no-such-process-here, read: memory}}\n      \
         - {{name: perhaps, process: no-such-process-here, read: memory, optional: true}}\n      \
         - {{name: good, command: echo 7}}\n"
    ));
    let begun = Instant::now();
    let (report, details, code) = report(folder.path(), &["capture"]);
    assert!(begun.elapsed() < Duration::from_secs(15), "the hanging one held all up");
    assert_eq!(code, 1, "a probe that fails is a finding of high severity");
    for name in ["hangs", "refused", "absent", "words", "fails"] {
        let metric = metric(&details, name);
        assert_eq!((metric.state, metric.value), (MetricState::Errored, None), "{metric:?}");
        assert!(metric.reason.as_ref().is_some_and(|reason| reason.len() > 5), "{metric:?}");
    }
    for name in ["nobody", "perhaps"] {
        assert_eq!(metric(&details, name).state, MetricState::NotEvaluated, "{:?}", metric(&details, name));
    }
    assert_eq!(metric(&details, "good").value, Some(7.0));
    assert_eq!(rules(&report).iter().filter(|rule| **rule == "BSL-003").count(), 5, "{:?}", rules(&report));
    assert!(!report.checks[0].status.is_evaluated(), "{:?}", report.checks[0].status);
    // Without those that failed, what is not there alone makes it incomplete.
    let folder = tree(
        "  probes:\n    network:\n      - {name: nobody, process: no-such-process-here, read: memory}\n",
    );
    assert_eq!(self::report(folder.path(), &["capture"]).2, 3);
}

#[test]
fn ranges_targets_modules_and_files_are_judged() {
    let folder = tree(
        "  probes:\n    business:\n      - {name: queue, file: queue.txt, accept: 10, target: 5}\n  \
         modules: [{name: good, command: 'true'}, {name: bad, command: 'sh -c \"echo no such module >&2; exit 1\"'}]\n  \
         files: [{path: models/a.gguf}]\n",
    );
    for (value, rule) in [("11", Some("BSL-001")), ("7", Some("BSL-002")), ("3", None)] {
        write(folder.path(), "queue.txt", value);
        let (report, details, code) = report(folder.path(), &["capture", "--only", "queue", "--no-keep"]);
        let found = rules(&report);
        assert_eq!(found.first().copied(), rule, "{value}");
        assert_eq!(code, i32::from(rule == Some("BSL-001")), "{value}");
        assert!(details.modules.is_empty() && details.files.is_empty(), "--only queue");
    }
    let (report, details, code) = report(folder.path(), &["capture"]);
    assert_eq!((rules(&report), code), (vec!["BSL-040", "BSL-050"], 1));
    assert_eq!(details.modules[0].outcome, LoadOutcome::Loads);
    assert!(details.modules[1].words.contains("no such module"), "{:?}", details.modules[1]);
}

#[test]
fn what_is_worse_than_approved_fails() {
    let folder = tree(QUEUE);
    let tree = folder.path();
    write(tree, "queue.txt", "100");
    let (report, _, code) = report(tree, &["compare"]);
    assert_eq!(code, 3, "nothing to compare with: {:?}", report.checks);
    assert_eq!(self::report(tree, &["capture", "--label", "first"]).2, 0);
    let approve = ["approve", "first", "--owner", "ops@example.org", "--reason", "as agreed"];
    assert!(run(tree, &approve).status.success());
    let trail = std::fs::read_to_string(tree.join(".readiness/trail.jsonl")).unwrap();
    assert!(trail.contains("baseline-approve") && trail.contains("as agreed"), "{trail}");
    for (value, code, verdict) in
        [("150", 1, Outcome::Fail), ("110", 0, Outcome::Pass), ("50", 0, Outcome::Pass)]
    {
        write(tree, "queue.txt", value);
        let (report, details, found) = self::report(tree, &["compare"]);
        assert_eq!(found, code, "{value}: {:?}", rules(&report));
        let comparison = metric(&details, "queue").comparison.as_ref().unwrap();
        assert_eq!(comparison.verdict, verdict, "{value}: {comparison:?}");
        assert_eq!(details.reference.unwrap().approved.unwrap().owner, "ops@example.org");
    }
    assert_eq!(captures(tree).len(), 1, "compare keeps nothing unless it is told to");
    // A reference that was changed afterwards is none.
    let file = &captures(tree)[0];
    let text = std::fs::read_to_string(file).unwrap().replace("100.0", "140.0");
    write(tree, file.strip_prefix(tree).unwrap().to_str().unwrap(), text);
    let done = run(tree, &["compare"]);
    assert_eq!(done.status.code(), Some(4), "{done:?}");
}

#[test]
fn a_setting_that_was_weakened_is_told_and_no_secret_is() {
    let folder = tree(
        "  probes: {business: [{name: one, command: echo 1}]}\n  \
         drift: {files: ['config/*.yaml'], environment: [APP_TOKEN]}\n",
    );
    let tree = folder.path();
    let config = |expiry: &str, password: &str, pool: u32| {
        format!(
            "security:\n  jwt:\n    expiry: {expiry}\n    algorithm: RS256\ndatabase:\n  password: {password}\npool:\n  size: {pool}\n"
        )
    };
    let with_token = |arguments: &[&str], token: &str| {
        let done = command(tree, arguments).env("APP_TOKEN", token).output().unwrap();
        for out in [&done.stdout, &done.stderr] {
            assert!(!String::from_utf8_lossy(out).contains("hunter2"), "{}", String::from_utf8_lossy(out));
        }
        done
    };
    write(tree, "config/production.yaml", config("15m", SECRET, 10));
    let drift = with_token(&["drift"], SECRET);
    assert_eq!(drift.status.code(), Some(3), "nothing was approved: {drift:?}");
    assert_eq!(with_token(&["capture", "--label", "a"], SECRET).status.code(), Some(0));
    assert!(run(tree, &["approve", "a", "--owner", "o", "--reason", "r", "--no-trail"]).status.success());
    assert_eq!(with_token(&["drift"], SECRET).status.code(), Some(0));
    write(tree, "config/production.yaml", config("24h", &format!("{SECRET}-2"), 20));
    let drift = with_token(&["drift", "--fail-on", "medium", "--format", "json"], &format!("{SECRET}-3"));
    let report: Report = serde_json::from_slice(&drift.stdout).unwrap();
    let Some(Details::Baseline(details)) = &report.details else { panic!() };
    let change = |key: &str| details.drift.iter().find(|change| change.key == key).unwrap();
    let expiry = change("security.jwt.expiry");
    assert_eq!((expiry.before.as_deref(), expiry.after.as_deref()), (Some("15m"), Some("24h")));
    assert_eq!(expiry.rule, "BSL-030", "{expiry:?}");
    assert!(expiry.audit_rule.as_ref().is_some_and(|rule| rule.starts_with("CFG-")), "{expiry:?}");
    assert_eq!(change("pool.size").rule, "BSL-032");
    assert_ne!(change("database.password").rule, "BSL-032", "{:?}", change("database.password"));
    assert!(details.drift.iter().any(|change| change.place == "APP_TOKEN" && change.rule == "BSL-033"));
    assert_eq!(drift.status.code(), Some(1), "{:?}", rules(&report));
    for file in captures(tree) {
        assert!(!std::fs::read_to_string(file).unwrap().contains("hunter2"), "the store holds a secret");
    }
}

#[test]
fn many_captures_at_once_do_not_collide() {
    let folder = tree(QUEUE);
    let tree = folder.path();
    write(tree, "queue.txt", "1");
    let children: Vec<Child> = (0..12)
        .map(|_| {
            let mut command = command(tree, &["capture"]);
            // All of the same moment.
            command.env("SOURCE_DATE_EPOCH", "1781524800").stdout(Stdio::null()).stderr(Stdio::null());
            command.spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(captures(tree).len(), 12);
    let listed: serde_json::Value =
        serde_json::from_slice(&run(tree, &["list", "--format", "json"]).stdout).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 12);
    // One that was cut short hides no other, and is named.
    write(tree, ".readiness/baselines/20260101T000000000Z-00000000.json", "{\"schema\": 1, \"id\":");
    let (report, details, _) = report(tree, &["history", "queue"]);
    assert_eq!(details.skipped.len(), 1);
    assert!(rules(&report).contains(&"BSL-023"), "{:?}", rules(&report));
    assert_eq!(metric(&details, "queue").series.len(), 12);
    assert_eq!(run(tree, &["list"]).status.code(), Some(1));
}

#[test]
fn what_is_exported_is_taken_in_again() {
    let folder = tree(QUEUE);
    let tree = folder.path();
    write(tree, "queue.txt", "41.5");
    assert_eq!(report(tree, &["capture", "--label", "a"]).2, 0);
    let text = |form: &str| String::from_utf8(run(tree, &["export", "a", "--format", form]).stdout).unwrap();
    assert!(
        text("prometheus").contains("readiness_baseline_queue{category=\"business\"} 41.5\n"),
        "{}",
        text("prometheus")
    );
    assert!(text("openmetrics").ends_with("# EOF\n"));
    assert!(text("csv").contains("business,queue,41.5"), "{}", text("csv"));
    assert!(run(tree, &["export", "a", "--format", "json", "--output", "kept.json"]).status.success());
    std::fs::remove_dir_all(tree.join(".readiness")).unwrap();
    write(tree, "queue.txt", "100");
    let (_, details, code) = report(tree, &["compare", "--to", "kept.json"]);
    assert_eq!((code, metric(&details, "queue").comparison.as_ref().unwrap().before), (1, Some(41.5)));
    let wrong = run(tree, &["export", "kept.json", "--textfile", "readiness.txt"]);
    assert_eq!(wrong.status.code(), Some(4), "the collector reads .prom alone");
    for command in [&["export", "kept.json"][..], &["watch", "--count", "1"]] {
        let nowhere = run(tree, &[command, &["--textfile", "nope/readiness.prom"]].concat());
        let told = String::from_utf8_lossy(&nowhere.stderr).into_owned();
        assert_eq!(nowhere.status.code(), Some(4), "{told}");
        assert!(told.contains("nope/readiness.prom: there is no folder nope"), "{told}");
        assert!(told.contains("make the folder first") && !told.contains(".tmp"), "{told}");
    }
    assert!(run(tree, &["export", "kept.json", "--textfile", "readiness.prom"]).status.success());
    assert!(
        std::fs::read_to_string(tree.join("readiness.prom")).unwrap().contains("readiness_baseline_queue")
    );
}

#[test]
fn watching_serves_the_newest_capture() {
    let folder = tree(QUEUE);
    let tree = folder.path();
    write(tree, "queue.txt", "5");
    let refused = run(tree, &["watch", "--listen", "0.0.0.0:0", "--count", "1"]);
    assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    let mut child = command(tree, &["watch", "--listen", "127.0.0.1:0", "--interval", "1s", "--count", "4"])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    let address = first.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    lines.next().unwrap().unwrap();
    write(tree, "queue.txt", "6");
    let served = |accept: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(stream, "GET /metrics HTTP/1.1\r\nHost: {address}\r\nAccept: {accept}\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    };
    assert!(served("text/plain").contains("readiness_baseline_queue{category=\"business\"} 5\n"));
    lines.next().unwrap().unwrap();
    let text = served("application/openmetrics-text");
    assert!(
        text.contains("readiness_baseline_queue{category=\"business\"} 6") && text.ends_with("# EOF\n"),
        "{text}"
    );
    assert!(child.wait().unwrap().success());
    assert_eq!(captures(tree).len(), 4);
}

#[test]
fn presets_are_settings_that_can_be_read() {
    for preset in ["llm", "rag", "web", "queue"] {
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new(env!("CARGO_BIN_EXE_readiness"))
            .args(["init", "--baseline", preset])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let text = std::fs::read_to_string(folder.path().join("readiness.yaml")).unwrap();
        assert!(text.contains("\nbaseline:\n"), "{preset}");
        let listed = run(folder.path(), &["list"]);
        assert_eq!(listed.status.code(), Some(0), "{preset}: {listed:?}");
    }
}

#[test]
fn a_signal_ends_the_capture_and_what_it_runs() {
    use rustix::process::{Pid, Signal, kill_process};

    // A length that no other sleeper here has.
    let length = format!("4{}.75", std::process::id());
    let folder =
        tree(&format!("  probes: {{business: [{{name: slow, command: sleep {length}, timeout: 60s}}]}}\n"));
    let tree = folder.path();
    let sleepers = || {
        let all = std::fs::read_dir("/proc")
            .unwrap()
            .filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok());
        all.filter(|line| String::from_utf8_lossy(line).contains(&format!("sleep\0{length}"))).count()
    };
    let patience = |done: &dyn Fn() -> bool| {
        let begun = Instant::now();
        while !done() {
            assert!(begun.elapsed() < Duration::from_secs(20), "it does not come");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    for arguments in [&["capture"][..], &["watch", "--interval", "1s"]] {
        let mut child = command(tree, arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        patience(&|| sleepers() == 1);
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        let begun = Instant::now();
        let ended = child.wait().unwrap();
        assert!(begun.elapsed() < Duration::from_secs(10));
        assert_eq!(ended.code(), Some(if arguments.len() == 1 { 4 } else { 0 }), "{arguments:?}");
        patience(&|| sleepers() == 0);
    }
    assert!(!tree.join(".readiness/baselines").exists(), "nothing is kept of it");
}

#[test]
fn what_proves_nothing_is_refused() {
    let folder = tree(QUEUE);
    let tree = folder.path();
    write(tree, "queue.txt", "1");
    assert_eq!(report(tree, &["capture", "--label", "a"]).2, 0);
    let itself = run(tree, &["compare", "a", "--to", "latest"]);
    assert_eq!(itself.status.code(), Some(4), "{itself:?}");
    // A pipe would be waited for, and a link followed.
    assert!(Command::new("mkfifo").arg(tree.join("pipe.prom")).status().unwrap().success());
    assert_eq!(run(tree, &["export", "a", "--textfile", "pipe.prom"]).status.code(), Some(4));
    // Captures do not go where a link of the tree leads.
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::remove_dir_all(tree.join(".readiness")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), tree.join(".readiness")).unwrap();
    assert_eq!(run(tree, &["capture"]).status.code(), Some(4));
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn the_index_lies_in_the_cache_and_trouble_with_old_captures_costs_no_new_one() {
    let folder = tree(&format!("  keep: 1\n{QUEUE}"));
    let cache = tempfile::tempdir().unwrap();
    write(folder.path(), "queue.txt", "7\n");
    let cached = |arguments: &[&str]| {
        command(folder.path(), arguments).env("XDG_CACHE_HOME", cache.path()).output().unwrap()
    };
    let store = folder.path().join(".readiness/baselines");
    assert_eq!(cached(&["capture", "--label", "first"]).status.code(), Some(0));
    assert_eq!(cached(&["list"]).status.code(), Some(0));
    let indexes: Vec<PathBuf> = std::fs::read_dir(cache.path().join("readiness/baselines"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let [index] = indexes.as_slice() else { panic!("{indexes:?}") };
    assert_eq!(index.file_stem().unwrap().len(), 32);
    assert_eq!(std::fs::read_dir(&store).unwrap().count(), 1, "a capture and nothing else");
    // A cache in the tree came with it, and is not used.
    let inside = folder.path().join("cache");
    let done = command(folder.path(), &["list"]).env("XDG_CACHE_HOME", &inside).output().unwrap();
    assert!(done.status.success() && !inside.exists());
    // Neither a pipe nor a link is an approval: what is wrong is said, and the new capture is kept.
    let reference = store.join("reference.json");
    assert!(Command::new("mkfifo").arg(&reference).status().unwrap().success());
    for round in 1..=2 {
        let done = cached(&["capture"]);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(0), "{said}");
        assert!(said.contains("warning: older captures were not removed"), "{said}");
        assert_eq!(captures(folder.path()).len(), 1 + round);
        let refused = cached(&["compare", "latest", "--to", "reference"]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(4) && said.contains("no link, pipe or folder"), "{said}");
        std::fs::remove_file(&reference).unwrap();
        std::os::unix::fs::symlink("elsewhere", &reference).unwrap();
    }
}

#[test]
fn what_is_compared_with_is_taken_before_the_new_capture_pushes_it_out() {
    let folder = tree(&format!("  keep: 1\n{QUEUE}"));
    write(folder.path(), "queue.txt", "7\n");
    assert_eq!(run(folder.path(), &["capture"]).status.code(), Some(0));
    let first = captures(folder.path());
    let (_, details, code) = report(folder.path(), &["compare", "--keep"]);
    assert_eq!((code, details.reference.map(|capture| capture.id)), (0, Some(stem(&first[0]))));
    let left = captures(folder.path());
    assert!(left.len() == 1 && left != first, "{left:?}");
    // A reference that is not what was approved is told before anything is measured or kept.
    let done = run(folder.path(), &["approve", "latest", "--owner", "o", "--reason", "r", "--no-trail"]);
    assert_eq!(done.status.code(), Some(0));
    write(folder.path(), &format!(".readiness/baselines/{}.json", stem(&left[0])), "{}");
    assert_eq!(run(folder.path(), &["compare", "--keep"]).status.code(), Some(4));
    assert_eq!(captures(folder.path()), left);
}

#[test]
fn what_was_not_measured_is_told_when_it_is_approved() {
    let folder = tree(
        "  probes:\n    business:\n      - {name: queue, file: queue.txt}\n      - {name: depth, file: depth.txt}\n",
    );
    let approve = || {
        run(folder.path(), &["capture", "--label", "v1"]);
        let done = run(folder.path(), &["approve", "v1", "--owner", "ops", "--reason", "a test"]);
        (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
    };
    let (code, said) = approve();
    assert!(code == Some(4) && said.contains("nothing was measured in it"), "{said}");
    assert!(!folder.path().join(".readiness/baselines/reference.json").exists());
    write(folder.path(), "queue.txt", "7\n");
    let (code, said) = approve();
    assert!(code == Some(0) && said.contains("not measured in it") && said.contains("depth"), "{said}");
    assert!(!said.contains("queue"), "{said}");
    write(folder.path(), "depth.txt", "3\n");
    assert_eq!(approve(), (Some(0), String::new()));
    assert!(folder.path().join(".readiness/baselines/reference.json").exists());
}

#[test]
fn labels_that_name_another_capture_are_refused() {
    let folder = tree(QUEUE);
    write(folder.path(), "queue.txt", "7\n");
    for label in ["latest", "reference", "now", "20261122T181530123Z-1a2b3c4d", " "] {
        let done = run(folder.path(), &["capture", "--label", label]);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.code() == Some(4) && said.contains("--label"), "{label}: {said}");
    }
    assert!(!folder.path().join(".readiness").exists());
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}
