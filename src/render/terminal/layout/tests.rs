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
