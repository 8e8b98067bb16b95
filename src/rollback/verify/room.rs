//! Whether there is room for what a restore stages.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::statvfs;

use super::problems::Problems;
use super::targets::Target;
use crate::rollback::restore::size_words;

/// What every file takes at least, beside its bytes: its last block, and its name.
const BLOCK: u64 = 4096;

/// Sums what would be staged by file system, `missing` (where to, and bytes) that bundles bring back too.
pub(super) fn look(
    root: &Path,
    targets: &[Target],
    missing: Option<&(PathBuf, u64)>,
    problems: &mut Problems,
) {
    // Device, and a folder on it with the bytes.
    let mut needs: BTreeMap<u64, (PathBuf, u64)> = BTreeMap::new();
    let mut devices: BTreeMap<PathBuf, Option<(u64, PathBuf)>> = BTreeMap::new();
    let files = targets.iter().filter(|target| !target.folder).map(|target| {
        (
            target.path.parent().unwrap_or(root),
            target.size.div_ceil(BLOCK).saturating_add(1).saturating_mul(BLOCK),
        )
    });
    let bundles = missing.iter().map(|(folder, bytes)| (folder.as_path(), *bytes));
    for (folder, bytes) in files.chain(bundles) {
        let device = devices.entry(folder.to_owned()).or_insert_with(|| device(folder));
        if let Some((number, nearest)) = device {
            let (_, sum) = needs.entry(*number).or_insert_with(|| (nearest.clone(), 0));
            *sum = sum.saturating_add(bytes);
        }
    }
    for (folder, needed) in needs.into_values() {
        // What cannot be asked is found when it is staged, before anything is changed.
        let Ok(found) = statvfs(&folder) else { continue };
        let free = found.f_bavail.saturating_mul(found.f_frsize);
        if needed > free {
            let words = format!("{} are needed, {} are free", size_words(needed), size_words(free));
            problems.add_at("RBK-006", &folder.display().to_string(), &words);
        }
    }
}

/// The file system of a folder, or of the nearest above it that is there.
fn device(folder: &Path) -> Option<(u64, PathBuf)> {
    folder.ancestors().find_map(|nearest| {
        let metadata = nearest.symlink_metadata().ok().filter(std::fs::Metadata::is_dir)?;
        Some((metadata.dev(), nearest.to_owned()))
    })
}
