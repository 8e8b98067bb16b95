//! Questions to an open database. Errors are the reason alone, as a lower-case fragment.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::{Contents, Known, Source, blob};
use crate::formats::ecosystem::Family;
use crate::formats::osv::{Advisory, Affected};

/// Most advisories of one package that are read.
const MAX_OF_PACKAGE: usize = 200_000;
/// Most bytes of JSON that one question may cost.
const MAX_OF_ANSWER: usize = 512 << 20;
/// EPSS numbers are kept as whole billionths.
pub(crate) const BILLION: f64 = 1e9;

/// The advisories of a package of the source with a number; each has only what it says of this package.
pub(super) fn of_package(connection: &Connection, source: i64, name: &str) -> Result<Vec<Advisory>, String> {
    let package = ask(|| {
        connection
            .prepare_cached("SELECT n FROM package WHERE source = ?1 AND name = ?2")?
            .query_row((source, name), |row| row.get::<_, i64>(0))
            .optional()
    })?;
    let Some(package) = package else { return Ok(Vec::new()) };
    if !(0..1 << 31).contains(&package) {
        return Err("damaged: a package has a number that none can have".to_owned());
    }
    // What is said of a package by an advisory that is not there is not passed over: it has no head to read.
    let mut statement = ask(|| {
        connection.prepare_cached(
            "SELECT advisory.head, affected.part FROM affected LEFT JOIN advisory ON advisory.n = affected.advisory \
             WHERE affected.n BETWEEN ?1 AND ?2",
        )
    })?;
    let mut rows = ask(|| statement.query((package << 32, (package << 32) | 0xFFFF_FFFF)))?;
    let mut found = Vec::new();
    let mut bytes = 0;
    while let Some(row) = ask(|| rows.next())? {
        let mut advisory: Advisory = piece(row, 0, &mut bytes)?;
        advisory.affected = piece(row, 1, &mut bytes)?;
        found.push(advisory);
        if found.len() > MAX_OF_PACKAGE {
            return Err(format!("more than {MAX_OF_PACKAGE} advisories for one package"));
        }
    }
    found.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(found)
}

/// An advisory by its id.
pub(crate) fn by_id(connection: &Connection, id: &str) -> Result<Option<Advisory>, String> {
    let number = ask(|| {
        connection
            .prepare_cached("SELECT n FROM advisory WHERE id = ?1")?
            .query_row([id], |row| row.get::<_, i64>(0))
            .optional()
    })?;
    number
        .map(|number| next(connection, number))
        .transpose()
        .map(|found| found.flatten().map(|(_, found)| found))
}

/// The advisory with the lowest number from `from` on, whole, and its number.
pub(super) fn next(connection: &Connection, from: i64) -> Result<Option<(i64, Advisory)>, String> {
    let mut bytes = 0;
    let mut statement =
        ask(|| connection.prepare_cached("SELECT n, head FROM advisory WHERE n >= ?1 ORDER BY n LIMIT 1"))?;
    let mut rows = ask(|| statement.query([from]))?;
    let Some(row) = ask(|| rows.next())? else { return Ok(None) };
    let number = ask(|| row.get::<_, i64>(0))?;
    let mut advisory: Advisory = piece(row, 1, &mut bytes)?;
    let mut statement =
        ask(|| connection.prepare_cached("SELECT part FROM affected WHERE advisory = ?1 ORDER BY n"))?;
    let mut rows = ask(|| statement.query([number]))?;
    advisory.affected.clear();
    while let Some(row) = ask(|| rows.next())? {
        advisory.affected.extend(piece::<Vec<Affected>>(row, 0, &mut bytes)?);
    }
    Ok(Some((number, advisory)))
}

/// The value that a column keeps as a piece of JSON.
fn piece<T: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    column: usize,
    bytes: &mut usize,
) -> Result<T, String> {
    let kept = ask(|| row.get_ref(column))?;
    let json = kept.as_blob().ok().and_then(blob::unpack);
    *bytes = bytes.saturating_add(json.as_ref().map_or(0, |json| json.len()));
    if *bytes > MAX_OF_ANSWER {
        return Err("more data for one package than is ever true".to_owned());
    }
    json.and_then(|json| serde_json::from_slice(&json).ok())
        .ok_or_else(|| "damaged: an entry cannot be read".to_owned())
}

/// What is known of each family.
pub(super) fn families(connection: &Connection) -> rusqlite::Result<BTreeMap<&'static str, Known>> {
    let mut families: BTreeMap<&'static str, Known> = BTreeMap::new();
    let mut statement = connection.prepare("SELECT n, name, covered FROM source")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(family) = Family::of_name(&row.get::<_, String>(1)?) {
            let known = Known { number: row.get(0)?, covered: row.get(2)?, releases: BTreeSet::new() };
            families.insert(family.name(), known);
        }
    }
    let mut statement = connection.prepare(
        "SELECT source.name, release.name FROM release JOIN source ON source.n = release.source LIMIT 10000",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(known) = families.get_mut(row.get::<_, String>(0)?.as_str()) {
            known.releases.insert(row.get(1)?);
        }
    }
    Ok(families)
}

/// What the database says that it holds.
pub(crate) fn contents(connection: &Connection) -> rusqlite::Result<Contents> {
    let value = |key: &str| {
        connection.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get::<_, String>(0))
    };
    let sources = connection
        .prepare(
            "SELECT name, count, withdrawn, newest, imported, digest, pause, faults FROM source WHERE covered ORDER BY name LIMIT 1000",
        )?
        .query_map([], |row| {
            Ok(Source {
                name: row.get(0)?,
                count: number(row, 1)?,
                withdrawn: number(row, 2)?,
                newest: row.get(3)?,
                imported: row.get(4)?,
                digest: row.get(5)?,
                pause: row.get(6)?,
                faults: number(row, 7)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Contents { digest: value("digest")?, imported: value("imported")?, sources })
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

/// A share of one, kept as billionths.
pub(super) fn share(row: &Row<'_>, column: usize) -> rusqlite::Result<f64> {
    let billionths: u32 = row.get(column)?;
    Ok(f64::from(billionths) / BILLION)
}

/// Asks the database.
fn ask<T>(question: impl FnOnce() -> rusqlite::Result<T>) -> Result<T, String> {
    question().map_err(|error| reason(&error))
}

/// What `SQLite` says, without the words of a statement.
pub(crate) fn reason(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => failure.to_string(),
        rusqlite::Error::QueryReturnedNoRows => "damaged: an entry is missing".to_owned(),
        rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::Utf8Error(..) => "damaged: an entry cannot be read".to_owned(),
        other => other.to_string(),
    }
}
