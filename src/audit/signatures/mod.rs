//! Detached RSA-PSS signatures: every `F.sig` beside its `F`, pairs that the user names, and files that must be
//! signed. Signatures of other systems are named as not verified.

mod blob;
mod judge;
mod names;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use jiff::Timestamp;

use self::blob::Blob;
use super::wanted::Wanted;
use crate::artifact::signature::{TrustedKey, verify};
use crate::crypto::digest::{Digest, HashAlgorithm, Hasher};
use crate::crypto::keys::KeyWarning;
use crate::crypto::rsa_pss::SaltPolicy;
use crate::engine::{
    Check, Conclusion, Entry, File, Findings, Inspect, Reads, RuleFile, Start, Stream, Tree, Want,
};
use crate::report::{LeftOutKind, Status};

static FILE: LazyLock<RuleFile> = LazyLock::new(|| RuleFile::embedded(CHECK.rule_file));

/// The check.
pub static CHECK: Check = Check {
    id: "signatures",
    title: "Signatures",
    about: "Detached RSA-PSS signatures, against the keys that are trusted.",
    reads: Reads::Declarations,
    rules: || &FILE.rules,
    rule_file: include_str!("rules.yaml"),
};

/// What completes the check where no key is trusted, as hints name it.
const HINT: &str = "readiness audit --public-key FILE";

/// What the check is told.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The keys that are trusted.
    pub keys: Vec<TrustedKey>,
    /// The moment as of which keys are valid or not.
    pub at: Timestamp,
    /// Whether the salt must be as long as the digest, where a key says nothing else.
    pub salt_must_equal_digest: bool,
    /// Globs over files that must have a valid signature.
    pub required: Vec<String>,
    /// Pairs that the user named: signature and file, relative to the tree.
    pub pairs: Vec<(String, String)>,
}

/// Makes the check ready for one run.
#[must_use]
pub fn start(settings: &super::Settings) -> Start {
    let settings = &settings.signatures;
    let required = match Wanted::new(&settings.required) {
        Ok(required) => required,
        Err(error) => {
            return Start::Skip(Status::Errored { reason: format!("signatures.require: {error}") });
        }
    };
    let mut keys = settings.keys.clone();
    if settings.salt_must_equal_digest {
        for key in keys.iter_mut().filter(|key| key.salt == SaltPolicy::Any) {
            key.salt = SaltPolicy::DigestLength;
        }
    }
    let mut state = State::default();
    for (signature, file) in &settings.pairs {
        state.pair(signature, file);
    }
    Start::Run(Box::new(Signatures {
        hashes: hashes(&keys),
        keys,
        at: settings.at,
        required,
        explicit: settings.pairs.iter().cloned().collect(),
        root: OnceLock::new(),
        state: Arc::new(RwLock::new(state)),
    }))
}

/// The hash functions besides SHA-256, which the engine gives, that a signature may have been made with. All of them
/// when there is a key: a signature with a function that its key does not allow should be named as that.
fn hashes(keys: &[TrustedKey]) -> &'static [HashAlgorithm] {
    if keys.is_empty() { &[] } else { &[HashAlgorithm::Sha384, HashAlgorithm::Sha512] }
}

struct Signatures {
    keys: Vec<TrustedKey>,
    at: Timestamp,
    hashes: &'static [HashAlgorithm],
    required: Wanted,
    explicit: BTreeSet<(String, String)>,
    root: OnceLock<PathBuf>,
    state: Arc<RwLock<State>>,
}

/// What was met so far.
#[derive(Default)]
struct State {
    /// Whether folders were listed, and not just single files named.
    walked: bool,
    /// Signature and file.
    pairs: BTreeSet<(String, String)>,
    /// The signatures of `pairs`, and `.sig` files without their file.
    signatures: HashSet<String>,
    alone: BTreeSet<String>,
    /// The files of `pairs`.
    signed: HashSet<String>,
    /// Pairs of which one is a link.
    links: BTreeSet<String>,
    /// Signatures of other systems beside their file, and which system.
    elsewhere: BTreeMap<String, &'static str>,
    /// Files that must be signed.
    required: BTreeSet<String>,
    blobs: BTreeMap<String, Blob>,
    digests: HashMap<String, Vec<Digest>>,
    /// Files that changed while they were read: the engine notes them, and nothing else is said of them.
    changed: HashSet<String>,
}

impl State {
    fn pair(&mut self, signature: &str, file: &str) {
        self.pairs.insert((signature.to_owned(), file.to_owned()));
        self.signatures.insert(signature.to_owned());
        self.signed.insert(file.to_owned());
    }
}

impl Signatures {
    // A thread that panicked while it held the lock left whole values behind: they are only inserted.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inspect for Signatures {
    fn begin(&self, tree: &Tree<'_>) {
        let _ = self.root.set(tree.root.to_owned());
    }

