//! The two lists of a release: `SHA256SUMS`, which binds every byte, and the manifest, which says what the release is.
//! Both are read strictly, and held against each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::outcome::Outcome;
use super::pass;
use super::problem::Flaw;
use super::walk::Walked;
use crate::crypto::digest::Digest;
use crate::engine::Progress;
use crate::formats::checksums::{self, Algorithm, Limits};
use crate::formats::hex;
use crate::formats::release_manifest::{
    Artifact, ENCRYPTED_ENDING, ENCRYPTION_FORMAT, FILE_NAME, File, FileRole, MAX_BYTES, MAX_FILES,
    ReleaseManifest, SIGNATURE_ALGORITHM, SIGNATURE_ENDING, SUMS_NAME,
};

/// How far clocks may be apart.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// Both lists.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Digests (hex) by path, of `SHA256SUMS`; none when it is not there.
    pub(super) sums: Option<BTreeMap<String, String>>,
    /// The manifest, when it can be read.
    pub(super) manifest: Option<ReleaseManifest>,
    /// Size and digest of the manifest's bytes as they were read: what is held against the other list and the signature is
    /// what was parsed, whatever takes the file's place meanwhile.
    pub(super) manifest_read: Option<(u64, Digest)>,
    /// When the release says that it was made; the moment of verification when it does not.
    pub(super) at: Timestamp,
    /// Digest of `SHA256SUMS` itself.
    pub(super) sums_digest: Option<Digest>,
}

/// What the manifest says of a path.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item<'a> {
    /// It is released.
    Artifact(&'a Artifact),
    /// It is beside what is released.
    File(&'a File),
    /// It is the manifest.
    Manifest,
}

impl Item<'_> {
    /// The digest (hex) that the manifest says of the file's bytes; none where it speaks of what is inside.
    pub(super) fn digest(&self) -> Option<&str> {
        match self {
            Self::Artifact(artifact) => artifact.encrypted_size.is_none().then_some(artifact.sha256.as_str()),
            Self::File(file) if is_envelope(file) => None,
            Self::File(file) => Some(&file.sha256),
            Self::Manifest => None,
        }
    }

    /// The size that the manifest says of the file.
    pub(super) fn size(&self) -> Option<u64> {
        match self {
            Self::Artifact(artifact) => Some(artifact.encrypted_size.unwrap_or(artifact.size)),
            Self::File(file) => file.size,
            Self::Manifest => None,
        }
    }
}

/// Whether a file is an envelope that was signed when the release was made, so that only its payload has a digest.
pub(super) fn is_envelope(file: &File) -> bool {
    file.role == FileRole::Attestation && file.size.is_none()
}

impl Lists {
    /// Every path that the manifest names, itself included.
    pub(super) fn items(&self) -> BTreeMap<&str, Item<'_>> {
        let Some(manifest) = &self.manifest else { return BTreeMap::new() };
        let artifacts =
            manifest.artifacts.iter().map(|artifact| (artifact.path.as_str(), Item::Artifact(artifact)));
        let files = manifest.files.iter().map(|file| (file.path.as_str(), Item::File(file)));
        artifacts.chain(files).chain([(FILE_NAME, Item::Manifest)]).collect()
    }

    /// Every path that either list names, or has to: the manifest is one of them even when none can be read.
    pub(super) fn listed(&self) -> BTreeSet<&str> {
        let mut paths: BTreeSet<&str> = self.items().into_keys().collect();
        paths.extend(self.sums.iter().flat_map(BTreeMap::keys).map(String::as_str));
        paths.insert(FILE_NAME);
        paths
    }

    /// Whether there is anything that could list a file.
    pub(super) fn any(&self) -> bool {
        self.sums.is_some() || self.manifest.is_some()
    }

    /// Whether the release says that it is signed; none when it says nothing.
    pub(super) fn signed(&self) -> Option<bool> {
        self.manifest.as_ref().map(|manifest| manifest.enterprise.signed)
    }
}

