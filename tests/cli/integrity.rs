//! The integrity check over trees that change: what it reports, what it refuses, and what it does not pass.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use readiness::audit::Settings;
use readiness::audit::integrity::{WriteError, write_manifest};
use readiness::engine::{self, Progress, Started};
use readiness::report::{CheckReport, LeftOutKind, Status};

use super::support::{audit_with, write};

const MANIFEST: &str = "readiness.manifest.json";
/// SHA-256 of nothing, as published in the NIST examples.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn report_with(tree: &Path, settings: &Settings) -> CheckReport {
    audit_with(tree, &["integrity"], settings).checks.remove(0)
}

fn report(tree: &Path) -> CheckReport {
    report_with(tree, &Settings::default())
}

fn shallow(tree: &Path) -> CheckReport {
    let item = readiness::audit::CHECKS.iter().find(|item| item.check.id == "integrity").unwrap();
    let started = vec![Started { check: item.check, start: (item.start)(&Settings::default()) }];
    engine::run(tree, &engine::Settings::default(), started, &Progress::default()).unwrap().checks.remove(0)
}

/// Rule and path of every finding.
fn found(report: &CheckReport) -> Vec<(&str, &str)> {
    report
        .findings
        .iter()
        .map(|finding| (finding.rule.as_str(), finding.location.path().unwrap_or("")))
        .collect()
}

fn critical(patterns: &[&str]) -> Settings {
    let mut settings = Settings::default();
    settings.integrity.critical = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
    settings
}

fn manifest_of(tree: &Path) -> Vec<u8> {
    let target = tree.join(MANIFEST);
    let reading = engine::Settings::default();
    write_manifest(tree, &target, &reading, Timestamp::UNIX_EPOCH, &Progress::default()).unwrap().to_bytes()
}

/// A tree with its manifest.
fn release() -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    for (path, text) in
        [("a.txt", "a\n"), ("bin/start.sh", "#!/bin/sh\n"), ("lib/one", "1\n"), ("lib/two", "")]
    {
        write(tree.path(), path, text);
        mode(tree.path(), path, 0o644);
    }
    mode(tree.path(), "bin/start.sh", 0o755);
    symlink("lib/one", tree.path().join("current")).unwrap();
    let bytes = manifest_of(tree.path());
    write(tree.path(), MANIFEST, bytes);
    tree
}

fn mode(tree: &Path, path: &str, mode: u32) {
    fs::set_permissions(tree.join(path), fs::Permissions::from_mode(mode)).unwrap();
}

fn git(tree: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
    let status = Command::new("git").args(identity).args(arguments).current_dir(tree).status().unwrap();
    assert!(status.success());
}

#[test]
fn an_unchanged_tree_passes_and_says_by_what() {
    let tree = release();
    for report in [report(tree.path()), shallow(tree.path())] {
        assert_eq!((&report.status, found(&report)), (&Status::Passed, vec![]));
        assert_eq!(report.coverage.count("entries"), 5);
        assert_eq!(report.coverage.count("manifests"), 1);
        let named = Command::new("sha256sum").arg(tree.path().join(MANIFEST)).output().unwrap().stdout;
        let digest = String::from_utf8(named).unwrap();
        let unit = format!("{MANIFEST} (SHA-256 {})", &digest[..64]);
        assert_eq!(report.coverage.count(&unit), 1, "{:?}", report.coverage);
    }
}

