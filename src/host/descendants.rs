//! What a program started and what left its process group (`setsid`, a daemon that forked twice), found by a variable in its
//! environment and by its parents. A process that gave up both, its environment and its living parents, is not found; nor is
//! what a service of the system started for it.
//!
//! Being the reaper of orphans (`PR_SET_CHILD_SUBREAPER`) would bring them all here, but not say which of several programs that
//! run at once they came from, and a daemon that was started on purpose by another one must live.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::procfs::{head, pids, stat};

/// Largest environment that is looked at, in bytes; the kernel bounds arguments and environment together at a quarter of the
/// stack, 2 MiB.
const ENVIRONMENT: u64 = 4 << 20;
/// How often it is looked again: what is forked while others are ended is found the next time.
const ROUNDS: usize = 20;

/// A variable that only one program is given, and what it starts inherits.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    /// Its name.
    pub(super) name: String,
    /// Its value.
    pub(super) value: String,
}

impl Mark {
    /// A new one: by this process, its start (a number of a process is given again), and how many there were. The name differs,
    /// too, so that a program which is this one itself leaves the mark in place.
    pub(super) fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let own = std::process::id();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let start = stat(own).map_or(0, |stat| stat.start);
        Self { name: format!("READINESS_PROGRAM_{own}_{count}"), value: start.to_string() }
    }

    fn is_in(&self, environment: &[u8]) -> bool {
        let entry = format!("{}={}", self.name, self.value);
        environment.split(|byte| *byte == 0).any(|found| found == entry.as_bytes())
    }

    /// Ends at once the program `root` that was given it, and everything that has it or descends from such. The number of `root`
    /// must not be free to be given again.
    pub(super) fn end_all(&self, root: u32) {
        for _ in 0..ROUNDS {
            let mut ended = false;
            for (pid, start) in self.found(root) {
                ended |= end(pid, start);
            }
            if !ended {
                return;
            }
        }
    }

    /// All of them that run, each with its start.
    fn found(&self, root: u32) -> Vec<(u32, u64)> {
        let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let mut starts: BTreeMap<u32, u64> = BTreeMap::new();
        let mut left: Vec<u32> = Vec::new();
        let own = std::process::id();
        for pid in pids().filter(|pid| *pid != own) {
            let Some(stat) = stat(pid).filter(|stat| !stat.has_ended()) else { continue };
            starts.insert(pid, stat.start);
            children.entry(stat.parent).or_default().push(pid);
            let environment = || head(format!("/proc/{pid}/environ"), ENVIRONMENT);
            if pid == root || environment().is_some_and(|bytes| self.is_in(&bytes)) {
                left.push(pid);
            }
        }
        let mut found: BTreeSet<u32> = BTreeSet::new();
        while let Some(pid) = left.pop() {
            if found.insert(pid) {
                left.extend(children.get(&pid).into_iter().flatten());
            }
        }
        found.into_iter().filter_map(|pid| Some((pid, *starts.get(&pid)?))).collect()
    }
}

/// Ends a process that started at that moment; whether it was still there and might be ended.
fn end(pid: u32, start: u64) -> bool {
    let Some(number) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return false };
    // What is opened stays that process, so that no other one can be meant when its number is given again after the look.
    let Ok(process) = pidfd_open(number, PidfdFlags::empty()) else { return false };
    stat(pid).is_some_and(|now| now.start == start && !now.has_ended())
        && pidfd_send_signal(&process, Signal::KILL).is_ok()
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};

    use super::*;

    fn sleeper(mark: Option<&Mark>) -> Child {
        let mut command = Command::new("sleep");
        command.arg("60");
        if let Some(mark) = mark {
            command.env(&mark.name, &mark.value);
        }
        command.spawn().unwrap()
    }

    #[test]
    fn only_what_has_the_mark_is_ended() {
        let (mark, other) = (Mark::new(), Mark::new());
        assert_ne!(mark.name, other.name);
        let mut children = [sleeper(Some(&mark)), sleeper(Some(&other)), sleeper(None)];
        // Until each of them is `sleep` and no copy of this process any more.
        std::thread::sleep(std::time::Duration::from_millis(200));
        // As if nothing were known but the mark: no process has the number 0.
        mark.end_all(0);
        assert!(children[0].wait().unwrap().code().is_none());
        for child in &mut children[1..] {
            assert_eq!(child.try_wait().unwrap(), None, "it was ended, too");
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    #[test]
    fn a_process_that_started_at_another_moment_is_not_the_one() {
        let mut child = sleeper(None);
        let start = stat(child.id()).unwrap().start;
        assert!(!end(child.id(), start + 1));
        assert_eq!(child.try_wait().unwrap(), None);
        assert!(end(child.id(), start));
        child.wait().unwrap();
        assert!(!end(child.id(), start), "it has ended");
    }

    #[test]
    fn a_mark_is_a_whole_entry() {
        let mark = Mark { name: "A_1".to_owned(), value: "5".to_owned() };
        assert!(mark.is_in(b"B=1\0A_1=5\0") && mark.is_in(b"A_1=5"));
        assert!(!mark.is_in(b"A_1=55\0B=A_1=5\0XA_1=5\0"));
    }
}
