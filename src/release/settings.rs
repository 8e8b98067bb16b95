//! The section `release` of `readiness.yaml`.

use std::collections::BTreeMap;
use std::time::Duration;

/// What a configuration says of releases; what is absent keeps its built-in value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `release.name`: what is released; the folder's name when absent.
    pub name: Option<String>,
    /// `release.version`; the tag of the commit when absent.
    pub version: Option<String>,
    /// `release.artifacts`: globs over files, relative to the configuration's folder.
    pub artifacts: Vec<String>,
    /// `release.optional`: steps that may fail without a finding: `sbom`, `slsa`, `security_audit`, `performance_tests`,
    /// `notes`.
    pub optional: Vec<String>,
    /// `release.mandatory`: steps whose failure aborts, so that no directory is made.
    pub mandatory: Vec<String>,
    /// `release.step_timeout`: longest that the audit, or the load test, may take.
    pub step_timeout: Duration,
    /// `release.scenario`: scenario file of the load test, relative to the configuration's folder; its own section `perf`
    /// when absent.
    pub scenario: Option<String>,
    /// `release.gate`.
    pub gate: GateSettings,
}

/// What a gate asks of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateSettings {
    /// `require`: kinds of reports that must be there: see `EVIDENCE_KINDS`.
    pub require: Vec<String>,
    /// `max_age`: how old a report may be, by kind; `all` stands for those that are not named.
    pub max_age: BTreeMap<String, Duration>,
    /// `rehearsal_within`: longest that a rehearsed rollback may take; no bound when absent.
    pub rehearsal_within: Option<Duration>,
}

/// Sizes in bits of the RSA keys that sign releases: 128 bits of strength and a little more (NIST SP 800-57 part 1).
pub const SIGNING_BITS: [usize; 2] = [3072, 4096];
/// The steps that may fail without ending the preparation.
pub const OPTIONAL_STEPS: &[&str] = &["sbom", "slsa", "security_audit", "performance_tests", "notes"];
/// Kinds of reports that a gate weighs.
pub const EVIDENCE_KINDS: &[&str] = &["audit", "perf", "benchmark", "rehearsal", "baseline", "drift"];
/// How old a report may be unless a rule says otherwise: a week, as for advisory data.
pub const DEFAULT_MAX_AGE: Duration = Duration::from_hours(7 * 24);
/// How old a rehearsal may be unless a rule says otherwise: nothing new is learnt of it every day, as of vulnerabilities.
pub const DEFAULT_REHEARSAL_AGE: Duration = Duration::from_hours(14 * 24);

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: None,
            version: None,
            artifacts: Vec::new(),
            optional: Vec::new(),
            mandatory: Vec::new(),
            step_timeout: Duration::from_mins(5),
            scenario: None,
            gate: GateSettings::default(),
        }
    }
}

impl Default for GateSettings {
    /// An audit is what every release needs.
    fn default() -> Self {
        Self { require: vec!["audit".to_owned()], max_age: BTreeMap::new(), rehearsal_within: None }
    }
}

impl GateSettings {
    /// How old a report of a kind may be.
    #[must_use]
    pub fn max_age(&self, kind: &str) -> Duration {
        let usual = if kind == "rehearsal" { DEFAULT_REHEARSAL_AGE } else { DEFAULT_MAX_AGE };
        self.max_age.get(kind).or_else(|| self.max_age.get("all")).copied().unwrap_or(usual)
    }
}
