//! Probes that share their observations, and the thread that makes these.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use super::Place;
use crate::baseline::probe::{self, Observation, Trouble};
use crate::baseline::settings::{Probe, Reading, Source};

/// Most samples of a probe.
const SAMPLES: u32 = 1_000;

/// Probes that ask the same of the same source, equally often.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) source: Source,
    pub(super) samples: u32,
    pub(super) interval: Duration,
    pub(super) timeout: Duration,
    /// When it is begun: 0 first.
    pub(super) stage: u8,
    /// Places of its probes.
    pub(super) members: Vec<usize>,
}

/// The groups of some probes, in the order that they are begun; within a stage in the order of the probes.
pub(super) fn sort(probes: &[Probe]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (place, probe) in probes.iter().enumerate() {
        let samples = probe.samples.clamp(1, SAMPLES);
        let interval = probe::interval(probe);
        let same = groups.iter_mut().find(|group| {
            group.samples == samples
                && group.interval == interval
                && group.timeout == probe.timeout
                && group.source == probe.source
        });
        if let Some(group) = same {
            group.members.push(place);
        } else {
            groups.push(Group {
                source: probe.source.clone(),
                samples,
                interval,
                timeout: probe.timeout,
                stage: stage(&probe.source),
                members: vec![place],
            });
        }
    }
    groups.sort_by_key(|group| group.stage);
    groups
}

/// What others would disturb most comes first.
const fn stage(source: &Source) -> u8 {
    match source {
        Source::System { .. } | Source::Process(_) => 0,
        Source::Loopback => 1,
        _ => 2,
    }
}

/// What a thread tells.
pub(super) enum Event {
    /// One more sample for each reading; none where a rate has only its first observation.
    Sample(Vec<Option<Result<Vec<f64>, Trouble>>>),
    /// It is done.
    Over,
}

/// What a thread does.
pub(super) struct Task {
    pub(super) group: usize,
    pub(super) source: Source,
    pub(super) readings: Vec<Reading>,
    pub(super) samples: u32,
    pub(super) interval: Duration,
    pub(super) timeout: Duration,
    /// When everything ends that is under way.
    pub(super) end: Instant,
    pub(super) place: Arc<Place>,
    pub(super) given_up: Arc<AtomicBool>,
    pub(super) sender: Sender<(usize, Event)>,
}

impl Task {
    /// Observes and reads, sample by sample. Observations are not kept: a rate needs the last two.
    pub(super) fn run(self) {
        let rates = self.readings.iter().any(|reading| probe::needs(reading) > 1);
        let observations = self.samples.saturating_add(u32::from(rates));
        let mut last: Option<Result<Observation, Trouble>> = None;
        for count in 0..observations {
            if count > 0 {
                std::thread::sleep(self.interval);
            }
            if self.given_up.load(Ordering::Relaxed) {
                break;
            }
            let begun = Instant::now();
            // A program must not outlive the capture: nobody would end it when this one has exited.
            let limit = self.timeout.min(self.end.saturating_duration_since(begun));
            let around = self.place.around();
            let seen = caught(|| probe::observe(&self.source, &around, limit));
            let took = begun.elapsed();
            let values =
                self.readings.iter().map(|reading| self.sample(reading, count, last.as_ref(), &seen));
            let event = Event::Sample(values.collect());
            if self.sender.send((self.group, event)).is_err() {
                return;
            }
            // There will be nothing the next time either; and what ran into its limit once would do so again and again.
            let is_vain = match &seen {
                Err(Trouble::Absent(_)) => count == 0,
                Err(Trouble::Failed(_)) => took >= limit,
                Ok(_) => false,
            };
            if is_vain {
                break;
            }
            last = Some(seen);
        }
        let _ = self.sender.send((self.group, Event::Over));
    }

    /// The numbers of one reading for one sample.
    fn sample(
        &self,
        reading: &Reading,
        count: u32,
        last: Option<&Result<Observation, Trouble>>,
        seen: &Result<Observation, Trouble>,
    ) -> Option<Result<Vec<f64>, Trouble>> {
        let now = match seen {
            Ok(now) => now,
            Err(trouble) => return Some(Err(trouble.clone())),
        };
        if probe::needs(reading) > 1 {
            // A failure before was told when it happened.
            let Some(Ok(before)) = last else { return None };
            let pair = [before.clone(), now.clone()];
            return Some(caught(|| probe::read(reading, &pair)));
        }
        (count < self.samples).then(|| caught(|| probe::read(reading, std::slice::from_ref(now))))
    }
}

/// What a probe gives; one that panics has failed, and only it.
fn caught<T>(work: impl FnOnce() -> Result<T, Trouble>) -> Result<T, Trouble> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Trouble::failed("an internal error; please report it")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::settings::SystemReading;

    #[test]
    fn probes_share_what_they_ask_and_the_machine_comes_first() {
        let file = |path: &str| Source::File { path: path.into() };
        let probe = |source: Source, reading| Probe::new("business", "x", source, reading);
        let system = || Source::System { path: "/".into() };
        let probes = [
            probe(file("a"), Reading::Size),
            probe(Source::Loopback, Reading::Latency),
            probe(file("b"), Reading::Size),
            probe(system(), Reading::System(SystemReading::CpuUsage)),
            probe(file("a"), Reading::Age),
            Probe { samples: 2, ..probe(file("a"), Reading::Age) },
            probe(system(), Reading::System(SystemReading::Load1)),
        ];
        let members: Vec<Vec<usize>> = sort(&probes).into_iter().map(|group| group.members).collect();
        assert_eq!(members, [vec![3, 6], vec![1], vec![0, 4], vec![2], vec![5]]);
    }

    #[test]
    fn a_panic_is_a_failure() {
        let result: Result<(), Trouble> = caught(|| panic!("what it says could be secret"));
        assert_eq!(result, Err(Trouble::failed("an internal error; please report it")));
    }
}
