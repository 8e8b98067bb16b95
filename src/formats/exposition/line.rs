//! The lines of both formats, piece by piece.

use super::{Fault, Flavour, Limits, Span};

/// A sample, as its line says it.
pub(super) struct Read<'t> {
    pub(super) name: &'t str,
    pub(super) name_at: Span,
    pub(super) labels: Vec<Label<'t>>,
    pub(super) value: f64,
    /// Seconds since 1970.
    pub(super) timestamp: Option<f64>,
    /// Whether an exemplar follows; it is checked and not kept.
    pub(super) exemplar: bool,
}

/// A label.
pub(super) struct Label<'t> {
    pub(super) name: &'t str,
    pub(super) name_at: Span,
    /// The value as it is written.
    pub(super) raw: Span,
    /// The value where it is written with escapes; empty where it is written as it is.
    pub(super) unescaped: String,
    written: &'t str,
}

impl Label<'_> {
    pub(super) fn value(&self) -> &str {
        if self.unescaped.is_empty() { self.written } else { &self.unescaped }
    }
}

impl Read<'_> {
    pub(super) fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|label| label.name == name).map(Label::value)
    }
}

/// A place in a line.
pub(super) struct Cursor<'t> {
    text: &'t str,
    /// Where the line begins in the whole text.
    base: usize,
    at: usize,
    line: u32,
    flavour: Flavour,
}

/// Most characters of names and values of an exemplar's labels (OpenMetrics 1.0, Exemplars).
const EXEMPLAR: usize = 128;

impl<'t> Cursor<'t> {
    pub(super) const fn new(text: &'t str, base: usize, line: u32, flavour: Flavour) -> Self {
        Self { text, base, at: 0, line, flavour }
    }

    pub(super) fn fault(&self, message: impl Into<String>) -> Fault {
        Fault::new(self.line, message)
    }

    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn take(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    fn lenient(&self) -> bool {
        self.flavour == Flavour::Prometheus
    }

    /// Blanks and tabs; in OpenMetrics there are none but those that are asked for.
    pub(super) fn blanks(&mut self) {
        if self.lenient() {
            while matches!(self.next(), Some(b' ' | b'\t')) {
                self.at += 1;
            }
        }
    }

    fn span_from(&self, start: usize) -> (&'t str, Span) {
        let text = self.text.get(start..self.at).unwrap_or_default();
        (text, Span::new(self.base + start, self.base + self.at))
    }

    /// What reaches to the next blank.
    pub(super) fn word(&mut self) -> &'t str {
        let start = self.at;
        while !matches!(self.next(), None | Some(b' ' | b'\t')) {
            self.at += 1;
        }
        self.span_from(start).0
    }

    /// A name of a metric or a label.
    pub(super) fn name(&mut self, colons: bool, limits: &Limits) -> Result<(&'t str, Span), Fault> {
        let start = self.at;
        while let Some(byte) = self.next() {
            let fits = byte.is_ascii_alphabetic()
                || byte == b'_'
                || (byte == b':' && colons)
                || (byte.is_ascii_digit() && self.at > start);
            if !fits {
                break;
            }
            self.at += 1;
        }
        let what = if colons { "a metric" } else { "a label" };
        if self.at == start {
            return Err(self.fault(format!("expected the name of {what}")));
        }
        if self.at - start > limits.name {
            return Err(self.fault(format!("the name of {what} is longer than {} bytes", limits.name)));
        }
        Ok(self.span_from(start))
    }

