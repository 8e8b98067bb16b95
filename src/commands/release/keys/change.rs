//! Changes of key sets, and keys for other programs.

use std::path::Path;

use jiff::Timestamp;

use super::super::super::passphrase::Passphrase;
use super::super::super::table::visible;
use super::super::super::{Error, World};
use crate::artifact::keys::{load_encryption_key, load_signing_key};
use crate::cli::{KeysExportArgs, KeysRevokeArgs, KeysRotateArgs};
use crate::crypto::keys::Validity;
use crate::crypto::secret_key::Material;
use crate::host::disk::{Access, Disk};
use crate::host::files::path_text;
use crate::release::key_set::{self, Changed, KeySetFault, Rotation};

/// Adds a new signing key, endorsed by the old one.
pub(super) fn rotate(args: &KeysRotateArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let window = Validity {
        not_before: day("--not-before", args.not_before.as_deref(), |text| format!("{text}/"))?.not_before,
        not_after: day("--not-after", args.not_after.as_deref(), |text| format!("/{text}"))?.not_after,
    };
    let old_not_after =
        day("--old-not-after", args.old_not_after.as_deref(), |text| format!("/{text}"))?.not_after;
    let passphrase = Passphrase::of(&args.passphrase, world)?;
    let get = |key: &Path| passphrase.get(key);
    let (old, new) = (load_signing_key(&args.old, &get)?, load_signing_key(&args.new, &get)?);
    let rotation = Rotation {
        id: &args.id,
        old: &old,
        old_id: args.old_id.as_deref(),
        new: &new,
        window,
        old_not_after,
        now: world.now,
    };
    let changed = key_set::rotate(&args.key_set, &rotation, &Disk::real()).map_err(failed)?;
    notes(&changed, &args.key_set, world)?;
    let (set, id) = (visible(&path_text(&args.key_set)), visible(&args.id));
    let out = &mut *world.out;
    if changed.already {
        writeln!(out, "{set}: `{id}` is in the set already, endorsed as it should be")?;
        return Ok(0);
    }
    if let Some((old, window)) = &changed.old {
        writeln!(out, "{set}: `{}` verifies {}", visible(old), in_words(window))?;
        writeln!(
            out,
            "{set}: `{id}` verifies {}; endorsed by `{}`",
            in_words(&changed.window),
            visible(old)
        )?;
    }
    writeln!(
        out,
        "The set is signed with the new key: {set}.sig. Publish both; sign with {} from now on.",
        visible(&path_text(&args.new))
    )?;
    Ok(0)
}

/// Marks a key as revoked.
pub(super) fn revoke(args: &KeysRevokeArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let passphrase = Passphrase::of(&args.passphrase, world)?;
    let signer = load_signing_key(&args.signing_key, &|key| passphrase.get(key))?;
    let changed = key_set::revoke(&args.key_set, &args.id, &signer, &Disk::real()).map_err(failed)?;
    notes(&changed, &args.key_set, world)?;
    let (set, id) = (visible(&path_text(&args.key_set)), visible(&args.id));
    if changed.already {
        writeln!(world.out, "{set}: `{id}` is revoked already")?;
        return Ok(0);
    }
    writeln!(world.out, "{set}: `{id}` is revoked; nothing that it ever signed verifies any more")?;
    writeln!(
        world.out,
        "Publish {set} and {set}.sig, and make releases that it signed anew. Keys that go back to the root by way of it do \
         not any more: `readiness release keys verify {set} --root PUB` names them."
    )?;
    Ok(0)
}

/// Writes an encryption key as a Tink keyset in the clear.
pub(super) fn export(args: &KeysExportArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let passphrase = Passphrase::of(&args.passphrase, world)?;
    let loaded = load_encryption_key(&args.file, &|key| passphrase.get(key))?;
    let key = match loaded.keys.first().map(|key| &key.material) {
        Some(Material::Plain(key)) => key,
        _ => {
            let message = format!("{}: a Tink keyset in the clear already; copy it", path_text(&args.file));
            return Err(Error::usage(message, ""));
        }
    };
    let path = path_text(&args.output);
    let text =
        key.to_keyset().map_err(|error| Error::Key { path: path.clone(), reason: error.to_string() })?;
    let disk = Disk::real();
    disk.write_new(&args.output, text.as_bytes(), Access::Private)
        .and_then(|()| disk.sync_name(&args.output))
        .map_err(|source| Error::File { path: path.clone(), source })?;
    writeln!(
        world.err,
        "warning: {} holds the key in the clear: whoever can read it reads what is encrypted",
        visible(&path)
    )?;
    writeln!(world.out, "{}", visible(&path))?;
    Ok(0)
}

fn failed(error: KeySetFault) -> Error {
    match error {
        KeySetFault::Load(error) => error.into(),
        KeySetFault::Disk { path, source } => Error::File { path, source },
        other => Error::usage(other.to_string(), ""),
    }
}

fn notes(changed: &Changed, set: &Path, world: &mut World<'_>) -> Result<(), Error> {
    let set = visible(&path_text(set));
    if changed.finished {
        writeln!(world.err, "note: {set}: an earlier change was interrupted; it was finished first")?;
    }
    if changed.was_unsigned && !changed.already {
        writeln!(
            world.err,
            "note: {set} had no signature until now; it is written anew, without comments, and signed"
        )?;
    }
    Ok(())
}

/// A day, or a moment, of a flag.
fn day(flag: &str, text: Option<&str>, window: impl Fn(&str) -> String) -> Result<Validity, Error> {
    let Some(text) = text else { return Ok(Validity::default()) };
    Validity::parse(&window(text)).map_err(|error| Error::usage(format!("{flag} {text}: {error}"), ""))
}

/// A window for people.
pub(super) fn in_words(window: &Validity) -> String {
    let end = |at: Option<Timestamp>, word: &str, text: String| {
        at.map_or_else(String::new, |_| format!("{word} {text}"))
    };
    let from = end(window.not_before, "from", window.start_text());
    let to = end(window.not_after, "to", window.end_text());
    match (from.is_empty(), to.is_empty()) {
        (true, true) => "at any time".to_owned(),
        (false, false) => format!("{from} {to}"),
        _ => format!("{from}{to}"),
    }
}
