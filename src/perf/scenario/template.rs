//! Texts with places that change from request to request. Rendering appends to a buffer that is used again, so that it
//! does not allocate once the buffer has grown.

use std::fmt;
use std::sync::Arc;

use crate::stats::random::Random;

/// A text in pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template(pub Vec<Piece>);

/// A piece of a template.
#[derive(Clone, PartialEq, Eq)]
pub enum Piece {
    /// Bytes as they are.
    Text(Vec<u8>),
    /// `${counter}`: the number of the request, from 0, unique over all threads.
    Counter,
    /// `${uuid}`: a random UUID (version 4, RFC 9562), one for the whole request.
    Uuid,
    /// `${row.NAME}`: a column of the request's row of the table.
    Column(usize),
    /// `${token}`: the token of the login step or of the environment.
    Token,
}

/// Shows how long texts are and not what they are, because they may be secret.
impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Counter => f.write_str("Counter"),
            Self::Uuid => f.write_str("Uuid"),
            Self::Column(column) => write!(f, "Column({column})"),
            Self::Token => f.write_str("Token"),
        }
    }
}

/// Rows of values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows, each with a value for every column; never empty.
    pub rows: Vec<Vec<String>>,
}

/// Shows how many rows there are and not what is in them, because that may be secret.
impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Table({:?}, {} rows)", self.columns, self.rows.len())
    }
}

impl Template {
    /// A template of one constant text.
    #[must_use]
    pub fn text(text: impl Into<Vec<u8>>) -> Self {
        Self(vec![Piece::Text(text.into())])
    }

    /// Whether it is the same for all requests of a run.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.0.iter().all(|piece| matches!(piece, Piece::Text(_) | Piece::Token))
    }

    /// Appends the text for the request at hand.
    pub fn render(&self, source: &Source, out: &mut Vec<u8>) {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text),
                Piece::Counter => decimal(source.counter, out),
                Piece::Uuid => out.extend_from_slice(&uuid(source.uuid)),
                Piece::Column(column) => out.extend_from_slice(source.value(*column).as_bytes()),
                Piece::Token => out.extend_from_slice(source.token.as_bytes()),
            }
        }
    }
}

/// What changes from request to request. Each thread has its own; together they count without gaps.
#[derive(Clone)]
pub struct Source {
    table: Arc<Table>,
    token: Arc<str>,
    random: Random,
    step: u64,
    counter: u64,
    uuid: u128,
}

/// Shows where it is and not its token.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source(request {}, {:?})", self.counter, self.table)
    }
}

impl Source {
    /// The source of thread `thread` of `threads`, which must call [`Self::advance`] before each request.
    #[must_use]
    pub fn new(table: Option<&Table>, token: &str, thread: u32, threads: u32, seed: u64) -> Self {
        let step = u64::from(threads.max(1));
        Self {
            table: Arc::new(table.cloned().unwrap_or_default()),
            token: Arc::from(token),
            random: Random::new(seed ^ (u64::from(thread) << 32)),
            step,
            counter: u64::from(thread).wrapping_sub(step),
            uuid: 0,
        }
    }

    /// Goes on to the next request.
    pub fn advance(&mut self) {
        self.counter = self.counter.wrapping_add(self.step);
        self.uuid = (u128::from(self.random.next()) << 64) | u128::from(self.random.next());
    }

    fn value(&self, column: usize) -> &str {
        let rows = self.table.rows.len() as u64;
        let row = self.counter.checked_rem(rows).and_then(|row| usize::try_from(row).ok());
        row.and_then(|row| self.table.rows.get(row)?.get(column)).map_or("", String::as_str)
    }
}

/// Appends a number in decimal digits.
fn decimal(mut number: u64, out: &mut Vec<u8>) {
    let begin = out.len();
    loop {
        out.push(b'0' + u8::try_from(number % 10).unwrap_or(0));
        number /= 10;
        if number == 0 {
            break;
        }
    }
    if let Some(digits) = out.get_mut(begin..) {
        digits.reverse();
    }
}

/// A UUID of version 4 from random bits, in its usual form.
fn uuid(random: u128) -> [u8; 36] {
    let bits = (random & !(0xF << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let mut text = [b'-'; 36];
    let mut shift = 128_u32;
    for (at, place) in text.iter_mut().enumerate() {
        if !matches!(at, 8 | 13 | 18 | 23) {
            shift = shift.saturating_sub(4);
            let digit = u32::try_from((bits >> shift) & 0xF).unwrap_or(0);
            *place = char::from_digit(digit, 16).map_or(b'0', |digit| u8::try_from(digit).unwrap_or(b'0'));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(template: &Template, source: &Source) -> String {
        let mut out = Vec::new();
        template.render(source, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn threads_count_without_gaps_and_take_turns_at_rows() {
        let table = Table {
            columns: vec!["name".to_owned()],
            rows: ["a", "b", "c"].map(|name| vec![name.to_owned()]).to_vec(),
        };
        let template = Template(vec![Piece::Counter, Piece::Text(b"-".to_vec()), Piece::Column(0)]);
        let mut seen = Vec::new();
        for thread in 0..2 {
            let mut source = Source::new(Some(&table), "", thread, 2, 7);
            for _ in 0..3 {
                source.advance();
                seen.push(rendered(&template, &source));
            }
        }
        seen.sort();
        assert_eq!(seen, ["0-a", "1-b", "2-c", "3-a", "4-b", "5-c"]);
    }

    #[test]
    fn uuids_have_their_version_and_differ() {
        let template = Template(vec![Piece::Uuid]);
        let mut source = Source::new(None, "", 0, 1, 7);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..100 {
            source.advance();
            let text = rendered(&template, &source);
            assert_eq!(text.len(), 36);
            assert_eq!(text.as_bytes()[14], b'4', "{text}");
            assert!(b"89ab".contains(&text.as_bytes()[19]), "{text}");
            assert!(seen.insert(text));
        }
        assert_eq!(&uuid(u128::MAX), b"ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(&uuid(0), b"00000000-0000-4000-8000-000000000000");
    }

    #[test]
    fn numbers() {
        for number in [0, 7, 10, 1_234_567_890, u64::MAX] {
            let mut out = b"x".to_vec();
            decimal(number, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), format!("x{number}"));
        }
    }
}
