//! Expositions of metrics: the text format of Prometheus (0.0.4) and OpenMetrics 1.0.
//!
//! The text stays one piece: names and label values are places in it, so that a hundred thousand series cost a few
//! allocations and not a million. `text` reads what is lenient, `openmetrics` what is strict, `line` the lines of both.

mod histogram;
mod line;
mod openmetrics;
mod text;

use std::collections::HashMap;

use super::fault::Fault;

/// In which of the two formats a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// Prometheus text format 0.0.4: `text/plain; version=0.0.4`.
    Prometheus,
    /// OpenMetrics 1.0: `application/openmetrics-text; version=1.0.0`.
    OpenMetrics,
}

impl Flavour {
    /// The flavour that a `Content-Type` names: OpenMetrics by its media type, the format of Prometheus for any other text
    /// and where nothing is said. None for what cannot be text, such as protocol buffers.
    #[must_use]
    pub fn of_content_type(value: Option<&str>) -> Option<Self> {
        let media =
            value.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media.as_str() {
            "application/openmetrics-text" => Some(Self::OpenMetrics),
            "" | "text/plain" | "application/octet-stream" => Some(Self::Prometheus),
            other if other.starts_with("text/") => Some(Self::Prometheus),
            _ => None,
        }
    }
}

/// Bounds of an exposition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes.
    pub bytes: usize,
    /// Most samples.
    pub samples: usize,
    /// Most families of metrics.
    pub families: usize,
    /// Most labels of one sample.
    pub labels: usize,
    /// Most labels of all samples.
    pub all_labels: usize,
    /// Longest name of a metric or label, in bytes.
    pub name: usize,
    /// Longest value of a label, in bytes as it is written.
    pub value: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 32 << 20,
            samples: 500_000,
            families: 100_000,
            labels: 64,
            all_labels: 4_000_000,
            name: 512,
            value: 16 << 10,
        }
    }
}

/// What a family measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows, and begins anew at 0.
    Counter,
    /// May be anything.
    Gauge,
    /// Counts in buckets.
    Histogram,
    /// A histogram of what is there now; OpenMetrics alone.
    GaugeHistogram,
    /// Quantiles, sum and count.
    Summary,
    /// Labels that describe; OpenMetrics alone.
    Info,
    /// Booleans; OpenMetrics alone.
    StateSet,
    /// Not said (`untyped`, `unknown`).
    Unknown,
}

/// A family of metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// Its name; for a counter in OpenMetrics without `_total`.
    pub name: String,
    /// What it measures.
    pub kind: Kind,
    /// What it is, unescaped.
    pub help: Option<String>,
    /// What it is counted in; OpenMetrics alone.
    pub unit: Option<String>,
}

/// A place in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Span {
    start: u32,
    end: u32,
}

/// A sample as it is kept.
#[derive(Clone, Copy, Debug)]
struct Row {
    name: Span,
    /// Its place among the families.
    family: u32,
    /// Its first label, and the one behind its last.
    labels: (u32, u32),
    value: f64,
    timestamp: Option<f64>,
}

/// An exposition that was read.
#[derive(Clone)]
pub struct Exposition {
    /// The text, and behind it what was unescaped.
    text: String,
    families: Vec<Family>,
    rows: Vec<Row>,
    labels: Vec<(Span, Span)>,
}

/// Shows how much there is and not what.
impl std::fmt::Debug for Exposition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Exposition({} families, {} samples)", self.families.len(), self.rows.len())
    }
}

/// A sample: one number of one series.
#[derive(Clone, Copy)]
pub struct Sample<'a> {
    all: &'a Exposition,
    row: &'a Row,
}

impl std::fmt::Debug for Sample<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?} {}", self.name(), self.labels().collect::<Vec<_>>(), self.value())
    }
}

impl<'a> Sample<'a> {
    /// Its name as it is written, suffixes included.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.all.at(self.row.name)
    }

    /// Its labels, name and value, in the order in which they are written.
    pub fn labels(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let (all, (first, behind)) = (self.all, self.row.labels);
        let labels = all.labels.get(first as usize..behind as usize).unwrap_or_default();
        labels.iter().map(|(name, value)| (all.at(*name), all.at(*value)))
    }

    /// The value of a label; empty when it has none of that name, which is the same to Prometheus.
    #[must_use]
    pub fn label(&self, name: &str) -> &'a str {
        self.labels().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// Its value; may be NaN or infinite.
    #[must_use]
    pub const fn value(&self) -> f64 {
        self.row.value
    }

    /// When it was taken, in seconds since 1970, if that is said.
    #[must_use]
    pub const fn timestamp(&self) -> Option<f64> {
        self.row.timestamp
    }

    /// The family that it belongs to.
    #[must_use]
    pub fn family(&self) -> Option<&'a Family> {
        self.all.families.get(self.row.family as usize)
    }
}

