//! The section `rollback`: all of it, nothing of it, and everything that makes no sense.

use std::time::Duration;

use crate::config::{Known, read};
use crate::rollback::settings::{Act, DEFAULT_CONFIG, DEFAULT_IGNORED, Phase, Risk, Settings, Step};

const KNOWN: Known<'_> = Known { checks: &[], rules: || vec![] };

fn settings(text: &str) -> Settings {
    read::read(text.as_bytes(), "r", KNOWN).unwrap_or_else(|problems| panic!("{problems}")).rollback
}

fn problems(text: &str) -> String {
    read::read(text.as_bytes(), "r", KNOWN).unwrap_err().to_string()
}

fn words(words: &[&str]) -> Act {
    Act::Command { words: words.iter().map(|word| (*word).to_owned()).collect() }
}

fn step(name: &str, act: Act, seconds: u64, rehearse: bool) -> Step {
    Step { name: name.to_owned(), act, limit: Duration::from_secs(seconds), rehearse }
}

const FULL: &str = r#"rollback:
  store: /srv/points
  key: keys/points.key
  protect:
    config: [defaults, 'settings/*.php', /etc/app/app.conf]
    security: ['pki/**']
    outside: ['/etc/nginx/**', /etc/app/app.conf]
  ignored: [secret.local]
  environment: [DATABASE_URL, _X1]
  bundle: false
  validate:
    - app --check 'a b'
    - {name: starts, command: app --version, timeout: 30s}
  keep: {count: 3, age: 7d}
  rehearsal: {valid_for: 1w, max_duration: 90m}
  phases:
    - name: database
      reverses: the migrations
      steps:
        - make migrate-down
        - {name: switch, command: sh -c 'a | b', timeout: 10m, rehearse: false}
        - restore: config
        - {restore: [security, src/app.py], name: files}
        - restore: all
        - manual: Tell the pager   that the queue stands still, and wait until the last worker has gone home
      verify: make migrate-status
      expected: 10m
      risk: high
      owner: dba on call
      communicate: [before it begins, the support]
    - name: cache
      steps: [redis-cli flushall]
      verify: {command: redis-cli dbsize, timeout: 5s, rehearse: false}
  emergency: "call +1 555 0100"
"#;

#[test]
fn a_full_section() {
    let told = settings(FULL);
    assert_eq!((told.store.as_deref(), told.key.as_deref()), (Some("/srv/points"), Some("keys/points.key")));
    let mut config: Vec<&str> = DEFAULT_CONFIG.to_vec();
    config.extend(["settings/*.php", "/etc/app/app.conf", "/etc/nginx/**", "/etc/app/app.conf"]);
    assert_eq!(told.config, config);
    assert_eq!((told.security, told.ignored), (vec!["pki/**".to_owned()], vec!["secret.local".to_owned()]));
    assert_eq!(told.environment, ["DATABASE_URL", "_X1"]);
    assert!(!told.bundle);
    assert_eq!(
        told.validate,
        [
            step("app --check 'a b'", words(&["app", "--check", "a b"]), 60, true),
            step("starts", words(&["app", "--version"]), 30, true)
        ]
    );
    assert_eq!((told.keep.count, told.keep.age), (3, Duration::from_secs(7 * 86_400)));
    assert_eq!(told.rehearsal.valid_for, Duration::from_secs(7 * 86_400));
    assert_eq!(told.rehearsal.max_duration, Some(Duration::from_secs(90 * 60)));
    let manual = "Tell the pager that the queue stands still, and wait until …";
    assert_eq!(manual.chars().count(), 60, "a name is cut");
    let text = "Tell the pager   that the queue stands still, and wait until the last worker has gone home";
    let only = |parts: &[&str]| Act::Restore { only: parts.iter().map(|part| (*part).to_owned()).collect() };
    let database = Phase {
        name: "database".into(),
        reverses: Some("the migrations".into()),
        steps: vec![
            step("make migrate-down", words(&["make", "migrate-down"]), 300, true),
            step("switch", words(&["sh", "-c", "a | b"]), 600, false),
            step("restore config", only(&["config"]), 300, true),
            step("files", only(&["security", "src/app.py"]), 300, true),
            step("restore all", only(&[]), 300, true),
            step(manual, Act::Manual { text: text.into() }, 300, false),
        ],
        verify: Some(step("make migrate-status", words(&["make", "migrate-status"]), 60, true)),
        expected: Some(Duration::from_secs(600)),
        risk: Risk::High,
        owner: Some("dba on call".into()),
        communicate: vec!["before it begins".into(), "the support".into()],
    };
    let cache = Phase {
        name: "cache".into(),
        reverses: None,
        steps: vec![step("redis-cli flushall", words(&["redis-cli", "flushall"]), 300, true)],
        verify: Some(step("redis-cli dbsize", words(&["redis-cli", "dbsize"]), 5, false)),
        expected: None,
        risk: Risk::Medium,
        owner: None,
        communicate: vec![],
    };
    assert_eq!(told.phases, [database, cache]);
    assert_eq!(told.emergency, ["call +1 555 0100"]);
}

