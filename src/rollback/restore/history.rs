//! Objects that a repository lost since, brought back by git itself from the bundles of the point.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use super::Order;
use super::journal::Journal;
use super::look::Print;
use super::plan::Plan;
use super::site::{Failure, Site};
use super::stage::{Fill, Objects, slot};
use crate::formats::hex;
use crate::host::disk::Access;
use crate::host::files::open_regular;
use crate::rollback::point::{RawPath, Repository};
use crate::rollback::tree;

/// Largest index read, in bytes.
const INDEX: u64 = 1 << 30;

/// The repository at a path of the tree.
pub(super) fn place(path: &RawPath, site: &Site<'_>) -> Result<tree::Place, Failure> {
    let work = if path.is_empty() { site.root.to_owned() } else { site.root.join(path.to_path()) };
    let found = tree::place(&work).map_err(|reason| Failure::of(path, reason))?;
    found.ok_or_else(|| Failure::of(path, "there is no git repository here any more: bring it back first"))
}

/// Brings back what is missing, where anything is. Objects are only added.
pub(super) fn bring_back(
    order: &Order<'_>,
    objects: &Objects<'_>,
    plan: &Plan<'_>,
    blobs: &BTreeMap<&RawPath, Vec<(usize, &str)>>,
    site: &Site<'_>,
) -> Result<(), Failure> {
    for repository in order.then.point.repositories.iter().filter(|one| !one.bundles.is_empty()) {
        let needed = needed(order, repository, plan, blobs, site);
        if needed.is_empty() {
            continue;
        }
        let words = |reason: String| Failure::of(&repository.path, reason);
        let place = place(&repository.path, site)?;
        let oids: Vec<String> = needed.into_iter().collect();
        if tree::missing(&place, &oids).map_err(words)?.is_empty() {
            continue;
        }
        let mut files = Vec::new();
        for (number, bundle) in (0..).zip(&repository.bundles) {
            let path = scratch(&plan.journal, site, number);
            let io = |error: std::io::Error| Failure::at(&path, error);
            let mut file = Fill::begin(site.disk, &path, Access::Private).map_err(io)?;
            objects(bundle.object, &mut file).map_err(|error| words(error.to_string()))?;
            file.end(None).map_err(io)?;
            files.push(path);
        }
        tree::bring_back(&place, &files).map_err(words)?;
        for path in &files {
            site.disk.remove_file(path).map_err(|error| Failure::at(path, error))?;
        }
        let left = tree::missing(&place, &oids).map_err(words)?;
        if let Some(first) = left.first() {
            return Err(words(format!("the bundles of the point do not hold the object {first}")));
        }
    }
    Ok(())
}

/// A file beside what is staged.
fn scratch(journal: &Journal, site: &Site<'_>, number: u64) -> std::path::PathBuf {
    slot(journal, site, 0, number).with_file_name(format!("bundle-{number}"))
}

/// Objects that what is restored leads to.
fn needed(
    order: &Order<'_>,
    repository: &Repository,
    plan: &Plan<'_>,
    blobs: &BTreeMap<&RawPath, Vec<(usize, &str)>>,
    site: &Site<'_>,
) -> BTreeSet<String> {
    let mut needed = BTreeSet::new();
    let refs = order.changes.refs.iter().filter(|change| change.repository == repository.path);
    // One that leads to another ref names no object.
    let values = refs.filter_map(|change| change.after.clone());
    needed.extend(values.filter(|value| !value.starts_with("ref: ")));
    needed.extend(blobs.get(&repository.path).into_iter().flatten().map(|(_, oid)| (*oid).to_owned()));
    let length = repository.refs.first().map_or(40, |(_, oid)| oid.len());
    let mut has_state = false;
    for operation in &plan.journal.operations {
        let name = operation.at.path.bytes().rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        if !operation.at.git || !operation.at.path.lies_in(&repository.git_dir) {
            continue;
        }
        has_state = true;
        if name != b"index" && !name.starts_with(b"sharedindex.") {
            continue;
        }
        if let Print::File { .. } = operation.new {
            let new = listed(&slot(&plan.journal, site, operation.slot, operation.number), length / 2);
            let old = listed(&site.at(&operation.at), length / 2);
            needed.extend(new.difference(&old).cloned());
        }
    }
    if has_state {
        needed.extend(repository.head.commit().map(str::to_owned));
    }
    needed
}