    fn named(&self) -> Vec<String> {
        let mut paths: Vec<String> =
            self.explicit.iter().flat_map(|(signature, file)| [signature.clone(), file.clone()]).collect();
        if let Some(root) = self.root.get() {
            for path in self.required.on_disk(root) {
                paths.extend(names::beside(&path));
                paths.push(path);
            }
        }
        paths
    }

    fn listed(&self, files: &[Entry]) {
        let there: HashMap<&str, bool> =
            files.iter().map(|entry| (entry.path.as_str(), entry.is_file())).collect();
        let mut state = self.write();
        state.walked = true;
        for Entry { path, .. } in files {
            let plain = |path: &str| there.get(path).copied();
            if let Some(file) = names::signed(path) {
                match (plain(path), plain(file)) {
                    (Some(true), Some(true)) => state.pair(path, file),
                    (_, Some(_)) => drop(state.links.insert(path.clone())),
                    (Some(true), None) if names::may_stand_alone(path) => {
                        state.signatures.insert(path.clone());
                        state.alone.insert(path.clone());
                    }
                    _ => {}
                }
                if there.contains_key(file) {
                    continue;
                }
            } else if let Some((file, system)) = names::signed_elsewhere(path)
                && there.contains_key(file)
            {
                state.elsewhere.insert(path.clone(), system);
                continue;
            }
            if !self.required.is_empty() && self.required.matches(path) {
                state.required.insert(path.clone());
            }
        }
    }

    fn wants(&self, entry: &Entry) -> Want {
        let state = self.read();
        if !entry.is_file() {
            Want::Nothing
        } else if state.signatures.contains(&entry.path) {
            Want::Bytes
        } else if state.signed.contains(&entry.path) {
            Want::Digest
        } else {
            Want::Nothing
        }
    }

    fn stream(&self, entry: &Entry) -> Option<Box<dyn Stream>> {
        if self.hashes.is_empty() || !self.read().signed.contains(&entry.path) {
            return None;
        }
        let hashers = self.hashes.iter().map(|hash| Hasher::new(*hash)).collect();
        Some(Box::new(Hashing { hashers, state: Arc::clone(&self.state) }))
    }

    fn file(&self, file: &File<'_>, _findings: &mut Findings<'_>) {
        let path = &file.entry.path;
        let mut state = self.write();
        if file.changed {
            state.changed.insert(path.clone());
            return;
        }
        if file.whole && state.signatures.contains(path) {
            state.blobs.insert(path.clone(), Blob::read(file.contents.bytes()));
        }
        if state.signed.contains(path)
            && let Some(digest) =
                file.digest.and_then(|digest| Digest::from_bytes(HashAlgorithm::Sha256, &digest))
        {
            state.digests.entry(path.clone()).or_default().push(digest);
        }
    }

    fn finish(&self, findings: &mut Findings<'_>) -> Conclusion {
        let state = self.read();
        for (path, system) in &state.elsewhere {
            findings.left_out(LeftOutKind::Unsupported, system, path);
        }
        for path in &state.links {
            findings.left_out(LeftOutKind::Link, "signature or signed file is a link, not verified", path);
        }
        let mut sum = Sum::default();
        for (signature, file) in &state.pairs {
            self.conclude_pair(&state, signature, file, &mut sum, findings);
        }
        for signature in &state.alone {
            self.conclude_alone(&state, signature, &mut sum, findings);
        }
        self.conclude_required(&state, &sum, findings);
        if sum.verified > 0 {
            findings.examined("signatures", sum.verified);
        }

        let asked = !self.explicit.is_empty() || !self.required.is_empty();
        if self.keys.is_empty() {
            return Conclusion::Instead(match sum.waiting.len() {
                0 if !asked => Status::not_applicable("no RSA signature in the tree", ""),
                0 => Status::not_evaluated("files must be signed, and no key is trusted", HINT),
                1 => Status::not_evaluated("1 signature, and no key to verify it with", HINT),
                many => {
                    Status::not_evaluated(&format!("{many} signatures, and no key to verify them with"), HINT)
                }
            });
        }
        if sum.verified == 0 && !sum.reported && !asked {
            return Conclusion::Instead(Status::not_applicable(
                "no RSA signature in the tree",
                "name the files that must be signed: `signatures.require` in readiness.yaml",
            ));
        }
        self.conclude_keys(findings);
        if let Some((signature, reason)) = sum.unanswered.first_key_value() {
            return Conclusion::Instead(Status::not_evaluated(&format!("{signature}: {reason}"), ""));
        }
        Conclusion::Evaluated
    }
}

/// What came of all pairs.
#[derive(Default)]
struct Sum<'a> {
    /// Signatures that were compared with the keys.
    verified: u64,
    /// Files that have an accepted signature.
    accepted: HashSet<&'a str>,
    /// Files that have a signature which was not accepted or not verified.
    doubtful: HashSet<&'a str>,
    /// Signatures that no key was there for.
    waiting: BTreeSet<&'a str>,
    /// Signatures that the user named and that were not verified, with the reason.
    unanswered: BTreeMap<&'a str, String>,
    /// Whether anything was reported.
    reported: bool,
}