/// Reads both lists; what is wrong with them goes to the outcome.
pub(super) fn read(
    dir: &Path,
    walked: &Walked,
    now: Timestamp,
    progress: &Progress,
    outcome: &mut Outcome,
) -> Lists {
    let mut lists = Lists { at: now, ..Lists::default() };
    if walked.files.contains(SUMS_NAME) {
        match pass::whole(dir, SUMS_NAME, MAX_BYTES, progress) {
            Ok((bytes, digest)) => {
                outcome.files += 1;
                outcome.bytes += bytes.len() as u64;
                outcome.sums_digest = Some(digest.to_string());
                lists.sums_digest = Some(digest);
                lists.sums = Some(sums(&bytes, outcome));
            }
            Err(flaw) => outcome.note(SUMS_NAME, flaw),
        }
    }
    if walked.files.contains(FILE_NAME) {
        match pass::whole(dir, FILE_NAME, MAX_BYTES, progress) {
            Ok((bytes, digest)) => {
                lists.manifest_read = Some((bytes.len() as u64, digest));
                match ReleaseManifest::parse(&bytes) {
                    Ok(manifest) => {
                        created(&manifest, now, &mut lists, outcome);
                        consistent(&manifest, outcome);
                        lists.manifest = Some(manifest);
                    }
                    Err(error) => outcome.note(FILE_NAME, Flaw::Unsound(error.to_string())),
                }
            }
            Err(flaw) => outcome.note(FILE_NAME, flaw),
        }
    }
    agree(&lists, outcome);
    lists
}

/// The entries of `SHA256SUMS`. Its form is exactly what a release is written with: other forms mean other things to
/// other programs, and a line that one reader skips hides a file from another.
fn sums(bytes: &[u8], outcome: &mut Outcome) -> BTreeMap<String, String> {
    let limits = Limits { max_lines: 2 * MAX_FILES, ..Limits::default() };
    let mut parsed = checksums::parse(bytes, &limits);
    if let Some(problem) = parsed.problems.first() {
        outcome.note(SUMS_NAME, Flaw::Unsound(format!("line {}: {}", problem.line, problem.kind)));
    } else if parsed.entries.is_empty() {
        outcome.note(SUMS_NAME, Flaw::Unsound("it lists nothing".to_owned()));
    } else {
        parsed.entries.sort_by(|one, other| one.path.as_bytes().cmp(other.path.as_bytes()));
        let plain: String =
            parsed.entries.iter().map(|entry| checksums::gnu_line(&entry.digest, &entry.path)).collect();
        let other = plain.as_bytes() != bytes
            || parsed.entries.iter().any(|entry| entry.algorithm != Algorithm::Sha256);
        if other {
            let line = first_difference(plain.as_bytes(), bytes);
            let why = format!(
                "line {line} is not as a release has it: sorted lines `SHA-256  path`, each with a line feed, and nothing else"
            );
            outcome.note(SUMS_NAME, Flaw::Unsound(why));
        }
    }
    for entry in &parsed.entries {
        if entry.path == SUMS_NAME || entry.path.ends_with(SIGNATURE_ENDING) {
            let why = format!("line {}: it lists a list or a signature, which no release does", entry.line);
            outcome.note(SUMS_NAME, Flaw::Unsound(why));
        }
    }
    parsed.entries.into_iter().map(|entry| (entry.path, hex::encode(&entry.digest))).collect()
}

/// The first line (from 1) in which two texts differ.
fn first_difference(one: &[u8], other: &[u8]) -> usize {
    let same = one.iter().zip(other).take_while(|(a, b)| a == b);
    1 + same.filter(|(byte, _)| **byte == b'\n').count()
}

/// When the release was made, which is what the windows of keys are judged by.
fn created(manifest: &ReleaseManifest, now: Timestamp, lists: &mut Lists, outcome: &mut Outcome) {
    match manifest.created.parse::<Timestamp>() {
        Ok(at) => {
            lists.at = at;
            if at.duration_since(now) > AHEAD {
                let why = format!(
                    "it says that the release was made at {}, which is still to come; or the clock here is wrong",
                    manifest.created
                );
                outcome.note(FILE_NAME, Flaw::Unsound(why));
            }
        }
        Err(_) => {
            let why = "`created` is no RFC 3339 time, so that no key's window can be judged".to_owned();
            outcome.note(FILE_NAME, Flaw::Unsound(why));
        }
    }
}

