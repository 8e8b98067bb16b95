//! The advisory database: one `SQLite` file, indexed by ecosystem and normalised package name.
//!
//! A file is opened read only and as one that no one changes (an import puts a new file in its place), nothing beside it
//! is looked at or written, and it holds nothing but the tables of `schema`. A file that is damaged or made to do harm
//! ends in [`StoreError::Unusable`].

pub(super) mod blob;
pub(super) mod query;
pub(super) mod schema;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use crate::formats::cve::CveId;
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::osv::Advisory;
use crate::host::files;

/// Most ids that [`Database::aliases`] tells.
const MAX_ALIASES: i64 = 1_000;

/// An open database, read only. Questions of several threads are answered one after the other; threads that ask much
/// open one each.
#[derive(Debug)]
pub struct Database {
    contents: Contents,
    /// The numbers of the families that were imported, and their releases.
    families: BTreeMap<&'static str, Known>,
    path: String,
    connection: Mutex<Connection>,
}

/// What is known of a family.
#[derive(Debug, Default)]
struct Known {
    number: i64,
    covered: bool,
    releases: BTreeSet<String>,
}

/// Why a database could not be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is none.
    #[error("{0}: there is no advisory database")]
    Missing(String),
    /// It is none, of another version, or damaged.
    #[error("{path}: {reason}")]
    Unusable {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// What a database holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// SHA-256 (hex) over everything imported: equal digests mean equal data.
    pub digest: String,
    /// When the last import was made, RFC 3339.
    pub imported: String,
    /// What was imported, one entry a source, by name.
    pub sources: Vec<Source>,
}

/// One imported source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Ecosystem name, `EPSS` or `KEV`.
    pub name: String,
    /// Entries: advisories, scores.
    pub count: u64,
    /// Of those, withdrawn.
    pub withdrawn: u64,
    /// The newest entry, RFC 3339.
    pub newest: String,
    /// The longest time in days between two neighbours of the newest twenty days with entries; none when there are too
    /// few to tell, and for `EPSS` and `KEV`.
    pub pause: Option<u32>,
    /// Records at fault that were left out where it was imported from.
    pub faults: u64,
    /// When it was imported, RFC 3339.
    pub imported: String,
    /// SHA-256 (hex) of its entries, sorted.
    pub digest: String,
}

/// An entry of CISA's list of vulnerabilities that are known to be exploited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exploited {
    /// When it was listed, `YYYY-MM-DD`.
    pub added: String,
    /// Whether ransomware is known to use it.
    pub ransomware: bool,
}

/// An EPSS score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epss {
    /// Probability of exploitation within 30 days, 0 to 1.
    pub probability: f64,
    /// Share of vulnerabilities with a lower score, 0 to 1.
    pub percentile: f64,
}