impl Signatures {
    fn conclude_pair<'a>(
        &self,
        state: &'a State,
        signature: &'a str,
        file: &'a str,
        sum: &mut Sum<'a>,
        findings: &mut Findings<'_>,
    ) {
        let explicit = self.explicit.iter().any(|(one, other)| one == signature && other == file);
        let mut leave_out = |kind, reason: &str, path: &str, sum: &mut Sum<'a>| {
            findings.left_out(kind, reason, path);
            if explicit {
                sum.unanswered.insert(signature, reason.to_owned());
            }
        };
        sum.doubtful.insert(file);
        if state.changed.contains(signature) || state.changed.contains(file) {
            return leave_out(LeftOutKind::Changed, "changed while it was read", signature, sum);
        }
        let Some(blob) = state.blobs.get(signature) else {
            return leave_out(LeftOutKind::Unreadable, "signature that was not read", signature, sum);
        };
        let bytes = match blob {
            Blob::Other(system) => return leave_out(LeftOutKind::Unsupported, system, signature, sum),
            // Without a key, nobody said that a file of this name is a signature.
            Blob::Unfit(_) if self.keys.is_empty() && !explicit => return,
            Blob::Unfit(reason) => {
                sum.reported = true;
                return findings.on_path("SIG-015", signature, reason.as_str());
            }
            Blob::Signature(_) if self.keys.is_empty() => {
                if explicit || blob.is_rsa_sized() {
                    sum.waiting.insert(signature);
                }
                return;
            }
            Blob::Signature(bytes) => bytes,
        };
        let Some(digests) = state.digests.get(file) else {
            return leave_out(LeftOutKind::Unreadable, "signed file that was not read", file, sum);
        };
        sum.verified += 1;
        let judged = judge::judge(&verify(digests, bytes, &self.keys, self.at), &self.keys, bytes.len());
        if judged.accepted {
            sum.accepted.insert(file);
        }
        for (rule, message) in judged.remarks {
            findings.on_path(rule, signature, message);
        }
    }

    /// A `.sig` file without the file it should sign.
    fn conclude_alone<'a>(
        &self,
        state: &'a State,
        signature: &'a str,
        sum: &mut Sum<'a>,
        findings: &mut Findings<'_>,
    ) {
        let Some(blob) = state.blobs.get(signature).filter(|blob| blob.is_rsa_sized()) else { return };
        if self.explicit.iter().any(|(named, _)| named == signature) || !matches!(blob, Blob::Signature(_)) {
            return;
        }
        let file = names::signed(signature).unwrap_or(signature);
        if self.keys.is_empty() {
            sum.waiting.insert(signature);
        } else if self.root.get().is_some_and(|root| root.join(file).symlink_metadata().is_ok()) {
            findings.left_out(
                LeftOutKind::Unreadable,
                "signature of a file that the audit leaves out (ignored or excluded)",
                signature,
            );
        } else {
            sum.reported = true;
            let name = file.rsplit('/').next().unwrap_or(file);
            findings.on_path("SIG-011", signature, format!("there is no `{name}` beside it"));
        }
    }

    fn conclude_required(&self, state: &State, sum: &Sum<'_>, findings: &mut Findings<'_>) {
        for file in &state.required {
            let path = file.as_str();
            if sum.accepted.contains(path) || state.changed.contains(path) {
                continue;
            }
            if !sum.doubtful.contains(path) {
                findings.on_path("SIG-010", path, "must be signed, and no RSA signature stands beside it");
            } else if !self.keys.is_empty() {
                findings.on_path("SIG-010", path, "must be signed, and its signature is not accepted");
            }
        }
        self.required.note_unsearched(findings);
        if state.walked {
            for glob in self.required.unused() {
                findings.on_subject("SIG-016", format!("`{glob}` matches no file"));
            }
        }
    }

    fn conclude_keys(&self, findings: &mut Findings<'_>) {
        for key in self.keys.iter().filter(|key| !key.revoked) {
            for KeyWarning::SmallExponent(exponent) in key.key.warnings() {
                findings.on_subject("SIG-012", format!("{} has the public exponent {exponent}", key.id));
            }
            let bits = key.key.modulus_bits();
            if bits < 3072 {
                findings.on_subject("SIG-013", format!("{} has {bits} bits", key.id));
            }
        }
    }
}

/// Hashes a signed file as it is read.
struct Hashing {
    hashers: Vec<Hasher>,
    state: Arc<RwLock<State>>,
}

impl Stream for Hashing {
    fn feed(&mut self, bytes: &[u8], _entry: &Entry) {
        self.hashers.iter_mut().for_each(|hasher| hasher.update(bytes));
    }

    fn end(self: Box<Self>, entry: &Entry, _findings: &mut Findings<'_>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let digests = state.digests.entry(entry.path.clone()).or_default();
        digests.extend(self.hashers.into_iter().map(Hasher::finish));
    }
}