#[test]
fn every_kind_of_change_is_found() {
    type Change = fn(&Path);
    let changes: [(Change, &[(&str, &str)]); 13] = [
        (|tree| write(tree, "a.txt", "b\n"), &[("INT-002", "a.txt")]),
        (|tree| write(tree, "a.txt", "a\na\n"), &[("INT-002", "a.txt")]),
        (|tree| fs::remove_file(tree.join("lib/two")).unwrap(), &[("INT-003", "lib/two")]),
        (
            |tree| fs::remove_dir_all(tree.join("lib")).unwrap(),
            &[("INT-003", "lib/one"), ("INT-003", "lib/two")],
        ),
        (|tree| write(tree, "lib/.hidden", ""), &[("INT-004", "lib/.hidden")]),
        (|tree| symlink("a.txt", tree.join("b")).unwrap(), &[("INT-004", "b")]),
        (|tree| mode(tree, "bin/start.sh", 0o644), &[("INT-005", "bin/start.sh")]),
        (|tree| mode(tree, "a.txt", 0o600), &[("INT-005", "a.txt")]),
        (|tree| mode(tree, "a.txt", 0o666), &[("INT-006", "a.txt")]),
        (|tree| mode(tree, "bin/start.sh", 0o6755), &[("INT-006", "bin/start.sh")]),
        (
            |tree| {
                fs::remove_file(tree.join("current")).unwrap();
                symlink("lib/two", tree.join("current")).unwrap();
            },
            &[("INT-007", "current")],
        ),
        (
            |tree| {
                fs::remove_file(tree.join("lib/two")).unwrap();
                symlink("one", tree.join("lib/two")).unwrap();
            },
            &[("INT-008", "lib/two")],
        ),
        (
            |tree| {
                fs::remove_file(tree.join("a.txt")).unwrap();
                fs::create_dir(tree.join("a.txt")).unwrap();
            },
            &[("INT-008", "a.txt")],
        ),
    ];
    for (index, (change, expected)) in changes.iter().enumerate() {
        let tree = release();
        change(tree.path());
        for report in [report(tree.path()), shallow(tree.path())] {
            assert_eq!(
                (&report.status, found(&report)),
                (&Status::Failed, expected.to_vec()),
                "change {index}"
            );
        }
    }
}

#[test]
fn another_umask_is_said_once() {
    let tree = release();
    for (path, bits) in [("a.txt", 0o664), ("bin/start.sh", 0o775), ("lib/one", 0o664), ("lib/two", 0o664)] {
        mode(tree.path(), path, bits);
    }
    let report = report(tree.path());
    assert_eq!((&report.status, found(&report)), (&Status::Passed, vec![("INT-015", "")]));
}

#[test]
fn the_same_tree_gives_the_same_manifest() {
    let tree = release();
    let listed = String::from_utf8(manifest_of(tree.path())).unwrap();
    for (path, stands) in [(MANIFEST, false), ("lib/two", true), ("current", true)] {
        assert_eq!(listed.contains(&format!("\"{path}\"")), stands, "{path}");
    }
    let entries = |text: &str| text.split_once("\"entries\"").unwrap().1.to_owned();
    write(tree.path(), &format!("{MANIFEST}.sig"), "x");
    assert_eq!(entries(&listed), entries(&String::from_utf8(manifest_of(tree.path())).unwrap()));
}

#[test]
fn ignored_files_are_verified_when_listed_and_not_listed_when_written() {
    let tree = tempfile::tempdir().unwrap();
    let tree = tree.path();
    git(tree, &["init", "-q"]);
    for (path, text) in [(".gitignore", "dist/\n*.log\n"), ("a", "a\n"), ("dist/tool", "1\n"), ("dist/x", "")]
    {
        write(tree, path, text);
    }
    let bytes = manifest_of(tree);
    assert!(!String::from_utf8_lossy(&bytes).contains("dist"));
    // A manifest of other making that lists an ignored file, and a checksum file that lists another.
    let entry = r#"{"path":"dist/tool","type":"file","size":2,"sha256":"4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865"},"#;
    let text = String::from_utf8(bytes).unwrap().replacen("[", &format!("[{entry}"), 1);
    write(tree, MANIFEST, text);
    write(tree, "SHA256SUMS", format!("{EMPTY}  dist/x\n"));
    let clean = report(tree);
    // The manifest is older than the checksum file.
    assert_eq!(found(&clean), [("INT-004", "SHA256SUMS")]);
    write(tree, "dist/tool", "2\n");
    write(tree, "dist/x", "2\n");
    for report in [report(tree), shallow(tree)] {
        let expected = [("INT-004", "SHA256SUMS"), ("INT-002", "dist/tool"), ("INT-002", "dist/x")];
        assert_eq!(found(&report), expected);
    }
}

