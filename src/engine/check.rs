//! What a check is, and how it meets the files.

use std::fmt;
use std::path::Path;

use super::{Entry, Findings, Patterns};
use crate::report::{Rule, Status};

/// A unit of the audit: values only. The catalogue lists them all.
#[derive(Debug)]
pub struct Check {
    /// Id, as used by `--only`, `--skip` and in reports; kebab-case.
    pub id: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// What it answers, in one sentence.
    pub about: &'static str,
    /// What it needs of a tree.
    pub reads: Reads,
    /// Its rules, by id.
    pub rules: fn() -> &'static [Rule],
    /// The rule file they were read from.
    pub rule_file: &'static str,
}

/// What a check needs of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// Files that declare something; found by name.
    Declarations,
    /// The contents of every file; only a deep audit, or one that names the check, gives it that.
    Contents,
}

/// What came of starting a check.
pub enum Start {
    /// It takes part.
    Run(Box<dyn Inspect>),
    /// It does not, and this is why.
    Skip(Status),
}

/// A check with what came of starting it.
pub struct Started {
    /// The check.
    pub check: &'static Check,
    /// Whether and how it takes part.
    pub start: Start,
}

/// A check at work. One value serves all threads.
pub trait Inspect: Send + Sync {
    /// Told once which tree it is about to meet; not called when single files are the subject.
    fn begin(&self, _tree: &Tree<'_>) {}

    /// Files it needs even when git ignores them, relative to the tree and separated by `/`.
    fn named(&self) -> Vec<String> {
        Vec::new()
    }

    /// Pattern rules to search text files for; the engine searches those of all checks in one pass.
    fn patterns(&self) -> Option<&Patterns> {
        None
    }

    /// The files and links of one folder, before any of them is opened and before anything below the folder is met.
    fn listed(&self, _files: &[Entry]) {}

    /// What it wants of a file; asked before the file is opened.
    fn wants(&self, entry: &Entry) -> Want;

    /// A reader for every byte of a file of any size, for checks that cannot do with a bounded buffer.
    fn stream(&self, _entry: &Entry) -> Option<Box<dyn Stream>> {
        None
    }

    /// Looks at one file it wanted. Not called for files that could not be read; the engine notes those, and a check
    /// that then says it is not applicable has not been evaluated.
    fn file(&self, _file: &File<'_>, _findings: &mut Findings<'_>) {}

    /// Concludes, after every file has been seen.
    fn finish(&self, findings: &mut Findings<'_>) -> Conclusion;
}

/// The tree of a run.
#[derive(Clone, Copy, Debug)]
pub struct Tree<'a> {
    /// Where it is on this machine; absolute, without links.
    pub root: &'a Path,
    /// Whether every file is read.
    pub deep: bool,
}

/// Takes the bytes of one file in order.
pub trait Stream {
    /// The next bytes.
    fn feed(&mut self, bytes: &[u8], entry: &Entry);
    /// The end of the file.
    fn end(self: Box<Self>, entry: &Entry, findings: &mut Findings<'_>);
}

/// What a check wants of a file. Ordered: each includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Want {
    /// Nothing.
    Nothing,
    /// That it exists: its name, size and mode. It is not opened.
    Name,
    /// Its SHA-256, whatever its size.
    Digest,
    /// Its contents if it is text and within the size bound.
    Text,
    /// Its contents within the size bound.
    Bytes,
}

/// A file as a check sees it.
#[derive(Debug)]
pub struct File<'a> {
    /// Name, size, mode.
    pub entry: &'a Entry,
    /// Contents; empty when only the digest was wanted or the file is over the size bound.
    pub contents: Contents<'a>,
    /// Whether `contents` are the file: false when it is over the size bound or was not opened.
    pub whole: bool,
    /// Whether it changed while it was read, twice in a row: nothing said of it holds for certain.
    pub changed: bool,
    /// SHA-256; none for links and for files that were not opened.
    pub digest: Option<[u8; 32]>,
}

/// Bytes of a file. Never shown by `Debug`: a panic message or a log line cannot hold them.
#[derive(Clone, Copy)]
pub struct Contents<'a>(pub(super) &'a [u8]);

impl<'a> Contents<'a> {
    /// The bytes.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        self.0
    }
}

impl fmt::Debug for Contents<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} bytes", self.0.len())
    }
}

/// How a check concludes. The engine makes `passed` or `failed` of [`Conclusion::Evaluated`] by its findings.
#[derive(Clone, Debug)]
pub enum Conclusion {
    /// It looked at what it is for.
    Evaluated,
    /// It did not.
    Instead(Status),
}
