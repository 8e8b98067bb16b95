//! A progress line on a terminal for work of over a second, and none otherwise.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::engine::Progress;

/// Runs work while a line on standard error says how far its reading is.
pub(super) fn during<T: Send>(shown: bool, progress: &Progress, work: impl FnOnce() -> T + Send) -> T {
    let message = || {
        let (files, bytes) = (progress.files.load(Relaxed), progress.bytes.load(Relaxed));
        format!("{} files, {}", HumanCount(files), HumanBytes(bytes))
    };
    with(shown, "Reading", message, work)
}

/// Runs work while a line on standard error says what is done and how far it is.
pub(super) fn with<T>(
    shown: bool,
    verb: &str,
    message: impl Fn() -> String + Sync,
    work: impl FnOnce() -> T,
) -> T {
    if !shown {
        return work();
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| show(verb, &message, &done));
        let result = work();
        done.store(true, Relaxed);
        result
    })
}

fn show(verb: &str, message: &(impl Fn() -> String + Sync), done: &AtomicBool) {
    let wait = |times: u32| {
        (0..times).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            done.load(Relaxed)
        })
    };
    if wait(20) {
        return;
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{prefix:>10}  {msg} {spinner}") {
        bar.set_style(style);
    }
    bar.set_prefix(verb.to_owned());
    loop {
        bar.set_message(message());
        bar.tick();
        if wait(2) {
            break;
        }
    }
    bar.finish_and_clear();
}
