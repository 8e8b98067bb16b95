//! The section `baseline` of `readiness.yaml`.
//!
//! Longer than other files: these are the values of one section, and they are read together.

use std::path::PathBuf;
use std::time::Duration;

use crate::report::Better;

/// What a configuration says of baselines; what is absent keeps its built-in value.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// `baseline.store`: where captures are kept, relative to the configuration's folder; beside the tree when absent.
    pub store: Option<String>,
    /// `baseline.defaults`: whether the built-in probes run besides those that are declared; absent, they run when none are.
    pub defaults: Option<bool>,
    /// `baseline.limit`: longest that a capture may take. Probes that have not ended by then are errored.
    pub limit: Duration,
    /// `baseline.keep`: most captures that a store keeps; the reference and labelled ones are kept besides. None keeps all.
    pub keep: Option<u32>,
    /// `baseline.bands`.
    pub bands: Bands,
    /// `baseline.probes`: by category, each one metric.
    pub probes: Vec<Probe>,
    /// `baseline.modules`: programs that must start.
    pub modules: Vec<Module>,
    /// `baseline.files`: model and data files.
    pub files: Vec<DataFile>,
    /// `baseline.drift`: what is kept of the configuration of the system.
    pub drift: Drift,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            store: None,
            defaults: None,
            limit: Duration::from_mins(1),
            keep: None,
            bands: Bands::default(),
            probes: Vec::new(),
            modules: Vec::new(),
            files: Vec::new(),
            drift: Drift::default(),
        }
    }
}

/// How anomaly bands are made of a history: `median ± max(k · 1.4826 · MAD, margin · |median|)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bands {
    /// `k`: width in robust standard deviations.
    pub k: f64,
    /// `margin`: least half-width, as a share of the median.
    pub margin: f64,
    /// `window`: how many captures before the one that is judged count at the most.
    pub window: u32,
}

impl Default for Bands {
    fn default() -> Self {
        Self { k: 4.0, margin: 0.05, window: 100 }
    }
}

/// One metric, and where it comes from. Probes that ask the same of the same source, as often, share the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// What it is called: letters, digits and `_`, beginning with a letter; once in a configuration.
    pub name: String,
    /// Id of its category.
    pub category: String,
    /// What is asked.
    pub source: Source,
    /// What is read from the answer.
    pub reading: Reading,
    /// What the value is counted in, by the conventions of Prometheus: `seconds`, `bytes`, `ratio`, `celsius` …; empty for a
    /// plain number.
    pub unit: String,
    /// What every value is multiplied with, so that it is in its unit.
    pub scale: f64,
    /// Which way it is better.
    pub better: Better,
    /// What it should reach; missing it is a finding of medium severity.
    pub target: Range,
    /// What it must not leave; leaving it is a finding of high severity.
    pub accept: Range,
    /// Relative change for the worse from which a comparison fails: 0.2 is 20 %.
    pub threshold: f64,
    /// Absolute change up to which nothing counts, in its unit.
    pub floor: f64,
    /// How often it is measured, from 1.
    pub samples: u32,
    /// Pause between two samples.
    pub interval: Duration,
    /// Longest that one sample may take.
    pub timeout: Duration,
    /// Whether it may be absent: then it is not evaluated, and nothing is incomplete for it.
    pub optional: bool,
}

impl Probe {
    /// A probe with the built-in bounds: one sample, five seconds, 20 %.
    #[must_use]
    pub fn new(category: &str, name: &str, source: Source, reading: Reading) -> Self {
        Self {
            name: name.to_owned(),
            category: category.to_owned(),
            source,
            reading,
            unit: String::new(),
            scale: 1.0,
            better: Better::Lower,
            target: Range::default(),
            accept: Range::default(),
            threshold: 0.2,
            floor: 0.0,
            samples: 1,
            interval: Duration::ZERO,
            timeout: Duration::from_secs(5),
            optional: false,
        }
    }
}

/// From what to what a value may be, both inclusive; none is no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Range {
    /// Least value.
    pub min: Option<f64>,
    /// Largest value.
    pub max: Option<f64>,
}

impl Range {
    /// Whether a value lies in it.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        self.min.is_none_or(|min| value >= min) && self.max.is_none_or(|max| value <= max)
    }

    /// Whether there is any bound.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.min.is_none() && self.max.is_none()
    }
}

