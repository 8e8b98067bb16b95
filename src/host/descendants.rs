//! What a program started and what left its process group (`setsid`, a daemon that forked twice), found by a variable in its
//! environment and by its parents. A process that gave up both, its environment and its living parents, is not found; nor is
//! what a service of the system started for it.
//!
//! Being the reaper of orphans (`PR_SET_CHILD_SUBREAPER`) would bring them all here, but not say which of several programs that
//! run at once they came from, and a daemon that was started on purpose by another one must live.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::procfs::{head, pids, stat};

/// Largest environment that is looked at, in bytes; the kernel bounds arguments and environment together at a quarter of the
/// stack, 2 MiB.
const ENVIRONMENT: u64 = 4 << 20;
/// How long it is waited for that all obey: the kernel needs a moment, and what hangs in a device any time.
const PATIENCE: Duration = Duration::from_secs(5);

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
        // All are stopped before the first is ended: what is stopped starts nothing more, and is still known to be the parent of
        // what gave up its environment.
        for (pid, start) in self.tell_all(root, Signal::STOP) {
            tell(pid, start, Signal::KILL);
        }
        self.tell_all(root, Signal::KILL);
    }

    /// Sends a signal to each once, as soon as it is seen, until all obey and a look after that finds no more: one that is just
    /// being started is not seen yet, and a look that went through all first would run after those that are started meanwhile.
    /// All that were told, by their numbers and starts.
    fn tell_all(&self, root: u32, signal: Signal) -> BTreeMap<u32, u64> {
        let mut told: BTreeMap<u32, u64> = BTreeMap::new();
        let (own, begun) = (std::process::id(), Instant::now());
        loop {
            let settled = told.iter().all(|(pid, start)| obeys(*pid, *start, signal));
            let mut more = false;
            for pid in pids().filter(|pid| *pid != own) {
                let Some(stat) = stat(pid).filter(|stat| !stat.has_ended()) else { continue };
                if told.get(&pid) != Some(&stat.start) && (pid == root || self.is_of(pid, stat.parent, &told))
                {
                    // Even one that has ended meanwhile may have started another one that this look has not seen.
                    more = true;
                    tell(pid, stat.start, signal);
                    told.insert(pid, stat.start);
                }
            }
            if (settled && !more) || begun.elapsed() > PATIENCE {
                return told;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Whether a process has the mark, or its parent, of that start, was told.
    fn is_of(&self, pid: u32, parent: u32, told: &BTreeMap<u32, u64>) -> bool {
        let known = told.get(&parent);
        known.is_some_and(|start| stat(parent).is_some_and(|stat| stat.start == *start))
            || head(format!("/proc/{pid}/environ"), ENVIRONMENT).is_some_and(|bytes| self.is_in(&bytes))
    }
}

/// Sends a signal to a process that started at that moment; whether it was still there and might be told.
fn tell(pid: u32, start: u64, signal: Signal) -> bool {
    let Some(number) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return false };
    // What is opened stays that process, so that no other one can be meant when its number is given again after the look.
    let Ok(process) = pidfd_open(number, PidfdFlags::empty()) else { return false };
    stat(pid).is_some_and(|now| now.start == start && !now.has_ended())
        && pidfd_send_signal(&process, signal).is_ok()
}

/// Whether a process that started at that moment does what a signal says: it is stopped, or not there any more.
fn obeys(pid: u32, start: u64, signal: Signal) -> bool {
    let Some(stat) = stat(pid).filter(|stat| stat.start == start && !stat.has_ended()) else { return true };
    // One that waits in the kernel (`D`) starts nothing, and may wait for a child that is stopped.
    signal == Signal::STOP && matches!(stat.state, b'T' | b't' | b'D')
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
        std::thread::sleep(Duration::from_millis(200));
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
        assert!(!tell(child.id(), start + 1, Signal::KILL));
        assert_eq!(child.try_wait().unwrap(), None);
        assert!(tell(child.id(), start, Signal::KILL));
        child.wait().unwrap();
        assert!(!tell(child.id(), start, Signal::KILL), "it has ended");
    }

    /// Programs that start others all the time, each in a session of its own and without the mark.
    #[test]
    fn what_is_started_while_others_are_ended_is_ended_too() {
        let mark = Mark::new();
        // Ten digits of seconds that no other process sleeps for.
        let time = format!("1{:09}", std::process::id());
        let lines = || -> Vec<u32> {
            let own = |pid: &u32| {
                let line = head(format!("/proc/{pid}/cmdline"), 4_096).unwrap_or_default();
                line.split(|byte| *byte == 0).any(|word| word == time.as_bytes())
                    && stat(*pid).is_some_and(|stat| !stat.has_ended())
            };
            pids().filter(own).collect()
        };
        // At most so many that a machine bears them if nothing ends them.
        let each = format!("for n in $(seq 200); do setsid env -i /bin/sleep {time} & done");
        let script = format!("setsid sh -c '{each}; sleep 60' & {each}; sleep 60");
        let mut child = Command::new("/bin/sh")
            .args(["-c", &script])
            .env(&mark.name, &mark.value)
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let patience = Instant::now() + Duration::from_secs(30);
        while lines().len() < 100 && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(20));
        }
        let some = lines().len();
        let begun = Instant::now();
        mark.end_all(child.id());
        child.wait().unwrap();
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        let left = lines();
        for pid in &left {
            tell(*pid, stat(*pid).map_or(0, |stat| stat.start), Signal::KILL);
        }
        assert!(some >= 100, "only {some} were started");
        assert_eq!(left.len(), 0, "they are left");
    }

    #[test]
    fn a_mark_is_a_whole_entry() {
        let mark = Mark { name: "A_1".to_owned(), value: "5".to_owned() };
        assert!(mark.is_in(b"B=1\0A_1=5\0") && mark.is_in(b"A_1=5"));
        assert!(!mark.is_in(b"A_1=55\0B=A_1=5\0XA_1=5\0"));
    }
}
