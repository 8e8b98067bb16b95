use super::*;
use crate::render::details::{Body, Row, sections};
use crate::render::sample;

/// A table of one row, whose cells are as wide as is said; `'n'` is a column of numbers.
fn table(columns: Vec<(&'static str, bool)>, widths: &[usize], lesser: &'static [&'static str]) -> Table {
    let cells = widths.iter().map(|width| "x".repeat(*width).into()).collect();
    Table { columns, keys: 1, rows: vec![Row { cells, ..Row::default() }], things: "rows", lesser }
}

fn measured() -> Table {
    let columns = vec![("name", false), ("before", true), ("after", true), ("limit", true), ("p", true)];
    table(columns, &[20, 10, 10, 10, 7], &["limit", "p"])
}

#[test]
fn what_matters_least_goes_first_and_is_told() {
    // 20 + 10 + 10 + 10 + 7, and two between each.
    let of = |room| layout(&measured(), &[0], room, false);
    assert_eq!((of(65).parts, of(65).left_out), (vec![vec![0, 1, 2, 3, 4]], vec![]));
    assert_eq!((of(64).parts, of(64).left_out), (vec![vec![0, 1, 2, 3]], vec!["p"]));
    // There is no room for the limit, and for the chance there is.
    assert_eq!((of(53).parts, of(53).left_out), (vec![vec![0, 1, 2, 4]], vec!["limit"]));
    assert_eq!((of(44).parts, of(44).left_out), (vec![vec![0, 1, 2]], vec!["limit", "p"]));
}

#[test]
fn names_are_cut_before_a_table_is_broken() {
    let of = |room| layout(&measured(), &[0], room, false);
    assert_eq!((of(40).parts, of(40).widths), (vec![vec![0, 1, 2]], vec![16, 10, 10, 10, 7]));
    assert_eq!(of(39).parts.len(), 2, "a name of sixteen characters is the shortest");
    assert_eq!(of(39).left_out, Vec::<&str>::new());
}

#[test]
fn who_wants_all_loses_no_column() {
    let all = layout(&measured(), &[0], 44, true);
    assert!(all.left_out.is_empty() && all.parts.len() == 2, "{all:?}");
    assert_eq!(all.widths.first(), Some(&16));
}

/// What is usual fits a terminal of eighty columns, every table in one piece.
#[test]
fn tables_of_baselines_are_not_broken_at_eighty_columns() {
    let mut seen = 0;
    for (name, report) in sample::baseline::all() {
        for section in sections(&report) {
            let Body::Table(table) = &section.body else { continue };
            seen += 1;
            let layout = layout(table, &table.shown(40), 80 - INDENT, false);
            assert_eq!(layout.parts.len(), 1, "{name}: {}: {layout:?}", section.title);
            let beyond: Vec<_> = table
                .lesser
                .iter()
                .filter(|less| table.columns.iter().all(|(head, _)| head != *less))
                .collect();
            // A name that no column has would be kept for ever.
            assert!(beyond.iter().all(|less| ["limit", "95 % interval", "p"].contains(*less)), "{beyond:?}");
        }
    }
    assert!(seen > 8, "{seen}");
}

#[test]
fn words_at_the_end_go_on_below_themselves() {
    let mut words = table(vec![("name", false), ("result", false)], &[10, 0], &[]);
    words.rows[0].cells[1] = "some words that need not stand on one line".to_owned().into();
    assert_eq!(layout(&words, &[0], 36, false).widths, [10, 24]);
    assert_eq!(layout(&words, &[0], 24, false).widths, [10, 12]);
    // The words are not the ones that are cut.
    words.rows[0].cells[1] = "immeasurable_word_x and more".to_owned().into();
    assert_eq!(layout(&words, &[0], 31, false).widths, [10, 19]);
}

#[test]
fn wide_tables_are_broken_with_their_keys() {
    // Ten columns each, two between them.
    assert_eq!(blocks(&[10; 4], 1, 46), [vec![0, 1, 2, 3]]);
    assert_eq!(blocks(&[10; 4], 1, 45), [vec![0, 1, 2], vec![0, 3]]);
    assert_eq!(blocks(&[10; 4], 2, 34), [vec![0, 1, 2], vec![0, 1, 3]]);
    assert_eq!(balanced(&[10; 6], 1, 58), [vec![0, 1, 2, 3], vec![0, 4, 5]]);
    // However narrow, each part has a column besides its keys.
    assert_eq!(blocks(&[10; 3], 1, 1), [vec![0, 1], vec![0, 2]]);
}

/// A terminal of any width, text of any kind: nothing is lost that is not said to be, and nothing speaks to the terminal.
mod any {
    use proptest::prelude::*;

    use super::super::super::paint::Paint;
    use super::super::super::table::write;
    use super::*;
    use crate::render::{Options, visible};

    fn text() -> impl Strategy<Value = String> {
        let wide = prop::sample::select(vec![
            "漢字",
            "🙂",
            "e\u{301}",
            "👨\u{200d}👩",
            "\u{1b}[31m",
            "\u{9b}2J",
            "\n",
            "\u{202e}",
            "::error::",
            "x",
            "a b c",
            "",
        ]);
        let long = (0_usize..10_000).prop_map(|size| "x".repeat(size));
        prop_oneof![9 => prop::collection::vec(wide, 0..6).prop_map(|parts| parts.concat()), 1 => long]
    }

    fn tables() -> impl Strategy<Value = Table> {
        const HEADS: [&str; 6] = ["one", "two", "three", "four", "five", "six"];
        const LESSER: [&[&str]; 4] = [&[], &["two"], &["six", "three"], &["five", "four", "six", "two"]];
        (1..=6_usize, 0..3_usize, prop::sample::select(LESSER.to_vec()), any::<u8>()).prop_flat_map(
            |(many, keys, lesser, right)| {
                let row = (prop::collection::vec(text(), many), text());
                prop::collection::vec(row, 0..6).prop_map(move |rows| {
                    let columns = HEADS
                        .iter()
                        .take(many)
                        .enumerate()
                        .map(|(at, head)| (*head, right >> at & 1 == 1))
                        .collect();
                    // As the details make them.
                    let cell = |text: String| visible::line(&text).into_owned().into();
                    let rows = rows.into_iter().map(|(cells, note)| Row {
                        cells: cells.into_iter().map(cell).collect(),
                        note,
                        ..Row::default()
                    });
                    Table { columns, keys: keys.min(many), rows: rows.collect(), things: "metrics", lesser }
                })
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

        #[test]
        fn any_table_is_written(table in tables(), width in prop::sample::select(vec![0_usize, 1, 3, 20, 40, 60, 80, 160]), all: bool) {
            let options = Options { width, all, ..Options::default() };
            let mut out = Vec::new();
            write(&table, false, &options, Paint::new(false), &mut out).unwrap();
            let out = String::from_utf8(out).unwrap();
            prop_assert!(!out.contains(|c: char| visible::is_hidden(c) && c != '\n'), "{out:?}");
            prop_assert!(out.lines().all(|line| !line.trim_start().starts_with("::")), "{out}");
            let said: String = out.split_whitespace().collect();
            for (head, _) in &table.columns {
                prop_assert!(said.contains(head), "{head} is lost:\n{out}");
            }
            let unsaid = said.find("noroomfor").map_or("", |at| &said[at..]);
            prop_assert!(!all || unsaid.is_empty());
            let shown = |(at, cell): (usize, &crate::render::details::Cell)| {
                let text: String = cell.text.split_whitespace().collect();
                let head = table.columns[at].0;
                // Whole, or cut where the eye sees it, or in a column that is told to have no room.
                said.contains(&text) || said.contains('…') || unsaid.contains(head) || (at == 0 && table.keys > 1) || said.contains("\\x3a")
            };
            for row in &table.rows {
                prop_assert!(row.cells.iter().enumerate().all(shown), "{out}");
            }
        }
    }
}
