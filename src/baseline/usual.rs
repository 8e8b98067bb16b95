//! The probes that run without a configuration: the machine, its loopback, its disk, and graphics processors where there are.
//!
//! Thresholds and floors are wide: what is measured here depends on everything else that the machine does, and an idle
//! machine must not alarm. They show what broke (a full disk, a leak, a slow disk), and are no benchmark.

use std::path::PathBuf;
use std::time::Duration;

use super::settings::{GpuReading, Probe, ProcessReading, Reading, Source, SystemReading, Which};
use crate::report::Better;

const GIB: f64 = 1_073_741_824.0;

/// The built-in probes.
#[must_use]
pub fn probes() -> Vec<Probe> {
    let mut probes = machine();
    probes.extend(disk());
    probes.extend(own());
    probes.extend(network());
    probes.extend(gpu());
    probes
}

/// What the built-in probes differ in, beside where they look.
struct Usual {
    name: &'static str,
    unit: &'static str,
    better: Better,
    /// Relative change that counts, and absolute change up to which nothing does.
    threshold: f64,
    floor: f64,
    optional: bool,
}

impl Usual {
    const fn lower(name: &'static str, unit: &'static str, threshold: f64, floor: f64) -> Self {
        Self { name, unit, better: Better::Lower, threshold, floor, optional: false }
    }

    const fn higher(name: &'static str, unit: &'static str, threshold: f64, floor: f64) -> Self {
        Self { name, unit, better: Better::Higher, threshold, floor, optional: false }
    }

    const fn if_present(self) -> Self {
        Self { optional: true, ..self }
    }

    fn probe(self, category: &str, source: Source, reading: Reading, samples: u32, interval: u64) -> Probe {
        Probe {
            unit: self.unit.to_owned(),
            better: self.better,
            threshold: self.threshold,
            floor: self.floor,
            samples,
            interval: Duration::from_millis(interval),
            optional: self.optional,
            ..Probe::new(category, self.name, source, reading)
        }
    }
}

/// Processors, memory, file system, descriptors.
fn machine() -> Vec<Probe> {
    [
        // Something else always runs now and then, and is no fault of a release: only a machine that is full counts.
        (SystemReading::CpuUsage, Usual::lower("cpu_usage", "ratio", 1.0, 0.6)),
        (SystemReading::Load1, Usual::lower("load1", "", 1.0, 2.0).if_present()),
        (SystemReading::MemoryUsed, Usual::lower("memory_used", "ratio", 0.2, 0.1)),
        (SystemReading::SwapUsed, Usual::lower("swap_used", "ratio", 0.5, 0.1).if_present()),
        (SystemReading::DiskUsed, Usual::lower("disk_used", "ratio", 0.1, 0.05)),
        (SystemReading::DiskFree, Usual::higher("disk_free", "bytes", 0.2, GIB)),
        (SystemReading::OpenFiles, Usual::lower("open_files", "ratio", 0.5, 0.1).if_present()),
    ]
    .into_iter()
    .map(|(reading, usual)| {
        // The file system that the configuration lies on, which is the one that is worked on.
        let source = Source::System { path: PathBuf::from(".") };
        usual.probe("system_health", source, Reading::System(reading), 5, 0)
    })
    .collect()
}

/// Synced writes.
fn disk() -> Vec<Probe> {
    let source = || Source::Disk { path: PathBuf::from(".") };
    let latency = Usual::lower("disk_sync_latency", "seconds", 2.0, 0.02).if_present();
    let throughput = Usual::higher("disk_write_throughput", "bytes_per_second", 0.8, 5e7).if_present();
    vec![
        Probe {
            timeout: Duration::from_secs(10),
            ..latency.probe("system_health", source(), Reading::Latency, 5, 0)
        },
        Probe {
            timeout: Duration::from_secs(10),
            ..throughput.probe("system_health", source(), Reading::Throughput, 5, 0)
        },
    ]
}

/// This program: what a capture itself costs.
fn own() -> Vec<Probe> {
    [
        (ProcessReading::Memory, Usual::lower("process_memory", "bytes", 0.5, 32.0 * 1_048_576.0)),
        (ProcessReading::Descriptors, Usual::lower("process_open_files", "", 0.5, 32.0).if_present()),
    ]
    .into_iter()
    .map(|(reading, usual)| {
        usual.probe("system_health", Source::Process(Which::Own), Reading::Process(reading), 1, 0)
    })
    .collect()
}

