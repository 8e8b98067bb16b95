//! Files whose bytes on disk may be others than those of their blob.
//!
//! Git changes bytes between the two when a filter, `ident`, an encoding or line ends say so. Attributes and settings tell
//! which files that can be. Of files that only line ends can concern, those with as many bytes as their blob are the same:
//! on the way out git only adds carriage returns, on the way in it only takes some away.

mod attributes;
mod pointer;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use super::{Conversion, PATIENCE, Tracked};
use crate::host::git_stream::stream;
use crate::rollback::point::RawPath;
use crate::rollback::tree::place::records;
use crate::rollback::tree::{Place, blobs};

/// What is asked of git about each file, in the order of [`Attributes`].
const ASKED: [&str; 6] = ["text", "crlf", "eol", "ident", "filter", "working-tree-encoding"];

/// Those of the given entries whose bytes on disk may be others than those of the blob, with how they come about. Asked only
/// where attributes or settings of the repository can have such an effect at all. Entries of files in conflict, and files
/// that differ from the index anyway, are no concern of this.
///
/// # Errors
/// Git fails, in words.
pub fn converted(place: &Place, tracked: &[Tracked]) -> Result<Vec<(RawPath, Conversion)>, String> {
    let files: Vec<&Tracked> =
        tracked.iter().filter(|entry| entry.stage == 0 && entry.mode & 0o170_000 == 0o100_000).collect();
    let line_ends = attributes::has_line_ends(place)?;
    if files.is_empty() || (!line_ends && !attributes::may_convert(place, tracked)) {
        return Ok(Vec::new());
    }
    let mut judged: Vec<(&Tracked, Effect)> = Vec::new();
    attributes_of(place, &files, &mut |entry, found| {
        let effect = found.effect(line_ends);
        if effect != Effect::None {
            judged.push((entry, effect));
        }
    })?;
    let same = same_length(place, &judged)?;
    let mut pointers = pointers(place, &judged)?;
    let mut answer: Vec<(RawPath, Conversion)> = Vec::new();
    for (at, (entry, effect)) in judged.iter().enumerate() {
        if *effect == Effect::LineEnds && same.contains(&at) {
            continue;
        }
        let lfs = pointers.remove(&at);
        answer.push((entry.path.clone(), lfs.unwrap_or(Conversion::Other)));
    }
    answer.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    answer.dedup_by(|a, b| a.0 == b.0);
    Ok(answer)
}

/// What attributes can do to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    None,
    LineEnds,
    Lfs,
    Other,
}

/// The attributes of a file, as `git check-attr` names them: `unspecified`, `set`, `unset`, or a value.
#[derive(Default)]
struct Attributes([Vec<u8>; 6]);

impl Attributes {
    /// What they do; `line_ends` says that a setting converts line ends of files that nothing is said of.
    fn effect(&self, line_ends: bool) -> Effect {
        let [text, crlf, eol, ident, filter, encoding] = self.0.each_ref().map(Vec::as_slice);
        let is_off = |value: &[u8]| matches!(value, b"unspecified" | b"unset");
        if filter == b"lfs" {
            return Effect::Lfs;
        }
        if !is_off(filter) || !is_off(ident) || !is_off(encoding) {
            return Effect::Other;
        }
        // `crlf` is the old name of `text`, and counts where that says nothing.
        let text = if text == b"unspecified" { crlf } else { text };
        match text {
            b"unset" => Effect::None,
            b"unspecified" if is_off(eol) && !line_ends => Effect::None,
            _ => Effect::LineEnds,
        }
    }
}

