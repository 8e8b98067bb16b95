//! What a configuration says of a load test, each value checked by itself. Reading files and the environment, and what
//! concerns several values, comes with [`super::build`].

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{Draft, Expect, Thresholds};

/// The section `perf` of `readiness.yaml`, or a scenario file. Everything is optional.
#[derive(Clone, Debug, Default)]
pub struct PerfConfig {
    /// The file it was read from, as it is named to the user; empty without a file.
    pub source: String,
    /// Folder that relative paths in it start from.
    pub folder: PathBuf,
    /// `url`: the server; a path in it stands before the paths of all endpoints.
    pub url: Option<String>,
    /// `scenario`: its name.
    pub scenario: Option<String>,
    /// `duration`: measured time of a run.
    pub duration: Option<Duration>,
    /// `requests`: measured requests of a run, instead of a time.
    pub requests: Option<u64>,
    /// `warm_up`: time before the measured time.
    pub warm_up: Option<Duration>,
    /// `ramp`: time in which the load rises; part of the warm-up.
    pub ramp: Option<Duration>,
    /// `concurrency`: requests under way, 1 to 10,000.
    pub concurrency: Option<u32>,
    /// `rate`: requests due per second.
    pub rate: Option<f64>,
    /// `timeout`: longest wait for an answer.
    pub timeout: Option<Duration>,
    /// `retries`: further attempts, 0 to 10.
    pub retries: Option<u32>,
    /// `runs`: 1 to 100.
    pub runs: Option<u32>,
    /// `profile`.
    pub profile: Option<Profile>,
    /// `threads`: of the generator, 1 to 256.
    pub threads: Option<u32>,
    /// `steps`: loads of a stress test, rising: requests under way, or per second where a rate is set.
    pub steps: Vec<u32>,
    /// `limits`: where a stress test ends.
    pub limits: Limits,
    /// `labels`: what the user says of the build or the setting.
    pub labels: BTreeMap<String, String>,
    /// `thresholds`: changes from which something is a regression.
    pub thresholds: Thresholds,
    /// `max_error_rate`: share of errors that is too high whatever a baseline says.
    pub max_error_rate: Option<f64>,
    /// `objectives`: absolute limits of everything together.
    pub objectives: Objectives,
    /// `data`: file with rows for templates.
    pub data: Option<(String, Place)>,
    /// `login`: the request before all others.
    pub login: Option<LoginConfig>,
    /// `endpoints`; none for the one that the URL names.
    pub endpoints: Vec<EndpointConfig>,
}

impl PerfConfig {
    /// The absolute limits of an endpoint; none are set when there is no such endpoint.
    #[must_use]
    pub fn objectives_of(&self, endpoint: &str) -> Objectives {
        let found = self.endpoints.iter().find(|known| known.name == endpoint);
        found.map_or_else(Objectives::default, |endpoint| endpoint.objectives)
    }
}

/// How thoroughly to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// A short look.
    Quick,
    /// Enough to judge.
    Standard,
    /// Load that rises until something breaks.
    Stress,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Quick, Self::Standard, Self::Stress];

    /// The word in configuration and reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Standard => "standard",
            Self::Stress => "stress",
        }
    }
}

/// Where load is not raised further.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// Largest 95th percentile, in nanoseconds.
    pub p95: Option<u64>,
    /// Largest 99th percentile, in nanoseconds.
    pub p99: Option<u64>,
    /// Largest share of errors.
    pub error_rate: Option<f64>,
}

/// Absolute limits that need no baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Objectives {
    /// Largest 95th percentile, in nanoseconds.
    pub p95: Option<u64>,
    /// Largest 99th percentile, in nanoseconds.
    pub p99: Option<u64>,
    /// Fewest good answers per second.
    pub throughput: Option<f64>,
}

/// Where something stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file, as it is named to the user; empty for what no file says.
    pub file: Arc<str>,
    /// Line, from 1; 0 without a place.
    pub line: u32,
    /// Column, from 1; 0 where only the line is known.
    pub column: u32,
}

/// An endpoint as it is configured.
#[derive(Clone, Debug)]
pub struct EndpointConfig {
    /// Where it begins.
    pub place: Place,
    /// Name.
    pub name: String,
    /// Method.
    pub method: String,
    /// Path and query.
    pub path: Draft,
    /// Headers, names in lower case.
    pub headers: Vec<(String, Draft)>,
    /// Body.
    pub body: BodyConfig,
    /// Share of the mix.
    pub weight: u32,
    /// What a good answer is.
    pub expect: Expect,
    /// Pause after an answer.
    pub think: Duration,
    /// Changes from which something is a regression.
    pub thresholds: Thresholds,
    /// Absolute limits.
    pub objectives: Objectives,
}

impl EndpointConfig {
    /// A plain `GET` of a path.
    #[must_use]
    pub fn get(name: impl Into<String>, path: Draft) -> Self {
        Self {
            place: Place::default(),
            name: name.into(),
            method: "GET".to_owned(),
            path,
            headers: Vec::new(),
            body: BodyConfig::None,
            weight: 1,
            expect: Expect::default(),
            think: Duration::ZERO,
            thresholds: Thresholds::default(),
            objectives: Objectives::default(),
        }
    }
}

/// A body as it is configured.
#[derive(Clone, Debug)]
pub enum BodyConfig {
    /// None.
    None,
    /// As it stands in the configuration.
    Text(Draft),
    /// In a file of its own.
    File(String, Place),
}

/// A login as it is configured.
#[derive(Clone, Debug)]
pub struct LoginConfig {
    /// The request; its name is `login`.
    pub request: EndpointConfig,
    /// JSON pointer to the token.
    pub token: String,
}