/// What a probe asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// This machine.
    System {
        /// Whose file system is looked at: a path; `/` unless it is said.
        path: PathBuf,
    },
    /// Processes of this machine.
    Process(Which),
    /// The loopback interface: echoes over a connection of its own.
    Loopback,
    /// A disk: a small file written and synced in this folder, relative to the configuration's.
    Disk {
        /// The folder.
        path: PathBuf,
    },
    /// Graphics processors.
    Gpu,
    /// An HTTP server.
    Http(Ask),
    /// An exposition of metrics, scraped.
    Prometheus(Ask),
    /// A program.
    Command {
        /// The program and its arguments; at least one.
        words: Vec<String>,
    },
    /// A file, relative to the configuration's folder.
    File {
        /// Its path.
        path: PathBuf,
    },
    /// A port that is connected to.
    Tcp {
        /// `host:port`.
        address: String,
    },
    /// A Redis server, or one that speaks as Redis does.
    Redis {
        /// `host:port`.
        address: String,
        /// Name of the environment variable with the password, if one is needed.
        password: Option<String>,
    },
    /// Reports of test runners in JUnit XML: globs, relative to the configuration's folder.
    Tests {
        /// The globs.
        files: Vec<String>,
    },
}

/// Which processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// By the file name of the program.
    Name(String),
    /// The one whose id stands in this file, relative to the configuration's folder.
    PidFile(PathBuf),
    /// By what its command line holds.
    CommandLine(String),
    /// This program itself.
    Own,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Where.
    pub url: String,
    /// Requests for one sample, from 1.
    pub requests: u32,
    /// Body of a POST; without one it is a GET.
    pub body: Option<String>,
    /// Headers, name and value; no secret stands here.
    pub headers: Vec<(String, String)>,
    /// Name of the environment variable with a bearer token.
    pub token: Option<String>,
    /// Status codes that are good; 200 to 299 when empty.
    pub expect: Vec<u16>,
}

/// What is read from an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// Of the machine.
    System(SystemReading),
    /// Of processes.
    Process(ProcessReading),
    /// Of graphics processors: which, by number (all when none), and what.
    Gpu(Option<u32>, GpuReading),
    /// Time that it took, in seconds: HTTP to the last byte, TCP and Redis (PING), echoes of the loopback, a synced write, the
    /// wall time of a command.
    Latency,
    /// Bytes per second, of the loopback and of a disk.
    Throughput,
    /// Share of requests that failed or had another status.
    Errors,
    /// Status code of the last answer.
    Status,
    /// Bytes of the body, of the file.
    Size,
    /// Seconds since the file was changed.
    Age,
    /// Exit code of the command.
    ExitCode,
    /// A number in the body, in the output, in the file.
    Value(Extract),
    /// Series of an exposition.
    Series(Query),
    /// A field of `INFO`, divided by the sum of others when there are any.
    Field(String, Vec<String>),
    /// Of test reports.
    Tests(TestsReading),
}

/// Where in a text a number is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extract {
    /// JSON (RFC 6901) pointer into JSON, YAML or TOML.
    Pointer(String),
    /// First group of a regular expression, or all of its first match.
    Regex(String),
    /// A column of a CSV file with a header: its last row.
    Column(String),
    /// The whole text.
    Whole,
}

/// What is read of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SystemReading {
    /// Share of the processors' time in use.
    CpuUsage,
    /// Load average over one minute, divided by the number of processors.
    Load1,
    /// Over five minutes.
    Load5,
    /// Over fifteen minutes.
    Load15,
    /// Share of the memory in use.
    MemoryUsed,
    /// Bytes of memory that are available.
    MemoryAvailable,
    /// Share of the swap space in use.
    SwapUsed,
    /// Share of the file system in use.
    DiskUsed,
    /// Bytes free on the file system.
    DiskFree,
    /// Share of the file descriptors in use, of all the system.
    OpenFiles,
    /// Processes.
    Processes,
    /// Seconds since it was started.
    Uptime,
}

/// What is read of processes, all of them together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessReading {
    /// Processors in use: 1.5 is one and a half.
    Cpu,
    /// Bytes of resident memory.
    Memory,
    /// Open file descriptors.
    Descriptors,
    /// Share of the descriptors that it may open; the largest of all.
    DescriptorsUsed,
    /// Threads.
    Threads,
    /// How many there are.
    Count,
    /// Seconds since the youngest was started: small after a crash.
    Age,
}

