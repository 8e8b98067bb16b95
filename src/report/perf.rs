//! The numbers of `readiness perf`. Judgements over them are findings of their own rules; here stands what was measured,
//! under which conditions, and how two measurements compare.
//!
//! Times are whole nanoseconds, rates are per second, shares are fractions of one.
//!
//! Longer than other files: these are the parts of one document, and they are read together.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The numbers of a command, beside its findings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Details {
    /// Load on a server: `readiness perf`, `perf compare`, `perf merge`.
    Perf(Box<Perf>),
    /// A benchmark of commands: `readiness perf exec`.
    Command(Box<CommandBench>),
    /// A release: `readiness release prepare`, `verify`, `gate`, `trail`.
    Release(Box<super::Release>),
    /// Provenance: `readiness release verify-provenance`.
    Provenance(Box<super::Provenance>),
    /// A rollback: `readiness rollback capture`, `verify`, `restore`, `plan`, `run`, `rehearse`.
    Rollback(Box<super::Rollback>),
    /// A baseline: `readiness baseline capture`, `compare`, `history`, `drift`.
    Baseline(Box<super::Baseline>),
}

/// A load test.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Perf {
    /// The machine that made the load.
    pub environment: Environment,
    /// The server that bore it.
    pub target: PerfTarget,
    /// The load that was asked for.
    pub load: LoadShape,
    /// Which of the two latencies is the one to read.
    pub headline: Headline,
    /// All endpoints of all runs together; its name is `total`.
    pub total: EndpointResult,
    /// Each endpoint over all runs, in the order of the scenario.
    pub endpoints: Vec<EndpointResult>,
    /// The runs in order, with their histograms.
    pub runs: Vec<LoadRun>,
    /// The steps of a load that was raised until something broke; empty for any other.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub steps: Vec<LoadStep>,
    /// Where the server was saturated, if the load was raised far enough to see it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub saturation: Option<Saturation>,
    /// Why these numbers do not say what they seem to; empty for a valid measurement.
    pub doubts: Vec<Doubt>,
    /// Whether it was ended before its time.
    pub aborted: bool,
    /// How many reports were merged into this one; 1 for one that was measured here.
    pub generators: u32,
    /// The comparison with a baseline, if one was given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub comparison: Option<PerfComparison>,
}

/// The machine that a measurement was made on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Model of the processor, as the system names it; empty when it does not.
    pub cpu: String,
    /// Cores that the program may use.
    pub cores: u32,
    /// Frequency governor of the first core, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub governor: Option<String>,
    /// Operating system and architecture: `linux x86_64`.
    pub system: String,
    /// Release of the kernel.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kernel: Option<String>,
}

/// The server that was measured, as far as it can be told from outside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PerfTarget {
    /// URL without user, password and query.
    pub url: String,
    /// Address and port that connections went to.
    pub address: String,
    /// `http/1.1` or `h2`.
    pub protocol: String,
    /// Version and cipher suite of TLS; absent without it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tls: Option<String>,
    /// Status of the first response.
    pub status: u16,
    /// What the server calls itself (`server` header).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub server: Option<String>,
    /// The process that listens, when it is on this machine and can be seen.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub listener: Option<Listener>,
    /// Header that every response must have (`--expect-header`), by name alone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expected_header: Option<String>,
}

/// A listening process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    /// Its process id; of several that share the socket, their common parent.
    pub pid: u32,
    /// File name of its program.
    pub program: String,
}

/// The load that was asked for: two measurements are comparable when these are the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadShape {
    /// `quick`, `standard`, `stress`, or none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub profile: Option<String>,
    /// Requests under way at the most: the connections of a closed loop, the cap of a constant rate.
    pub concurrency: u32,
    /// Requests due per second; none for a closed loop, in which each answer calls for the next request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rate: Option<f64>,
    /// Measured time of each run.
    pub duration_ns: u64,
    /// Measured requests of each run, where they and not the time end it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub requests: Option<u64>,
    /// Time before the measurement that is not counted, ramp included.
    pub warm_up_ns: u64,
    /// Time in which the load rises from nothing.
    pub ramp_ns: u64,
    /// Longest wait for one response.
    pub timeout_ns: u64,
    /// Times that a failed request is sent again; 0 for none.
    pub retries: u32,
    /// Threads of the generator.
    pub threads: u32,
    /// Requests under way on one HTTP/2 connection at the most.
    pub streams: u32,
    /// Whether a connection serves more than one request.
    pub keep_alive: bool,
    /// The part of a load that several generators make together; absent for the whole.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub share: Option<LoadPart>,
    /// `fast` (own path, HTTP/1.1) or `hyper`.
    pub engine: String,
    /// Name of the scenario.
    pub scenario: String,
    /// SHA-256 (hex) over all that the scenario says of requests; equal digests mean equal requests.
    pub scenario_digest: String,
    /// What the user says of the build or the setting (`--label`).
    pub labels: BTreeMap<String, String>,
}

