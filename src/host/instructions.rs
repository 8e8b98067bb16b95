//! Instructions that programs execute, counted by the processor where the kernel lets us ask it (Linux `perf_event_open`).

use std::io;

/// Why the instructions of programs cannot be counted here, in words; none when they can. Asked once before a benchmark.
#[must_use]
pub fn unavailable() -> Option<String> {
    match Counter::open() {
        Ok(_) => None,
        Err(error) => Some(reason(&error, paranoia())),
    }
}

/// What `perf_event_paranoid` holds: up to 2 a program may count what its own children do in user mode.
fn paranoia() -> Option<i64> {
    let text = std::fs::read_to_string("/proc/sys/kernel/perf_event_paranoid").ok()?;
    text.trim().parse().ok()
}

/// The words for an error of opening a counter.
fn reason(error: &io::Error, paranoia: Option<i64>) -> String {
    match (error.kind(), paranoia) {
        (io::ErrorKind::PermissionDenied, Some(level)) if level > 2 => {
            format!("the kernel does not let programs count (perf_event_paranoid is {level}, 2 is enough)")
        }
        (io::ErrorKind::PermissionDenied, _) => {
            "the system does not let programs count (perf_event_open is forbidden, as in many containers)"
                .to_owned()
        }
        // What the kernel says when the processor, or what plays it in a virtual machine, has no such counter.
        (io::ErrorKind::NotFound, Some(_)) => {
            "this machine shows no hardware counter of instructions".to_owned()
        }
        (io::ErrorKind::Unsupported, Some(_)) => {
            "this machine shows no hardware counter of instructions".to_owned()
        }
        (_, None) => "this system has no counters (perf_event_open)".to_owned(),
        _ => format!("the counter cannot be opened ({error})"),
    }
}

/// Counts the instructions in user mode of the programs that the thread which opened it starts from then on, with all
/// their children: from each program's own beginning, so that what this process does is never in it.
#[derive(Debug)]
pub struct Counter {
    #[cfg(target_os = "linux")]
    counter: perf_event::Counter,
}

#[cfg(target_os = "linux")]
impl Counter {
    /// Opens a counter.
    ///
    /// # Errors
    /// When the kernel does not allow it or the machine has none.
    pub fn open() -> io::Result<Self> {
        let counter = builder(perf_event::events::Hardware::INSTRUCTIONS).build()?;
        Ok(Self { counter })
    }

    /// The count so far; none when the processor had too few counters to count all the time, or did not count.
    #[must_use]
    pub fn read(&mut self) -> Option<u64> {
        let data = self.counter.read_full().ok()?;
        whole(data.count(), data.time_enabled(), data.time_running())
    }
}

#[cfg(not(target_os = "linux"))]
impl Counter {
    /// Opens a counter.
    ///
    /// # Errors
    /// Always: this system is not asked.
    pub fn open() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The count so far.
    #[must_use]
    pub fn read(&mut self) -> Option<u64> {
        None
    }
}

/// How children are counted. They inherit the counter as it is, off; `exec` switches the child's own on, and what the child
/// starts inherits it as it is then, on. This thread's stays off.
#[cfg(target_os = "linux")]
fn builder(event: impl perf_event::events::Event) -> perf_event::Builder<'static> {
    let mut builder = perf_event::Builder::new(event);
    builder.inherit(true).enable_on_exec(true).exclude_kernel(true);
    builder
}

/// A count, if it is one of the whole time: a counter that took turns with others holds an estimate, and estimates are not
/// mixed with counts.
#[cfg(target_os = "linux")]
fn whole(
    count: u64,
    enabled: Option<std::time::Duration>,
    running: Option<std::time::Duration>,
) -> Option<u64> {
    (count > 0 && enabled == running).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_said_in_words() {
        let said = |kind: io::ErrorKind, level| reason(&io::Error::from(kind), level);
        assert!(said(io::ErrorKind::PermissionDenied, Some(4)).contains("perf_event_paranoid is 4"));
        assert!(!said(io::ErrorKind::PermissionDenied, Some(2)).contains("paranoid"));
        assert!(said(io::ErrorKind::NotFound, Some(2)).contains("no hardware counter"));
        assert!(said(io::ErrorKind::Unsupported, None).contains("no counters"));
        assert!(said(io::ErrorKind::OutOfMemory, Some(2)).contains("memory"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_estimate_is_no_count() {
        use std::time::Duration;
        let second = Some(Duration::from_secs(1));
        assert_eq!(whole(7, second, second), Some(7));
        assert_eq!(whole(7, second, Some(Duration::from_millis(999))), None);
        assert_eq!(whole(0, second, second), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn opening_and_asking_agree() {
        assert_eq!(Counter::open().is_err(), unavailable().is_some());
    }

    /// The kernel's own clock of a task is a counter that needs no hardware, so that the way of counting can be seen anywhere
    /// where counting is allowed.
    #[cfg(target_os = "linux")]
    #[test]
    fn programs_are_counted_with_their_children_and_this_one_is_not() {
        let open = || {
            let counter = builder(perf_event::events::Software::TASK_CLOCK).build();
            counter.map(|counter| Counter { counter })
        };
        // A counter of its own for each program, as a benchmark has it.
        let counted = |script: Option<&str>| {
            let mut counter = open().ok()?;
            let begun = std::time::Instant::now();
            while begun.elapsed() < std::time::Duration::from_millis(20) {}
            let program =
                |script| std::process::Command::new("/bin/sh").args(["-c", script]).status().unwrap();
            assert!(script.is_none_or(|script| program(script).success()));
            Some(counter.read().unwrap_or(0))
        };
        let Some(own) = counted(None) else {
            assert!(unavailable().is_some(), "instructions can be counted, but not time");
            return;
        };
        // In nanoseconds; the kernel may take the moment of a change of tasks for counted.
        assert!(own < 2_000_000, "this thread ran for 20 ms, and {own} ns of it were counted");
        let burn = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done";
        let large = counted(Some(&format!("sh -c '{burn}'; true"))).unwrap();
        // No processor goes round this loop in 50 ns.
        assert!(large >= 5_000_000, "{own} and {large}");
    }
}
