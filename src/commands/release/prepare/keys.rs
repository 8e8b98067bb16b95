//! The keys of a release, loaded and judged before anything else is done.

use super::super::super::passphrase::Passphrase;
use super::super::super::{Error, World};
use super::plan::Request;
use crate::artifact::keys::{load_encryption_key, load_public_keys, load_signing_key};
use crate::cli::PrepareArgs;
use crate::release::prepare::{self, Keys, Refusal};

/// Loads what is asked for.
pub(super) fn load(args: &PrepareArgs, request: &Request, world: &World<'_>) -> Result<Keys, Error> {
    let mut keys = Keys::default();
    if !args.sign && !args.encrypt {
        return Ok(keys);
    }
    let passphrase = Passphrase::of(&args.passphrase, world)?;
    let passphrase = |path: &std::path::Path| passphrase.get(path);
    let refused = |refusal: Refusal, hint: &str| Error::usage(refusal.to_string(), hint);
    if let Some(path) = args.signing_key.as_deref().filter(|_| args.sign) {
        let key = load_signing_key(path, &passphrase)?;
        prepare::fit(key.public())
            .map_err(|refusal| refused(refusal, "`readiness release keygen` makes one"))?;
        if let Some(set) = &args.key_set {
            let set = load_public_keys(std::slice::from_ref(set))?;
            prepare::trusted(key.public(), &set, world.now).map_err(|refusal| {
                refused(
                    refusal,
                    "sign with the current key; `readiness release keys rotate` adds a new one to the set",
                )
            })?;
        }
        keys.signing = Some(key);
    }
    if let Some(path) = args.encryption_key.as_deref().filter(|_| args.encrypt) {
        let loaded = load_encryption_key(path, &passphrase)?;
        let shown = path.display().to_string();
        if let Some(mode) = loaded.too_open {
            return Err(Error::Key {
                path: shown,
                reason: format!(
                    "mode {mode:04o}: others than its owner can use this key; `chmod 600` it first, and replace the key if \
                     others had access"
                ),
            });
        }
        keys.encryption =
            Some(prepare::streaming_key(&loaded.keys, &shown).map_err(|refusal| refused(refusal, ""))?);
    }
    debug_assert!(request.plan.asked.sign.is_none() || keys.signing.is_some());
    Ok(keys)
}
