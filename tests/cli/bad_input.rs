//! Hostile and broken input: noted, bounded, and the rest of the audit unharmed.

use std::path::Path;
use std::time::{Duration, Instant};

use readiness::report::{LeftOutKind, Report, Status};

use super::support::{audit, findings, write};

const FINDING: &str = "aws_access_key_id = AKIAQ3EGRYT5J2W7LKZM\n";

/// The tree of a test always holds one true finding; it must be there whatever stands beside it.
fn tree() -> tempfile::TempDir {
    let folder = tempfile::Builder::new().prefix("tree").tempdir().unwrap();
    write(folder.path(), "deploy.ini", FINDING);
    folder
}

fn still_finds(folder: &Path) -> Report {
    let begun = Instant::now();
    let outcome = audit(folder, &[]);
    assert!(
        findings(&outcome).any(|finding| finding.location.path() == Some("deploy.ini")),
        "the rest of the audit is unharmed"
    );
    assert!(
        !outcome.checks.iter().any(|check| matches!(check.status, Status::Errored { .. })),
        "no check breaks"
    );
    assert!(begun.elapsed() < Duration::from_secs(60), "bounded time");
    outcome
}

fn left_out(outcome: &Report, kind: LeftOutKind) -> u64 {
    outcome.coverage.left_out.iter().filter(|left| left.kind == kind).map(|left| left.count).sum()
}

#[test]
fn contents_of_every_bad_kind() {
    let folder = tree();
    let nested = "[".repeat(200_000);
    let bomb = (0..40).fold("a0: &a0 x\n".to_owned(), |text, n| {
        format!("{text}a{}: &a{} [*a{n}, *a{n}, *a{n}, *a{n}]\n", n + 1, n + 1)
    });
    let cases: &[(&str, Vec<u8>)] = &[
        ("config/production.yaml", nested.clone().into_bytes()),
        ("config/production.json", nested.clone().into_bytes()),
        ("config/production.toml", format!("a = {nested}").into_bytes()),
        ("config/staging.yaml", bomb.into_bytes()),
        ("application.yaml", b"a: 1\na: 2\n\xFF\xFE".to_vec()),
        ("appsettings.json", b"{\"a\": 1, \"a\": ".to_vec()),
        (".env", vec![0; 1 << 20]),
        ("Dockerfile", vec![b'\\'; 1 << 20]),
        ("Containerfile", b"FROM x\nRUN <<EOF\n".repeat(5_000)),
        ("readiness.manifest.json", b"{\"schema\": 1, \"entries\": [".to_vec()),
        ("app.sig", b"not a signature".to_vec()),
        ("data.enc", b"\x28short".to_vec()),
        ("SHA256SUMS", b"zz  ../../etc/passwd\n".repeat(1_000)),
        ("one-line.js", b"password = secret token api_key curl | sh ".repeat(50_000)),
        ("nul.txt", [b"a".repeat(10_000), vec![0; 10_000]].concat()),
        ("utf16.ps1", [b"\xFF\xFE".to_vec(), vec![0xD8; 9_999]].concat()),
        ("eval.php", b"<?php eval(".repeat(100_000)),
    ];
    for (path, bytes) in cases {
        write(folder.path(), path, bytes);
    }
    still_finds(folder.path());
}

#[test]
fn a_file_over_the_bound_is_hashed_and_said_to_be_unsearched() {
    let folder = tree();
    let large = std::fs::File::create(folder.path().join("large.txt")).unwrap();
    large.set_len(40 << 20).unwrap();
    let outcome = still_finds(folder.path());
    assert_eq!(left_out(&outcome, LeftOutKind::TooLarge), 1);
    assert!(outcome.coverage.count("bytes") > 40 << 20, "hashed whole");
}

#[cfg(unix)]
#[test]
fn links_sockets_and_pipes() {
    use std::os::unix::fs::symlink;
    let folder = tree();
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "outside.ini", FINDING);
    symlink("circle", folder.path().join("circle")).unwrap();
    symlink(".", folder.path().join("here")).unwrap();
    symlink("absent", folder.path().join("dangling")).unwrap();
    symlink(outside.path(), folder.path().join("way-out")).unwrap();
    symlink(outside.path().join("outside.ini"), folder.path().join("file-out.ini")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap().success());
    let outcome = still_finds(folder.path());
    assert_eq!(left_out(&outcome, LeftOutKind::Special), 2);
    assert_eq!(left_out(&outcome, LeftOutKind::Link), 4, "{:?}", outcome.coverage.left_out);
    assert_eq!(
        findings(&outcome).filter(|finding| finding.rule == "SEC-001").count(),
        1,
        "no link is followed"
    );
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_coverage_left_out() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tree();
    write(folder.path(), "closed/file.ini", FINDING);
    write(folder.path(), "closed.ini", FINDING);
    let close = |path: &str| {
        std::fs::set_permissions(folder.path().join(path), std::fs::Permissions::from_mode(0o000)).unwrap();
    };
    close("closed.ini");
    close("closed");
    if std::fs::read(folder.path().join("closed.ini")).is_ok() {
        eprintln!("skipped: this user may read everything");
        return;
    }
    let outcome = still_finds(folder.path());
    assert_eq!(left_out(&outcome, LeftOutKind::Unreadable), 2);
    std::fs::set_permissions(folder.path().join("closed"), std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_file_that_changes_while_it_is_read_never_passes_silently() {
    let folder = tree();
    let path = folder.path().join("growing.log");
    std::fs::File::create(&path).unwrap().set_len(30 << 20).unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                std::io::Write::write_all(&mut file, &[b'x'; 4_096]).unwrap();
                std::thread::sleep(Duration::from_micros(200));
            }
        });
        let outcome = still_finds(folder.path());
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(left_out(&outcome, LeftOutKind::Changed), 1);
    });
}

#[cfg(unix)]
#[test]
fn a_deep_tree_ends() {
    let folder = tree();
    let mut path = folder.path().to_owned();
    // Longer than the system takes in one path is not needed: the bound is on depth.
    for _ in 0..300 {
        path.push("d");
    }
    std::fs::create_dir_all(&path).unwrap();
    write(&path, "deep.ini", FINDING);
    let outcome = still_finds(folder.path());
    assert_eq!(left_out(&outcome, LeftOutKind::Unreadable), 1, "nested too deeply");
}
