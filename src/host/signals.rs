//! Ctrl-C and requests to end: the first one asks for an orderly end, the second one ends the program as usual.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Whether one came since somebody listens.
static CAME: AtomicBool = AtomicBool::new(false);
/// Whether the next one has its usual effect. True while nobody listens, because the handler stays once it is there.
#[cfg(unix)]
static AS_USUAL: AtomicBool = AtomicBool::new(true);

/// Whether one that came also ends the programs under way, see [`end_programs`].
static ENDS_PROGRAMS: AtomicBool = AtomicBool::new(false);

/// Which listener is the latest; the end of an earlier one changes nothing.
static LATEST: AtomicU64 = AtomicU64::new(0);

/// As long as it lives, the first SIGINT or SIGTERM is only noted. A later one in the same program begins anew and takes
/// the place of this one.
#[derive(Debug)]
#[must_use = "signals have their usual effect again when it is dropped"]
pub struct Interrupt(u64);

impl Interrupt {
    /// Begins to listen. Where the system has no such signals, none ever comes.
    ///
    /// # Errors
    /// When the system does not let handlers be set.
    pub fn listen() -> std::io::Result<Self> {
        #[cfg(unix)]
        install()?;
        let number = LATEST.fetch_add(1, Ordering::SeqCst).wrapping_add(1);
        CAME.store(false, Ordering::SeqCst);
        #[cfg(unix)]
        AS_USUAL.store(false, Ordering::SeqCst);
        Ok(Self(number))
    }

    /// Whether the user or the system asked for an end.
    #[must_use]
    pub fn came(&self) -> bool {
        CAME.load(Ordering::SeqCst)
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        if LATEST.load(Ordering::SeqCst) == self.0 {
            ENDS_PROGRAMS.store(false, Ordering::SeqCst);
            #[cfg(unix)]
            AS_USUAL.store(true, Ordering::SeqCst);
        }
    }
}

/// From now on, as long as the present [`Interrupt`] lives, a signal also ends the programs that [`super::process::run`] waits
/// for: they have groups of their own, so that the terminal's Ctrl-C does not reach them.
pub fn end_programs() {
    ENDS_PROGRAMS.store(true, Ordering::SeqCst);
}

/// Whether a signal came that ends programs.
#[must_use]
pub fn programs_end() -> bool {
    ENDS_PROGRAMS.load(Ordering::SeqCst) && CAME.load(Ordering::SeqCst)
}

/// Sets the handlers, once in the life of the program: taking them away would not bring back the usual effect, but leave
/// the signals without any.
#[cfg(unix)]
fn install() -> std::io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::flag;

    static INSTALLED: std::sync::Mutex<bool> = std::sync::Mutex::new(false);
    let mut installed = INSTALLED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !*installed {
        for signal in [SIGINT, SIGTERM] {
            // In this order: what the first signal sets has its effect with the second.
            flag::register_conditional_default(signal, &AS_USUAL)?;
            flag::register(signal, &AS_USUAL)?;
            flag::register(signal, &CAME)?;
        }
        *installed = true;
    }
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::io::{BufRead as _, BufReader};
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    use rustix::process::{Pid, Signal, kill_process};

    use super::*;

    const CHILD: &str = "READINESS_TEST_SIGNALS";

    /// Runs this very test in a process of its own, because signals meet the whole process.
    fn child(what: &str) -> (Child, impl FnMut(&str)) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "host::signals::tests::in_a_process_of_its_own", "--nocapture"])
            .env(CHILD, what)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let wait_for = move |word: &str| {
            assert!(lines.any(|line| line.unwrap().contains(word)), "never said {word}");
        };
        (child, wait_for)
    }

    fn send(child: &Child, signal: Signal) {
        kill_process(Pid::from_child(child), signal).unwrap();
    }

    #[test]
    fn in_a_process_of_its_own() {
        let Ok(what) = std::env::var(CHILD) else { return };
        let until = Instant::now() + Duration::from_secs(10);
        let mut listening = Some(Interrupt::listen().unwrap());
        println!("\nlistening");
        while Instant::now() < until {
            if listening.as_ref().is_some_and(Interrupt::came) {
                println!("noted");
                match what.as_str() {
                    "stay" => while Instant::now() < until {},
                    "again" => listening = Some(Interrupt::listen().unwrap()),
                    _ => listening = None,
                }
                println!("\nready");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    #[test]
    fn the_first_signal_is_noted_and_the_second_ends_the_program() {
        for (first, second) in [(Signal::INT, Signal::INT), (Signal::TERM, Signal::INT)] {
            let (mut child, mut wait_for) = child("stay");
            wait_for("listening");
            send(&child, first);
            wait_for("noted");
            send(&child, second);
            assert_eq!(child.wait().unwrap().signal(), Some(second.as_raw()));
        }
    }

    #[test]
    fn signals_have_their_usual_effect_when_nobody_listens_any_more() {
        let (mut child, mut wait_for) = child("stop listening");
        wait_for("listening");
        send(&child, Signal::TERM);
        wait_for("ready");
        send(&child, Signal::TERM);
        assert_eq!(child.wait().unwrap().signal(), Some(Signal::TERM.as_raw()));
    }

    #[test]
    fn one_can_listen_again() {
        let (mut child, mut wait_for) = child("again");
        wait_for("listening");
        for _ in 0..3 {
            send(&child, Signal::INT);
            wait_for("noted");
            wait_for("ready");
        }
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(9));
    }
}
