//! One thread of a run: reads the files it is given and gathers what the checks say of them.

use std::fmt;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::Relaxed;

use sha2::{Digest as _, Sha256};

use super::check::{Contents, File, Inspect, Stream, Want};
use super::findings::{Findings, Hit, settle};
use super::patterns::{Match, Scanner, Scratch};
use super::read::{self, Reading, from_utf16, is_binary};
use super::run::{Progress, Settings};
use super::{Check, Entry, EntryKind};
use crate::report::{Coverage, Finding, LeftOutKind};

/// A check that takes part in a run.
pub(super) struct Active {
    pub(super) check: &'static Check,
    pub(super) inspect: Box<dyn Inspect>,
}

impl Active {
    /// Asks the check for something. A panic inside it is an error of that check, and the audit goes on.
    pub(super) fn ask<'a, T>(
        &'a self,
        error: &mut Option<String>,
        place: fmt::Arguments<'_>,
        question: impl FnOnce(&'a dyn Inspect) -> T,
    ) -> Option<T> {
        let answer = catch_unwind(AssertUnwindSafe(|| question(self.inspect.as_ref()))).ok();
        if answer.is_none() {
            note_error(error, format!("internal error {place}"));
        }
        answer
    }
}

/// What is the same for all threads.
pub(super) struct Shared<'a> {
    pub(super) active: &'a [Active],
    pub(super) scanner: Option<&'a Scanner<'a>>,
    /// For each pattern of the scanner, the check it belongs to.
    pub(super) owners: &'a [usize],
    pub(super) settings: &'a Settings,
    pub(super) progress: &'a Progress,
}

/// What one check has said so far on one thread.
#[derive(Default)]
pub(super) struct Said {
    pub(super) findings: Vec<Finding>,
    pub(super) coverage: Coverage,
    /// How many files it wanted to look into that could not be read.
    pub(super) unread: u64,
    /// The first thing that went wrong inside the check, by path.
    pub(super) error: Option<String>,
}

