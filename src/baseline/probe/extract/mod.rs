//! A number in a text: what a server answered, what a program printed, what a file holds.
//!
//! What is no number is told by what it is and never by its text, which may be a secret.

use regex::RegexBuilder;

use super::Trouble;
use crate::baseline::settings::Extract;
use crate::formats::csv;
use crate::formats::document::{self, Limits, Node, Syntax, Value};

/// Largest document that a pointer is followed in, in bytes; its values are bounded by [`Limits`].
const DOCUMENT: usize = 64 << 20;
/// Largest compiled regular expression, in bytes.
const EXPRESSION: usize = 1 << 20;

/// The number that `how` finds in a text. A pointer needs to know the syntax: without one it is JSON if it begins as an
/// object or a list does, else YAML. Booleans count as 1 and 0, and texts that are plain decimal numbers as these.
///
/// # Errors
/// [`Trouble::Failed`] when there is nothing at that place or it is no finite number, or the text is not of its syntax.
pub(super) fn extract(bytes: &[u8], how: &Extract, syntax: Option<Syntax>) -> Result<f64, Trouble> {
    match how {
        Extract::Pointer(pointer) => at_pointer(bytes, pointer, syntax),
        Extract::Regex(pattern) => by_regex(bytes, pattern),
        Extract::Column(name) => last_of_column(bytes, name),
        Extract::Whole => {
            number(&String::from_utf8_lossy(bytes)).ok_or_else(|| Trouble::failed("the text is no number"))
        }
    }
}

/// A plain decimal number, or `true` and `false`. Neither `12%` nor `inf` is one, and nothing that a float cannot hold.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    match text {
        "true" => return Some(1.0),
        "false" => return Some(0.0),
        _ => {}
    }
    // What Rust reads besides decimal numbers are words for infinity and for no number.
    let decimal = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    if !text.bytes().all(decimal) {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

fn at_pointer(bytes: &[u8], pointer: &str, syntax: Option<Syntax>) -> Result<f64, Trouble> {
    let syntax = syntax.unwrap_or_else(|| {
        let first = bytes.trim_ascii_start().first();
        if matches!(first, Some(b'{' | b'[')) { Syntax::Json } else { Syntax::Yaml }
    });
    let limits = Limits { max_bytes: DOCUMENT, ..Limits::default() };
    let name = match syntax {
        Syntax::Json => "JSON",
        Syntax::Yaml => "YAML",
        Syntax::Toml => "TOML",
        Syntax::Env | Syntax::Ini | Syntax::Properties => "a file of settings",
    };
    let documents = document::parse(bytes, syntax, &limits).map_err(|error| {
        Trouble::failed(format!("it is not {name}: line {}: {}", error.line, error.message))
    })?;
    let root = documents.single().map_err(|error| Trouble::failed(error.message))?;
    let node = follow(root, pointer)?;
    let value = match &node.value {
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Value::Number(_) => node.as_f64().filter(|value| value.is_finite()),
        Value::String(text) => number(text),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    };
    let found = match &node.value {
        Value::Null => "nothing",
        Value::List(_) => "a list",
        Value::Map(_) => "a mapping",
        Value::String(_) => "a text that is none",
        Value::Bool(_) | Value::Number(_) => "one that is not finite",
    };
    value.ok_or_else(|| Trouble::failed(format!("expected a number at `{pointer}`, found {found}")))
}

/// The value that an RFC 6901 pointer leads to.
fn follow<'n>(root: &'n Node, pointer: &str) -> Result<&'n Node, Trouble> {
    if pointer.is_empty() {
        return Ok(root);
    }
    let steps = pointer
        .strip_prefix('/')
        .ok_or_else(|| Trouble::failed(format!("the pointer `{pointer}` does not begin with `/`")))?;
    let mut node = root;
    for step in steps.split('/') {
        let key = unescaped(step).ok_or_else(|| {
            Trouble::failed(format!("the pointer `{pointer}` has a `~` that is neither `~0` nor `~1`"))
        })?;
        let next = match &node.value {
            Value::List(items) => index(&key).and_then(|index| items.get(index)),
            _ => node.get(&key),
        };
        node = next.ok_or_else(|| Trouble::failed(format!("there is nothing at `{pointer}`")))?;
    }
    Ok(node)
}

/// A step with `~1` for `/` and `~0` for `~` resolved.
fn unescaped(step: &str) -> Option<String> {
    let mut text = String::with_capacity(step.len());
    let mut rest = step.chars();
    while let Some(letter) = rest.next() {
        text.push(match letter {
            '~' => match rest.next()? {
                '0' => '~',
                '1' => '/',
                _ => return None,
            },
            letter => letter,
        });
    }
    Some(text)
}

/// An index of RFC 6901: digits without leading zeros.
fn index(text: &str) -> Option<usize> {
    let canonical = text == "0" || !text.starts_with('0');
    (canonical && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn by_regex(bytes: &[u8], pattern: &str) -> Result<f64, Trouble> {
    let regex = RegexBuilder::new(pattern)
        .size_limit(EXPRESSION)
        .dfa_size_limit(EXPRESSION)
        .build()
        .map_err(|_| Trouble::failed(format!("`{pattern}` is no regular expression, or too large")))?;
    let text = String::from_utf8_lossy(bytes);
    let found =
        regex.captures(&text).ok_or_else(|| Trouble::failed(format!("nothing matches `{pattern}`")))?;
    let wanted = usize::from(found.len() > 1);
    found
        .get(wanted)
        .and_then(|group| number(group.as_str()))
        .ok_or_else(|| Trouble::failed(format!("what `{pattern}` finds is no number")))
}

fn last_of_column(bytes: &[u8], name: &str) -> Result<f64, Trouble> {
    let table = csv::parse(bytes).map_err(|faults| {
        let first = faults.first().map(ToString::to_string).unwrap_or_default();
        Trouble::failed(format!("it is no table of comma-separated values: {first}"))
    })?;
    let column = table
        .columns
        .iter()
        .position(|column| column == name)
        .or_else(|| table.columns.iter().position(|column| column.trim() == name))
        .ok_or_else(|| Trouble::failed(format!("there is no column `{name}`")))?;
    let row = table.rows.last().ok_or_else(|| Trouble::failed("the table has no rows"))?;
    row.values.get(column).and_then(|value| number(value)).ok_or_else(|| {
        Trouble::failed(format!("expected a number in column `{name}`, line {}, found none", row.line))
    })
}

#[cfg(test)]
mod tests;
