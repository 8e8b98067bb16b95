//! What `readiness baseline` measured and compared, beside its findings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Environment, Outcome, Severity};

/// A capture, and what was made of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// What was done.
    pub action: BaselineAction,
    /// The capture that is judged.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub capture: Option<BaselineCapture>,
    /// The capture that it was compared with.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reference: Option<BaselineCapture>,
    /// Why the two were not made under the same conditions; metrics are incomparable then.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub differences: Vec<String>,
    /// Every metric, in the order of the configuration.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub metrics: Vec<BaselineMetric>,
    /// Programs that were started.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub modules: Vec<ModuleLoad>,
    /// Model and data files that were looked at.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub files: Vec<DataFileSeen>,
    /// What was configured differently.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub drift: Vec<DriftChange>,
    /// Captures of the store that could not be read, and why.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub skipped: Vec<SkippedCapture>,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BaselineAction {
    /// A capture was made.
    #[default]
    Captured,
    /// A capture was compared with another.
    Compared,
    /// The captures of a store were looked at over time.
    History,
    /// The configuration was compared.
    Drift,
}

/// A capture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineCapture {
    /// Its id.
    pub id: String,
    /// What the user calls it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub label: Option<String>,
    /// When it was made, RFC 3339 in UTC.
    pub created: String,
    /// The commit that was checked out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<String>,
    /// Whether files that git tracks had been changed since.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dirty: Option<bool>,
    /// Fingerprint of the machine.
    pub machine: String,
    /// What the machine is.
    pub environment: Environment,
    /// What it took, in milliseconds.
    pub took_ms: u64,
    /// Where it was written, if it was kept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub file: Option<String>,
    /// Who approved it as the reference, and why; none for a capture that was not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub approved: Option<BaselineApproval>,
}

/// An approval.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineApproval {
    /// Id of the capture.
    pub capture: String,
    /// SHA-256 (hex) of its document.
    pub sha256: String,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// When, RFC 3339 in UTC.
    pub time: String,
}

/// Which way a value is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Less is better: latency, errors.
    #[default]
    Lower,
    /// More is better: hit ratio, throughput.
    Higher,
    /// Any change is a change: neither way is better.
    Same,
}

/// Whether a metric was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetricState {
    /// It was.
    Measured,
    /// There is nothing to measure: no such device, no such process.
    NotEvaluated,
    /// The probe failed or took too long.
    #[default]
    Errored,
    /// The reference has it, and this capture has not.
    Missing,
}

/// One metric, and what is said of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineMetric {
    /// Its name.
    pub name: String,
    /// Id of its category.
    pub category: String,
    /// What it is counted in, by the conventions of Prometheus (`seconds`, `bytes`, `ratio`); empty for a plain number.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub unit: String,
    /// Which way it is better.
    pub better: Better,
    /// Whether it was measured.
    pub state: MetricState,
    /// Why it was not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Median of its samples; in a history the newest value.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<f64>,
    /// How often it was measured.
    pub samples: u32,
    /// Whether it may be absent.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub optional: bool,
    /// Least and largest value that it should have.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<[Option<f64>; 2]>,
    /// Whether it has such a value.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target_met: Option<bool>,
    /// Least and largest value that it must have.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accept: Option<[Option<f64>; 2]>,
    /// Whether it has such a value.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accepted: Option<bool>,
    /// How it compares with the reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub comparison: Option<MetricComparison>,
    /// Where its values have been.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub band: Option<MetricBand>,
    /// Where its values go.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trend: Option<MetricTrend>,
    /// When its values changed for good, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub changes: Vec<ChangePoint>,
    /// Its values over time, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub series: Vec<MetricPoint>,
}

/// How a metric compares with the reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricComparison {
    /// Its value in the reference; none where it was not measured there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<f64>,
    /// Relative change in the direction that is worse: 0.2 is 20 % worse, -0.2 is 20 % better. For [`Better::Same`] the
    /// absolute size of the relative change. None where there is no ratio.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub change: Option<f64>,
    /// 95 % interval of the change, where there are samples enough.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub interval: Option<[f64; 2]>,
    /// Chance of such ranks where nothing is worse, corrected for the number of metrics (Holm).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub p: Option<f64>,
    /// The change that counts.
    pub threshold: f64,
    /// What was asked more strictly of it in the reference, in words; none where nothing was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lowered: Option<String>,
    /// What is said.
    pub verdict: Outcome,
    /// Why, in words.
    pub reason: String,
}