/// The loopback.
fn network() -> Vec<Probe> {
    let latency = Usual::lower("loopback_latency", "seconds", 1.0, 0.0001);
    let throughput = Usual::higher("loopback_throughput", "bytes_per_second", 0.8, 2e8);
    vec![
        latency.probe("network", Source::Loopback, Reading::Latency, 5, 0),
        throughput.probe("network", Source::Loopback, Reading::Throughput, 5, 0),
    ]
}

/// Graphics processors.
fn gpu() -> Vec<Probe> {
    [
        (GpuReading::Count, Usual::higher("gpu_count", "", 0.0, 0.0)),
        (GpuReading::Usage, Usual::lower("gpu_usage", "ratio", 0.5, 0.25)),
        (GpuReading::MemoryUsed, Usual::lower("gpu_memory_used", "ratio", 0.2, 0.1)),
        (GpuReading::Temperature, Usual::lower("gpu_temperature", "celsius", 0.2, 15.0)),
        (GpuReading::Power, Usual::lower("gpu_power", "watts", 0.5, 50.0)),
    ]
    .into_iter()
    .map(|(reading, usual)| usual.if_present().probe("gpu", Source::Gpu, Reading::Gpu(None, reading), 3, 100))
    .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::baseline::secrets::Secrets;
    use crate::baseline::{CATEGORIES, measure, probe::Surroundings};
    use crate::report::MetricState;

    #[test]
    fn names_are_unique_and_fit_for_prometheus() {
        let probes = probes();
        let names: BTreeSet<&str> = probes.iter().map(|probe| probe.name.as_str()).collect();
        assert_eq!(names.len(), probes.len());
        for probe in &probes {
            let full = format!("readiness_baseline_{}_{}", probe.name, probe.unit);
            assert!(
                full.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'),
                "{full}"
            );
            // A unit stands once in a name, and `_total` is for counters.
            assert!(probe.unit.is_empty() || !probe.name.ends_with(&probe.unit), "{full}");
            assert!(
                !full.ends_with("_total") && CATEGORIES.iter().any(|(id, _)| *id == probe.category),
                "{full}"
            );
            assert!(
                probe.threshold >= 0.0 && probe.floor >= 0.0 && probe.scale.to_bits() == 1.0_f64.to_bits()
            );
        }
    }

    #[test]
    fn two_captures_of_a_machine_differ_by_less_than_what_counts() {
        let folder = tempfile::tempdir().unwrap();
        let around =
            Surroundings { folder: folder.path(), environment: &[], agent: "", secrets: Secrets::NONE };
        let capture = || measure::measure(&probes(), &around, Duration::from_secs(60), &|_, _| {});
        let (one, other) = (capture(), capture());
        for (one, other) in one.iter().zip(&other) {
            let (Some(before), Some(after)) = (one.value(), other.value()) else {
                assert!(one.optional && one.state == MetricState::NotEvaluated, "{one:?}");
                continue;
            };
            // Times, speeds and processors are shared with the other tests that run now: their noise is not an idle machine's.
            if ["system_health"].contains(&one.category.as_str()) && !one.name.contains("latency") {
                let worse = if one.better == Better::Lower { after - before } else { before - after };
                let shared = ["cpu_usage", "load1", "disk_write_throughput"].contains(&one.name.as_str());
                assert!(
                    shared || worse <= one.floor || worse <= one.threshold * before,
                    "{}: {before} {after}",
                    one.name
                );
            }
        }
    }

    #[test]
    #[ignore = "a measurement, not a test"]
    fn what_a_capture_shows() {
        let folder = tempfile::tempdir_in(".").unwrap();
        let around =
            Surroundings { folder: folder.path(), environment: &[], agent: "", secrets: Secrets::NONE };
        for _ in 0..2 {
            let begun = std::time::Instant::now();
            for metric in measure::measure(&probes(), &around, Duration::from_secs(60), &|_, _| {}) {
                println!("{} {:?} {:?} {:?}", metric.name, metric.state, metric.reason, metric.samples);
            }
            println!("took {:?}", begun.elapsed());
        }
    }
}
