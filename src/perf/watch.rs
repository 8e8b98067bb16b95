//! What the generator and the server use while load is made: samples a few times a second, from a thread that sleeps
//! in between.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::host::usage::{Process, Sample};
use crate::report::{Usage, UsagePoint};

/// Most samples kept; a longer run keeps every other one, and so on, so that memory does not grow with time.
const MOST: usize = 600;
/// Shortest and longest time between two samples. Processor time comes in ticks of 10 ms at the worst, which is 4 % of a
/// core in the shorter one.
const INTERVAL: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(1));

/// What is watched, and when.
#[derive(Debug, Default)]
pub struct Watch {
    /// The server's process, if it is known.
    pub target: Option<Process>,
    /// Time from the beginning of the work that is not watched.
    pub warm_up: Duration,
    /// Time that is watched then; none to the end of the work.
    pub length: Option<Duration>,
    /// Time between two samples; 250 ms to 1 s.
    pub interval: Duration,
}

/// What came of watching.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watched<T> {
    /// What the work gave.
    pub result: T,
    /// What this program used; nothing where the system does not tell, or when the work ended in its warm-up.
    pub generator: Usage,
    /// What the server used; none when it was not watched, or has ended.
    pub target: Option<Usage>,
    /// Whether the server's process ended while it was watched.
    pub target_ended: bool,
}

/// Does the work, and watches meanwhile. Ends as soon as the work does.
pub fn watch<T>(what: Watch, work: impl FnOnce() -> T) -> Watched<T> {
    let interval = what.interval.clamp(INTERVAL.0, INTERVAL.1);
    watch_every(interval, what, work)
}

fn watch_every<T>(interval: Duration, what: Watch, work: impl FnOnce() -> T) -> Watched<T> {
    let begin = Instant::now();
    std::thread::scope(|scope| {
        // The end of the sender is the end of the work, also when that panics.
        let (working, end) = channel::<()>();
        let watcher = scope.spawn(move || observe(begin, interval, what, &end));
        let result = work();
        drop(working);
        let (generator, target, target_ended) = watcher.join().unwrap_or_default();
        Watched { result, generator, target, target_ended }
    })
}

fn observe(
    begin: Instant,
    interval: Duration,
    what: Watch,
    end: &Receiver<()>,
) -> (Usage, Option<Usage>, bool) {
    let Watch { mut target, warm_up, length, .. } = what;
    let over = |until: Instant| {
        let wait = until.saturating_duration_since(Instant::now());
        !matches!(end.recv_timeout(wait), Err(RecvTimeoutError::Timeout))
    };
    let from = begin + warm_up;
    if !warm_up.is_zero() && over(from) {
        return (Usage::default(), None, target.is_some_and(|mut target| target.sample().is_none()));
    }
    let until = length.map(|length| from + length);
    let mut own = Process::own();
    let (mut generator, mut server) = (Course::default(), Course::default());
    let mut target_ended = false;
    let mut next = from;
    let mut step = interval;
    let mut last = false;
    loop {
        let at = from.elapsed();
        if let Some(sample) = own.as_mut().and_then(Process::sample) {
            generator.add(at, sample);
        }
        if let Some(process) = &mut target {
            // The moment of its own: the search for children can take a while.
            let at = from.elapsed();
            match process.sample() {
                Some(sample) => server.add(at, sample),
                None => (target, target_ended) = (None, true),
            }
        }
        if last {
            break;
        }
        if generator.thin() | server.thin() {
            step = step.saturating_mul(2);
        }
        // After a long sleep of the machine there is nothing to catch up on.
        next = (next + step).max(Instant::now());
        let wake = until.map_or(next, |until| until.min(next));
        last = over(wake) || until.is_some_and(|until| Instant::now() >= until);
    }
    let usage = target.is_some().then(|| server.usage(step));
    (generator.usage(step), usage, target_ended)
}

/// The samples of one process.
#[derive(Debug, Default)]
struct Course {
    samples: Vec<(Duration, Sample)>,
    /// Memory times seconds.
    memory: f64,
    memory_peak: u64,
}

impl Course {
    fn add(&mut self, at: Duration, sample: Sample) {
        if let Some((before, last)) = self.samples.last() {
            let seconds = at.saturating_sub(*before).as_secs_f64();
            self.memory += f64::midpoint(float(last.memory), float(sample.memory)) * seconds;
        }
        self.memory_peak = self.memory_peak.max(sample.memory);
        self.samples.push((at, sample));
    }

    /// Leaves out every other sample when there are too many: processor time is a sum, so that nothing of it is lost.
    fn thin(&mut self) -> bool {
        let full = self.samples.len() >= MOST;
        if full {
            let mut number = 0_usize;
            self.samples.retain(|_| {
                number += 1;
                number % 2 == 1
            });
        }
        full
    }

    /// The sums. A last stretch that is shorter than half a step is no point of its own: too little was used in it to say
    /// how much that is in a second.
    fn usage(mut self, step: Duration) -> Usage {
        if let [.., before, _, last] = self.samples.as_slice() {
            let middle = self.samples.len() - 2;
            let begin_of_last = self.samples.get(middle).map_or(before.0, |sample| sample.0);
            if last.0.saturating_sub(begin_of_last) < step / 2 {
                self.samples.remove(middle);
            }
        }
        let (Some(first), Some(last)) = (self.samples.first(), self.samples.last()) else {
            return Usage::default();
        };
        let series: Vec<UsagePoint> = self
            .samples
            .windows(2)
            .filter_map(|pair| match pair {
                [from, to] => {
                    Some(UsagePoint { at: to.0.as_secs_f64(), cpu: cores(from, to)?, memory: to.1.memory })
                }
                _ => None,
            })
            .collect();
        let seconds = last.0.saturating_sub(first.0).as_secs_f64();
        let memory_mean = if seconds > 0.0 { whole(self.memory / seconds) } else { last.1.memory };
        Usage {
            cpu_mean: cores(first, last).unwrap_or(0.0),
            cpu_peak: series.iter().map(|point| point.cpu).fold(0.0, f64::max),
            memory_mean,
            memory_peak: self.memory_peak,
            series,
        }
    }
}