/// A part of a load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadPart {
    /// Which, from 0.
    pub index: u32,
    /// Of how many.
    pub of: u32,
}

/// Which latency is the one to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Headline {
    /// From the moment of sending to the last byte, as a closed loop sees it: while the server stands still, nothing is
    /// sent, so that waiting is under-represented (coordinated omission).
    #[default]
    ServiceTime,
    /// From the moment at which the request was due to the last byte: waiting before it could be sent counts.
    ResponseTime,
}

/// What came of the requests to one endpoint, warm-up excluded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointResult {
    /// Name of the endpoint.
    pub name: String,
    /// What became of its requests.
    pub counts: RequestCounts,
    /// Measured time, all runs together.
    pub seconds: f64,
    /// Good answers per second.
    pub throughput: f64,
    /// Failed of all that ended.
    pub error_rate: f64,
    /// From sending to the last byte, of good answers.
    pub service: Latency,
    /// From the moment it was due, of good answers; only with a constant rate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub response: Option<Latency>,
    /// From sending to the first byte, of good answers.
    pub first_byte: Latency,
    /// The headline latency in at most 128 classes of equal width on a logarithmic scale, ascending, empty ones left out:
    /// for pictures. Exact histograms stand in the runs.
    pub distribution: Vec<Bucket>,
}

/// A class of times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Largest time in it, in nanoseconds.
    pub up_to: u64,
    /// Samples.
    pub count: u64,
}

/// What became of requests. Each one that was sent in the measured time is in exactly one of `ok`, `failed`, `aborted`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestCounts {
    /// Answered as expected.
    pub ok: u64,
    /// Failed, by class.
    pub failed: BTreeMap<ErrorClass, u64>,
    /// Under way when the time was over.
    pub aborted: u64,
    /// Sent over a millisecond after they were due; only with a constant rate.
    pub late: u64,
    /// Due and never sent, because too many were under way; only with a constant rate.
    pub dropped: u64,
    /// Attempts beyond the first, of all requests.
    pub retries: u64,
    /// Answered in the warm-up and not counted elsewhere.
    pub warm_up: u64,
    /// Bytes received of answers, heads included.
    pub bytes_received: u64,
    /// Bytes sent of requests, heads included.
    pub bytes_sent: u64,
}

impl RequestCounts {
    /// Failed requests of all classes; a report that was not written by this program may add up to more than can be counted.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.failed.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Requests that ended, well or badly.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.ok.saturating_add(self.errors())
    }

    /// Adds everything of others.
    pub fn add(&mut self, other: &Self) {
        let sum = |total: &mut u64, more: u64| *total = total.saturating_add(more);
        for (class, count) in &other.failed {
            sum(self.failed.entry(*class).or_default(), *count);
        }
        sum(&mut self.ok, other.ok);
        sum(&mut self.aborted, other.aborted);
        sum(&mut self.late, other.late);
        sum(&mut self.dropped, other.dropped);
        sum(&mut self.retries, other.retries);
        sum(&mut self.warm_up, other.warm_up);
        sum(&mut self.bytes_received, other.bytes_received);
        sum(&mut self.bytes_sent, other.bytes_sent);
    }
}

/// Why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// No connection: refused, unreachable, too slow.
    Connect,
    /// The TLS handshake failed.
    Tls,
    /// No whole answer within the time limit.
    Timeout,
    /// The connection ended before the answer did.
    Reset,
    /// What came is no HTTP, or breaks its rules.
    Protocol,
    /// The status was not one of those expected.
    Status,
    /// The answer lacked a header or content that was expected.
    Check,
}

impl ErrorClass {
    /// All classes, in the order in which a request meets them.
    pub const ALL: [Self; 7] =
        [Self::Connect, Self::Tls, Self::Timeout, Self::Reset, Self::Protocol, Self::Status, Self::Check];

    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Tls => "TLS",
            Self::Timeout => "time-out",
            Self::Reset => "reset",
            Self::Protocol => "protocol",
            Self::Status => "status",
            Self::Check => "check",
        }
    }
}

/// A distribution of times in nanoseconds. A percentile stands here only when enough samples carry it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// Samples.
    pub count: u64,
    /// Smallest; all are 0 without a sample.
    pub min: u64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation.
    pub stdev: f64,
    /// Half are at most this.
    pub p50: u64,
    /// 90th percentile.
    pub p90: u64,
    /// 95th percentile.
    pub p95: u64,
    /// 99th percentile, from 1,000 samples on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub p99: Option<u64>,
    /// 99.9th percentile, from 10,000 samples on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub p999: Option<u64>,
    /// Largest.
    pub max: u64,
}

