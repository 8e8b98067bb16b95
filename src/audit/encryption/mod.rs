//! Encrypted files: those that are named as such, and those that must be encrypted. Without a key their structure is
//! looked at, with one they are decrypted to their end in constant memory; plaintext goes nowhere.

mod foreign;
mod sealed;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock, RwLockWriteGuard};

use self::sealed::{Answer, Sealed};
use super::wanted::Wanted;
use crate::artifact::encrypted::{CheckError, Classification, Plainness, classify};
use crate::artifact::keys::LoadedKey;
use crate::crypto::aes_gcm::{GcmError, NONCE_LEN};
use crate::crypto::streaming::{Header, Parameters, StreamError};
use crate::engine::{
    Check, Conclusion, Entry, File, Findings, Inspect, Reads, RuleFile, Start, Stream, Tree, Want,
};
use crate::report::{LeftOutKind, Status};

static FILE: LazyLock<RuleFile> = LazyLock::new(|| RuleFile::embedded(CHECK.rule_file));

/// The check.
pub static CHECK: Check = Check {
    id: "encryption",
    title: "Encryption",
    about: "Encrypted files (Tink's streaming format, bare AES-256-GCM): encrypted, whole, and with fresh nonces.",
    reads: Reads::Declarations,
    rules: || &FILE.rules,
    rule_file: include_str!("rules.yaml"),
};

/// Endings that say that a file is encrypted.
const ENDINGS: [&str; 5] = [".enc", ".aes", ".aesgcm", ".tink", ".encrypted"];
/// The unit of coverage.
const UNIT: &str = "encrypted files";

/// What the check is told.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Keys to decrypt with.
    pub keys: Vec<LoadedKey>,
    /// Globs over files that must be encrypted.
    pub required: Vec<String>,
}

/// Makes the check ready for one run.
#[must_use]
pub fn start(settings: &super::Settings) -> Start {
    let settings = &settings.encryption;
    match Wanted::new(&settings.required) {
        Err(error) => Start::Skip(Status::Errored { reason: format!("encryption.files: {error}") }),
        Ok(required) => Start::Run(Box::new(Encryption {
            keys: Arc::new(settings.keys.clone()),
            required,
            root: OnceLock::new(),
            state: Arc::default(),
        })),
    }
}

struct Encryption {
    keys: Arc<Vec<LoadedKey>>,
    required: Wanted,
    root: OnceLock<PathBuf>,
    state: Arc<RwLock<State>>,
}

/// What was met so far.
#[derive(Default)]
struct State {
    /// Whether folders were listed, and not just single files named.
    walked: bool,
    /// Files taken as encrypted, and links that are named so.
    candidates: u64,
    links: BTreeSet<String>,
    /// Whether something was met that another program encrypted.
    foreign: bool,
    /// SHA-256 of candidates; none when one changed while it was read.
    digests: HashMap<String, Option<[u8; 32]>>,
    /// Where each salt and nonce was met.
    seen: BTreeMap<Fresh, Vec<Place>>,
    /// Whether anything was reported.
    reported: bool,
}

/// What must occur once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fresh {
    /// Salt and nonce prefix of the streaming format.
    Header(Vec<u8>),
    /// The nonce of a bare file that a key opened, with that key.
    Proven([u8; NONCE_LEN], String, Option<u32>),
    /// The first bytes of a file that may be of the bare layout.
    Likely([u8; NONCE_LEN]),
}

/// A file and the digest of its content: a copy of an encrypted file reuses nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    path: String,
    digest: [u8; 32],
}

// A thread that panicked while it held the lock left whole values behind: they are only inserted.
fn write(state: &RwLock<State>) -> RwLockWriteGuard<'_, State> {
    state.write().unwrap_or_else(PoisonError::into_inner)
}

impl Encryption {
    fn must(&self, entry: &Entry) -> bool {
        !self.required.is_empty() && self.required.matches(&entry.path)
    }

    fn takes(&self, entry: &Entry) -> bool {
        let named = ENDINGS.iter().any(|ending| {
            let name = entry.name();
            let at = name.len().saturating_sub(ending.len());
            at > 0 && name.get(at..).is_some_and(|end| end.eq_ignore_ascii_case(ending))
        });
        named || self.must(entry)
    }
}

impl Inspect for Encryption {
    fn begin(&self, tree: &Tree<'_>) {
        let _ = self.root.set(tree.root.to_owned());
    }

