//! What only the index knows, and what operations in progress lead to.

use std::collections::BTreeSet;
use std::io::Read as _;

use super::{PATIENCE, mode_of};
use crate::host::files::open_regular;
use crate::host::git_stream::{stream, whole};
use crate::rollback::tree::place::{is_oid, oid_of, records};
use crate::rollback::tree::{Place, missing, state_files};

/// The mode of a submodule.
const SUBMODULE: u32 = 0o160_000;
/// Largest file of an operation in progress that is searched for names of objects, in bytes.
const STATE_FILE: u64 = 4 << 20;
/// Most names taken from such files.
const MOST: usize = 100_000;

/// Objects (hex) that the index has and the commit checked out has not, without submodules, and objects that an operation in
/// progress names and that are there, sorted; and how many paths differ between index and commit, those in conflict aside.
///
/// # Errors
/// Git fails, in words.
pub fn staged(place: &Place) -> Result<(Vec<String>, u64), String> {
    let mut found = Found::default();
    if !found.against_commit(place)? {
        found.everything(place)?;
    }
    if found.in_conflict || index_says(place, b"REUC") {
        found.in_conflicts(place)?;
    }
    found.in_operations(place)?;
    let mut oids = found.oids;
    if !found.doubtful.is_empty() {
        found.doubtful.sort_unstable();
        found.doubtful.dedup();
        let gone: BTreeSet<String> = missing(place, &found.doubtful)?.into_iter().collect();
        oids.extend(found.doubtful.into_iter().filter(|oid| !gone.contains(oid)));
    }
    oids.sort_unstable();
    oids.dedup();
    Ok((oids, found.count))
}

#[derive(Default)]
struct Found {
    oids: Vec<String>,
    /// Those that git may have forgotten.
    doubtful: Vec<String>,
    count: u64,
    in_conflict: bool,
}

impl Found {
    /// Compares index and commit; false when there is no commit.
    fn against_commit(&mut self, place: &Place) -> Result<bool, String> {
        let head = place.about_objects(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
        // Where the commit cannot be read, all of the index is taken: more is harmless.
        if whole(&head.within(PATIENCE), None).is_err() {
            return Ok(false);
        }
        let arguments =
            ["diff-index", "--cached", "--raw", "-z", "--no-renames", "--ignore-submodules=dirty", "HEAD"];
        let call = place.about_tree(arguments).within(PATIENCE);
        stream(&call, None, &mut |reader| records(reader, 0, &mut |record| self.difference(record)))?;
        Ok(true)
    }

    /// `:MODE MODE OID OID STATUS`; the path stands in a record of its own.
    fn difference(&mut self, record: &[u8]) -> Result<(), String> {
        let Some(record) = record.strip_prefix(b":") else { return Ok(()) };
        let fields: Vec<&[u8]> = record.split(|byte| *byte == b' ').collect();
        let &[_, mode, _, oid, status] = fields.as_slice() else {
            return Err("its output is not understood".to_owned());
        };
        if status == b"U" {
            self.in_conflict = true;
            return Ok(());
        }
        self.count += 1;
        self.object(mode, oid)
    }

    /// The index has the object, if it is one that repositories hold.
    fn object(&mut self, mode: &[u8], oid: &[u8]) -> Result<(), String> {
        let oid = oid_of(oid)?;
        let is_none = oid.bytes().all(|digit| digit == b'0');
        if is_none || mode_of(mode).is_none_or(|mode| mode == 0 || mode == SUBMODULE) {
            return Ok(());
        }
        self.oids.push(oid);
        Ok(())
    }

    /// Before the first commit: all of the index.
    fn everything(&mut self, place: &Place) -> Result<(), String> {
        let call = place.about_tree(["ls-files", "--stage", "-z"]).within(PATIENCE);
        stream(&call, None, &mut |reader| {
            records(reader, 0, &mut |record| {
                let [mode, oid, stage] = entry(record)?;
                self.in_conflict |= stage != b"0";
                self.count += u64::from(stage == b"0");
                self.object(mode, oid)
            })
        })?;
        Ok(())
    }

    /// The stages of files in conflict, and of those whose conflict was resolved.
    fn in_conflicts(&mut self, place: &Place) -> Result<(), String> {
        let call = place.about_tree(["ls-files", "--unmerged", "--resolve-undo", "-z"]).within(PATIENCE);
        stream(&call, None, &mut |reader| {
            records(reader, 0, &mut |record| {
                let [mode, oid, _] = entry(record)?;
                let oid = oid_of(oid)?;
                if mode_of(mode).is_some_and(|mode| mode != SUBMODULE) {
                    self.doubtful.push(oid);
                }
                Ok(())
            })
        })?;
        Ok(())
    }

    /// What files of operations in progress name: commits that a rebase goes back to, the tree of a merge.
    fn in_operations(&mut self, place: &Place) -> Result<(), String> {
        for path in state_files(place)? {
            let name = path.bytes();
            let other = [
                &b"HEAD"[..],
                b"index",
                b"FETCH_HEAD",
                b"shallow",
                b"info/sparse-checkout",
                b"COMMIT_EDITMSG",
            ];
            if other.contains(&name) || name.starts_with(b"sharedindex.") {
                continue;
            }
            let Ok((file, _)) = open_regular(&place.git_dir.join(path.to_path())) else { continue };
            let mut bytes = Vec::new();
            if file.take(STATE_FILE).read_to_end(&mut bytes).is_err() {
                continue;
            }
            let words = bytes.split(|byte| !byte.is_ascii_alphanumeric());
            let named = words.filter(|word| is_oid(word) && word.iter().any(|digit| *digit != b'0'));
            let room = MOST.saturating_sub(self.doubtful.len());
            self.doubtful.extend(named.take(room).map(|word| String::from_utf8_lossy(word).into_owned()));
        }
        Ok(())
    }
}

/// Mode, object and stage of `MODE OID STAGE<tab>PATH`.
fn entry(record: &[u8]) -> Result<[&[u8]; 3], String> {
    let before = record.split(|byte| *byte == b'\t').next().unwrap_or_default();
    let mut fields = before.split(|byte| *byte == b' ');
    match (fields.next(), fields.next(), fields.next()) {
        (Some(mode), Some(oid), Some(stage)) => Ok([mode, oid, stage]),
        _ => Err("its output is not understood".to_owned()),
    }
}

/// Whether the index may have an extension of this name.
fn index_says(place: &Place, name: &[u8]) -> bool {
    let Ok((mut file, _)) = open_regular(&place.git_dir.join("index")) else { return false };
    let mut chunk = vec![0; 1 << 16];
    let mut kept = 0;
    loop {
        let Some(room) = chunk.get_mut(kept..) else { return false };
        let Ok(count @ 1..) = file.read(room) else { return false };
        let have = chunk.get(..kept + count).unwrap_or_default();
        if memchr::memmem::find(have, name).is_some() {
            return true;
        }
        // A name may stand across the border of two chunks.
        kept = have.len().min(name.len() - 1);
        let from = have.len() - kept;
        chunk.copy_within(from..from + kept, 0);
    }
}