    /// A whole sample.
    pub(super) fn sample(&mut self, limits: &Limits) -> Result<Read<'t>, Fault> {
        let (name, name_at) = self.name(true, limits)?;
        let before = self.at;
        self.blanks();
        let labels = if self.take("{") {
            let labels = self.labels(limits)?;
            self.gap_before_value(true)?;
            labels
        } else {
            // What a name does not end with is no name.
            if self.lenient() && self.at == before {
                return Err(self.fault("expected a blank behind the name of the metric"));
            }
            self.gap_before_value(false)?;
            Vec::new()
        };
        let word = self.word();
        let value = number(word).ok_or_else(|| self.fault("expected a number"))?;
        let mut sample = Read { name, name_at, labels, value, timestamp: None, exemplar: false };
        if self.lenient() {
            self.blanks();
            if !self.rest().is_empty() {
                let word = self.word();
                let milliseconds: i64 =
                    word.parse().map_err(|_| self.fault("expected a time stamp in whole milliseconds"))?;
                #[expect(clippy::cast_precision_loss, reason = "exact for 285,000 years")]
                let seconds = milliseconds as f64 / 1000.0;
                sample.timestamp = Some(seconds);
                self.blanks();
            }
        } else if !self.rest().is_empty() {
            if !self.rest().starts_with(" # ") {
                sample.timestamp = Some(self.timestamp()?);
            }
            if self.take(" # ") {
                self.exemplar(limits)?;
                sample.exemplar = true;
            }
        }
        if self.rest().is_empty() { Ok(sample) } else { Err(self.fault("something follows the sample")) }
    }

    fn gap_before_value(&mut self, braces: bool) -> Result<(), Fault> {
        if self.lenient() {
            self.blanks();
            return Ok(());
        }
        let what = if braces { "the labels" } else { "the name of the metric" };
        if self.take(" ") { Ok(()) } else { Err(self.fault(format!("expected one blank behind {what}"))) }
    }

    /// A blank and a time stamp of OpenMetrics: finite seconds.
    fn timestamp(&mut self) -> Result<f64, Fault> {
        if !self.take(" ") {
            return Err(self.fault("expected one blank in front of the time stamp"));
        }
        let word = self.word();
        number(word)
            .filter(|seconds| seconds.is_finite())
            .ok_or_else(|| self.fault("expected a time stamp in seconds"))
    }

    /// Labels, a value, perhaps a time stamp.
    fn exemplar(&mut self, limits: &Limits) -> Result<(), Fault> {
        if !self.take("{") {
            return Err(self.fault("expected the labels of an exemplar"));
        }
        let labels = self.labels(limits)?;
        let length: usize = labels.iter().map(|label| label.name.len() + label.value().chars().count()).sum();
        if length > EXEMPLAR {
            return Err(self.fault(format!("the labels of an exemplar have at most {EXEMPLAR} characters")));
        }
        if !self.take(" ") {
            return Err(self.fault("expected one blank behind the labels of the exemplar"));
        }
        let word = self.word();
        number(word).ok_or_else(|| self.fault("expected the number of the exemplar"))?;
        if !self.rest().is_empty() {
            self.timestamp()?;
        }
        Ok(())
    }

    /// Labels up to the closing brace; the opening one is taken.
    fn labels(&mut self, limits: &Limits) -> Result<Vec<Label<'t>>, Fault> {
        let mut labels: Vec<Label<'t>> = Vec::new();
        self.blanks();
        if self.take("}") {
            return Ok(labels);
        }
        loop {
            if labels.len() >= limits.labels {
                return Err(self.fault(format!("a sample with more than {} labels", limits.labels)));
            }
            let (name, name_at) = self.name(false, limits)?;
            if name == "__name__" || labels.iter().any(|label| label.name == name) {
                return Err(
                    self.fault("a label that stands twice, or has the name that is kept for the metric")
                );
            }
            self.blanks();
            if !self.take("=") {
                return Err(self.fault("expected `=` behind the name of the label"));
            }
            self.blanks();
            let (written, raw, unescaped) = self.quoted(limits)?;
            labels.push(Label { name, name_at, raw, unescaped, written });
            self.blanks();
            if self.take("}") {
                return Ok(labels);
            }
            if !self.take(",") {
                return Err(self.fault("expected `,` or `}` behind the label"));
            }
            self.blanks();
            if self.lenient() && self.take("}") {
                return Ok(labels);
            }
        }
    }

    /// A value in quotes: as it is written, where that is, and what its escapes mean if there are any.
    fn quoted(&mut self, limits: &Limits) -> Result<(&'t str, Span, String), Fault> {
        if !self.take("\"") {
            return Err(self.fault("expected a label value in double quotes"));
        }
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut escaped = false;
        loop {
            let rest = bytes.get(self.at..).unwrap_or_default();
            let Some(step) = memchr::memchr2(b'"', b'\\', rest) else {
                return Err(self.fault("a label value without its closing quote"));
            };
            self.at += step;
            if self.next() == Some(b'"') {
                break;
            }
            escaped = true;
            // The backslash and the first byte behind it; of a longer character the rest is no quote and no backslash.
            self.at += 2;
        }
        if self.at - start > limits.value {
            return Err(self.fault(format!("a label value of more than {} bytes", limits.value)));
        }
        let (written, raw) = self.span_from(start);
        let value = if escaped { self.unescape(written)? } else { String::new() };
        self.at += 1;
        Ok((written, raw, value))
    }

    /// The rest of a line as help. What is no escape stays as it stands: it is for people.
    pub(super) fn help(&self) -> String {
        let mut plain = String::with_capacity(self.rest().len());
        let mut characters = self.rest().chars();
        while let Some(next) = characters.next() {
            match (next, characters.as_str().chars().next()) {
                ('\\', Some('n')) => plain.push('\n'),
                ('\\', Some('\\')) => plain.push('\\'),
                ('\\', Some('"')) if !self.lenient() => plain.push('"'),
                _ => {
                    plain.push(next);
                    continue;
                }
            }
            characters.next();
        }
        plain
    }

    /// What escapes mean. Prometheus knows no other than its own; OpenMetrics leaves others as they stand.
    fn unescape(&self, text: &str) -> Result<String, Fault> {
        let mut plain = String::with_capacity(text.len());
        let mut characters = text.chars();
        while let Some(next) = characters.next() {
            if next != '\\' {
                plain.push(next);
                continue;
            }
            match characters.next() {
                Some('n') => plain.push('\n'),
                Some('\\') => plain.push('\\'),
                Some('"') => plain.push('"'),
                Some(other) if !self.lenient() => plain.extend(['\\', other]),
                _ => return Err(self.fault("an escape that there is not")),
            }
        }
        Ok(plain)
    }
}

/// A number as Go writes and reads them, without hexadecimal ones and underscores, which neither format has.
pub(super) fn number(word: &str) -> Option<f64> {
    let digits = word.strip_prefix(['+', '-']).unwrap_or(word);
    if digits.eq_ignore_ascii_case("nan") && digits.len() != word.len() {
        return None;
    }
    word.parse().ok()
}