impl Database {
    /// Opens a database.
    ///
    /// # Errors
    /// When there is none, or it cannot be used.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let shown = files::path_text(path);
        let unusable = |reason: String| StoreError::Unusable { path: shown.clone(), reason };
        let real = match path.canonicalize() {
            Ok(real) => real,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(StoreError::Missing(shown));
            }
            Err(error) => return Err(unusable(error.to_string())),
        };
        let mut header = Vec::new();
        let read = files::open_regular(&real).and_then(|(file, metadata)| {
            file.take(100).read_to_end(&mut header)?;
            Ok(metadata.len())
        });
        let length = read.map_err(|error| unusable(error.to_string()))?;
        schema::check_header(&header, length).map_err(unusable)?;
        let connection = connect(&real).map_err(|error| unusable(query::reason(&error)))?;
        if !schema::matches(&connection).map_err(|error| unusable(query::reason(&error)))? {
            return Err(unusable("its tables are not those of an advisory database".to_owned()));
        }
        let families = query::families(&connection).map_err(|error| unusable(query::reason(&error)))?;
        let contents = query::contents(&connection).map_err(|error| unusable(query::reason(&error)))?;
        Ok(Self { contents, families, path: shown, connection: Mutex::new(connection) })
    }

    /// What it holds.
    #[must_use]
    pub const fn contents(&self) -> &Contents {
        &self.contents
    }

    /// All advisories for a package of a family, by normalised name, whatever the release; withdrawn ones included.
    /// Each has only those of its affected packages that bear this name. Sorted by id.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn advisories(&self, ecosystem: &Ecosystem, name: &str) -> Result<Vec<Advisory>, StoreError> {
        let Some(known) = self.families.get(ecosystem.family.name()) else { return Ok(Vec::new()) };
        let name = ecosystem.family.normal_name(name);
        query::of_package(&self.connection(), known.number, &name).map_err(|reason| self.unusable(reason))
    }

    /// Whether the advisories of the family were imported. A family of which only a few are known, because they concern
    /// an imported family too, is not covered.
    #[must_use]
    pub fn covers(&self, ecosystem: &Ecosystem) -> bool {
        self.families.get(ecosystem.family.name()).is_some_and(|known| known.covered)
    }

    /// The releases of a family that any advisory names, sorted: `12`, `22.04:LTS`. A package of another release has no
    /// advisories because there are no data, not because it has no faults.
    pub fn releases(&self, family: Family) -> impl Iterator<Item = &str> {
        self.families.get(family.name()).into_iter().flat_map(|known| &known.releases).map(String::as_str)
    }

    /// One advisory by id, with all packages that it affects.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn advisory(&self, id: &str) -> Result<Option<Advisory>, StoreError> {
        query::by_id(&self.connection(), id).map_err(|reason| self.unusable(reason))
    }

    /// Calls `each` with every advisory, whole.
    ///
    /// # Errors
    /// When the file cannot be read, or the first that `each` returns.
    pub(super) fn for_each<E: From<StoreError>>(
        &self,
        mut each: impl FnMut(Advisory) -> Result<(), E>,
    ) -> Result<(), E> {
        let connection = self.connection();
        let mut from = i64::MIN;
        while let Some((number, advisory)) =
            query::next(&connection, from).map_err(|reason| self.unusable(reason))?
        {
            each(advisory)?;
            match number.checked_add(1) {
                Some(next) => from = next,
                None => break,
            }
        }
        Ok(())
    }

    /// All ids of the same vulnerability as `id`, itself included, sorted; joined over the aliases of all advisories that
    /// are not withdrawn (one may be withdrawn because its aliases were wrong). At most 1,000 beside itself.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn aliases(&self, id: &str) -> Result<Vec<String>, StoreError> {
        let connection = self.connection();
        let mut ids = self.ask(|| {
            connection
                .prepare_cached(
                    "SELECT other.id FROM alias JOIN alias AS other ON other.joined = alias.joined \
                     WHERE alias.id = ?1 LIMIT ?2",
                )?
                .query_map((id, MAX_ALIASES), |row| row.get::<_, String>(0))?
                .collect::<rusqlite::Result<BTreeSet<_>>>()
        })?;
        ids.insert(id.to_owned());
        Ok(ids.into_iter().collect())
    }

    /// The EPSS score of a CVE.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn epss(&self, cve: &str) -> Result<Option<Epss>, StoreError> {
        let Some(cve) = CveId::parse(cve) else { return Ok(None) };
        let connection = self.connection();
        self.ask(|| {
            connection
                .prepare_cached("SELECT probability, percentile FROM epss WHERE cve = ?1")?
                .query_row([cve.key()], |row| {
                    Ok(Epss { probability: query::share(row, 0)?, percentile: query::share(row, 1)? })
                })
                .optional()
        })
    }

    /// The entry of a CVE in CISA's list.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn exploited(&self, cve: &str) -> Result<Option<Exploited>, StoreError> {
        let Some(cve) = CveId::parse(cve) else { return Ok(None) };
        let connection = self.connection();
        self.ask(|| {
            connection
                .prepare_cached("SELECT added, ransomware FROM kev WHERE cve = ?1")?
                .query_row([cve.key()], |row| Ok(Exploited { added: row.get(0)?, ransomware: row.get(1)? }))
                .optional()
        })
    }

    pub(super) fn connection(&self) -> MutexGuard<'_, Connection> {
        // Reading leaves nothing half done, so a panic of another thread harms no answer.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the database, and says which file it was that could not answer.
    fn ask<T>(&self, question: impl FnOnce() -> rusqlite::Result<T>) -> Result<T, StoreError> {
        question().map_err(|error| self.unusable(query::reason(&error)))
    }

    pub(super) fn unusable(&self, reason: String) -> StoreError {
        StoreError::Unusable { path: self.path.clone(), reason }
    }
}

/// Opens a file read only, with everything switched off that a file could use against its reader.
fn connect(real: &Path) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(immutable_uri(real), flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    let largest = i32::try_from(blob::MAX_BYTES + 1_024).unwrap_or(i32::MAX);
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, largest)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection
        .execute_batch("PRAGMA cell_size_check = ON; PRAGMA query_only = ON; PRAGMA cache_size = -8192;")?;
    Ok(connection)
}

/// The path as a URI that tells `SQLite` that the file does not change: no locks, no journal is looked for.
fn immutable_uri(path: &Path) -> String {
    let text = if cfg!(windows) {
        let plain = path.to_string_lossy().replace('\\', "/");
        format!("/{}", plain.strip_prefix("//?/").unwrap_or(&plain)).into_bytes()
    } else {
        path.as_os_str().as_encoded_bytes().to_vec()
    };
    let mut uri = "file://".to_owned();
    for byte in text {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri + "?mode=ro&immutable=1"
}
