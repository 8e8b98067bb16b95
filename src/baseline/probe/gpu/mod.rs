//! Graphics processors, by `nvidia-smi` or by what the kernel tells of them.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::{Surroundings, Trouble, unfit};
use crate::baseline::settings::{GpuReading, Reading};
use crate::host::process::{self, Call};

/// Where the kernel tells of graphics processors.
const SYSFS: &str = "/sys/class/drm";
/// Most that `nvidia-smi` may print, in bytes.
const OUTPUT: u64 = 1 << 20;
/// Most processors of a kind that are looked at.
const PROCESSORS: usize = 256;
/// What is asked of `nvidia-smi`, in the order of its answer.
const QUERY: &str = "--query-gpu=utilization.gpu,memory.used,memory.total,temperature.gpu,power.draw";
/// Exit code of `nvidia-smi` when there is no such device (its manual: 6, a query to find an object was unsuccessful).
const NO_DEVICE: i32 = 6;

/// One of them; what it does not tell is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Share of the time in use.
    usage: Option<f64>,
    /// Bytes of memory in use.
    used: Option<f64>,
    /// Bytes of memory.
    total: Option<f64>,
    /// Degrees Celsius.
    temperature: Option<f64>,
    /// Watts.
    power: Option<f64>,
}

/// Looks at all of them; none is [`Trouble::Absent`].
pub(super) fn observe(around: &Surroundings<'_>, limit: Duration) -> Result<Vec<Sample>, Trouble> {
    observe_at(Path::new(SYSFS), around, limit)
}

fn observe_at(sysfs: &Path, around: &Surroundings<'_>, limit: Duration) -> Result<Vec<Sample>, Trouble> {
    let mut samples = nvidia(around, limit)?;
    samples.extend(kernel(sysfs));
    if samples.is_empty() {
        return Err(Trouble::Absent(
            "there is neither `nvidia-smi` nor a graphics processor that the kernel tells of".to_owned(),
        ));
    }
    Ok(samples)
}

/// What `nvidia-smi` tells; nothing when there is no such program, or it knows no device.
fn nvidia(around: &Surroundings<'_>, limit: Duration) -> Result<Vec<Sample>, Trouble> {
    let search = around.environment.iter().find(|(name, _)| name == "PATH");
    let search = search.map(|(_, value)| value.as_os_str());
    let Some(program) = process::named("nvidia-smi", search, around.folder) else { return Ok(Vec::new()) };
    let call = Call {
        program,
        sha256: None,
        arguments: [QUERY, "--format=csv,noheader,nounits"].map(OsString::from).to_vec(),
        environment: around.environment.to_vec(),
        folder: around.folder.to_owned(),
        limit,
        output: OUTPUT,
        tracked: true,
        leaves: false,
    };
    let done = process::run(&call).map_err(|error| Trouble::failed(format!("nvidia-smi: {error}")))?;
    let text = String::from_utf8_lossy(&done.output);
    match done.code {
        Some(0) => parse(&text),
        Some(NO_DEVICE) => Ok(Vec::new()),
        // A driver that does not answer is no machine without a processor.
        code => {
            let said = format!("{text} {}", done.errors).split_whitespace().collect::<Vec<_>>().join(" ");
            let code = code.map_or_else(|| "a signal".to_owned(), |code| format!("exit code {code}"));
            Err(Trouble::failed(format!("nvidia-smi: {code}: {said}")))
        }
    }
}

/// Reads the answer to [`QUERY`]: a line a processor, `[N/A]` or `[Not Supported]` where it does not tell.
fn parse(text: &str) -> Result<Vec<Sample>, Trouble> {
    let unknown = || Trouble::failed("nvidia-smi answers in a way that is not known");
    let lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "No devices were found");
    let line = |line: &str| -> Option<Sample> {
        let mut fields = [None; 5];
        let mut count = 0;
        for (field, word) in fields.iter_mut().zip(line.split(',')) {
            let word = word.trim();
            // Words in brackets say why it is not told; anything else must be a number.
            if !(word.starts_with('[') && word.ends_with(']')) && word != "N/A" {
                *field = Some(word.parse::<f64>().ok().filter(|number| number.is_finite())?);
            }
            count += 1;
        }
        let [usage, used, total, temperature, power] = fields;
        let mebibytes = |number: f64| number * 1_048_576.0;
        (count == fields.len() && line.split(',').count() == count).then_some(Sample {
            usage: usage.map(|percent| percent / 100.0),
            used: used.map(mebibytes),
            total: total.map(mebibytes),
            temperature,
            power,
        })
    };
    lines.take(PROCESSORS).map(|text| line(text).ok_or_else(unknown)).collect()
}

