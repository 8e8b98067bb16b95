//! Everything in a release directory again, from trusted public keys alone.
//!
//! [`read`] looks at the directory once and says what it saw, without judging; [`conclude`] makes findings of it, and
//! [`details`] the numbers of a report. What the directory says of itself counts only as far as a signature of a trusted
//! key over `SHA256SUMS` and `manifest.json` binds it; keys that lie in the directory are never used.
//!
//! - `walk`: what is there, links not followed; `pass`: each file once, hashed and decrypted in one go.
//! - `lists`: `SHA256SUMS` and the manifest, and that they agree; `present`: that the directory is what they say.
//! - `signatures`; `contents`: bills of materials and reports; `provenance`.
//! - `problem`: what can speak against a release; `outcome`: all that was seen.

mod conclude;
mod contents;
mod details;
mod encrypted;
mod lists;
mod outcome;
mod pass;
mod present;
mod problem;
mod provenance;
mod signatures;
mod walk;

pub use conclude::conclude;
pub use details::details;
pub use outcome::{Count, Outcome, Signer, Unseen, Verdict};
pub use problem::{Flaw, Problem};

use std::io;
use std::path::Path;

use jiff::Timestamp;

use crate::artifact::signature::TrustedKey;
use crate::crypto::secret_key::FileKey;
use crate::engine::Progress;

/// Whose signatures count.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The public keys, with the conditions under which each is trusted; none when only the directory's own agreement
    /// can be looked at.
    pub keys: Vec<TrustedKey>,
}

/// What encrypted artifacts are opened with.
#[derive(Clone, Debug, Default)]
pub struct Decryption {
    /// The keys, each tried; none when encrypted artifacts are looked at from outside alone.
    pub keys: Vec<FileKey>,
}

/// Reads a release directory: each thing in it met once, each file read once, links not followed, plaintext of encrypted
/// artifacts hashed and never written. `now` is what the release's own time is held against.
///
/// # Errors
/// The directory itself cannot be listed. What is wrong inside it is no error but an outcome.
pub fn read(dir: &Path, trust: &Trust, decryption: &Decryption, now: Timestamp) -> io::Result<Outcome> {
    read_watched(dir, trust, decryption, now, &Progress::default())
}

/// As [`read`]; says as it goes how many files and bytes were read.
///
/// # Errors
/// As [`read`].
pub fn read_watched(
    dir: &Path,
    trust: &Trust,
    decryption: &Decryption,
    now: Timestamp,
    progress: &Progress,
) -> io::Result<Outcome> {
    let walked = walk::walk(dir)?;
    let mut outcome = Outcome { trusted: !trust.keys.is_empty(), ..Outcome::default() };
    outcome.problems.extend(walked.problems.iter().cloned());
    if walked.cut {
        // Nothing that could be said of a part of it would be worth its time.
        return Ok(outcome);
    }
    let lists = lists::read(dir, &walked, now, progress, &mut outcome);
    let seen = pass::all(dir, &walked, &lists, &decryption.keys, progress, &mut outcome);
    present::compare(&walked, &lists, &seen, &mut outcome);
    signatures::verify(&lists, &seen, &trust.keys, &mut outcome);
    if let Some(manifest) = &lists.manifest {
        encrypted::compare(manifest, &seen, !decryption.keys.is_empty(), &mut outcome);
        contents::compare(manifest, &seen, &mut outcome);
        provenance::compare(manifest, &seen, (&trust.keys, lists.at), &mut outcome);
    }
    outcome.problems.sort();
    outcome.manifest = lists.manifest;
    Ok(outcome)
}