/// What is read of graphics processors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GpuReading {
    /// Share of the time in use, mean of all.
    Usage,
    /// Share of the memory in use, largest of all.
    MemoryUsed,
    /// Bytes of memory in use, sum of all.
    Memory,
    /// Degrees Celsius, largest of all.
    Temperature,
    /// Watts, sum of all.
    Power,
    /// How many there are.
    Count,
}

/// What is read of test reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestsReading {
    /// Share of the tests that ran and failed.
    FailureRate,
    /// Tests that ran.
    Ran,
    /// Tests that failed.
    Failed,
    /// Seconds that they took.
    Time,
}

/// Series of an exposition, made one number.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Which series.
    pub select: Selector,
    /// What is made of each.
    pub take: Take,
    /// What is made of several.
    pub several: Several,
    /// What it is divided by: the sum of these series, taken the same way.
    pub over: Vec<Selector>,
}

/// Which series: `name{label="value",other=~"regex"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// Name of the sample (`http_requests_total`); for quantiles the name of the histogram, without `_bucket`.
    pub name: String,
    /// What labels must be.
    pub labels: Vec<Matcher>,
}

/// What a label must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matcher {
    /// Its name.
    pub label: String,
    /// How it is compared.
    pub how: Matching,
    /// With what.
    pub value: String,
}

/// How a label is compared; regular expressions must match all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matching {
    /// `=`
    Is,
    /// `!=`
    IsNot,
    /// `=~`
    Like,
    /// `!~`
    NotLike,
}

/// What is made of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Take {
    /// Its value.
    Value,
    /// Its increase per second between two scrapes; a counter that began anew counts from 0.
    Rate,
    /// A quantile of a histogram (0 to 1), as Prometheus reckons it (`histogram_quantile`), over all of its time.
    Quantile(f64),
    /// A quantile of what a histogram counted between two scrapes.
    QuantileRate(f64),
    /// Sum divided by count of a histogram or summary, over all of its time.
    Mean,
}

/// What is made of several series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Several {
    /// Their sum.
    Sum,
    /// The largest.
    Max,
    /// The smallest.
    Min,
    /// Their mean.
    Mean,
    /// How many there are.
    Count,
}

/// A program that must start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// What it is called.
    pub name: String,
    /// The program and its arguments; at least one.
    pub words: Vec<String>,
    /// Longest that it may take to be good.
    pub within: Duration,
    /// When it is ended.
    pub timeout: Duration,
}

/// A model or data file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// Its path, or a glob that at least one file must match, relative to the configuration's folder.
    pub path: String,
    /// SHA-256 that it must have.
    pub sha256: Option<[u8; 32]>,
    /// Format that it must have: an id of [`super::files::FORMATS`]; by its name when absent, and any when its name says nothing.
    pub format: Option<String>,
    /// Fewest bytes.
    pub min_bytes: u64,
    /// Whether executable content (pickle) is accepted.
    pub allow_executable: bool,
}

/// What is kept of the configuration of a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// `baseline.drift.files`: globs over configuration files, relative to the tree.
    pub files: Vec<String>,
    /// `baseline.drift.environment`: names of variables; of their values only a keyed digest is kept.
    pub environment: Vec<String>,
    /// `baseline.drift.versions`: commands that print a version, each with a name.
    pub versions: Vec<Version>,
    /// `baseline.drift.ports`: whether listening ports are kept.
    pub ports: bool,
    /// `baseline.drift.findings`: whether the audit's open findings are kept.
    pub findings: bool,
}

impl Default for Drift {
    fn default() -> Self {
        let files = DEFAULT_CONFIG.iter().map(|glob| (*glob).to_owned()).collect();
        Self { files, environment: Vec::new(), versions: Vec::new(), ports: false, findings: false }
    }
}

/// Configuration files that are kept unless the settings name others.
pub const DEFAULT_CONFIG: &[&str] = &[
    "readiness.yaml",
    ".env",
    ".env.*",
    "*.toml",
    "config/**/*.{yaml,yml,json,toml,ini,env,properties,conf}",
    "conf/**/*.{yaml,yml,json,toml,ini,env,properties,conf}",
    "deploy/**/*.{yaml,yml,json,toml,env}",
    "settings.{yaml,yml,json,toml,ini}",
    "application*.{yaml,yml,properties}",
    "appsettings*.json",
    "{docker-,}compose*.{yaml,yml}",
];

/// A version of something that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// What it is called.
    pub name: String,
    /// The program and its arguments; at least one.
    pub words: Vec<String>,
}
