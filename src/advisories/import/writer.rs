//! Writes a new database file, one advisory after the other, in one transaction and without a journal: a file that is not
//! finished is thrown away.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};

use crate::advisories::store::blob::{self, Packer};
use crate::advisories::store::query::{self, BILLION};
use crate::advisories::store::schema;
use crate::crypto::digest::{Digest, HashAlgorithm};
use crate::formats::cve::CveId;
use crate::formats::ecosystem::Family;
use crate::formats::osv::{Advisory, Affected};
use crate::formats::{epss, kev};

/// The source of advisories whose packages belong to no family that is known.
pub(super) const OTHER: &str = "other";
/// The source of EPSS scores.
pub(super) const EPSS: &str = "EPSS";
/// The source of CISA's list.
pub(super) const KEV: &str = "KEV";

/// Longest id and longest package name that is kept, in bytes.
const MAX_NAME: usize = 1 << 10;
/// Most aliases of one advisory.
const MAX_ALIASES: usize = 1_000;

/// Why an advisory was not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    /// It says what no advisory says; others may be written.
    #[error("{0}")]
    Fault(String),
    /// The file cannot be written.
    #[error("{0}")]
    Database(String),
}

impl From<rusqlite::Error> for WriteError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(query::reason(&error))
    }
}

/// A database that is being written.
pub(super) struct Writer {
    pub(super) connection: Connection,
    packer: Packer,
    sources: HashMap<String, i64>,
    releases: HashSet<(i64, String)>,
}

/// Which source an affected package belongs to, and its release if it has one.
pub(super) fn source_of(ecosystem: &str) -> (&'static str, Option<&str>) {
    let (name, release) = match ecosystem.split_once(':') {
        Some((name, release)) => (name, Some(release)),
        None => (ecosystem, None),
    };
    match Family::of_name(name) {
        Some(family) => (family.name(), release),
        None => (OTHER, None),
    }
}

