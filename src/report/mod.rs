//! The report: what every command produces and all that gate and renderers see. A wire contract (see
//! `docs/report.schema.json`), so nothing here holds a borrowed value, a secret or a judgement of its own.

mod baseline;
mod coverage;
mod evidence;
mod finding;
pub mod numbers;
mod perf;
mod release;
mod rollback;
mod rule;
mod status;
mod verdict;
mod vulnerability;

pub use baseline::{
    Baseline, BaselineAction, BaselineApproval, BaselineCapture, BaselineMetric, Better, ChangePoint,
    DataFileSeen, DriftChange, DriftKind, LoadOutcome, MetricBand, MetricComparison, MetricPoint,
    MetricState, MetricTrend, ModuleLoad, SkippedCapture,
};
pub use coverage::{Coverage, LeftOut, LeftOutKind};
pub use evidence::{Evidence, Syntax, mask_line, mask_secrets};
pub use finding::{Finding, Fingerprint, Location, PathRole, Region, Suppression, SuppressionKind};
pub use perf::{
    Block, Bucket, CommandBench, CommandResult, CommandRun, Connections, Details, Doubt, DoubtKind,
    EndpointResult, Environment, ErrorClass, Headline, Latency, Listener, LoadPart, LoadRun, LoadShape,
    LoadStep, Metric, MetricVerdict, Outcome, Perf, PerfComparison, PerfTarget, RateKept, RequestCounts,
    RunEndpoint, Saturation, SeriesPoint, Usage, UsagePoint,
};
pub use release::{
    Provenance, Release, ReleaseAction, ReleaseArtifact, ReleaseEvidence, ReleaseSigner, ReleaseStep,
    ReleaseTrail, ReleaseTrial, ReleaseVerified, StepOutcome,
};
pub use rollback::{
    Rollback, RollbackAction, RollbackChange, RollbackChangeKind, RollbackChanges, RollbackOutcome,
    RollbackPhase, RollbackPoint, RollbackStep,
};
pub use rule::{Confidence, Rule, Severity};
pub use status::Status;
pub use verdict::{
    Counts, Decision, PolicyUsed, Reason, ReasonKind, Summary, Verdict, WaiverState, WaiverUse,
};
pub use vulnerability::{
    AdvisoryData, AdvisoryMatch, AdvisorySource, Change, Comparison, Decimal, Epss, Exploited,
    FixedVulnerability, InventorySource, PackageRef, Rating, ScannerData, Vulnerability,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the report's wire form; raised when a reader of the older form could misread the newer one.
pub const SCHEMA: u32 = 1;

/// The result of one command over one subject, judged by the gate.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Version of this wire form, see [`SCHEMA`].
    pub schema: u32,
    /// The program that made the report.
    pub tool: Tool,
    /// What was examined.
    pub subject: Subject,
    /// When, RFC 3339 in UTC; the only place of the report that depends on the clock. `SOURCE_DATE_EPOCH` sets it.
    pub created: String,
    /// The decision and its reasons.
    pub verdict: Verdict,
    /// Counts, so that no reader has to count.
    pub summary: Summary,
    /// Every check of the command, in the order of the catalogue.
    pub checks: Vec<CheckReport>,
    /// What was read of the subject as a whole, and what was not.
    pub coverage: Coverage,
    /// The waivers in use, unused, expired or soon to expire.
    pub waivers: Vec<WaiverUse>,
    /// The rules that findings cite, once each, by id.
    pub rules: Vec<Rule>,
    /// The advisory data that packages were held against; absent when no check used any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub advisories: Option<AdvisoryData>,
    /// The packages that were found, by file.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub inventory: Vec<InventorySource>,
    /// The comparison with an earlier state, if one was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<Comparison>,
    /// The numbers of commands that measure; absent after an audit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub details: Option<Details>,
}

/// The program that made a report.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Always `readiness`.
    pub name: String,
    /// Version of the program, SemVer.
    pub version: String,
    /// SHA-256 (hex) over all rules of the catalogue: equal digests mean equal rules.
    pub rules_digest: String,
    /// The command that made the report; absent when the library was asked for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub invocation: Option<Invocation>,
}

/// A command as far as it bears on the verdict: flags for what reports look like and where they go are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Invocation {
    /// The arguments after the program's name, not quoted, paths as they were given. What environment variables said
    /// instead of flags stands as flags.
    pub arguments: Vec<String>,
    /// Environment variables that no flag stands for: `SOURCE_DATE_EPOCH=…` if it was set, and the names alone of those
    /// that the configuration requires, because their values can be secrets.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub environment: Vec<String>,
}

/// What a report is about.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Name for people: the path as the user gave it, without the machine's own directories.
    pub name: String,
    /// Whether every file was asked for (`--deep`) or only those that declare something.
    pub deep: bool,
    /// Commit of the git work tree, when there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<String>,
    /// SHA-256 (hex) over the sorted digests of all files read, present after a deep audit: equal digests mean that
    /// the same tree was looked at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tree_digest: Option<String>,
}

/// What one check found, over what.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckReport {
    /// Id, as used by `--only` and `--skip`.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// How the check ended.
    pub status: Status,
    /// What it examined and what it left out.
    pub coverage: Coverage,
    /// Rules that were applied; 0 when the check did not run.
    pub rules_applied: u32,
    /// Of those, the rules without an open finding; set by the gate.
    pub rules_passed: u32,
    /// Open findings by severity; set by the gate.
    pub open: Counts,
    /// All findings, waived ones included, sorted by path, line, column, rule.
    pub findings: Vec<Finding>,
}

impl Report {
    /// The rule a finding cites, if the report carries it.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.binary_search_by(|rule| rule.id.as_str().cmp(id)).ok().and_then(|at| self.rules.get(at))
    }

    /// All findings with the check they belong to, in report order.
    pub fn findings(&self) -> impl Iterator<Item = (&CheckReport, &Finding)> {
        self.checks.iter().flat_map(|check| check.findings.iter().map(move |finding| (check, finding)))
    }
}
