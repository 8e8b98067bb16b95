//! Configuration-like files as one positioned value tree, whatever their syntax.
//!
//! ```
//! use readiness::formats::document::{self, Limits, Syntax};
//!
//! let text = b"jwt:\n  expiry: 15m\n";
//! let documents = document::parse(text, Syntax::Yaml, &Limits::default()).unwrap();
//! let expiry = documents.first().unwrap().get_path(&["jwt", "expiry"]).unwrap();
//! assert_eq!((expiry.as_str(), expiry.span.line, expiry.span.column), (Some("15m"), 2, 11));
//! ```

mod cursor;
mod env;
mod error;
mod ini;
mod json;
mod paths;
mod syntax;
mod toml;
mod tree;
mod yaml;

pub use error::{ParseError, ParseErrorKind, Problem, ProblemKind};
pub use paths::Leaf;
pub use syntax::Syntax;
pub use tree::{Entry, Node, Span, Style, Value};

/// Bounds on what a document may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest input in bytes.
    pub max_bytes: usize,
    /// Deepest nesting of lists and maps. Above 128 the stack of a small thread may not suffice; TOML has a bound of
    /// about 80 of its own.
    pub max_depth: usize,
    /// Most values in all documents of the input together, what aliases expand to not counted.
    pub max_nodes: usize,
    /// Most bytes of memory, roughly, that aliases and merge keys of YAML may expand to.
    pub max_alias_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: 8 << 20, max_depth: 100, max_nodes: 400_000, max_alias_bytes: 4 << 20 }
    }
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Documents {
    /// The syntax it was read in.
    pub syntax: Syntax,
    /// One root a document: in YAML any number, none for an empty file; in the other syntaxes exactly one.
    pub roots: Vec<Node>,
    /// What was odd, in the order of the file; at most 1000.
    pub problems: Vec<Problem>,
}

impl Documents {
    /// The first document.
    pub fn first(&self) -> Option<&Node> {
        self.roots.first()
    }

    /// The one document there is.
    ///
    /// # Errors
    /// [`ParseErrorKind::WrongType`] if there are several, or none.
    pub fn single(&self) -> Result<&Node, ParseError> {
        match self.roots.as_slice() {
            [only] => Ok(only),
            [] => Err(ParseError::new(1, 1, ParseErrorKind::WrongType, "expected a document, found nothing")),
            [_, second, ..] => Err(ParseError::at(
                second.span,
                ParseErrorKind::WrongType,
                "expected one document, found several",
            )),
        }
    }
}

/// Reads `input` in `syntax`.
///
/// A byte order mark at the start is skipped.
///
/// # Errors
/// If the input is not UTF-8, holds NUL bytes, exceeds a limit or is not of the syntax. Line-based syntaxes (`.env`, INI,
/// properties) list malformed lines as problems instead.
pub fn parse(input: &[u8], syntax: Syntax, limits: &Limits) -> Result<Documents, ParseError> {
    let text = cursor::decode(input, limits.max_bytes)?;
    let base = input.len() - text.len();
    let mut problems = Vec::new();
    let roots = match syntax {
        Syntax::Yaml => yaml::parse(text, base, limits, &mut problems)?,
        Syntax::Json => vec![json::parse(text, base, limits, &mut problems)?],
        Syntax::Toml => vec![toml::parse(text, base, limits)?],
        Syntax::Env => vec![env::parse(text, base, limits, &mut problems)?],
        Syntax::Ini => vec![ini::parse_ini(text, base, limits, &mut problems)?],
        Syntax::Properties => vec![ini::parse_properties(text, base, limits, &mut problems)?],
    };
    problems.sort_by_key(|problem| problem.span);
    Ok(Documents { syntax, roots, problems })
}

#[cfg(test)]
mod tests;
