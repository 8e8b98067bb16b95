//! The machine that a measurement is made on: enough to see whether two measurements were made on the same.

/// What is known of the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Model of the processor, as the system names it; empty when it does not.
    pub cpu: String,
    /// Cores that this program may use, from 1: affinity and quotas of control groups count.
    pub cores: u32,
    /// Frequency governor of the first core, where there is one.
    pub governor: Option<String>,
    /// Operating system and architecture: `linux x86_64`.
    pub system: String,
    /// Release of the kernel.
    pub kernel: Option<String>,
}

/// What is known of this machine. Never fails: what cannot be read is empty.
#[must_use]
pub fn machine() -> Machine {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    let cores = u32::try_from(cores).unwrap_or(u32::MAX);
    Machine { cores, system, ..of_the_system() }
}

#[cfg(not(target_os = "linux"))]
fn of_the_system() -> Machine {
    Machine::default()
}

#[cfg(target_os = "linux")]
fn of_the_system() -> Machine {
    use super::procfs::{head, plain};

    let text = |path: &str, limit: u64| {
        head(path, limit).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    };
    let line = |path: &str| Some(plain(&text(path, 256))).filter(|line| !line.is_empty());
    Machine {
        // One core says it for all; 64 KiB hold several, however many flags they list.
        cpu: processor(&text("/proc/cpuinfo", 64 << 10)),
        governor: line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        kernel: line("/proc/sys/kernel/osrelease"),
        ..Machine::default()
    }
}

/// The processor's model from `/proc/cpuinfo`, whose keys are each architecture's own: `model name` (x86, s390),
/// `cpu model` (MIPS), `cpu` (POWER), `uarch` (RISC-V), `Hardware` and numbers of maker and part (ARM).
#[cfg(target_os = "linux")]
fn processor(text: &str) -> String {
    let value = |wanted: &str| {
        text.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            let value = super::procfs::plain(value);
            (key.trim() == wanted && !value.is_empty()).then_some(value)
        })
    };
    let named = ["model name", "cpu model", "cpu", "uarch", "Hardware"].into_iter().find_map(value);
    let numbered =
        || Some(format!("ARM implementer {} part {}", value("CPU implementer")?, value("CPU part")?));
    named.or_else(numbered).unwrap_or_default()
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn processors_are_named_as_each_architecture_does() {
        for (text, expected) in [
            (
                "processor\t: 0\nmodel\t\t: 207\nmodel name\t: Intel(R)  Xeon(R) Processor\n",
                "Intel(R) Xeon(R) Processor",
            ),
            (
                "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n",
                "ARM implementer 0x41 part 0xd0c",
            ),
            ("CPU implementer\t: 0x41\nCPU part\t: 0xb76\n\nHardware\t: BCM2835\n", "BCM2835"),
            ("cpu\t\t: POWER9, altivec supported\n", "POWER9, altivec supported"),
            ("model name\t:\nno colon\n", ""),
            ("", ""),
        ] {
            assert_eq!(processor(text), expected);
        }
    }

    #[test]
    fn this_machine_is_known() {
        let machine = machine();
        assert!(machine.cores >= 1);
        assert!(machine.system.starts_with("linux "), "{}", machine.system);
        assert!(machine.kernel.is_some_and(|kernel| kernel.contains('.')));
    }
}
