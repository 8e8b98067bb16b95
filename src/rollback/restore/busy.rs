//! Programs that have a file open which is about to be replaced: they go on with the old one.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Most processes looked at.
#[cfg(target_os = "linux")]
const PROCESSES: usize = 65_536;
/// Most open files looked at, of all processes together.
#[cfg(target_os = "linux")]
const FILES: usize = 1 << 20;
/// Most programs told.
#[cfg(target_os = "linux")]
const TOLD: usize = 100;

/// A program that has a file open: its number, its name, the file's name.
pub(super) type Open = (u32, String, String);

/// Programs of others that have one of some files open, as far as they may be seen; files by path, with the names to tell.
#[cfg(target_os = "linux")]
pub(super) fn open_by(targets: &HashMap<PathBuf, String>) -> Vec<Open> {
    let mut found = Vec::new();
    if targets.is_empty() {
        return found;
    }
    let own = std::process::id();
    let mut seen = 0;
    let numbers = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    for number in numbers.filter(|number| *number != own).take(PROCESSES) {
        let folder = Path::new("/proc").join(number.to_string());
        for entry in std::fs::read_dir(folder.join("fd")).into_iter().flatten().flatten() {
            seen += 1;
            if seen > FILES || found.len() >= TOLD {
                return found;
            }
            let Ok(file) = std::fs::read_link(entry.path()) else { continue };
            let Some(name) = targets.get(&file) else { continue };
            let program = std::fs::read(folder.join("comm")).unwrap_or_default();
            let program = String::from_utf8_lossy(&program).into_owned();
            let one = (number, crate::host::terminal::clean(program.trim()), name.clone());
            if !found.contains(&one) {
                found.push(one);
            }
        }
    }
    found.sort();
    found
}

/// Where the system does not say, nothing is known.
#[cfg(not(target_os = "linux"))]
pub(super) fn open_by(_targets: &HashMap<PathBuf, String>) -> Vec<Open> {
    Vec::new()
}
