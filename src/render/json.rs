//! The report itself, as JSON, and its schema. Characters that could drive a terminal or a build runner are written
//! as `\u` escapes, which every JSON reader turns back into the same text.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use super::visible::{begins_command, is_hidden};
use crate::report::Report;

/// Writes the report.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    write_value(report, out)
}

/// The JSON Schema of the report (draft 2020-12), ending in a newline; `docs/report.schema.json` is this text.
#[must_use]
pub fn schema() -> String {
    let mut text = Vec::new();
    match write_value(&schemars::schema_for!(Report), &mut text) {
        Ok(()) => String::from_utf8_lossy(&text).into_owned(),
        // Writing to memory does not fail, and a schema has string keys only.
        Err(_) => String::new(),
    }
}

/// Writes any value as indented JSON with a newline at its end, with the escapes described above.
pub(super) fn write_value<T: Serialize>(value: &T, out: &mut dyn io::Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Careful(PrettyFormatter::new())))?;
    out.write_all(b"\n")
}

/// The pretty formatter, with more characters escaped than JSON demands.
struct Careful(PrettyFormatter<'static>);

impl Formatter for Careful {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        let mut rest = text;
        while let Some((before, found, after)) = next_to_escape(rest) {
            out.write_all(before.as_bytes())?;
            let mut units = [0; 2];
            for unit in found.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = after;
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

/// The first character to escape, with the text before and after it: a hidden one, or the `#` that begins a runner's command.
fn next_to_escape(text: &str) -> Option<(&str, char, &str)> {
    let (at, found) = text
        .char_indices()
        .find(|(at, c)| is_hidden(*c) || (*c == '#' && text.get(*at..).is_some_and(begins_command)))?;
    Some((text.get(..at)?, found, text.get(at + found.len_utf8()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_read_back_as_the_same_text() {
        let text = "a###[b##vso[c \x1b\u{7f}\u{9b}\u{202e}\u{2028}\u{e0041}\u{feff} \"q\\\n é漢🙂";
        let mut out = vec![];
        write_value(&text, &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert_eq!(
            out,
            "\"a#\\u0023#[b\\u0023#vso[c \\u001b\\u007f\\u009b\\u202e\\u2028\\udb40\\udc41\\ufeff \\\"q\\\\\\n é漢🙂\"\n"
        );
        assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
    }

    #[test]
    fn the_schema_in_the_documents_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/report.schema.json");
        if std::env::var_os("READINESS_BLESS").is_some() {
            std::fs::write(path, schema()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == schema(),
            "docs/report.schema.json is out of date; run the tests with READINESS_BLESS=1"
        );
    }
}
