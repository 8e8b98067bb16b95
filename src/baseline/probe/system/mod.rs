//! The machine: processors, memory, file systems, descriptors.

use std::path::Path;
use std::time::Duration;

use sysinfo::{MINIMUM_CPU_UPDATE_INTERVAL, System};

use super::{Trouble, unfit};
use crate::baseline::settings::{Reading, SystemReading};

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Share of the processors' time in use, over a fifth of a second.
    cpu: f64,
    /// Processors of the machine.
    processors: usize,
    /// Load averages over one, five and fifteen minutes; none where the system has none.
    load: Option<[f64; 3]>,
    /// Memory: all of it, and what is available, in bytes.
    memory: (u64, u64),
    /// Swap space: all of it, and what is in use, in bytes.
    swap: (u64, u64),
    /// The file system of the path, or why it is not known.
    disk: Option<Result<Space, String>>,
    /// File descriptors in use and the most that there can be; none where the system does not tell.
    descriptors: Option<(u64, u64)>,
    /// Processes.
    processes: usize,
    /// Seconds since the start.
    uptime: Option<u64>,
}

/// A file system, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Space {
    /// In use.
    used: u64,
    /// What users may still take: less than what is free where the administrator keeps some.
    available: u64,
}

/// Looks once; processors are watched for a fifth of a second.
pub(super) fn observe(path: &Path, limit: Duration) -> Result<Sample, Trouble> {
    if limit < MINIMUM_CPU_UPDATE_INTERVAL {
        return Err(Trouble::failed("processors are watched for 200 ms, and the timeout is shorter"));
    }
    let mut system = System::new().map_err(Trouble::failed)?;
    system.refresh_memory();
    system.refresh_cpu_usage();
    std::thread::sleep(MINIMUM_CPU_UPDATE_INTERVAL);
    system.refresh_cpu_usage();
    let load = System::load_average().ok().filter(|_| cfg!(unix));
    Ok(Sample {
        cpu: f64::from(system.global_cpu_usage()) / 100.0,
        processors: system.cpus().len(),
        load: load.map(|load| [load.one, load.five, load.fifteen]),
        memory: (system.total_memory(), system.available_memory()),
        swap: (system.total_swap(), system.used_swap()),
        disk: Some(space(path).map_err(|error| format!("{}: {error}", path.display()))),
        descriptors: descriptors(),
        processes: processes(&mut system),
        uptime: System::uptime().ok(),
    })
}

/// The file system that a path lies on.
#[cfg(unix)]
fn space(path: &Path) -> std::io::Result<Space> {
    let found = rustix::fs::statvfs(path)?;
    // A block is a fragment in all three numbers (statvfs(3)); what `df` prints is reckoned so.
    let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
    Ok(Space { used: bytes(found.f_blocks.saturating_sub(found.f_bfree)), available: bytes(found.f_bavail) })
}

/// The file system that a path lies on.
#[cfg(not(unix))]
fn space(path: &Path) -> std::io::Result<Space> {
    let real = path.canonicalize()?;
    let disks = sysinfo::Disks::new_with_refreshed_list().map_err(std::io::Error::other)?;
    let best = disks
        .list()
        .iter()
        .filter(|disk| real.starts_with(disk.mount_point()))
        .max_by_key(|disk| disk.mount_point().as_os_str().len())
        .ok_or_else(|| std::io::Error::other("no file system is known for it"))?;
    let available = best.available_space();
    Ok(Space { used: best.total_space().saturating_sub(available), available })
}

/// Descriptors in use and the most that there can be, of all the system.
fn descriptors() -> Option<(u64, u64)> {
    #[cfg(target_os = "linux")]
    return parse_file_nr(&std::fs::read_to_string("/proc/sys/fs/file-nr").ok()?);
    #[cfg(not(target_os = "linux"))]
    None
}

/// Reads `/proc/sys/fs/file-nr` (proc(5)): allocated, free, most.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "there is no such file"))]
fn parse_file_nr(text: &str) -> Option<(u64, u64)> {
    let mut numbers = text.split_ascii_whitespace().map(str::parse::<u64>);
    let (allocated, free, most) = (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
    Some((allocated.saturating_sub(free), most))
}

/// How many processes there are, threads not counted.
fn processes(system: &mut System) -> usize {
    #[cfg(target_os = "linux")]
    {
        let _ = system;
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        entries
            .filter(|entry| {
                let name = entry.file_name();
                !name.is_empty() && name.as_encoded_bytes().iter().all(u8::is_ascii_digit)
            })
            .count()
    }
    #[cfg(not(target_os = "linux"))]
    {
        let kind = sysinfo::ProcessRefreshKind::nothing().without_tasks();
        system.refresh_processes_specifics(sysinfo::ProcessesToUpdate::All, true, kind);
        system.processes().len()
    }
}

/// One number of it.
pub(super) fn read(sample: &Sample, reading: &Reading) -> Result<f64, Trouble> {
    let Reading::System(reading) = reading else { return Err(unfit()) };
    match reading {
        SystemReading::CpuUsage => Ok(sample.cpu),
        SystemReading::Load1 => load(sample, |[one, _, _]| one),
        SystemReading::Load5 => load(sample, |[_, five, _]| five),
        SystemReading::Load15 => load(sample, |[_, _, fifteen]| fifteen),
        SystemReading::MemoryUsed => {
            let (total, available) = sample.memory;
            share(total.saturating_sub(available), total, "the system does not tell its memory")
        }
        SystemReading::MemoryAvailable => match sample.memory {
            (0, _) => Err(Trouble::failed("the system does not tell its memory")),
            (_, available) => Ok(float(available)),
        },
        SystemReading::SwapUsed => match sample.swap {
            (0, _) => Err(Trouble::Absent("there is no swap space".to_owned())),
            (total, used) => share(used, total, ""),
        },
        SystemReading::DiskUsed => {
            let space = disk(sample)?;
            share(space.used, space.used.saturating_add(space.available), "the file system has no size")
        }
        SystemReading::DiskFree => Ok(float(disk(sample)?.available)),
        SystemReading::OpenFiles => {
            let (used, most) = sample.descriptors.ok_or_else(|| {
                Trouble::Absent("this system does not tell how many descriptors are open".to_owned())
            })?;
            share(used, most, "the system allows no descriptors")
        }
        SystemReading::Processes => Ok(float(sample.processes as u64)),
        SystemReading::Uptime => sample
            .uptime
            .map(float)
            .ok_or_else(|| Trouble::failed("the system does not tell when it started")),
    }
}

/// A load average divided by the number of processors.
fn load(sample: &Sample, which: impl Fn([f64; 3]) -> f64) -> Result<f64, Trouble> {
    let all = sample.load.ok_or_else(|| Trouble::Absent("this system has no load averages".to_owned()))?;
    match sample.processors {
        0 => Err(Trouble::failed("the system does not tell how many processors it has")),
        count => Ok(which(all) / float(count as u64)),
    }
}

fn disk(sample: &Sample) -> Result<Space, Trouble> {
    match &sample.disk {
        Some(Ok(space)) => Ok(*space),
        Some(Err(words)) => Err(Trouble::Failed(words.clone())),
        None => Err(Trouble::failed("no file system was looked at")),
    }
}

fn share(part: u64, whole: u64, without: &str) -> Result<f64, Trouble> {
    if whole == 0 { Err(Trouble::failed(without)) } else { Ok(float(part) / float(whole)) }
}

#[expect(clippy::cast_precision_loss, reason = "a float holds every whole number up to 9 petabytes")]
const fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests;
