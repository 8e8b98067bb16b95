//! A progress line on a terminal for work of over a second, and none otherwise.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::engine::Progress;

/// Runs work while a line on standard error says how far it is.
pub(super) fn during<T: Send>(shown: bool, progress: &Progress, work: impl FnOnce() -> T + Send) -> T {
    if !shown {
        return work();
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| show(progress, &done));
        let result = work();
        done.store(true, Relaxed);
        result
    })
}

fn show(progress: &Progress, done: &AtomicBool) {
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
    if let Ok(style) = ProgressStyle::with_template("   Reading  {msg} {spinner}") {
        bar.set_style(style);
    }
    loop {
        let (files, bytes) = (progress.files.load(Relaxed), progress.bytes.load(Relaxed));
        bar.set_message(format!("{} files, {}", HumanCount(files), HumanBytes(bytes)));
        bar.tick();
        if wait(2) {
            break;
        }
    }
    bar.finish_and_clear();
}
