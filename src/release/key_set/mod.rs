//! Which keys are trusted, when, and who vouches for them: rotation and revocation in a signed key-set file.
//!
//! Set and signature are two files, and no disk changes two files at once. So both are written beside their places first
//! (`KEYSET.next`, `KEYSET.next.sig`); then the signature gets its place, then the set. Who is interrupted between these
//! two has the old set, the signature of the new one, and the new set ready beside it: that is noticed by everyone, since
//! the signature does not hold, and the next change finishes it first. A set whose signature fits neither is never signed
//! anew: it could be anyone's.

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::artifact::keys::{KeyLoadError, KeySet, Seal, read_key_set, read_key_set_sealed, signature_path};
use crate::crypto::digest::HashAlgorithm;
use crate::crypto::keys::{
    Endorsement, KeySetEntry, KeySetError, KeySource, Member, PrivateKey, PublicKey, Validity, endorse,
    write_key_set,
};
use crate::crypto::rsa_pss::{self, SaltPolicy, SignError};
use crate::host::disk::{Access, Disk};
use crate::host::files::path_text;

/// Why a key set was not changed.
#[derive(Debug, thiserror::Error)]
pub enum KeySetFault {
    /// It cannot be used as it is.
    #[error(transparent)]
    Load(#[from] KeyLoadError),
    /// What is asked makes no sense with this set.
    #[error("{0}")]
    Refused(String),
    /// Set and signature do not fit.
    #[error(
        "{0}: the set and its signature do not belong together, and no interrupted change explains it: compare the set \
         with a copy that you trust; docs/keys.md says how to sign it again"
    )]
    Mismatch(String),
    /// What would be written cannot be read back.
    #[error(transparent)]
    Set(#[from] KeySetError),
    /// The key cannot sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The disk.
    #[error("{path}: {source}")]
    Disk {
        /// What was changed.
        path: String,
        /// What the system says.
        source: io::Error,
    },
}

/// How a change ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Whether a change that was interrupted earlier was finished first.
    pub finished: bool,
    /// Whether the set had this change already, so that nothing else was written.
    pub already: bool,
    /// Whether there was a set before.
    pub existed: bool,
    /// Whether the set before had no signature.
    pub was_unsigned: bool,
    /// The window of the key that was added or revoked.
    pub window: Validity,
    /// The id of the old key, and its window from now on; none when a key was revoked.
    pub old: Option<(String, Validity)>,
}

/// A change from one signing key to the next.
#[derive(Debug)]
pub struct Rotation<'a> {
    /// Name of the new key.
    pub id: &'a str,
    /// The key that signs until now.
    pub old: &'a PrivateKey,
    /// Its name, when it is given.
    pub old_id: Option<&'a str>,
    /// The key that signs from now on.
    pub new: &'a PrivateKey,
    /// The window of the new key, as far as it is given.
    pub window: Validity,
    /// The last instant of the old key, when it is given.
    pub old_not_after: Option<Timestamp>,
    /// The moment of the change.
    pub now: Timestamp,
}

/// Adds a new key, endorsed by the old one, ends the old one's window, and signs the set with the new key. Without a set
/// one is made, with the old key in it.
///
/// # Errors
/// See [`KeySetFault`]; the set and its signature are as they were then, or a second call finishes the change.
pub fn rotate(path: &Path, rotation: &Rotation<'_>, disk: &Disk) -> Result<Changed, KeySetFault> {
    let Rotation { id, old, new, now, .. } = *rotation;
    plain_id(id)?;
    if old.public().is_same_key(new.public()) {
        return refused("the old and the new key are the same".to_owned());
    }
    let (set, finished) = settled(path, disk)?;
    let mut changed = Changed {
        finished,
        already: false,
        existed: set.is_some(),
        was_unsigned: set.as_ref().is_some_and(|set| set.seal == Seal::Missing),
        window: Validity::default(),
        old: None,
    };
    let mut entries: Vec<KeySetEntry> = Vec::new();
    let old_id = match &set {
        None => {
            let named = rotation.old_id.map_or_else(|| default_id(old.public()), str::to_owned);
            plain_id(&named)?;
            entries.push(entry(&named, old.public()));
            named
        }
        Some(set) => {
            entries.extend(set.members.iter().map(|member| member.entry.clone()));
            let found = outgoing(set, rotation)?;
            if let Some(there) = set.members.iter().find(|member| member.key.is_same_key(new.public())) {
                already(there, rotation, &found.entry.id)?;
                let window = there.entry.validity;
                let old = Some((found.entry.id.clone(), found.entry.validity));
                return Ok(Changed { already: true, window, old, ..changed });
            }
            found.entry.id.clone()
        }
    };
    if entries.iter().any(|entry| entry.id == id) {
        return refused(format!(
            "the set has a key `{id}` already, and it is another key; choose another id"
        ));
    }
    let day = today(now);
    let window = Validity { not_before: rotation.window.not_before.or(day.not_before), ..rotation.window };
    ordered(id, window)?;
    if let Some(outgoing) = entries.iter_mut().find(|entry| entry.id == old_id) {
        outgoing.validity = ended(outgoing, rotation.old_not_after, day.not_after)?;
        changed.old = Some((old_id.clone(), outgoing.validity));
    }
    let signature = endorse(old, id, new.public(), &window)?;
    let endorsement = Some(Endorsement { by: old_id, window, signature });
    entries.push(KeySetEntry { validity: window, endorsement, ..entry(id, new.public()) });
    changed.window = window;
    put(path, &entries, new, disk, changed.existed)?;
    Ok(changed)
}

