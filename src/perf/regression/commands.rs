//! Runs of two commands, compared.

use std::collections::BTreeMap;

use super::conditions::Differences;
use super::{correct, judge_samples};
use crate::report::{CommandResult, CommandRun, Environment, Metric, MetricVerdict, Outcome, PerfComparison};

/// Runs of each command that are needed: with 5 and 5 the smallest p is 1/252.
const LEAST: usize = 5;

/// From which change on a command is worse.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CommandLimits {
    /// Relative growth of time, memory and instructions.
    pub threshold: f64,
    /// Growth of a time that never counts, in nanoseconds.
    pub floor_ns: u64,
    /// Growth of memory that never counts, in bytes.
    pub floor_bytes: u64,
}

impl Default for CommandLimits {
    /// 20 %, and at least half a millisecond or a mebibyte: starting a process takes a millisecond, give or take, and memory
    /// comes in pages and arenas.
    fn default() -> Self {
        Self { threshold: 0.20, floor_ns: 500_000, floor_bytes: 1 << 20 }
    }
}

/// One of the two.
#[derive(Clone, Copy, Debug)]
pub struct CommandSide<'a> {
    /// Its runs.
    pub result: &'a CommandResult,
    /// Where they ran.
    pub environment: &'a Environment,
    /// What the user says of it.
    pub labels: &'a BTreeMap<String, String>,
    /// What people call it: a file name, the command.
    pub name: &'a str,
    /// When it was measured, RFC 3339 in UTC, if that is known.
    pub created: Option<&'a str>,
    /// Version of the program that measured.
    pub version: &'a str,
    /// Peak memory that cannot be told from less where it was measured, in bytes.
    pub memory_floor: Option<u64>,
    /// Whether it was ended before its time.
    pub aborted: bool,
}

/// Compares two commands. When they took turns (`interleaved`) they differ by intention; otherwise `before` is an
/// earlier measurement, and its command must be the same but for the folder of the program. `vary` are labels that may
/// differ. The verdicts name `endpoint`: `command`, or what the settings call it.
///
/// There is no verdict over peak memory where it was not seen: when both are at the floor, or when the one before is and the
/// other is above it by too little to be worse in any case.
#[must_use]
pub fn compare_commands(
    endpoint: &str,
    before: &CommandSide<'_>,
    after: &CommandSide<'_>,
    limits: CommandLimits,
    vary: &[String],
    interleaved: bool,
) -> PerfComparison {
    let mut found = Differences::default();
    found.between("version of readiness", before.version, after.version);
    found.machines(before.environment, after.environment);
    found.labels(before.labels, after.labels, vary);
    if !interleaved {
        found.between("command", &line(before.result), &line(after.result));
        found.between("in a shell", &before.result.shell, &after.result.shell);
    }
    let incomparable = found.said();
    // Of two floors the higher one hides more: what lies below it on one side cannot be told from it on the other.
    let floor = before.memory_floor.max(after.memory_floor);
    let (old, new) = (not_below(&before.result.runs, floor), not_below(&after.result.runs, floor));
    let mut metrics = judge_commands(endpoint, &old, &new, limits);
    let (unseen, still) = (before.result.at_floor(floor), after.result.at_floor(floor));
    metrics.retain(|verdict| {
        verdict.metric != Metric::PeakMemory || !unseen || !still && verdict.verdict == Outcome::Fail
    });
    correct(&mut metrics);
    let doubt = [before, after].into_iter().find_map(|side| {
        let failed = side.result.failed;
        if side.aborted {
            Some(format!("`{}` was ended before its time", side.result.name))
        } else {
            (failed > 0).then(|| format!("`{}` failed in {failed} of its runs", side.result.name))
        }
    });
    for verdict in &mut metrics {
        if !incomparable.is_empty() {
            verdict.verdict = Outcome::Incomparable;
            "the two were not measured under the same conditions".clone_into(&mut verdict.reason);
        } else if let Some(doubt) = &doubt {
            verdict.verdict = Outcome::Inconclusive;
            verdict.reason.clone_from(doubt);
        }
    }
    PerfComparison {
        baseline: before.name.to_owned(),
        measured: before.created.map(str::to_owned),
        interleaved,
        incomparable,
        metrics,
    }
}

