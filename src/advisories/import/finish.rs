//! The last steps of a new database: groups of aliases, and what each source holds.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::writer::{EPSS, KEV, WriteError, Writer};
use crate::crypto::digest::{HashAlgorithm, Hasher};

/// What is known of a source from outside.
#[derive(Clone, Debug, Default)]
pub(super) struct Brought {
    /// When it was imported, RFC 3339.
    pub(super) imported: String,
    /// Its newest entry, or the time that an EPSS file or CISA's list bears; RFC 3339, empty if unknown. Records that the
    /// export of another source brought along do not count: they say nothing of how new this one is.
    pub(super) newest: String,
    /// The longest pause between its newest entries in days, see [`super::dates::Dates::pause`].
    pub(super) pause: Option<u32>,
    /// Records at fault that were left out where it was imported from.
    pub(super) faults: u64,
}

/// Finishes a database; `covered` are the sources that it has whole.
pub(super) fn finish(writer: &mut Writer, covered: &BTreeMap<String, Brought>) -> Result<(), WriteError> {
    join_aliases(&writer.connection)?;
    for name in covered.keys() {
        writer.source(name)?;
    }
    let sources = writer
        .connection
        .prepare("SELECT n, name FROM source ORDER BY name")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<(i64, String)>>>()?;
    let mut all = Hasher::new(HashAlgorithm::Sha256);
    for (number, name) in sources {
        let sums = match name.as_str() {
            EPSS => sums_of_rows(
                &writer.connection,
                "SELECT cve, probability, percentile, '' FROM epss ORDER BY cve",
            )?,
            KEV => {
                sums_of_rows(&writer.connection, "SELECT cve, ransomware, 0, added FROM kev ORDER BY cve")?
            }
            _ => sums_of_family(&writer.connection, number)?,
        };
        let is_covered = covered.contains_key(&name);
        let brought = covered.get(&name).cloned().unwrap_or_default();
        all.update(format!("{name}\n{is_covered}\n{}\n", sums.digest).as_bytes());
        writer.connection.execute(
            "UPDATE source SET covered = ?2, count = ?3, withdrawn = ?4, newest = ?5, imported = ?6, digest = ?7, \
             pause = ?8, faults = ?9 WHERE n = ?1",
            (
                number,
                is_covered,
                sums.count,
                sums.withdrawn,
                brought.newest,
                brought.imported,
                sums.digest,
                brought.pause,
                i64::try_from(brought.faults).unwrap_or(i64::MAX),
            ),
        )?;
    }
    let imported = covered.values().map(|brought| brought.imported.as_str()).max().unwrap_or_default();
    for (key, value) in [("digest", all.finish().to_string().as_str()), ("imported", imported)] {
        writer.connection.execute("INSERT INTO meta VALUES (?1, ?2)", [key, value])?;
    }
    writer.connection.execute_batch("DROP TABLE link; COMMIT")?;
    Ok(())
}

struct Sums {
    count: i64,
    withdrawn: i64,
    digest: String,
}

fn sums_of_family(connection: &Connection, source: i64) -> Result<Sums, WriteError> {
    let mut digests: Vec<[u8; 32]> = Vec::new();
    let mut advisories: Vec<i64> = Vec::new();
    let mut packages = connection.prepare("SELECT n FROM package WHERE source = ?1")?;
    let mut rows_of =
        connection.prepare("SELECT advisory, digest FROM affected WHERE n BETWEEN ?1 AND ?2")?;
    let mut packages = packages.query([source])?;
    while let Some(row) = packages.next()? {
        let package: i64 = row.get(0)?;
        let mut rows = rows_of.query((package << 32, (package << 32) | 0xFFFF_FFFF))?;
        while let Some(row) = rows.next()? {
            advisories.push(row.get(0)?);
            digests.push(row.get(1)?);
        }
    }
    advisories.sort_unstable();
    advisories.dedup();
    digests.sort_unstable();
    let mut hasher = Hasher::new(HashAlgorithm::Sha256);
    digests.iter().for_each(|digest| hasher.update(digest));
    let mut withdrawn = 0;
    let mut advisory = connection.prepare("SELECT withdrawn FROM advisory WHERE n = ?1")?;
    for number in &advisories {
        withdrawn += i64::from(advisory.query_row([number], |row| row.get::<_, bool>(0))?);
    }
    Ok(Sums {
        count: i64::try_from(advisories.len()).unwrap_or(i64::MAX),
        withdrawn,
        digest: hasher.finish().to_string(),
    })
}

/// The sums of a table of one row a CVE: three numbers and a text.
fn sums_of_rows(connection: &Connection, select: &str) -> Result<Sums, WriteError> {
    let mut hasher = Hasher::new(HashAlgorithm::Sha256);
    let mut count = 0;
    let mut statement = connection.prepare(select)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        for column in 0..3 {
            hasher.update(&row.get::<_, i64>(column)?.to_be_bytes());
        }
        hasher.update(row.get::<_, String>(3)?.as_bytes());
        hasher.update(b"\n");
        count += 1;
    }
    Ok(Sums { count, withdrawn: 0, digest: hasher.finish().to_string() })
}

/// Gives every id that has another name the number of its group.
fn join_aliases(connection: &Connection) -> Result<(), WriteError> {
    connection.execute_batch(
        "INSERT OR IGNORE INTO alias(id) SELECT advisory.id FROM link JOIN advisory ON advisory.n = link.advisory; \
         INSERT OR IGNORE INTO alias(id) SELECT alias FROM link",
    )?;
    let most: i64 = connection.query_row("SELECT coalesce(max(n), 0) FROM alias", [], |row| row.get(0))?;
    let mut groups = Groups::of(usize::try_from(most).unwrap_or(0) + 1);
    let mut links = connection.prepare(
        "SELECT one.n, other.n FROM link JOIN advisory ON advisory.n = link.advisory \
         JOIN alias AS one ON one.id = advisory.id JOIN alias AS other ON other.id = link.alias",
    )?;
    let mut links = links.query([])?;
    while let Some(row) = links.next()? {
        groups.join(row.get(0)?, row.get(1)?);
    }
    let mut update = connection.prepare("UPDATE alias SET joined = ?2 WHERE n = ?1")?;
    for number in 1..=most {
        let member = u32::try_from(number).unwrap_or(u32::MAX);
        update.execute((number, groups.group(member)))?;
    }
    Ok(())
}

/// Disjoint sets of numbers, each named by its smallest member.
struct Groups(Vec<u32>);

impl Groups {
    fn of(size: usize) -> Self {
        Self((0..u32::try_from(size).unwrap_or(u32::MAX)).collect())
    }

    fn group(&mut self, member: u32) -> u32 {
        let mut at = member;
        loop {
            let above = self.above(at);
            let next = self.above(above);
            if above == at {
                return at;
            }
            // Every step makes the way half as long for the next who goes it.
            if let Some(slot) = self.0.get_mut(at as usize) {
                *slot = next;
            }
            at = next;
        }
    }

    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.group(one), self.group(other));
        if let Some(slot) = self.0.get_mut(one.max(other) as usize) {
            *slot = one.min(other);
        }
    }

    fn above(&self, at: u32) -> u32 {
        self.0.get(at as usize).copied().unwrap_or(at)
    }
}