#[test]
fn critical_files_need_a_manifest_that_covers_them() {
    let tree = release();
    let covered = report_with(tree.path(), &critical(&["bin/*", "a.txt"]));
    assert_eq!(covered.status, Status::Passed);
    write(tree.path(), "a.txt", "b\n");
    write(tree.path(), "bin/more.sh", "");
    fs::remove_file(tree.path().join("lib/two")).unwrap();
    let report = report_with(tree.path(), &critical(&["bin/*", "a.txt", "lib/two", "li/*"]));
    let mut rules = found(&report);
    rules.sort_unstable();
    let expected =
        [("INT-001", "a.txt"), ("INT-001", "lib/two"), ("INT-011", "bin/more.sh"), ("INT-012", "")];
    assert_eq!(rules, expected);
    fs::remove_file(tree.path().join(MANIFEST)).unwrap();
    let report = report_with(tree.path(), &critical(&["bin/*"]));
    let Status::NotEvaluated { hint: Some(hint), .. } = &report.status else { panic!("{:?}", report.status) };
    assert_eq!(hint, "readiness audit --write-manifest");
    let report = report_with(tree.path(), &Settings::default());
    assert!(matches!(report.status, Status::NotApplicable { hint: Some(_), .. }), "{:?}", report.status);
    assert!(matches!(report_with(tree.path(), &critical(&["a["])).status, Status::Errored { .. }));
}

#[test]
fn a_manifest_outside_the_tree_is_used_and_one_that_is_not_there_is_no_pass() {
    let tree = release();
    let outside = tempfile::tempdir().unwrap();
    let moved = outside.path().join("release.json");
    fs::rename(tree.path().join(MANIFEST), &moved).unwrap();
    let mut settings = Settings::default();
    settings.integrity.manifest = Some(moved.clone());
    assert_eq!(report_with(tree.path(), &settings).status, Status::Passed);
    write(tree.path(), "new", "");
    assert_eq!(found(&report_with(tree.path(), &settings)), [("INT-004", "new")]);
    write(outside.path(), "release.json", "{");
    let refused = report_with(tree.path(), &settings);
    assert_eq!((&refused.status, found(&refused)), (&Status::Failed, vec![("INT-010", "")]));
    fs::remove_file(&moved).unwrap();
    assert!(matches!(report_with(tree.path(), &settings).status, Status::NotEvaluated { .. }));
}

#[test]
fn signatures_come_before_contents() {
    let case = |path: &str| super::support::repository("fixtures/rules").join(path);
    let good = super::support::audit(&case("INT-013/good/signed"), &["integrity"]).checks.remove(0);
    assert_eq!((&good.status, good.coverage.count("signatures")), (&Status::Passed, 1));
    // Refused contents are not compared: nothing but the signature is reported.
    for (path, rule) in
        [("INT-013/bad/changed-after-signing", "INT-013"), ("INT-014/bad/no-signature", "INT-014")]
    {
        let report = super::support::audit(&case(path), &["integrity"]).checks.remove(0);
        assert_eq!(found(&report), [(rule, MANIFEST)]);
        assert_eq!(report.coverage.count("entries"), 0);
        let not_used = |left: &readiness::report::LeftOut| left.reason.starts_with("contents not used");
        assert!(report.coverage.left_out.iter().any(not_used), "{:?}", report.coverage);
    }
    // Without a key the contents are used, and the signature is not passed over in silence.
    let tree = release();
    write(tree.path(), &format!("{MANIFEST}.sig"), "x");
    let unkeyed = report(tree.path());
    assert_eq!(unkeyed.status, Status::Passed);
    let left = &unkeyed.coverage.left_out[0];
    assert_eq!(
        (left.kind, left.paths[0].as_str()),
        (LeftOutKind::Unsupported, "readiness.manifest.json.sig")
    );
    // Required, but no key to verify it with.
    let mut settings = Settings::default();
    settings.integrity.require_signature = true;
    let report = report_with(tree.path(), &settings);
    assert!(matches!(report.status, Status::NotEvaluated { hint: Some(_), .. }), "{:?}", report.status);
    assert_eq!(report.coverage.count("entries"), 0);
}

