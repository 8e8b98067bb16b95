//! What is in the captures of a folder, so that they need not be read again. A cache and nothing more: what it says counts only
//! for a file that is there with the same length and time, and one that is odd in any way is not used. It never lies in the
//! folder itself: who hands a tree over would say with it what the captures hold.

use std::collections::{HashMap, HashSet};
use std::fs::Metadata;
use std::io;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::folder::Stamp;
use super::id::is_id;
use super::shelf::{Filler, Row, Summary, Table};
use crate::host::files;

/// Version of its form; any other is not used.
const SCHEMA: u32 = 1;
/// Largest one that is read or written, in bytes: some 100,000 captures of 50 metrics.
const MAX_BYTES: usize = 64 << 20;
/// Most captures, and so most shapes and machines.
const CAPTURES: usize = 100_000;
/// Most names of metrics, in all and in one shape.
const NAMES: usize = 100_000;
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
    #[serde(deserialize_with = "bounded::<_, _, NAMES>")]
    metrics: Vec<String>,
    #[serde(deserialize_with = "bounded::<_, _, CAPTURES>")]
    shapes: Vec<Vec<usize>>,
    #[serde(deserialize_with = "bounded::<_, _, CAPTURES>")]
    machines: Vec<String>,
    #[serde(deserialize_with = "bounded::<_, _, CAPTURES>")]
    captures: Vec<Line>,
    /// Every value of every capture in turn: 64 bits, little-endian, in base64. Reading half a million decimal numbers takes
    /// longer than all else together.
    values: String,
}

/// A list of at most `MOST` things; a longer one is refused before it takes memory.
fn bounded<'de, D: Deserializer<'de>, T: Deserialize<'de>, const MOST: usize>(
    from: D,
) -> Result<Vec<T>, D::Error> {
    struct Bounded<T, const MOST: usize>(std::marker::PhantomData<T>);
    impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Bounded<T, MOST> {
        type Value = Vec<T>;

        fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(to, "a list of at most {MOST}")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
            let mut all = Vec::new();
            while let Some(item) = items.next_element()? {
                if all.len() == MOST {
                    return Err(de::Error::invalid_length(MOST + 1, &self));
                }
                all.push(item);
            }
            Ok(all)
        }
    }
    from.deserialize_seq(Bounded::<T, MOST>(std::marker::PhantomData))
}

/// What is known already.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// By id: the file as it was, what is in it, and where its values stand.
    pub(super) captures: HashMap<String, (Stamp, Summary, Row)>,
    /// The values.
    pub(super) table: Table,
    /// Whether it spoke of captures that are not there.
    pub(super) more: bool,
}

/// Whether nobody but this user can have put files into the folder of an index.
fn is_private(path: &Path) -> bool {
    path.parent().and_then(|folder| folder.metadata().ok()).is_some_and(|metadata| is_own(&metadata))
}

/// Whether nobody but this user can have written a file, or into a folder.
fn is_own(metadata: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        true
    }
}

/// Reads an index as far as it speaks of the captures that are `there`; nothing is known when there is none that can be used.
pub(super) fn read(path: &Path, there: &HashSet<&str>) -> Known {
    let bytes = match files::open_regular(path) {
        Ok((file, metadata))
            if metadata.len() <= MAX_BYTES as u64 && is_own(&metadata) && is_private(path) =>
        {
            let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
            match io::Read::read_to_end(&mut io::Read::take(file, MAX_BYTES as u64), &mut bytes) {
                Ok(_) => bytes,
                Err(_) => return Known::default(),
            }
        }
        _ => return Known::default(),
    };
    parse(&bytes, there).unwrap_or_default()
}

/// What an index says; none when anything in it is not as it is written.
fn parse(bytes: &[u8], there: &HashSet<&str>) -> Option<Known> {
    let form: Form = serde_json::from_slice(bytes).ok()?;
    if form.schema != SCHEMA || form.metrics.iter().any(|name| name.len() > LONGEST) {
        return None;
    }
    // What is written has no shape without a capture.
    if form.shapes.len() > form.captures.len() || form.machines.len() > form.captures.len() {
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
    // Nor a name without a shape.
    if seen.contains(&usize::MAX) {
        return None;
    }
    let packed = STANDARD.decode(form.values).ok()?;
    let (numbers, rest) = packed.as_chunks::<8>();
    let values: Vec<f64> = numbers.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    if !rest.is_empty() || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mut captures = HashMap::with_capacity(there.len().min(form.captures.len()));
    let mut start = 0_usize;
    let mut more = false;
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
        if !there.contains(id.as_str()) {
            more = true;
            continue;
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
    let mut table = Table { names: form.metrics, shapes: form.shapes, values };
    if more {
        table = only(&mut captures, &table);
    }
    Some(Known { captures, table, more })
}

/// A table without what no capture has.
fn only(captures: &mut HashMap<String, (Stamp, Summary, Row)>, table: &Table) -> Table {
    let mut filler = Filler::new(Table::default());
    for (_, _, row) in captures.values_mut() {
        *row = filler.add(&named(table, *row));
    }
    filler.done()
}

/// The values of a row with the names of their metrics.
fn named(table: &Table, row: Row) -> Vec<(String, f64)> {
    let name = |(place, value): (usize, f64)| Some((table.names.get(place)?.clone(), value));
    table.row(row).filter_map(name).collect()
}

/// Writes the index, for this user alone. It may fail: then the captures are read again the next time.
pub(super) fn write(path: &Path, captures: &[(Stamp, &Summary, Row)], table: &Table) {
    let Some(folder) = path.parent() else { return };
    // What no capture has any more is not carried along.
    let mut filler = Filler::new(Table::default());
    let captures: Vec<(Stamp, &Summary, Row)> = captures
        .iter()
        .map(|(stamp, summary, row)| (*stamp, *summary, filler.add(&named(table, *row))))
        .collect();
    let bytes = form(&captures, &filler.done());
    if bytes.is_empty() || bytes.len() > MAX_BYTES {
        return;
    }
    if private_folder(folder).is_err() || !is_private(path) {
        return;
    }
    // Not forced to the disk: one that a crash damaged is not used.
    let written =
        tempfile::Builder::new().prefix(".index-").suffix(".tmp").tempfile_in(folder).and_then(|mut file| {
            io::Write::write_all(&mut file, &bytes)?;
            file.persist(path).map_err(|error| error.error)
        });
    drop(written);
}

/// A folder of this user alone, with those above it.
fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
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
