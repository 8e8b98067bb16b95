//! Writing the files of a release one after the other, with a record of each: path, digest, and its signature.

use std::collections::{BTreeMap, BTreeSet};

use super::build::BuildError;
use super::meaning;
use super::staging::Staging;
use crate::crypto::digest::{Digest, HashAlgorithm};
use crate::crypto::keys::PrivateKey;
use crate::crypto::rsa_pss;
use crate::formats::checksums::gnu_line;
use crate::formats::release_manifest::{FILE_NAME, SIGNATURE_ENDING};
use crate::host::disk::{Access, Disk};

/// The files that were written.
pub(super) struct Files<'a> {
    disk: &'a Disk,
    staging: &'a Staging<'a>,
    folders: BTreeSet<String>,
    /// SHA-256 of each, by path.
    digests: BTreeMap<String, Digest>,
}

impl<'a> Files<'a> {
    pub(super) fn new(disk: &'a Disk, staging: &'a Staging<'a>) -> Self {
        Self { disk, staging, folders: BTreeSet::new(), digests: BTreeMap::new() }
    }

    /// Folders that were made, relative.
    pub(super) fn folders(&self) -> Vec<String> {
        self.folders.iter().cloned().collect()
    }

    /// Makes the folder of a file; one level, as releases have it.
    pub(super) fn make_folder(&mut self, path: &str) -> Result<(), BuildError> {
        let Some((folder, _)) = path.rsplit_once('/') else { return Ok(()) };
        if self.folders.contains(folder) {
            return Ok(());
        }
        self.disk.create_folder(&self.staging.place(folder)).map_err(BuildError::write(folder))?;
        self.folders.insert(folder.to_owned());
        Ok(())
    }

    /// Notes a file that was written already.
    pub(super) fn note(&mut self, path: &str, digest: Digest) -> Result<(), BuildError> {
        if self.digests.insert(path.to_owned(), digest).is_some() {
            return Err(BuildError::Twice(path.to_owned()));
        }
        Ok(())
    }

    /// Writes a file whole.
    pub(super) fn write(&mut self, path: &str, bytes: &[u8]) -> Result<Digest, BuildError> {
        self.make_folder(path)?;
        let digest = HashAlgorithm::Sha256.digest(bytes);
        self.note(path, digest)?;
        self.disk
            .write_new(&self.staging.place(path), bytes, Access::Public)
            .map_err(BuildError::write(path))?;
        Ok(digest)
    }

    /// `SHA256SUMS` over all files so far: the GNU form, bytewise by path.
    pub(super) fn sums(&self) -> String {
        self.digests.iter().map(|(path, digest)| gnu_line(digest.as_bytes(), path)).collect()
    }

    /// Puts a signature beside every file; how many there are.
    pub(super) fn sign(&self, key: &PrivateKey, told: impl Fn()) -> Result<u64, BuildError> {
        let mut count = 0;
        for (path, digest) in &self.digests {
            let place = self.staging.place(path);
            if path != FILE_NAME
                && let Some(what) = meaning::other(&place).map_err(BuildError::write(path))?
            {
                return Err(BuildError::Meaning { path: path.clone(), what });
            }
            let signature = rsa_pss::sign(key, digest).map_err(BuildError::Sign)?;
            let path = format!("{path}{SIGNATURE_ENDING}");
            self.disk
                .write_new(&self.staging.place(&path), &signature, Access::Public)
                .map_err(BuildError::write(&path))?;
            count += 1;
            told();
        }
        Ok(count)
    }
}
