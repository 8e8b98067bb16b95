//! The history of a repository as git bundles: those of earlier points as far as they still serve, and one with what they
//! lack.

use std::collections::{BTreeSet, HashSet};
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};

use crate::rollback::point::{Bundle, Gap, RawPath};
use crate::rollback::store::{Sink, StoreError};
use crate::rollback::tree::{History, Place, make_bundle, missing};

/// Longest chain of bundles that build upon each other; after that one is made with everything.
const CHAIN: usize = 16;

/// The bundles of a repository, oldest first. `earlier` are those that there are already.
///
/// # Errors
/// The sink fails. What git says is a gap.
pub(super) fn bundles(
    place: &Place,
    at: &RawPath,
    history: &History,
    staged: &[String],
    earlier: &[Bundle],
    sink: &mut Sink<'_>,
    gaps: &mut Vec<Gap>,
) -> Result<Vec<Bundle>, StoreError> {
    let mut gap = |reason: String| gaps.push(Gap { path: at.clone(), reason });
    let mut names = history.refs.clone();
    if let Some(commit) = history.head.commit() {
        names.push(("HEAD".to_owned(), commit.to_owned()));
    }
    let mut chain = usable(earlier);
    let asked: BTreeSet<&String> =
        names.iter().map(|(_, oid)| oid).chain(chain.iter().flat_map(|one| &one.tips)).collect();
    let asked: Vec<String> = asked.into_iter().cloned().collect();
    let gone: HashSet<String> = match missing(place, &asked) {
        Ok(gone) => gone.into_iter().collect(),
        Err(reason) => {
            gap(format!("its history is not captured: {reason}"));
            return Ok(Vec::new());
        }
    };
    names.retain(|(name, oid)| {
        if gone.contains(oid) {
            gap(format!("the object {oid} of {name} is not in the repository"));
        }
        !gone.contains(oid)
    });
    let have: BTreeSet<&String> =
        chain.iter().flat_map(|one| &one.tips).filter(|tip| !gone.contains(*tip)).collect();
    let have: Vec<String> = have.into_iter().cloned().collect();
    if have.is_empty() {
        chain.clear();
    }
    let known: HashSet<&String> = have.iter().collect();
    let tips: BTreeSet<&String> = names.iter().map(|(_, oid)| oid).collect();
    let mut roots: Vec<String> = tips.iter().map(|oid| (*oid).clone()).collect();
    let tips: Vec<String> = tips.into_iter().filter(|oid| !known.contains(oid)).cloned().collect();
    if tips.is_empty() && staged.is_empty() {
        return Ok(chain);
    }
    roots.extend_from_slice(staged);
    match stream(place, &roots, &have, &names, sink)? {
        Ok(None) => {}
        Ok(Some((object, size))) => chain.push(Bundle { object, size, tips, needs: have }),
        Err(reason) => {
            gap(format!("its history is not captured: {reason}"));
            return Ok(Vec::new());
        }
    }
    Ok(chain)
}

/// The bundles that a new one can build upon. One that holds no commit of its own was made for what was staged once.
fn usable(earlier: &[Bundle]) -> Vec<Bundle> {
    let chain: Vec<Bundle> = earlier.iter().filter(|bundle| !bundle.tips.is_empty()).cloned().collect();
    let whole = chain.first().is_some_and(|first| first.needs.is_empty());
    if whole && chain.len() < CHAIN { chain } else { Vec::new() }
}

type Streamed = Result<Option<(crate::rollback::point::ObjectId, u64)>, String>;

/// Has a bundle made and puts it into the sink as it is made; none when there is nothing new.
fn stream(
    place: &Place,
    roots: &[String],
    have: &[String],
    names: &[(String, String)],
    sink: &mut Sink<'_>,
) -> Result<Streamed, StoreError> {
    let (reader, writer) = match std::io::pipe() {
        Ok(ends) => ends,
        Err(error) => return Ok(Err(error.to_string())),
    };
    std::thread::scope(|scope| {
        let making = scope.spawn(move || {
            let mut writer = BufWriter::with_capacity(1 << 16, writer);
            let made = make_bundle(place, roots, have, names, &mut writer)?;
            writer.flush().map_err(|error| error.to_string())?;
            Ok(made)
        });
        let mut reader = BufReader::with_capacity(1 << 16, reader);
        // Nothing at all is no object.
        let begun = reader.fill_buf().is_ok_and(|bytes| !bytes.is_empty());
        let added = begun.then(|| sink.add_reader(&mut reader));
        // Whoever still writes is not waited for.
        drop(reader);
        let made: Result<bool, String> = making.join().unwrap_or_else(|_| Err("a thread failed".to_owned()));
        let added = added.transpose()?;
        // What was added of a bundle that failed is an object that nothing names.
        Ok(made.map(|made| added.filter(|_| made)))
    })
}
