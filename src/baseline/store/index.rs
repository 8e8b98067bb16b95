//! `.index.json`: what is in the captures of a folder, so that they need not be read again. A cache and nothing more: what it
//! says counts only for a file that is there with the same length and time, and one that is odd in any way is not used.

use std::collections::HashMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::folder::Stamp;
use super::id::is_id;
use super::shelf::{Row, Summary, Table};
use crate::host::files;

/// Its name in the folder.
pub(super) const NAME: &str = ".index.json";
/// Version of its form; any other is not used.
const SCHEMA: u32 = 1;
/// Largest one that is read or written, in bytes: some 100,000 captures of 100 metrics.
const MAX_BYTES: usize = 160 << 20;
/// Longest text of a summary.
const LONGEST: usize = 1_000;

/// One capture: id, length and time of its file, when it was made, label, commit, machine and metrics (places in the lists of
/// [`Form`]).
type Line = (String, u64, i64, String, Option<String>, Option<String>, usize, usize);

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    schema: u32,
    metrics: Vec<String>,
    shapes: Vec<Vec<usize>>,
    machines: Vec<String>,
    captures: Vec<Line>,
    /// Every value of every capture in turn: 64 bits, little-endian, in base64. Reading half a million decimal numbers takes
    /// longer than all else together.
    values: String,
}

/// What is known already.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// By id: the file as it was, what is in it, and where its values stand.
    pub(super) captures: HashMap<String, (Stamp, Summary, Row)>,
    /// The values.
    pub(super) table: Table,
}

/// Reads the index of a folder; nothing is known when there is none that can be used.
pub(super) fn read(folder: &Path) -> Known {
    let bytes = match files::open_regular(&folder.join(NAME)) {
        Ok((file, metadata)) if metadata.len() <= MAX_BYTES as u64 => {
            let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
            match std::io::Read::read_to_end(&mut std::io::Read::take(file, MAX_BYTES as u64), &mut bytes) {
                Ok(_) => bytes,
                Err(_) => return Known::default(),
            }
        }
        _ => return Known::default(),
    };
    parse(&bytes).unwrap_or_default()
}

/// What an index says; none when anything in it is not as it is written.
fn parse(bytes: &[u8]) -> Option<Known> {
    let form: Form = serde_json::from_slice(bytes).ok()?;
    if form.schema != SCHEMA || form.metrics.iter().any(|name| name.len() > LONGEST) {
        return None;
    }
    let mut seen = vec![usize::MAX; form.metrics.len()];
    for (number, shape) in form.shapes.iter().enumerate() {
        for place in shape {
            // Each metric once in a shape.
            let last = seen.get_mut(*place)?;
            if std::mem::replace(last, number) == number {
                return None;
            }
        }
    }
    let packed = STANDARD.decode(form.values).ok()?;
    let (numbers, rest) = packed.as_chunks::<8>();
    let values: Vec<f64> = numbers.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    if !rest.is_empty() || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mut captures = HashMap::with_capacity(form.captures.len());
    let mut start = 0_usize;
    for (id, length, modified, created, label, commit, machine, shape) in form.captures {
        let row = Row { shape, start };
        start = start.checked_add(form.shapes.get(shape)?.len())?;
        let machine = form.machines.get(machine)?;
        let long = |text: &str| text.len() > LONGEST || text.chars().any(char::is_control);
        if !is_id(&id)
            || long(machine)
            || label.as_deref().is_some_and(long)
            || commit.as_deref().is_some_and(long)
        {
            return None;
        }
        let summary = Summary {
            id: id.clone(),
            created: created.parse().ok()?,
            label,
            commit,
            machine: machine.clone(),
        };
        if captures.insert(id, (Stamp { length, modified }, summary, row)).is_some() {
            return None;
        }
    }
    if start != values.len() {
        return None;
    }
    Some(Known { captures, table: Table { names: form.metrics, shapes: form.shapes, values } })
}

/// Writes the index. It may fail: then the captures are read again the next time.
pub(super) fn write(folder: &Path, captures: &[(Stamp, &Summary, Row)], table: &Table) {
    let bytes = form(captures, table);
    if bytes.is_empty() || bytes.len() > MAX_BYTES {
        return;
    }
    // Not forced to the disk: one that a crash damaged is not used.
    let written =
        tempfile::Builder::new().prefix(".index-").suffix(".tmp").tempfile_in(folder).and_then(|mut file| {
            std::io::Write::write_all(&mut file, &bytes)?;
            file.persist(folder.join(NAME)).map_err(|error| error.error)
        });
    drop(written);
}

fn form(captures: &[(Stamp, &Summary, Row)], table: &Table) -> Vec<u8> {
    let mut machines: Vec<String> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut packed = Vec::with_capacity(table.values.len() * 8);
    let mut lines = Vec::with_capacity(captures.len());
    for (stamp, summary, row) in captures {
        let machine = *places.entry(summary.machine.as_str()).or_insert_with(|| {
            machines.push(summary.machine.clone());
            machines.len() - 1
        });
        packed.extend(table.row(*row).flat_map(|(_, value)| value.to_le_bytes()));
        lines.push((
            summary.id.clone(),
            stamp.length,
            stamp.modified,
            summary.created.to_string(),
            summary.label.clone(),
            summary.commit.clone(),
            machine,
            row.shape,
        ));
    }
    let form = Form {
        schema: SCHEMA,
        metrics: table.names.clone(),
        shapes: table.shapes.clone(),
        machines,
        captures: lines,
        values: STANDARD.encode(packed),
    };
    serde_json::to_vec(&form).unwrap_or_default()
}