impl Exposition {
    /// The families, in the order in which they are first named.
    #[must_use]
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// The samples, as they stand.
    pub fn samples(&self) -> impl ExactSizeIterator<Item = Sample<'_>> {
        self.rows.iter().map(|row| Sample { all: self, row })
    }

    fn at(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }
}

/// Reads an exposition.
///
/// # Errors
/// The first fault with its line: what the format does not allow, or more than the limits.
pub fn parse(bytes: &[u8], flavour: Flavour, limits: &Limits) -> Result<Exposition, Fault> {
    // Places are 32 bits wide, and what is unescaped stands behind the text.
    let most = limits.bytes.min(u32::MAX as usize / 2);
    if bytes.len() > most {
        return Err(Fault::new(1, format!("an exposition has at most {most} bytes")));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        Fault::new(line_of(before.iter().filter(|byte| **byte == b'\n').count()), "expected UTF-8")
    })?;
    let mut builder = Builder {
        out: Exposition { text: String::new(), families: Vec::new(), rows: Vec::new(), labels: Vec::new() },
        unescaped: String::new(),
        length: text.len(),
        by_name: HashMap::new(),
        limits,
    };
    match flavour {
        Flavour::Prometheus => text::read(text, &mut builder)?,
        Flavour::OpenMetrics => openmetrics::read(text, &mut builder)?,
    }
    let mut whole = String::with_capacity(text.len() + builder.unescaped.len());
    whole.push_str(text);
    whole.push_str(&builder.unescaped);
    builder.out.text = whole;
    Ok(builder.out)
}

/// The line of a zero-based place.
fn line_of(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1)
}

/// What is read so far. The text is joined at the end, so that the readers may borrow it.
struct Builder<'t, 'l> {
    out: Exposition,
    /// What was unescaped; it stands behind the text.
    unescaped: String,
    /// Length of the text.
    length: usize,
    /// Families by name.
    by_name: HashMap<&'t str, u32>,
    limits: &'l Limits,
}

impl<'t> Builder<'t, '_> {
    /// The family of a name, made when there is none.
    fn family(&mut self, name: &'t str, line: u32) -> Result<u32, Fault> {
        if let Some(known) = self.by_name.get(name) {
            return Ok(*known);
        }
        if self.out.families.len() >= self.limits.families {
            return Err(Fault::new(line, format!("more than {} families of metrics", self.limits.families)));
        }
        let index = u32::try_from(self.out.families.len()).unwrap_or(u32::MAX);
        self.out.families.push(Family { name: name.to_owned(), kind: Kind::Unknown, help: None, unit: None });
        self.by_name.insert(name, index);
        Ok(index)
    }

    fn family_mut(&mut self, index: u32) -> Option<&mut Family> {
        self.out.families.get_mut(index as usize)
    }

    fn kind(&self, index: u32) -> Kind {
        self.out.families.get(index as usize).map_or(Kind::Unknown, |family| family.kind)
    }

    /// Keeps a sample.
    fn push(&mut self, sample: &line::Read<'t>, family: u32, line: u32) -> Result<(), Fault> {
        if self.out.rows.len() >= self.limits.samples {
            return Err(Fault::new(line, format!("more than {} samples", self.limits.samples)));
        }
        let first = self.out.labels.len();
        let behind = first + sample.labels.len();
        if behind > self.limits.all_labels {
            return Err(Fault::new(line, format!("more than {} labels in all", self.limits.all_labels)));
        }
        for label in &sample.labels {
            let value = if label.unescaped.is_empty() {
                label.raw
            } else {
                let start = self.length + self.unescaped.len();
                self.unescaped.push_str(&label.unescaped);
                Span::new(start, start + label.unescaped.len())
            };
            self.out.labels.push((label.name_at, value));
        }
        let place = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        self.out.rows.push(Row {
            name: sample.name_at,
            family,
            labels: (place(first), place(behind)),
            value: sample.value,
            timestamp: sample.timestamp,
        });
        Ok(())
    }
}

impl Span {
    fn new(start: usize, end: usize) -> Self {
        let place = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        Self { start: place(start), end: place(end) }
    }
}

#[cfg(test)]
mod tests;
