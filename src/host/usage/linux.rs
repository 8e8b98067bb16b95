//! The tree of processes that is watched, sample by sample.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::super::procfs::{self, Stat, UNITS, head};
use super::Sample;

/// Most processes of one tree that are watched.
const MEMBERS: usize = 4_096;
/// Most threads of one process that are asked one by one; a process with more is known to the tick.
const THREADS: usize = 64;
/// Shortest time between two searches for new children; those that came since are found by their parent's growth, or by
/// the next search.
const SEARCH: Duration = Duration::from_secs(1);
/// A search must have cost less than this part of the time since the one before.
const SEARCH_SHARE: u32 = 200;

#[derive(Debug)]
pub(super) struct Watched {
    pid: u32,
    pub(super) start: u64,
    family: bool,
    /// The tree when it was last searched for, parents before their children.
    tree: Vec<u32>,
    pub(super) next_search: Instant,
    /// What was seen of each process in the sample before.
    pub(super) seen: BTreeMap<u32, Seen>,
    total: u64,
}

/// What was seen of one process, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) start: u64,
    pub(super) parent: u32,
    /// Its own time.
    pub(super) own: u64,
    /// Time of its children that ended.
    pub(super) ended: u64,
    /// Of children that ended, what was counted already and is yet to be subtracted from the growth of `ended`: since
    /// this sample, and from before.
    pub(super) owed: [u64; 2],
}

impl Watched {
    pub(super) fn new(pid: u32, family: bool) -> Option<Self> {
        let stat = procfs::stat(pid).filter(|stat| !stat.has_ended())?;
        let next_search = Instant::now();
        let tree = vec![pid];
        Some(Self { pid, start: stat.start, family, tree, next_search, seen: BTreeMap::new(), total: 0 })
    }

    pub(super) fn sample(&mut self) -> Option<Sample> {
        let is_it = |stat: &Stat| stat.start == self.start && !stat.has_ended();
        let root = procfs::stat(self.pid).filter(is_it)?;
        if !self.family {
            let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
            let cpu = Duration::try_from(time).ok()?;
            return Some(Sample { cpu, memory: root.pages.saturating_mul(UNITS.page) });
        }
        let begin = Instant::now();
        let search = begin >= self.next_search;
        if search {
            self.tree = tree(self.pid, &self.seen);
            self.next_search = begin + SEARCH.max(begin.elapsed().saturating_mul(SEARCH_SHARE));
        }
        let mut now = BTreeMap::new();
        let mut pages = 0_u64;
        // Parents come first: a child that ends in between is then missing now, and in its parent's time in the next
        // sample. The other way round it could be in both.
        for &pid in &self.tree {
            let Some(stat) = procfs::stat(pid) else { continue };
            // Only a search brings new members: otherwise a number could be that of a process of somebody else by now.
            if !search && self.seen.get(&pid).is_none_or(|seen| seen.start != stat.start) {
                continue;
            }
            pages = pages.saturating_add(stat.pages);
            let ended = stat.ended.saturating_mul(UNITS.tick);
            let own = own_time(pid, &stat);
            now.insert(pid, Seen { start: stat.start, parent: stat.parent, own, ended, owed: [0; 2] });
        }
        if !now.contains_key(&self.pid) {
            return None;
        }
        // The children's time is cut to the tick twice, for user and system.
        self.total = self.total.saturating_add(advance(&self.seen, &mut now, UNITS.tick.saturating_mul(2)));
        self.seen = now;
        let memory = pages.saturating_mul(UNITS.page);
        Some(Sample { cpu: Duration::from_nanos(self.total), memory })
    }
}

/// The time of all threads of a process. The sum to the tick and that of the living threads to the nanosecond are both at
/// most the truth, so that the larger one is nearer.
fn own_time(pid: u32, stat: &Stat) -> u64 {
    let nanoseconds = |path: String| {
        let bytes = head(path, 256)?;
        std::str::from_utf8(&bytes).ok()?.split_whitespace().next()?.parse::<u64>().ok()
    };
    let ticks = stat.own.saturating_mul(UNITS.tick);
    let exact = match usize::try_from(stat.threads) {
        Ok(1) => nanoseconds(format!("/proc/{pid}/schedstat")).unwrap_or(0),
        Ok(2..=THREADS) => {
            let threads = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
            let names = threads.filter_map(|entry| entry.file_name().into_string().ok()).take(THREADS);
            let times =
                names.filter_map(|thread| nanoseconds(format!("/proc/{pid}/task/{thread}/schedstat")));
            times.fold(0, u64::saturating_add)
        }
        _ => 0,
    };
    ticks.max(exact)
}

