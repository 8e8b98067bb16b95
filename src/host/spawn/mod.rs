//! A program run to be measured: nothing between it and the system that would cost it time (no pipes, no polling), its own
//! process group so that it ends with everything it started, and what the kernel says that it used.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::time::Duration;

#[cfg(unix)]
mod unix;

#[cfg(unix)]
pub use unix::run;

/// Most of the standard error that is shown of a program that failed, in bytes: its end.
const TAIL: u64 = 8 << 10;
/// Most that a program may write on standard error into the file that keeps it, in bytes.
pub const MOST_ERRORS: u64 = 64 << 20;

/// A program and what it is called with. It inherits the environment.
#[derive(Clone, Debug)]
pub struct Start {
    /// The program: a path, or a name that is looked for in `PATH`.
    pub program: OsString,
    /// Its arguments; no shell reads them.
    pub arguments: Vec<OsString>,
    /// The folder it is started in; none for the one this process is in.
    pub folder: Option<PathBuf>,
    /// The regular file that it reads on standard input; none for an empty input.
    pub input: Option<PathBuf>,
    /// Whether what it left behind in its group is ended when it ended itself.
    pub alone: bool,
}

/// Where the output of a program goes.
#[derive(Clone, Copy, Debug)]
pub enum Output<'f> {
    /// Standard output and standard error to the standard error of this process.
    Shown,
    /// Standard output nowhere, standard error into a file.
    Kept(&'f ErrorFile),
}

/// Bounds of a run.
#[derive(Clone, Copy, Debug)]
pub struct Limits<'s> {
    /// Longest that it may take.
    pub time: Duration,
    /// Ends it when it becomes true.
    pub stop: &'s std::sync::atomic::AtomicBool,
}

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// From just before the program was started until it ended.
    pub wall: Duration,
    /// Time in user mode, children that it waited for included.
    pub user: Duration,
    /// Time in the kernel, of the same.
    pub system: Duration,
    /// Largest resident memory in bytes of the largest process among these. On Linux never below this process's own
    /// largest, which a new process begins with: see [`own_peak`].
    pub peak_memory: u64,
    /// Instructions in user mode, all children included, where they could be counted.
    pub instructions: Option<u64>,
    /// Exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Why it was ended from here, if it was.
    pub cut: Option<Cut>,
}

/// Why a program was ended before its own end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// It took too long.
    TooLong,
    /// It wrote more than [`MOST_ERRORS`] bytes on standard error.
    TooMuch,
    /// All is to end.
    Stopped,
}

/// A file without a name that keeps what a program writes on standard error. A pipe would need a reader, which would compete
/// with the program for the processor.
#[derive(Debug)]
pub struct ErrorFile(File);

impl ErrorFile {
    /// An empty file in the folder for temporary ones.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new() -> io::Result<Self> {
        tempfile::tempfile().map(Self)
    }

    /// Forgets what it holds.
    ///
    /// # Errors
    /// When the file cannot be changed.
    pub fn clear(&self) -> io::Result<()> {
        self.0.set_len(0)?;
        (&self.0).rewind()
    }

    /// The end of what it holds, as text in which control characters are spaces and lines are kept; empty when it cannot be
    /// read.
    #[must_use]
    pub fn tail(&self) -> String {
        let mut bytes = Vec::new();
        let from = self.len().saturating_sub(TAIL);
        let read =
            (&self.0).seek(SeekFrom::Start(from)).and_then(|_| (&self.0).take(TAIL).read_to_end(&mut bytes));
        if read.is_err() {
            return String::new();
        }
        super::process::plain(&bytes)
    }

    fn len(&self) -> u64 {
        self.0.metadata().map(|data| data.len()).unwrap_or_default()
    }
}

/// Runs nothing: this system has no process groups.
///
/// # Errors
/// Always.
#[cfg(not(unix))]
pub fn run(_: &Start, _: Output<'_>, _: Limits<'_>, _: bool) -> io::Result<Ended> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Largest resident memory of this process so far, in bytes, where the system tells (Linux).
///
/// A program is started by `vfork` and `exec`: until the `exec` it lives in this process's memory, and the kernel carries that
/// memory's high-water mark over into the program's own (`setmax_mm_hiwater_rss` in `fs/exec.c`). A program that needs less is
/// therefore reported with this value.
#[must_use]
pub fn own_peak() -> Option<u64> {
    peak_in(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// `VmHWM` of a `/proc/PID/status`, in bytes.
fn peak_in(status: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