    fn named(&self) -> Vec<String> {
        self.root.get().map(|root| self.required.on_disk(root).into_iter().collect()).unwrap_or_default()
    }

    fn listed(&self, files: &[Entry]) {
        let links = files.iter().filter(|entry| !entry.is_file() && self.takes(entry));
        let links: Vec<String> = links.map(|entry| entry.path.clone()).collect();
        let mut state = write(&self.state);
        state.walked = true;
        state.links.extend(links);
    }

    fn wants(&self, entry: &Entry) -> Want {
        if entry.is_file() && self.takes(entry) { Want::Digest } else { Want::Nothing }
    }

    fn stream(&self, entry: &Entry) -> Option<Box<dyn Stream>> {
        self.takes(entry).then(|| -> Box<dyn Stream> {
            Box::new(Sealed::new(Arc::clone(&self.keys), Arc::clone(&self.state), self.must(entry)))
        })
    }

    fn file(&self, file: &File<'_>, _findings: &mut Findings<'_>) {
        let digest = file.digest.filter(|_| !file.changed);
        let mut state = write(&self.state);
        state.candidates += 1;
        state.digests.insert(file.entry.path.clone(), digest);
    }

    fn finish(&self, findings: &mut Findings<'_>) -> Conclusion {
        let mut state = write(&self.state);
        for path in &state.links {
            findings.left_out(LeftOutKind::Link, "encrypted file that is a link, not examined", path);
        }
        let seen = std::mem::take(&mut state.seen);
        for (fresh, places) in seen {
            conclude_fresh(&fresh, places, findings);
        }
        let mut too_open = false;
        for key in self.keys.iter() {
            if let Some(mode) = key.too_open {
                too_open = true;
                findings.on_subject("ENC-010", format!("{} has the mode {mode:04o}", key.name));
            }
        }
        self.required.note_unsearched(findings);
        if state.walked {
            for glob in self.required.unused() {
                state.reported = true;
                findings.on_subject("ENC-012", format!("`{glob}` matches no file"));
            }
        }
        let must = !self.required.is_empty();
        // That a file must be encrypted holds also when another program has encrypted it.
        if too_open || state.reported || findings.count(UNIT) > 0 || (must && state.foreign) {
            return Conclusion::Evaluated;
        }
        Conclusion::Instead(if state.candidates == 0 && !must {
            Status::not_applicable("no encrypted file in the tree", "")
        } else if state.digests.values().all(Option::is_none) {
            Status::not_evaluated("no encrypted file could be read", "")
        } else if must {
            Status::not_evaluated("none of the files that must be encrypted could be examined", "")
        } else {
            Status::not_applicable("no encrypted file of a format that can be examined", "")
        })
    }
}

