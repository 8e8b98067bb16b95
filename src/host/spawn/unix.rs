//! Starting, waiting and ending on Unix.

use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use wait4::Wait4 as _;

use super::{Cut, Ended, ErrorFile, Limits, MOST_ERRORS, Output, Start};
use crate::host::files::open_regular;
use crate::host::instructions::Counter;

/// How often the bounds are looked at. Looking takes some microseconds, on whatever core is free.
const STEP: Duration = Duration::from_millis(50);
/// Time that a program has to end by itself after it was asked to.
const GRACE: Duration = Duration::from_secs(1);

/// Runs a program to its end and measures it; with `count` its instructions too, if the machine can. Whatever is still in its
/// process group is ended when it had to be ended, and always when it is to be `alone`.
///
/// # Errors
/// When it cannot be started. Exit codes, signals and bounds that were exceeded are no errors here.
pub fn run(start: &Start, output: Output<'_>, limits: Limits<'_>, count: bool) -> io::Result<Ended> {
    let mut command = Command::new(&start.program);
    command.args(&start.arguments).process_group(0);
    if let Some(folder) = &start.folder {
        command.current_dir(folder);
    }
    command.stdin(match &start.input {
        Some(path) => Stdio::from(open_regular(&path.canonicalize()?)?.0),
        None => Stdio::null(),
    });
    let errors = match output {
        Output::Shown => {
            command.stdout(io::stderr()).stderr(Stdio::inherit());
            None
        }
        Output::Kept(file) => {
            file.clear()?;
            command.stdout(Stdio::null()).stderr(file.0.try_clone()?);
            Some(file)
        }
    };
    let watch = Watch { phase: Mutex::new(Phase::Before), changed: Condvar::new() };
    std::thread::scope(|scope| {
        // The watcher is there before the clock starts, and asleep for most of the time after.
        let watcher = std::thread::Builder::new().spawn_scoped(scope, || watch.follow(limits, errors))?;
        let mut counter = if count { Counter::open().ok() } else { None };
        let measured = measure(&mut command, &watch, start.alone);
        watch.over();
        let cut = watcher.join().unwrap_or_default();
        let instructions = counter.as_mut().and_then(Counter::read);
        measured.map(|ended| Ended { cut, instructions, ..ended })
    })
}

fn measure(command: &mut Command, watch: &Watch, alone: bool) -> io::Result<Ended> {
    let begun = Instant::now();
    let child = command.spawn()?;
    let group = Pid::from_child(&child);
    watch.set(Phase::Running(group));
    let waited = wait_unreaped(&child);
    let wall = begun.elapsed();
    // Until it is reaped, the number of the program and its group belongs to no one else: signals are sent before.
    let was_cut = watch.over();
    if alone || was_cut || waited.is_err() {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let used = child.wait4()?;
    waited?;
    Ok(Ended {
        wall,
        user: used.rusage.utime,
        system: used.rusage.stime,
        peak_memory: used.rusage.maxrss,
        code: used.status.code(),
        signal: used.status.signal(),
        ..Ended::default()
    })
}

/// Blocks until a program ended, and leaves its remains to be asked what it used.
fn wait_unreaped(child: &Child) -> io::Result<()> {
    loop {
        match waitid(WaitId::Pid(Pid::from_child(child)), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
            Ok(_) => return Ok(()),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// What the waiting thread and the watching one know of the program.
struct Watch {
    phase: Mutex<Phase>,
    changed: Condvar,
}

#[derive(Clone, Copy)]
enum Phase {
    /// It is not started yet.
    Before,
    /// It runs, or ended and is not reaped: its group may be sent signals while the lock is held.
    Running(Pid),
    /// It was asked to end, at this moment.
    Asked(Pid, Instant),
    /// Its number may belong to someone else.
    Over,
}

impl Watch {
    fn lock(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, phase: Phase) {
        *self.lock() = phase;
    }

    /// Sends no more signals; tells whether any was sent.
    fn over(&self) -> bool {
        let before = std::mem::replace(&mut *self.lock(), Phase::Over);
        self.changed.notify_all();
        matches!(before, Phase::Asked(..))
    }

    /// Looks at the bounds until the program is over, ends it when one is exceeded, and says which.
    fn follow(&self, limits: Limits<'_>, errors: Option<&ErrorFile>) -> Option<Cut> {
        let begun = Instant::now();
        let mut cut = None;
        let mut phase = self.lock();
        loop {
            match *phase {
                Phase::Before => {}
                Phase::Running(group) => {
                    cut = exceeded(begun, limits, errors);
                    if cut.is_some() {
                        let _ = kill_process_group(group, Signal::TERM);
                        *phase = Phase::Asked(group, Instant::now());
                    }
                }
                Phase::Asked(group, since) => {
                    if since.elapsed() >= GRACE {
                        let _ = kill_process_group(group, Signal::KILL);
                    }
                }
                Phase::Over => return cut,
            }
            let left = limits.time.saturating_sub(begun.elapsed());
            let step = if left.is_zero() { STEP } else { left.min(STEP) };
            phase = self.changed.wait_timeout(phase, step).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

fn exceeded(begun: Instant, limits: Limits<'_>, errors: Option<&ErrorFile>) -> Option<Cut> {
    if limits.stop.load(Ordering::Relaxed) {
        Some(Cut::Stopped)
    } else if begun.elapsed() >= limits.time {
        Some(Cut::TooLong)
    } else if errors.is_some_and(|file| file.len() > MOST_ERRORS) {
        Some(Cut::TooMuch)
    } else {
        None
    }
}