/// Where the values of a metric have been.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricBand {
    /// How many earlier values it is made of.
    pub points: u32,
    /// Whether these are too few to judge by (fewer than ten).
    pub learning: bool,
    /// Median of them.
    pub median: f64,
    /// Least value of the band.
    pub low: f64,
    /// Largest value of the band.
    pub high: f64,
    /// Whether the newest value lies outside; always false while it is learning.
    pub outside: bool,
}

/// Where the values of a metric go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricTrend {
    /// How many values it is made of.
    pub points: u32,
    /// Change per day, in the metric's unit (Theil and Sen).
    pub per_day: f64,
    /// 95 % interval of it.
    pub interval: [f64; 2],
    /// Whether it goes the way that is worse, beyond chance.
    pub worsening: bool,
}

/// When the values of a metric changed for good.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePoint {
    /// When the first capture with the new values was made, RFC 3339 in UTC.
    pub time: String,
    /// Its id.
    pub capture: String,
    /// Commit of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<String>,
    /// Median of the values before it, back to the change before.
    pub before: f64,
    /// Median of the values from it on.
    pub after: f64,
    /// Chance of such a difference where nothing changed.
    pub p: f64,
    /// Whether it is for the worse.
    pub worse: bool,
}

/// A value at a moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricPoint {
    /// When, RFC 3339 in UTC.
    pub time: String,
    /// Id of the capture.
    pub capture: String,
    /// What the user calls it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub label: Option<String>,
    /// The value.
    pub value: f64,
}

/// A program that was started.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModuleLoad {
    /// What it is called.
    pub name: String,
    /// The command, secrets masked.
    pub command: String,
    /// What became of it.
    pub outcome: LoadOutcome,
    /// What it took, in milliseconds.
    pub took_ms: u64,
    /// Longest that it may take, in milliseconds.
    pub within_ms: u64,
    /// Why it is not good, and the end of what it said; secrets masked.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub words: String,
}

/// What became of a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LoadOutcome {
    /// It started and ended well, in time.
    Loads,
    /// It ended well, too late.
    Slow,
    /// It ended badly, or did not end.
    #[default]
    Fails,
    /// There is no such program.
    Absent,
}

/// A model or data file that was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataFileSeen {
    /// Its path, or the glob that nothing matched.
    pub path: String,
    /// Whether it is there.
    pub present: bool,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 (hex), where one was asked for or the file is small enough.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sha256: Option<String>,
    /// Id of the format that its bytes have.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub format: Option<String>,
    /// What its head says, in words: `GGUF 3, 291 tensors`.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub about: String,
    /// What is wrong: id of the rule and words.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub problems: Vec<(String, String)>,
}

/// What was configured differently.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DriftChange {
    /// What it is part of.
    pub kind: DriftKind,
    /// The file, the variable, the program, the port, the finding.
    pub place: String,
    /// The key in a file: `security.jwt.expiry`; empty for the whole.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub key: String,
    /// What it was, secrets as digests; none for something new.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before: Option<String>,
    /// What it is; none for something that is gone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after: Option<String>,
    /// The rule that it is a finding of.
    pub rule: String,
    /// How bad it is, where that is not the rule's own severity.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub severity: Option<Severity>,
    /// Rule of the audit that the new value breaks and the old one did not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub audit_rule: Option<String>,
    /// Why it matters, in words.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub words: String,
}

/// What a drift is part of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DriftKind {
    /// A configuration file.
    #[default]
    File,
    /// An environment variable.
    Environment,
    /// Something installed.
    Version,
    /// A listening port.
    Port,
    /// A finding of the audit.
    Finding,
}

/// A capture that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SkippedCapture {
    /// Its file.
    pub file: String,
    /// Why.
    pub reason: String,
}
