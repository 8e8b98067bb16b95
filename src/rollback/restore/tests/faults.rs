//! Every operation of a restore fails, or is the last one. Afterwards the tree is the old one or the new one.

use std::io;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use rustix::io::Errno;

use super::*;
use crate::host::disk::Operation;

/// A disk whose operations from `first` on, `times` of them, fail. With `poor` it cannot let names change places.
fn failing(first: usize, times: usize, how: Errno, poor: bool) -> Disk {
    let count = AtomicUsize::new(0);
    Disk::watched(move |operation, _| {
        let now = count.fetch_add(1, SeqCst);
        if poor && operation == Operation::Exchange {
            return Err(io::ErrorKind::Unsupported.into());
        }
        if now >= first && now - first < times { Err(how.into()) } else { Ok(()) }
    })
}

/// How many operations a restore has.
fn operations(world: &World, poor: bool) -> usize {
    let folder = place(world);
    let count = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&count);
    let disk = Disk::watched(move |operation, _| {
        seen.fetch_add(1, SeqCst);
        let refused = poor && operation == Operation::Exchange;
        if refused { Err(io::ErrorKind::Unsupported.into()) } else { Ok(()) }
    });
    world.restore(folder.path(), &disk).unwrap();
    count.load(SeqCst)
}

/// The worlds that are tried, and whether names cannot change places in one step: to the end, and back again.
fn worlds() -> [(World, bool); 4] {
    let whole = World::whole();
    let back = World { good: false, ..whole.clone() };
    let exact = World { exact: true, steps: Vec::new(), ..whole.clone() };
    [(back.clone(), false), (exact, true), (whole, false), (back, true)]
}

/// Brings whatever was interrupted to its end, and judges it.
fn settle(world: &World, top: &Path, context: &str) -> bool {
    if let Err(error) = world.recover(top, &Disk::real()) {
        panic!("{context}: {error}");
    }
    assert!(!is_pending(top), "{context}");
    judge(world, top, context)
}

#[test]
fn an_operation_that_fails_leaves_one_of_both_states() {
    let (mut points, mut new) = (0, 0);
    for (world, poor) in worlds() {
        let count = operations(&world, poor);
        for first in 0..count {
            // The kind of failure decides nothing of what follows: it is tried out in one of the worlds.
            let all = [Errno::NOSPC, Errno::IO, Errno::ACCESS];
            let kinds = if world.good && !poor { &all[..] } else { &all[..1] };
            let once = kinds.iter().map(|how| (1, *how));
            for (times, how) in once.chain([(usize::MAX, Errno::IO)]) {
                let context = format!("operation {first} of {count}, {how}, {times} times");
                let folder = place(&world);
                let result = world.restore(folder.path(), &failing(first, times, how, poor));
                let pending = is_pending(&folder.path().join("tree"));
                let told = match &result {
                    Err(RestoreError::Pending { .. }) => true,
                    // What it says of the tree is true at once.
                    Err(RestoreError::Refused { .. } | RestoreError::Undone { .. }) => {
                        assert!(!judge_tree(&world, folder.path(), &context), "{context}: {result:?}");
                        false
                    }
                    Err(error) => panic!("{context}: {error}"),
                    Ok(_) => false,
                };
                assert_eq!(pending, told, "{context}: {result:?}");
                new += usize::from(settle(&world, folder.path(), &context));
                points += 1;
            }
        }
    }
    println!("restore under failing operations: {points} points tried, {new} ended in the new state");
}

/// As `judge`, without what lies beside the tree.
fn judge_tree(world: &World, top: &Path, context: &str) -> bool {
    let (found, _) = read(top);
    same(&found, &world.before(), context);
    false
}

#[test]
fn a_recovery_that_ends_anywhere_is_taken_up_again() {
    let mut points = 0;
    for (world, poor) in worlds() {
        let count = operations(&world, poor);
        for first in (0..count).step_by(19) {
            let mut last = 0;
            loop {
                let context = format!("restore ended at {first}, recovery at {last}");
                let folder = place(&world);
                let _ = world.restore(folder.path(), &failing(first, usize::MAX, Errno::IO, poor));
                let recovered = world.recover(folder.path(), &failing(last, usize::MAX, Errno::IO, poor));
                let through = recovered.is_ok();
                settle(&world, folder.path(), &context);
                points += 1;
                if through {
                    break;
                }
                last += 1;
            }
        }
    }
    println!("recovery that ends early: {points} points tried");
}

const TASK: &str = "READINESS_TEST_RESTORE";

/// The process that is ended: in a folder, restoring or recovering, at an operation.
#[test]
#[ignore = "run by the test below, in a process of its own"]
fn child_that_is_killed() {
    let Ok(task) = std::env::var(TASK) else { return };
    let [act, at, top] = task.splitn(3, ' ').collect::<Vec<_>>().try_into().unwrap();
    let (at, count) = (at.parse::<usize>().unwrap(), AtomicUsize::new(0));
    let disk = Disk::watched(move |_, _| {
        if count.fetch_add(1, SeqCst) == at {
            // Nothing is tidied up, and no buffer is written.
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)?;
        }
        Ok::<(), io::Error>(())
    });
    let (world, top) = (World::small(), Path::new(top));
    if act == "restore" {
        world.restore(top, &disk).unwrap();
    } else {
        world.recover(top, &disk).unwrap();
    }
}

/// Runs a child; whether it was killed.
fn child(act: &str, at: usize, top: &Path) -> bool {
    let ended = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "rollback::restore::tests::faults::child_that_is_killed", "--ignored", "--quiet"])
        .env(TASK, format!("{act} {at} {}", top.display()))
        .output()
        .unwrap();
    assert!(ended.status.code().is_none_or(|code| code == 0), "{ended:?}");
    ended.status.code().is_none()
}

#[test]
fn a_process_that_is_killed_leaves_one_of_both_states() {
    let world = World::small();
    let count = operations(&world, false);
    let (mut new, mut recoveries) = (0, 0);
    for at in 0..count {
        let folder = place(&world);
        let context = format!("killed at operation {at} of {count}");
        assert!(child("restore", at, folder.path()), "{context}");
        // The recovery is killed as well, somewhere.
        recoveries += usize::from(child("recover", at * 7 % 23, folder.path()));
        new += usize::from(settle(&world, folder.path(), &context));
    }
    assert!(new > 0 && recoveries > 0);
    println!(
        "restore killed: {count} points tried, {recoveries} recoveries killed, {new} ended in the new state"
    );
}
