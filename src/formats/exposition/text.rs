//! The text format of Prometheus 0.0.4. Blanks are free, comments are allowed, families may be said in any order.

use std::collections::HashSet;

use super::line::{Cursor, Read};
use super::{Builder, Fault, Flavour, Kind, line_of};

/// What was said of families.
#[derive(Default)]
struct Said {
    helps: HashSet<u32>,
    types: HashSet<u32>,
    /// Families that have samples.
    sampled: HashSet<u32>,
}

pub(super) fn read<'t>(text: &'t str, into: &mut Builder<'t, '_>) -> Result<(), Fault> {
    let mut said = Said::default();
    let mut at = 0;
    let mut last: Option<(&'t str, u32)> = None;
    for (index, whole) in text.split_inclusive('\n').enumerate() {
        let number = line_of(index);
        let Some(line) = whole.strip_suffix('\n') else {
            return Err(Fault::new(number, "the last line has no end"));
        };
        let mut cursor = Cursor::new(line, at, number, Flavour::Prometheus);
        at += whole.len();
        cursor.blanks();
        if cursor.rest().is_empty() {
            continue;
        }
        if cursor.take("#") {
            comment(&mut cursor, number, into, &mut said)?;
            last = None;
            continue;
        }
        let sample = cursor.sample(into.limits)?;
        let family = match last {
            Some((name, family)) if name == sample.name => family,
            _ => family_of(sample.name, number, into)?,
        };
        labels_fit(&sample, into.kind(family), number)?;
        if last.is_none_or(|(_, known)| known != family) {
            said.sampled.insert(family);
        }
        last = Some((sample.name, family));
        into.push(&sample, family, number)?;
    }
    Ok(())
}

/// `HELP` and `TYPE`; anything else is for people.
fn comment<'t>(
    cursor: &mut Cursor<'t>,
    line: u32,
    into: &mut Builder<'t, '_>,
    said: &mut Said,
) -> Result<(), Fault> {
    cursor.blanks();
    let keyword = cursor.word();
    if !matches!(keyword, "HELP" | "TYPE") {
        return Ok(());
    }
    cursor.blanks();
    let (name, _) = cursor.name(true, into.limits)?;
    if !cursor.rest().is_empty() && !cursor.rest().starts_with([' ', '\t']) {
        return Err(cursor.fault("expected the name of a metric"));
    }
    cursor.blanks();
    let family = into.family(name, line)?;
    if keyword == "HELP" {
        if !said.helps.insert(family) {
            return Err(cursor.fault("a second HELP of the same metric"));
        }
        let help = cursor.help();
        if let Some(family) = into.family_mut(family) {
            family.help = Some(help);
        }
        return Ok(());
    }
    let word = cursor.word();
    let kind = match word.to_ascii_lowercase().as_str() {
        "counter" => Kind::Counter,
        "gauge" => Kind::Gauge,
        "histogram" => Kind::Histogram,
        "summary" => Kind::Summary,
        "untyped" => Kind::Unknown,
        _ => return Err(cursor.fault("expected counter, gauge, histogram, summary or untyped")),
    };
    cursor.blanks();
    if !cursor.rest().is_empty() {
        return Err(cursor.fault("something follows the type"));
    }
    if said.sampled.contains(&family) {
        return Err(cursor.fault("a TYPE behind the first sample of its metric"));
    }
    if !said.types.insert(family) {
        return Err(cursor.fault("a second TYPE of the same metric"));
    }
    if let Some(family) = into.family_mut(family) {
        family.kind = kind;
    }
    Ok(())
}

/// The family of a sample: of its own name, or the summary or histogram that it is a part of.
fn family_of<'t>(name: &'t str, line: u32, into: &mut Builder<'t, '_>) -> Result<u32, Fault> {
    if let Some(family) = into.by_name.get(name) {
        return Ok(*family);
    }
    for (suffix, kinds) in [
        ("_count", &[Kind::Summary, Kind::Histogram] as &[Kind]),
        ("_sum", &[Kind::Summary, Kind::Histogram]),
        ("_bucket", &[Kind::Histogram]),
    ] {
        let family = name.strip_suffix(suffix).and_then(|base| into.by_name.get(base)).copied();
        if let Some(family) = family.filter(|family| kinds.contains(&into.kind(*family))) {
            return Ok(family);
        }
    }
    into.family(name, line)
}

/// Whether quantiles and bounds of buckets are numbers.
fn labels_fit(sample: &Read<'_>, kind: Kind, line: u32) -> Result<(), Fault> {
    let label = match kind {
        Kind::Summary => "quantile",
        Kind::Histogram => "le",
        _ => return Ok(()),
    };
    match sample.label(label) {
        Some(value) if value.parse::<f64>().is_err() => {
            Err(Fault::new(line, format!("the label `{label}` is no number")))
        }
        _ => Ok(()),
    }
}
