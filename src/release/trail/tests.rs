//! Every single change of a trail is found; whatever ends a program, the trail goes on.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::host::disk::{Disk, Operation};

/// Where a child process finds its trail, what it is called, and at which operation it ends.
const CHILD: &str = "READINESS_TEST_TRAIL";

fn event(subject: &str) -> Event {
    Event {
        time: "2026-06-15T12:00:00Z".to_owned(),
        action: "verify".to_owned(),
        subject: subject.to_owned(),
        commit: Some("1f2e3d4".to_owned()),
        release: None,
        outcome: "READY".to_owned(),
        exit_code: 0,
    }
}

fn made(folder: &Path, records: u32) -> PathBuf {
    let trail = folder.join("trail.jsonl");
    for number in 1..=records {
        append(&trail, &event(&format!("app {number}")), "readiness 0.1.0", &Disk::real()).unwrap();
    }
    trail
}

fn verified(trail: &Path) -> Verified {
    read(trail, None, &mut |_| {}).unwrap()
}

fn rules(trail: &Path) -> Vec<&'static str> {
    verified(trail).faults.iter().map(|fault| fault.rule).collect()
}

#[test]
fn a_line_is_bound_to_the_one_before_as_sha256sum_says() {
    let folder = tempfile::tempdir().unwrap();
    let trail = made(folder.path(), 3);
    let text = fs::read_to_string(&trail).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let sum = |line: &str| {
        let path = folder.path().join("line");
        fs::write(&path, line).unwrap();
        let out = Command::new("sha256sum").arg(&path).output().unwrap();
        String::from_utf8(out.stdout).unwrap()[..64].to_owned()
    };
    assert!(lines[0].contains(&format!("\"prev\":\"{NO_RECORD}\"")));
    assert!(lines[1].contains(&format!("\"prev\":\"{}\"", sum(lines[0]))));
    assert!(lines[2].contains(&format!("\"prev\":\"{}\"", sum(lines[1]))));
    assert_eq!(
        fs::read_to_string(folder.path().join("trail.head")).unwrap(),
        format!("3 {}\n", sum(lines[2]))
    );
    let seen = verified(&trail);
    assert_eq!((seen.trail.records, seen.trail.head, seen.faults), (3, sum(lines[2]), vec![]));
}

#[test]
fn every_change_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let trail = made(folder.path(), 5);
    let (whole, head) = (fs::read(&trail).unwrap(), fs::read(head_path(&trail)).unwrap());
    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    let mut cases = 0;
    let noted = noted(&trail).unwrap();
    let mut changed = |mut bytes: &[u8], what: &str| {
        let seen = verify(&mut bytes, &noted, None, &mut |_| {}).unwrap();
        assert!(!seen.faults.is_empty(), "{what}");
        cases += 1;
    };
    for at in 0..whole.len() {
        for bit in [0x01, 0x20, 0x80] {
            let mut bytes = whole.clone();
            bytes[at] ^= bit;
            changed(&bytes, &format!("byte {at} flipped by {bit:#x}"));
        }
        changed(&whole[..at], &format!("cut to {at} bytes"));
        let mut bytes = whole.clone();
        bytes.remove(at);
        changed(&bytes, &format!("byte {at} removed"));
        let mut bytes = whole.clone();
        bytes.insert(at, b' ');
        changed(&bytes, &format!("a space before byte {at}"));
    }
    for one in 0..lines.len() {
        let mut without = lines.clone();
        without.remove(one);
        changed(&without.concat(), &format!("record {one} removed"));
        for other in 0..lines.len() {
            let mut moved = lines.clone();
            moved.swap(one, other);
            if one < other {
                changed(&moved.concat(), &format!("records {one} and {other} swapped"));
            }
            let mut more = lines.clone();
            more.insert(other, lines[one]);
            changed(&more.concat(), &format!("record {one} again at {other}"));
        }
    }
    let mut twice = whole.clone();
    twice.extend_from_slice(lines[4]);
    changed(&twice, "the last record twice");
    twice.extend_from_slice(b"\n");
    changed(&twice, "an empty line");

    // The same of the head, in front of an untouched trail.
    for at in 0..head.len() {
        for bytes in [head[..at].to_vec(), {
            let mut bytes = head.clone();
            bytes[at] ^= 1;
            bytes
        }] {
            fs::write(head_path(&trail), bytes).unwrap();
            assert!(!rules(&trail).is_empty(), "head, byte {at}");
            assert!(append(&trail, &event("more"), "t", &Disk::real()).is_err());
            cases += 1;
        }
    }
    fs::remove_file(head_path(&trail)).unwrap();
    assert_eq!(rules(&trail), ["REL-041"]);
    assert!(append(&trail, &event("more"), "t", &Disk::real()).is_err());
    fs::write(head_path(&trail), &head).unwrap();
    fs::remove_file(&trail).unwrap();
    assert_eq!(rules(&trail), ["REL-041"]);
    assert!(append(&trail, &event("more"), "t", &Disk::real()).is_err());
    assert!(!trail.exists());
    cases += 2;
    println!("changes of a trail and its head: {cases} cases, all found");
}

