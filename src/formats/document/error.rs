//! Why a document could not be read, and what was odd about one that could.

use super::tree::Span;

/// Why a document could not be read. Messages never hold text of the document, which may be secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct ParseError {
    /// Line, counted from 1.
    pub line: u32,
    /// Column, counted from 1 in Unicode scalar values.
    pub column: u32,
    /// What kind of fault it is.
    pub kind: ParseErrorKind,
    /// The fault, as a lower-case fragment: `expected a mapping, found a list`.
    pub message: String,
}

/// The kinds of [`ParseError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParseErrorKind {
    /// The text is not of its syntax.
    Syntax,
    /// Not UTF-8, or with NUL bytes.
    Encoding,
    /// More bytes than [`super::Limits::max_bytes`].
    TooLarge,
    /// Nested deeper than [`super::Limits::max_depth`].
    TooDeep,
    /// More values than [`super::Limits::max_nodes`].
    TooMany,
    /// Aliases that expand to more than [`super::Limits::max_alias_bytes`], or to themselves.
    Aliases,
    /// A value of another type than its reader expects.
    WrongType,
}

impl ParseError {
    pub(super) fn new(line: u32, column: u32, kind: ParseErrorKind, message: impl Into<String>) -> Self {
        Self { line, column, kind, message: message.into() }
    }

    /// An error at the start of `span`.
    pub fn at(span: Span, kind: ParseErrorKind, message: impl Into<String>) -> Self {
        Self::new(span.line, span.column, kind, message)
    }

    pub(super) fn too_deep(span: Span, limit: usize) -> Self {
        Self::at(span, ParseErrorKind::TooDeep, format!("nested more than {limit} levels deep"))
    }

    pub(super) fn too_many(span: Span, limit: usize) -> Self {
        Self::at(span, ParseErrorKind::TooMany, format!("more than {limit} values"))
    }
}

/// Something odd in a document that was nevertheless read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: ProblemKind,
}

/// The kinds of [`Problem`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// A key that its map has already; readers differ on which one counts.
    DuplicateKey {
        /// The key.
        key: String,
        /// Where it stood first.
        first: Span,
    },
    /// A comment in JSON; noted once.
    JsonComment,
    /// A comma before a closing bracket in JSON; noted once.
    JsonTrailingComma,
    /// Half of a surrogate pair in a JSON string, read as U+FFFD.
    LoneSurrogate,
    /// A merge key `<<` whose value is neither a map nor a list of maps; kept as an ordinary entry.
    MergeWithoutMap,
    /// A line that is not of the syntax (`.env`, INI), left out.
    MalformedLine,
    /// A quoted value (`.env`) without its closing quote; read to the end of its line.
    UnclosedQuote,
    /// Anything but a comment behind the closing quote of a value (`.env`), left out.
    TextAfterQuote,
}

/// Problems beyond this number are not listed; a file with as many is not worth more.
const MAX_PROBLEMS: usize = 1000;

/// Notes a problem, up to the bound.
pub(super) fn note(problems: &mut Vec<Problem>, span: Span, kind: ProblemKind) {
    if problems.len() < MAX_PROBLEMS {
        problems.push(Problem { span, kind });
    }
}

/// Notes a problem of a kind that is noted once a document.
pub(super) fn note_once(problems: &mut Vec<Problem>, span: Span, kind: ProblemKind) {
    if !problems.iter().any(|problem| problem.kind == kind) {
        note(problems, span, kind);
    }
}
