//! Tables of comma-separated values, as RFC 4180 describes them: a header row, quoted fields with doubled quotes, line
//! breaks inside quotes. Strict: what another reader might take differently is a fault.

use super::fault::Fault;

/// Largest table, in bytes.
pub const MAX_BYTES: usize = 64 << 20;
/// Most rows, the header not counted.
pub const MAX_ROWS: usize = 100_000;
/// Most columns.
const MAX_COLUMNS: usize = 1000;
/// Most values of all rows together: what keeps a table of empty values small in memory.
const MAX_VALUES: usize = 4_000_000;
/// Faults told at most.
const MAX_FAULTS: usize = 20;

/// A table.
#[derive(Clone, PartialEq, Eq)]
pub struct Csv {
    /// Names of the columns, each once and none empty.
    pub columns: Vec<String>,
    /// Rows, each with one value for every column.
    pub rows: Vec<Row>,
}

/// A row.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// The line that it begins on, from 1.
    pub line: u32,
    /// Its values.
    pub values: Vec<String>,
}

/// Shows how much there is and not what, because values may be secret.
impl std::fmt::Debug for Csv {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Csv({:?}, {} rows)", self.columns, self.rows.len())
    }
}

/// Shows how much there is and not what, because values may be secret.
impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Row(line {}, {} values)", self.line, self.values.len())
    }
}

/// Reads a table. A byte order mark is skipped; lines end with LF or CRLF, the last one may lack its end.
///
/// # Errors
/// Every fault with its line, up to a bound: no UTF-8, a quote where none may be, a quoted field without its end, rows of
/// other lengths than the header, empty lines, names of columns that are empty or stand twice, too much of anything.
pub fn parse(bytes: &[u8]) -> Result<Csv, Vec<Fault>> {
    if bytes.len() > MAX_BYTES {
        return Err(vec![Fault::new(1, format!("a table has at most {MAX_BYTES} bytes"))]);
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        vec![Fault::new(lines(before).saturating_add(1), "expected UTF-8")]
    })?;
    let mut reader =
        Reader { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1, extra: 0, empty: false };
    let header = match reader.record(MAX_COLUMNS).map_err(|fault| vec![fault])? {
        Some(header) if reader.extra == 0 => header,
        Some(_) => return Err(vec![Fault::new(1, format!("a table has at most {MAX_COLUMNS} columns"))]),
        None => return Err(vec![Fault::new(1, "expected a header row, found nothing")]),
    };
    let mut faults = names(&header);
    let width = header.values.len();
    let mut rows = Vec::new();
    loop {
        let row = match reader.record(width) {
            Ok(Some(row)) => row,
            Ok(None) => break,
            Err(fault) => {
                faults.push(fault);
                break;
            }
        };
        let found = row.values.len().saturating_add(reader.extra);
        if reader.empty {
            faults.push(Fault::new(row.line, "an empty line; an empty value alone is written `\"\"`"));
        } else if found != width {
            let message = format!("a row of {found} values under a header of {width}");
            faults.push(Fault::new(row.line, message));
        } else if rows.len() >= MAX_ROWS || rows.len().saturating_add(1).saturating_mul(width) > MAX_VALUES {
            let message = format!("a table has at most {MAX_ROWS} rows and {MAX_VALUES} values");
            faults.push(Fault::new(row.line, message));
            break;
        } else {
            rows.push(row);
        }
        if faults.len() >= MAX_FAULTS {
            break;
        }
    }
    if faults.is_empty() { Ok(Csv { columns: header.values, rows }) } else { Err(faults) }
}

/// What is wrong with the names of columns.
fn names(header: &Row) -> Vec<Fault> {
    let mut seen = std::collections::HashSet::new();
    let mut faults = Vec::new();
    for (at, name) in header.values.iter().enumerate() {
        if name.trim().is_empty() {
            faults.push(Fault::new(header.line, format!("column {} has no name", at + 1)));
        } else if !seen.insert(name.as_str()) {
            let message = format!("column {} has the name of an earlier one", at + 1);
            faults.push(Fault::new(header.line, message));
        }
        if faults.len() >= MAX_FAULTS {
            break;
        }
    }
    faults
}

