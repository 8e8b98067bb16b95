//! The advisory data of a run: the imported database, and the built-in list where that has nothing.

use std::path::Path;

use crate::advisories::builtin;
use crate::advisories::store::{Database, Epss, Exploited, StoreError};
use crate::formats::ecosystem::Ecosystem;
use crate::formats::osv::Advisory;
use crate::report::{AdvisoryData, AdvisorySource};

/// What packages are held against.
pub(super) struct Data {
    pub(super) database: Option<Database>,
}

impl Data {
    /// Opens the database if there is one; the second value says why not, if there should have been.
    pub(super) fn open(path: Option<&Path>) -> (Self, Option<StoreError>) {
        match path.map(Database::open) {
            Some(Ok(database)) => (Self { database: Some(database) }, None),
            Some(Err(StoreError::Missing(_))) | None => (Self { database: None }, None),
            Some(Err(error)) => (Self { database: None }, Some(error)),
        }
    }

    /// Whether imported advisories speak of an ecosystem; of a distribution's, whether they speak of the release.
    pub(super) fn covers(&self, ecosystem: &Ecosystem) -> bool {
        let Some(database) = &self.database else { return false };
        let of_release = |wanted: &str| {
            database.releases(ecosystem.family).any(|known| {
                known.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '.']))
                    // Red Hat's are the names of products.
                    || known.split(':').any(|part| part == wanted)
            })
        };
        let released = ecosystem
            .release
            .as_deref()
            .is_none_or(|release| !ecosystem.family.has_releases() || of_release(release));
        database.covers(ecosystem) && released
    }

    /// All advisories for a package, each with the name of the data it comes from.
    pub(super) fn advisories(
        &self,
        ecosystem: &Ecosystem,
        name: &str,
    ) -> Result<Vec<(Advisory, String)>, StoreError> {
        let mut found: Vec<(Advisory, String)> = Vec::new();
        if let Some(database) = &self.database {
            let source = format!("{} advisories", ecosystem.family.name());
            let imported = database.advisories(ecosystem, name)?;
            found.extend(imported.into_iter().map(|advisory| (advisory, source.clone())));
        }
        // Some records of an ecosystem come along with those of another; the list adds what they lack.
        if !self.covers(ecosystem) {
            for advisory in builtin::advisories(ecosystem, name) {
                if !found.iter().any(|(known, _)| known.id == advisory.id) {
                    found.push((advisory.clone(), "the built-in list".to_owned()));
                }
            }
        }
        Ok(found)
    }

    /// All ids of the same vulnerability.
    pub(super) fn aliases(&self, id: &str) -> Result<Vec<String>, StoreError> {
        self.database.as_ref().map_or_else(|| Ok(Vec::new()), |database| database.aliases(id))
    }

    /// The EPSS score of a CVE.
    pub(super) fn epss(&self, cve: &str) -> Result<Option<Epss>, StoreError> {
        self.database.as_ref().map_or(Ok(None), |database| database.epss(cve))
    }

    /// That a CVE is known to be exploited.
    pub(super) fn exploited(&self, cve: &str) -> Result<Option<Exploited>, StoreError> {
        let imported = self.database.as_ref().map_or(Ok(None), |database| database.exploited(cve))?;
        let built_in =
            || builtin::exploited(cve).then(|| Exploited { added: String::new(), ransomware: false });
        Ok(imported.or_else(built_in))
    }

    /// The data as the report names it.
    pub(super) fn describe(&self) -> AdvisoryData {
        let Some(database) = &self.database else {
            let source = AdvisorySource {
                name: "built-in list".to_owned(),
                count: builtin::all().len() as u64,
                newest: builtin::as_of().to_owned(),
                digest: builtin::digest(),
                ..AdvisorySource::default()
            };
            return AdvisoryData {
                digest: builtin::digest(),
                imported: None,
                built_in: true,
                sources: vec![source],
                scanners: Vec::new(),
            };
        };
        let contents = database.contents();
        let sources = contents.sources.iter().map(|source| AdvisorySource {
            name: source.name.clone(),
            count: source.count,
            withdrawn: source.withdrawn,
            faults: source.faults,
            newest: source.newest.clone(),
            imported: source.imported.clone(),
            digest: source.digest.clone(),
        });
        AdvisoryData {
            digest: contents.digest.clone(),
            imported: Some(contents.imported.clone()),
            built_in: false,
            sources: sources.collect(),
            scanners: Vec::new(),
        }
    }
}
