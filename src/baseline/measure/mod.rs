//! All probes in parallel, each within its time: one that hangs or fails is errored, and holds nothing else up.
//!
//! The machine itself is looked at first, then its loopback, then everything else: what other probes do would else be part of
//! what is measured. That order is a courtesy and no promise: nothing waits longer than a second and a half for each
//! of them.

mod group;
mod outcome;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::capture::Metric;
use super::probe::Surroundings;
use super::secrets::Secrets;
use super::settings::{Probe, Source};
use crate::host::signals::programs_end;
use group::{Event, Group, Task};
use outcome::Outcome;

/// Most groups that are observed at once.
const AT_ONCE: usize = 32;
/// How long a probe may take beyond its time limit, which it is meant to keep itself, before it is given up.
const GRACE: Duration = Duration::from_millis(500);
/// How soon the wish to end is heard.
const HEARD: Duration = Duration::from_millis(50);
/// How long what comes later waits for what comes first.
const STAGE: Duration = Duration::from_millis(1_500);

/// [`Surroundings`] that a thread can keep when nobody waits for it any more.
#[derive(Debug)]
struct Place {
    folder: PathBuf,
    environment: Vec<(String, std::ffi::OsString)>,
    agent: String,
    secrets: Secrets,
}

impl Place {
    fn around(&self) -> Surroundings<'_> {
        Surroundings {
            folder: &self.folder,
            environment: &self.environment,
            agent: &self.agent,
            secrets: &self.secrets,
        }
    }
}

/// Measures. Probes with the same source, samples, interval and timeout share their observations. `progress` is told how many
/// of how many are done. What has not ended after `limit` is errored; this returns then, and gives up what hangs.
#[must_use]
pub fn measure(
    probes: &[Probe],
    around: &Surroundings<'_>,
    limit: Duration,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Vec<Metric> {
    let place = Place {
        folder: around.folder.to_owned(),
        environment: around.environment.to_vec(),
        agent: around.agent.to_owned(),
        secrets: around.secrets.clone(),
    };
    let begun = Instant::now();
    let (sender, events) = mpsc::channel();
    let mut run = Run {
        probes,
        groups: group::sort(probes),
        outcomes: probes.iter().map(|_| Outcome::default()).collect(),
        place: Arc::new(place),
        running: Vec::new(),
        next: 0,
        stage_since: Instant::now(),
        // A limit beyond the clock is none that can be reached.
        end: begun + limit.min(Duration::from_hours(24 * 365)),
        sender,
        progress,
        done: 0,
    };
    run.all(&events, limit);
    let kept = run.outcomes.into_iter().zip(probes);
    kept.map(|(outcome, probe)| outcome.metric(probe, around.secrets)).collect()
}

/// A group that is observed now.
struct Running {
    /// Its place among all groups.
    group: usize,
    /// When it is given up.
    until: Instant,
    /// Told to the thread: nobody waits for it any more.
    given_up: Arc<AtomicBool>,
}

struct Run<'r> {
    probes: &'r [Probe],
    /// In the order that they are begun.
    groups: Vec<Group>,
    outcomes: Vec<Outcome>,
    place: Arc<Place>,
    running: Vec<Running>,
    /// The first group that was not begun.
    next: usize,
    /// When the stage of the last group that was begun began.
    stage_since: Instant,
    /// When the capture ends.
    end: Instant,
    sender: Sender<(usize, Event)>,
    progress: &'r (dyn Fn(u64, u64) + Sync),
    done: u64,
}

