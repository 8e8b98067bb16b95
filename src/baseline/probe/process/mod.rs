//! Processes, all that are meant together.

use std::path::Path;
use std::time::{Duration, Instant};

use sysinfo::{Pid, Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

use super::{Surroundings, Trouble, unfit};
use crate::baseline::settings::{ProcessReading, Reading, Which};
use crate::host::{files, usage};

/// How long processor time is watched.
const WATCHED: Duration = Duration::from_millis(200);
/// Largest file with a process id, in bytes.
const PID_FILE: u64 = 4_096;
/// Most bytes of the program's name that Linux keeps for a process whose file may not be seen.
const SHORT_NAME: usize = 15;

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Processors in use, over a fifth of a second.
    cpu: f64,
    /// One entry a process.
    each: Vec<Seen>,
}

/// One process; none where the system does not tell, or not us.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// Bytes of resident memory.
    memory: u64,
    /// Open descriptors.
    descriptors: Option<usize>,
    /// Descriptors that it may open.
    allowed: Option<usize>,
    /// Threads.
    threads: Option<u64>,
    /// Seconds since it was started.
    age: u64,
}

/// Looks for them and at them: those that run at the beginning and at the end of a fifth of a second.
pub(super) fn observe(which: &Which, around: &Surroundings<'_>, limit: Duration) -> Result<Sample, Trouble> {
    if limit < WATCHED {
        return Err(Trouble::failed("processes are watched for 200 ms, and the timeout is shorter"));
    }
    let mut system = System::new().map_err(Trouble::failed)?;
    let pids = find(which, around, &mut system)?;
    let all = ProcessesToUpdate::Some(&pids);
    let kind = ProcessRefreshKind::nothing().without_tasks().with_cpu().with_memory();
    system.refresh_processes_specifics(all, true, kind);
    let begun = Instant::now();
    // By start as well: a number may have gone to another process.
    let before: Vec<(Pid, u64, u64)> = pids
        .iter()
        .filter_map(|pid| system.process(*pid))
        .map(|process| (process.pid(), process.start_time(), process.accumulated_cpu_time()))
        .collect();
    std::thread::sleep(WATCHED);
    system.refresh_processes_specifics(all, true, kind);
    let passed = begun.elapsed().as_secs_f64();
    let mut sample = Sample::default();
    let mut busy = 0;
    for (pid, start, used) in before {
        let Some(process) = system.process(pid).filter(|process| runs(process)) else { continue };
        if process.start_time() == start {
            busy += process.accumulated_cpu_time().saturating_sub(used);
            sample.each.push(seen(process));
        }
    }
    if sample.each.is_empty() {
        return Err(absent(which));
    }
    sample.cpu = Duration::from_millis(busy).as_secs_f64() / passed;
    Ok(sample)
}

fn seen(process: &Process) -> Seen {
    Seen {
        memory: process.memory(),
        descriptors: process.open_files(),
        allowed: process.open_files_limit(),
        threads: usage::threads(process.pid().as_u32()),
        age: process.run_time(),
    }
}

/// Whether a process runs: neither has it ended and waits to be asked how, nor is it a thread of another.
fn runs(process: &Process) -> bool {
    process.thread_kind().is_none()
        && !matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead)
}

/// The numbers of the processes that are meant; at least one.
fn find(which: &Which, around: &Surroundings<'_>, system: &mut System) -> Result<Vec<Pid>, Trouble> {
    let own = Pid::from_u32(std::process::id());
    let pids = match which {
        Which::Own => vec![own],
        Which::PidFile(path) => vec![from_file(path, around.folder)?],
        Which::Name(_) | Which::CommandLine(_) => {
            let kind = ProcessRefreshKind::nothing()
                .without_tasks()
                .with_exe(UpdateKind::Always)
                .with_cmd(UpdateKind::Always);
            system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
            let is_meant = |process: &Process| match which {
                Which::Name(name) => has_name(process, name),
                // What asks has the words in its own configuration, and may have them in its command line.
                Which::CommandLine(part) => process.pid() != own && command_line(process).contains(part),
                Which::Own | Which::PidFile(_) => false,
            };
            let all = system.processes().values().filter(|process| runs(process));
            let mut pids: Vec<Pid> = all.filter(|process| is_meant(process)).map(Process::pid).collect();
            pids.sort_unstable();
            pids
        }
    };
    if pids.is_empty() { Err(absent(which)) } else { Ok(pids) }
}