/// The process and all that come from it, parents before their children. A process of the sample before stays a member
/// when its parent has ended and it belongs to another one now.
fn tree(root: u32, seen: &BTreeMap<u32, Seen>) -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut others = BTreeSet::new();
    for pid in procfs::pids() {
        let Some(stat) = procfs::stat(pid) else { continue };
        children.entry(stat.parent).or_default().push(pid);
        if seen.get(&pid).is_some_and(|seen| seen.start == stat.start) {
            others.insert(pid);
        }
    }
    descend(root, &others, &children)
}

/// All that can be reached from the first and then from the others, each once and after its parent.
pub(super) fn descend(root: u32, others: &BTreeSet<u32>, children: &BTreeMap<u32, Vec<u32>>) -> Vec<u32> {
    let mut list = vec![root];
    let mut known = BTreeSet::from([root]);
    let mut next = 0;
    let mut below = |list: &mut Vec<u32>, known: &mut BTreeSet<u32>| {
        while let Some(&pid) = list.get(next) {
            next += 1;
            let free = MEMBERS.saturating_sub(list.len());
            let born = children.get(&pid).into_iter().flatten().copied();
            list.extend(born.filter(|child| known.insert(*child)).take(free));
        }
    };
    below(&mut list, &mut known);
    // Of those whose way to the root is gone, the ones whose parent is another such come with it.
    let others: BTreeSet<u32> = others.difference(&known).copied().collect();
    let led: BTreeSet<u32> = others.iter().filter_map(|pid| children.get(pid)).flatten().copied().collect();
    for pid in others.difference(&led) {
        if list.len() < MEMBERS && known.insert(*pid) {
            list.push(*pid);
            below(&mut list, &mut known);
        }
    }
    list
}

/// What was used between two samples, in nanoseconds; what is owed goes on in `now`. `slack` is how much less than it
/// used a child's end may bring to its parent.
pub(super) fn advance(before: &BTreeMap<u32, Seen>, now: &mut BTreeMap<u32, Seen>, slack: u64) -> u64 {
    let lives = |pid: &u32, seen: &Seen| now.get(pid).is_some_and(|now| now.start == seen.start);
    // What the ends of children bring to those that are left.
    let mut brought: BTreeMap<u32, u64> = BTreeMap::new();
    for (pid, gone) in before.iter().filter(|(pid, seen)| !lives(pid, seen)) {
        let mut heir = gone.parent;
        for _ in 0..before.len() {
            match before.get(&heir) {
                Some(seen) if lives(&heir, seen) => break,
                Some(seen) if heir != *pid => heir = seen.parent,
                _ => break,
            }
        }
        let counted =
            gone.owed.iter().fold(gone.own.saturating_add(gone.ended), |sum, owed| sum.saturating_add(*owed));
        let sum = brought.entry(heir).or_default();
        *sum = sum.saturating_add(counted);
    }
    let mut gain = 0_u64;
    for (pid, seen) in now.iter_mut() {
        let old = before.get(pid).filter(|old| old.start == seen.start).copied().unwrap_or_default();
        seen.own = seen.own.max(old.own);
        seen.ended = seen.ended.max(old.ended);
        let fresh = brought.get(pid).copied().unwrap_or(0);
        let stale = old.owed.iter().fold(0_u64, |sum, owed| sum.saturating_add(*owed));
        let grown = seen.ended - old.ended;
        let from_stale = grown.min(stale);
        let from_fresh = (grown - from_stale).min(fresh);
        // What does not come with the next sample either was of a child that nobody waited for.
        seen.owed = [fresh - from_fresh, (stale - from_stale).min(slack)];
        let used = (seen.own - old.own).saturating_add(grown - from_stale - from_fresh);
        gain = gain.saturating_add(used);
    }
    gain
}
