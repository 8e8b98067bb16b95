use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::*;

const LONG: Duration = Duration::from_secs(60);

fn shell(script: &str) -> Start {
    Start {
        program: "/bin/sh".into(),
        arguments: vec!["-c".into(), script.into()],
        folder: None,
        input: None,
        alone: true,
    }
}

fn go(start: &Start, time: Duration, stop: &AtomicBool) -> (Ended, String) {
    let errors = ErrorFile::new().unwrap();
    let ended = run(start, Output::Kept(&errors), Limits { time, stop }, true).unwrap();
    (ended, errors.tail())
}

fn done(script: &str) -> (Ended, String) {
    go(&shell(script), LONG, &AtomicBool::new(false))
}

#[test]
fn codes_signals_and_errors_come_back() {
    assert_eq!(done("exit 0").0.code, Some(0));
    let (ended, said) = done("echo out; printf 'bad\\033[31m\\n' >&2; exit 7");
    assert_eq!((ended.code, ended.signal, ended.cut), (Some(7), None, None));
    assert_eq!(said, "bad [31m\n");
    let (ended, _) = done("kill -11 $$");
    assert_eq!((ended.code, ended.signal), (None, Some(11)));
}

#[test]
fn elapsed_time_is_that_of_the_program() {
    let (ended, _) = done("sleep 0.2");
    assert!(ended.wall >= Duration::from_millis(200), "{:?}", ended.wall);
    assert!(ended.user + ended.system < ended.wall, "sleeping uses no processor");
}

#[test]
fn user_time_is_counted_for_children_too() {
    // No processor goes round this loop in 50 ns.
    let burn = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done";
    let (alone, _) = done(burn);
    assert!(alone.user >= Duration::from_millis(5), "{:?}", alone.user);
    let (both, _) = done(&format!("sh -c '{burn}'; sh -c '{burn}'; sh -c '{burn}'; sh -c '{burn}'"));
    assert!(both.user > alone.user, "{:?} and {:?}", both.user, alone.user);
}

#[test]
fn peak_memory_is_that_of_the_largest_process() {
    // Without a line break `tail` has to hold all of it.
    let (ended, _) = done("head -c 67108864 /dev/zero | tail -c 67108864 >/dev/null");
    assert!(ended.peak_memory >= 60 << 20, "{}", ended.peak_memory);
    let (small, _) = done("true");
    assert!(small.peak_memory >= 256 << 10, "{}", small.peak_memory);
}

#[cfg(target_os = "linux")]
#[test]
fn our_own_peak_is_the_floor_of_what_can_be_seen() {
    assert_eq!(peak_in("Name:\tx\nVmHWM:\t    1234 kB\nVmRSS:\t 1 kB\n"), Some(1234 * 1024));
    assert_eq!(peak_in("VmHWM:\t 12 MB\n"), None);
    let mut ballast = vec![1_u8; 32 << 20];
    ballast.iter_mut().step_by(4096).for_each(|byte| *byte = 2);
    assert_eq!(ballast.iter().map(|byte| u64::from(*byte)).max(), Some(2));
    let floor = own_peak().unwrap();
    let (ended, _) = done("true");
    assert!(floor >= 32 << 20, "{floor}");
    // The kernel's counters of pages lag behind by some.
    assert!(ended.peak_memory + (4 << 20) >= floor, "{} is under {floor}", ended.peak_memory);
}

#[test]
fn a_time_limit_ends_the_whole_group() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let begun = Instant::now();
    let script = format!("(sleep 1; touch {}) & sleep 60", mark.display());
    let (ended, _) = go(&shell(&script), Duration::from_millis(200), &AtomicBool::new(false));
    assert_eq!(ended.cut, Some(Cut::TooLong));
    assert!(begun.elapsed() < Duration::from_secs(30));
    std::thread::sleep(Duration::from_millis(1200));
    assert!(!mark.exists(), "its child went on");
}

#[test]
fn what_does_not_want_to_end_is_ended() {
    let begun = Instant::now();
    let script = "trap '' TERM; while true; do sleep 60; done";
    let (ended, _) = go(&shell(script), Duration::from_millis(100), &AtomicBool::new(false));
    assert_eq!((ended.cut, ended.signal), (Some(Cut::TooLong), Some(9)));
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn the_stop_flag_ends_it() {
    let stop = AtomicBool::new(false);
    let ended = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(150));
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        go(&shell("sleep 60"), LONG, &stop).0
    });
    assert_eq!(ended.cut, Some(Cut::Stopped));
    assert!(ended.wall < Duration::from_secs(30));
}

#[test]
fn leftovers_are_ended_only_where_that_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let mark = |name: &str| folder.path().join(name);
    let script = |name: &str| format!("(sleep 0.5; touch {}) & true", mark(name).display());
    let stop = AtomicBool::new(false);
    go(&shell(&script("alone")), LONG, &stop);
    go(&Start { alone: false, ..shell(&script("kept")) }, LONG, &stop);
    std::thread::sleep(Duration::from_millis(1000));
    assert!(!mark("alone").exists());
    assert!(mark("kept").exists());
}

#[test]
fn input_folder_and_environment_are_given() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("in"), "given\n").unwrap();
    let input = Some(folder.path().join("in"));
    let start = Start { input, folder: Some(folder.path().to_owned()), ..shell("cat >&2; pwd >&2; ls >&2") };
    // Read anew at each run.
    for _ in 0..2 {
        let (_, said) = go(&start, LONG, &AtomicBool::new(false));
        assert!(said.starts_with("given\n/") && said.ends_with("\nin\n"), "{said}");
    }
    assert_eq!(done("cat").0.code, Some(0), "no input is an empty one");
}

#[test]
fn errors_are_bounded() {
    let (ended, said) = go(&shell("cat /dev/zero >&2"), LONG, &AtomicBool::new(false));
    assert_eq!(ended.cut, Some(Cut::TooMuch));
    assert_eq!(said.len() as u64, TAIL);
}

#[test]
fn a_program_that_is_not_there_is_an_error() {
    let errors = ErrorFile::new().unwrap();
    let stop = AtomicBool::new(false);
    let limits = Limits { time: LONG, stop: &stop };
    let absent = Start { program: "/nonexistent/program".into(), ..shell("") };
    let error = run(&absent, Output::Kept(&errors), limits, false).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    let absent = Start { input: Some("/nonexistent/input".into()), ..shell("true") };
    assert!(run(&absent, Output::Kept(&errors), limits, false).is_err());
}
