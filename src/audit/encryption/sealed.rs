//! One encrypted file as it is read: its head is kept for classification, and with keys it is decrypted on the way.
//! Plaintext goes nowhere.

use std::sync::{Arc, RwLock};

use super::State;
use crate::artifact::encrypted::{Authentic, CheckError, Checker, HEAD_LEN, Layout};
use crate::artifact::keys::LoadedKey;
use crate::crypto::streaming::{HEADER_LEN, Parameters, StreamError};
use crate::engine::{Entry, Findings, Stream};

/// Largest file of the bare layout that is decrypted, in bytes: it must be held in memory whole.
pub(super) const BARE_LIMIT: usize = 16 << 20;

/// What the keys said of a file.
pub(super) enum Answer {
    /// There are no keys.
    NotAsked,
    /// A key opens it, in the layout named.
    Opened { key: String, streaming: bool, authentic: Authentic },
    /// None does.
    Refused(CheckError),
}

/// A file being read.
pub(super) struct Sealed {
    pub(super) keys: Arc<Vec<LoadedKey>>,
    pub(super) state: Arc<RwLock<State>>,
    pub(super) required: bool,
    head: Vec<u8>,
    size: u64,
    /// Decryptions of the streaming format that have not failed, each with the name of its key file.
    running: Vec<(String, Checker)>,
    /// The whole file, should it be of the bare layout.
    bare: Vec<u8>,
    error: Option<CheckError>,
}

impl Sealed {
    pub(super) fn new(keys: Arc<Vec<LoadedKey>>, state: Arc<RwLock<State>>, required: bool) -> Self {
        let (head, bare, running) = (Vec::new(), Vec::new(), Vec::new());
        Self { keys, state, required, head, size: 0, running, bare, error: None }
    }

    fn begin(&mut self, first: u8) {
        if usize::from(first) != HEADER_LEN {
            return;
        }
        for key in self.keys.iter() {
            match Checker::new(Layout::Streaming(Parameters::default()), &key.keys, b"") {
                Ok(checker) => self.running.push((key.name.clone(), checker)),
                Err(error) => keep(&mut self.error, error),
            }
        }
    }

    fn answer(&mut self) -> Answer {
        if self.keys.is_empty() {
            return Answer::NotAsked;
        }
        for (key, checker) in self.running.drain(..) {
            match checker.finish() {
                Ok(authentic) => return Answer::Opened { key, streaming: true, authentic },
                Err(error) => keep(&mut self.error, error),
            }
        }
        // Segments that opened settle the layout; else the first byte may have been the nonce's by chance.
        if self.error.as_ref().is_none_or(|error| weight(error) <= WRONG) {
            for key in self.keys.iter() {
                match open_bare(key, &self.bare, self.size) {
                    Ok(authentic) => {
                        return Answer::Opened { key: key.name.clone(), streaming: false, authentic };
                    }
                    Err(error) => keep(&mut self.error, error),
                }
            }
        }
        Answer::Refused(self.error.take().unwrap_or(CheckError::NoKey))
    }
}

fn open_bare(key: &LoadedKey, bytes: &[u8], size: u64) -> Result<Authentic, CheckError> {
    let mut checker = Checker::new(Layout::Bare { limit: BARE_LIMIT }, &key.keys, b"")?;
    if u64::try_from(bytes.len()).ok() != Some(size) {
        return Err(CheckError::TooLarge { limit: BARE_LIMIT });
    }
    checker.feed(bytes);
    checker.finish()
}

impl Stream for Sealed {
    fn feed(&mut self, bytes: &[u8], _entry: &Entry) {
        if self.size == 0
            && let Some(first) = bytes.first()
        {
            self.begin(*first);
        }
        self.size += u64::try_from(bytes.len()).unwrap_or_default();
        let room = HEAD_LEN.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(bytes.get(..room).unwrap_or_default());
        let mut failed = Vec::new();
        for (key, mut checker) in self.running.drain(..) {
            if checker.feed(bytes) {
                failed.push((key, checker));
            } else if let Err(error) = checker.finish() {
                keep(&mut self.error, error);
            }
        }
        self.running = failed;
        if !self.keys.is_empty() {
            if self.bare.len() + bytes.len() <= BARE_LIMIT && self.size <= BARE_LIMIT as u64 {
                self.bare.extend_from_slice(bytes);
            } else {
                self.bare = Vec::new();
            }
        }
    }

    fn end(mut self: Box<Self>, entry: &Entry, findings: &mut Findings<'_>) {
        let answer = self.answer();
        super::conclude_file(&self.head, self.size, &answer, self.required, &self.state, entry, findings);
    }
}

/// Weight of an error that says no more than that the key is wrong.
const WRONG: u64 = 3;

/// Keeps the error that tells most.
fn keep(slot: &mut Option<CheckError>, error: CheckError) {
    if slot.as_ref().is_none_or(|known| weight(known) < weight(&error)) {
        *slot = Some(error);
    }
}

fn weight(error: &CheckError) -> u64 {
    match error {
        CheckError::NoKey => 0,
        CheckError::TooLarge { .. } => 1,
        CheckError::Prefix => 2,
        CheckError::Streaming(StreamError::Damaged { segment }) => WRONG + 1 + segment,
        CheckError::Streaming(StreamError::Truncated { segment } | StreamError::TrailingData { segment }) => {
            WRONG + 2 + segment
        }
        CheckError::Streaming(StreamError::TooLong) => u64::MAX,
        _ => WRONG,
    }
}
