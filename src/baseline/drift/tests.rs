//! Snapshots of small trees, and how they differ.
#![allow(clippy::disallowed_methods, reason = "the trees of tests")]

use std::ffi::OsString;

use super::*;
use crate::baseline::secrets::Secrets;
use crate::baseline::settings::Version;
use crate::report::{Baseline, CheckReport, DriftChange, DriftKind, Status};

const SALT: &str = "000102030405060708090a0b0c0d0e0f";

/// Rules for tests: `expiry` beyond an hour, `tls: off`, a document without `limit`; `password` is a secret.
fn weigh(_: &str, documents: &Documents) -> Weights {
    let mut weights = Weights::default();
    let (leaves, _) = documents.leaves(10_000);
    for leaf in &leaves {
        let text = leaf.node.text().unwrap_or_default();
        let key = leaf.path.rsplit('.').next().unwrap_or_default();
        if matches!(key, "expiry" | "tls" | "origin" | "password" | "url") {
            weights.security.insert(leaf.path.clone());
        }
        if key == "password" {
            weights.secret.insert(leaf.path.clone());
        }
        let mut concern = |rule: &str, severity| {
            weights.concerns.push((
                leaf.path.clone(),
                rule.to_owned(),
                severity,
                format!("Not good: {rule}."),
            ));
        };
        match (key, text) {
            ("expiry", "24h") => concern("T-1", Severity::Medium),
            ("expiry", "48h") => concern("T-2", Severity::High),
            ("tls", "off") => concern("T-3", Severity::Low),
            ("url", "http://x?sslmode=disable") => {
                concern("T-4", Severity::Low);
                concern("T-5", Severity::High);
            }
            _ => {}
        }
    }
    if !leaves.iter().any(|leaf| leaf.path.ends_with("limit")) {
        weights.concerns.push((String::new(), "T-9".to_owned(), Severity::Low, "No limit.".to_owned()));
    }
    weights
}

struct Case {
    folder: tempfile::TempDir,
    settings: settings::Drift,
    environment: Vec<(String, OsString)>,
}

impl Case {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let case = Self {
            folder,
            settings: settings::Drift::default(),
            environment: vec![("PATH".to_owned(), std::env::var_os("PATH").unwrap_or_default())],
        };
        for (name, text) in files {
            case.put(name, text);
        }
        case
    }

    fn put(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn take(&self) -> Snapshot {
        self.take_with(Some(SALT), None)
    }

    fn take_with(&self, salt: Option<&str>, findings: Option<&BTreeMap<String, OpenFinding>>) -> Snapshot {
        self.take_without(Secrets::NONE, salt, findings)
    }

    fn take_without(
        &self,
        secrets: &Secrets,
        salt: Option<&str>,
        findings: Option<&BTreeMap<String, OpenFinding>>,
    ) -> Snapshot {
        let folder = self.folder.path();
        let around = Surroundings { folder, environment: &self.environment, agent: "test", secrets };
        take(&Order {
            root: folder,
            settings: &self.settings,
            around: &around,
            weigh: &weigh,
            findings,
            salt,
        })
    }
}

/// What two texts of one file differ in: rule, key, before, after, rule of the audit.
fn told(then: &str, now: &str) -> Vec<(String, String, String, String, String)> {
    let case = Case::new(&[("config/a.yaml", then)]);
    let before = case.take();
    case.put("config/a.yaml", now);
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    changes(&before, &case.take())
        .into_iter()
        .map(|change| {
            (change.rule, change.key, text(&change.before), text(&change.after), text(&change.audit_rule))
        })
        .collect()
}

fn report(drift: Vec<DriftChange>, then: Option<&Snapshot>, now: &Snapshot) -> CheckReport {
    conclude(&Baseline { drift, ..Baseline::default() }, then, now)
}

fn line(
    rule: &str,
    key: &str,
    before: &str,
    after: &str,
    audit: &str,
) -> (String, String, String, String, String) {
    (rule.to_owned(), key.to_owned(), before.to_owned(), after.to_owned(), audit.to_owned())
}

