//! OpenMetrics 1.0, strictly: families stand together, groups in them too, every line is one that the standard knows, and
//! `# EOF` ends it all.

use std::collections::HashSet;

use super::histogram::Histogram;
use super::line::{Cursor, Read};
use super::{Builder, Fault, Flavour, Kind, line_of};

pub(super) fn read<'t>(text: &'t str, into: &mut Builder<'t, '_>) -> Result<(), Fault> {
    let mut reader = Reader { current: None, taken: HashSet::new() };
    let mut at = 0;
    let mut ended = false;
    let mut number = 1;
    for (index, whole) in text.split_inclusive('\n').enumerate() {
        number = line_of(index);
        if ended {
            return Err(Fault::new(number, "something follows `# EOF`"));
        }
        let line = whole.strip_suffix('\n').unwrap_or(whole);
        let mut cursor = Cursor::new(line, at, number, Flavour::OpenMetrics);
        at += whole.len();
        if line == "# EOF" {
            ended = true;
        } else if cursor.take("#") {
            reader.metadata(&mut cursor, number, into)?;
        } else {
            let sample = cursor.sample(into.limits)?;
            reader.sample(&sample, number, into)?;
        }
    }
    if !ended {
        return Err(Fault::new(number, "the last line is not `# EOF`"));
    }
    reader.close(number, into)
}

/// The family that is being read.
struct Current<'t> {
    name: &'t str,
    index: u32,
    kind: Kind,
    /// Which of TYPE, HELP and UNIT were said.
    said: [bool; 3],
    sampled: bool,
    /// Groups that were read before this one.
    groups: HashSet<String>,
    group: Option<Group>,
}

/// The samples of a family with the same labels, but for those that tell its parts apart.
struct Group {
    key: String,
    timestamp: Option<f64>,
    /// Names and labels, where there is no time stamp: each may stand once.
    series: HashSet<String>,
    histogram: Histogram,
}

struct Reader<'t> {
    current: Option<Current<'t>>,
    /// Names that samples of families may have which are closed.
    taken: HashSet<String>,
}

/// What may follow the name of a family in the names of its samples.
const fn suffixes(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Counter => &["_total", "_created"],
        Kind::Gauge | Kind::StateSet | Kind::Unknown => &[""],
        Kind::Histogram => &["_bucket", "_count", "_sum", "_created"],
        Kind::GaugeHistogram => &["_bucket", "_gcount", "_gsum"],
        Kind::Summary => &["", "_count", "_sum", "_created"],
        Kind::Info => &["_info"],
    }
}

