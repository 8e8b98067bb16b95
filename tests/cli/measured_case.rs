//! Cases of the rules over measurements: files with a handful of numbers, made into reports as a measurement makes them,
//! compared and judged by the program's own code.

use std::path::Path;

use readiness::perf::checks::{LoadLimits, benchmark, load, regression};
use readiness::perf::regression::{CommandLimits, CommandSide, Settings, Side, compare, compare_commands};
use readiness::report::{
    CheckReport, CommandBench, CommandResult, CommandRun, EndpointResult, ErrorClass, Latency, LoadRun, Perf,
    RequestCounts, RunEndpoint,
};
use readiness::stats::Histogram;
use serde::Deserialize;

/// A case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// The runs of the baseline, if there is one.
    #[serde(default)]
    before: Option<Vec<Run>>,
    /// The runs that are judged.
    #[serde(default)]
    after: Vec<Run>,
    /// Milliseconds that the p95 may take.
    #[serde(default)]
    p95_objective: Option<u64>,
    /// Runs of two commands instead of a load.
    #[serde(default)]
    commands: Option<Commands>,
}

/// A run of ten seconds, of one endpoint called `order`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    /// How many answers took how many milliseconds.
    took: Vec<(u64, f64)>,
    /// Requests that failed.
    #[serde(default)]
    failed: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Commands {
    before: Vec<Execution>,
    after: Vec<Execution>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Execution {
    wall_ms: u64,
    cpu_ms: u64,
    mib: u64,
    million_instructions: u64,
    #[serde(default)]
    code: i32,
}

/// The reports of the checks over one case.
pub(crate) fn judge(path: &Path) -> Vec<CheckReport> {
    let text = std::fs::read_to_string(path).unwrap();
    let case: Case =
        serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if let Some(commands) = &case.commands {
        return vec![benchmark(&bench(commands))];
    }
    let mut after = measured(&case.after);
    if let Some(before) = &case.before {
        let before = measured(before);
        let side = |perf, name| Side { perf, name, created: None, version: "1.0.0" };
        let settings = Settings::default();
        let compared = compare(&side(&before, "before"), &side(&after, "after"), &settings).unwrap();
        after.comparison = Some(compared);
    }
    let limits = LoadLimits { p95_ns: case.p95_objective.map(|ms| ms * 1_000_000), ..LoadLimits::default() };
    vec![load(&after, &limits), regression(&after)]
}

fn measured(runs: &[Run]) -> Perf {
    let mut all = Histogram::new();
    let mut counts = RequestCounts::default();
    let runs: Vec<LoadRun> = runs
        .iter()
        .map(|run| {
            let mut service = Histogram::new();
            run.took.iter().for_each(|(count, ms)| service.record_many((ms * 1e6) as u64, *count));
            let mut of_run = RequestCounts { ok: service.count(), ..RequestCounts::default() };
            if run.failed > 0 {
                of_run.failed.insert(ErrorClass::Status, run.failed);
            }
            all.add(&service);
            counts.add(&of_run);
            let name = "order".to_owned();
            let endpoint =
                RunEndpoint { name, counts: of_run, service: service.encode(), ..RunEndpoint::default() };
            LoadRun { seconds: 10.0, endpoints: vec![endpoint], ..LoadRun::default() }
        })
        .collect();
    let seconds = 10.0 * runs.len() as f64;
    let whole = |name: &str| EndpointResult {
        name: name.to_owned(),
        seconds,
        throughput: counts.ok as f64 / seconds,
        error_rate: counts.errors() as f64 / counts.ended().max(1) as f64,
        service: Latency {
            count: all.count(),
            p95: all.quantile(0.95),
            p99: (all.count() >= 1_000).then(|| all.quantile(0.99)),
            ..Latency::default()
        },
        counts: counts.clone(),
        ..EndpointResult::default()
    };
    Perf { total: whole("total"), endpoints: vec![whole("order")], runs, generators: 1, ..Perf::default() }
}

fn bench(commands: &Commands) -> CommandBench {
    let result = |name: &str, runs: &[Execution]| CommandResult {
        name: name.to_owned(),
        command: vec![name.to_owned()],
        failed: runs.iter().filter(|run| run.code != 0).count() as u32,
        runs: runs
            .iter()
            .map(|run| CommandRun {
                wall_ns: run.wall_ms * 1_000_000,
                user_ns: run.cpu_ms * 1_000_000,
                peak_memory: run.mib << 20,
                instructions: Some(run.million_instructions * 1_000_000),
                code: Some(run.code),
                ..CommandRun::default()
            })
            .collect(),
        ..CommandResult::default()
    };
    let mut bench = CommandBench {
        commands: vec![result("before", &commands.before), result("after", &commands.after)],
        ..CommandBench::default()
    };
    let side = |place: usize| CommandSide {
        result: &bench.commands[place],
        environment: &bench.environment,
        labels: &bench.labels,
        name: "before",
        created: None,
        version: "1.0.0",
        memory_floor: None,
        aborted: false,
    };
    let comparison = compare_commands("command", &side(0), &side(1), CommandLimits::default(), &[], true);
    bench.comparison = Some(comparison);
    bench
}
