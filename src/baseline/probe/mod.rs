//! Probes: one module a kind. Each has `observe`, which asks the world once, within a time, and `read`, which takes numbers
//! from what was answered and asks nothing.

mod command;
mod disk;
mod extract;
mod file;
mod gpu;
mod http;
mod kind;
mod loopback;
mod process;
mod prometheus;
mod redis;
#[cfg(test)]
mod serving;
mod system;
mod tcp;
mod tests_reports;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

pub use self::kind::{interval, kind, pause};
use super::secrets::Secrets;
use super::settings::{Reading, Source};

/// Where probes are made.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The folder that relative paths start from and commands are started in.
    pub folder: &'a Path,
    /// The environment of commands, and of variables that settings name.
    pub environment: &'a [(String, OsString)],
    /// What HTTP probes say that they are.
    pub agent: &'a str,
    /// What is taken out of everything that others say.
    pub secrets: &'a Secrets,
}

impl Surroundings<'_> {
    /// The value of an environment variable.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.to_str())
    }
}

/// Why there is no number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// There is nothing to measure: no such device, no such process. Not a failure, and never a zero.
    #[error("{0}")]
    Absent(String),
    /// The probe failed or took too long.
    #[error("{0}")]
    Failed(String),
}

impl Trouble {
    /// A failure, in words.
    pub fn failed(words: impl std::fmt::Display) -> Self {
        Self::Failed(words.to_string())
    }
}

/// What was answered to one question.
#[derive(Clone, Debug)]
pub enum Observation {
    /// Of the machine.
    System(system::Sample),
    /// Of processes.
    Process(process::Sample),
    /// Echoes over the loopback.
    Loopback(loopback::Sample),
    /// A synced write.
    Disk(disk::Sample),
    /// Graphics processors.
    Gpu(Vec<gpu::Sample>),
    /// Answers of an HTTP server.
    Http(Vec<http::Exchange>),
    /// A scrape.
    Scrape(prometheus::Scrape),
    /// A program's end.
    Command(command::Sample),
    /// A file.
    File(file::Sample),
    /// A connection: seconds that it took.
    Tcp(f64),
    /// `PING` and `INFO`: seconds of the first, fields of the second.
    Redis {
        /// Seconds from `PING` to `PONG`.
        latency: f64,
        /// Fields of `INFO`, as they are written.
        fields: BTreeMap<String, String>,
    },
    /// Test reports, summed up.
    Tests(tests_reports::Totals),
}

/// Asks a source once, within `limit`.
///
/// # Errors
/// [`Trouble`]: nothing there, or a failure.
pub fn observe(source: &Source, around: &Surroundings<'_>, limit: Duration) -> Result<Observation, Trouble> {
    match source {
        Source::System { path } => system::observe(&around.folder.join(path), limit).map(Observation::System),
        Source::Process(which) => process::observe(which, around, limit).map(Observation::Process),
        Source::Loopback => loopback::observe(limit).map(Observation::Loopback),
        Source::Disk { path } => disk::observe(path, around, limit).map(Observation::Disk),
        Source::Gpu => gpu::observe(around, limit).map(Observation::Gpu),
        Source::Http(ask) => http::observe(ask, around, limit).map(Observation::Http),
        Source::Prometheus(ask) => prometheus::observe(ask, around, limit).map(Observation::Scrape),
        Source::Command { words } => command::observe(words, around, limit).map(Observation::Command),
        Source::File { path } => file::observe(path, around).map(Observation::File),
        Source::Tcp { address } => tcp::observe(address, limit).map(Observation::Tcp),
        Source::Redis { address, password } => {
            let password =
                match password {
                    Some(name) => Some(around.variable(name).ok_or_else(|| {
                        Trouble::Failed(format!("the environment variable {name} is not set"))
                    })?),
                    None => None,
                };
            redis::observe(address, password, around.secrets, limit)
        }
        Source::Tests { files } => tests_reports::observe(files, around).map(Observation::Tests),
    }
}

/// How many observations a reading needs for one sample: two where it is a rate.
#[must_use]
pub fn needs(reading: &Reading) -> u32 {
    use super::settings::Take;
    match reading {
        Reading::Series(query) if matches!(query.take, Take::Rate | Take::QuantileRate(_)) => 2,
        _ => 1,
    }
}

/// The numbers of a reading in observations, in their order: one from each, or several (requests), or one fewer (rates). They
/// are not scaled.
///
/// # Errors
/// [`Trouble`] when what was answered holds no such number, or one that is not finite.
pub fn read(reading: &Reading, observations: &[Observation]) -> Result<Vec<f64>, Trouble> {
    if let Reading::Series(query) = reading {
        let scrapes: Vec<&prometheus::Scrape> = observations
            .iter()
            .filter_map(|observation| match observation {
                Observation::Scrape(scrape) => Some(scrape),
                _ => None,
            })
            .collect();
        return finite(prometheus::read(query, &scrapes)?);
    }
    let mut values = Vec::new();
    for observation in observations {
        match observation {
            Observation::System(sample) => values.push(system::read(sample, reading)?),
            Observation::Process(sample) => values.push(process::read(sample, reading)?),
            Observation::Loopback(sample) => values.extend(loopback::read(sample, reading)?),
            Observation::Disk(sample) => values.extend(disk::read(sample, reading)?),
            Observation::Gpu(sample) => values.push(gpu::read(sample, reading)?),
            Observation::Http(exchanges) => values.extend(http::read(exchanges, reading)?),
            Observation::Scrape(_) => return Err(unfit()),
            Observation::Command(sample) => values.push(command::read(sample, reading)?),
            Observation::File(sample) => values.push(file::read(sample, reading)?),
            Observation::Tcp(seconds) => values.push(*seconds),
            Observation::Redis { latency, fields } => values.push(redis::read(*latency, fields, reading)?),
            Observation::Tests(totals) => values.push(tests_reports::read(totals, reading)?),
        }
    }
    finite(values)
}

/// A reading that a source does not have; the configuration's reader lets none through.
fn unfit() -> Trouble {
    Trouble::failed("this cannot be read from such a source")
}

/// Numbers that are none would be taken for something.
fn finite(values: Vec<f64>) -> Result<Vec<f64>, Trouble> {
    if values.is_empty() {
        return Err(Trouble::failed("nothing was measured"));
    }
    match values.iter().find(|value| !value.is_finite()) {
        Some(value) => Err(Trouble::failed(format!("the value is {value}"))),
        None => Ok(values),
    }
}