impl<'t> Reader<'t> {
    /// Opens a family, which must be a new one.
    fn open(
        &mut self,
        name: &'t str,
        line: u32,
        into: &mut Builder<'t, '_>,
    ) -> Result<&mut Current<'t>, Fault> {
        self.close(line, into)?;
        if into.by_name.contains_key(name) || self.taken.contains(name) {
            return Err(Fault::new(
                line,
                "a family of metrics that stands in two places, or clashes with another",
            ));
        }
        let index = into.family(name, line)?;
        Ok(self.current.insert(Current {
            name,
            index,
            kind: Kind::Unknown,
            said: [false; 3],
            sampled: false,
            groups: HashSet::new(),
            group: None,
        }))
    }

    /// Closes the family that is open.
    fn close(&mut self, line: u32, into: &Builder<'t, '_>) -> Result<(), Fault> {
        let Some(current) = self.current.take() else { return Ok(()) };
        // The fault is in what ended in the line before.
        let line = line.saturating_sub(1).max(1);
        if let Some(group) = &current.group {
            group.histogram.check(current.kind).map_err(|words| Fault::new(line, words))?;
        }
        let unit = into.out.families.get(current.index as usize).and_then(|family| family.unit.as_deref());
        if let Some(unit) = unit.filter(|unit| !unit.is_empty()) {
            let fits = current.name.strip_suffix(unit).is_some_and(|name| name.ends_with('_'));
            if !fits || matches!(current.kind, Kind::Info | Kind::StateSet) {
                return Err(Fault::new(line, "the unit is not the end of the family's name"));
            }
        }
        for suffix in suffixes(current.kind) {
            if !self.taken.insert(format!("{}{suffix}", current.name)) {
                return Err(Fault::new(line, "samples of two families have the same name"));
            }
        }
        Ok(())
    }

    /// `# TYPE`, `# HELP`, `# UNIT`; the mark is taken.
    fn metadata(
        &mut self,
        cursor: &mut Cursor<'t>,
        line: u32,
        into: &mut Builder<'t, '_>,
    ) -> Result<(), Fault> {
        let Some(which) = [" TYPE ", " HELP ", " UNIT "].iter().position(|keyword| cursor.take(keyword))
        else {
            return Err(cursor.fault("expected TYPE, HELP, UNIT or EOF behind `# `"));
        };
        let (name, _) = cursor.name(true, into.limits)?;
        if !cursor.take(" ") {
            return Err(cursor.fault("expected one blank behind the name of the metric"));
        }
        let current = match &mut self.current {
            Some(current) if current.name == name => current,
            _ => self.open(name, line, into)?,
        };
        if current.sampled {
            return Err(cursor.fault("TYPE, HELP and UNIT stand in front of the samples"));
        }
        let said = current.said.get_mut(which);
        if said.is_none_or(|said| std::mem::replace(said, true)) {
            return Err(cursor.fault("a second TYPE, HELP or UNIT of the same metric"));
        }
        let family = into.family_mut(current.index);
        match which {
            0 => {
                current.kind = kind(cursor.rest()).ok_or_else(|| {
                    cursor.fault(
                        "expected counter, gauge, histogram, gaugehistogram, summary, info, stateset or unknown",
                    )
                })?;
                if let Some(family) = family {
                    family.kind = current.kind;
                }
            }
            1 => {
                if let Some(family) = family {
                    family.help = Some(cursor.help());
                }
            }
            _ => {
                let unit = cursor.rest();
                if !unit.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':')) {
                    return Err(cursor.fault("expected the name of a unit"));
                }
                if let Some(family) = family {
                    family.unit = Some(unit.to_owned());
                }
            }
        }
        Ok(())
    }

    fn sample(&mut self, sample: &Read<'t>, line: u32, into: &mut Builder<'t, '_>) -> Result<(), Fault> {
        let current = match &mut self.current {
            Some(current) if suffix(current, sample.name).is_some() => current,
            _ => self.open(sample.name, line, into)?,
        };
        current.sampled = true;
        let suffix = suffix(current, sample.name).unwrap_or_default();
        let fault = |words: &str| Fault::new(line, words);
        fits(sample, current, suffix).map_err(fault)?;
        current.place(sample, suffix).map_err(fault)?;
        into.push(sample, current.index, line)
    }
}

fn suffix<'t>(current: &Current<'_>, name: &'t str) -> Option<&'t str> {
    name.strip_prefix(current.name).filter(|suffix| suffixes(current.kind).contains(suffix))
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "counter" => Kind::Counter,
        "gauge" => Kind::Gauge,
        "histogram" => Kind::Histogram,
        "gaugehistogram" => Kind::GaugeHistogram,
        "summary" => Kind::Summary,
        "info" => Kind::Info,
        "stateset" => Kind::StateSet,
        "unknown" => Kind::Unknown,
        _ => return None,
    })
}

