use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use super::linux::{Seen, advance, descend};
use super::*;

/// Processes with their number, parent, own time and time of ended children.
fn world(processes: &[(u32, u32, u64, u64)]) -> BTreeMap<u32, Seen> {
    let seen = |&(pid, parent, own, ended)| (pid, Seen { start: 1, parent, own, ended, owed: [0; 2] });
    processes.iter().map(seen).collect()
}

/// What each step counts, one after the other; ticks are 10 and the slack is two of them.
fn gains(steps: &[&[(u32, u32, u64, u64)]]) -> Vec<u64> {
    let mut before = BTreeMap::new();
    let mut gains = Vec::new();
    for step in steps {
        let mut now = world(step);
        gains.push(advance(&before, &mut now, 20));
        before = now;
    }
    gains
}

#[test]
fn a_child_that_ends_is_counted_once() {
    // 2 used 100, then 37 more that nobody saw, and ended: its parent's children have 137, cut to 130.
    assert_eq!(gains(&[&[(1, 0, 500, 0), (2, 1, 100, 0)], &[(1, 0, 510, 130)]]), [600, 40]);
    // One that came and went unseen.
    assert_eq!(gains(&[&[(1, 0, 0, 0)], &[(1, 0, 0, 70)]]), [0, 70]);
    // What was cut off comes with the next growth and is not counted again: 95 seen, 90 told, 100 told.
    assert_eq!(gains(&[&[(1, 0, 0, 0), (2, 1, 95, 0)], &[(1, 0, 0, 90)], &[(1, 0, 0, 100)]]), [95, 0, 5]);
}

#[test]
fn a_parent_may_hear_of_the_end_one_sample_later() {
    let steps: [&[_]; 3] = [&[(1, 0, 0, 0), (2, 1, 5_000, 0)], &[(1, 0, 1, 0)], &[(1, 0, 2, 5_000)]];
    assert_eq!(gains(&steps), [5_000, 1, 1]);
}

#[test]
fn a_child_that_nobody_waits_for_stays_counted_and_hides_nothing() {
    let steps: [&[_]; 4] =
        [&[(1, 0, 0, 0), (2, 1, 5_000, 0)], &[(1, 0, 10, 0)], &[(1, 0, 20, 0)], &[(1, 0, 30, 1_000)]];
    // Of the thousand of some later child at most the slack is taken for the one before.
    assert_eq!(gains(&steps), [5_000, 10, 10, 990]);
}

#[test]
fn a_whole_branch_ends_in_the_nearest_that_is_left() {
    // 1 ← 2 ← 3: both end, 3 in 2 and 2 in 1.
    let steps: [&[_]; 2] = [&[(1, 0, 0, 0), (2, 1, 100, 0), (3, 2, 200, 0)], &[(1, 0, 0, 310)]];
    assert_eq!(gains(&steps), [300, 10]);
    // 2 ends and 3 lives on as somebody else's.
    let steps: [&[_]; 2] =
        [&[(1, 0, 0, 0), (2, 1, 100, 0), (3, 2, 200, 0)], &[(1, 0, 0, 100), (3, 9, 250, 0)]];
    assert_eq!(gains(&steps), [300, 50]);
    // A circle, which only a race can make, ends.
    assert_eq!(gains(&[&[(1, 0, 0, 0), (2, 3, 1, 0), (3, 2, 1, 0)], &[(1, 0, 0, 0)]]), [2, 0]);
}

#[test]
fn a_number_used_again_is_another_process() {
    let before = world(&[(1, 0, 0, 0), (2, 1, 100, 0)]);
    let mut now = world(&[(1, 0, 0, 100), (2, 1, 30, 0)]);
    now.get_mut(&2).unwrap().start = 2;
    assert_eq!(advance(&before, &mut now, 20), 30);
}

#[test]
fn numbers_that_fall_count_for_nothing() {
    assert_eq!(gains(&[&[(1, 0, 100, 50)], &[(1, 0, 90, 40)], &[(1, 0, 100, 50)]]), [150, 0, 0]);
}

#[test]
fn parents_come_before_children_each_once() {
    let children = BTreeMap::from([(1, vec![9, 4]), (9, vec![2]), (2, vec![3]), (7, vec![8]), (3, vec![9])]);
    assert_eq!(descend(1, &BTreeSet::new(), &children), [1, 9, 4, 2, 3]);
    // 2 and 8 were members before; 2 comes with 9, 8 is somebody else's by now.
    assert_eq!(descend(1, &BTreeSet::from([1, 2, 8]), &children), [1, 9, 4, 2, 3, 8]);
    // 5 and its child 2 are orphans.
    assert_eq!(descend(1, &BTreeSet::from([2, 5]), &BTreeMap::from([(5, vec![2])])), [1, 5, 2]);
    assert_eq!(descend(1, &BTreeSet::from([1]), &BTreeMap::from([(1, vec![1])])), [1]);
}