/// Asks git for the attributes of files.
fn attributes_of<'t>(
    place: &Place,
    files: &[&'t Tracked],
    each: &mut dyn FnMut(&'t Tracked, &Attributes),
) -> Result<(), String> {
    let mut input = Vec::with_capacity(files.len() * 40);
    for entry in files {
        input.extend_from_slice(entry.path.bytes());
        input.push(0);
    }
    let call =
        place.about_tree(["check-attr", "-z", "--stdin"]).with(ASKED).within(PATIENCE).at_most(16 << 30);
    let odd = || "its output is not understood".to_owned();
    let mut left = files.iter();
    let mut found = Attributes::default();
    let mut number = 0;
    stream(&call, Some(&mut input.as_slice()), &mut |reader| {
        // Path, attribute and value, for each attribute of each path in the order they were asked for.
        records(reader, 0, &mut |record| {
            if number % 3 == 2 {
                found.0.get_mut(number / 3).ok_or_else(odd)?.splice(.., record.iter().copied());
            }
            number += 1;
            if number == 3 * ASKED.len() {
                number = 0;
                each(left.next().ok_or_else(odd)?, &found);
            }
            Ok(())
        })
    })?;
    if left.next().is_none() && number == 0 {
        Ok(())
    } else {
        Err("git check-attr: it answered too little".to_owned())
    }
}

/// Those of the files that only line ends can concern, by number, which have as many bytes as their blob.
fn same_length(place: &Place, judged: &[(&Tracked, Effect)]) -> Result<BTreeSet<usize>, String> {
    let numbers: Vec<usize> = judged
        .iter()
        .enumerate()
        .filter(|(_, (_, effect))| *effect == Effect::LineEnds)
        .map(|(at, _)| at)
        .collect();
    if numbers.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut input = Vec::with_capacity(numbers.len() * 41);
    for (entry, _) in numbers.iter().filter_map(|at| judged.get(*at)) {
        input.extend_from_slice(entry.oid.as_bytes());
        input.push(b'\n');
    }
    let call = place.about_objects(["cat-file", "--batch-check=%(objectsize)", "--buffer"]).within(PATIENCE);
    let mut same = BTreeSet::new();
    let mut left = numbers.iter();
    stream(&call, Some(&mut input.as_slice()), &mut |reader| {
        records(reader, b'\n', &mut |line| {
            let Some(at) = left.next() else { return Err("its output is not understood".to_owned()) };
            // A blob that is missing has no size, and the file is captured.
            let size = std::str::from_utf8(line).ok().and_then(|text| text.parse::<u64>().ok());
            let on_disk = judged.get(*at).and_then(|(entry, _)| {
                let meta = place.work.join(entry.path.to_path()).symlink_metadata().ok()?;
                meta.is_file().then_some(meta.len())
            });
            if size.is_some() && size == on_disk {
                same.insert(*at);
            }
            Ok(())
        })
    })?;
    Ok(same)
}

/// What the pointers of Git LFS among the blobs name, by number.
fn pointers(place: &Place, judged: &[(&Tracked, Effect)]) -> Result<BTreeMap<usize, Conversion>, String> {
    let numbers: Vec<usize> = judged
        .iter()
        .enumerate()
        .filter(|(_, (_, effect))| *effect == Effect::Lfs)
        .map(|(at, _)| at)
        .collect();
    let oids: Vec<String> =
        numbers.iter().filter_map(|at| judged.get(*at)).map(|(entry, _)| entry.oid.clone()).collect();
    // Where one is missing, none of them can be asked for in this way.
    let gone: BTreeSet<String> = crate::rollback::tree::missing(place, &oids)?.into_iter().collect();
    let (numbers, oids): (Vec<usize>, Vec<String>) =
        numbers.into_iter().zip(oids).filter(|(_, oid)| !gone.contains(oid)).unzip();
    let mut found = BTreeMap::new();
    blobs(place, &oids, &mut |at, reader, size| {
        if size >= pointer::LONGEST {
            return Ok(());
        }
        let mut bytes = Vec::new();
        reader.take(pointer::LONGEST).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        if let (Some(pointer), Some(number)) = (pointer::parse(&bytes), numbers.get(at)) {
            found.insert(*number, pointer::conversion(place, pointer));
        }
        Ok(())
    })?;
    Ok(found)
}
