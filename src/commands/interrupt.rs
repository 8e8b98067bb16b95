//! Ctrl-C ends a measurement with a report instead of without one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::Error;
use crate::host::signals::Interrupt;

/// How soon the wish to end is heard.
const SOON: Duration = Duration::from_millis(20);

/// Does work, and sets `stop` when a signal asks for its end.
pub(super) fn heard<T>(stop: &AtomicBool, work: impl FnOnce() -> T) -> Result<T, Error> {
    let interrupt = Interrupt::listen().map_err(Error::Output)?;
    let done = AtomicBool::new(false);
    Ok(std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                if interrupt.came() {
                    stop.store(true, Ordering::Relaxed);
                }
                std::thread::park_timeout(SOON);
            }
        });
        let result = work();
        done.store(true, Ordering::Relaxed);
        watcher.thread().unpark();
        result
    }))
}
