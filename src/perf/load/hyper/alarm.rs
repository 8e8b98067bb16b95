//! Sleeping until shortly before a moment: the runtime's own timer counts in milliseconds, which is too coarse for a
//! constant rate, and waiting awake for so long would take a core.

use std::time::Duration;

/// A timer of the system that ends a sleep to within its usual time to wake up.
pub(super) struct Alarm {
    /// None where the system has none; the runtime's timer then has to do.
    #[cfg(target_os = "linux")]
    file: Option<tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>>,
}

impl Alarm {
    /// Makes one, within a runtime.
    #[cfg_attr(
        target_os = "linux",
        expect(
            deprecated,
            reason = "a file that is owned stays open; what replaces it is unsafe, as others need not"
        )
    )]
    pub(super) fn new() -> Self {
        #[cfg(target_os = "linux")]
        {
            use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let made = timerfd_create(TimerfdClockId::Monotonic, flags).ok();
            let file = made.and_then(|file| {
                tokio::io::unix::AsyncFd::with_interest(file, tokio::io::Interest::READABLE).ok()
            });
            Self { file }
        }
        #[cfg(not(target_os = "linux"))]
        Self {}
    }

    /// Sleeps; it may wake up too early, but not for long too late.
    pub(super) async fn sleep(&self, length: Duration) {
        #[cfg(target_os = "linux")]
        if let Some(file) = &self.file
            && set(file.get_ref(), length)
            && let Ok(mut ready) = file.readable().await
        {
            // Each setting forgets the expirations before it, so that nothing need be read.
            ready.clear_ready();
            return;
        }
        tokio::time::sleep(length).await;
    }
}

/// Sets the timer; false when the system does not let it.
#[cfg(target_os = "linux")]
fn set(file: &std::os::fd::OwnedFd, length: Duration) -> bool {
    use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};
    let zero = Timespec { tv_sec: 0, tv_nsec: 0 };
    // Nothing at all would turn it off.
    let length = length.max(Duration::from_nanos(1));
    let seconds = i64::try_from(length.as_secs()).unwrap_or(i64::MAX);
    let value = Timespec { tv_sec: seconds, tv_nsec: i64::from(length.subsec_nanos()) };
    timerfd_settime(file, TimerfdTimerFlags::empty(), &Itimerspec { it_interval: zero, it_value: value })
        .is_ok()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn sleeps_are_as_long_as_asked_for_again_and_again() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let alarm = Alarm::new();
            for micros in [300, 0, 2_000, 700] {
                let (begin, length) = (Instant::now(), Duration::from_micros(micros));
                alarm.sleep(length).await;
                assert!(begin.elapsed() >= length, "{:?} of {length:?}", begin.elapsed());
            }
        });
    }
}
