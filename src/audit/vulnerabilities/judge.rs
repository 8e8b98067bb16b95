//! One package against the advisory data: what matches, joined by alias, how severe, and what clears it. A package that
//! several files pin is judged once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::data::Data;
use crate::advisories::matching::{self, Answer, Explanation, Query};
use crate::advisories::severity::{self, Level};
use crate::advisories::store::{Epss, Exploited, StoreError};
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::osv::{Advisory, Affected};
use crate::formats::package::Package;
use crate::report::{Decimal, Rating, Severity};

/// What is known of one version of one package.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// Its vulnerabilities, one a group of aliases, worst first.
    pub(super) groups: Vec<Group>,
    /// Advisories of which it could not be told whether they match, and why.
    pub(super) unknown: Vec<(String, String)>,
    /// Whether imported data speak of its ecosystem.
    pub(super) covered: bool,
}

/// One vulnerability: the advisories that are aliases of each other.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) aliases: Vec<String>,
    pub(super) rule: &'static str,
    pub(super) severity: Severity,
    pub(super) rating: Rating,
    pub(super) summary: String,
    pub(super) page: Option<String>,
    pub(super) exploited: Option<Exploited>,
    pub(super) epss: Option<Epss>,
    pub(super) fixed: Option<String>,
    pub(super) upgrade: Option<String>,
    pub(super) hits: Vec<Hit>,
}

/// One advisory that matches.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub(super) advisory: Advisory,
    pub(super) explanation: Explanation,
    pub(super) source: String,
}

/// Judges packages, and remembers what it judged.
pub(super) struct Judge<'a> {
    data: &'a Data,
    unknown_severity: Severity,
    known: HashMap<(Ecosystem, String, String), Rc<Judged>>,
}

/// What is asked about a package: ecosystem, name and version; for a package of a distribution those of its source,
/// because advisories speak of that, and for one of rpm its own besides, because some speak of those. Empty when one of
/// them is missing.
pub(super) fn asked(package: &Package) -> Vec<(&Ecosystem, &str, &str)> {
    let (Some(ecosystem), Some(version)) = (&package.ecosystem, package.version.as_deref()) else {
        return Vec::new();
    };
    let own = (package.name.as_str(), version);
    let source = package
        .source
        .as_ref()
        .map(|source| (source.name.as_str(), source.version.as_deref().unwrap_or(version)));
    let besides =
        (source.is_none() || ecosystem.family.is_rpm()).then_some(own).filter(|own| Some(*own) != source);
    let all = source.into_iter().chain(besides);
    all.filter(|(name, version)| !name.is_empty() && !version.is_empty())
        .map(|(name, version)| (ecosystem, name, version))
        .collect()
}

impl<'a> Judge<'a> {
    pub(super) fn new(data: &'a Data, unknown_severity: Severity) -> Self {
        Self { data, unknown_severity, known: HashMap::new() }
    }

    /// Judges one package.
    pub(super) fn judge(
        &mut self,
        ecosystem: &Ecosystem,
        name: &str,
        version: &str,
    ) -> Result<Rc<Judged>, StoreError> {
        let key = (ecosystem.clone(), name.to_owned(), version.to_owned());
        if let Some(known) = self.known.get(&key) {
            return Ok(Rc::clone(known));
        }
        let judged = Rc::new(self.look(ecosystem, name, version)?);
        self.known.insert(key, Rc::clone(&judged));
        Ok(judged)
    }

    fn look(&self, ecosystem: &Ecosystem, name: &str, version: &str) -> Result<Judged, StoreError> {
        let query = Query { ecosystem, name, version };
        let mut judged = Judged { covered: self.data.covers(ecosystem), ..Judged::default() };
        let mut hits = Vec::new();
        for (advisory, source) in self.data.advisories(ecosystem, name)? {
            match evaluate(&advisory, &query) {
                Answer::Affected(explanation) => {
                    hits.push(Hit { advisory, explanation, source });
                }
                Answer::Unknown(reason) => judged.unknown.push((advisory.id, reason)),
                Answer::NotAffected => {}
            }
        }
        judged.unknown.sort();
        if hits.is_empty() {
            return Ok(judged);
        }
        let all: Vec<&Advisory> = hits.iter().map(|hit| &hit.advisory).collect();
        let upgrade = matching::upgrade(&all, &query);
        let mut with_aliases: Vec<(String, Vec<String>)> = Vec::new();
        for hit in &hits {
            let mut aliases = hit.advisory.aliases.clone();
            aliases.extend(self.data.aliases(&hit.advisory.id)?);
            with_aliases.push((hit.advisory.id.clone(), aliases));
        }
        let mut by_id: BTreeMap<String, Hit> =
            hits.into_iter().map(|hit| (hit.advisory.id.clone(), hit)).collect();
        let named: Vec<(&str, &[String])> =
            with_aliases.iter().map(|(id, aliases)| (id.as_str(), aliases.as_slice())).collect();
        for joined in matching::group(&named) {
            let mut members: Vec<Hit> = joined.ids.iter().filter_map(|id| by_id.remove(id)).collect();
            members.sort_by(|one, other| one.advisory.id.cmp(&other.advisory.id));
            let mut group = self.group(joined.id, &joined.ids, members, &query)?;
            group.upgrade.clone_from(&upgrade);
            judged.groups.push(group);
        }
        judged.groups.sort_by(|one, other| (other.severity, &one.id).cmp(&(one.severity, &other.id)));
        Ok(judged)
    }

