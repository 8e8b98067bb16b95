//! Text of others inside Markdown: it stays text. No markup, no HTML, no links, no mentions, no table borders.

use crate::render::visible;

/// Text as a code span. The fence is longer than any row of backticks inside. Not for tables: `|` stays as it is.
pub(super) fn code(text: &str) -> String {
    let text = visible::line(text);
    if text.trim().is_empty() {
        return String::new();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Running text, fit for a table cell too. What stands between backticks becomes a code span; so does a word that
/// would become a link, a mention or a reference, because a code span is the one place where it cannot.
pub(super) fn text(text: &str) -> String {
    running(text, true)
}

/// Like [`text`], where there is no table around: a code span may hold its border.
pub(super) fn prose(text: &str) -> String {
    running(text, false)
}

fn running(text: &str, in_table: bool) -> String {
    let safe = visible::line(text);
    let pieces: Vec<&str> = safe.split('`').collect();
    let mut out = String::with_capacity(safe.len() + 16);
    for (number, piece) in pieces.iter().enumerate() {
        let opened = number % 2 == 1;
        let closed = opened && number + 1 < pieces.len();
        if closed && !piece.trim().is_empty() && !(in_table && piece.contains('|')) {
            push_code(&mut out, piece);
            continue;
        }
        if opened {
            out.push_str("\\`");
        }
        plain(&mut out, piece);
        if closed {
            out.push_str("\\`");
        }
    }
    out
}

/// Running text of at most `most` characters before escaping.
pub(super) fn short(long: &str, most: usize) -> String {
    text(&visible::cut(long, most))
}

fn plain(out: &mut String, text: &str) {
    // A border splits words too, so that no code span ever holds one: in a table it would end the cell.
    for word in text.split_inclusive([' ', '|']) {
        let (word, end) = match word.strip_suffix([' ', '|']) {
            Some(body) => (body, word.get(body.len()..).unwrap_or_default()),
            None => (word, ""),
        };
        if links_by_itself(word) {
            push_code(out, word);
        } else {
            word.chars().for_each(|c| push_escaped(out, c));
        }
        end.chars().for_each(|c| push_escaped(out, c));
    }
}

/// Whether GitHub makes more of a word than a word: mentions, addresses, references to issues.
fn links_by_itself(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let reference = |start: &str| {
        lower.match_indices(start).any(|(at, _)| {
            lower.get(at + start.len()..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        })
    };
    word.contains('@') || word.contains("://") || lower.contains("www.") || reference("#") || reference("gh-")
}

fn push_code(out: &mut String, text: &str) {
    // Two spans that touch would run into one.
    if out.ends_with('`') {
        out.push(' ');
    }
    out.push_str(&code(text));
}

fn push_escaped(out: &mut String, c: char) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '|' => out.push_str("&#124;"),
        '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '$' | '#' => {
            out.push('\\');
            out.push(c);
        }
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        for (raw, escaped) in [
            ("plain words, 100 %", "plain words, 100 %"),
            ("a|b <script> & [x](y) *z* _u_", "a&#124;b &lt;script&gt; &amp; \\[x\\](y) \\*z\\* \\_u\\_"),
            ("ask @octocat or see https://x.example", "ask `@octocat` or see `https://x.example`"),
            ("x|@octocat|y", "x&#124;`@octocat`&#124;y"),
            ("fixes #12, not C#", "fixes `#12,` not C\\#"),
            ("run `readiness audit`; then", "run `readiness audit`; then"),
            ("`a``@b`", "`a` `@b`"),
            ("odd ` @x", "odd \\` `@x`"),
            ("`a|b`", "\\`a&#124;b\\`"),
            ("``", "\\`\\`"),
            ("a\nb", "a\\\\nb"),
        ] {
            assert_eq!(text(raw), escaped, "{raw}");
        }
    }

    #[test]
    fn a_border_is_none_outside_of_tables() {
        assert_eq!(prose("run `a | b` | <c>"), "run `a | b` &#124; &lt;c&gt;");
        assert_eq!(prose("`a|@b"), "\\`a&#124;`@b`");
    }

    #[test]
    fn code_spans_hold_anything() {
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("```x`"), "```` ```x` ````");
        assert_eq!(code("<b>|@x"), "`<b>|@x`");
        assert_eq!(code(""), "");
    }
}
