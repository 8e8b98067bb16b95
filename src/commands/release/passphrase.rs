//! The passphrase of a key file: from a file, the environment, or the terminal; asked for once a run.
#![allow(dead_code, reason = "for the commands that are built next")]

use std::path::Path;

use zeroize::Zeroizing;

use super::super::{Error, World};
use crate::cli::PassphraseArgs;

/// Where a passphrase comes from in one run. It is asked for only when a key file needs one, and then once.
#[derive(Debug, Default)]
pub(super) struct Passphrase {}

impl Passphrase {
    /// What the arguments and the environment say; a file that is named is read now.
    pub(super) fn of(_args: &PassphraseArgs, _world: &World<'_>) -> Result<Self, Error> {
        Ok(Self {})
    }

    /// The passphrase of a key file.
    ///
    /// # Errors
    /// There is none, and nobody to ask; in words.
    pub(super) fn get(&self, key: &Path) -> Result<Zeroizing<String>, String> {
        Err(format!("{} needs a passphrase", key.display()))
    }
}
