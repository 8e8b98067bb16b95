//! The layout of the database file, and what must be true of a file before it is read.
//!
//! - `source`: what was imported; the number of a family stands in `package`. A source that is not `covered` is a family
//!   of which only advisories are known that concern another family too. `pause` is the longest time between its newest
//!   entries in days, `faults` how many records at fault its import left out.
//! - `advisory`: one row an advisory with everything but its affected packages (`head`).
//! - `package`, `affected`: the number of a row of `affected` is `package << 32 | advisory`, so that all that concerns
//!   one package lies together and a look-up costs the same in a database of any size.
//! - `alias`: every id that has another name, with the number of its group.

use rusqlite::Connection;

/// `application_id` of the file: `rdns` in ASCII.
pub(super) const APPLICATION_ID: i32 = 0x7264_6E73;
/// `user_version`: the number of this layout.
pub(super) const LAYOUT: i32 = 2;

/// Everything the file holds, in the words of `SQLite`'s own schema table.
pub(super) const OBJECTS: &[&str] = &[
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE source(n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, covered INTEGER NOT NULL, \
     count INTEGER NOT NULL, withdrawn INTEGER NOT NULL, newest TEXT NOT NULL, imported TEXT NOT NULL, digest TEXT NOT NULL, \
     pause INTEGER, faults INTEGER NOT NULL)",
    "CREATE TABLE release(source INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY(source, name)) WITHOUT ROWID",
    "CREATE TABLE advisory(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, modified INTEGER NOT NULL, \
     withdrawn INTEGER NOT NULL, head BLOB NOT NULL)",
    "CREATE TABLE package(n INTEGER PRIMARY KEY, source INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE(source, name))",
    "CREATE TABLE affected(n INTEGER PRIMARY KEY, advisory INTEGER NOT NULL, digest BLOB NOT NULL, part BLOB NOT NULL)",
    "CREATE INDEX affected_advisory ON affected(advisory)",
    "CREATE TABLE alias(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, joined INTEGER)",
    "CREATE INDEX alias_joined ON alias(joined)",
    "CREATE TABLE epss(cve INTEGER PRIMARY KEY, probability INTEGER NOT NULL, percentile INTEGER NOT NULL)",
    "CREATE TABLE kev(cve INTEGER PRIMARY KEY, added TEXT NOT NULL, ransomware INTEGER NOT NULL)",
];

/// Lays an empty database out.
pub(crate) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", LAYOUT)?;
    OBJECTS.iter().try_for_each(|object| connection.execute_batch(object))
}

/// Whether the first bytes of a file of `length` bytes are those of our database; if not, what it is instead.
pub(super) fn check_header(header: &[u8], length: u64) -> Result<(), String> {
    let number = |at: usize| {
        let bytes = header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map(i32::from_be_bytes)
    };
    if !header.starts_with(b"SQLite format 3\0") {
        return Err("not an advisory database".to_owned());
    }
    if number(68) != Some(APPLICATION_ID) {
        return Err("a database of another program".to_owned());
    }
    match number(60) {
        Some(LAYOUT) => {}
        Some(other) => {
            return Err(format!(
                "an advisory database of layout {other}, where this version reads {LAYOUT}; import the data again"
            ));
        }
        None => return Err("cut off".to_owned()),
    }
    // Bytes 18 and 19: a write-ahead log would mean that part of the data lies elsewhere.
    if header.get(18..20) != Some(&[1, 1]) {
        return Err("a database with a write-ahead log".to_owned());
    }
    // Bytes 16 and 17: the size of a page, 1 for 65,536; from 28 on: the number of pages. SQLite itself reads a last page
    // that is cut off as one that ends with zeros.
    let page = match header.get(16..18) {
        Some([0, 1]) => 65_536,
        Some([high, low]) => i64::from(*high) << 8 | i64::from(*low),
        _ => 0,
    };
    let pages = number(28).map_or(0, |pages| i64::from(pages.cast_unsigned()));
    if u64::try_from(page * pages) != Ok(length) {
        return Err("damaged: it is not as long as it says".to_owned());
    }
    Ok(())
}

/// Whether the file holds exactly the tables and indexes of [`OBJECTS`]: no view, trigger or virtual table can stand in
/// for one of them.
pub(super) fn matches(connection: &Connection) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare("SELECT sql, name FROM sqlite_schema")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        match row.get::<_, Option<String>>(0)? {
            Some(sql) => found.push(sql),
            None if row.get::<_, String>(1)?.starts_with("sqlite_autoindex_") => {}
            None => return Ok(false),
        }
        if found.len() > OBJECTS.len() {
            return Ok(false);
        }
    }
    found.sort_unstable();
    let mut expected = OBJECTS.to_vec();
    expected.sort_unstable();
    Ok(found == expected)
}