impl Run<'_> {
    fn all(&mut self, events: &Receiver<(usize, Event)>, limit: Duration) {
        (self.progress)(0, self.probes.len() as u64);
        while self.next < self.groups.len() || !self.running.is_empty() {
            self.begin();
            let now = Instant::now();
            if now >= self.end {
                let seconds = limit.as_secs_f64();
                let told = format!(
                    "the capture ended after {seconds} s, before this was measured: `baseline.limit`"
                );
                self.stop(&told, events);
                return;
            }
            if programs_end() {
                self.stop("the capture was interrupted", events);
                return;
            }
            let wake = self
                .running
                .iter()
                .map(|running| running.until)
                .chain([self.end, now + HEARD])
                .min()
                .unwrap_or(self.end);
            let wake = if self.is_held_back() { wake.min(self.stage_since + STAGE) } else { wake };
            match events.recv_timeout(wake.saturating_duration_since(now)) {
                Ok((group, event)) => self.hear(group, event),
                Err(RecvTimeoutError::Timeout) => {}
                // We hold a sender ourselves; this cannot be.
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.give_up();
        }
    }

    /// Whether the next group waits only for those of an earlier stage.
    fn is_held_back(&self) -> bool {
        let stage = |at: usize| self.groups.get(at).map(|group| group.stage);
        let Some(next) = stage(self.next) else { return false };
        let earlier =
            self.running.iter().any(|running| stage(running.group).is_some_and(|stage| stage < next));
        earlier && self.stage_since.elapsed() < STAGE
    }

    /// Begins what may begin.
    fn begin(&mut self) {
        while self.running.len() < AT_ONCE && self.next < self.groups.len() && !self.is_held_back() {
            let at = self.next;
            let stage = |at: usize| self.groups.get(at).map(|group| group.stage);
            if at == 0 || at.checked_sub(1).and_then(stage) != stage(at) {
                self.stage_since = Instant::now();
            }
            self.next += 1;
            let Some(group) = self.groups.get(at) else { return };
            let given_up = Arc::new(AtomicBool::new(false));
            let task = Task {
                group: at,
                source: group.source.clone(),
                readings: group
                    .members
                    .iter()
                    .filter_map(|member| Some(self.probes.get(*member)?.reading.clone()))
                    .collect(),
                samples: group.samples,
                interval: group.interval,
                timeout: group.timeout,
                // What runs then is told to have been cut off by the capture's end, and not by a time limit of its own.
                end: self.end + HEARD,
                place: Arc::clone(&self.place),
                given_up: Arc::clone(&given_up),
                sender: self.sender.clone(),
            };
            let until = Instant::now() + group.timeout + GRACE;
            let name = "probe".to_owned();
            match std::thread::Builder::new().name(name).spawn(move || task.run()) {
                Ok(_) => self.running.push(Running { group: at, until, given_up }),
                Err(error) => self.end(at, Some(&format!("no thread could be started ({error})"))),
            }
        }
    }

    fn hear(&mut self, group: usize, event: Event) {
        // Of what was given up nothing more counts.
        let Some(at) = self.running.iter().position(|running| running.group == group) else { return };
        match event {
            Event::Sample(values) => {
                let Some(known) = self.groups.get(group) else { return };
                for (member, values) in known.members.iter().zip(values) {
                    if let (Some(outcome), Some(values)) = (self.outcomes.get_mut(*member), values) {
                        outcome.add(values);
                    }
                }
                if let Some(running) = self.running.get_mut(at) {
                    running.until = Instant::now() + known.interval + known.timeout + GRACE;
                }
            }
            Event::Over => {
                self.running.swap_remove(at);
                self.end(group, None);
            }
        }
    }

    /// Gives up what takes too long.
    fn give_up(&mut self) {
        let now = Instant::now();
        let (late, running) =
            std::mem::take(&mut self.running).into_iter().partition(|running| running.until <= now);
        self.running = running;
        let late: Vec<Running> = late;
        for running in late {
            running.given_up.store(true, Ordering::Relaxed);
            let timeout = self.groups.get(running.group).map_or(Duration::ZERO, |group| group.timeout);
            self.end(running.group, Some(&format!("it took longer than {} s", timeout.as_secs_f64())));
        }
    }

    /// A group has ended: its probes are done, and errored if there is a reason.
    fn end(&mut self, group: usize, reason: Option<&str>) {
        let Some(known) = self.groups.get(group) else { return };
        for member in &known.members {
            if let (Some(outcome), Some(reason)) = (self.outcomes.get_mut(*member), reason) {
                outcome.break_off(reason);
            }
            self.done += 1;
            (self.progress)(self.done, self.probes.len() as u64);
        }
    }

    /// The time is over. Waits a moment until programs under way have been ended by their threads.
    fn stop(&mut self, reason: &str, events: &Receiver<(usize, Event)>) {
        let mut programs: Vec<usize> = self.running.iter().map(|running| running.group).collect();
        programs.retain(|at| self.groups.get(*at).is_some_and(|group| starts_a_program(&group.source)));
        for running in std::mem::take(&mut self.running) {
            running.given_up.store(true, Ordering::Relaxed);
            self.end(running.group, Some(reason));
        }
        for group in self.next..self.groups.len() {
            self.end(group, Some(reason));
        }
        self.next = self.groups.len();
        let until = Instant::now() + GRACE;
        while !programs.is_empty() {
            match events.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok((group, Event::Over)) => programs.retain(|at| *at != group),
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }
}

/// Whether observing it starts a program of others.
const fn starts_a_program(source: &Source) -> bool {
    matches!(source, Source::Command { .. } | Source::Gpu)
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
