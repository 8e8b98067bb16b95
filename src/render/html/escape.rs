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

/// Like [`text`], at most so many characters long.
pub(super) fn short(raw: &str, most: usize) -> String {
    text(&visible::cut(raw, most))
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn text_stays_text() {
        assert_eq!(
            text("<script>a('\"')&amp;</script>"),
            "&lt;script&gt;a(&#39;&quot;&#39;)&amp;amp;&lt;/script&gt;"
        );
        assert_eq!(text("a\u{202e}b\0\n"), "a\\u{202e}b\\x00\\n");
    }
}