/// One thread's work.
pub(super) struct Worker<'a> {
    shared: &'a Shared<'a>,
    pub(super) said: Vec<Said>,
    pub(super) coverage: Coverage,
    /// One digest for each file: of its path and contents.
    pub(super) digests: Vec<[u8; 32]>,
    buffer: Vec<u8>,
    wants: Vec<Want>,
    scratch: Option<Scratch>,
    matches: Vec<Match>,
    hits: Vec<Vec<Hit>>,
    secrets: Vec<Range<usize>>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(shared: &'a Shared<'a>) -> Self {
        Self {
            shared,
            said: shared.active.iter().map(|_| Said::default()).collect(),
            coverage: Coverage::default(),
            digests: Vec::new(),
            buffer: Vec::new(),
            wants: Vec::new(),
            scratch: shared.scanner.map(Scanner::scratch),
            matches: Vec::new(),
            hits: shared.active.iter().map(|_| Vec::new()).collect(),
            secrets: Vec::new(),
        }
    }

    /// Tells every check what stands in a folder.
    pub(super) fn listed(&mut self, files: &[Entry]) {
        let first = files.first().map_or("", |entry| entry.path.as_str());
        for (active, said) in self.shared.active.iter().zip(&mut self.said) {
            let place = format_args!("in the folder of {first}");
            active.ask(&mut said.error, place, |check| check.listed(files));
        }
    }

    /// Meets one entry of the tree.
    pub(super) fn visit(&mut self, entry: &Entry) {
        self.wants.clear();
        self.wants.extend(self.shared.active.iter().zip(&mut self.said).map(|(active, said)| {
            let place = format_args!("at {}", entry.path);
            active.ask(&mut said.error, place, |check| check.wants(entry)).unwrap_or(Want::Nothing)
        }));
        let want = self.wants.iter().copied().max().unwrap_or(Want::Nothing);
        if let EntryKind::Link(target) = &entry.kind {
            self.coverage.add("links", 1);
            self.note_digest(entry, target.as_bytes());
            self.ask(
                entry,
                &File { entry, contents: Contents(&[]), whole: true, changed: false, digest: None },
                |want| want >= Want::Name,
            );
            return self.settle(entry, &[]);
        }
        if !self.shared.settings.deep && want < Want::Digest {
            self.coverage.leave_out(LeftOutKind::Shallow, "not read without --deep", &entry.path);
            self.ask(
                entry,
                &File { entry, contents: Contents(&[]), whole: false, changed: false, digest: None },
                |want| want == Want::Name,
            );
            return self.settle(entry, &[]);
        }
        self.read(entry, true);
    }

    /// Reads a file and shows it to the checks that want it. A file that changed meanwhile is read once more.
    fn read(&mut self, entry: &Entry, again: bool) {
        let mut streams: Vec<(usize, Box<dyn Stream>)> = Vec::new();
        for (index, (active, said)) in self.shared.active.iter().zip(&mut self.said).enumerate() {
            let place = format_args!("at {}", entry.path);
            let stream = active.ask(&mut said.error, place, |check| check.stream(entry)).flatten();
            streams.extend(stream.map(|stream| (index, stream)));
        }
        let bound = self.shared.settings.max_file_size;
        let mut buffer = std::mem::take(&mut self.buffer);
        let reading = read::read(&entry.location, bound, true, &mut buffer, &mut |piece| {
            streams.retain_mut(|(index, stream)| {
                let fed = catch_unwind(AssertUnwindSafe(|| stream.feed(piece, entry))).is_ok();
                if !fed && let Some(said) = self.said.get_mut(*index) {
                    note_error(&mut said.error, format!("internal error at {}", entry.path));
                }
                fed
            });
        });
        match reading {
            Err(error) => {
                self.leave_out(LeftOutKind::Unreadable, &super::walk::reason(&error), entry, Want::Digest);
            }
            Ok(reading) if reading.changed && again => {
                self.buffer = buffer;
                return self.read(entry, false);
            }
            Ok(reading) => {
                self.coverage.add("files", 1);
                self.coverage.add("bytes", reading.size);
                self.shared.progress.files.fetch_add(1, Relaxed);
                self.shared.progress.bytes.fetch_add(reading.size, Relaxed);
                if reading.changed {
                    self.leave_out(LeftOutKind::Changed, "changed while it was read", entry, Want::Digest);
                }
                self.note_digest(entry, &reading.digest.unwrap_or_default());
                let contents: &[u8] = if reading.whole { &buffer } else { &[] };
                self.look(entry, contents, &reading);
                for (index, stream) in streams {
                    self.guarded(index, entry, |findings| stream.end(entry, findings));
                }
                if reading.whole {
                    let text = from_utf16(&buffer);
                    self.settle(entry, text.as_deref().unwrap_or(&buffer));
                } else {
                    self.settle(entry, &[]);
                }
            }
        }
        read::release(&mut buffer);
        self.buffer = buffer;
    }

    /// Shows contents to pattern rules and checks.
    fn look(&mut self, entry: &Entry, contents: &[u8], reading: &Reading) {
        let Reading { whole, changed, digest, .. } = *reading;
        let size = contents.len() as u64;
        if !whole {
            let limit = self.shared.settings.max_file_size;
            self.leave_out(
                LeftOutKind::TooLarge,
                &format!("over {limit} bytes: hashed, not searched"),
                entry,
                Want::Text,
            );
            let file = File { entry, contents: Contents(&[]), whole, changed, digest };
            return self.ask(entry, &file, |want| want >= Want::Name);
        }
        let binary = is_binary(contents);
        let decoded = from_utf16(contents);
        let text = decoded.as_deref().unwrap_or(contents);
        if binary {
            for index in 0..self.shared.active.len() {
                if self.wants.get(index) == Some(&Want::Text)
                    && let Some(said) = self.said.get_mut(index)
                {
                    said.coverage.leave_out(
                        LeftOutKind::Binary,
                        "binary content: hashed, not searched",
                        &entry.path,
                    );
                }
            }
        } else {
            self.search(entry, text);
        }
        // A text in UTF-16 is shown as UTF-8; whoever wants the very bytes wants `Bytes`.
        let shown = |want: Want| if want == Want::Bytes { contents } else { text };
        for index in 0..self.shared.active.len() {
            let want = self.wants.get(index).copied().unwrap_or(Want::Nothing);
            if want == Want::Nothing || (binary && want == Want::Text) {
                continue;
            }
            let bytes = if want >= Want::Text { shown(want) } else { &[] };
            let file = File { entry, contents: Contents(bytes), whole, changed, digest };
            if let Some(said) = self.said.get_mut(index) {
                said.coverage.add("files", 1);
                said.coverage.add("bytes", size);
            }
            self.inspect(index, entry, &file);
        }
    }

    /// Searches a text for the patterns of all checks that want it.
    fn search(&mut self, entry: &Entry, text: &[u8]) {
        let (Some(scanner), Some(scratch)) = (self.shared.scanner, &mut self.scratch) else { return };
        let language = entry.language.refine(text);
        let wants = &self.wants;
        let owners = self.shared.owners;
        let owner = |pattern: usize| owners.get(pattern).copied().unwrap_or(usize::MAX);
        let wanted = |pattern: usize| wants.get(owner(pattern)).is_some_and(|want| *want >= Want::Text);
        let mut matches = std::mem::take(&mut self.matches);
        scanner.search(text, entry, language, &wanted, scratch, &mut matches);
        keep_best(scanner, &mut matches);
        for found in matches.drain(..) {
            let Some(pattern) = scanner.pattern(found.pattern) else { continue };
            if pattern.secret {
                self.secrets.push(found.part);
            }
            self.guarded(owner(found.pattern), entry, |findings| {
                if found.proven {
                    findings.proven_at(&pattern.rule.id, found.whole, pattern.rule.title.as_str());
                } else {
                    findings.at(&pattern.rule.id, found.whole, pattern.rule.title.as_str());
                }
            });
        }
        self.matches = matches;
    }

    /// Shows a file without contents to checks. Only for those that want no contents it is examined by that.
    fn ask(&mut self, entry: &Entry, file: &File<'_>, wanted: impl Fn(Want) -> bool) {
        for index in 0..self.shared.active.len() {
            if self.wants.get(index).copied().is_some_and(&wanted) {
                if self.wants.get(index).is_some_and(|want| *want < Want::Text)
                    && let Some(said) = self.said.get_mut(index)
                {
                    said.coverage.add("files", 1);
                }
                self.inspect(index, entry, file);
            }
        }
    }

    fn inspect(&mut self, index: usize, entry: &Entry, file: &File<'_>) {
        if let Some(active) = self.shared.active.get(index) {
            self.guarded(index, entry, |findings| active.inspect.file(file, findings));
        }
    }

    /// Lets a check speak. A panic inside it is an error of that check, and the audit goes on.
    fn guarded(&mut self, index: usize, entry: &Entry, speak: impl FnOnce(&mut Findings<'_>)) {
        let (Some(active), Some(hits), Some(said)) =
            (self.shared.active.get(index), self.hits.get_mut(index), self.said.get_mut(index))
        else {
            return;
        };
        let mut unknown_rule = None;
        let mut findings = Findings {
            check: active.check,
            entry: Some(entry),
            hits,
            secrets: &mut self.secrets,
            coverage: &mut said.coverage,
            unknown_rule: &mut unknown_rule,
        };
        if catch_unwind(AssertUnwindSafe(|| speak(&mut findings))).is_err() {
            note_error(&mut said.error, format!("internal error at {}", entry.path));
        }
        if let Some(rule) = unknown_rule {
            note_error(&mut said.error, format!("rule {rule} is not in the catalogue"));
        }
    }

    /// Turns what was reported for one file into findings.
    fn settle(&mut self, entry: &Entry, text: &[u8]) {
        let language = entry.language.refine(text);
        for (hits, said) in self.hits.iter_mut().zip(&mut self.said) {
            said.findings.append(&mut settle(hits, &self.secrets, Some(entry), text, language));
        }
        self.secrets.clear();
    }

    /// Notes something left out of the whole, and of every check that wanted at least `least` of it.
    fn leave_out(&mut self, kind: LeftOutKind, reason: &str, entry: &Entry, least: Want) {
        self.coverage.leave_out(kind, reason, &entry.path);
        for (want, said) in self.wants.iter().zip(&mut self.said) {
            if *want >= least {
                said.coverage.leave_out(kind, reason, &entry.path);
                said.unread += u64::from(kind == LeftOutKind::Unreadable);
            }
        }
    }

    fn note_digest(&mut self, entry: &Entry, contents: &[u8]) {
        let kind: &[u8] = if entry.is_file() { b"file" } else { b"link" };
        let mut hasher = Sha256::new();
        for part in [kind, entry.path.as_bytes(), contents] {
            hasher.update(part);
            hasher.update([0]);
        }
        self.digests.push(hasher.finalize().into());
    }
}