#[test]
fn changes_are_told_key_by_key() {
    let then = "limit: 1\njwt: {expiry: 15m}\npool: {size: 10}\norigin: [a, b]\nsame: x\n";
    for (old, new, expected) in [
        ("15m", "24h", line("BSL-030", "jwt.expiry", "15m", "24h", "T-1")),
        ("15m", "30m", line("BSL-031", "jwt.expiry", "15m", "30m", "-")),
        ("size: 10", "size: 20", line("BSL-032", "pool.size", "10", "20", "-")),
        ("size: 10", "size: '10'", line("BSL-032", "pool.size", "10", "\"10\"", "-")),
        ("size: 10", "size: ", line("BSL-032", "pool.size", "10", "null", "-")),
        ("same: x\n", "", line("BSL-032", "same", "x", "-", "-")),
        ("same: x\n", "same: x\nmore: [y]\n", line("BSL-032", "more[0]", "-", "y", "-")),
        ("same: x\n", "same: x\n---\nmore: y\n", line("BSL-032", "[1].more", "-", "y", "-")),
        ("limit: 1\n", "", line("BSL-032", "limit", "1", "-", "-")),
    ] {
        let now = then.replacen(old, new, 1);
        assert_ne!(now, then);
        let mut found = told(then, &now);
        if old.starts_with("limit") {
            // What is missing now is a rule of its own.
            assert_eq!(found.pop(), Some(line("BSL-030", "", "-", "-", "T-9")));
        }
        assert_eq!(found, [expected], "{old} -> {new}");
    }
    assert_eq!(told(then, &format!("# a comment\n{then}")), []);
    assert_eq!(
        told(then, &then.replace("origin: [a, b]", "origin: [a]")),
        [line("BSL-032", "origin[1]", "b", "-", "-")]
    );
}

#[test]
fn better_and_worse_are_told_apart() {
    let text = |expiry: &str| format!("limit: 1\nexpiry: {expiry}\n");
    let rules = |then: &str, now: &str| {
        told(&text(then), &text(now)).into_iter().map(|line| (line.0, line.4)).collect::<Vec<_>>()
    };
    let one = |rule: &str, audit: &str| vec![(rule.to_owned(), audit.to_owned())];
    assert_eq!(rules("24h", "48h"), one("BSL-030", "T-2"));
    assert_eq!(rules("48h", "24h"), one("BSL-031", "-"), "less bad is no weakening");
    assert_eq!(rules("24h", "15m"), one("BSL-031", "-"));
    let case = Case::new(&[("config/a.yaml", &text("24h"))]);
    let then = case.take();
    case.put("config/a.yaml", &text("15m"));
    let found = changes(&then, &case.take());
    assert_eq!(found[0].severity, Some(Severity::Low));
    assert!(found[0].words.contains("T-1 is not broken any more"), "{found:?}");
    // Of several rules the worst that is new; all are remembered.
    let url = "limit: 1\nurl: http://x?sslmode=disable\n";
    assert_eq!(
        told("limit: 1\nurl: y\n", url),
        [line("BSL-030", "url", "y", "http://x?sslmode=disable", "T-5")]
    );
    // A value whose meaning changed with another one, here by a rule that came to hold since.
    let mut then = Case::new(&[("config/a.yaml", "limit: 1\ntls: off\nx: 1\n")]).take();
    let now = Case::new(&[("config/a.yaml", "limit: 1\ntls: off\nx: 2\n")]).take();
    then.files.get_mut("config/a.yaml").unwrap().values.get_mut("tls").unwrap().concern = None;
    let found = changes(&then, &now);
    assert_eq!(found.iter().map(|change| change.key.as_str()).collect::<Vec<_>>(), ["x", "tls"]);
    assert_eq!((found[1].rule.as_str(), found[1].severity), ("BSL-030", Some(Severity::Low)));
    // The same without any change in the file: the rules are others, not the configuration.
    let mut then = now.clone();
    then.files.get_mut("config/a.yaml").unwrap().values.get_mut("tls").unwrap().concern = None;
    assert_eq!(changes(&then, &now), []);
}

