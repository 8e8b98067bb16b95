//! Processor time and memory of a process and of all that it started, on Linux; elsewhere nothing is known of them.
//!
//! Each living process has its own time, and that of its children that ended and were waited for. When a child ends, all
//! of its time moves to the latter in its parent, so that the sum over the tree neither loses nor doubles it. Two things
//! break that, and both are mended by looking at differences process by process:
//! - Of a child that nobody waits for, the parent is told nothing: what was seen of it stays counted.
//! - The own time is known to the nanosecond, the children's to a tick of 10 ms. What was counted of a child while it lived
//!   is subtracted from the growth that its end brings to its parent, which never counts for less than nothing.

#[cfg(target_os = "linux")]
mod linux;

use std::time::Duration;

/// What was used until a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Processor time so far, user and system, of all threads; never less than in the sample before.
    pub cpu: Duration,
    /// Resident memory in bytes, summed over the processes: pages that several share count for each.
    pub memory: u64,
}

/// A process to be watched.
#[derive(Debug)]
pub struct Process {
    #[cfg(target_os = "linux")]
    watched: linux::Watched,
    pid: u32,
}

/// Time in which the calling thread could have run and no processor was free, since it began, in nanoseconds; 0 where the
/// system does not tell. The second number of `schedstat`, see the kernel's `sched-stats`.
#[must_use]
pub fn waited() -> u64 {
    #[cfg(target_os = "linux")]
    {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        text.split_ascii_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
    }
    #[cfg(not(target_os = "linux"))]
    0
}

/// How many threads a process has; none when there is no such process, it may not be seen, or the system does not tell.
#[must_use]
pub fn threads(pid: u32) -> Option<u64> {
    #[cfg(target_os = "linux")]
    return super::procfs::stat(pid).map(|stat| stat.threads);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = pid;
        None
    }
}

impl Process {
    /// A process with all that it starts and has started; none when there is no such process, it may not be seen, or the
    /// system does not tell.
    #[must_use]
    pub fn of(pid: u32) -> Option<Self> {
        #[cfg(target_os = "linux")]
        return Some(Self { watched: linux::Watched::new(pid, true)?, pid });
        #[cfg(not(target_os = "linux"))]
        return not_known(pid);
    }

    /// This program, without what it starts.
    #[must_use]
    pub fn own() -> Option<Self> {
        let pid = std::process::id();
        #[cfg(target_os = "linux")]
        return Some(Self { watched: linux::Watched::new(pid, false)?, pid });
        #[cfg(not(target_os = "linux"))]
        return not_known(pid);
    }

    /// Its process id.
    #[must_use]
    pub const fn pid(&self) -> u32 {
        self.pid
    }

    /// What it has used so far; none when it has ended, also when another has its number by now.
    pub fn sample(&mut self) -> Option<Sample> {
        #[cfg(target_os = "linux")]
        return self.watched.sample();
        #[cfg(not(target_os = "linux"))]
        return None;
    }
}

#[cfg(not(target_os = "linux"))]
const fn not_known(_: u32) -> Option<Process> {
    None
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