/// A shell that does what it is told, line by line, and is ended when this is dropped.
struct Shell(Child, BufReader<std::process::ChildStdout>);

impl Shell {
    fn new() -> Self {
        let mut child = Command::new("sh").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self(child, output)
    }

    fn run(&mut self, command: &str) -> String {
        writeln!(self.0.stdin.as_mut().unwrap(), "{command}\necho").unwrap();
        let mut line = String::new();
        self.1.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Burns time in this shell until `times` says at least a tenth of a second more.
const WORK: &str = "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done";

#[test]
fn time_of_a_process_and_its_children_is_seen_and_kept() {
    let mut shell = Shell::new();
    shell.run(":");
    let mut process = Process::of(shell.0.id()).unwrap();
    let first = process.sample().unwrap();
    assert!(first.memory > 100_000, "{}", first.memory);
    shell.run(WORK);
    let own = process.sample().unwrap();
    let alone = own.cpu - first.cpu;
    assert!(alone > Duration::from_millis(5), "{alone:?}");
    shell.run(&format!("({WORK}; {WORK}; {WORK})"));
    let with_child = process.sample().unwrap();
    assert!(with_child.cpu - own.cpu > alone, "{:?} {alone:?}", with_child.cpu - own.cpu);
    // The kernel's own account of the same, to the tick, for each of four numbers.
    let stat = crate::host::procfs::stat(shell.0.id()).unwrap();
    let truth = Duration::from_millis((stat.own + stat.ended) * 10);
    let counted = process.sample().unwrap().cpu;
    assert!(counted >= truth && counted - truth <= Duration::from_millis(60), "{counted:?} {truth:?}");
}

#[test]
fn a_living_child_counts_and_so_it_does_when_it_has_ended() {
    let mut shell = Shell::new();
    let mut process = Process::of(shell.0.id()).unwrap();
    process.watched.next_search = Instant::now();
    let child: u32 = shell.run("(read x < /dev/null; i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; exec sleep 60) & echo $!").parse().unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    let mut last = process.sample().unwrap();
    let of_child = loop {
        process.watched.next_search = Instant::now();
        let sample = process.sample().unwrap();
        assert!(sample.cpu >= last.cpu && Instant::now() < until);
        last = sample;
        let name = std::fs::read_to_string(format!("/proc/{child}/comm")).unwrap();
        if name.trim() == "sleep" {
            break process.watched.seen.get(&child).unwrap().own;
        }
    };
    assert!(of_child > 5_000_000, "{of_child}");
    assert!(process.watched.seen.len() >= 2);
    let with = process.sample().unwrap();
    shell.run(&format!("kill {child}; wait"));
    let after = process.sample().unwrap();
    let again = process.sample().unwrap();
    assert!(after.cpu >= with.cpu && again.cpu >= after.cpu);
    assert!(
        again.cpu - with.cpu < Duration::from_nanos(of_child),
        "counted twice: {:?}",
        again.cpu - with.cpu
    );
}

#[test]
fn a_process_that_ended_or_is_another_is_none() {
    let mut shell = Shell::new();
    let mut process = Process::of(shell.0.id()).unwrap();
    assert!(process.sample().is_some());
    shell.0.kill().unwrap();
    // A zombie until it is waited for.
    let until = Instant::now() + Duration::from_secs(10);
    while process.sample().is_some() {
        assert!(Instant::now() < until);
    }
    shell.0.wait().unwrap();
    assert_eq!(process.sample(), None);
    assert!(Process::of(shell.0.id()).is_none());

    let mut other = Process::of(std::process::id()).unwrap();
    other.watched.start += 1;
    assert_eq!(other.sample(), None);
}

#[test]
fn this_program_knows_its_own_time() {
    let mut own = Process::own().unwrap();
    let first = own.sample().unwrap();
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(30) {}
    let second = own.sample().unwrap();
    assert!(second.cpu > first.cpu && second.memory > 1_000_000);
}

/// Run with `--ignored --nocapture` to see what a sample costs.
#[test]
#[ignore = "a measurement, not a test"]
fn cost_of_a_sample() {
    let mut shell = Shell::new();
    shell.run("sleep 60 & sleep 60 &");
    let mut own = Process::own().unwrap();
    let mut family = Process::of(shell.0.id()).unwrap();
    let cost = |name: &str, sample: &mut dyn FnMut()| {
        let begin = Instant::now();
        (0..1_000).for_each(|_| sample());
        println!("{name}: {:.1} µs", begin.elapsed().as_secs_f64() * 1e3);
    };
    cost("own", &mut || assert!(own.sample().is_some()));
    cost("family of three, known", &mut || assert!(family.sample().is_some()));
    cost("family of three, searched", &mut || {
        family.watched.next_search = Instant::now();
        family.sample();
    });
    println!("{} processes", crate::host::procfs::pids().count());
    shell.run("kill $(jobs -p)");
}
