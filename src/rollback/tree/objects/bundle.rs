//! Git bundles: made, tried, and taken back in.

use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};

use super::header::Header;
use super::{about_packs, kinds, lines, missing};
use crate::host::files::open_regular;
use crate::host::git_stream::{Call, stream, whole};
use crate::rollback::tree::Place;
use crate::rollback::tree::history::is_partial;

/// Writes a git bundle (v2, or v3 of a SHA-256 repository) with everything that `roots` (commits, tags, trees, blobs; hex)
/// reach and that `have` (commits; and tags, trees and blobs that need not be held again) do not; `refs` are the names that it
/// tells. Nothing is written when there is nothing new; false then. Of `have`, what the repository does not know is left out;
/// the commits among the rest are what the bundle says it builds upon.
///
/// # Errors
/// Git fails, or the writer; in words.
pub fn make_bundle(
    place: &Place,
    roots: &[String],
    have: &[String],
    refs: &[(String, String)],
    out: &mut dyn Write,
) -> Result<bool, String> {
    if roots.is_empty() {
        return Ok(false);
    }
    let all: Vec<String> = roots.iter().chain(have).cloned().collect();
    let (mut gone, mut without, mut needs) = (None, Vec::new(), Vec::new());
    kinds(place, &all, &mut |at, kind| match roots.get(at) {
        Some(root) if kind.is_none() => gone = gone.take().or(Some(root)),
        None if kind.is_some() => {
            without.extend(all.get(at).cloned());
            if kind == Some(b"commit") {
                needs.extend(all.get(at).cloned());
            }
        }
        _ => {}
    })?;
    if let Some(root) = gone {
        return Err(format!("the repository has no object {root}"));
    }
    needs.sort_unstable();
    needs.dedup();
    let mut input = lines(roots)?;
    for line in lines(&without)?.chunk_by(|byte, _| *byte != b'\n') {
        input.push(b'^');
        input.extend_from_slice(line);
    }
    let mut call = about_packs(
        place,
        // No time is spent on looking for deltas: those that packs have are taken over.
        ["pack-objects", "--revs", "--stdout", "--delta-base-offset", "-q", "--window=0", "--compression=1"],
    )
    .at_most(u64::MAX);
    if is_partial(&place.common_dir.join("objects"), 5) {
        call = call.with(["--missing=allow-promisor"]);
    }
    let fits = |name: &str| name == "HEAD" || (name.starts_with("refs/") && !name.contains(char::is_control));
    let header = Header {
        sha256: roots.iter().any(|root| root.len() == 64),
        needs,
        refs: refs.iter().filter(|(name, _)| fits(name)).cloned().collect(),
    };
    lines(&header.refs.iter().map(|(_, oid)| oid.clone()).collect::<Vec<_>>())?;
    let mut is_new = false;
    stream(&call, Some(&mut input.as_slice()), &mut |reader| {
        let told = |error: std::io::Error| error.to_string();
        let mut begin = [0; 12];
        reader.read_exact(&mut begin).map_err(told)?;
        // `PACK`, a version, and how many objects follow, in network order.
        let count = begin.strip_prefix(b"PACK").and_then(|rest| rest.last_chunk::<4>().copied());
        is_new = u32::from_be_bytes(count.ok_or("its output is no pack")?) > 0;
        if is_new {
            out.write_all(&header.write()).and_then(|()| out.write_all(&begin)).map_err(told)?;
            std::io::copy(reader, out).map_err(told)?;
        } else {
            std::io::copy(reader, &mut std::io::sink()).map_err(told)?;
        }
        Ok(())
    })?;
    Ok(is_new)
}

/// Sees that bundles, oldest first, are ones that git reads whole, and that together they hold or build upon everything that
/// they name: each wanted object is there, and of commits all their files. It is tried in a repository of its own below
/// `scratch`, an empty folder.
///
/// # Errors
/// What git says, in words.
pub fn check_bundle(bundles: &[PathBuf], wanted: &[String], scratch: &Path) -> Result<(), String> {
    let sha256 = match bundles.first() {
        Some(first) => open(first)?.0.sha256,
        None if wanted.is_empty() => return Ok(()),
        None => return Err("there is no bundle".to_owned()),
    };
    let folder = scratch.join("repository");
    let form = if sha256 { "--object-format=sha256" } else { "--object-format=sha1" };
    let init = Call::new(scratch).with(["init", "--bare", "--quiet", "--template=", form, "repository"]);
    whole(&init, None)?;
    let place =
        Place { work: folder.clone(), git_dir: folder.clone(), common_dir: folder, files_of_refs: true };
    let mut named: Vec<String> = wanted.to_vec();
    for bundle in bundles {
        let told = |problem: String| format!("{}: {problem}", bundle.display());
        let (header, pack) = open(bundle)?;
        if header.sha256 != sha256 {
            return Err(told("it is of another kind of repository than those before it".to_owned()));
        }
        if let Some(oid) = missing(&place, &header.needs)?.first() {
            return Err(told(format!("it builds upon {oid}, which no bundle before it holds")));
        }
        named.extend(header.refs.into_iter().map(|(_, oid)| oid));
        // Nothing of this is to last.
        take(&place, &["-c", "core.fsync=none"], pack).map_err(told)?;
    }
    named.sort_unstable();
    named.dedup();
    if let Some(oid) = missing(&place, &named)?.first() {
        return Err(format!("no bundle holds {oid}"));
    }
    if named.is_empty() {
        return Ok(());
    }
    // Parents are not looked at: of a shallow clone they are nowhere.
    let call = about_packs(&place, ["rev-list", "--objects", "--no-walk=unsorted", "--quiet", "--stdin"]);
    whole(&call, Some(&mut lines(&named)?.as_slice())).map(drop)
}

/// Brings the objects of bundles, oldest first, into a repository. Objects are only added, by git itself.
///
/// # Errors
/// What git says, in words.
pub fn bring_back(place: &Place, bundles: &[PathBuf]) -> Result<(), String> {
    for bundle in bundles {
        let told = |problem: String| format!("{}: {problem}", bundle.display());
        let (header, pack) = open(bundle)?;
        if let Some(oid) = missing(place, &header.needs)?.first() {
            return Err(told(format!(
                "it builds upon {oid}, which neither the repository nor a bundle before it holds"
            )));
        }
        take(place, &[], pack).map_err(told)?;
    }
    Ok(())
}

/// A bundle's head, and what follows it.
fn open(bundle: &Path) -> Result<(Header, BufReader<std::fs::File>), String> {
    let told = |problem: String| format!("{}: {problem}", bundle.display());
    let (file, _) = open_regular(bundle).map_err(|error| told(error.to_string()))?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let header = Header::read(&mut reader).map_err(told)?;
    Ok((header, reader))
}

/// Gives a pack to a repository.
fn take(place: &Place, settings: &[&str], mut pack: BufReader<std::fs::File>) -> Result<(), String> {
    let command = ["index-pack", "--stdin", "--fix-thin"];
    let call = about_packs(place, settings.iter().copied().chain(command));
    whole(&call, Some(&mut pack)).map(drop)
}