#[test]
fn hostile_manifests_are_refused() {
    let entry = |path: &str| format!(r#"{{"path":{path:?},"type":"file","size":0,"sha256":"{EMPTY}"}}"#);
    let manifest = |entries: &[String]| {
        let entries = entries.join(",\n");
        format!(
            r#"{{"schema":1,"created":"2026-11-21T12:00:00Z","algorithm":"sha256","entries":[{entries}]}}"#
        )
    };
    for entries in [
        vec![entry("a"), entry("../a")],
        vec![entry("/a")],
        vec![entry("a"), entry("a")],
        vec![entry("a"), entry("a/b")],
        vec![entry("C:\\a")],
        vec![entry("a"), "{}".to_owned()],
    ] {
        let tree = tempfile::tempdir().unwrap();
        write(tree.path(), "a", "");
        write(tree.path(), MANIFEST, manifest(&entries));
        let report = report(tree.path());
        assert_eq!(
            (&report.status, found(&report)),
            (&Status::Failed, vec![("INT-010", MANIFEST)]),
            "{entries:?}"
        );
    }
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "a", "");
    write(tree.path(), "A", "");
    write(tree.path(), MANIFEST, manifest(&[entry("a"), entry("A")]));
    assert_eq!(found(&report(tree.path())), [("INT-017", MANIFEST)]);
    write(tree.path(), MANIFEST, "[".repeat(1 << 20));
    assert_eq!(found(&report(tree.path())), [("INT-010", MANIFEST)]);
}

#[test]
fn long_lists_take_no_long_time() {
    let tree = tempfile::tempdir().unwrap();
    let entries: Vec<String> = (0..100_000)
        .map(|at| format!(r#"{{"path":"d{}/f{at}","type":"file","size":0,"sha256":"{EMPTY}"}}"#, at % 100))
        .collect();
    let entries = entries.join(",\n");
    write(
        tree.path(),
        MANIFEST,
        format!(
            r#"{{"schema":1,"created":"2026-11-21T12:00:00Z","algorithm":"sha256","entries":[{entries}]}}"#
        ),
    );
    let lines: String = (0..100_000).map(|at| format!("{EMPTY}  ../f{at}\n")).collect();
    write(tree.path(), "SHA256SUMS", lines);
    let start = Instant::now();
    let report = report(tree.path());
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    let count = |rule: &str| report.findings.iter().filter(|finding| finding.rule == rule).count();
    assert_eq!((count("INT-003"), count("INT-010"), count("INT-004")), (1000, 1000, 1));
    let capped: Vec<&str> = report
        .coverage
        .left_out
        .iter()
        .filter(|left| left.kind == LeftOutKind::Capped)
        .map(|left| left.reason.as_str())
        .collect();
    assert_eq!(capped.len(), 2);
    assert!(capped.iter().all(|reason| reason.starts_with("100000 findings")), "{capped:?}");
}

#[test]
fn a_file_that_changes_while_it_is_read_does_not_pass() {
    let tree = tempfile::tempdir().unwrap();
    let path = tree.path().join("log");
    fs::File::create(&path).unwrap().set_len(96 << 20).unwrap();
    let line = Command::new("sha256sum").arg("log").current_dir(tree.path()).output().unwrap().stdout;
    write(tree.path(), "SHA256SUMS", line);
    assert_eq!(report(tree.path()).status, Status::Passed);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // The same byte again and again: the contents stay, the time stamp does not.
            let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
            while !done.load(Relaxed) {
                std::os::unix::fs::FileExt::write_at(&file, &[0], 0).unwrap();
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let report = report(tree.path());
        done.store(true, Relaxed);
        assert_eq!((&report.status, found(&report)), (&Status::Failed, vec![("INT-009", "log")]));
    });
}

#[test]
fn what_cannot_be_read_does_not_pass() {
    let tree = release();
    mode(tree.path(), "a.txt", 0);
    if fs::read(tree.path().join("a.txt")).is_err() {
        let report = report(tree.path());
        assert_eq!(found(&report), [("INT-009", "a.txt")]);
        let refused = write_manifest(
            tree.path(),
            &tree.path().join(MANIFEST),
            &engine::Settings::default(),
            Timestamp::UNIX_EPOCH,
            &Progress::default(),
        );
        assert!(matches!(refused, Err(WriteError::Incomplete { .. })), "{refused:?}");
    }
    // A pipe in the place of a file; for a superuser too.
    mode(tree.path(), "a.txt", 0o644);
    fs::remove_file(tree.path().join("a.txt")).unwrap();
    assert!(Command::new("mkfifo").arg(tree.path().join("a.txt")).status().unwrap().success());
    let report = report(tree.path());
    assert_eq!((&report.status, found(&report)), (&Status::Failed, vec![("INT-008", "a.txt")]));
}

#[test]
fn excluded_files_are_verified_when_listed() {
    let tree = release();
    let item = readiness::audit::CHECKS.iter().find(|item| item.check.id == "integrity").unwrap();
    let run = || {
        let started = vec![Started { check: item.check, start: (item.start)(&Settings::default()) }];
        let reading =
            engine::Settings { deep: true, exclude: vec!["lib/**".to_owned()], ..Default::default() };
        engine::run(tree.path(), &reading, started, &Progress::default()).unwrap().checks.remove(0)
    };
    assert_eq!(run().status, Status::Passed);
    write(tree.path(), "lib/one", "2\n");
    assert_eq!(found(&run()), [("INT-002", "lib/one")]);
}

#[test]
fn checksum_files_below_the_root_wait_for_a_deep_audit() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "dist/x", "changed");
    write(tree.path(), "dist/SHA256SUMS", format!("{EMPTY}  x\n"));
    let report_shallow = shallow(tree.path());
    assert!(matches!(report_shallow.status, Status::NotApplicable { .. }));
    assert_eq!(report_shallow.coverage.left_out[0].kind, LeftOutKind::Shallow);
    assert_eq!(found(&report(tree.path())), [("INT-002", "dist/x")]);
}

