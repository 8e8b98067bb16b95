//! Marks in the source that ask for a finding to be overlooked: `readiness:ignore RULE[,RULE…] reason`, on the line of
//! the finding or on a comment line just above it. Whether a mark has force is the gate's to say.

use memchr::memmem;

use super::language::{Language, is_comment};

const MARK: &[u8] = b"readiness:ignore";
/// Most marks read in one file.
const MOST: usize = 1_000;
/// Longest reason kept, in characters.
const LONGEST: usize = 200;

/// One mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// The line it speaks of, from 1.
    pub(super) line: u32,
    /// Rules it names.
    pub(super) rules: Vec<String>,
    /// Why; a mark without a reason never has force.
    pub(super) reason: String,
}

/// Reads the marks of a text.
pub(super) fn read(text: &[u8], language: Language) -> Vec<Mark> {
    let mut marks = Vec::new();
    let (mut line, mut counted) = (1_u32, 0_usize);
    for at in memmem::find_iter(text, MARK).take(MOST) {
        line = line.saturating_add(newlines(text.get(counted..at).unwrap_or_default()));
        counted = at;
        // A mark stands near the start of its comment; a line can be megabytes long.
        let from = at.saturating_sub(1_000);
        let start = text
            .get(from..at)
            .and_then(|before| memchr::memrchr(b'\n', before))
            .map_or(from, |found| from + found + 1);
        let tail = text.get(at + MARK.len()..).unwrap_or_default();
        let end = memchr::memchr(b'\n', tail).unwrap_or(tail.len());
        let words = String::from_utf8_lossy(tail.get(..end.min(1_000)).unwrap_or_default()).into_owned();
        let words = words.trim().trim_end_matches("*/").trim_end_matches("-->").trim_end_matches("#}").trim();
        let Some(rules) = words.split_whitespace().next() else { continue };
        let reason = words
            .get(rules.len()..)
            .unwrap_or_default()
            .trim()
            .trim_start_matches("reason=")
            .trim_matches('"');
        // The whole line is a comment when what stands before the mark on it is the beginning of one.
        let alone = is_comment(language, text.get(start..at).unwrap_or_default())
            || is_comment(Language::Markup, text.get(start..at).unwrap_or_default());
        let below = if alone { 1 + blank_lines(tail.get(end + 1..).unwrap_or_default()) } else { 0 };
        marks.push(Mark {
            line: line.saturating_add(below),
            rules: rules.split(',').map(str::to_owned).collect(),
            reason: reason.chars().take(LONGEST).collect(),
        });
    }
    marks
}

/// Blank or comment-free distance to the next line that has something on it.
fn blank_lines(text: &[u8]) -> u32 {
    let blank =
        text.split(|byte| *byte == b'\n').take(20).take_while(|line| line.trim_ascii().is_empty()).count();
    u32::try_from(blank).unwrap_or(0)
}

/// Counts line ends.
pub(super) fn newlines(text: &[u8]) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', text).count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_speak_of_their_line_or_the_next() {
        let text = b"a = 1  # readiness:ignore SEC-001 published test key\n# readiness:ignore SEC-002,COD-001 vendored\n\nb = 2\n";
        let marks = read(text, Language::Python);
        assert_eq!(
            marks[0],
            Mark { line: 1, rules: vec!["SEC-001".into()], reason: "published test key".into() }
        );
        assert_eq!(marks[1].line, 4);
        assert_eq!(marks[1].rules, ["SEC-002", "COD-001"]);
    }

    #[test]
    fn a_mark_without_a_reason_has_none() {
        assert_eq!(read(b"x # readiness:ignore SEC-001", Language::Shell)[0].reason, "");
        assert_eq!(
            read(b"<!-- readiness:ignore SEC-001 because -->\nx", Language::Markup)[0].reason,
            "because"
        );
        assert!(read(b"readiness:ignore", Language::Shell).is_empty());
    }
}