/// Cores used between two samples; none when no time passed.
fn cores(from: &(Duration, Sample), to: &(Duration, Sample)) -> Option<f64> {
    let seconds = to.0.saturating_sub(from.0).as_secs_f64();
    (seconds > 0.0).then(|| to.1.cpu.saturating_sub(from.1.cpu).as_secs_f64() / seconds)
}

#[expect(clippy::cast_precision_loss, reason = "bytes of memory are below 2^53")]
const fn float(bytes: u64) -> f64 {
    bytes as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a mean of what fits, and `as` saturates"
)]
const fn whole(bytes: f64) -> u64 {
    bytes.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(samples: &[(u64, u64, u64)]) -> Course {
        let mut course = Course::default();
        for &(at, cpu, memory) in samples {
            course.add(Duration::from_millis(at), Sample { cpu: Duration::from_millis(cpu), memory });
        }
        course
    }

    #[test]
    fn means_and_peaks_of_known_samples() {
        // 500 ms of processor time in the first second, 250 ms in the half second after it.
        let usage = course(&[(0, 100, 10), (1000, 600, 30), (1500, 850, 30)]).usage(Duration::from_secs(1));
        assert_eq!(usage.series.len(), 2);
        assert!((usage.cpu_mean - 0.5).abs() < 1e-9 && (usage.cpu_peak - 0.5).abs() < 1e-9);
        // (20 · 1 s + 30 · 0.5 s) / 1.5 s = 23.3
        assert_eq!((usage.memory_mean, usage.memory_peak), (23, 30));
        assert!((usage.series[1].at - 1.5).abs() < 1e-9);
    }

    #[test]
    fn a_short_last_stretch_joins_the_one_before() {
        let usage = course(&[(0, 0, 1), (1000, 500, 1), (1001, 511, 9)]).usage(Duration::from_secs(1));
        assert_eq!(usage.series.len(), 1);
        assert!((usage.cpu_peak - 0.511 / 1.001).abs() < 1e-9, "{}", usage.cpu_peak);
        assert_eq!(usage.memory_peak, 9);
        // With two samples alone they are the whole.
        let usage = course(&[(0, 0, 1), (10, 5, 1)]).usage(Duration::from_secs(1));
        assert!((usage.cpu_mean - 0.5).abs() < 1e-9);
        assert_eq!(Course::default().usage(Duration::from_secs(1)), Usage::default());
        assert_eq!(course(&[(0, 7, 5)]).usage(Duration::from_secs(1)).memory_mean, 5);
    }

    #[test]
    fn long_courses_are_thinned_and_lose_no_time_and_no_peak() {
        let mut all = Course::default();
        for second in 0..5_000_u64 {
            let memory = if second == 4_001 { 1_000 } else { 10 };
            all.add(Duration::from_secs(second), Sample { cpu: Duration::from_millis(second * 250), memory });
            all.thin();
        }
        assert!(all.samples.len() < MOST, "{}", all.samples.len());
        let usage = all.usage(Duration::from_secs(16));
        assert!((usage.cpu_mean - 0.25).abs() < 1e-9 && usage.memory_peak == 1_000);
        assert!(usage.series.iter().all(|point| (point.cpu - 0.25).abs() < 1e-9));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn work_is_watched_and_its_end_is_the_end() {
        let begin = Instant::now();
        let watched = watch_every(Duration::from_secs(60), Watch::default(), || {
            while begin.elapsed() < Duration::from_millis(60) {}
            7
        });
        assert_eq!((watched.result, watched.target, watched.target_ended), (7, None, false));
        assert!(watched.generator.cpu_mean > 0.05, "{}", watched.generator.cpu_mean);
        assert!(watched.generator.memory_mean > 1_000_000);
        // The next sample would have come after a minute.
        assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
        assert_eq!(watch(Watch::default(), || 3).result, 3);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_server_that_ends_is_told() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let step = Duration::from_millis(5);
        let lives = watch_every(step, Watch { target: Process::of(child.id()), ..Watch::default() }, || {
            std::thread::sleep(Duration::from_millis(50));
        });
        assert!(!lives.target_ended);
        assert!(lives.target.is_some_and(|usage| usage.memory_mean > 0 && !usage.series.is_empty()));
        let target = Process::of(child.id());
        let ended = watch_every(step, Watch { target, ..Watch::default() }, || {
            child.kill().unwrap();
            child.wait().unwrap();
        });
        assert!(ended.target_ended && ended.target.is_none());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_warm_up_and_what_comes_after_are_not_watched() {
        let step = Duration::from_millis(5);
        let warm_up = Duration::from_millis(100);
        let what = Watch { warm_up, length: Some(Duration::from_millis(50)), ..Watch::default() };
        let watched = watch_every(step, what, || std::thread::sleep(Duration::from_millis(900)));
        let last = watched.generator.series.last().unwrap().at;
        assert!((0.05..0.7).contains(&last), "{last}");
        let short = watch_every(step, Watch { warm_up, ..Watch::default() }, || ());
        assert_eq!(short.generator, Usage::default());
    }
}
