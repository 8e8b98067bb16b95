//! Numbers of any length, compared as text.

use std::cmp::Ordering;

/// Compares two runs of digits by value. An empty run is 0.
pub(super) fn digits(one: &[u8], other: &[u8]) -> Ordering {
    let one = without_zeros(one);
    let other = without_zeros(other);
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

/// Whether a run of digits is worth nothing.
pub(super) fn is_zero(digits: &[u8]) -> bool {
    digits.iter().all(|digit| *digit == b'0')
}

/// Compares numbers with dots between them; one that is missing is 0.
pub(super) fn dotted(one: &[u8], other: &[u8]) -> Ordering {
    let mut ones = one.split(|byte| *byte == b'.');
    let mut others = other.split(|byte| *byte == b'.');
    loop {
        let order = match (ones.next(), others.next()) {
            (None, None) => return Ordering::Equal,
            (one, other) => digits(one.unwrap_or_default(), other.unwrap_or_default()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Compares lists of numbers; one that is missing comes before any.
pub(super) fn listed(one: &[u8], other: &[u8]) -> Ordering {
    parts(one, other, |byte| !byte.is_ascii_digit(), digits)
}

/// Compares part by part, as `order` says of two of them; one that is missing comes before any.
pub(super) fn parts(
    one: &[u8],
    other: &[u8],
    separates: fn(&u8) -> bool,
    order: impl Fn(&[u8], &[u8]) -> Ordering,
) -> Ordering {
    let mut ones = one.split(separates);
    let mut others = other.split(separates);
    loop {
        let order = match (ones.next(), others.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(one), Some(other)) => order(one, other),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Splits off what stands at the start and passes.
pub(super) fn take(text: &[u8], passes: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !passes(*byte)).unwrap_or(text.len());
    text.split_at(end)
}

/// Splits off the digits at the start.
pub(super) fn take_digits(text: &[u8]) -> (&[u8], &[u8]) {
    take(text, |byte| byte.is_ascii_digit())
}

/// Splits off numbers with dots between them. A dot without a number behind it stays.
pub(super) fn take_dotted(text: &[u8]) -> (&[u8], &[u8]) {
    let mut after = text;
    let mut end = 0;
    loop {
        let (number, rest) = take_digits(after);
        if number.is_empty() {
            return text.split_at(end);
        }
        end = text.len() - rest.len();
        match rest.split_first() {
            Some((b'.', behind)) => after = behind,
            _ => return text.split_at(end),
        }
    }
}

/// Drops the `v` in front of a number.
pub(super) fn without_v(text: &[u8]) -> &[u8] {
    match text {
        [b'v' | b'V', rest @ ..] if rest.first().is_some_and(u8::is_ascii_digit) => rest,
        _ => text,
    }
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    take(digits, |byte| byte == b'0').1
}