    /// What is known of one vulnerability.
    fn group(
        &self,
        id: String,
        ids: &[String],
        hits: Vec<Hit>,
        query: &Query<'_>,
    ) -> Result<Group, StoreError> {
        let mut epss: Option<Epss> = None;
        let mut exploited = None;
        for cve in ids.iter().filter(|id| id.starts_with("CVE-")) {
            let score = self.data.epss(cve)?;
            if score.is_some_and(|score| epss.is_none_or(|known| score.probability > known.probability)) {
                epss = score;
            }
            exploited = exploited.or(self.data.exploited(cve)?);
        }
        let rating = rating(&hits);
        let rule = rule(&hits, rating.malicious);
        let severity = match rule {
            // RustSec's notices are no vulnerabilities and have no score of their own.
            UNMAINTAINED => Severity::Low,
            UNSOUND => rating.severity.unwrap_or(Severity::Medium),
            NOTICE => Severity::Info,
            _ => rating.severity.unwrap_or(self.unknown_severity),
        };
        let advisories: Vec<&Advisory> = hits.iter().map(|hit| &hit.advisory).collect();
        let told = advisories.iter().find(|advisory| !advisory.summary.is_empty());
        let aliases: BTreeSet<&String> = ids.iter().filter(|other| **other != id).collect();
        Ok(Group {
            rule,
            severity,
            rating,
            summary: told.map(|advisory| advisory.summary.clone()).unwrap_or_default(),
            page: advisories.iter().find_map(|advisory| advisory.page.clone()),
            exploited,
            epss,
            fixed: matching::upgrade(&advisories, query),
            upgrade: None,
            aliases: aliases.into_iter().cloned().collect(),
            id,
            hits,
        })
    }
}

/// Evaluates one advisory. A branch of Composer (`dev-main`) has no place among releases, although PHP orders it below
/// all of them: unless an advisory lists it or affects every version, nothing can be said of it.
fn evaluate(advisory: &Advisory, query: &Query<'_>) -> Answer {
    let answer = matching::evaluate(advisory, query);
    let branch = query.ecosystem.family == Family::Packagist && query.version.starts_with("dev-");
    if branch && answer == Answer::NotAffected && advisory.withdrawn.is_none() {
        return Answer::Unknown("a branch has no place in the order of releases".to_owned());
    }
    answer
}

/// A malicious package.
pub(super) const MALICIOUS: &str = "VUL-001";
/// A known vulnerability.
pub(super) const VULNERABLE: &str = "VUL-002";
/// A package that nobody maintains.
const UNMAINTAINED: &str = "VUL-003";
/// A package that is unsound.
const UNSOUND: &str = "VUL-004";
/// Any other notice.
const NOTICE: &str = "VUL-005";

/// The rule that a group of advisories falls under: what any of them calls a vulnerability is one.
fn rule(hits: &[Hit], malicious: bool) -> &'static str {
    if malicious {
        return MALICIOUS;
    }
    let kinds: Vec<Option<&str>> =
        hits.iter().map(|hit| affected(hit).and_then(|affected| affected.informational.as_deref())).collect();
    if kinds.iter().any(Option::is_none) {
        VULNERABLE
    } else if kinds.contains(&Some("unsound")) {
        UNSOUND
    } else if kinds.contains(&Some("unmaintained")) {
        UNMAINTAINED
    } else {
        NOTICE
    }
}

/// The entry of an advisory that holds the version.
fn affected(hit: &Hit) -> Option<&Affected> {
    hit.advisory.affected.get(hit.explanation.affected)
}

/// The rating of a group. Advisories for one vulnerability differ: the newest version of CVSS is taken before older
/// ones and before words, and of equals the highest.
fn rating(hits: &[Hit]) -> Rating {
    let empty = Affected::default();
    let rated = hits.iter().map(|hit| severity::severity(&hit.advisory, affected(hit).unwrap_or(&empty)));
    let best =
        rated.max_by_key(|rating| (rating.malicious, rating.version, rating.score_tenths, rating.level));
    let Some(best) = best else { return Rating::default() };
    let severity = match best.level {
        Level::Critical => Some(Severity::Critical),
        Level::High => Some(Severity::High),
        Level::Medium => Some(Severity::Medium),
        Level::Low => Some(Severity::Low),
        Level::None => Some(Severity::Info),
        Level::Unknown => None,
    };
    let score = best.score_tenths.map(|tenths| Decimal::of_units(u32::from(tenths)));
    Rating { severity, score, vector: best.vector, malicious: best.malicious, source: best.source }
}