/// Says what one file is. `answer` is what the keys said.
fn conclude_file(
    head: &[u8],
    size: u64,
    answer: &Answer,
    required: bool,
    state: &RwLock<State>,
    entry: &Entry,
    findings: &mut Findings<'_>,
) {
    let mut state = write(state);
    // One that changed while it was read is left out by the engine; nothing said of it would hold.
    let Some(digest) = state.digests.get(&entry.path).copied().flatten() else { return };
    let place = Place { path: entry.path.clone(), digest };
    let class = classify(head, size, &Parameters::default());

    if let Answer::Opened { key, streaming, authentic } = answer {
        let (segments, bytes, id) = (authentic.segments, authentic.plaintext_size, authentic.key_id);
        let which = match (id, authentic.primary) {
            (None, _) => key.clone(),
            (Some(id), true) => format!("{key} (key {id})"),
            (Some(id), false) => format!("{key} (key {id}, not the primary one)"),
        };
        let layout = if *streaming {
            format!("streaming, segments: {segments}")
        } else {
            "bare AES-256-GCM".to_owned()
        };
        findings.examined(UNIT, 1);
        findings.on_file(
            "ENC-011",
            format!("opened to its end by {which}: {layout}, bytes of plaintext: {bytes}"),
        );
        match (streaming, Header::parse(head), head.first_chunk::<NONCE_LEN>()) {
            (true, Ok(header), _) => fresh_header(&header, place, &mut state, findings),
            (false, _, Some(nonce)) => {
                fresh_nonce(Fresh::Proven(*nonce, key.clone(), id), nonce, place, &mut state, findings);
            }
            _ => {}
        }
        return;
    }
    if let Some(format) = foreign::other_format(head) {
        state.foreign = true;
        let reason = format!("encrypted in another format ({format}), not examined");
        return findings.left_out(LeftOutKind::Unsupported, &reason, &entry.path);
    }
    match class {
        Classification::NotEncrypted(plainness) => {
            if !required && foreign::is_encoding_table(head) {
                return;
            }
            if plainness == Plainness::Text && foreign::is_armoured_ciphertext(head) {
                state.foreign = true;
                let reason = "ciphertext written as text (base64 or hexadecimal), not examined";
                return findings.left_out(LeftOutKind::Unsupported, reason, &entry.path);
            }
            state.reported = true;
            let what = match plainness {
                Plainness::Format(format) => format!("it begins as {format} does"),
                Plainness::Text => "it is text".to_owned(),
                Plainness::Structured => "its bytes are far from random".to_owned(),
            };
            let should = if required { "must be encrypted" } else { "is named as encrypted" };
            return findings.on_file("ENC-001", format!("{should}, but {what}"));
        }
        Classification::TooShort => {
            state.reported = true;
            let message = format!("{size} bytes are too few for nonce and tag");
            return findings.on_file("ENC-002", message);
        }
        Classification::StreamingImplausible(error) if matches!(answer, Answer::NotAsked) => {
            state.reported = true;
            return findings.on_file("ENC-002", error.to_string());
        }
        Classification::StreamingImplausible(_) => {}
        Classification::Streaming { header, .. } => fresh_header(&header, place, &mut state, findings),
        Classification::Opaque { nonce } => {
            fresh_nonce(Fresh::Likely(nonce), &nonce, place, &mut state, findings);
        }
    }
    match answer {
        Answer::Opened { .. } => {}
        Answer::NotAsked => {
            findings.examined(UNIT, 1);
            findings.left_out(LeftOutKind::Unsupported, "not decrypted: no key was given", &entry.path);
        }
        Answer::Refused(CheckError::NoKey) => {
            findings.examined(UNIT, 1);
            findings.left_out(
                LeftOutKind::Unsupported,
                "not decrypted: no key is for its layout",
                &entry.path,
            );
        }
        Answer::Refused(error @ CheckError::TooLarge { .. }) => {
            findings.left_out(LeftOutKind::TooLarge, &error.to_string(), &entry.path);
        }
        Answer::Refused(error) => {
            state.reported = true;
            findings.examined(UNIT, 1);
            findings.on_file(rule_of(error), error.to_string());
        }
    }
}

fn rule_of(error: &CheckError) -> &'static str {
    match error {
        CheckError::Streaming(StreamError::Damaged { .. }) => "ENC-004",
        CheckError::Streaming(StreamError::Truncated { .. }) => "ENC-005",
        CheckError::Streaming(StreamError::TrailingData { .. }) => "ENC-006",
        CheckError::Streaming(StreamError::Header(_) | StreamError::TooLong)
        | CheckError::Bare(GcmError::TooShort { .. }) => "ENC-002",
        _ => "ENC-003",
    }
}

fn fresh_header(header: &Header, place: Place, state: &mut State, findings: &mut Findings<'_>) {
    if header.is_degenerate() {
        state.reported = true;
        findings.on_file("ENC-009", "salt or nonce prefix is one byte repeated");
    }
    state.seen.entry(Fresh::Header(header.to_bytes())).or_default().push(place);
}

fn fresh_nonce(
    fresh: Fresh,
    nonce: &[u8; NONCE_LEN],
    place: Place,
    state: &mut State,
    findings: &mut Findings<'_>,
) {
    if nonce.iter().all(|byte| Some(byte) == nonce.first()) {
        state.reported = true;
        findings.on_file("ENC-009", "the nonce is one byte repeated");
    }
    state.seen.entry(fresh).or_default().push(place);
}

/// Reports the files that share what must occur once. The first by path stands for all copies of it.
fn conclude_fresh(fresh: &Fresh, mut places: Vec<Place>, findings: &mut Findings<'_>) {
    places.sort();
    let Some(first) = places.first().cloned() else { return };
    for place in places.iter().filter(|place| place.digest != first.digest) {
        let (rule, what) = match fresh {
            Fresh::Header(_) => ("ENC-007", "salt and nonce prefix"),
            Fresh::Proven(..) => ("ENC-007", "key and nonce"),
            Fresh::Likely(_) => ("ENC-008", "first 12 bytes"),
        };
        findings.on_path(rule, &place.path, format!("has the same {what} as {}", first.path));
    }
}
