//! Judging times on a machine that may be busy with something else.
//!
//! A trial compares what was reported with the truth; by how much each comparison is off is measured in what is allowed.
//! One trial in which all is within what is allowed is enough: a machine can make a right generator look wrong, and not
//! a wrong one right. Eight bad ones in which the machine had time to spare are too many (a virtual machine with idle
//! processors may still be slow to wake them). Where it had none, the truth must
//! still be kept within four hundred times of what is allowed; or, with `READINESS_QUIET` set, the test fails.

use std::time::Duration;

/// What came of a trial: what was compared, and how far off it was, in what is allowed.
#[derive(Debug, Default)]
pub(crate) struct Trial(Vec<(f64, String)>);

/// Trials on a quiet machine before one gives up, and on a busy one.
const TRIALS: (u32, u32) = (8, 2);
/// Share of the machine's processor time that nobody used, from which on it counts as quiet. A test and its server use
/// about one core of two.
const QUIET: f64 = 0.4;
/// What is allowed on a machine that is not, times what is otherwise.
const BUSY: f64 = 400.0;

impl Trial {
    /// A time that cannot be shorter than the truth, and longer only by so much. All are nanoseconds; a thousandth of the
    /// truth is lost in the histogram.
    pub(crate) fn time(&mut self, what: &str, got: u64, truth: u64, allowed: u64) {
        let rounding = truth / 1000 + 1;
        let over = got.saturating_sub(truth + rounding) as f64 / allowed.max(1) as f64;
        let off = if got + rounding < truth { f64::INFINITY } else { over };
        let text = format!("{what}: {got} ns, in truth {truth}, off by {off:.2} of {allowed}");
        self.0.push((off, text));
    }

    /// Something that is at most so much.
    pub(crate) fn at_most(&mut self, what: &str, got: u64, allowed: u64) {
        let off = got as f64 / allowed.max(1) as f64;
        self.0.push((off, format!("{what}: {got}, allowed {allowed}, off by {off:.2}")));
    }

    /// Adds what another compared.
    pub(crate) fn and(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    fn worst(&self) -> f64 {
        self.0.iter().map(|(off, _)| *off).fold(0.0, f64::max)
    }

    fn text(&self) -> String {
        self.0.iter().map(|(_, text)| format!("  {text}\n")).collect()
    }
}

/// Makes trials until one is good.
pub(crate) fn trials(what: &str, mut trial: impl FnMut() -> Trial) {
    let mut said = String::new();
    let (mut quiet, mut busy, mut best) = (0, 0, f64::INFINITY);
    while quiet < TRIALS.0 && busy < TRIALS.1 {
        if quiet + busy > 0 {
            std::thread::sleep(Duration::from_millis(200));
        }
        let before = processors();
        let seen = trial();
        let idle = idle(before, processors());
        said += &format!("{what}, {:.0} % of the machine idle:\n{}", idle * 100.0, seen.text());
        best = best.min(seen.worst());
        if seen.worst() <= 1.0 {
            eprintln!("{said}");
            return;
        }
        quiet += u32::from(idle >= QUIET);
        busy += u32::from(idle < QUIET);
    }
    assert!(quiet < TRIALS.0, "no trial was good, though the machine was quiet\n{said}");
    assert!(best <= BUSY, "not even on a busy machine\n{said}");
    assert!(std::env::var_os("READINESS_QUIET").is_none(), "the machine is too busy for this test\n{said}");
    eprintln!("{said}{what}: judged as on a busy machine, off by {best:.1}");
}

/// Idle and all time of all processors so far, in ticks, on Linux.
fn processors() -> Option<(u64, u64)> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let ticks: Vec<u64> =
        stat.lines().next()?.split_whitespace().skip(1).filter_map(|word| word.parse().ok()).collect();
    Some((ticks.get(3)? + ticks.get(4)?, ticks.iter().sum()))
}

/// The share of idle time; all of it where that cannot be told.
fn idle(before: Option<(u64, u64)>, after: Option<(u64, u64)>) -> f64 {
    match (before, after) {
        (Some((idle, all)), Some((more_idle, more))) if more > all => {
            more_idle.saturating_sub(idle) as f64 / (more - all) as f64
        }
        _ => 1.0,
    }
}