/// One run: the same load from its warm-up to its end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadRun {
    /// Measured time.
    pub seconds: f64,
    /// Each endpoint, in the order of the scenario.
    pub endpoints: Vec<RunEndpoint>,
    /// Connections: how many, and how long they took.
    pub connections: Connections,
    /// The course of the run.
    pub series: Vec<SeriesPoint>,
    /// What the generator used.
    pub generator: Usage,
    /// What the server used, if it could be watched.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub server: Option<Usage>,
    /// Requests per second that were due, and that were sent; only with a constant rate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rate: Option<RateKept>,
}

/// How well a constant rate was kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateKept {
    /// Due per second.
    pub offered: f64,
    /// Sent per second.
    pub achieved: f64,
}

/// One endpoint in one run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunEndpoint {
    /// Name of the endpoint.
    pub name: String,
    /// What became of its requests.
    pub counts: RequestCounts,
    /// Service times of good answers: HdrHistogram, V2 encoding with DEFLATE, base64; nanoseconds, three digits.
    pub service: String,
    /// Response times, in the same form; only with a constant rate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub response: Option<String>,
    /// Times to the first byte, in the same form.
    pub first_byte: String,
    /// The run in pieces of equal length, for statistics: what follows each other is alike.
    pub blocks: Vec<Block>,
}

/// A stretch of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// Length.
    pub seconds: f64,
    /// Answered as expected.
    pub ok: u64,
    /// Failed.
    pub failed: u64,
    /// The headline latency, in the form of [`RunEndpoint::service`]; empty without a sample.
    pub histogram: String,
}

/// Connections of a run, warm-up included.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Connections {
    /// Opened.
    pub opened: u64,
    /// Could not be opened.
    pub failed: u64,
    /// Time to connect.
    pub connect: Latency,
    /// Time of the TLS handshake.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tls: Option<Latency>,
}

/// One stretch of the course of a run, all endpoints together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeriesPoint {
    /// Its end, in seconds from the beginning of the measured time.
    pub at: f64,
    /// Good answers per second.
    pub throughput: f64,
    /// Failed.
    pub failed: u64,
    /// Median of the headline latency; absent without a sample.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub p50: Option<u64>,
    /// 99th percentile of it, however few the samples: a picture, not a result.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub p99: Option<u64>,
    /// Largest.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max: Option<u64>,
}

/// What a process (with its children) used during a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// Mean use of processor time, in cores.
    pub cpu_mean: f64,
    /// Largest of the series, in cores.
    pub cpu_peak: f64,
    /// Mean resident memory in bytes.
    pub memory_mean: u64,
    /// Largest of the series in bytes.
    pub memory_peak: u64,
    /// Its course.
    pub series: Vec<UsagePoint>,
}

/// What was used at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsagePoint {
    /// Seconds from the beginning of the measured time.
    pub at: f64,
    /// Cores used since the point before.
    pub cpu: f64,
    /// Resident memory in bytes.
    pub memory: u64,
}

/// One step of a rising load.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadStep {
    /// Requests under way at the most.
    pub concurrency: u32,
    /// Requests due per second, for a rising rate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rate: Option<f64>,
    /// Good answers per second.
    pub throughput: f64,
    /// Failed of all that ended.
    pub error_rate: f64,
    /// The headline latency.
    pub latency: Latency,
    /// Why the load was not raised further; absent where it was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub broke: Option<String>,
    /// Why the step says nothing of the server: the generator was the bottleneck, or the like.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub doubts: Vec<Doubt>,
}

/// The load beyond which more load brings no more answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Saturation {
    /// Requests under way at the highest load that held.
    pub concurrency: u32,
    /// Rate of the highest load that held, for a rising rate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rate: Option<f64>,
    /// Good answers per second at that load.
    pub throughput: f64,
    /// What broke beyond it.
    pub limit: String,
}

/// A reason not to trust a measurement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Doubt {
    /// What kind of reason.
    pub kind: DoubtKind,
    /// In words, with the numbers.
    pub text: String,
    /// What helps.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
}

/// Kinds of reasons not to trust a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DoubtKind {
    /// The generator used over 85 % of its cores.
    GeneratorBound,
    /// Less than 99 % of the offered rate was sent.
    RateMissed,
    /// The server is not the one that was meant, or changed under way.
    OtherTarget,
    /// Too few samples.
    TooFew,
    /// Ended before its time.
    Aborted,
}

