//! Bundles, blobs, and bringing back what a repository lost.

mod bundle;
mod header;
#[cfg(test)]
mod tests;

pub use bundle::{bring_back, check_bundle, make_bundle};

use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Place;
use super::place::{is_oid, records};
use crate::formats::hex;
use crate::host::files::open_regular;
use crate::host::git_stream::{Call, stream, whole};

/// Longest that git may take to look objects up.
const PATIENCE: Duration = Duration::from_secs(600);
/// Longest that git may take to hand out contents, or to read or write a pack.
const LONG: Duration = Duration::from_secs(3600);

/// Takes a blob: its number in the list, its contents, its bytes.
pub type Taker<'t> = dyn FnMut(usize, &mut dyn Read, u64) -> Result<(), String> + 't;

/// Those of some objects (hex) that the repository does not have.
///
/// # Errors
/// Git fails, in words.
pub fn missing(place: &Place, oids: &[String]) -> Result<Vec<String>, String> {
    let mut gone = Vec::new();
    kinds(place, oids, &mut |at, kind| {
        if kind.is_none() {
            gone.extend(oids.get(at).cloned());
        }
    })?;
    Ok(gone)
}

/// Tells of each object what it is: its number in the list, and `commit`, `tag`, `tree` or `blob`; none when it is not there.
fn kinds(place: &Place, oids: &[String], each: &mut dyn FnMut(usize, Option<&[u8]>)) -> Result<(), String> {
    if oids.is_empty() {
        return Ok(());
    }
    let input = lines(oids)?;
    let call = place
        .about_objects(["cat-file", "--batch-check=%(objecttype)", "--buffer"])
        .within(PATIENCE)
        .at_most(oids.len() as u64 * 80 + 1);
    let mut at = 0;
    stream(&call, Some(&mut input.as_slice()), &mut |reader| {
        records(reader, b'\n', &mut |line| {
            match line {
                b"commit" | b"tag" | b"tree" | b"blob" => each(at, Some(line)),
                _ if line.ends_with(b" missing") => each(at, None),
                _ => return Err("its output is not understood".to_owned()),
            }
            at += 1;
            Ok(())
        })
    })?;
    if at == oids.len() { Ok(()) } else { Err("git cat-file: it answered too little".to_owned()) }
}

/// Names of objects, one a line: input for git, which would take other texts for something else.
fn lines(oids: &[String]) -> Result<Vec<u8>, String> {
    let mut input = Vec::with_capacity(oids.len() * 41);
    for oid in oids {
        if !is_oid(oid.as_bytes()) {
            return Err(format!("{oid:?} is no name of an object"));
        }
        input.extend_from_slice(oid.as_bytes());
        input.push(b'\n');
    }
    Ok(input)
}

/// The contents of blobs (hex), as they are, one after the other: number in the list, reader, bytes. What a reader leaves is
/// skipped.
///
/// # Errors
/// Git fails, a blob is missing, or the taker fails; in words.
pub fn blobs(place: &Place, oids: &[String], each: &mut Taker<'_>) -> Result<(), String> {
    if oids.is_empty() {
        return Ok(());
    }
    let input = lines(oids)?;
    let call = place.about_objects(["cat-file", "--batch", "--buffer"]).within(LONG).at_most(u64::MAX);
    stream(&call, Some(&mut input.as_slice()), &mut |reader| {
        let mut reader = BufReader::with_capacity(1 << 16, reader);
        let told = |error: std::io::Error| error.to_string();
        for (at, oid) in oids.iter().enumerate() {
            let mut line = String::new();
            (&mut reader).take(256).read_line(&mut line).map_err(told)?;
            let size = line.strip_suffix('\n').and_then(|line| {
                let (named, size) = line.split_once(" blob ")?;
                size.parse::<u64>().ok().filter(|_| named == oid)
            });
            let size = size.ok_or_else(|| format!("the repository has no blob {oid}"))?;
            let mut contents = (&mut reader).take(size);
            each(at, &mut contents, size)?;
            std::io::copy(&mut contents, &mut std::io::sink()).map_err(told)?;
            let mut end = [0];
            if contents.limit() > 0 || reader.read_exact(&mut end).is_err() || end != *b"\n" {
                return Err(format!("the contents of blob {oid} end early"));
            }
        }
        Ok(())
    })?;
    Ok(())
}

/// The blobs (hex) that regular files would be, no filter applied, in order.
///
/// # Errors
/// Git fails, or a file cannot be read, is no regular one, or changes meanwhile; in words.
pub fn blob_ids(place: &Place, files: &[PathBuf]) -> Result<Vec<String>, String> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let call = place.about_objects(["rev-parse", "--show-object-format"]).within(PATIENCE).at_most(1 << 10);
    let algorithm = match whole(&call, None)?.trim_ascii_end() {
        b"sha1" => &ring::digest::SHA1_FOR_LEGACY_USE_ONLY,
        b"sha256" => &ring::digest::SHA256,
        other => {
            let name = String::from_utf8_lossy(other);
            return Err(format!("the repository names objects in a way that is not known ({name})"));
        }
    };
    // Hashed here and not by git, which would follow a link that takes the place of a file.
    files.iter().map(|file| blob_id(algorithm, file)).collect()
}

/// What git names a blob by: the digest of its kind, its length and its bytes.
fn blob_id(algorithm: &'static ring::digest::Algorithm, path: &Path) -> Result<String, String> {
    let told = |error: std::io::Error| format!("{}: {error}", path.display());
    let (mut file, meta) = open_regular(path).map_err(told)?;
    let mut context = ring::digest::Context::new(algorithm);
    context.update(format!("blob {}\0", meta.len()).as_bytes());
    let mut chunk = vec![0; 1 << 16];
    let mut length = 0;
    loop {
        match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => {
                context.update(chunk.get(..count).unwrap_or_default());
                length += count as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(told(error)),
        }
    }
    if length != meta.len() {
        return Err(format!("{}: it changed while it was read", path.display()));
    }
    Ok(hex::encode(context.finish().as_ref()))
}

/// A call that reads or writes packs: large blobs are not held in memory.
fn about_packs<'a>(place: &Place, arguments: impl IntoIterator<Item = &'a str>) -> Call {
    place
        .about_objects(["-c", "core.bigFileThreshold=32m", "-c", "pack.packSizeLimit=0"])
        .with(arguments)
        .within(LONG)
}
