//! Text of others inside HTML: it stays text.

use crate::render::visible;

/// Text for an element or a quoted attribute; hidden characters are shown as escapes.
pub(super) fn text(raw: &str) -> String {
    let safe = visible::line(raw);
    let mut out = String::with_capacity(safe.len() + 16);
    for c in safe.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Running text: what stands between backticks is code.
pub(super) fn marked(raw: &str) -> String {
    let pieces: Vec<&str> = raw.split('`').collect();
    let mut out = String::with_capacity(raw.len() + 32);
    for (place, piece) in pieces.iter().enumerate() {
        let opened = place % 2 == 1;
        let closed = opened && place + 1 < pieces.len();
        match (opened, closed) {
            (_, true) => out.push_str(&format!("<code>{}</code>", text(piece))),
            (true, false) => out.push_str(&format!("`{}", text(piece))),
            _ => out.push_str(&text(piece)),
        }
    }
    out
}

/// Like [`text`], at most so many characters long.
pub(super) fn short(raw: &str, most: usize) -> String {
    text(&visible::cut(raw, most))
}

#[cfg(test)]
mod tests {
    use super::{marked, text};

    #[test]
    fn text_stays_text() {
        assert_eq!(
            text("<script>a('\"')&amp;</script>"),
            "&lt;script&gt;a(&#39;&quot;&#39;)&amp;amp;&lt;/script&gt;"
        );
        assert_eq!(marked("raise `--<b>` or `x"), "raise <code>--&lt;b&gt;</code> or `x");
        assert_eq!(text("a\u{202e}b\0\n"), "a\\u{202e}b\\x00\\n");
    }
}
