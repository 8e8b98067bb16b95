//! Waiting for sockets until a moment that is not late: the system's own time limits for that count in milliseconds.

use std::io;
use std::time::Duration;

use mio::{Events, Poll, Token};

/// What the timer's event is called.
pub(super) const TIMER: Token = Token(usize::MAX - 1);

/// A timer that ends a wait for sockets.
#[derive(Debug)]
pub(super) struct Timer {
    #[cfg(target_os = "linux")]
    file: std::os::fd::OwnedFd,
    /// The moment to which it is set.
    #[cfg(target_os = "linux")]
    armed: u64,
}

impl Timer {
    /// Makes one that wakes this poll.
    pub(super) fn new(poll: &Poll) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        {
            use std::os::fd::AsRawFd as _;

            use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let file = timerfd_create(TimerfdClockId::Monotonic, flags)?;
            let raw = file.as_raw_fd();
            poll.registry().register(&mut mio::unix::SourceFd(&raw), TIMER, mio::Interest::READABLE)?;
            Ok(Self { file, armed: 0 })
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = poll;
            Ok(Self {})
        }
    }

    /// Waits for events, until `exact` or, not later than about a millisecond after, `coarse`, whichever is first. All
    /// are nanoseconds from the beginning of the run; `u64::MAX` is never.
    pub(super) fn wait(
        &mut self,
        poll: &mut Poll,
        events: &mut Events,
        now: u64,
        exact: u64,
        coarse: u64,
    ) -> io::Result<()> {
        let mut limit = Duration::from_nanos(coarse.saturating_sub(now));
        if exact <= now {
            limit = Duration::ZERO;
        } else if exact < coarse && !self.arm(now, exact)? {
            limit = Duration::from_nanos(exact - now);
        }
        match poll.poll(events, Some(limit)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                events.clear();
                Ok(())
            }
            other => other,
        }
    }

    /// Sets the timer to a moment. False where there is none.
    #[cfg(target_os = "linux")]
    fn arm(&mut self, now: u64, moment: u64) -> io::Result<bool> {
        use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};
        if self.armed != moment {
            let wait = i64::try_from(moment.saturating_sub(now)).unwrap_or(i64::MAX);
            let zero = Timespec { tv_sec: 0, tv_nsec: 0 };
            let value = Timespec { tv_sec: wait / 1_000_000_000, tv_nsec: wait % 1_000_000_000 };
            let value = Itimerspec { it_interval: zero, it_value: value };
            // Each setting forgets the expirations before it, so that nothing need be read.
            timerfd_settime(&self.file, TimerfdTimerFlags::empty(), &value)?;
            self.armed = moment;
        }
        Ok(true)
    }

    #[cfg(not(target_os = "linux"))]
    fn arm(&mut self, _now: u64, _moment: u64) -> io::Result<bool> {
        Ok(false)
    }
}
