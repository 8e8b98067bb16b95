//! The machine of a capture.

use sha2::{Digest as _, Sha256};

use super::capture::Machine;
use crate::host::machine;
use crate::report::Environment;

/// What memory is rounded to, in bytes: a virtual machine has a little more or less each time that it starts.
const STEP: u64 = 64 << 20;

/// This machine. Never fails: what the system does not tell is empty, or 0.
#[must_use]
pub fn this() -> Machine {
    let found = machine::machine();
    let environment = Environment {
        cpu: found.cpu,
        cores: found.cores,
        governor: found.governor,
        system: found.system,
        kernel: found.kernel,
    };
    let memory = rounded(memory());
    Machine { fingerprint: fingerprint(&environment, memory), environment, memory }
}

/// Bytes of memory that programs here may use together: what a control group allows counts.
fn memory() -> u64 {
    let Ok(mut system) = sysinfo::System::new() else { return 0 };
    system.refresh_memory();
    let all = system.total_memory();
    system
        .cgroup_limits()
        .map(|limits| limits.total_memory)
        .filter(|limit| *limit > 0)
        .map_or(all, |limit| limit.min(all))
}

/// To the nearest [`STEP`].
const fn rounded(bytes: u64) -> u64 {
    bytes.saturating_add(STEP / 2) / STEP * STEP
}

/// First 16 hex digits of the SHA-256 over processor, cores, governor, system and memory, each followed by a line end. The
/// kernel is left out: an update of it must not end a history.
fn fingerprint(environment: &Environment, memory: u64) -> String {
    let governor = environment.governor.as_deref().unwrap_or_default();
    let Environment { cpu, cores, system, .. } = environment;
    let text = format!("{cpu}\n{cores}\n{governor}\n{system}\n{memory}\n");
    Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_machines_have_equal_fingerprints() {
        let environment = |cpu: &str, kernel: &str| Environment {
            cpu: cpu.to_owned(),
            cores: 8,
            governor: None,
            system: "linux x86_64".to_owned(),
            kernel: Some(kernel.to_owned()),
        };
        // printf 'A\n8\n\nlinux x86_64\n1073741824\n' | sha256sum
        let expected = "f17de4ef58fefd34";
        assert_eq!(fingerprint(&environment("A", "6.1"), 1 << 30), expected);
        assert_eq!(fingerprint(&environment("A", "6.2"), 1 << 30), expected);
        assert_ne!(fingerprint(&environment("B", "6.1"), 1 << 30), expected);
        assert_ne!(fingerprint(&environment("A", "6.1"), 2 << 30), expected);
    }

    #[test]
    fn memory_is_rounded_to_64_mebibytes() {
        assert_eq!(rounded(0), 0);
        assert_eq!(rounded((1 << 30) + 1_000_000), 1 << 30);
        assert_eq!(rounded((1 << 30) - 1_000_000), 1 << 30);
        assert_eq!(rounded((1 << 30) + (40 << 20)), (1 << 30) + (64 << 20));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_machine_is_the_same_each_time() {
        let machine = this();
        assert_eq!(machine, this());
        assert_eq!(machine.fingerprint.len(), 16);
        let text = std::fs::read_to_string("/proc/meminfo").unwrap();
        let kilobytes: u64 = text.lines().next().unwrap().split_whitespace().nth(1).unwrap().parse().unwrap();
        assert!(machine.memory > 0 && machine.memory <= kilobytes * 1024 + STEP, "{}", machine.memory);
    }
}