/// Keeps the first error in the order of its text, so that the report does not depend on which thread was faster.
pub(super) fn note_error(slot: &mut Option<String>, error: String) {
    if slot.as_ref().is_none_or(|known| error < *known) {
        *slot = Some(error);
    }
}

/// Of matches of one check that overlap in their telling part, keeps the one that says most: proven before likely,
/// then the rule that is right more often, then the severer one.
fn keep_best(scanner: &Scanner<'_>, matches: &mut Vec<Match>) {
    if matches.len() < 2 {
        return;
    }
    let weight = |found: &Match| {
        let rule = scanner.pattern(found.pattern).map(|pattern| pattern.rule);
        (found.proven, rule.map(|rule| (rule.confidence, rule.severity)), std::cmp::Reverse(found.pattern))
    };
    let family = |found: &Match| {
        let rule = scanner.pattern(found.pattern).map(|pattern| pattern.rule);
        rule.and_then(|rule| rule.id.split('-').next())
    };
    matches.sort_by(|one, other| {
        family(one)
            .cmp(&family(other))
            .then(one.part.start.cmp(&other.part.start))
            .then(weight(other).cmp(&weight(one)))
    });
    matches.dedup_by(|later, kept| {
        let overlap = later.part.start < kept.part.end && family(later) == family(kept);
        if overlap && weight(later) > weight(kept) {
            std::mem::swap(later, kept);
        }
        overlap
    });
}
