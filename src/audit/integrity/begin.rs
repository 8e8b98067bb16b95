//! Finds and reads the manifest, before anything of the tree is met.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::Settings;
use super::ledger::Ledger;
use super::signed::{self, Trust};
use super::source::{self, Named};
use crate::formats::manifest::{FILE_NAME, Limits, Manifest, ManifestError};
use crate::host::files::{path_text, read_bounded};
use crate::report::{LeftOutKind, Status};

/// Loads the manifest into the ledger, or what is wrong with it.
pub(super) fn load(settings: &Settings, root: &Path, ledger: &mut Ledger) {
    ledger.own = vec![FILE_NAME.to_owned(), format!("{FILE_NAME}.sig")];
    let location = root.join(settings.manifest.as_deref().unwrap_or(Path::new(FILE_NAME)));
    let real = location.canonicalize();
    let in_tree = real.as_ref().ok().and_then(|real| real.strip_prefix(root).ok()).map(path_text);
    let name = in_tree
        .clone()
        .unwrap_or_else(|| location.file_name().map_or_else(String::new, |name| path_text(Path::new(name))));
    let place = in_tree.as_deref().unwrap_or_default();
    if settings.manifest.is_none() {
        match location.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Ok(metadata) if metadata.is_symlink() => {
                let message = "the manifest is a symbolic link, which is not followed".to_owned();
                ledger.problems.add("INT-010", FILE_NAME, 0, message);
                return;
            }
            _ => {}
        }
    } else if let Named::List { sure } = source::named(&name) {
        match source::checksum_file(&location, &name, sure) {
            Ok(list) => ledger.take_in(&name, in_tree.is_some(), false, list),
            Err((_, reason)) => {
                ledger.instead = Some(Status::not_evaluated(&format!("{name}: {reason}"), ""));
            }
        }
        return;
    }
    let limits = Limits::default();
    let bytes = match read_bounded(&location, limits.max_bytes as u64) {
        Ok(bytes) => bytes,
        Err(error) => {
            let reason = format!("{name} could not be read: {}", words(&error));
            ledger.omissions.push((LeftOutKind::Unreadable, "the manifest".to_owned(), name));
            ledger.instead = Some(Status::not_evaluated(&reason, ""));
            return;
        }
    };
    if let Some(path) = &in_tree {
        ledger.own.extend([path.clone(), format!("{path}.sig")]);
    }
    if !is_trusted(settings, &location, &bytes, &name, place, ledger) {
        return;
    }
    match Manifest::parse(&bytes, &limits) {
        Ok(manifest) => {
            let list = source::manifest(&manifest, Sha256::digest(&bytes).into(), in_tree.as_deref());
            ledger.take_in(&name, in_tree.is_some(), true, list);
        }
        Err(error) => {
            let line = match &error {
                ManifestError::Json { line, .. } => u32::try_from(*line).unwrap_or(0),
                _ => 0,
            };
            ledger.problems.add("INT-010", place, line, format!("{name}: {error}"));
            let reason = "contents not used: the manifest is not acceptable".to_owned();
            ledger.omissions.push((LeftOutKind::Unparsable, reason, name));
        }
    }
}

/// Whether the contents of the manifest may be used.
fn is_trusted(
    settings: &Settings,
    location: &Path,
    bytes: &[u8],
    name: &str,
    place: &str,
    ledger: &mut Ledger,
) -> bool {
    let mut beside = OsString::from(location.as_os_str());
    beside.push(".sig");
    let not_used = |ledger: &mut Ledger, why: &str| {
        let reason = format!("contents not used: {why}");
        ledger.omissions.push((LeftOutKind::Unsupported, reason, name.to_owned()));
        false
    };
    match signed::judge(&PathBuf::from(beside), bytes, &settings.keys, settings.at) {
        Trust::Signed(_) => {
            ledger.signatures += 1;
            true
        }
        Trust::Refused(why) => {
            ledger.problems.add("INT-013", place, 0, format!("{name}.sig: {why}"));
            not_used(ledger, "the signature is not valid")
        }
        Trust::Absent if settings.require_signature => {
            ledger.problems.add("INT-014", place, 0, format!("{name}.sig is not there"));
            not_used(ledger, "the signature is missing")
        }
        Trust::NoKey if settings.require_signature => {
            let reason = "no public key is configured to verify the signature of the manifest with";
            ledger.instead = Some(Status::not_evaluated(reason, "readiness audit --public-key KEY.pem"));
            not_used(ledger, "the signature could not be verified without a public key")
        }
        Trust::NoKey => {
            let reason = "signature not verified: no public key is configured".to_owned();
            ledger.omissions.push((LeftOutKind::Unsupported, reason, format!("{name}.sig")));
            true
        }
        Trust::Absent => {
            if !settings.keys.is_empty() {
                let reason = "the manifest is not signed".to_owned();
                ledger.omissions.push((LeftOutKind::Unsupported, reason, name.to_owned()));
            }
            true
        }
    }
}

fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it is not there".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        kind => kind.to_string(),
    }
}