/// Marks a key as revoked, and signs the set with another key of it.
///
/// # Errors
/// See [`KeySetFault`]; the set and its signature are as they were then, or a second call finishes the change.
pub fn revoke(path: &Path, id: &str, signer: &PrivateKey, disk: &Disk) -> Result<Changed, KeySetFault> {
    let (set, finished) = settled(path, disk)?;
    let Some(set) = set else { return refused(format!("{}: there is no such key set", path.display())) };
    let Some(target) = set.members.iter().find(|member| member.entry.id == id) else {
        return refused(format!("the set has no key `{id}`"));
    };
    let public = signer.public();
    if !set.members.iter().any(|member| member.key.is_same_key(public)) {
        return refused("the signing key is not in the set, so it cannot sign it".to_owned());
    }
    if target.key.is_same_key(public) {
        return refused(format!("`{id}` is the signing key itself; sign with a key that stays valid"));
    }
    if set.is_revoked(public) {
        return refused("the signing key is revoked in the set, so it cannot sign it".to_owned());
    }
    let changed = Changed {
        finished,
        already: target.entry.revoked && matches!(set.seal, Seal::By(_)),
        existed: true,
        was_unsigned: set.seal == Seal::Missing,
        window: target.entry.validity,
        old: None,
    };
    if changed.already {
        return Ok(changed);
    }
    let mut entries: Vec<KeySetEntry> = set.members.iter().map(|member| member.entry.clone()).collect();
    entries.iter_mut().filter(|entry| entry.id == id).for_each(|entry| entry.revoked = true);
    put(path, &entries, signer, disk, true)?;
    Ok(changed)
}

/// Whether a change of this set was interrupted, so that the same command run again finishes it.
#[must_use]
pub fn is_interrupted(path: &Path) -> bool {
    read_key_set_sealed(&beside(path, ".next"), &signature_path(path))
        .is_ok_and(|next| matches!(next.seal, Seal::By(_)))
}

fn refused<T>(why: String) -> Result<T, KeySetFault> {
    Err(KeySetFault::Refused(why))
}

/// New names go into file names, commands and reports: they are plain.
fn plain_id(id: &str) -> Result<(), KeySetFault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if (1..=64).contains(&id.len()) && id.chars().all(plain) {
        return Ok(());
    }
    refused("the id of a key has 1 to 64 letters, digits, dots, dashes and underscores".to_owned())
}

fn default_id(key: &PublicKey) -> String {
    format!("signing-{}", key.fingerprint().to_string().chars().take(8).collect::<String>())
}

fn entry(id: &str, key: &PublicKey) -> KeySetEntry {
    KeySetEntry {
        id: id.to_owned(),
        source: KeySource::Inline(Box::new(key.clone())),
        validity: Validity::default(),
        revoked: false,
        hash: None,
        mgf1: None,
        salt: SaltPolicy::DigestLength,
        endorsement: None,
    }
}

/// The old key in the set.
fn outgoing<'a>(set: &'a KeySet, rotation: &Rotation<'_>) -> Result<&'a Member, KeySetFault> {
    let key = rotation.old.public();
    let Some(found) = set.members.iter().find(|member| member.key.is_same_key(key)) else {
        return refused("the old key is not in the set, so it cannot vouch for another".to_owned());
    };
    if set.is_revoked(key) {
        return refused(format!(
            "the old key, `{}`, is revoked, so it cannot vouch for another",
            found.entry.id
        ));
    }
    match rotation.old_id {
        Some(named) if named != found.entry.id => {
            refused(format!("the old key has the id `{}` in the set, not `{named}`", found.entry.id))
        }
        _ => Ok(found),
    }
}

