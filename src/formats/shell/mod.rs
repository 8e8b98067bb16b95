//! A tolerant splitter of POSIX shell text (and the common parts of bash) into pipelines of simple commands.
//!
//! It answers which commands a text runs, with which words, what pipes into what, and on which line; it does not
//! evaluate anything. Nothing is refused: a text that no shell would take is split as far as it makes sense, and
//! [`Script::complete`] says so. Time is linear in the text for each of at most [`MAX_DEPTH`] levels.

mod compound;
mod lexer;
mod model;
mod origin;
mod parser;
mod redirect;
mod simple;
mod walk;

pub use model::{
    Assignment, Group, GroupKind, HereDocument, Joint, Pipeline, Redirection, Script, SimpleCommand, Stage,
    Substitution, SubstitutionKind, Word,
};
pub use origin::{LineIndex, OffsetMap, Origin};
pub use walk::{Program, is_shell_name};

/// How deep groups, substitutions and nested scripts may stand in each other.
pub const MAX_DEPTH: usize = 24;
/// How many simple commands one text may hold at all depths together.
pub const MAX_COMMANDS: usize = 20_000;
/// How many bytes of a text are read.
pub const MAX_BYTES: usize = 1 << 20;

/// Splits a text that stands on its own; its lines count from 1.
pub fn parse(text: &str) -> Script {
    let lines = LineIndex::new(text);
    parse_at(text, &Origin { lines: &lines, map: &OffsetMap::default(), outer: None })
}

/// Splits a text taken out of a file; offsets and lines in the result are those of the file.
pub fn parse_at(text: &str, origin: &Origin<'_>) -> Script {
    let mut budget = parser::Budget::new(text.len());
    parser::parse_script(text, origin, 0, &mut budget)
}

/// The script of a command given as words, as the exec form of a container file has them: each with the offset of its
/// text. Nothing is expanded, but what `sh -c` is given is split.
pub fn from_words(words: &[(String, usize)], origin: &Origin<'_>) -> Script {
    let length = words.iter().map(|(word, _)| word.len()).sum();
    let mut budget = parser::Budget::new(length);
    simple::script_of_words(words, origin, &mut budget)
}

#[cfg(test)]
mod tests;
