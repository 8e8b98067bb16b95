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
    aligned(&cleaned(heading, rows), 0)
}

/// As [`table`], in lines of at most `width` columns where a terminal has so few: the first cell of each row, and the others under
/// it, in columns as long as they fit and otherwise one a line with its heading.
pub(super) fn table_within<const N: usize>(
    heading: [&str; N],
    rows: &[[String; N]],
    width: Option<usize>,
) -> String {
    const INDENT: usize = 2;
    let cells = cleaned(heading, rows);
    let whole = aligned(&cells, 0);
    let fits = |text: &str| width.is_none_or(|width| text.lines().all(|line| line.chars().count() <= width));
    if fits(&whole) {
        return whole;
    }
    let others: Vec<Vec<String>> = cells.iter().map(|row| row.iter().skip(1).cloned().collect()).collect();
    let under = aligned(&others, INDENT);
    let firsts = cells.iter().filter_map(|row| row.first());
    if fits(&under) {
        return firsts.zip(under.lines()).map(|(first, others)| format!("{first}\n{others}\n")).collect();
    }
    let Some((names, _)) = others.split_first() else { return whole };
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for (first, row) in firsts.zip(&others).skip(1) {
        out.push_str(first);
        out.push('\n');
        for (name, cell) in names.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
            out.push_str(&format!("{:INDENT$}{name:<longest$}  {cell}\n", ""));
        }
    }
    out
}

/// The heading and the rows without columns that are empty and without what a terminal would obey.
fn cleaned<const N: usize>(heading: [&str; N], rows: &[[String; N]]) -> Vec<Vec<String>> {
    let used: Vec<bool> =
        (0..N).map(|at| rows.iter().any(|row| row.get(at).is_some_and(|cell| !cell.is_empty()))).collect();
    let heading = heading.map(str::to_owned);
    std::iter::once(&heading)
        .chain(rows)
        .map(|row| row.iter().zip(&used).filter(|(_, used)| **used).map(|(cell, _)| visible(cell)).collect())
        .collect()
}

/// Rows in columns, behind so many blanks.
fn aligned(rows: &[Vec<String>], indent: usize) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |at: usize| {
        rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        out.push_str(format!("{:indent$}{}", "", cells.join("  ")).trim_end());
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

    #[test]
    fn a_narrow_terminal_gets_no_line_that_it_would_break() {
        let row = |id: &str, label: &str, made: &str| [id.to_owned(), label.to_owned(), made.to_owned()];
        let rows = [row("20261122-1", "v2.4", "noon"), row("20261123-1", "", "night")];
        let heading = ["CAPTURE", "LABEL", "MADE"];
        // 10 and 2 and 5 and 2 and 5 columns.
        let whole = "CAPTURE     LABEL  MADE\n20261122-1  v2.4   noon\n20261123-1         night\n";
        assert_eq!(table_within(heading, &rows, None), whole);
        assert_eq!(table_within(heading, &rows, Some(24)), whole);
        let under = "CAPTURE\n  LABEL  MADE\n20261122-1\n  v2.4   noon\n20261123-1\n         night\n";
        assert_eq!(table_within(heading, &rows, Some(23)), under);
        let single = "20261122-1\n  LABEL  v2.4\n  MADE   noon\n20261123-1\n  MADE   night\n";
        assert_eq!(table_within(heading, &rows, Some(13)), single);
        assert_eq!(table_within(heading, &[], Some(3)), "\n");
    }
}
