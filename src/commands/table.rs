//! Plain tables for people; what comes from files and their names cannot speak to the terminal.

/// A text with control characters made visible.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // Also marks that turn the direction of text, with which a name can pretend to be another.
        if c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Rows under a heading, in columns as wide as they need to be; columns without content are left out.
pub(super) fn table<const N: usize>(heading: [&str; N], rows: &[[String; N]]) -> String {
    let used: Vec<bool> =
        (0..N).map(|at| rows.iter().any(|row| row.get(at).is_some_and(|cell| !cell.is_empty()))).collect();
    let heading = heading.map(str::to_owned);
    let cleaned: Vec<Vec<String>> = std::iter::once(&heading)
        .chain(rows)
        .map(|row| row.iter().zip(&used).filter(|(_, used)| **used).map(|(cell, _)| visible(cell)).collect())
        .collect();
    let columns = cleaned.first().map_or(0, Vec::len);
    let width = |at: usize| {
        cleaned.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in &cleaned {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_nothing_speaks_to_the_terminal() {
        let rows = [
            ["a\u{1b}[31m".to_owned(), String::new(), "x".to_owned()],
            ["ä".to_owned(), String::new(), "y".to_owned()],
        ];
        assert_eq!(table(["N", "EMPTY", "V"], &rows), "N            V\na\\u{1b}[31m  x\nä            y\n");
        assert_eq!(visible("a\u{202e}b\n"), "a\\u{202e}b\\n");
    }
}