/// Whether a process goes by a name: its program's file, what it was started as, or its own name. An interpreter is
/// called after the script that it runs, and another user's file is not to be seen.
fn has_name(process: &Process, name: &str) -> bool {
    let file = |path: &Path| path.file_name().is_some_and(|file| file == name);
    if process.exe().is_some_and(file) || process.cmd().first().is_some_and(|word| file(Path::new(word))) {
        return true;
    }
    let own = process.name().as_encoded_bytes();
    own == name.as_bytes()
        || (cfg!(target_os = "linux")
            && own.len() == SHORT_NAME
            && process.exe().is_none()
            && name.as_bytes().starts_with(own))
}

fn command_line(process: &Process) -> String {
    let words: Vec<_> = process.cmd().iter().map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}

fn from_file(path: &Path, folder: &Path) -> Result<Pid, Trouble> {
    let name = files::path_text(path);
    let bytes = files::read_bounded(&folder.join(path), PID_FILE).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Trouble::Absent(format!("{name}: there is no such file")),
        _ => Trouble::failed(format!("{name}: {error}")),
    })?;
    let text = String::from_utf8_lossy(&bytes);
    // PostgreSQL writes more lines; the first is the number everywhere.
    let number = text.lines().next().and_then(|line| line.trim().parse::<u32>().ok());
    number.map(Pid::from_u32).ok_or_else(|| Trouble::failed(format!("{name}: it holds no process id")))
}

fn absent(which: &Which) -> Trouble {
    Trouble::Absent(match which {
        Which::Name(name) => format!("no process of the name {name} runs"),
        Which::PidFile(path) => format!("the process of {} does not run", files::path_text(path)),
        Which::CommandLine(part) => format!("no process runs with `{part}` in its command line"),
        Which::Own => "the system does not show this process".to_owned(),
    })
}

/// One number of it.
pub(super) fn read(sample: &Sample, reading: &Reading) -> Result<f64, Trouble> {
    let Reading::Process(reading) = reading else { return Err(unfit()) };
    let hidden = |what: &str| {
        Trouble::failed(format!("the system does not show {what}; it may be another user's process"))
    };
    let each = sample.each.iter();
    match reading {
        ProcessReading::Cpu => Ok(sample.cpu),
        ProcessReading::Memory => Ok(float(each.map(|seen| seen.memory).sum())),
        ProcessReading::Descriptors => each
            .map(|seen| seen.descriptors)
            .sum::<Option<usize>>()
            .map(|count| float(count as u64))
            .ok_or_else(|| hidden("its open files")),
        ProcessReading::DescriptorsUsed => each
            .map(|seen| {
                Some(float(seen.descriptors? as u64) / float(seen.allowed.filter(|most| *most > 0)? as u64))
            })
            .try_fold(0.0_f64, |largest, share| Some(largest.max(share?)))
            .ok_or_else(|| hidden("how many files it may open")),
        ProcessReading::Threads => {
            each.map(|seen| seen.threads).sum::<Option<u64>>().map(float).ok_or_else(|| hidden("its threads"))
        }
        ProcessReading::Count => Ok(float(sample.each.len() as u64)),
        ProcessReading::Age => {
            each.map(|seen| seen.age).min().map(float).ok_or_else(|| Trouble::failed("no process was seen"))
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a float holds every whole number up to 9 petabytes")]
const fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