/// Whether the new key stands in the set as this change would have put it there.
fn already(there: &Member, rotation: &Rotation<'_>, old_id: &str) -> Result<(), KeySetFault> {
    let entry = &there.entry;
    let vouched = entry.endorsement.as_ref().is_some_and(|endorsement| endorsement.by == old_id);
    let Validity { not_before, not_after } = rotation.window;
    let window = not_before.is_none_or(|from| entry.validity.not_before == Some(from))
        && not_after.is_none_or(|to| entry.validity.not_after == Some(to));
    if entry.id == rotation.id && vouched && window && !entry.revoked {
        return Ok(());
    }
    refused(format!("the new key is in the set already, as `{}`, and not as it is wanted now", entry.id))
}

/// The day of a moment, in UTC.
fn today(now: Timestamp) -> Validity {
    let date = crate::host::clock::utc_day(now);
    // No day at all would be a window without an end; this moment alone is the narrow side.
    let moment = Validity { not_before: Some(now), not_after: Some(now) };
    Validity::parse(&format!("{date}/{date}")).unwrap_or(moment)
}

fn ordered(id: &str, window: Validity) -> Result<(), KeySetFault> {
    match (window.not_before, window.not_after) {
        (Some(from), Some(to)) if to.duration_since(from) < SignedDuration::ZERO => {
            refused(format!("the window of `{id}` would end before it begins"))
        }
        _ => Ok(()),
    }
}

/// The window of the old key from now on: it only ever becomes narrower, since who vouched for it vouched for no more.
fn ended(
    entry: &KeySetEntry,
    given: Option<Timestamp>,
    today: Option<Timestamp>,
) -> Result<Validity, KeySetFault> {
    let not_after = match (given, entry.validity.not_after) {
        (Some(wanted), Some(limit)) if wanted > limit => {
            return refused(format!(
                "the window of the old key, `{}`, ends before that already; it is never made wider",
                entry.id
            ));
        }
        (Some(wanted), _) => Some(wanted),
        (None, Some(limit)) => Some(today.map_or(limit, |today| today.min(limit))),
        (None, None) => today,
    };
    let window = Validity { not_after, ..entry.validity };
    ordered(&entry.id, window)?;
    Ok(window)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> KeySetFault {
    let path = path_text(path);
    move |source| KeySetFault::Disk { path, source }
}

/// The set as it stands, after an interrupted change was finished and what is left of one was removed; and whether one was
/// finished.
fn settled(path: &Path, disk: &Disk) -> Result<(Option<KeySet>, bool), KeySetFault> {
    if path.symlink_metadata().is_ok_and(|found| found.is_symlink()) {
        return refused(format!("{}: a link; name the file that it leads to", path.display()));
    }
    let (next, signature) = (beside(path, ".next"), signature_path(path));
    let there = |path: &Path| path.symlink_metadata().is_ok();
    let set = if there(path) { Some(read_key_set(path)?) } else { None };
    let sound = match &set {
        Some(set) => match set.seal {
            Seal::By(_) => true,
            // Where this program never wrote, there is no signature yet.
            Seal::Missing => !set.is_managed(),
            Seal::Broken => false,
        },
        None => !there(&signature),
    };
    if sound {
        for left in [beside(path, ".next.sig"), next] {
            if there(&left) {
                disk.remove_file(&left).map_err(at(&left))?;
            }
        }
        return Ok((set, false));
    }
    if !is_interrupted(path) {
        return Err(KeySetFault::Mismatch(path_text(path)));
    }
    disk.rename(&next, path).map_err(at(path))?;
    disk.sync_name(path).map_err(at(path))?;
    Ok((Some(read_key_set(path)?), true))
}

/// Writes set and signature; see the head of this file.
fn put(
    path: &Path,
    entries: &[KeySetEntry],
    signer: &PrivateKey,
    disk: &Disk,
    existed: bool,
) -> Result<(), KeySetFault> {
    let text = write_key_set(entries)?;
    let seal = rsa_pss::sign(signer, &HashAlgorithm::Sha256.digest(text.as_bytes()))?;
    let (next, next_signature) = (beside(path, ".next"), beside(path, ".next.sig"));
    let signature = signature_path(path);
    disk.write_new(&next, text.as_bytes(), Access::Public).map_err(at(&next))?;
    disk.write_new(&next_signature, &seal, Access::Public).map_err(at(&next_signature))?;
    disk.sync_name(path).map_err(at(path))?;
    disk.rename(&next_signature, &signature).map_err(at(&signature))?;
    disk.sync_name(path).map_err(at(path))?;
    if existed { disk.rename(&next, path) } else { disk.rename_new(&next, path) }.map_err(at(path))?;
    disk.sync_name(path).map_err(at(path))
}