/// What the kernel tells: `amdgpu`'s files beside the device, and its sensors (kernel documentation, `gpu/amdgpu/thermal`).
fn kernel(root: &Path) -> Vec<Sample> {
    let mut cards: Vec<(u32, std::path::PathBuf)> = entries(root)
        .filter_map(|entry| {
            let name = entry.file_name()?.to_str()?.strip_prefix("card")?.parse().ok()?;
            Some((name, entry.join("device")))
        })
        .collect();
    cards.sort();
    cards.iter().take(PROCESSORS).filter_map(|(_, device)| card(device)).collect()
}

/// One card; none when it tells neither its use nor its memory.
fn card(device: &Path) -> Option<Sample> {
    let usage = number(&device.join("gpu_busy_percent")).map(|percent| percent / 100.0);
    let total = number(&device.join("mem_info_vram_total"));
    if usage.is_none() && total.is_none() {
        return None;
    }
    let mut sensors: Vec<_> = entries(&device.join("hwmon")).collect();
    sensors.sort();
    let sensor =
        |names: &[&str]| sensors.iter().find_map(|at| names.iter().find_map(|name| number(&at.join(name))));
    Some(Sample {
        usage,
        used: number(&device.join("mem_info_vram_used")),
        total,
        // Thousandths of a degree, millionths of a watt.
        temperature: sensor(&["temp1_input"]).map(|milli| milli / 1e3),
        power: sensor(&["power1_average", "power1_input"]).map(|micro| micro / 1e6),
    })
}

fn entries(folder: &Path) -> impl Iterator<Item = std::path::PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).take(4_096)
}

/// The number in a file of the kernel.
fn number(path: &Path) -> Option<f64> {
    use std::io::Read as _;
    let mut text = String::new();
    std::fs::File::open(path).ok()?.take(64).read_to_string(&mut text).ok()?;
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// One number of it.
pub(super) fn read(samples: &[Sample], reading: &Reading) -> Result<f64, Trouble> {
    let Reading::Gpu(which, reading) = reading else { return Err(unfit()) };
    let chosen = match which {
        None => samples,
        Some(number) => usize::try_from(*number)
            .ok()
            .and_then(|at| samples.get(at..=at))
            .ok_or_else(|| Trouble::Absent(format!("there is no graphics processor {number}")))?,
    };
    let all = |take: &dyn Fn(&Sample) -> Option<f64>| -> Result<Vec<f64>, Trouble> {
        let told: Option<Vec<f64>> = chosen.iter().map(take).collect();
        told.filter(|told| !told.is_empty())
            .ok_or_else(|| Trouble::Absent("a graphics processor does not tell this".to_owned()))
    };
    let largest = |values: Vec<f64>| values.into_iter().fold(f64::NEG_INFINITY, f64::max);
    match reading {
        GpuReading::Usage => {
            all(&|sample| sample.usage).map(|values| crate::stats::robust::mean(&values).unwrap_or(f64::NAN))
        }
        GpuReading::MemoryUsed => {
            let share = |sample: &Sample| Some(sample.used? / sample.total.filter(|total| *total > 0.0)?);
            all(&share).map(largest)
        }
        GpuReading::Memory => all(&|sample| sample.used).map(|values| values.iter().sum()),
        GpuReading::Temperature => all(&|sample| sample.temperature).map(largest),
        GpuReading::Power => all(&|sample| sample.power).map(|values| values.iter().sum()),
        GpuReading::Count => Ok(f64::from(u32::try_from(chosen.len()).unwrap_or(u32::MAX))),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
