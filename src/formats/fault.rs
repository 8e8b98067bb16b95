//! Why a file could not be read as what its name says.

/// A fault that makes a file unreadable as a whole. Holds no value of the file, which may be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct Fault {
    /// The line, from 1; 1 where the fault has no place.
    pub line: u32,
    /// What is wrong, as a lower-case fragment: `expected a mapping, found a list`.
    pub message: String,
}

impl Fault {
    /// A fault at a line.
    pub fn new(line: u32, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

impl From<super::document::ParseError> for Fault {
    fn from(error: super::document::ParseError) -> Self {
        Self { line: error.line, message: error.message }
    }
}