/// Line feeds of some bytes.
fn lines(bytes: &[u8]) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(u32::MAX)
}

struct Reader<'t> {
    rest: &'t str,
    line: u32,
    /// Values of the last record beyond those that were kept.
    extra: usize,
    /// Whether the last record was an empty line.
    empty: bool,
}

/// What ends a field.
enum End {
    Comma,
    Record,
}

impl Reader<'_> {
    /// The next record with at most `width` of its values; none at the end.
    fn record(&mut self, width: usize) -> Result<Option<Row>, Fault> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.extra = 0;
        self.empty = self.rest.starts_with('\n') || self.rest.starts_with("\r\n");
        let mut row = Row { line: self.line, values: Vec::new() };
        loop {
            let (value, end) = self.field()?;
            if row.values.len() < width {
                row.values.push(value);
            } else {
                self.extra = self.extra.saturating_add(1);
            }
            if matches!(end, End::Record) {
                return Ok(Some(row));
            }
        }
    }

    fn field(&mut self) -> Result<(String, End), Fault> {
        let begin = self.line;
        let value = match self.rest.strip_prefix('"') {
            Some(inside) => self.quoted(inside, begin)?,
            None => {
                let length = self.rest.find([',', '\n', '\r', '"']).unwrap_or(self.rest.len());
                let (value, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
                self.rest = rest;
                value.to_owned()
            }
        };
        let end = if let Some(rest) = self.rest.strip_prefix(',') {
            self.rest = rest;
            End::Comma
        } else if let Some(rest) = self.rest.strip_prefix("\r\n").or_else(|| self.rest.strip_prefix('\n')) {
            self.rest = rest;
            self.line = self.line.saturating_add(1);
            End::Record
        } else if self.rest.is_empty() {
            End::Record
        } else if self.rest.starts_with('"') {
            return Err(Fault::new(self.line, "a quote inside a field without quotes around it"));
        } else if self.rest.starts_with('\r') {
            return Err(Fault::new(self.line, "a carriage return that ends no line"));
        } else {
            return Err(Fault::new(self.line, "expected `,` or the end of the line behind a closing quote"));
        };
        Ok((value, end))
    }

    /// The value of a quoted field; `inside` is what stands behind its opening quote.
    fn quoted(&mut self, inside: &str, begin: u32) -> Result<String, Fault> {
        let mut value = String::new();
        let mut rest = inside;
        loop {
            let Some((before, behind)) = rest.split_once('"') else {
                return Err(Fault::new(begin, "a quoted field without its closing quote"));
            };
            value.push_str(before);
            match behind.strip_prefix('"') {
                Some(behind) => {
                    value.push('"');
                    rest = behind;
                }
                None => {
                    self.line = self.line.saturating_add(lines(value.as_bytes()));
                    // The same text, cut from what is kept, for the sake of its lifetime.
                    let used = self.rest.len().saturating_sub(behind.len());
                    self.rest = self.rest.get(used..).unwrap_or_default();
                    return Ok(value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(text: &str) -> Vec<(u32, Vec<String>)> {
        parse(text.as_bytes()).unwrap().rows.into_iter().map(|row| (row.line, row.values)).collect()
    }

    fn faults(text: &[u8]) -> Vec<String> {
        parse(text).unwrap_err().iter().map(ToString::to_string).collect()
    }

    fn own(values: &[&str]) -> Vec<String> {
        values.iter().map(ToString::to_string).collect()
    }

    // The numbered examples of RFC 4180, section 2, under a header.
    #[test]
    fn the_examples_of_the_rfc() {
        let expected = vec![(2, own(&["aaa", "bbb", "ccc"])), (3, own(&["zzz", "yyy", "xxx"]))];
        assert_eq!(rows("a,b,c\r\naaa,bbb,ccc\r\nzzz,yyy,xxx\r\n"), expected, "1: lines end with CRLF");
        assert_eq!(rows("a,b,c\r\naaa,bbb,ccc\r\nzzz,yyy,xxx"), expected, "2: the last may not");
        assert_eq!(
            rows("a,b,c\r\n\"aaa\",\"bbb\",\"ccc\"\r\nzzz,yyy,xxx"),
            expected,
            "5: fields may be quoted"
        );
        assert_eq!(
            rows("a,b,c\r\n\"aaa\",\"b\r\nbb\",\"ccc\"\r\nzzz,yyy,xxx"),
            [(2, own(&["aaa", "b\r\nbb", "ccc"])), (4, own(&["zzz", "yyy", "xxx"]))],
            "6: line breaks within quotes"
        );
        assert_eq!(
            rows("a,b,c\r\n\"aaa\",\"b\"\"bb\",\"ccc\""),
            [(2, own(&["aaa", "b\"bb", "ccc"]))],
            "7: doubled quotes"
        );
        assert_eq!(
            rows("a,b\n\" x, y \", z "),
            [(2, own(&[" x, y ", " z "]))],
            "4: spaces belong to a field"
        );
    }

    #[test]
    fn empty_values_and_a_byte_order_mark() {
        let table = parse("\u{feff}name,ort\n,\n\"\",Köln\n".as_bytes()).unwrap();
        assert_eq!(table.columns, ["name", "ort"]);
        assert_eq!(table.rows[0].values, ["", ""]);
        assert_eq!(table.rows[1].values, ["", "Köln"]);
        assert_eq!(rows("a\n\"\"\n"), [(2, own(&[""]))]);
        assert!(rows("a,b\n").is_empty());
    }

    #[test]
    fn faults_have_their_line() {
        assert_eq!(
            faults(b"a,b\n1\n1,2\n1,2,3\n\n"),
            [
                "line 2: a row of 1 values under a header of 2",
                "line 4: a row of 3 values under a header of 2",
                "line 5: an empty line; an empty value alone is written `\"\"`",
            ]
        );
        assert_eq!(faults(b"a\n\"x\ny\"\n\"open\n"), ["line 4: a quoted field without its closing quote"]);
        assert_eq!(faults(b"a\nx\"y\"\n"), ["line 2: a quote inside a field without quotes around it"]);
        assert_eq!(
            faults(b"a\n\"x\" \n"),
            ["line 2: expected `,` or the end of the line behind a closing quote"]
        );
        assert_eq!(faults(b"a\rb\n"), ["line 1: a carriage return that ends no line"]);
        assert_eq!(faults(b"a\nb\n\xff\n"), ["line 3: expected UTF-8"]);
        assert_eq!(faults(b""), ["line 1: expected a header row, found nothing"]);
        assert_eq!(
            faults(b"a,,a\n"),
            ["line 1: column 2 has no name", "line 1: column 3 has the name of an earlier one"]
        );
    }

    #[test]
    fn bounds() {
        let mut text = "a\n".to_owned();
        text.push_str(&"x\n".repeat(MAX_ROWS));
        assert_eq!(parse(text.as_bytes()).unwrap().rows.len(), MAX_ROWS);
        text.push_str("x\n");
        assert!(faults(text.as_bytes())[0].starts_with("line 100002: a table has at most 100000 rows"));
        assert!(faults(",".repeat(5000).as_bytes())[0].contains("1000 columns"));
        assert_eq!(faults(format!("a,b\n{}", "x\n".repeat(1000)).as_bytes()).len(), 20);
    }

    #[test]
    fn debug_shows_no_values() {
        let table = parse(b"password\nhunter2\n").unwrap();
        assert!(!format!("{table:?} {:?}", table.rows).contains("hunter2"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            rows in prop::collection::vec(prop::collection::vec("[a,\"\r\n é]{0,6}", 3), 0..8)
        ) {
            let mut text = "x,y,z\r\n".to_owned();
            for row in &rows {
                let fields: Vec<String> = row.iter().map(|v| format!("\"{}\"", v.replace('"', "\"\""))).collect();
                text.push_str(&fields.join(","));
                text.push_str("\r\n");
            }
            let read: Vec<_> = parse(text.as_bytes()).unwrap().rows.into_iter().map(|row| row.values).collect();
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn arbitrary_text_never_panics(text in "[a,\"\r\n]{0,60}") {
            let _ = parse(text.as_bytes());
        }
    }
}
