#![allow(clippy::disallowed_methods, reason = "tests prepare small files")]

use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::baseline::secrets::Secrets;

/// A folder with a program of the name `nvidia-smi` in it.
fn with_program(script: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nvidia-smi");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn look(sysfs: &Path, search: &Path) -> Result<Vec<Sample>, Trouble> {
    let environment = [("PATH".to_owned(), format!("{}:/usr/bin:/bin", search.display()).into())];
    let around =
        Surroundings { folder: search, environment: &environment, agent: "", secrets: Secrets::NONE };
    observe_at(sysfs, &around, Duration::from_secs(10))
}

fn of(samples: &[Sample], which: Option<u32>, reading: GpuReading) -> Result<f64, Trouble> {
    read(samples, &Reading::Gpu(which, reading))
}

#[test]
fn nvidia_smi_is_asked_and_understood() {
    // Two lines in the form of `--format=csv,noheader,nounits`.
    let folder = with_program(
        "case \"$*\" in *--query-gpu=*memory.total*noheader,nounits*) ;; *) exit 2;; esac\n\
         echo '40, 8192, 16384, 61, 150.50'; echo '80, 4096, 16384, 70, 99.50'",
    );
    let samples = look(Path::new("/no/such"), folder.path()).unwrap();
    for (which, reading, expected) in [
        (None, GpuReading::Usage, 0.6),
        (None, GpuReading::MemoryUsed, 0.5),
        (None, GpuReading::Memory, 12_884_901_888.0),
        (None, GpuReading::Temperature, 70.0),
        (None, GpuReading::Power, 250.0),
        (None, GpuReading::Count, 2.0),
        (Some(1), GpuReading::Usage, 0.8),
        (Some(1), GpuReading::MemoryUsed, 0.25),
        (Some(0), GpuReading::Temperature, 61.0),
    ] {
        let found = of(&samples, which, reading).unwrap();
        assert!((found - expected).abs() < 1e-9, "{reading:?}: {found}");
    }
    assert!(matches!(of(&samples, Some(2), GpuReading::Usage), Err(Trouble::Absent(_))));
}

#[test]
fn what_a_processor_does_not_tell_is_absent() {
    let samples = parse("[N/A], 100, 200, 50, [Not Supported]\n10, 100, 200, 50, 5.0\n").unwrap();
    assert!(matches!(of(&samples, None, GpuReading::Usage), Err(Trouble::Absent(_))));
    assert!(matches!(of(&samples, None, GpuReading::Power), Err(Trouble::Absent(_))));
    assert_eq!(of(&samples, None, GpuReading::MemoryUsed), Ok(0.5));
    assert_eq!(of(&samples, Some(1), GpuReading::Power), Ok(5.0));
    for wrong in ["1, 2, 3", "1, 2, 3, 4, 5, 6", "a, 2, 3, 4, 5", "nan, 1, 1, 1, 1", "No such option"] {
        assert!(parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn no_processor_is_absent_and_a_broken_driver_failed() {
    let nothing = tempfile::tempdir().unwrap();
    assert!(matches!(look(nothing.path(), nothing.path()), Err(Trouble::Absent(_))));
    let none = with_program("echo No devices were found; exit 6");
    assert!(matches!(look(nothing.path(), none.path()), Err(Trouble::Absent(_))));
    let broken = with_program("echo 'NVIDIA-SMI has failed because it could not talk to the driver'; exit 9");
    let Err(Trouble::Failed(words)) = look(nothing.path(), broken.path()) else {
        panic!("expected a failure")
    };
    assert!(words.contains("exit code 9") && words.contains("driver"), "{words}");
}

#[test]
fn the_kernel_tells_of_amd_processors() {
    let root = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    put("card1/device/gpu_busy_percent", "37\n");
    put("card1/device/mem_info_vram_used", "536870912\n");
    put("card1/device/mem_info_vram_total", "2147483648\n");
    put("card1/device/hwmon/hwmon3/temp1_input", "54000\n");
    put("card1/device/hwmon/hwmon3/power1_average", "35500000\n");
    put("card1-DP-1/device/gpu_busy_percent", "99\n");
    put("card0/device/vendor", "0x8086\n");
    let nothing = tempfile::tempdir().unwrap();
    let samples = look(root.path(), nothing.path()).unwrap();
    let expected = Sample {
        usage: Some(0.37),
        used: Some(536_870_912.0),
        total: Some(2_147_483_648.0),
        temperature: Some(54.0),
        power: Some(35.5),
    };
    assert_eq!(samples, [expected]);
    assert_eq!(of(&samples, None, GpuReading::MemoryUsed), Ok(0.25));
}
