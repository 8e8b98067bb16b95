//! Which columns of a table there is room for, and how wide each is.

use super::details::INDENT;
use crate::render::details::Table;

/// Columns between two columns.
const GAP: usize = 2;
/// Narrowest column of words that go on below themselves.
const NARROW: usize = 12;
/// How wide they are at least before a column that matters less is shown beside them.
const READABLE: usize = 24;
/// What is left of a name that is cut, at least: enough to tell it from others.
const NAME: usize = 16;

/// How a table is laid out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The columns of each part, one below the other; one part unless there is no other way.
    pub(super) parts: Vec<Vec<usize>>,
    /// How wide each column is, whether it is shown or not.
    pub(super) widths: Vec<usize>,
    /// The heads of the columns that there is no room for.
    pub(super) left_out: Vec<&'static str>,
}

/// A column as it would like to be.
struct Column {
    head: usize,
    widest: usize,
    /// The longest word; numbers are never broken.
    word: usize,
    words: bool,
}

/// A layout in `room` columns: everything, if there is room for it; without what matters less; with names cut in the
/// middle; and only then in several parts with the same keys. Who wants to see `all` gets the parts at once.
pub(super) fn layout(table: &Table, shown: &[usize], room: usize, all: bool) -> Layout {
    let columns: Vec<Column> = (0..table.columns.len()).map(|column| measure(table, shown, column)).collect();
    let every: Vec<usize> = (0..columns.len()).collect();
    let natural: Vec<usize> = columns.iter().map(|column| column.widest).collect();
    if let Some(widths) = fitting(&columns, &every, room, READABLE) {
        return Layout { parts: vec![every], widths, left_out: Vec::new() };
    }
    if !all {
        let lesser = |place: &usize| {
            let head = table.columns.get(*place).map_or("", |(head, _)| *head);
            table.lesser.iter().position(|each| *each == head)
        };
        let mut kept: Vec<usize> = every.iter().copied().filter(|place| lesser(place).is_none()).collect();
        let mut found = fitting(&columns, &kept, room, NARROW);
        if found.is_some() {
            let mut others: Vec<usize> =
                every.iter().copied().filter(|place| lesser(place).is_some()).collect();
            others.sort_by_key(lesser);
            for other in others {
                let mut with = kept.clone();
                with.push(other);
                with.sort_unstable();
                if let Some(widths) = fitting(&columns, &with, room, READABLE) {
                    (kept, found) = (with, Some(widths));
                }
            }
        } else {
            found = cut(&columns, &kept, natural.clone(), room);
        }
        if let Some(widths) = found {
            let left_out = every.iter().filter(|place| !kept.contains(place));
            let left_out = left_out.filter_map(|place| Some(table.columns.get(*place)?.0)).collect();
            return Layout { parts: vec![kept], widths, left_out };
        }
    }
    let capped = columns.iter().enumerate().map(|(place, column)| {
        let most = if place == 0 { ((room + INDENT) / 3).max(NARROW) } else { (room + INDENT) / 2 };
        column.widest.min(most).max(column.head)
    });
    let widths: Vec<usize> = capped.collect();
    Layout { parts: balanced(&widths, table.keys, room), widths, left_out: Vec::new() }
}

fn measure(table: &Table, shown: &[usize], column: usize) -> Column {
    let (head, right) = table.columns.get(column).copied().unwrap_or_default();
    let cells =
        || shown.iter().filter_map(|row| Some(table.rows.get(*row)?.cells.get(column)?.text.as_str()));
    let head = head.chars().count();
    let longest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0).max(head);
    Column {
        head,
        widest: longest(&mut cells().map(|cell| cell.chars().count())),
        word: longest(&mut cells().flat_map(str::split_whitespace).map(|word| word.chars().count())),
        words: !right,
    }
}

/// How wide `shown` columns are, with two between them.
fn size(widths: &[usize], shown: &[usize]) -> usize {
    let all: usize = shown.iter().filter_map(|place| widths.get(*place)).map(|width| width + GAP).sum();
    all.saturating_sub(GAP)
}

/// The widths with which the columns fit without a cut: a last column of words may go on below itself, if it is `words` wide.
fn fitting(columns: &[Column], shown: &[usize], room: usize, words: usize) -> Option<Vec<usize>> {
    let mut widths: Vec<usize> = columns.iter().map(|column| column.widest).collect();
    let over = size(&widths, shown).saturating_sub(room);
    if over == 0 {
        return Some(widths);
    }
    let last = *shown.last()?;
    let column = columns.get(last).filter(|column| column.words && shown.len() > 1)?;
    let narrowest = column.word.max(words).min(column.widest);
    let width = column.widest.checked_sub(over).filter(|width| *width >= narrowest)?;
    *widths.get_mut(last)? = width;
    Some(widths)
}

/// The widths with which the columns fit when names are cut, always the longest first.
fn cut(columns: &[Column], shown: &[usize], mut widths: Vec<usize>, room: usize) -> Option<Vec<usize>> {
    let trailing = shown.last().filter(|last| columns.get(**last).is_some_and(|column| column.words));
    if let Some(last) = trailing {
        // These words lose nothing by it: they go on below themselves.
        let narrowest = columns.get(*last).map_or(0, |column| column.word.max(NARROW).min(column.widest));
        let over = size(&widths, shown).saturating_sub(room);
        let width = widths.get_mut(*last)?;
        *width = width.saturating_sub(over).max(narrowest);
    }
    while size(&widths, shown) > room {
        let longest = shown
            .iter()
            .filter(|place| {
                Some(*place) != trailing && columns.get(**place).is_some_and(|column| column.words)
            })
            .max_by_key(|place| widths.get(**place).copied().unwrap_or(0))?;
        let (width, column) = (widths.get_mut(*longest)?, columns.get(*longest)?);
        if *width <= NAME.max(column.head) {
            return None;
        }
        *width -= 1;
    }
    Some(widths)
}

/// The columns of as few parts as there must be, and those about equally wide: no column is left alone.
fn balanced(widths: &[usize], keys: usize, width: usize) -> Vec<Vec<usize>> {
    let fewest = blocks(widths, keys, width);
    let narrower = (0..width).rev().map(|width| blocks(widths, keys, width));
    narrower.take_while(|narrower| narrower.len() == fewest.len()).last().unwrap_or(fewest)
}

/// The columns of each part of a table that is `width` columns wide at most; every part begins with the keys.
fn blocks(widths: &[usize], keys: usize, width: usize) -> Vec<Vec<usize>> {
    let start: Vec<usize> = (0..keys.min(widths.len())).collect();
    let mut blocks = vec![start.clone()];
    for column in start.len()..widths.len() {
        let Some(current) = blocks.last_mut() else { break };
        current.push(column);
        if size(widths, current) > width && current.len() > start.len() + 1 {
            current.pop();
            blocks.push(start.iter().copied().chain([column]).collect());
        }
    }
    blocks
}

#[cfg(test)]
mod tests;