#[test]
fn what_happened_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let trail = made(folder.path(), 4);
    let whole = fs::read_to_string(&trail).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let said = |text: String| {
        fs::write(&trail, text).unwrap();
        let seen = verified(&trail);
        let fault = seen.faults[0].clone();
        (seen.trail.records, fault.rule, fault.line, fault.message)
    };
    let words = |message: &str| message.to_owned();
    assert_eq!(
        said([lines[0], lines[2], lines[3]].concat()),
        (
            1,
            "REL-040",
            Some(2),
            words("record 3 stands where record 2 should: records are missing before it")
        )
    );
    assert_eq!(
        said([lines[0], lines[1], lines[1]].concat()),
        (2, "REL-040", Some(3), words("record 2 stands where record 3 should: it was moved, or added"))
    );
    assert_eq!(
        said(whole.replace("app 2", "app 9")),
        (2, "REL-040", Some(3), words("record 3 does not follow from record 2: one of them was changed"))
    );
    assert_eq!(
        said(whole.replace("app 4", "app 9")),
        (4, "REL-040", None, words("the head names another record 4 than the trail has"))
    );
    assert_eq!(
        said(lines[..2].concat()),
        (2, "REL-041", None, words("the head is of record 4, the trail has 2"))
    );
    assert_eq!(said(format!("{whole}{{\"seq\":5")).1, "REL-042");
    assert_eq!(
        said(whole.replacen("{", "{\"extra\":1,", 1)),
        (0, "REL-040", Some(1), words("line 1 cannot be read: it is no record"))
    );
    assert_eq!(
        said("x".repeat(MAX_LINE + 1)),
        (0, "REL-040", Some(1), format!("line 1 cannot be read: it is longer than {MAX_LINE} bytes"))
    );
}

#[test]
fn a_head_noted_elsewhere_finds_what_a_forged_head_hides() {
    let folder = tempfile::tempdir().unwrap();
    let trail = made(folder.path(), 3);
    let noted = verified(&trail).trail.head;
    let whole = fs::read_to_string(&trail).unwrap();
    let shorter: Vec<&str> = whole.lines().take(2).collect();
    append(&trail, &event("app 4"), "t", &Disk::real()).unwrap();
    assert!(
        read(&trail, Some(&noted), &mut |_| {}).unwrap().faults.is_empty(),
        "it need not be the last one"
    );
    // Whoever can write the trail can write its head too.
    fs::write(&trail, format!("{}\n", shorter.join("\n"))).unwrap();
    fs::write(head_path(&trail), Head { seq: 2, sha256: digest(shorter[1].as_bytes()) }.to_bytes()).unwrap();
    assert!(rules(&trail).is_empty());
    let seen = read(&trail, Some(&noted), &mut |_| {}).unwrap();
    assert_eq!(seen.faults[0].rule, "REL-041");
    let seen = read(&folder.path().join("absent.jsonl"), Some(&noted), &mut |_| {}).unwrap();
    assert_eq!(seen.faults[0].rule, "REL-041");
}

#[test]
fn a_trail_without_records_is_not_verified() {
    let folder = tempfile::tempdir().unwrap();
    let trail = folder.path().join("trail.jsonl");
    let report = conclude(&verified(&trail), "trail.jsonl");
    assert_eq!(report.status.words(), "not evaluated");
    append(&trail, &event("app"), "t", &Disk::real()).unwrap();
    assert_eq!(conclude(&verified(&trail), "trail.jsonl").status.words(), "passed");
}

#[test]
fn a_torn_line_is_removed_and_the_next_record_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let trail = made(folder.path(), 2);
    let whole = fs::read(&trail).unwrap();
    let next = Record::of(&event("app 3"), "t", 3, &verified(&trail).trail.head, false).to_line();
    for length in 1..=next.len() {
        fs::write(&trail, [&whole, &next[..length]].concat()).unwrap();
        assert_eq!(rules(&trail), ["REL-042"], "{length}");
    }
    append(&trail, &event("app 3"), "t", &Disk::real()).unwrap();
    let mut records = Vec::new();
    assert!(read(&trail, None, &mut |record| records.push(record)).unwrap().faults.is_empty());
    assert_eq!(records.iter().map(|record| record.recovered).collect::<Vec<_>>(), [false, false, true]);
    // A first line that is torn is one, too.
    let first = folder.path().join("first.jsonl");
    append(&first, &event("app"), "t", &Disk::real()).unwrap();
    fs::write(&first, b"{\"seq\"").unwrap();
    fs::write(head_path(&first), Head { seq: 0, sha256: NO_RECORD.to_owned() }.to_bytes()).unwrap();
    assert_eq!(append(&first, &event("app"), "t", &Disk::real()).unwrap().records, 1);
    assert!(rules(&first).is_empty());
}

