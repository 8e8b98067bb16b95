//! Versions of Maven artifacts (`ComparableVersion`, <https://maven.apache.org/pom.html#version-order-specification>).
//!
//! A hyphen, and each change between digits and letters, opens a list in which all the rest stands. So a version is one
//! row of items with marks where a list begins, and two versions are compared along their rows.
//!
//! A qualifier behind a dot stands in no list of its own, as in the releases of Maven before 3.8 and in the tests of the version
//! range specification (`2-1` < `2.0.a` < `2.0.0.a`). So the order has circles in odd corners, as Maven's had: `1.xyz` <
//! `1-alpha` < `1` < `1.xyz`.

use std::cmp::Ordering;

use super::has_foreign_characters;
use super::number::{digits, is_zero, take};

#[derive(Clone, Copy, Debug)]
enum Item<'a> {
    Number(&'a [u8]),
    Word(Qualifier<'a>),
    /// A list begins, and goes on to the end of the version.
    Open,
}

/// Qualifiers in their order. `Release` is also what a missing one is worth.
#[derive(Clone, Copy, Debug)]
enum Qualifier<'a> {
    Known(Stage),
    Other(&'a [u8]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Alpha,
    Beta,
    Milestone,
    Candidate,
    Snapshot,
    Release,
    ServicePack,
}

/// A version in items, trailing nulls of every list left out.
pub(super) struct Version<'a>(Vec<Item<'a>>);

/// Reads a version. Maven takes any text for one; here it has a digit and nothing that belongs to a range or to a property.
pub(super) fn parse(text: &str) -> Option<Version<'_>> {
    if has_foreign_characters(text) || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut items = items(text.as_bytes());
    normalize(&mut items);
    Some(Version(items))
}

fn items(mut rest: &[u8]) -> Vec<Item<'_>> {
    let mut items = Vec::with_capacity(8);
    let word = |byte: u8| !byte.is_ascii_digit() && byte != b'.' && byte != b'-';
    loop {
        let (number, after) = take(rest, |byte| byte.is_ascii_digit());
        let (letters, after) = if number.is_empty() { take(rest, word) } else { (&[] as &[u8], after) };
        // What is empty between two separators is 0, what is empty at the end is nothing.
        let empty = number.is_empty() && letters.is_empty();
        if empty && after.is_empty() {
            return items;
        }
        let turns = !number.is_empty() && after.first().is_some_and(|byte| word(*byte));
        let numbered = after.first().is_some_and(u8::is_ascii_digit);
        items.push(if letters.is_empty() {
            Item::Number(number)
        } else {
            Item::Word(qualifier(letters, numbered))
        });
        rest = match after {
            [b'.', rest @ ..] => rest,
            [b'-', rest @ ..] => {
                items.push(Item::Open);
                rest
            }
            _ => {
                if turns || numbered {
                    items.push(Item::Open);
                }
                after
            }
        };
    }
}

fn qualifier(word: &[u8], numbered: bool) -> Qualifier<'_> {
    let is = |names: &[&[u8]]| names.iter().any(|name| word.eq_ignore_ascii_case(name));
    let short = |name: &[u8]| numbered && word.eq_ignore_ascii_case(name);
    Qualifier::Known(if is(&[b"alpha"]) || short(b"a") {
        Stage::Alpha
    } else if is(&[b"beta"]) || short(b"b") {
        Stage::Beta
    } else if is(&[b"milestone"]) || short(b"m") {
        Stage::Milestone
    } else if is(&[b"rc", b"cr"]) {
        Stage::Candidate
    } else if is(&[b"snapshot"]) {
        Stage::Snapshot
    } else if is(&[b"ga", b"final", b"release"]) {
        Stage::Release
    } else if is(&[b"sp"]) {
        Stage::ServicePack
    } else {
        return Qualifier::Other(word);
    })
}

/// Takes away what is null at the end of each list, and lists that are left empty.
fn normalize(items: &mut Vec<Item<'_>>) {
    let mut kept = Vec::with_capacity(items.len());
    let mut trailing = true;
    for item in items.iter().rev() {
        match item {
            Item::Open => {
                // A list that holds nothing but a list is that list: `1-ga-1` is `1-1`.
                if !matches!(kept.last(), None | Some(Item::Open)) {
                    kept.push(Item::Open);
                }
                trailing = true;
            }
            item if trailing && null(*item).is_eq() => {}
            item => {
                kept.push(*item);
                trailing = false;
            }
        }
    }
    kept.reverse();
    *items = kept;
}

/// The order of an item and of none.
fn null(item: Item<'_>) -> Ordering {
    match item {
        Item::Number(number) if is_zero(number) => Ordering::Equal,
        Item::Number(_) => Ordering::Greater,
        Item::Word(Qualifier::Known(stage)) => stage.cmp(&Stage::Release),
        Item::Word(Qualifier::Other(_)) => Ordering::Greater,
        Item::Open => Ordering::Equal,
    }
}

/// The order of two versions.
pub(super) fn order(one: &Version<'_>, other: &Version<'_>) -> Ordering {
    let mut ones = one.0.iter();
    let mut others = other.0.iter();
    loop {
        let order = match (ones.next(), others.next()) {
            (None, None) => return Ordering::Equal,
            (Some(one), None) => null(*one),
            (None, Some(other)) => null(*other).reverse(),
            (Some(one), Some(other)) => pair(*one, *other),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Words come before lists, and lists before numbers.
fn pair(one: Item<'_>, other: Item<'_>) -> Ordering {
    let kind = |item: Item<'_>| match item {
        Item::Word(_) => 0,
        Item::Open => 1,
        Item::Number(_) => 2,
    };
    match (one, other) {
        (Item::Number(one), Item::Number(other)) => digits(one, other),
        (Item::Word(one), Item::Word(other)) => words(one, other),
        _ => kind(one).cmp(&kind(other)),
    }
}

fn words(one: Qualifier<'_>, other: Qualifier<'_>) -> Ordering {
    match (one, other) {
        (Qualifier::Known(one), Qualifier::Known(other)) => one.cmp(&other),
        (Qualifier::Other(one), Qualifier::Other(other)) => {
            one.iter().map(u8::to_ascii_lowercase).cmp(other.iter().map(u8::to_ascii_lowercase))
        }
        (Qualifier::Known(_), Qualifier::Other(_)) => Ordering::Less,
        (Qualifier::Other(_), Qualifier::Known(_)) => Ordering::Greater,
    }
}
