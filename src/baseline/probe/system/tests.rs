use super::*;

fn of(sample: &Sample, reading: SystemReading) -> Result<f64, Trouble> {
    read(sample, &Reading::System(reading))
}

#[test]
fn numbers_are_reckoned_as_the_names_say() {
    let sample = Sample {
        cpu: 0.25,
        processors: 4,
        load: Some([2.0, 1.0, 6.0]),
        memory: (1000, 250),
        swap: (200, 50),
        // `df`: 60 of the 80 that users may have are used.
        disk: Some(Ok(Space { used: 60, available: 20 })),
        descriptors: Some((30, 120)),
        processes: 7,
        uptime: Some(99),
    };
    for (reading, expected) in [
        (SystemReading::CpuUsage, 0.25),
        (SystemReading::Load1, 0.5),
        (SystemReading::Load5, 0.25),
        (SystemReading::Load15, 1.5),
        (SystemReading::MemoryUsed, 0.75),
        (SystemReading::MemoryAvailable, 250.0),
        (SystemReading::SwapUsed, 0.25),
        (SystemReading::DiskUsed, 0.75),
        (SystemReading::DiskFree, 20.0),
        (SystemReading::OpenFiles, 0.25),
        (SystemReading::Processes, 7.0),
        (SystemReading::Uptime, 99.0),
    ] {
        assert_eq!(of(&sample, reading), Ok(expected), "{reading:?}");
    }
    assert!(read(&sample, &Reading::Latency).is_err());
}

#[test]
fn what_is_not_there_is_no_zero() {
    let none = Sample::default();
    for reading in [SystemReading::Load1, SystemReading::SwapUsed, SystemReading::OpenFiles] {
        assert!(matches!(of(&none, reading), Err(Trouble::Absent(_))), "{reading:?}");
    }
    for reading in [
        SystemReading::MemoryUsed,
        SystemReading::MemoryAvailable,
        SystemReading::DiskUsed,
        SystemReading::DiskFree,
        SystemReading::Uptime,
    ] {
        assert!(matches!(of(&none, reading), Err(Trouble::Failed(_))), "{reading:?}");
    }
}

#[test]
fn the_table_of_descriptors_is_read() {
    // Allocated, free, most, as proc(5) has them.
    assert_eq!(parse_file_nr("1632\t32\t97816\n"), Some((1600, 97_816)));
    assert_eq!(parse_file_nr("1632\t0\t9223372036854775807\n"), Some((1632, 9_223_372_036_854_775_807)));
    for wrong in ["", "1 2", "a b c", "-1 0 5"] {
        assert_eq!(parse_file_nr(wrong), None, "{wrong}");
    }
}

/// The last line of what a program prints, as words.
#[cfg(target_os = "linux")]
fn last_line(program: &str, arguments: &[&str]) -> Vec<String> {
    let output = std::process::Command::new(program).args(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().last().unwrap().split_whitespace().map(str::to_owned).collect()
}

#[test]
#[cfg(target_os = "linux")]
fn this_machine_is_seen_as_other_programs_see_it() {
    let limit = Duration::from_secs(5);
    let sample = observe(Path::new("/"), limit).unwrap();
    let near = |found: f64, expected: f64, share: f64| {
        assert!((found - expected).abs() <= share * expected.max(1.0), "{found} is not {expected}");
    };
    // GNU df, coreutils.
    let df = last_line("df", &["-B1", "--output=used,avail", "/"]);
    let (used, available): (f64, f64) = (df[0].parse().unwrap(), df[1].parse().unwrap());
    near(of(&sample, SystemReading::DiskFree).unwrap(), available, 0.05);
    near(of(&sample, SystemReading::DiskUsed).unwrap(), used / (used + available), 0.02);
    // The kernel's own words.
    let text = std::fs::read_to_string("/proc/meminfo").unwrap();
    let kilobytes = |key: &str| -> f64 {
        let line = text.lines().find(|line| line.starts_with(key)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    let (total, available) = (kilobytes("MemTotal:"), kilobytes("MemAvailable:"));
    near(of(&sample, SystemReading::MemoryUsed).unwrap(), 1.0 - available / total, 0.1);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap();
    let fifteen: f64 = load.split_whitespace().nth(2).unwrap().parse().unwrap();
    let text = std::fs::read_to_string("/proc/stat").unwrap();
    let processors = text.lines().filter(|line| line.starts_with("cpu") && !line.starts_with("cpu ")).count();
    assert_eq!(sample.processors, processors);
    near(
        of(&sample, SystemReading::Load15).unwrap(),
        fifteen / f64::from(u32::try_from(processors).unwrap()),
        0.2,
    );
    let uptime = std::fs::read_to_string("/proc/uptime").unwrap();
    near(
        of(&sample, SystemReading::Uptime).unwrap(),
        uptime.split_whitespace().next().unwrap().parse().unwrap(),
        0.01,
    );
    let cpu = of(&sample, SystemReading::CpuUsage).unwrap();
    assert!((0.0..=1.0).contains(&cpu), "{cpu}");
}

#[test]
fn a_path_that_is_not_there_has_no_file_system() {
    let sample = observe(Path::new("/no/such/path/here"), Duration::from_secs(5)).unwrap();
    assert!(matches!(of(&sample, SystemReading::DiskUsed), Err(Trouble::Failed(_))));
    assert!(of(&sample, SystemReading::MemoryUsed).is_ok(), "the rest is known");
    assert!(observe(Path::new("/"), Duration::from_millis(50)).is_err());
}