/// What the manifest says of itself must fit what it lists.
fn consistent(manifest: &ReleaseManifest, outcome: &mut Outcome) {
    let mut unsound = |why: String| outcome.note(FILE_NAME, Flaw::Unsound(why));
    if manifest.artifacts.is_empty() {
        unsound("it lists no artifact: there is nothing that could have been released".to_owned());
    }
    let flags = &manifest.enterprise;
    if flags.signed != manifest.signature.is_some() {
        unsound("`enterprise.signed` and `signature` contradict each other".to_owned());
    }
    if let Some(other) = manifest.signature.as_ref().filter(|info| info.algorithm != SIGNATURE_ALGORITHM) {
        unsound(format!("signatures of the kind `{}` are not known here", other.algorithm));
    }
    if let Some(other) = manifest.encryption.as_ref().filter(|info| info.format != ENCRYPTION_FORMAT) {
        unsound(format!("encryption of the kind `{}` is not known here", other.format));
    }
    let encrypted = manifest.artifacts.iter().any(|artifact| artifact.encrypted_size.is_some());
    if flags.encrypted != encrypted || flags.encrypted != manifest.encryption.is_some() {
        unsound("`enterprise.encrypted`, `encryption` and the artifacts contradict each other".to_owned());
    }
    let any = |role: FileRole| manifest.files.iter().any(|file| file.role == role);
    if flags.sbom != any(FileRole::Sbom) {
        unsound("`enterprise.sbom` and the files contradict each other".to_owned());
    }
    if flags.slsa != manifest.files.iter().any(super::provenance::is_ours) {
        unsound("`enterprise.slsa` and the files contradict each other".to_owned());
    }
    for artifact in &manifest.artifacts {
        let ending = if artifact.encrypted_size.is_some() { ENCRYPTED_ENDING } else { "" };
        let name = artifact.path.rsplit('/').next().unwrap_or_default();
        if name != format!("{}{ending}", artifact.name) {
            outcome.note(
                &artifact.path,
                Flaw::Unsound(format!(
                    "the manifest calls it `{}`, which does not fit its path",
                    artifact.name
                )),
            );
        }
    }
    let reserved = |path: &str| path.ends_with(SIGNATURE_ENDING) || path == SUMS_NAME || path == FILE_NAME;
    let paths = manifest.artifacts.iter().map(|artifact| &artifact.path);
    for path in paths.chain(manifest.files.iter().map(|file| &file.path)).filter(|path| reserved(path)) {
        outcome.note(path, Flaw::Unsound("the manifest lists it, and no release lists that".to_owned()));
    }
}

/// Both lists must name the same files, with the same digests.
fn agree(lists: &Lists, outcome: &mut Outcome) {
    let (Some(sums), Some(_)) = (&lists.sums, &lists.manifest) else { return };
    let items = lists.items();
    for (path, item) in &items {
        match sums.get(*path) {
            None => {
                let whose = if matches!(item, Item::Manifest) {
                    "it is the manifest"
                } else {
                    "manifest.json lists it"
                };
                let why = format!("{whose}, and {SUMS_NAME} does not list it");
                outcome.note(path, Flaw::Unsound(why));
            }
            Some(digest) if item.digest().is_some_and(|other| other != digest) => {
                let why = format!("{SUMS_NAME} and manifest.json say different digests of it");
                outcome.note(path, Flaw::Unsound(why));
            }
            Some(_) => {}
        }
    }
    for path in sums.keys().filter(|path| !items.contains_key(path.as_str())) {
        outcome.note(path, Flaw::Unsound(format!("{SUMS_NAME} lists it, and manifest.json does not")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::digest::HashAlgorithm;
    use crate::release::verify::walk;

    /// Whoever can write to the directory while it is verified shows one manifest to the reader, and another, which was
    /// signed, to the hash.
    #[test]
    fn the_manifest_that_is_parsed_is_the_one_that_is_hashed() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let forged =
            ReleaseManifest { schema: 1, version: "forged".to_owned(), ..ReleaseManifest::default() };
        std::fs::write(dir.join(FILE_NAME), forged.to_bytes()).unwrap();
        let walked = walk::walk(dir).unwrap();
        let (mut outcome, progress) = (Outcome::default(), Progress::default());
        let lists = read(dir, &walked, Timestamp::UNIX_EPOCH, &progress, &mut outcome);
        std::fs::write(dir.join(FILE_NAME), b"the one that was signed").unwrap();
        let seen = pass::all(dir, &walked, &lists, &[], &progress, &mut outcome);
        assert_eq!(lists.manifest.as_ref().map(|manifest| manifest.version.as_str()), Some("forged"));
        assert_eq!(seen[FILE_NAME].digest, HashAlgorithm::Sha256.digest(&forged.to_bytes()));
    }

    #[test]
    fn a_list_that_is_too_large_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        // A sparse file: it has no bytes on the disk, and would take an hour to read.
        let file = std::fs::File::create(folder.path().join(FILE_NAME)).unwrap();
        file.set_len(4 << 40).unwrap();
        let walked = walk::walk(folder.path()).unwrap();
        let (mut outcome, progress) = (Outcome::default(), Progress::default());
        let lists = read(folder.path(), &walked, Timestamp::UNIX_EPOCH, &progress, &mut outcome);
        let seen = pass::all(folder.path(), &walked, &lists, &[], &progress, &mut outcome);
        assert!(seen.is_empty() && outcome.bytes == 0);
        assert!(
            outcome.problems.iter().any(|problem| problem.flaw.to_string().contains("larger than 16777216"))
        );
    }
}
