//! Container files (`Containerfile`, `Dockerfile`, `Podmanfile`), read as BuildKit reads them.
//!
//! Bytes in, [`Containerfile`] out: parser directives, stages, and every instruction typed, with lines and byte spans.
//! What a builder would refuse is a [`Problem`] beside the rest; only a file that is no container file at all (no `FROM`,
//! not text, over a limit) is a [`ParseError`]. Nothing is fetched, and `--build-arg` values are not known: defaults count.
//!
//! The commands of `RUN`, `CMD`, `ENTRYPOINT` and `HEALTHCHECK` are split by [`crate::formats::shell`]; their lines and
//! offsets are those of the file.

mod arguments;
mod assemble;
mod expand;
mod image;
mod logical;
mod model;
mod name;
mod query;
mod words;

pub use image::ImageRef;
pub use model::{
    Argument, Base, Command, Containerfile, Directive, Flag, Form, From, Heredoc, Instruction,
    InstructionKind, Mount, Pair, Problem, Run, Source, Span, Stage, Transfer, User, Value,
};
pub use name::{is_containerfile_name, is_containerfile_template};

use crate::formats::shell::LineIndex;

/// How long a container file may be, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// How many instructions a container file may have.
pub const MAX_INSTRUCTIONS: usize = 10_000;
/// How many stages a container file may have.
pub const MAX_STAGES: usize = 1_000;

/// The file is no container file, or too large to read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct ParseError {
    /// The line, from 1.
    pub line: u32,
    /// What is wrong; holds no value from the file.
    pub message: String,
}

/// Parses a container file.
///
/// # Errors
/// When there is no `FROM`, when the file is not text, or when it passes [`MAX_BYTES`], [`MAX_INSTRUCTIONS`] or [`MAX_STAGES`].
pub fn parse(bytes: &[u8]) -> Result<Containerfile, ParseError> {
    if bytes.len() > MAX_BYTES {
        return Err(error(1, "the file is larger than a container file may be (1 MiB)"));
    }
    if let Some(at) = memchr::memchr(0, bytes) {
        let line = memchr::memchr_iter(b'\n', bytes.get(..at).unwrap_or_default()).count() + 1;
        return Err(error(
            u32::try_from(line).unwrap_or(u32::MAX),
            "the file holds a NUL byte, so it is not text",
        ));
    }
    let source = decode(bytes);
    let lines = LineIndex::new(&source);
    let mut reader = logical::Reader::new(&source, &lines);
    let directives = reader.directives();
    let mut assembly = assemble::Assembly::new(&lines, reader.escape);
    let mut first = None;
    let mut count = 0;
    while let Some(logical) = reader.instruction() {
        first.get_or_insert(logical.line);
        count += 1;
        if count > MAX_INSTRUCTIONS || assembly.stages.len() > MAX_STAGES {
            return Err(error(logical.line, "the file has more instructions or stages than are read"));
        }
        assembly.add(&logical);
    }
    if assembly.stages.is_empty() {
        return Err(no_stage(&source, first));
    }
    let mut problems = assembly.problems;
    problems.append(&mut reader.problems);
    problems.sort_by_key(|problem| problem.line);
    let (escape, global_args, misplaced, stages) =
        (reader.escape, assembly.global_args, assembly.misplaced, assembly.stages);
    Ok(Containerfile { source, directives, escape, global_args, misplaced, stages, problems })
}

fn error(line: u32, message: &str) -> ParseError {
    ParseError { line, message: message.to_owned() }
}

/// Why nothing was found: some container files are written for the C preprocessor, which does not run here.
fn no_stage(source: &str, first: Option<u32>) -> ParseError {
    let preprocessed = source.lines().any(|line| line.starts_with("#include") || line.starts_with("#define"));
    let message = match first {
        _ if preprocessed => "no FROM instruction; the C preprocessor is not run over container files",
        Some(_) => "no FROM instruction, so this is not a container file",
        None => "no instruction, so this is not a container file",
    };
    error(first.unwrap_or(1), message)
}

/// The text of the file. A byte that is not UTF-8 becomes `?`, so that offsets stay those of the file.
fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
}

#[cfg(test)]
mod tests;
