//! Evidence: what was seen, with everything secret masked. The type has no constructor that skips the masking, so a
//! report cannot hold a raw secret.

mod address;
mod commands;
mod lines;
mod markup;
mod quotes;
mod reach;
mod syntax;
mod values;
mod words;

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use syntax::Syntax;

/// Longest evidence kept, in characters; the rest is cut with an ellipsis.
const LONGEST: usize = 200;
/// Shortest value that is masked wherever it stands on a line.
const SHORTEST: usize = 4;
/// What stands for a masked value.
const MASK: &str = "[redacted]";
/// How much of the text around what is shown is read, in bytes: a value may begin before it, and close behind it.
const AROUND: usize = 4096;

/// Most of a text that is masked and kept, in bytes.
const LONGEST_TEXT: usize = 64 << 10;

/// Text shown with a finding. Secrets are masked when it is made: those whose position is known, and whatever else
/// looks like one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "String")]
pub struct Evidence(String);

/// Reading a report back masks again, so that a foreign report cannot bring a raw secret in.
impl From<String> for Evidence {
    fn from(text: String) -> Self {
        Self(shorten(&mask_line(&text, Syntax::Unknown)))
    }
}

impl Evidence {
    /// Makes evidence of one line. `known` are byte ranges of the line that hold secrets.
    #[must_use]
    pub fn of_line(line: &[u8], known: &[Range<usize>], syntax: Syntax) -> Self {
        Self::of_place(line, 0..line.len(), known, syntax)
    }

    /// Makes evidence of a stretch of a file. `known` are byte ranges of the file that hold secrets, or the beginnings
    /// of them: each is masked as far as its value reaches.
    #[must_use]
    pub fn of_place(text: &[u8], shown: Range<usize>, known: &[Range<usize>], syntax: Syntax) -> Self {
        let shown = shown.start.min(text.len())..shown.end.clamp(shown.start.min(text.len()), text.len());
        let from = shown.start.saturating_sub(AROUND);
        let cut =
            text.get(from..shown.start).filter(|_| from > 0).and_then(|before| memchr::memchr(b'\n', before));
        let from = from + cut.map_or(0, |at| at + 1);
        let context = text.get(from..text.len().min(shown.end.saturating_add(AROUND))).unwrap_or_default();
        let (start, end) = (shown.start - from, shown.end - from);
        let mut secrets: Vec<Range<usize>> = known
            .iter()
            .filter(|range| range.start < from + context.len() && range.end > from)
            .map(|range| range.start.saturating_sub(from)..(range.end - from).min(context.len()))
            .collect();
        for range in &mut secrets {
            *range = values::whole(context, range.clone(), syntax);
        }
        secrets.extend(values::values(context, end, syntax));
        secrets.extend(address::passwords(context.get(..end).unwrap_or_default()));
        secrets.retain(|range| range.start < end && range.end > start);
        let line = context.get(start..end).unwrap_or_default();
        let mut inside: Vec<Range<usize>> = secrets
            .iter()
            .map(|range| range.start.saturating_sub(start)..range.end.min(end) - start)
            .collect();
        // The same value may stand on the line a second time.
        let values: Vec<&[u8]> =
            inside.iter().filter_map(|range| line.get(range.clone())).map(bare).collect();
        for value in values.into_iter().filter(|value| value.len() >= SHORTEST) {
            inside.extend(memchr::memmem::find_iter(line, value).map(|at| at..at + value.len()));
        }
        Self(shorten(words::mask_words(&replace(line, inside)).trim()))
    }

    /// The masked text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Puts the mask in the place of ranges, in whatever order and however they overlap.
fn replace(line: &[u8], mut ranges: Vec<Range<usize>>) -> String {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut text = String::new();
    let mut at = 0;
    for range in ranges {
        let end = range.end.min(line.len());
        if end <= at {
            continue;
        }
        let start = range.start.clamp(at, end);
        text.push_str(&String::from_utf8_lossy(line.get(at..start).unwrap_or_default()));
        if start > at || at == 0 {
            text.push_str(MASK);
        }
        at = end;
    }
    text.push_str(&String::from_utf8_lossy(line.get(at..).unwrap_or_default()));
    text
}

/// A value without the quotes and punctuation that a rule may have taken along.
fn bare(value: &[u8]) -> &[u8] {
    let mark = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`' | b',' | b';' | b')' | b'(' | b' ');
    let start = value.iter().position(|byte| !mark(byte)).unwrap_or(value.len());
    let end = value.iter().rposition(|byte| !mark(byte)).map_or(start, |at| at + 1);
    value.get(start..end).unwrap_or_default()
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", text.get(..cut).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Masks everything in a text that looks like a secret, whoever put it there: values assigned to names that speak of
/// secrets, user information in URLs, and long runs of mixed token characters. Coarser than the secret rules on
/// purpose; a masked word too many costs nothing. Prose stays as it is: a name and a value need something between
/// them that assigns.
#[must_use]
pub fn mask_secrets(text: &str) -> String {
    mask_line(text, Syntax::Message)
}

/// The same for lines of a file of a known syntax, where values without marks are masked as far as they reach. Of a text
/// longer than 64 KiB the beginning is kept.
#[must_use]
pub fn mask_line(text: &str, syntax: Syntax) -> String {
    let text = text.get(..text.floor_char_boundary(LONGEST_TEXT)).unwrap_or(text);
    let bytes = text.as_bytes();
    let mut ranges = values::values(bytes, bytes.len(), syntax);
    ranges.extend(address::passwords(bytes));
    words::mask_words(&replace(bytes, ranges))
}

#[cfg(test)]
mod tests;
