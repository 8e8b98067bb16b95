//! What is kept of one measurement: a JSON document, the same in the store and in a file of its own.

mod check;
mod clean;

use std::collections::BTreeMap;

pub use self::clean::clean_snapshot;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::drift::Snapshot;
use super::settings::{Probe, Range};
use crate::report::{Better, DataFileSeen, Environment, MetricState, ModuleLoad};

/// Version of the document; a reader refuses others.
pub const SCHEMA: u32 = 1;

/// Everything that was measured at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capture {
    /// See [`SCHEMA`].
    pub schema: u32,
    /// Its id: the time in UTC to the millisecond and eight hex digits, `20261122T181530123Z-1a2b3c4d`.
    pub id: String,
    /// When it began, RFC 3339 in UTC, to the millisecond.
    pub created: String,
    /// The program that made it.
    pub version: String,
    /// What the user calls it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub label: Option<String>,
    /// The commit that was checked out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<String>,
    /// Whether files that git tracks had been changed since.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dirty: Option<bool>,
    /// The machine.
    pub machine: Machine,
    /// What it took, in milliseconds.
    pub took_ms: u64,
    /// Every metric, in the order of the configuration.
    pub metrics: Vec<Metric>,
    /// Programs that were started.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub modules: Vec<ModuleLoad>,
    /// Model and data files that were looked at.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub files: Vec<DataFileSeen>,
    /// The configuration of the system.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub snapshot: Option<Snapshot>,
}

/// Largest document that is written or read, in bytes.
pub const MAX_BYTES: usize = 32 << 20;

/// A moment as [`Capture::created`] has it: RFC 3339 in UTC, to the millisecond.
#[must_use]
pub fn time_text(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

impl Capture {
    /// Reads a document: everything in it is bounded, and what the rest of the program relies on is checked.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > MAX_BYTES {
            return Err(format!("larger than {MAX_BYTES} bytes"));
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err("the document is empty".to_owned());
        }
        let mut capture: Self =
            serde_json::from_slice(bytes).map_err(|error| check::explain(bytes, &error))?;
        check::check(&capture)?;
        clean::clean(&mut capture);
        Ok(capture)
    }

    /// The document: one line of JSON. What this returns can be read again.
    ///
    /// # Errors
    /// What [`Self::read`] would say of it.
    pub fn write(&self) -> Result<Vec<u8>, String> {
        check::check(self)?;
        let mut bytes = serde_json::to_vec(self).map_err(|error| error.to_string())?;
        bytes.push(b'\n');
        if bytes.len() > MAX_BYTES {
            return Err(format!("larger than {MAX_BYTES} bytes"));
        }
        Ok(bytes)
    }

    /// The moment that it was made; none if what stands there is no time.
    #[must_use]
    pub fn moment(&self) -> Option<Timestamp> {
        self.created.parse().ok()
    }
}

/// What is known of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Equal for measurements that can be compared: first 16 hex digits of the SHA-256 over processor, cores, governor, system and memory.
    pub fingerprint: String,
    /// What it is.
    pub environment: Environment,
    /// Bytes of memory.
    pub memory: u64,
}

/// One metric as it was measured, with what was asked of it then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// Id of its category.
    pub category: String,
    /// What it is counted in; empty for a plain number.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub unit: String,
    /// Which way it is better.
    pub better: Better,
    /// Whether it was measured.
    pub state: MetricState,
    /// Why it was not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// What was measured, in its order, finite numbers; empty unless it was measured.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub samples: Vec<f64>,
    /// What kind of source was asked and what was read of it, as [`super::probe::kind`] says it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kind: Option<String>,
    /// Milliseconds between two observations; none for a single one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub interval_ms: Option<u64>,
    /// What it should reach.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<[Option<f64>; 2]>,
    /// What it must not leave.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accept: Option<[Option<f64>; 2]>,
    /// Relative change for the worse from which a comparison fails.
    pub threshold: f64,
    /// Absolute change up to which nothing counts.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub floor: f64,
    /// Whether it may be absent.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub optional: bool,
    /// What qualifies it in an export.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub labels: BTreeMap<String, String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(value: &f64) -> bool {
    value.abs() <= 0.0
}

impl Metric {
    /// A metric that was not measured yet: everything but its samples, errored until something is known.
    #[must_use]
    pub fn of(probe: &Probe) -> Self {
        let bounds = |range: Range| (!range.is_open()).then_some([range.min, range.max]);
        Self {
            name: probe.name.clone(),
            category: probe.category.clone(),
            unit: probe.unit.clone(),
            better: probe.better,
            state: MetricState::Errored,
            reason: None,
            samples: Vec::new(),
            kind: Some(super::probe::kind(probe)),
            interval_ms: super::probe::pause(probe)
                .map(|pause| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)),
            target: bounds(probe.target),
            accept: bounds(probe.accept),
            threshold: probe.threshold,
            floor: probe.floor,
            optional: probe.optional,
            labels: BTreeMap::new(),
        }
    }

    /// The one number that stands for it: the median of its samples. None unless it was measured.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        crate::stats::robust::median(&mut self.samples.clone())
    }
}

#[cfg(test)]
mod tests;