/// How two measurements compare.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PerfComparison {
    /// What the measurement was held against: a file name, a URL, a command.
    pub baseline: String,
    /// When that was measured, RFC 3339 in UTC, as its report says.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub measured: Option<String>,
    /// Whether the two took turns on one machine, so that drift of the machine met both.
    pub interleaved: bool,
    /// Why they cannot be compared; empty when they can.
    pub incomparable: Vec<String>,
    /// One verdict for each endpoint (or command) and metric.
    pub metrics: Vec<MetricVerdict>,
}

/// One metric of one endpoint, before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricVerdict {
    /// Endpoint or command.
    pub endpoint: String,
    /// What is compared.
    pub metric: Metric,
    /// The baseline's value: nanoseconds, per second, a share, bytes or a count.
    pub before: f64,
    /// The new value.
    pub after: f64,
    /// Worsening is positive: the relative change (0.1 is 10 % worse), for error rates the difference of the shares.
    pub change: f64,
    /// 95 % interval of the change, by bootstrap; absent where there was too little to make one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub interval: Option<[f64; 2]>,
    /// Probability of ranks as bad as these if nothing changed, corrected for the number of endpoints (Holm).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub p: Option<f64>,
    /// Change from which it is a regression.
    pub threshold: f64,
    /// What was compared: `5 and 5 runs`, `20 and 20 blocks`.
    pub units: String,
    /// The verdict.
    pub verdict: Outcome,
    /// Why, in words.
    pub reason: String,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Failed of all that ended.
    ErrorRate,
    /// Good answers per second.
    Throughput,
    /// 95th percentile of the headline latency.
    P95,
    /// 99th percentile of the headline latency.
    P99,
    /// Elapsed time of a command.
    WallTime,
    /// User and system time of a command.
    CpuTime,
    /// Largest resident memory of a command.
    PeakMemory,
    /// Instructions of a command, in user mode.
    Instructions,
}

impl Metric {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ErrorRate => "error rate",
            Self::Throughput => "throughput",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::WallTime => "wall time",
            Self::CpuTime => "CPU time",
            Self::PeakMemory => "peak memory",
            Self::Instructions => "instructions",
        }
    }
}

/// What a comparison of one metric came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Not worse by the threshold, and there was enough to see it if it were.
    Pass,
    /// Surely worse, by less than the threshold.
    Warn,
    /// Worse by more than the threshold, and not by chance.
    Fail,
    /// Nothing can be said: too few samples, or too much noise.
    Inconclusive,
    /// The two were not measured under the same conditions.
    Incomparable,
}

impl Outcome {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Incomparable => "incomparable",
        }
    }
}

/// A benchmark of one or two commands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandBench {
    /// The machine.
    pub environment: Environment,
    /// The commands: `before` and `after`, or one alone.
    pub commands: Vec<CommandResult>,
    /// Runs of each that were not counted.
    pub warm_ups: u32,
    /// What the user says of the build or the setting (`--label`).
    pub labels: BTreeMap<String, String>,
    /// Why instructions are missing, if they are.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub no_instructions: Option<String>,
    /// Peak memory in bytes that cannot be told from less, where the system has such a floor: the benchmark's own, which a
    /// program inherits on Linux. A run at or below it used at most that much.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub memory_floor: Option<u64>,
    /// Whether it was ended before its time.
    pub aborted: bool,
    /// The comparison.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub comparison: Option<PerfComparison>,
}

/// The runs of one command.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandResult {
    /// `before`, `after` or `command`.
    pub name: String,
    /// Program and arguments, secrets masked.
    pub command: Vec<String>,
    /// Whether a shell ran it.
    pub shell: bool,
    /// The counted runs, in order.
    pub runs: Vec<CommandRun>,
    /// Runs that ended with another code than 0, or by a signal; of those that were counted.
    pub failed: u32,
}

impl CommandResult {
    /// Whether its runs used no more memory than can be told from less, `floor` being [`CommandBench::memory_floor`]: half
    /// of them at most reach beyond it by more than the fiftieth part that it varies by.
    #[must_use]
    pub fn at_floor(&self, floor: Option<u64>) -> bool {
        let Some(floor) = floor else { return false };
        let reach = floor.saturating_add(floor / 50);
        let beyond = self.runs.iter().filter(|run| run.peak_memory > reach).count();
        !self.runs.is_empty() && beyond <= self.runs.len() / 2
    }
}

/// One run of a command.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandRun {
    /// Elapsed time.
    pub wall_ns: u64,
    /// User time, children that were waited for included.
    pub user_ns: u64,
    /// System time, of the same.
    pub system_ns: u64,
    /// Largest resident memory in bytes of the largest process.
    pub peak_memory: u64,
    /// Instructions in user mode, children included.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instructions: Option<u64>,
    /// Exit code; none when a signal ended it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<i32>,
}
