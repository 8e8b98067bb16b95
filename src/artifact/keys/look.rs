//! What a file is among keys, for people who ask; nothing of a secret key is told but its public half.

use std::cell::RefCell;
use std::io::Read as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::key_set::{KeySet, signature_path};
use super::{KeyFault, KeyLoadError, LIMIT, Passphrase, is_key_set, open_to_others, opened};
use crate::crypto::keys::{
    PrivateKeyError, PublicKey, Strength, parse_private_key_with, parse_public_keys, protection,
};
use crate::crypto::secret_key::{KeyForm, SecretKeyError, parse_key_file_with};
use crate::host::files::{open_regular, path_text};

/// What a file among keys is.
#[derive(Debug, Clone)]
pub struct Seen {
    /// What it holds.
    pub kind: Kind,
    /// How it is kept.
    pub protection: Protection,
    /// The permission bits of a secret key that let others use it; never on platforms without.
    pub too_open: Option<u32>,
}

/// What a key file holds.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Public keys, at least one.
    Public(Vec<PublicKey>),
    /// A private key that signs; its public half.
    Signing(PublicKey),
    /// AES-256 keys: how many, and how they are written.
    Encryption(usize, KeyForm),
    /// A secret key of either kind under a passphrase that was not given.
    Unopened,
    /// A key set.
    Set(KeySet),
}

/// How a key is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protection {
    /// It is no secret.
    Public,
    /// In the clear.
    Clear,
    /// Under a passphrase.
    Passphrase(Strength),
}

/// Looks at one file; without a passphrase, what is under one is not opened.
///
/// # Errors
/// The file cannot be read, or is nothing of a key.
pub fn look(path: &Path, passphrase: Option<Passphrase<'_>>) -> Result<Seen, KeyLoadError> {
    seen(path, passphrase).map_err(|reason| KeyLoadError { path: path_text(path), reason })
}

fn seen(path: &Path, passphrase: Option<Passphrase<'_>>) -> Result<Seen, KeyFault> {
    let (file, metadata) = open_regular(&path.canonicalize()?)?;
    let mut bytes =
        Zeroizing::new(Vec::with_capacity(usize::try_from(metadata.len().min(LIMIT)).unwrap_or(0) + 1));
    file.take(LIMIT).read_to_end(&mut bytes)?;
    let public = |kind| Ok(Seen { kind, protection: Protection::Public, too_open: None });
    // First, since a key set has public keys in it.
    if is_key_set(path, &bytes) && !bytes.trim_ascii_start().starts_with(b"{") {
        return public(Kind::Set(super::key_set::sealed(path, &bytes, &signature_path(path))?));
    }
    if let Ok(keys) = parse_public_keys(&bytes) {
        return public(Kind::Public(keys));
    }
    let strength = protection(&bytes)?;
    let too_open = open_to_others(&metadata);
    let secret = |kind| {
        let protection = strength.clone().map_or(Protection::Clear, Protection::Passphrase);
        Ok(Seen { kind, protection, too_open })
    };
    let ask: Passphrase<'_> = match passphrase {
        Some(passphrase) => passphrase,
        None if strength.is_some() => return secret(Kind::Unopened),
        None => &|_| Err("none is asked for here".to_owned()),
    };
    // Which kind of key it is shows when it is open: nobody is asked twice for that.
    let last = RefCell::new(None);
    let first = |path: &Path| ask(path).inspect(|given| *last.borrow_mut() = Some(given.clone()));
    let again = |path: &Path| last.borrow().clone().map_or_else(|| ask(path), Ok);
    let encryption = opened(path, &first, &|ask| Ok(parse_key_file_with(&bytes, ask)?));
    match encryption {
        Ok(file) => secret(Kind::Encryption(file.keys.len(), file.form)),
        Err(KeyFault::Secret(SecretKeyError::Pem | SecretKeyError::OtherAlgorithm(_))) => {
            let key = opened(path, &again, &|ask| Ok(parse_private_key_with(&bytes, ask)?))?;
            secret(Kind::Signing(key.public().clone()))
        }
        Err(KeyFault::Secret(SecretKeyError::Unknown)) => Err(PrivateKeyError::NoKey.into()),
        Err(other) => Err(other),
    }
}
