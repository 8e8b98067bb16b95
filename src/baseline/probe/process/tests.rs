#![allow(clippy::disallowed_methods, reason = "tests prepare small files")]

use std::process::{Child, Command};

use super::*;
use crate::baseline::secrets::Secrets;

/// A program that is ended with the test.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn look(which: &Which, folder: &Path) -> Result<Sample, Trouble> {
    let around = Surroundings { folder, environment: &[], agent: "", secrets: Secrets::NONE };
    observe(which, &around, Duration::from_secs(10))
}

fn of(sample: &Sample, reading: ProcessReading) -> f64 {
    read(sample, &Reading::Process(reading)).unwrap_or(f64::NAN)
}

#[test]
fn a_busy_process_is_found_by_each_way_and_measured_as_ps_does() {
    let folder = tempfile::tempdir().unwrap();
    // A copy of its own name, so that nothing else on the machine has it.
    let program = folder.path().join("readiness-busy-loop-test");
    std::fs::copy("/bin/sh", &program).unwrap();
    let child = Command::new(&program).args(["-c", "while :; do :; done", "marker-7d1f"]).spawn().unwrap();
    let started = Started(child);
    let pid = started.0.id();
    std::fs::write(folder.path().join("a.pid"), format!("{pid}\nmore\n")).unwrap();
    for which in [
        Which::Name("readiness-busy-loop-test".to_owned()),
        Which::CommandLine("done marker-7d1f".to_owned()),
        Which::PidFile("a.pid".into()),
    ] {
        let sample = look(&which, folder.path()).unwrap();
        assert_eq!(sample.each.len(), 1, "{which:?}");
        // It takes what it gets of one processor, beside other tests.
        let cpu = of(&sample, ProcessReading::Cpu);
        assert!((0.05..1.2).contains(&cpu), "{which:?}: {cpu}");
        assert!(of(&sample, ProcessReading::Age) < 60.0);
        // The same number as the kernel and ps(1) have it.
        let ps = Command::new("ps").args(["-o", "rss=,nlwp=", "-p", &pid.to_string()]).output().unwrap();
        let text = String::from_utf8(ps.stdout).unwrap();
        let numbers: Vec<f64> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
        let memory = of(&sample, ProcessReading::Memory);
        assert!((memory - numbers[0] * 1024.0).abs() < 262_144.0, "{memory} is not {} KiB", numbers[0]);
        assert_eq!(Some(&of(&sample, ProcessReading::Threads)), numbers.get(1));
        let descriptors = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count();
        assert_eq!(of(&sample, ProcessReading::Descriptors), f64::from(u32::try_from(descriptors).unwrap()));
        let share = of(&sample, ProcessReading::DescriptorsUsed);
        assert!(share > 0.0 && share < 0.5, "{share}");
    }
    drop(started);
    assert!(matches!(look(&Which::PidFile("a.pid".into()), folder.path()), Err(Trouble::Absent(_))));
}

#[test]
fn several_are_summed_up() {
    let seen = |memory, descriptors, allowed, age| Seen {
        memory,
        descriptors: Some(descriptors),
        allowed: Some(allowed),
        threads: Some(3),
        age,
    };
    let sample = Sample { cpu: 1.5, each: vec![seen(100, 10, 100, 9), seen(50, 20, 40, 4)] };
    for (reading, expected) in [
        (ProcessReading::Cpu, 1.5),
        (ProcessReading::Memory, 150.0),
        (ProcessReading::Descriptors, 30.0),
        (ProcessReading::DescriptorsUsed, 0.5),
        (ProcessReading::Threads, 6.0),
        (ProcessReading::Count, 2.0),
        (ProcessReading::Age, 4.0),
    ] {
        assert!((of(&sample, reading) - expected).abs() < 1e-9, "{reading:?}");
    }
    // Of one of them it is not known: then of all of them together it is not.
    let hidden = Sample { each: vec![seen(1, 1, 1, 1), Seen::default()], ..sample };
    for reading in [ProcessReading::Descriptors, ProcessReading::DescriptorsUsed, ProcessReading::Threads] {
        assert!(of(&hidden, reading).is_nan(), "{reading:?}");
    }
}

#[test]
fn what_does_not_run_is_absent_and_no_zero() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("empty.pid"), "").unwrap();
    std::fs::write(folder.path().join("gone.pid"), "4194305").unwrap();
    for which in [
        Which::Name("no-such-program-here".to_owned()),
        Which::CommandLine("no such command line 8a61".to_owned()),
        Which::PidFile("absent.pid".into()),
        Which::PidFile("gone.pid".into()),
    ] {
        assert!(matches!(look(&which, folder.path()), Err(Trouble::Absent(_))), "{which:?}");
    }
    assert!(matches!(look(&Which::PidFile("empty.pid".into()), folder.path()), Err(Trouble::Failed(_))));
}

#[test]
fn this_program_sees_itself() {
    let sample = look(&Which::Own, Path::new("/")).unwrap();
    assert!(of(&sample, ProcessReading::Memory) > 1e6);
    assert!(of(&sample, ProcessReading::Descriptors) >= 3.0);
    assert!(of(&sample, ProcessReading::Threads) >= 1.0);
    assert_eq!(sample.each.len(), 1);
}