impl Writer {
    /// Lays a new database out in an empty file.
    pub(super) fn create(path: &Path) -> Result<Self, WriteError> {
        let connection = Connection::open(path)?;
        connection.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; \
             PRAGMA cache_size = -65536; PRAGMA temp_store = FILE; BEGIN",
        )?;
        schema::create(&connection)?;
        connection.execute_batch(
            "CREATE TEMP TABLE link(advisory INTEGER NOT NULL, alias TEXT NOT NULL); \
             CREATE INDEX link_advisory ON link(advisory)",
        )?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(Self { connection, packer: Packer::new(), sources: HashMap::new(), releases: HashSet::new() })
    }

    /// When the advisory of this id was changed, in microseconds since 1970; none if there is none.
    pub(super) fn modified(&self, id: &str) -> Result<Option<i64>, WriteError> {
        let mut statement = self.connection.prepare_cached("SELECT modified FROM advisory WHERE id = ?1")?;
        Ok(statement.query_row([id], |row| row.get(0)).optional()?)
    }

    /// Takes an advisory in. Of two with one id the newer counts; of two that are equally new, both say what is affected.
    /// `modified` is the time of its change in microseconds since 1970.
    pub(super) fn advisory(&mut self, advisory: &Advisory, modified: i64) -> Result<(), WriteError> {
        check(advisory)?;
        let known = self
            .connection
            .prepare_cached("SELECT n, modified FROM advisory WHERE id = ?1")?
            .query_row([&advisory.id], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
            .optional()?;
        match known {
            None => self.write(None, advisory, modified),
            Some((_, before)) if before > modified => Ok(()),
            Some((number, before)) if before < modified => self.write(Some(number), advisory, modified),
            Some((number, _)) => match self.joined(advisory)? {
                Some(joined) => self.write(Some(number), &joined, modified),
                None => Ok(()),
            },
        }
    }

    /// What the database has under the same id joined with `advisory`, whichever came first; none if that is what the
    /// database has.
    fn joined(&self, advisory: &Advisory) -> Result<Option<Advisory>, WriteError> {
        let known = query::by_id(&self.connection, &advisory.id).map_err(WriteError::Database)?;
        let Some(known) = known else { return Ok(Some(advisory.clone())) };
        let (known_head, head) = (json(&head_of(&known))?, json(&head_of(advisory))?);
        let text = |affected: &Affected| serde_json::to_string(affected).unwrap_or_default();
        let said: HashSet<String> = known.affected.iter().map(text).collect();
        let more: Vec<&Affected> =
            advisory.affected.iter().filter(|affected| !said.contains(&text(affected))).collect();
        if known_head == head && more.is_empty() {
            return Ok(None);
        }
        let mut joined = head_of(if known_head >= head { &known } else { advisory });
        let names = known.aliases.iter().chain(&advisory.aliases).cloned().collect::<BTreeSet<_>>();
        if names.len() > joined.aliases.len() {
            joined.aliases = names.into_iter().collect();
        }
        let more: Vec<Affected> = more.into_iter().cloned().collect();
        joined.affected = known.affected;
        joined.affected.extend(more);
        Ok(Some(joined))
    }

    fn write(&mut self, number: Option<i64>, advisory: &Advisory, modified: i64) -> Result<(), WriteError> {
        // Everything is laid out before the first row, so that a fault leaves nothing behind.
        let head = json(&head_of(advisory))?;
        let mut parts: BTreeMap<(&str, String), Vec<&Affected>> = BTreeMap::new();
        for affected in &advisory.affected {
            let (source, _) = source_of(&affected.ecosystem);
            let name = match Family::of_name(source) {
                Some(family) => family.normal_name(&affected.name).into_owned(),
                None => affected.name.clone(),
            };
            parts.entry((source, name)).or_default().push(affected);
        }
        let parts = parts
            .into_iter()
            .map(|((source, name), part)| Ok((source, name, sorted_json(&part)?)))
            .collect::<Result<Vec<_>, WriteError>>()?;

        let withdrawn = advisory.withdrawn.is_some();
        let number = match number {
            Some(number) => {
                for table in
                    ["DELETE FROM affected WHERE advisory = ?1", "DELETE FROM link WHERE advisory = ?1"]
                {
                    self.connection.prepare_cached(table)?.execute([number])?;
                }
                let packed = self.packer.pack(&head);
                self.connection
                    .prepare_cached(
                        "UPDATE advisory SET modified = ?2, withdrawn = ?3, head = ?4 WHERE n = ?1",
                    )?
                    .execute((number, modified, withdrawn, packed))?;
                number
            }
            None => {
                let packed = self.packer.pack(&head);
                self.connection
                    .prepare_cached(
                        "INSERT INTO advisory(id, modified, withdrawn, head) VALUES (?1, ?2, ?3, ?4)",
                    )?
                    .insert((&advisory.id, modified, withdrawn, packed))?
            }
        };
        if number > i64::from(u32::MAX) {
            return Err(WriteError::Database("more advisories than the database can number".to_owned()));
        }
        let head_digest = HashAlgorithm::Sha256.digest(&head);
        for (source, name, part) in &parts {
            let package = self.package(source, name)?;
            let digest = joined_digest(&head_digest, part);
            self.connection
                .prepare_cached("INSERT INTO affected(n, advisory, digest, part) VALUES (?1, ?2, ?3, ?4)")?
                .execute(((package << 32) | number, number, digest.as_bytes(), self.packer.pack(part)))?;
        }
        if parts.is_empty() {
            // A row without a package keeps it in the digest and in the counts.
            let package = self.package(OTHER, "")?;
            let digest = joined_digest(&head_digest, b"[]");
            self.connection
                .prepare_cached("INSERT INTO affected(n, advisory, digest, part) VALUES (?1, ?2, ?3, ?4)")?
                .execute(((package << 32) | number, number, digest.as_bytes(), self.packer.pack(b"[]")))?;
        }
        for affected in &advisory.affected {
            self.release(&affected.ecosystem)?;
        }
        if !withdrawn {
            let mut statement =
                self.connection.prepare_cached("INSERT INTO link(advisory, alias) VALUES (?1, ?2)")?;
            for alias in &advisory.aliases {
                statement.execute((number, alias))?;
            }
        }
        Ok(())
    }

    /// The number of a source, which is made if it is not there.
    pub(super) fn source(&mut self, name: &str) -> Result<i64, WriteError> {
        if let Some(number) = self.sources.get(name) {
            return Ok(*number);
        }
        let number = self
            .connection
            .prepare_cached("INSERT INTO source(name, covered, count, withdrawn, newest, imported, digest, faults) VALUES (?1, 0, 0, 0, '', '', '', 0)")?
            .insert([name])?;
        self.sources.insert(name.to_owned(), number);
        Ok(number)
    }

    fn package(&mut self, source: &str, name: &str) -> Result<i64, WriteError> {
        let source = self.source(source)?;
        let known = self
            .connection
            .prepare_cached("SELECT n FROM package WHERE source = ?1 AND name = ?2")?
            .query_row((source, name), |row| row.get::<_, i64>(0))
            .optional()?;
        let number = match known {
            Some(number) => number,
            None => self
                .connection
                .prepare_cached("INSERT INTO package(source, name) VALUES (?1, ?2)")?
                .insert((source, name))?,
        };
        if number < 1 << 31 {
            Ok(number)
        } else {
            Err(WriteError::Database("more packages than the database can number".to_owned()))
        }
    }

    fn release(&mut self, ecosystem: &str) -> Result<(), WriteError> {
        let (source, Some(release)) = source_of(ecosystem) else { return Ok(()) };
        let source = self.source(source)?;
        if self.releases.len() > 10_000 {
            self.releases.clear();
        }
        if self.releases.insert((source, release.to_owned())) {
            self.connection
                .prepare_cached("INSERT OR IGNORE INTO release(source, name) VALUES (?1, ?2)")?
                .execute((source, release))?;
        }
        Ok(())
    }

    /// Takes EPSS scores in, in place of those that were there.
    pub(super) fn scores(&mut self, rows: impl IntoIterator<Item = epss::Row>) -> Result<(), WriteError> {
        self.source(EPSS)?;
        self.connection.execute_batch("DELETE FROM epss")?;
        let mut statement = self.connection.prepare("INSERT OR REPLACE INTO epss VALUES (?1, ?2, ?3)")?;
        for row in rows {
            statement.execute((row.cve.key(), billionths(row.probability), billionths(row.percentile)))?;
        }
        Ok(())
    }

    /// Takes CISA's list in, in place of the one that was there.
    pub(super) fn exploited(
        &mut self,
        entries: impl IntoIterator<Item = kev::Entry>,
    ) -> Result<(), WriteError> {
        self.source(KEV)?;
        self.connection.execute_batch("DELETE FROM kev")?;
        let mut statement = self.connection.prepare("INSERT OR REPLACE INTO kev VALUES (?1, ?2, ?3)")?;
        for entry in entries {
            statement.execute((entry.cve.key(), entry.added, entry.ransomware))?;
        }
        Ok(())
    }
}

