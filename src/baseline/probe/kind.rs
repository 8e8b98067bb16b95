//! What a probe reads, in a few words that a capture keeps: a median under the name of what was a mean is no change of it.

use std::time::Duration;

use super::needs;
use crate::baseline::settings::{
    GpuReading, Probe, ProcessReading, Reading, Several, Source, SystemReading, Take, TestsReading,
};

/// Pause between the observations of a rate where none is set: over no time there is no rate.
const RATE_PAUSE: Duration = Duration::from_secs(1);

/// The pause between two observations of a probe.
#[must_use]
pub fn interval(probe: &Probe) -> Duration {
    if needs(&probe.reading) > 1 && probe.interval.is_zero() { RATE_PAUSE } else { probe.interval }
}

/// The same where its numbers depend on it; none for a single look.
#[must_use]
pub fn pause(probe: &Probe) -> Option<Duration> {
    (probe.samples > 1 || needs(&probe.reading) > 1).then(|| interval(probe))
}

/// What kind of source is asked and what is read from it: `http latency`, `prometheus quantile 0.95, max`. Where it is asked, and at
/// which place of an answer the number stands, is not said: the same number may move to another one.
#[must_use]
pub fn kind(probe: &Probe) -> String {
    let source = match probe.source {
        Source::System { .. } => "system",
        Source::Process(_) => "process",
        Source::Loopback => "loopback",
        Source::Disk { .. } => "disk",
        Source::Gpu => "gpu",
        Source::Http(_) => "http",
        Source::Prometheus(_) => "prometheus",
        Source::Command { .. } => "command",
        Source::File { .. } => "file",
        Source::Tcp { .. } => "tcp",
        Source::Redis { .. } => "redis",
        Source::Tests { .. } => "tests",
    };
    format!("{source} {}", reading(&probe.reading))
}

fn reading(reading: &Reading) -> String {
    let word = match reading {
        Reading::System(system) => of_system(*system),
        Reading::Process(process) => of_process(*process),
        Reading::Gpu(_, gpu) => of_gpu(*gpu),
        Reading::Tests(tests) => of_tests(*tests),
        Reading::Latency => "latency",
        Reading::Throughput => "throughput",
        Reading::Errors => "errors",
        Reading::Status => "status",
        Reading::Size => "size",
        Reading::Age => "age",
        Reading::ExitCode => "exit code",
        Reading::Value(_) => "value",
        Reading::Field(_, over) if over.is_empty() => "field",
        Reading::Field(..) => "field as a share",
        Reading::Series(query) => {
            let take = match query.take {
                Take::Value => "value".to_owned(),
                Take::Rate => "rate".to_owned(),
                Take::Mean => "mean".to_owned(),
                Take::Quantile(share) => format!("quantile {share}"),
                Take::QuantileRate(share) => format!("quantile {share} of the rate"),
            };
            let several = match query.several {
                Several::Sum => "sum",
                Several::Max => "max",
                Several::Min => "min",
                Several::Mean => "mean",
                Several::Count => "count",
            };
            let share = if query.over.is_empty() { "" } else { ", as a share" };
            return format!("{take}, {several}{share}");
        }
    };
    word.to_owned()
}

const fn of_system(reading: SystemReading) -> &'static str {
    match reading {
        SystemReading::CpuUsage => "cpu usage",
        SystemReading::Load1 => "load1",
        SystemReading::Load5 => "load5",
        SystemReading::Load15 => "load15",
        SystemReading::MemoryUsed => "memory used",
        SystemReading::MemoryAvailable => "memory available",
        SystemReading::SwapUsed => "swap used",
        SystemReading::DiskUsed => "disk used",
        SystemReading::DiskFree => "disk free",
        SystemReading::OpenFiles => "open files",
        SystemReading::Processes => "processes",
        SystemReading::Uptime => "uptime",
    }
}

const fn of_process(reading: ProcessReading) -> &'static str {
    match reading {
        ProcessReading::Cpu => "cpu",
        ProcessReading::Memory => "memory",
        ProcessReading::Descriptors => "descriptors",
        ProcessReading::DescriptorsUsed => "descriptors used",
        ProcessReading::Threads => "threads",
        ProcessReading::Count => "count",
        ProcessReading::Age => "age",
    }
}

const fn of_gpu(reading: GpuReading) -> &'static str {
    match reading {
        GpuReading::Usage => "usage",
        GpuReading::MemoryUsed => "memory used",
        GpuReading::Memory => "memory",
        GpuReading::Temperature => "temperature",
        GpuReading::Power => "power",
        GpuReading::Count => "count",
    }
}

const fn of_tests(reading: TestsReading) -> &'static str {
    match reading {
        TestsReading::FailureRate => "failure rate",
        TestsReading::Ran => "ran",
        TestsReading::Failed => "failed",
        TestsReading::Time => "time",
    }
}