/// Whether labels, value and exemplar are such as the type has.
fn fits(sample: &Read<'_>, current: &Current<'_>, suffix: &str) -> Result<(), &'static str> {
    let value = sample.value;
    match (current.kind, suffix) {
        (Kind::Summary, "") => {
            let quantile = sample.label("quantile").and_then(|text| text.parse::<f64>().ok());
            if !quantile.is_some_and(|quantile| (0.0..=1.0).contains(&quantile)) {
                return Err("a summary's sample needs a label `quantile` from 0 to 1");
            }
            if value < 0.0 {
                return Err("a quantile of a summary is not negative");
            }
        }
        (Kind::StateSet, _) => {
            if sample.label(current.name).is_none() {
                return Err("a sample of a state set needs a label of its family's name");
            }
            if value != 0.0 && value != 1.0 {
                return Err("a state is 0 or 1");
            }
        }
        (Kind::Info, _) if value != 1.0 => return Err("the value of an info metric is 1"),
        (Kind::Gauge | Kind::Unknown | Kind::Info, _) | (_, "_created" | "_gsum") => {}
        // Sums of histograms are looked at with their buckets: with negative ones there is none.
        _ if value.is_nan() || value < 0.0 => return Err("what is counted or summed up is a number from 0"),
        _ => {}
    }
    if matches!(suffix, "_bucket" | "_count" | "_gcount")
        && current.kind != Kind::Unknown
        && value.fract() != 0.0
    {
        // The fraction of an infinity is no number.
        return Err("a count is a whole number");
    }
    let exemplars = matches!(
        (current.kind, suffix),
        (Kind::Counter, "_total") | (Kind::Histogram | Kind::GaugeHistogram, "_bucket")
    );
    if sample.exemplar && !exemplars {
        return Err("an exemplar stands at counters and buckets alone");
    }
    Ok(())
}

impl Current<'_> {
    /// The label that tells the parts of a group apart.
    fn special(&self, suffix: &str) -> Option<&str> {
        match (self.kind, suffix) {
            (Kind::Histogram | Kind::GaugeHistogram, "_bucket") => Some("le"),
            (Kind::Summary, "") => Some("quantile"),
            (Kind::StateSet, _) => Some(self.name),
            _ => None,
        }
    }

    /// Puts a sample into its group: the one before, or a new one.
    fn place(&mut self, sample: &Read<'_>, suffix: &str) -> Result<(), &'static str> {
        let key = key(sample, self.special(suffix));
        if self.group.as_ref().is_none_or(|group| group.key != key) {
            if let Some(before) = self.group.take() {
                before.histogram.check(self.kind)?;
                self.groups.insert(before.key);
            }
            if self.groups.contains(&key) {
                return Err("samples with the same labels stand together");
            }
            self.group = None;
        }
        let timestamp = sample.timestamp;
        let group = self.group.get_or_insert_with(|| Group {
            key,
            timestamp,
            series: HashSet::new(),
            histogram: Histogram::default(),
        });
        match (group.timestamp, timestamp) {
            (Some(before), Some(now)) if now < before => return Err("time stamps do not go back"),
            (Some(before), Some(now)) => {
                if now > before {
                    group.histogram.check(self.kind)?;
                    group.histogram = Histogram::default();
                }
                group.timestamp = timestamp;
            }
            (None, None) => {
                let series = format!("{suffix}{}", self::key(sample, None));
                if !group.series.insert(series) {
                    return Err("a sample that stands twice");
                }
            }
            _ => return Err("some samples of a metric have time stamps, and some do not"),
        }
        if matches!(self.kind, Kind::Histogram | Kind::GaugeHistogram) {
            group.histogram.add(suffix, sample.label("le"), sample.value)?;
        }
        Ok(())
    }
}

/// What tells label sets apart, whatever their order. A label without a value is none.
fn key(sample: &Read<'_>, without: Option<&str>) -> String {
    let mut labels: Vec<(&str, &str)> = sample
        .labels
        .iter()
        .map(|label| (label.name, label.value()))
        .filter(|(name, value)| Some(*name) != without && !value.is_empty())
        .collect();
    labels.sort_unstable();
    // The length keeps values that hold such marks apart.
    labels.iter().map(|(name, value)| format!("{name}={}:{value},", value.len())).collect()
}