/// All EPSS scores of a database.
pub(super) fn scores_of(connection: &Connection) -> rusqlite::Result<Vec<epss::Row>> {
    let share = |billionths: u32| f64::from(billionths) / BILLION;
    let mut statement = connection.prepare("SELECT cve, probability, percentile FROM epss LIMIT 5000000")?;
    let rows = statement.query_map([], |row| {
        let (probability, percentile) = (share(row.get(1)?), share(row.get(2)?));
        Ok(CveId::of_key(row.get(0)?).map(|cve| epss::Row { cve, probability, percentile }))
    })?;
    rows.filter_map(Result::transpose).collect()
}

/// CISA's whole list in a database.
pub(super) fn exploited_of(connection: &Connection) -> rusqlite::Result<Vec<kev::Entry>> {
    let mut statement = connection.prepare("SELECT cve, added, ransomware FROM kev LIMIT 1000000")?;
    let rows = statement.query_map([], |row| {
        let (added, ransomware) = (row.get(1)?, row.get(2)?);
        Ok(CveId::of_key(row.get(0)?).map(|cve| kev::Entry { cve, added, ransomware }))
    })?;
    rows.filter_map(Result::transpose).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to a billion")]
fn billionths(share: f64) -> u32 {
    (share.clamp(0.0, 1.0) * BILLION).round() as u32
}

/// An advisory without its packages.
fn head_of(advisory: &Advisory) -> Advisory {
    // The packages are most of an advisory, so everything else is copied one by one.
    let Advisory { id, modified, published, withdrawn, aliases, upstream, related, summary, .. } = advisory;
    Advisory {
        id: id.clone(),
        modified: modified.clone(),
        published: published.clone(),
        withdrawn: withdrawn.clone(),
        aliases: aliases.clone(),
        upstream: upstream.clone(),
        related: related.clone(),
        summary: summary.clone(),
        severity: advisory.severity.clone(),
        affected: Vec::new(),
        severity_word: advisory.severity_word.clone(),
        page: advisory.page.clone(),
        cwes: advisory.cwes.clone(),
        malicious: advisory.malicious,
    }
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, WriteError> {
    let json = serde_json::to_vec(value).map_err(|error| WriteError::Fault(error.to_string()))?;
    if json.len() > blob::MAX_BYTES {
        return Err(WriteError::Fault("it says more than 16 MiB of one package".to_owned()));
    }
    Ok(json)
}

/// A list of affected packages, in an order that does not depend on where they came from.
fn sorted_json(part: &[&Affected]) -> Result<Vec<u8>, WriteError> {
    let [only] = part else {
        let mut texts = part
            .iter()
            .map(|affected| Ok((json(affected)?, *affected)))
            .collect::<Result<Vec<_>, WriteError>>()?;
        texts.sort_by(|(one, _), (other, _)| one.cmp(other));
        return json(&texts.iter().map(|(_, affected)| *affected).collect::<Vec<_>>());
    };
    json(&[only])
}

fn joined_digest(head: &Digest, part: &[u8]) -> Digest {
    let mut hasher = crate::crypto::digest::Hasher::new(HashAlgorithm::Sha256);
    hasher.update(head.as_bytes());
    hasher.update(part);
    hasher.finish()
}

fn check(advisory: &Advisory) -> Result<(), WriteError> {
    let fault = |message: &str| Err(WriteError::Fault(message.to_owned()));
    let odd = |name: &str| name.len() > MAX_NAME || name.chars().any(char::is_control);
    if odd(&advisory.id) || advisory.aliases.iter().any(|alias| odd(alias) || alias.is_empty()) {
        return fault("an id is empty, longer than 1024 bytes or holds control characters");
    }
    if advisory.aliases.len() > MAX_ALIASES {
        return fault("more than 1000 aliases");
    }
    if advisory.affected.iter().any(|affected| odd(&affected.name) || odd(&affected.ecosystem)) {
        return fault("a package's name is longer than 1024 bytes or holds control characters");
    }
    Ok(())
}