#[test]
fn the_longest_texts_fit_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let trail = folder.path().join("trail");
    let long = "\u{1}".repeat(100_000);
    let worst = Event {
        time: long.clone(),
        action: long.clone(),
        subject: long.clone(),
        commit: Some(long.clone()),
        release: Some(long.clone()),
        outcome: long.clone(),
        exit_code: 255,
    };
    for _ in 0..3 {
        append(&trail, &worst, &long, &Disk::real()).unwrap();
    }
    assert!(fs::metadata(&trail).unwrap().len() < 3 * MAX_LINE as u64);
    assert!(rules(&trail).is_empty());
    assert!(folder.path().join("trail.head").exists() && folder.path().join("trail.lock").exists());
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("target");
    for ending in ["jsonl", "head", "lock"] {
        let place = folder.path().join(ending);
        fs::create_dir(&place).unwrap();
        fs::write(&target, b"").unwrap();
        std::os::unix::fs::symlink(&target, place.join(format!("trail.{ending}"))).unwrap();
        assert!(append(&place.join("trail.jsonl"), &event("app"), "t", &Disk::real()).is_err(), "{ending}");
        assert_eq!(fs::read(&target).unwrap(), b"", "{ending}");
    }
    let pipe = folder.path().join("trail.jsonl");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert!(append(&pipe, &event("app"), "t", &Disk::real()).is_err());
    assert!(read(&pipe, None, &mut |_| {}).is_err());
}

#[test]
fn threads_do_not_lose_each_others_records() {
    let folder = tempfile::tempdir().unwrap();
    let trail = folder.path().join("trail.jsonl");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let trail = &trail;
            scope.spawn(move || {
                for number in 0..10 {
                    append(trail, &event(&format!("{thread}-{number}")), "t", &Disk::real()).unwrap();
                    assert!(verified(trail).faults.is_empty());
                }
            });
        }
    });
    all_there(&trail, 4 * 10);
}

fn all_there(trail: &Path, count: usize) {
    let mut subjects = BTreeSet::new();
    let seen = read(trail, None, &mut |record| _ = subjects.insert(record.subject)).unwrap();
    assert_eq!((seen.faults, seen.trail.records, subjects.len()), (vec![], count as u64, count));
}

/// Counts operations, and ends the program, or fails, at the one with a number.
fn ending_at(at: usize, counted: &Arc<AtomicUsize>, end: bool) -> Disk {
    let counted = Arc::clone(counted);
    Disk::watched(move |operation, path| {
        if counted.fetch_add(1, Ordering::SeqCst) + 1 != at {
            return Ok(());
        }
        // Half of a line may be on the disk by then.
        if operation == Operation::Write && path.extension().is_some_and(|ending| ending == "jsonl") {
            let mut file = fs::OpenOptions::new().append(true).open(path)?;
            std::io::Write::write_all(&mut file, b"{\"seq\":")?;
        }
        if end {
            std::process::abort();
        }
        Err(std::io::ErrorKind::StorageFull.into())
    })
}

/// Not a test of its own: what the tests below run in processes of their own.
#[test]
#[ignore = "run by other tests"]
fn child() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let (at, rest) = told.split_once(' ').unwrap();
    let (name, path) = rest.split_once(' ').unwrap();
    let disk = ending_at(at.parse().unwrap(), &Arc::default(), true);
    for number in 0..8 {
        append(Path::new(path), &event(&format!("{name}-{number}")), "t", &disk).unwrap();
        if name == "once" {
            break;
        }
    }
}

fn start(at: usize, name: &str, trail: &Path) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "release::trail::tests::child", "--ignored", "--quiet"])
        .env(CHILD, format!("{at} {name} {}", trail.display()))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn processes_do_not_lose_each_others_records() {
    let folder = tempfile::tempdir().unwrap();
    let trail = folder.path().join("trail.jsonl");
    let children: Vec<_> = ["a", "b", "c"].into_iter().map(|name| start(0, name, &trail)).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    all_there(&trail, 3 * 8);
}

#[test]
fn ended_or_failed_at_any_operation_the_trail_goes_on() {
    let mut cases = 0;
    for before in [0, 2] {
        for end in [true, false] {
            for at in 1.. {
                let folder = tempfile::tempdir().unwrap();
                let trail = made(folder.path(), before);
                let ended = if end {
                    !start(at, "once", &trail).wait().unwrap().success()
                } else {
                    append(&trail, &event("once-0"), "t", &ending_at(at, &Arc::default(), false)).is_err()
                };
                if !ended {
                    break;
                }
                cases += 1;
                let seen = verified(&trail);
                let torn: Vec<_> = seen.faults.iter().filter(|fault| fault.rule != "REL-042").collect();
                assert!(torn.is_empty(), "operation {at}: {torn:?}");
                let records = seen.trail.records;
                assert!((u64::from(before)..=u64::from(before) + 1).contains(&records), "operation {at}");
                append(&trail, &event("after"), "t", &Disk::real()).unwrap();
                append(&trail, &event("later"), "t", &Disk::real()).unwrap();
                let after = verified(&trail);
                assert_eq!(
                    (after.faults, after.trail.records, after.trail.notes),
                    (vec![], records + 2, vec![])
                );
            }
        }
    }
    assert!(cases > 40, "{cases}");
    println!("a trail ended or failed at an operation: {cases} cases, none lost");
}