#[test]
fn weak_and_strange_lists_are_left_out_aloud() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "x", "");
    write(tree.path(), "MD5SUMS", "d41d8cd98f00b204e9800998ecf8427e  x\n");
    write(tree.path(), "checksums.txt", "d41d8cd98f00b204e9800998ecf8427e  x\n");
    write(tree.path(), "y.sha256", "see the web site\n");
    let report = report(tree.path());
    assert!(matches!(report.status, Status::NotApplicable { .. }), "{:?}", report.status);
    let mut left: Vec<&str> =
        report.coverage.left_out.iter().flat_map(|left| &left.paths).map(String::as_str).collect();
    left.sort_unstable();
    assert_eq!(left, ["MD5SUMS", "checksums.txt", "y.sha256"]);
}

/// Whatever `sha256sum --check` says of a file, the check says too.
#[test]
fn sha256sum_agrees_on_awkward_names() {
    let names = [
        "plain",
        " lead",
        "trail ",
        "new\nline",
        "car\rriage",
        "back\\slash",
        "quo'te\"",
        "*star",
        "(p) = x",
        "ünï",
        "-d",
        "a\tb",
        "sub/deep name",
        "link",
    ];
    let tree = tempfile::tempdir().unwrap();
    for name in &names[..13] {
        write(tree.path(), name, name);
    }
    symlink("plain", tree.path().join("link")).unwrap();
    for form in [&["--"][..], &["-b", "--"], &["--tag", "--"]] {
        let sums =
            Command::new("sha256sum").args(form).args(names).current_dir(tree.path()).output().unwrap();
        assert!(sums.status.success());
        write(tree.path(), "SHA256SUMS", &sums.stdout);
        for (changed, expected) in [(None, 0), (Some("new\nline"), 1), (Some("plain"), 2), (Some(" lead"), 1)]
        {
            if let Some(name) = changed {
                write(tree.path(), name, "other");
            }
            let agreed = Command::new("sha256sum")
                .args(["--check", "--quiet", "SHA256SUMS"])
                .env("LC_ALL", "C")
                .current_dir(tree.path())
                .output()
                .unwrap();
            let failed = String::from_utf8_lossy(&agreed.stdout)
                .lines()
                .filter(|line| line.ends_with(": FAILED"))
                .count();
            let report = report(tree.path());
            assert_eq!((found(&report).len(), failed), (expected, expected), "{form:?} {changed:?}");
            assert_eq!(report.coverage.count("entries"), names.len() as u64);
            if let Some(name) = changed {
                write(tree.path(), name, name);
            }
        }
    }
}