/// The blobs that an index names (gitformat-index(5)); as far as it can be read.
fn listed(path: &std::path::Path, width: usize) -> BTreeSet<String> {
    let mut bytes = Vec::new();
    let read = open_regular(path).and_then(|(file, _)| file.take(INDEX).read_to_end(&mut bytes));
    if read.is_ok() { blobs_of(&bytes, width).unwrap_or_default() } else { BTreeSet::new() }
}

fn blobs_of(index: &[u8], width: usize) -> Option<BTreeSet<String>> {
    let number = |bytes: &[u8]| Some(u32::from_be_bytes(bytes.try_into().ok()?));
    let mut rest = index.strip_prefix(b"DIRC")?;
    let version = number(rest.get(..4)?)?;
    let count = number(rest.get(4..8)?)?;
    rest = rest.get(8..)?;
    let mut blobs = BTreeSet::new();
    for _ in 0..count {
        // Ten numbers of what the file was, the object, flags: sixteen bits, and sixteen more where the second says so.
        let mode = number(rest.get(24..28)?)?;
        let oid = rest.get(40..40 + width)?;
        let flags = rest.get(40 + width..42 + width)?;
        let more = if version >= 3 && flags.first()? & 0x40 != 0 { 2 } else { 0 };
        let fixed = 42 + width + more;
        // Submodules name commits of other repositories.
        if mode & 0o170_000 != 0o160_000 {
            blobs.insert(hex::encode(oid));
        }
        let name = rest.get(fixed..)?;
        let length = name.iter().position(|byte| *byte == 0)?;
        let size = match version {
            2 | 3 => (fixed + length + 8) & !7,
            4 => {
                // A number of bytes that are cut off the name before: seven bits in each byte, and a NUL ends the rest.
                let digits = name.iter().position(|byte| byte & 0x80 == 0)? + 1;
                let length = name.get(digits..)?.iter().position(|byte| *byte == 0)?;
                fixed + digits + length + 1
            }
            _ => return None,
        };
        rest = rest.get(size..)?;
    }
    Some(blobs)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_blobs_of_an_index_are_those_that_git_lists() {
        let folder = tempfile::tempdir().unwrap();
        let git = |arguments: &[&str]| {
            let done = Command::new("git").args(arguments).current_dir(folder.path()).output().unwrap();
            assert!(done.status.success(), "{arguments:?}: {done:?}");
            String::from_utf8(done.stdout).unwrap()
        };
        git(&["init", "-q"]);
        for number in 0..40 {
            let name = format!("{}{number}", "n".repeat(number));
            std::fs::File::create(folder.path().join(&name)).unwrap();
            std::fs::copy("Cargo.toml", folder.path().join(&name)).unwrap();
            let mut file = std::fs::OpenOptions::new().append(true).open(folder.path().join(&name)).unwrap();
            std::io::Write::write_all(&mut file, &[b'x'; 40][..number]).unwrap();
        }
        git(&["add", "."]);
        git(&["add", "-N", "."]);
        for version in ["2", "3", "4"] {
            git(&["update-index", "--index-version", version]);
            let wanted: BTreeSet<String> =
                git(&["ls-files", "-s"]).lines().map(|line| line[7..47].to_owned()).collect();
            assert_eq!(wanted.len(), 40);
            assert_eq!(listed(&folder.path().join(".git/index"), 20), wanted, "version {version}");
        }
        assert_eq!(blobs_of(b"DIRC\0\0\0\x02\0\0\0\x01", 20), None);
    }
}