#[test]
fn no_secret_is_kept_or_told() {
    const ONE: &str = "hunter2-Correct-Horse";
    let text = |secret: &str| {
        format!(
            "limit: 1\ndatabase:\n  password: {secret}\n  api_token: {secret}9fJ2kQ\nlink: https://ann:{secret}@example.org/\nempty:\n  password: \"\"\n"
        )
    };
    let mut case = Case::new(&[("config/a.yaml", &text(ONE)), ("conf/nginx.conf", ONE)]);
    case.settings.environment = vec!["SECRET".to_owned(), "UNSET".to_owned()];
    case.environment.push(("SECRET".to_owned(), ONE.into()));
    let then = case.take();
    case.put("config/a.yaml", &text("other-Secret-77"));
    case.put("conf/nginx.conf", "other-Secret-77");
    case.environment.pop();
    case.environment.push(("SECRET".to_owned(), "other-Secret-77".into()));
    let now = case.take();
    let found = changes(&then, &now);
    let report = report(found.clone(), Some(&then), &now);
    let all = [
        serde_json::to_string(&then).unwrap(),
        serde_json::to_string(&now).unwrap(),
        serde_json::to_string(&found).unwrap(),
        serde_json::to_string(&report).unwrap(),
    ];
    for text in &all {
        assert!(!text.contains("hunter2") && !text.contains("Secret-77"), "{text}");
    }
    let told: Vec<(&str, &str)> =
        found.iter().map(|change| (change.place.as_str(), change.key.as_str())).collect();
    assert_eq!(
        told,
        [
            ("conf/nginx.conf", ""),
            ("config/a.yaml", "database.api_token"),
            ("config/a.yaml", "database.password"),
            ("config/a.yaml", "link"),
            ("SECRET", ""),
        ]
    );
    assert!(found[2].before.as_deref().unwrap().starts_with("hmac:") && found[2].before != found[2].after);
    assert_eq!(then.environment["UNSET"], None);
    assert_eq!(then.files["config/a.yaml"].values["empty.password"].text, "\"\"");
    // Equal values at two places do not show that they are equal.
    let values = &then.files["config/a.yaml"].values;
    assert_ne!(values["database.password"].text, values["link"].text);
    let messages: Vec<&str> = report.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert!(
        messages
            .iter()
            .any(|message| message.starts_with("Another value of `database.password`, of which only")),
        "{messages:?}"
    );
}