#[test]
fn what_is_absent_keeps_its_value() {
    for text in ["", "rollback:\n", "rollback: {}\n", "rollback: {protect: {}, keep: {}, rehearsal: {}}\n"] {
        assert_eq!(settings(text), Settings::default(), "{text}");
    }
    let told = settings("rollback:\n  ignored: []\n  keep: {count: 0}\n  protect: {outside: [/etc/a]}\n");
    assert_eq!(told.ignored, Vec::<String>::new(), "to ask for nothing is a wish, too");
    assert_eq!((told.keep.count, told.keep.age), (0, Duration::from_secs(30 * 86_400)));
    assert_eq!(told.config.len(), DEFAULT_CONFIG.len() + 1);
    assert_eq!(settings("rollback: {ignored: defaults}\n").ignored, DEFAULT_IGNORED);
}

#[test]
fn what_makes_no_sense_is_told_with_its_place() {
    for (text, place, expected) in [
        ("rollback: {stor: x}\n", "1:12", "did you mean `store`?"),
        ("rollback: [a]\n", "1:11", "expected a mapping"),
        ("rollback:\n  protect:\n    config: ['[']\n", "3:14", "not a glob"),
        ("rollback:\n  protect:\n    config: [../a]\n", "3:14", "`..`"),
        ("rollback:\n  protect:\n    config: [./a]\n", "3:14", "`.`"),
        ("rollback:\n  protect:\n    config: [conf/]\n", "3:14", "`conf/**` covers the folder"),
        ("rollback:\n  protect:\n    security: ['~/.ssh/**']\n", "3:16", "`~`"),
        ("rollback:\n  protect:\n    security: ['/**']\n", "3:16", "the whole file system"),
        ("rollback:\n  protect:\n    outside: [etc/a]\n", "3:15", "begins with `/`"),
        ("rollback:\n  protect:\n    outside: [defaults]\n", "3:15", "begins with `/`"),
        ("rollback:\n  protect: {confg: []}\n", "2:13", "did you mean `config`?"),
        ("rollback:\n  ignored: [/etc/a]\n", "2:13", "relative to the tree"),
        ("rollback:\n  environment: [A B]\n", "2:17", "no name of an environment variable"),
        ("rollback:\n  environment: [1A]\n", "2:17", "no name of an environment variable"),
        ("rollback:\n  environment: [A=hunter2]\n", "2:17", "names alone stand here"),
        ("rollback:\n  environment: [A, A]\n", "2:20", "twice"),
        ("rollback:\n  bundle: 1\n", "2:11", "true or false"),
        ("rollback:\n  validate: app\n", "2:13", "expected a list"),
        ("rollback:\n  validate: [\"app 'x\"]\n", "2:14", "quotation marks do not match"),
        ("rollback:\n  validate: ['  ']\n", "2:14", "there is no command"),
        ("rollback:\n  validate: [a | b]\n", "2:14", "sh -c"),
        ("rollback:\n  validate: [a && b]\n", "2:14", "`&&` means something to a shell alone"),
        ("rollback:\n  validate: [a > b]\n", "2:14", "`>` means something to a shell alone"),
        ("rollback:\n  validate: [a $HOME]\n", "2:14", "means something to a shell alone"),
        ("rollback:\n  validate: [{name: x}]\n", "2:14", "`validate` needs `command`"),
        ("rollback:\n  validate: [{command: a, timeout: 30}]\n", "2:36", "needs a unit"),
        ("rollback:\n  validate: [{command: a, timeout: 0s}]\n", "2:36", "`timeout` is from 1ms to 1 day"),
        ("rollback:\n  validate: [{command: a, timeout: 2d}]\n", "2:36", "`timeout` is from"),
        ("rollback:\n  validate: [{command: a, restore: all}]\n", "2:27", "unknown key"),
        ("rollback:\n  validate: [null]\n", "2:14", "expected a command"),
        ("rollback:\n  validate: [[a]]\n", "2:14", "expected a command"),
        ("rollback:\n  keep: {count: -1}\n", "2:17", "a whole number from 0"),
        ("rollback:\n  keep: {age: 30}\n", "2:15", "needs a unit"),
        ("rollback:\n  rehearsal: {valid_for: soon}\n", "2:26", "a length of time is expected"),
        ("rollback:\n  rehearsal: {valid_fr: 1d}\n", "2:15", "did you mean `valid_for`?"),
        ("rollback:\n  phases: {a: b}\n", "2:11", "each phase is an item"),
        ("rollback:\n  phases:\n    -\n", "3:6", "the phase says nothing"),
        ("rollback:\n  phases:\n    - steps: [a]\n", "3:7", "a phase needs `name`"),
        ("rollback:\n  phases:\n    - name: a\n", "3:7", "a phase needs `steps`"),
        ("rollback:\n  phases:\n    - {name: a, steps: []}\n", "3:7", "a phase needs `steps`"),
        ("rollback:\n  phases:\n    - {name: a, steps: [b], risk: hihg}\n", "3:35", "low, medium, high"),
        (
            "rollback:\n  phases:\n    - {name: a, steps: [b]}\n    - {name: A, steps: [b]}\n",
            "4:14",
            "on line 3",
        ),
        ("rollback:\n  phases:\n    - {name: a, steps: [{name: b}]}\n", "3:25", "does not say what is done"),
        ("rollback:\n  phases:\n    - {name: a, steps: [{comand: b}]}\n", "3:26", "did you mean `command`?"),
        ("rollback:\n  phases:\n    - {name: a, steps: [{command: b, manual: c}]}\n", "3:46", "one thing"),
        ("rollback:\n  phases:\n    - {name: a, steps: [{restore: []}]}\n", "3:35", "`restore: all`"),
        (
            "rollback:\n  phases:\n    - {name: a, steps: [{restore: [all, git]}]}\n",
            "3:36",
            "`all` is everything",
        ),
        ("rollback:\n  phases:\n    - {name: a, steps: [{restore: ../x}]}\n", "3:35", "`..`"),
        (
            "rollback:\n  phases:\n    - {name: a, steps: [{manual: b, timeout: 5m}]}\n",
            "3:46",
            "bounds a command",
        ),
        (
            "rollback:\n  phases:\n    - {name: a, steps: [{manual: b, rehearse: true}]}\n",
            "3:47",
            "not rehearsed",
        ),
        ("rollback:\n  phases:\n    - {name: a, steps: [b], verify: ''}\n", "3:37", "there is no command"),
        (
            "rollback:\n  phases:\n    - {name: a, steps: [b], verify: {restore: git}}\n",
            "3:38",
            "unknown key",
        ),
        ("rollback:\n  phases:\n    - {name: a, steps: [b], expected: 10}\n", "3:39", "needs a unit"),
        ("rollback:\n  emergency: {a: b}\n", "2:14", "a list of texts"),
    ] {
        let told = problems(text);
        assert!(
            told.contains(&format!("r:{place}: ")) && told.contains(expected),
            "{text}{expected}\n{told}"
        );
        assert!(!told.lines().any(|line| line.contains("hint") && line.contains("hunter2")), "{told}");
    }
}

#[test]
fn all_problems_at_once() {
    let told = problems(
        "rollback:\n  storee: x\n  validate: [a | b, '']\n  keep: {age: 3}\n  phases:\n    - name: a\n      steps: [c > d]\n      expected: soon\n",
    );
    for place in ["r:2:3", "r:3:14", "r:3:21", "r:4:15", "r:7:15", "r:8:17"] {
        assert!(told.contains(&format!("{place}: ")), "{place}\n{told}");
    }
}

#[test]
fn the_documented_example_is_a_section() {
    let document = include_str!("../../../docs/configuration.md");
    let section = document.split("\n## Rollback\n").nth(1).unwrap();
    let example = section.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let told = settings(example);
    assert_eq!((told.phases.len(), told.validate.len(), told.emergency.len()), (2, 2, 1));
    assert_eq!(told.config.last().map(String::as_str), Some("/etc/nginx/**"));
    // Those values that it shows as the built-in ones.
    let usual = Settings::default();
    assert_eq!((told.keep, told.bundle), (usual.keep, usual.bundle));
    assert_eq!(told.rehearsal.valid_for, usual.rehearsal.valid_for);
}
