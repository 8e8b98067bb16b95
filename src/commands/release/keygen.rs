//! `readiness release keygen`: new keys.

use std::path::Path;

use super::super::passphrase::Passphrase;
use super::super::table::visible;
use super::super::{Error, World, progress};
use crate::artifact::keys::{Kind, look};
use crate::cli::KeygenArgs;
use crate::crypto::keys::GENERATED_BITS;
use crate::host::disk::Disk;
use crate::host::files::path_text;
use crate::release::keygen::{
    ENCRYPTION_KEY, KeygenError, SIGNING_KEY, SIGNING_PUB, State, Wanted, finish, make, survey, write,
};

/// Runs the command.
pub(super) fn run(args: &KeygenArgs, world: &mut World<'_>) -> Result<u8, Error> {
    if !GENERATED_BITS.contains(&args.bits) {
        return Err(Error::usage(
            format!("--bits {}: RSA keys are made with 3072 or 4096 bits", args.bits),
            "",
        ));
    }
    let wanted =
        Wanted { signing: (!args.only_encryption).then_some(args.bits), encryption: !args.only_signing };
    let (folder, disk) = (args.output.as_path(), Disk::real());
    if folder.exists() && !folder.is_dir() {
        let source = std::io::ErrorKind::NotADirectory.into();
        return Err(Error::File { path: path_text(folder), source });
    }
    // Before anybody types a passphrase.
    if survey(folder, &wanted).map_err(failed)? == State::Interrupted {
        finish(folder, &wanted, &disk).map_err(failed)?;
        writeln!(
            world.err,
            "note: an earlier run was interrupted; its keys were put in place, under the passphrase of that run"
        )?;
        return told(folder, &wanted, world);
    }
    let passphrase = if args.no_passphrase {
        writeln!(
            world.err,
            "warning: the keys are written in the clear (--no-passphrase): whoever can read these files, or a backup of \
             them, signs in your name and reads what you encrypt"
        )?;
        None
    } else {
        Some(Passphrase::of(&args.passphrase, world)?.for_new_keys()?)
    };
    let bits = wanted.signing.map_or_else(|| "AES-256".to_owned(), |bits| format!("RSA, {bits} bits"));
    let keys = progress::with(
        world.progress,
        "Making",
        || bits.clone(),
        || make(&wanted, passphrase.as_ref().map(|words| words.as_str())),
    );
    write(&keys.map_err(failed)?, folder, &disk).map_err(failed)?;
    told(folder, &wanted, world)
}

fn failed(error: KeygenError) -> Error {
    match error {
        KeygenError::Disk { path, source } => Error::File { path, source },
        other => Error::usage(other.to_string(), ""),
    }
}

/// Says what was made, and what to do with it.
fn told(folder: &Path, wanted: &Wanted, world: &mut World<'_>) -> Result<u8, Error> {
    let file = |name: &str| visible(&path_text(&folder.join(name)));
    for name in wanted.files() {
        let what = match name {
            SIGNING_KEY => "signs; keep it secret",
            SIGNING_PUB => "verifies; publish it",
            _ => "encrypts and decrypts; keep it secret",
        };
        writeln!(world.out, "{}  ({what})", file(name))?;
    }
    if wanted.signing.is_some()
        && let Ok(seen) = look(&folder.join(SIGNING_PUB), None)
        && let Kind::Public(keys) = &seen.kind
        && let Some(key) = keys.first()
    {
        writeln!(world.out, "\nRSA, {} bits, SHA-256 {}", key.modulus_bits(), key.fingerprint())?;
        writeln!(
            world.out,
            "\nNext: publish {} and its fingerprint where the releases do not reach them, such as your website and your \
             repository.",
            file(SIGNING_PUB)
        )?;
    }
    let lost = match (wanted.signing.is_some(), wanted.encryption) {
        (true, true) => {
            "a lost signing key cannot be rotated, and without the encryption key nothing is decrypted"
        }
        (true, false) => "a lost signing key cannot be rotated",
        _ => "without the encryption key nothing is decrypted",
    };
    let secret = if wanted.signing.is_some() { SIGNING_KEY } else { ENCRYPTION_KEY };
    writeln!(
        world.out,
        "Back up the secret keys ({} …) and the passphrase, apart from each other: {lost}.",
        file(secret)
    )?;
    Ok(0)
}