/// The runs with no peak of memory below what either benchmark could see: under that it was the benchmark's own, which
/// grows with the baseline that it reads.
fn not_below(runs: &[CommandRun], floor: Option<u64>) -> Vec<CommandRun> {
    let raised =
        |run: &CommandRun| CommandRun { peak_memory: run.peak_memory.max(floor.unwrap_or(0)), ..run.clone() };
    runs.iter().map(raised).collect()
}

/// The verdicts over the runs of two commands, in the order wall time, processor time, peak memory, instructions; the last only
/// where every run on both sides counted them.
#[must_use]
pub fn judge_commands(
    endpoint: &str,
    before: &[CommandRun],
    after: &[CommandRun],
    limits: CommandLimits,
) -> Vec<MetricVerdict> {
    let metrics = [Metric::WallTime, Metric::CpuTime, Metric::PeakMemory, Metric::Instructions];
    let counted = before.iter().chain(after).all(|run| run.instructions.is_some());
    metrics
        .into_iter()
        .filter(|metric| *metric != Metric::Instructions || counted)
        .map(|metric| {
            let values = |runs: &[CommandRun]| -> Vec<Vec<f64>> {
                runs.iter().map(|run| vec![value(run, metric)]).collect()
            };
            let floor = match metric {
                Metric::WallTime | Metric::CpuTime => limits.floor_ns,
                Metric::PeakMemory => limits.floor_bytes,
                _ => 0,
            };
            let (one, other) = (values(before), values(after));
            let mut verdict = judge_samples(endpoint, metric, &one, &other, limits.threshold, float(floor));
            verdict.units = format!("{} and {} runs", one.len(), other.len());
            if one.len().min(other.len()) < LEAST {
                verdict.verdict = Outcome::Inconclusive;
                (verdict.p, verdict.interval) = (None, None);
                verdict.reason =
                    format!("too few to compare: {}, at least {LEAST} each are needed", verdict.units);
            }
            verdict
        })
        .collect()
}

fn value(run: &CommandRun, metric: Metric) -> f64 {
    float(match metric {
        Metric::CpuTime => run.user_ns.saturating_add(run.system_ns),
        Metric::PeakMemory => run.peak_memory,
        Metric::Instructions => run.instructions.unwrap_or(0),
        _ => run.wall_ns,
    })
}

/// The command without the folder of its program: builds lie in different ones.
fn line(result: &CommandResult) -> String {
    let mut words = result.command.iter();
    let program = words.next().map_or("", |program| program.rsplit(['/', '\\']).next().unwrap_or(program));
    words.fold(program.to_owned(), |line, word| line + " " + word)
}

#[expect(clippy::cast_precision_loss, reason = "16 digits are more than a measurement has")]
const fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_below_the_floor_is_not_compared() {
        let floor = 20_u64 << 20;
        let environment = Environment::default();
        let labels = BTreeMap::new();
        let verdict = |before: u64, after: u64, floor: Option<u64>| {
            let result = |peak: u64| CommandResult {
                runs: (0..6)
                    .map(|run| CommandRun { peak_memory: peak + run, ..CommandRun::default() })
                    .collect(),
                ..CommandResult::default()
            };
            let (one, other) = (result(before), result(after));
            let side = |result| CommandSide {
                result,
                environment: &environment,
                labels: &labels,
                name: "a",
                created: None,
                version: "1.0.0",
                memory_floor: floor,
                aborted: false,
            };
            let limits = CommandLimits::default();
            let found = compare_commands("after", &side(&one), &side(&other), limits, &[], true);
            let memory = found.metrics.iter().find(|verdict| verdict.metric == Metric::PeakMemory);
            assert!(found.metrics.len() >= 2);
            memory.map(|verdict| verdict.verdict)
        };
        assert_eq!(verdict(floor, floor, None), Some(Outcome::Pass));
        assert_eq!(verdict(floor, floor, Some(floor)), None);
        assert_eq!(verdict(floor, floor + floor / 60, Some(floor)), None);
        // Above the floor: the one before may have needed anything up to it.
        assert_eq!(verdict(floor, floor + floor / 10, Some(floor)), None);
        assert_eq!(verdict(floor, 2 * floor, Some(floor)), Some(Outcome::Fail));
        // What needs less than before is seen to.
        assert_eq!(verdict(2 * floor, floor, Some(floor)), Some(Outcome::Pass));
        assert_eq!(verdict(2 * floor, 2 * floor, Some(floor)), Some(Outcome::Pass));
    }
}
