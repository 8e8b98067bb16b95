#![cfg(unix)]

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::*;
use crate::baseline::secrets::Secrets;
use crate::report::Severity;

fn module(name: &str, words: &[&str]) -> Module {
    Module {
        name: name.to_owned(),
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        within: Duration::from_secs(10),
        timeout: Duration::from_secs(20),
    }
}

fn loaded(modules: &[Module]) -> Vec<ModuleLoad> {
    loaded_without(modules, Secrets::NONE)
}

fn loaded_without(modules: &[Module], secrets: &Secrets) -> Vec<ModuleLoad> {
    let environment = [("PATH".to_owned(), OsString::from("/usr/local/bin:/usr/bin:/bin"))];
    load(
        modules,
        &Surroundings { folder: Path::new("/bin"), environment: &environment, agent: "test", secrets },
    )
}

#[test]
fn outcomes_are_told_apart() {
    let loads = loaded(&[
        module("good", &["sh", "-c", "echo 1.2.3"]),
        module("bad", &["sh", "-c", "echo first; echo; echo 'No module named app' >&2; exit 3"]),
        Module { within: Duration::from_millis(100), ..module("slow", &["sleep", "0.3"]) },
        Module { timeout: Duration::from_millis(200), ..module("hangs", &["sleep", "60"]) },
        module("absent", &["no-such-program-at-all", "--version"]),
        module("local", &["./sh", "-c", "exit 0"]),
        module("nowhere", &["./no-such"]),
        module("killed", &["sh", "-c", "kill -9 $$"]),
    ]);
    let outcomes: Vec<(&str, LoadOutcome)> =
        loads.iter().map(|load| (load.name.as_str(), load.outcome)).collect();
    assert_eq!(
        outcomes,
        [
            ("good", LoadOutcome::Loads),
            ("bad", LoadOutcome::Fails),
            ("slow", LoadOutcome::Slow),
            ("hangs", LoadOutcome::Fails),
            ("absent", LoadOutcome::Absent),
            ("local", LoadOutcome::Loads),
            ("nowhere", LoadOutcome::Absent),
            ("killed", LoadOutcome::Fails),
        ]
    );
    assert_eq!(loads[0].words, "1.2.3");
    assert_eq!(loads[1].words, "exit code 3: No module named app");
    assert!(loads[2].took_ms >= 300 && loads[2].within_ms == 100);
    assert!(loads[3].took_ms < 10_000 && loads[3].words.contains("longer than"), "{}", loads[3].words);
    assert!(loads[7].words.starts_with("ended by a signal"), "{}", loads[7].words);

    let report = conclude(&loads);
    assert_eq!(report.status, Status::Failed);
    let found: Vec<(&str, Severity)> =
        report.findings.iter().map(|finding| (finding.rule.as_str(), finding.severity)).collect();
    assert_eq!(found.iter().filter(|found| **found == ("BSL-040", Severity::High)).count(), 5);
    assert_eq!(found.iter().filter(|found| **found == ("BSL-041", Severity::Medium)).count(), 1);
    assert_eq!(report.coverage.count("modules"), 8);
}

#[test]
fn several_start_at_once_and_keep_their_order() {
    let modules: Vec<Module> =
        (0..8).map(|count| module(&count.to_string(), &["sh", "-c", "sleep 0.5"])).collect();
    let begun = Instant::now();
    let loads = loaded(&modules);
    // Eight of half a second: four at a time take one second, one after the other four.
    assert!(begun.elapsed() < Duration::from_millis(3_500), "{:?}", begun.elapsed());
    let names: Vec<&str> = loads.iter().map(|load| load.name.as_str()).collect();
    assert_eq!(names, ["0", "1", "2", "3", "4", "5", "6", "7"]);
    assert_eq!(conclude(&loads).status, Status::Passed);
}

#[test]
fn nothing_declared_is_not_passed() {
    assert!(matches!(conclude(&loaded(&[])).status, Status::NotApplicable { .. }));
}

#[test]
fn findings_say_the_reason_without_secrets() {
    let script = "echo Traceback >&2; echo 'api_key=sk_live_0123456789abcdefghijkl' >&2; \
                  printf 'ImportError: \\033[31mno\\n' >&2; exit 1";
    let loads = loaded(&[module("app", &["sh", "-c", script])]);
    assert!(!loads[0].words.contains("0123456789abc") && !loads[0].words.contains('\u{1b}'), "{loads:?}");
    let report = conclude(&loads);
    let message = &report.findings[0].message;
    assert!(message.contains("exit code 1: ImportError: "), "{message}");
    // As Node.js 20 says it, and Python 3.11.
    let node = "exit code 1: node:internal/modules/cjs/loader:1210\n  throw err;\n  ^\n\nError: Cannot find module './app'\n    \
                at Module._load (node:internal/modules/cjs/loader:1038:27) {\n  code: 'MODULE_NOT_FOUND'\n}\n\nNode.js v20.20.2";
    assert_eq!(reason(node), "exit code 1: Error: Cannot find module './app'");
    let python = "exit code 1: Traceback (most recent call last):\n  File \"<string>\", line 1, in <module>\n\
                  ModuleNotFoundError: No module named 'app'";
    assert_eq!(reason(python), "exit code 1: ModuleNotFoundError: No module named 'app'");
    assert_eq!(
        reason("exit code 101: first\nthread 'main' panicked"),
        "exit code 101: thread 'main' panicked"
    );
    assert!(reason("it took longer than 1 s and was ended").starts_with("it took"));
    assert_eq!((seconds(85), seconds(7_420)), ("0.085".to_owned(), "7.4".to_owned()));
}

#[test]
fn secrets_are_taken_out_before_words_are_cut() {
    let secrets = Secrets::new(["correct-horse-battery"]);
    // The last 2,000 characters begin in the middle of it, or the last 8 KiB do.
    for (zeros, most) in [(1_990, 2_000), (8_180, 8_300)] {
        let script = format!("printf correct-horse-battery >&2; printf '%0{zeros}d' 0 >&2; exit 1");
        let loads = loaded_without(&[module("app", &["sh", "-c", &script])], &secrets);
        let words = &loads[0].words;
        assert!(!words.contains("horse") && !words.contains("battery") && words.len() <= most, "{words}");
    }
}
