//! `readiness release gate`: release directories made by hand, with reports that the program itself made of small trees.
//!
//! The directories are whole and signed, so that their verification has nothing to say and what is judged is the evidence.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use readiness::crypto::dsse::Envelope;
use readiness::formats::release_manifest::{
    Artifact, Enterprise, File, FileRole, ReleaseManifest, SCHEMA, SIGNATURE_ALGORITHM, SignatureInfo,
    Source, Tried,
};
use readiness::gate::{self, Policy};
use readiness::report::{Counts, Details, Perf, Report, Rollback, RollbackAction, Status, Subject};
use serde_json::Value;

use super::measured_case;
use super::release_made::{OURS, has_openssl};
use super::support::{NOW, readiness, repository, write};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

fn git(tree: &Path, arguments: &[&str]) -> String {
    let made = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .current_dir(tree)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(made.status.success(), "git {arguments:?}");
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

/// The report of an audit of a tree with some files, all of one commit.
fn audited(files: &[(&str, &[u8])], flags: &[&str]) -> (String, Vec<u8>) {
    let tree = tempfile::tempdir().unwrap();
    files.iter().for_each(|(path, bytes)| write(tree.path(), path, bytes));
    git(tree.path(), &["init", "-q"]);
    git(tree.path(), &["add", "-A"]);
    git(tree.path(), &["commit", "-q", "-m", "one"]);
    let arguments = [&["audit", "--deep", "--format", "json"], flags].concat();
    let made = readiness(tree.path(), &arguments, NOW);
    assert!(made.status.code().unwrap() < 4, "{}", String::from_utf8_lossy(&made.stderr));
    (git(tree.path(), &["rev-parse", "HEAD"]), made.stdout)
}

const CLEAN: (&str, &[u8]) = ("app.py", b"print('hello')\n");

/// Commit and report of a tree in which nothing is found.
static READY: LazyLock<(String, Vec<u8>)> = LazyLock::new(|| audited(&[CLEAN], &[]));

/// A release in `release`, beside the policy in the folder where the gate runs.
struct Made {
    folder: tempfile::TempDir,
    manifest: ReleaseManifest,
    files: Vec<(String, Vec<u8>)>,
}

impl Made {
    fn of(commit: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "ours.pub", &OURS.public);
        let manifest = ReleaseManifest {
            schema: SCHEMA,
            name: "app".to_owned(),
            version: "1.2.3".to_owned(),
            created: "2026-06-15T12:00:00Z".to_owned(),
            source: Source { commit: commit.map(str::to_owned), dirty: Some(false), ..Source::default() },
            tool: "readiness 0.1.0".to_owned(),
            enterprise: Enterprise { signed: true, ..Enterprise::default() },
            signature: Some(SignatureInfo {
                algorithm: SIGNATURE_ALGORITHM.to_owned(),
                key: OURS.fingerprint.clone(),
            }),
            ..ReleaseManifest::default()
        };
        Self { folder, manifest, files: Vec::new() }
    }

    /// A release with the audit of its own commit.
    fn ready() -> Self {
        Self::of(Some(&READY.0)).with("security_audit/report.json", &READY.1)
    }

    fn with(mut self, path: &str, bytes: &[u8]) -> Self {
        self.manifest.files.push(File {
            path: path.to_owned(),
            role: FileRole::Report,
            size: Some(bytes.len() as u64),
            sha256: sha256(bytes),
        });
        self.files.push((path.to_owned(), bytes.to_owned()));
        let report = path.to_owned();
        let verdict: Option<Report> = serde_json::from_slice(bytes).ok();
        let tried = match verdict.map(|report| report.verdict) {
            Some(verdict) if verdict.exit_code != 0 => {
                Tried::Failed { report, reason: verdict.decision.words().to_owned() }
            }
            _ => Tried::Passed { report },
        };
        match path.split('/').next() {
            Some("security_audit") => self.manifest.validation.security_audit = tried,
            _ => self.manifest.validation.performance_tests = tried,
        }
        self
    }

    fn policy(self, text: &str) -> Self {
        write(self.folder.path(), "readiness.yaml", text);
        self
    }

    fn directory(&self) -> PathBuf {
        self.folder.path().join("release")
    }

    fn written(mut self) -> Self {
        let (name, path) = ("app".to_owned(), "artifacts/app".to_owned());
        let (size, digest) = (4, sha256(b"app\n"));
        let artifact = Artifact { name, path: path.clone(), size, sha256: digest, encrypted_size: None };
        self.manifest.artifacts.push(artifact);
        self.files.push((path, b"app\n".to_vec()));
        let manifest = self.manifest.to_bytes();
        let mut sums: Vec<(String, String)> =
            self.files.iter().map(|(path, bytes)| (path.clone(), sha256(bytes))).collect();
        sums.push(("manifest.json".to_owned(), sha256(&manifest)));
        sums.sort();
        let sums: String = sums.iter().map(|(path, sum)| format!("{sum}  {path}\n")).collect();
        let lists = [("manifest.json".to_owned(), manifest), ("SHA256SUMS".to_owned(), sums.into_bytes())];
        for (path, bytes) in self.files.iter().chain(&lists) {
            write(&self.directory(), path, bytes);
            write(&self.directory(), &format!("{path}.sig"), OURS.sign(bytes));
        }
        self
    }

    fn judge(&self, now: i64, more: &[&str]) -> (i32, Value) {
        let arguments =
            [&["release", "gate", "release", "--key", "ours.pub", "--format", "json"], more].concat();
        let made = readiness(self.folder.path(), &arguments, now);
        let code = made.status.code().unwrap();
        let report = serde_json::from_slice(&made.stdout)
            .unwrap_or_else(|_| panic!("{code}: {}", String::from_utf8_lossy(&made.stderr)));
        (code, report)
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The rules of open findings of a check.
fn open(report: &Value, check: &str) -> Vec<String> {
    let checks = report["checks"].as_array().unwrap();
    let of = checks.iter().filter(|each| each["id"] == check);
    of.flat_map(|each| each["findings"].as_array().unwrap())
        .filter(|finding| finding["suppression"]["in_force"] != true)
        .map(|finding| finding["rule"].as_str().unwrap().to_owned())
        .collect()
}

fn evidence(report: &Value, kind: &str) -> (bool, String) {
    let all = report["details"]["release"]["evidence"].as_array();
    let all = all.or_else(|| report["details"]["evidence"].as_array()).unwrap();
    let one = all.iter().find(|each| each["kind"] == kind).unwrap();
    (one["accepted"].as_bool().unwrap(), one["words"].as_str().unwrap().to_owned())
}

#[test]
fn fresh_evidence_of_the_same_commit_is_ready() {
    let made = Made::ready().written();
    let (code, report) = made.judge(NOW + HOUR, &[]);
    assert_eq!((code, report["verdict"]["decision"].as_str()), (0, Some("ready")), "{:#}", report["verdict"]);
    assert_eq!(report["subject"]["name"], "app 1.2.3");
    assert_eq!(report["subject"]["commit"], READY.0.as_str());
    assert_eq!(evidence(&report, "audit"), (true, "READY, made 60 minutes ago".to_owned()));
    let ids: Vec<_> = report["checks"].as_array().unwrap().iter().map(|check| check["id"].clone()).collect();
    assert_eq!(ids[..4], ["preparation", "release", "evidence", "integrity"]);
    // The trail has it, and says which release it was.
    let trail = std::fs::read_to_string(made.folder.path().join(".readiness/trail.jsonl")).unwrap();
    let record: Value = serde_json::from_str(&trail).unwrap();
    let sums = std::fs::read(made.directory().join("SHA256SUMS")).unwrap();
    assert_eq!(record["release"], sha256(&sums));
    for (field, value) in
        [("action", "gate"), ("subject", "app 1.2.3"), ("outcome", "READY"), ("commit", READY.0.as_str())]
    {
        assert_eq!(record[field], value);
    }
}

#[test]
fn old_evidence_does_not_count_and_its_findings_do() {
    let made = Made::ready().written();
    for (age, code) in [(7 * DAY, 0), (7 * DAY + 1, 1)] {
        assert_eq!(made.judge(NOW + age, &[]).0, code, "{age}");
    }
    let (_, report) = made.judge(NOW + 40 * DAY, &[]);
    assert_eq!(open(&report, "evidence"), ["REL-031"]);
    let said = "made 40 days ago, and the rule for audit allows 7 days; what it found counts all the same";
    assert_eq!(evidence(&report, "audit"), (false, said.to_owned()));
    for (rule, code) in [("audit: 41d", 0), ("audit: 39d", 1), ("all: 41d", 0), ("perf: 41d", 1)] {
        let made =
            Made::ready().policy(&format!("release:\n  gate:\n    max_age:\n      {rule}\n")).written();
        assert_eq!(made.judge(NOW + 40 * DAY, &[]).0, code, "{rule}");
    }
    // A waiver for its age is none for what it found.
    let (commit, critical) = &*CRITICAL;
    let waiver = "waivers:\n  - {rule: REL-031, reason: r, owner: o, expires: 2026-12-31}\n";
    let made = Made::of(Some(commit)).with("security_audit/report.json", critical).policy(waiver).written();
    let (code, report) = made.judge(NOW + 40 * DAY, &[]);
    assert_eq!((code, open(&report, "evidence")), (2, vec![]));
    assert_eq!(Made::ready().policy(waiver).written().judge(NOW + 40 * DAY, &[]).0, 0);
}

#[test]
fn a_report_from_the_future_is_refused() {
    let made = Made::ready().written();
    assert_eq!(made.judge(NOW - 300, &[]).0, 0, "clocks differ");
    let (code, report) = made.judge(NOW - 301, &[]);
    assert_eq!((code, open(&report, "evidence")), (1, vec!["REL-033".to_owned()]));
}

#[test]
fn evidence_of_another_commit_is_critical() {
    let other = "1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c";
    let made = Made::of(Some(other)).with("security_audit/report.json", &READY.1).written();
    let (code, report) = made.judge(NOW, &[]);
    assert_eq!((code, open(&report, "evidence")), (2, vec!["REL-032".to_owned()]));
    // What is refused brings nothing else with it.
    assert!(report["checks"].as_array().unwrap().iter().all(|check| check["id"] != "code"));
    // Missing on one side, either of them.
    let made = Made::of(None).with("security_audit/report.json", &READY.1).written();
    let (code, report) = made.judge(NOW, &[]);
    assert_eq!((code, open(&report, "evidence")), (1, vec!["REL-033".to_owned()]));
    let without = edited(&READY.1, |report| drop(report.subject.commit.take()));
    let made = Made::of(Some(other)).with("security_audit/report.json", &without).written();
    let (code, report) = made.judge(NOW, &[]);
    assert_eq!((code, open(&report, "evidence")), (1, vec!["REL-033".to_owned()]));
    // Outside git there is nothing but the manifest to tie it, and that does.
    let made = Made::of(None).with("security_audit/report.json", &without).written();
    assert_eq!(made.judge(NOW, &[]).0, 0);
}

fn edited(bytes: &[u8], edit: impl FnOnce(&mut Report)) -> Vec<u8> {
    let mut report: Report = serde_json::from_slice(bytes).unwrap();
    edit(&mut report);
    serde_json::to_vec(&report).unwrap()
}

#[test]
fn a_report_that_was_changed_is_refused() {
    let made = Made::ready().written();
    let path = made.directory().join("security_audit/report.json");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.push(b'\n');
    write(&made.directory(), "security_audit/report.json", bytes);
    let (_, report) = made.judge(NOW, &[]);
    assert_eq!(open(&report, "evidence"), ["REL-033"]);
    assert!(!evidence(&report, "audit").0);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(open(&made.judge(NOW, &[]).1, "evidence"), ["REL-033"]);
    // One that was put there afterwards.
    let made = Made::of(Some(&READY.0)).written();
    write(&made.directory(), "security_audit/report.json", &READY.1);
    assert_eq!(open(&made.judge(NOW, &[]).1, "evidence"), ["REL-033"]);
    #[cfg(unix)]
    {
        let made = Made::ready().written();
        let path = made.directory().join("security_audit/report.json");
        std::fs::rename(&path, made.folder.path().join("elsewhere.json")).unwrap();
        std::os::unix::fs::symlink(made.folder.path().join("elsewhere.json"), &path).unwrap();
        assert_eq!(open(&made.judge(NOW, &[]).1, "evidence"), ["REL-033"]);
    }
}

#[test]
fn missing_evidence_is_a_finding() {
    let made = Made::of(Some(&READY.0)).written();
    let (code, report) = made.judge(NOW, &[]);
    assert_eq!((code, open(&report, "evidence")), (1, vec!["REL-030".to_owned()]));
    let require = "release:\n  gate:\n    require: [audit, perf, benchmark]\n";
    let (code, report) = Made::ready().policy(require).written().judge(NOW, &[]);
    assert_eq!((code, open(&report, "evidence")), (1, vec!["REL-030".to_owned(); 2]));
    let (code, report) =
        Made::of(None).policy("release:\n  gate:\n    require: []\n").written().judge(NOW, &[]);
    assert_eq!((code, report["checks"][2]["status"]["state"].as_str()), (0, Some("not_applicable")));
}

#[test]
fn a_waiver_of_the_policy_here_covers_until_its_day() {
    let waiver = "waivers:\n  - {rule: REL-030, reason: first release, owner: o, expires: 2026-06-20}\n";
    let made = Made::of(Some(&READY.0)).policy(waiver).written();
    let (code, report) = made.judge(NOW, &[]);
    assert_eq!((code, report["waivers"][0]["findings"].as_u64()), (0, Some(1)));
    assert_eq!(made.judge(NOW + 6 * DAY, &[]).0, 1);
    // Findings of the audit, too, by the policy here and not by the one of the audit.
    let (commit, critical) = &*CRITICAL;
    let rule = open(&serde_json::from_slice(critical).unwrap(), "secrets")[0].clone();
    let waiver = format!(
        "waivers:\n  - {{rule: {rule}, path: settings.py, reason: r, owner: o, expires: 2026-08-01}}\n"
    );
    let made = Made::of(Some(commit)).with("security_audit/report.json", critical);
    assert_eq!(made.policy(&waiver).written().judge(NOW, &[]).0, 0);
    let credentials = credentials();
    let own = audited(&[("settings.py", &credentials), ("readiness.yaml", waiver.as_bytes())], &[]);
    let report: Value = serde_json::from_slice(&own.1).unwrap();
    assert_eq!(report["verdict"]["exit_code"], 0, "waived in its own tree");
    let made = Made::of(Some(&own.0)).with("security_audit/report.json", &own.1).written();
    let (code, report) = made.judge(NOW, &[]);
    assert_eq!((code, open(&report, "secrets")), (2, vec![rule]));
}

fn credentials() -> Vec<u8> {
    std::fs::read(repository("fixtures/rules/SEC-002/bad/settings.py")).unwrap()
}

/// Commit and report of a tree that holds a credential.
static CRITICAL: LazyLock<(String, Vec<u8>)> =
    LazyLock::new(|| audited(&[CLEAN, ("settings.py", &credentials())], &[]));

#[test]
fn what_the_reports_found_decides() {
    let (commit, critical) = &*CRITICAL;
    let made = Made::of(Some(commit)).with("security_audit/report.json", critical).written();
    let (code, report) = made.judge(NOW, &[]);
    assert_eq!(code, 2);
    let then: Value = serde_json::from_slice(critical).unwrap();
    let of = |report: &Value| {
        let checks = report["checks"].as_array().unwrap();
        let secrets = checks.iter().find(|check| check["id"] == "secrets").unwrap();
        secrets["findings"][0]["fingerprint"].clone()
    };
    assert_eq!(of(&report), of(&then), "a finding keeps its name");
    let rule = open(&report, "secrets")[0].clone();
    assert!(report["rules"].as_array().unwrap().iter().any(|known| known["id"] == rule.as_str()));

    // A lock file and no advisory data: the audit is incomplete, and so is the release.
    let lock = b"version = 4\n\n[[package]]\nname = \"app\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"libc\"\nversion = \"0.2.150\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"89d92a4743f9a61002fae18374ed11e7973f530cb3a3255fb354818118b2203c\"\n";
    let (commit, incomplete) = audited(&[CLEAN, ("Cargo.lock", lock)], &[]);
    let made = Made::of(Some(&commit)).with("security_audit/report.json", &incomplete).written();
    let (code, report) = made.judge(NOW, &[]);
    assert_eq!(
        (code, report["verdict"]["decision"].as_str()),
        (3, Some("incomplete")),
        "{:#}",
        report["verdict"]
    );

    let made = Made::ready().with("performance/report.json", &perf("a-quarter-slower", None)).written();
    let (code, report) = made.judge(NOW, &[]);
    assert_eq!((code, open(&report, "regression").is_empty()), (1, false));
}

/// A report of a load test, from a case of the rules over measurements.
fn perf(case: &str, commit: Option<&str>) -> Vec<u8> {
    let checks = measured_case::judge(&repository(&format!("fixtures/rules/PRF-010/bad/{case}.yaml")));
    let mut report: Report = serde_json::from_slice(&READY.1).unwrap();
    report.subject = Subject { name: "http://localhost:8080".to_owned(), ..Subject::default() };
    report.checks = checks;
    report.rules = readiness::catalog::rules().map(|(_, rule)| rule.clone()).collect();
    report.rules.sort_by(|one, other| one.id.cmp(&other.id));
    let mut perf = Perf::default();
    perf.load.labels.extend(commit.map(|commit| ("commit".to_owned(), commit.to_owned())));
    report.details = Some(Details::Perf(Box::new(perf)));
    gate::judge(&mut report, &Policy::built_in("2026-06-15".parse().unwrap()));
    serde_json::to_vec(&report).unwrap()
}

/// A rehearsal of the rollback at the commit of the audit, as good as can be.
fn rehearsal(minutes: f64) -> Vec<u8> {
    let mut report: Report = serde_json::from_slice(&READY.1).unwrap();
    let of = |id: &str, report: &Report| {
        let mut check = report.checks[0].clone();
        (check.id, check.title) = (id.to_owned(), id.to_owned());
        (check.status, check.findings, check.open) = (Status::Passed, Vec::new(), Counts::default());
        check
    };
    report.checks = vec![of("rollback-plan", &report), of("rehearsal", &report)];
    report.rules = Vec::new();
    report.details = Some(Details::Rollback(Box::new(Rollback {
        action: RollbackAction::Rehearsed,
        measured_seconds: Some(minutes * 60.0),
        expires: Some("2026-07-01T00:00:00Z".to_owned()),
        ..Rollback::default()
    })));
    gate::judge(&mut report, &Policy::built_in("2026-06-15".parse().unwrap()));
    serde_json::to_vec(&report).unwrap()
}

#[test]
fn a_rollback_that_must_be_rehearsed_is_asked_for() {
    let policy = "release: {gate: {require: [audit, rehearsal], rehearsal_within: 90m}}\n";
    let made = Made::ready().policy(policy).written();
    let (code, report) = made.judge(NOW, &[]);
    assert_eq!((code, open(&report, "evidence")), (1, vec!["REL-030".to_owned()]));
    let offer = |minutes, now| {
        write(made.folder.path(), "rehearsal.json", rehearsal(minutes));
        made.judge(now, &["--report", "rehearsal.json"])
    };
    let (code, report) = offer(40.0, NOW);
    assert_eq!((code, open(&report, "evidence")), (0, vec![]), "{:#}", report["verdict"]);
    let (counts, words) = evidence(&report, "rehearsal");
    assert!(counts && words.ends_with("rehearsed in 40 minutes"), "{words}");
    let ids: Vec<_> = report["checks"].as_array().unwrap().iter().map(|check| &check["id"]).collect();
    assert!(ids.contains(&&Value::from("rehearsal")), "its checks are those of the release: {ids:?}");
    let (code, report) = offer(112.0, NOW);
    assert_eq!((code, open(&report, "evidence")), (1, vec!["REL-034".to_owned()]));
}

#[test]
fn reports_from_outside_need_a_commit() {
    let made = Made::ready().written();
    let offer = |bytes: &[u8]| {
        write(made.folder.path(), "more.json", bytes);
        let (code, report) = made.judge(NOW, &["--report", "more.json"]);
        (code, open(&report, "evidence"), report)
    };
    let (code, rules, _) = offer(&perf("a-quarter-slower", None));
    assert_eq!((code, rules), (1, vec!["REL-033".to_owned()]));
    let (code, rules, report) = offer(&perf("a-quarter-slower", Some(&READY.0)));
    assert_eq!((code, rules.is_empty(), open(&report, "regression").is_empty()), (1, true, false));
    let (code, rules, _) = offer(&perf("a-quarter-slower", Some("0000")));
    assert_eq!((code, rules), (2, vec!["REL-032".to_owned()]));
    // The same bytes count once, and a second audit beside the first is told apart from it.
    let (code, rules, report) = offer(&READY.1);
    assert_eq!((code, rules.is_empty()), (0, true));
    let alone = made.judge(NOW, &[]).1["checks"].as_array().unwrap().len();
    assert_eq!(report["checks"].as_array().unwrap().len(), alone);
    let (code, _, report) =
        offer(&edited(&READY.1, |report| report.created = "2026-06-15T11:00:00Z".to_owned()));
    assert_eq!(code, 0);
    let titles: Vec<_> =
        report["checks"].as_array().unwrap().iter().map(|check| check["title"].as_str()).collect();
    assert_eq!(titles.len(), alone + readiness::audit::CHECKS.len(), "{titles:?}");
    assert!(titles.contains(&Some("Secrets")) && titles.contains(&Some("Secrets (more.json)")), "{titles:?}");
    let absent =
        readiness(made.folder.path(), &["release", "gate", "release", "--report", "absent.json"], NOW);
    assert_eq!(absent.status.code(), Some(4));
}

#[test]
fn a_report_that_contradicts_itself_is_refused() {
    let (commit, critical) = &*CRITICAL;
    let lies: Vec<(&str, Vec<u8>)> = vec![
        (
            "the verdict",
            edited(critical, |report| {
                report.verdict.decision = readiness::report::Decision::Ready;
                report.verdict.exit_code = 0;
            }),
        ),
        (
            "a finding is gone",
            edited(critical, |report| {
                report.checks.iter_mut().for_each(|check| check.findings.clear());
            }),
        ),
        (
            "the counts of a check",
            edited(critical, |report| {
                report.checks.iter_mut().for_each(|check| check.open = Counts::default());
            }),
        ),
        ("the summary", edited(critical, |report| report.summary.open.critical = 0)),
        (
            "a status",
            edited(critical, |report| {
                report.checks.iter_mut().for_each(|check| check.status = Status::Passed);
            }),
        ),
        (
            "nothing fails",
            edited(critical, |report| {
                let findings = report.checks.iter_mut().flat_map(|check| &mut check.findings);
                findings.for_each(|finding| finding.failing = false);
                report.verdict.decision = readiness::report::Decision::Ready;
                report.verdict.exit_code = 0;
                report.verdict.reasons.clear();
            }),
        ),
        ("no rules", edited(critical, |report| report.rules.clear())),
        (
            "a severity",
            edited(critical, |report| {
                let findings = report.checks.iter_mut().flat_map(|check| &mut check.findings);
                findings.for_each(|finding| finding.severity = readiness::report::Severity::Low);
            }),
        ),
        ("no checks", edited(critical, |report| report.checks.clear())),
        ("another program", edited(critical, |report| report.tool.name = "other".to_owned())),
        ("a newer form", edited(critical, |report| report.schema += 1)),
        ("no time", edited(critical, |report| report.created = "yesterday".to_owned())),
        ("not a report", b"{\"schema\": 1}".to_vec()),
        ("not JSON", b"\x1b[31m".to_vec()),
        ("half of it", critical[..critical.len() / 2].to_vec()),
        ("narrowed", audited(&[CLEAN], &["--only", "code"]).1),
        (
            "another version, of which nothing is known",
            edited(&READY.1, |report| {
                report.subject.commit = Some(commit.clone());
                report.tool.version = "99.0.0".to_owned();
                report.checks.retain(|check| check.status == Status::Passed);
                report.checks.truncate(1);
                report.checks.iter_mut().for_each(|check| check.id = "everything".to_owned());
                report.summary = readiness::report::Summary { passed: 1, ..Default::default() };
            }),
        ),
    ];
    for (what, bytes) in &lies {
        let made = Made::of(Some(commit)).with("security_audit/report.json", bytes).written();
        let (code, report) = made.judge(NOW, &[]);
        assert_eq!((code, open(&report, "evidence")), (1, vec!["REL-033".to_owned()]), "{what}");
    }
}

#[test]
fn marks_stay_as_they_were_reported() {
    let marked = String::from_utf8(credentials()).unwrap();
    let rule = open(&serde_json::from_slice(&CRITICAL.1).unwrap(), "secrets")[0].clone();
    let marked: String =
        marked.lines().map(|line| format!("# readiness:ignore {rule} known\n{line}\n")).collect();
    let files: &[(&str, &[u8])] = &[CLEAN, ("settings.py", marked.as_bytes())];
    let (commit, trusted) = audited(files, &[]);
    assert_eq!(serde_json::from_slice::<Value>(&trusted).unwrap()["verdict"]["exit_code"], 0);
    let made = Made::of(Some(&commit)).with("security_audit/report.json", &trusted).written();
    assert_eq!(made.judge(NOW, &[]).0, 0);
    // The audit gave them no force; nothing here gives it to them.
    let (commit, untrusted) = audited(files, &["--no-tree-config"]);
    let made = Made::of(Some(&commit)).with("security_audit/report.json", &untrusted).written();
    assert_eq!(made.judge(NOW, &[]).0, 2);
}

#[test]
fn what_did_not_succeed_is_told() {
    let mut made = Made::ready();
    made.manifest.degraded.push(readiness::formats::release_manifest::Degraded {
        step: "sbom".to_owned(),
        reason: "Cargo.lock cannot be read".to_owned(),
    });
    made.manifest.source.dirty = Some(true);
    let made = made.written();
    let (code, report) = made.judge(NOW, &[]);
    assert_eq!((code, open(&report, "preparation")), (1, vec!["REL-023".to_owned(), "REL-020".to_owned()]));
    let made = made.policy("release:\n  optional: [sbom]\n");
    let (code, report) = made.judge(NOW, &[]);
    assert_eq!((code, open(&report, "preparation")), (0, vec!["REL-023".to_owned()]));
}

#[test]
fn the_policy_and_the_trail_do_not_lie_in_the_release() {
    let made = Made::ready().written();
    let run = |folder: &Path, arguments: &[&str]| {
        let made = readiness(folder, arguments, NOW);
        (made.status.code().unwrap(), String::from_utf8(made.stderr).unwrap())
    };
    write(&made.directory(), "readiness.yaml", "");
    let (code, said) =
        run(made.folder.path(), &["release", "gate", "release", "--config", "release/readiness.yaml"]);
    assert!(code == 4 && said.contains("must not come from the release"), "{said}");
    let (code, said) = run(&made.directory(), &["release", "gate", "."]);
    assert!(code != 0 && said.contains("not recorded") && said.contains("has no force"), "{code} {said}");
    let (code, said) = run(&made.directory(), &["release", "gate", ".", "--trail", "trail.jsonl"]);
    assert!(code == 4 && said.contains("--no-trail"), "{said}");
    assert!(!made.directory().join(".readiness").exists());
    std::fs::remove_file(made.directory().join("readiness.yaml")).unwrap();
    // A trail that is broken is not added to, and that is no verdict.
    assert_eq!(run(made.folder.path(), &["release", "gate", "release", "--key", "ours.pub"]).0, 0);
    write(made.folder.path(), ".readiness/trail.head", "1 0\n");
    let (code, said) = run(made.folder.path(), &["release", "gate", "release", "--key", "ours.pub"]);
    assert!(code == 4 && said.contains("release trail --verify"), "{said}");
    assert_eq!(
        run(made.folder.path(), &["release", "gate", "release", "--key", "ours.pub", "--no-trail"]).0,
        0
    );
}

#[test]
fn without_a_manifest_nothing_is_evidence() {
    let made = Made::ready().written();
    write(&made.directory(), "manifest.json", "{");
    let (code, report) = made.judge(NOW, &[]);
    assert_ne!(code, 0);
    assert_eq!(report["checks"][1]["status"]["state"], "not_evaluated", "{:#}", report["checks"]);
}

#[test]
fn the_decision_is_stated_and_signed_whichever_it_is() {
    let waiver = "waivers:\n  - {rule: REL-031, reason: r, owner: o, expires: 2026-12-31}\n";
    let made = Made::ready().policy(waiver).written();
    let place = made.folder.path();
    let stated = |now: i64, decision: &str| {
        let more =
            ["--statement", "authorization.json", "--signing-key", OURS.private(), "--json", "verdict.json"];
        let arguments =
            [&["release", "gate", "release", "--key", "ours.pub", "--no-trail"], &more[..]].concat();
        let run = readiness(place, &arguments, now);
        assert!(run.status.code().unwrap() < 4, "{}", String::from_utf8_lossy(&run.stderr));
        let envelope = Envelope::parse(&std::fs::read(place.join("authorization.json")).unwrap()).unwrap();
        // The signature as OpenSSL sees it, over what the specification of DSSE says is signed.
        let head = format!("DSSEv1 28 application/vnd.in-toto+json {} ", envelope.payload.len());
        write(place, "statement.pae", [head.as_bytes(), &envelope.payload].concat());
        write(place, "statement.sig", &envelope.signatures[0].bytes);
        if has_openssl() {
            let mut verify = Command::new("openssl");
            verify.args(["dgst", "-sha256", "-verify", "ours.pub", "-sigopt", "rsa_padding_mode:pss"]);
            verify.args([
                "-sigopt",
                "rsa_pss_saltlen:digest",
                "-signature",
                "statement.sig",
                "statement.pae",
            ]);
            assert!(verify.current_dir(place).output().unwrap().status.success());
        }
        let statement: Value = serde_json::from_slice(&envelope.payload).unwrap();
        assert_eq!(statement["predicate"]["decision"], decision);
        let list = std::fs::read(made.directory().join("SHA256SUMS")).unwrap();
        assert_eq!(statement["subject"][0]["name"], "SHA256SUMS");
        assert_eq!(statement["subject"][0]["digest"]["sha256"], sha256(&list).as_str());
        let report = std::fs::read(place.join("verdict.json")).unwrap();
        assert_eq!(statement["predicate"]["report"]["digest"]["sha256"], sha256(&report).as_str());
        statement
    };
    let ready = stated(NOW, "READY");
    assert_eq!(ready["predicate"]["conditions"]["waivers"].as_array().unwrap().len(), 0, "it covers nothing");
    let late = stated(NOW + 40 * DAY, "READY");
    assert_eq!(late["predicate"]["conditions"]["waivers"][0]["owner"], "o");
    assert_eq!(late["predicate"]["risk"]["waived"]["high"], 1);
    write(&made.directory(), "extra", "x");
    let against = stated(NOW, "NOT READY");
    assert_eq!(against["predicate"]["exitCode"], 2);
    let inside = ["--statement", "release/a.json", "--signing-key", OURS.private(), "--no-trail"];
    let run =
        readiness(place, &[&["release", "gate", "release", "--key", "ours.pub"], &inside[..]].concat(), NOW);
    assert_eq!(run.status.code(), Some(4), "it would be a file that the release does not list");
}