#[test]
fn files_come_and_go_and_become_unreadable() {
    let case = Case::new(&[
        ("config/gone.yaml", "limit: 1\n"),
        ("config/secure.yaml", "limit: 1\nexpiry: 15m\n"),
        ("config/broken.yaml", "limit: 1\n"),
        ("config/mended.json", "{"),
        ("conf/opaque.conf", "one"),
        ("config/long.yaml", &format!("limit: 1\nlong: {}\n", "x".repeat(400))),
    ]);
    let then = case.take();
    assert!(!then.files["conf/opaque.conf"].parsed && !then.files["config/mended.json"].parsed);
    for gone in ["config/gone.yaml", "config/secure.yaml"] {
        std::fs::remove_file(case.folder.path().join(gone)).unwrap();
    }
    case.put("config/broken.yaml", "a: [1,\n");
    case.put("config/mended.json", "{\"expiry\": \"24h\", \"limit\": 1}");
    case.put("conf/opaque.conf", "two");
    case.put("config/new.yaml", "tls: off\n");
    case.put("config/long.yaml", &format!("limit: 1\nlong: {}\n", "y".repeat(400)));
    let found: Vec<(String, String, String)> = changes(&then, &case.take())
        .into_iter()
        .map(|change| (change.place, change.rule, change.key))
        .collect();
    let expected = [
        ("conf/opaque.conf", "BSL-032", ""),
        ("config/broken.yaml", "BSL-032", ""),
        ("config/gone.yaml", "BSL-032", ""),
        ("config/long.yaml", "BSL-032", "long"),
        ("config/mended.json", "BSL-031", ""),
        ("config/mended.json", "BSL-030", "expiry"),
        ("config/new.yaml", "BSL-031", ""),
        ("config/new.yaml", "BSL-030", "tls"),
        ("config/new.yaml", "BSL-030", ""),
        ("config/secure.yaml", "BSL-031", ""),
    ];
    let expected: Vec<(String, String, String)> = expected
        .iter()
        .map(|(place, rule, key)| ((*place).to_owned(), (*rule).to_owned(), (*key).to_owned()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn variables_versions_ports_and_findings_are_compared() {
    let seen = |text: &str| Seen::Text(text.to_owned());
    let unseen = || Seen::Unseen("there is no such program".to_owned());
    let pairs = |pairs: &[(&str, &str)]| {
        Some(pairs.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect())
    };
    let finding = |rule: &str, severity| OpenFinding {
        rule: rule.to_owned(),
        severity,
        place: "deploy/Containerfile".to_owned(),
    };
    let then = Snapshot {
        salt: SALT.to_owned(),
        environment: BTreeMap::from([
            ("A".to_owned(), Some("1".repeat(64))),
            ("B".to_owned(), Some("2".repeat(64))),
            ("C".to_owned(), None),
            ("D".to_owned(), None),
        ]),
        versions: BTreeMap::from([
            ("java".to_owned(), seen("21")),
            ("node".to_owned(), seen("22")),
            ("python".to_owned(), seen("Python 3.12.4")),
        ]),
        ports: pairs(&[
            ("tcp 127.0.0.1:6379", "redis-server"),
            ("tcp 0.0.0.0:80", "nginx"),
            ("udp 0.0.0.0:53", ""),
        ]),
        findings: Some(BTreeMap::from([("f1".to_owned(), finding("CTR-001", Severity::Medium))])),
        ..Snapshot::default()
    };
    let now = Snapshot {
        environment: BTreeMap::from([
            ("A".to_owned(), Some("3".repeat(64))),
            ("B".to_owned(), None),
            ("C".to_owned(), Some("4".repeat(64))),
            ("D".to_owned(), None),
        ]),
        versions: BTreeMap::from([
            ("java".to_owned(), seen("21")),
            ("node".to_owned(), unseen()),
            ("python".to_owned(), seen("Python 3.13.1")),
        ]),
        ports: pairs(&[
            ("tcp 0.0.0.0:80", "python3"),
            ("tcp 0.0.0.0:9229", "node"),
            ("tcp [::1]:9230", ""),
            ("udp 0.0.0.0:53", "named"),
        ]),
        findings: Some(BTreeMap::from([
            ("f1".to_owned(), finding("CTR-001", Severity::Medium)),
            ("f2".to_owned(), finding("SEC-001", Severity::Critical)),
        ])),
        ..then.clone()
    };
    let found = changes(&then, &now);
    let report = report(found, Some(&then), &now);
    let told: Vec<String> = report
        .findings
        .iter()
        .map(|finding| format!("{} {:?} {}", finding.rule, finding.severity, finding.message))
        .collect();
    let mut told = told;
    told.sort();
    assert_eq!(
        told,
        [
            "BSL-033 Medium `A`: it has another value",
            "BSL-033 Medium `B`: it is not set any more",
            "BSL-033 Medium `C`: it is set now",
            "BSL-034 Low `node`: it says nothing any more: there is no such program",
            "BSL-034 Low `python`: Python 3.12.4 → Python 3.13.1",
            "BSL-035 Low `tcp [::1]:9230` is new",
            "BSL-035 Medium `tcp 0.0.0.0:80`: (nginx) → (python3): another program listens there",
            "BSL-035 Medium `tcp 0.0.0.0:9229` (node) is new",
            "BSL-036 Low `tcp 127.0.0.1:6379` (redis-server) is not listened on any more",
            "BSL-037 Critical SEC-001 in deploy/Containerfile is new",
        ]
    );
    // A program that cannot be asked is a hole.
    assert!(matches!(&report.status, Status::NotEvaluated { .. }), "{:?}", report.status);
    // Under another salt digests say nothing.
    let other = Snapshot { salt: "f".repeat(32), ..now.clone() };
    assert!(changes(&then, &other).iter().all(|change| change.kind != DriftKind::Environment));
}

#[test]
fn many_changes_are_folded_and_the_worst_are_kept() {
    let lines = |value: u32| (0..1_500).map(|key| format!("k{key}: {value}\n")).collect::<String>();
    let case = Case::new(&[("config/a.yaml", &format!("limit: 1\n{}z: {{tls: on}}\n", lines(1)))]);
    let then = case.take();
    case.put("config/a.yaml", &format!("limit: 1\n{}z: {{expiry: 48h}}\n", lines(2)));
    let found = changes(&then, &case.take());
    assert_eq!(found.len(), 1_001);
    assert_eq!(found[999].key, "z.tls");
    assert_eq!((found[998].key.as_str(), found[998].rule.as_str()), ("z.expiry", "BSL-030"));
    assert!(found[1_000].words.starts_with("502 more changes"), "{:?}", found[1_000]);
}

#[test]
fn the_check_says_what_it_could_see() {
    let case = Case::new(&[("config/a.yaml", "limit: 1\n")]);
    let then = case.take();
    assert_eq!(report(Vec::new(), Some(&then), &then).status, Status::Passed);
    let status = report(Vec::new(), None, &then).status;
    assert_eq!(status, Status::not_evaluated("no reference is approved", "readiness baseline approve"));
    let empty = Case::new(&[]).take();
    assert!(matches!(report(Vec::new(), None, &empty).status, Status::NotApplicable { .. }));
    assert!(matches!(report(Vec::new(), Some(&empty), &empty).status, Status::NotApplicable { .. }));
    case.put("config/a.yaml", "limit: 2\n");
    let now = case.take();
    let failed = report(changes(&then, &now), Some(&then), &now);
    assert_eq!(failed.status, Status::Failed);
    assert_eq!(failed.findings[0].message, "`limit`: 1 → 2");
    assert_eq!(failed.findings[0].location.path(), Some("config/a.yaml"));
    // What was asked for and is not there, each alone.
    let mut holes = Vec::new();
    let mut hole = |then: Snapshot, now: Snapshot| {
        let report = report(Vec::new(), Some(&then), &now);
        let Status::NotEvaluated { reason, .. } = report.status else { panic!("{:?}", report.status) };
        holes.push(reason);
    };
    hole(then.clone(), Snapshot { unseen: vec!["a: a link".to_owned()], ..then.clone() });
    hole(then.clone(), Snapshot { ports: Some(BTreeMap::new()), ..then.clone() });
    hole(then.clone(), Snapshot { findings: Some(BTreeMap::new()), ..then.clone() });
    hole(then.clone(), Snapshot { environment: BTreeMap::from([("A".to_owned(), None)]), ..then.clone() });
    let version = BTreeMap::from([("v".to_owned(), Seen::Text("1".to_owned()))]);
    hole(then.clone(), Snapshot { versions: version, ..then.clone() });
    let kept = BTreeMap::from([("A".to_owned(), None)]);
    let with = |salt: &str| Snapshot { salt: salt.to_owned(), environment: kept.clone(), ..then.clone() };
    hole(with(SALT), with(&"f".repeat(32)));
    for (reason, says) in
        holes.iter().zip(["a link", "ports", "findings", "variable A", "version of v", "another salt"])
    {
        assert!(reason.contains(says), "{reason}");
    }
    assert_eq!(holes.len(), 6);
}

#[cfg(unix)]
#[test]
#[cfg(unix)]
fn secrets_are_taken_out_of_versions_before_they_are_cut() {
    let mut case = Case::new(&[]);
    let version = |name: &str, script: &str| Version {
        name: name.to_owned(),
        words: ["sh", "-c", script].map(str::to_owned).to_vec(),
    };
    case.settings.versions = vec![
        version("output", "printf '%0190d' 0; echo correct-horse-battery"),
        version("errors", "printf '%0190d' 0 >&2; echo correct-horse-battery >&2; exit 1"),
        version("long", "printf correct-horse-battery >&2; printf '%08180d' 0 >&2"),
    ];
    let snapshot = case.take_without(&Secrets::new(["correct-horse-battery"]), Some(SALT), None);
    for (name, seen) in &snapshot.versions {
        let (Seen::Text(text) | Seen::Unseen(text)) = seen;
        assert!(
            !text.contains("correct") && !text.contains("battery") && text.contains("[redac"),
            "{name}: {text}"
        );
    }
}

#[test]
fn a_snapshot_holds_what_was_asked_for() {
    let mut case = Case::new(&[(".env", "LIMIT=1\nDEBUG=true\n"), ("config/big.yaml", "x")]);
    case.put("config/big.yaml", &"# x\n".repeat(600_000));
    let version = |name: &str, words: &[&str]| Version {
        name: name.to_owned(),
        words: words.iter().map(|word| (*word).to_owned()).collect(),
    };
    case.settings.versions = vec![
        version("shell", &["sh", "-c", "echo; echo ' tool 1.2 '; echo more"]),
        version("errors", &["sh", "-c", "echo tool 3 >&2"]),
        version("fails", &["sh", "-c", "echo no password=hunter2hunter2; exit 3"]),
        version("silent", &["true"]),
        version("absent", &["no-such-program-here"]),
        version("hostile", &["sh", "-c", "printf 'a\\033[31mb'; head -c 900 /dev/zero | tr '\\0' x"]),
    ];
    case.settings.ports = true;
    let listening = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let findings = BTreeMap::new();
    let snapshot = case.take_with(None, Some(&findings));
    assert!(is_salt(&snapshot.salt));
    assert_eq!(snapshot.files.len(), 1);
    assert!(
        snapshot.unseen.iter().any(|words| words.contains("config/big.yaml: larger than")),
        "{:?}",
        snapshot.unseen
    );
    assert_eq!(snapshot.files[".env"].values["DEBUG"].text, "true");
    let text = |name: &str| match &snapshot.versions[name] {
        Seen::Text(text) => format!("+{text}"),
        Seen::Unseen(reason) => format!("-{reason}"),
    };
    assert_eq!((text("shell"), text("errors")), ("+tool 1.2".to_owned(), "+tool 3".to_owned()));
    assert!(text("fails").starts_with("-exit code 3: no") && !text("fails").contains("hunter2"));
    assert_eq!(text("silent"), "-it printed nothing");
    assert!(text("absent").contains("there is no such program"));
    assert!(text("hostile").starts_with("+a\\u{1b}[31mbx") && text("hostile").len() <= 201);
    if cfg!(target_os = "linux") {
        let own = format!("tcp {}", listening.local_addr().unwrap());
        assert!(snapshot.ports.as_ref().unwrap().contains_key(&own), "{:?}", snapshot.ports);
    }
    assert_eq!(snapshot.findings, Some(BTreeMap::new()));
    // The same tree again, under the same salt, differs in nothing.
    let again = case.take_with(Some(&snapshot.salt), Some(&findings));
    assert_eq!(again.files, snapshot.files);
    let odd = case.take_with(Some("not a salt"), None);
    assert!(is_salt(&odd.salt));
    case.settings.findings = true;
    assert!(case.take().unseen.contains(&"the open findings of the audit".to_owned()));
}
