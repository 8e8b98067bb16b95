//! All that one advisory says of one package.

use std::cmp::Ordering;

use super::Query;
use super::release::{Fit, fit};
use super::timeline::{Timeline, compare, shown, sorted};
use crate::advisories::version::Scheme;
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::osv::{Advisory, Affected, RangeKind};

/// Work that the search for a fixed version may take, in ranges asked and listed versions compared. Real advisories take a
/// few hundred.
const MAX_WORK: usize = 4_000_000;

/// Whether a version is affected.
pub(super) enum State {
    /// It is.
    Affected(Hit),
    /// It is not.
    Clear,
    /// It cannot be told, for this reason.
    Unknown(String),
}

/// What holds an affected version; see [`super::Explanation`].
pub(super) struct Hit {
    pub(super) range: String,
    pub(super) events: Vec<String>,
    pub(super) scheme: &'static str,
    pub(super) affected: usize,
}

/// What an advisory says of a package, ready to be asked about any version of it.
pub(super) struct Statement<'a> {
    family: Family,
    scheme: Option<Scheme>,
    parts: Vec<Part<'a>>,
    /// Whether anything but commits is given.
    decidable: bool,
}

/// One `affected` of the package.
struct Part<'a> {
    index: usize,
    affected: &'a Affected,
    fit: Fit,
    /// Ranges other than commits; those that cannot be walked with the reason.
    timelines: Vec<Result<Timeline<'a>, String>>,
}

impl<'a> Statement<'a> {
    /// Gathers what an advisory says of a package, whatever the version.
    pub(super) fn of(advisory: &'a Advisory, query: &Query<'_>) -> Self {
        let family = query.ecosystem.family;
        let scheme = Scheme::of(family);
        let name = family.normal_name(query.name);
        let mut parts = Vec::new();
        for (index, affected) in advisory.affected.iter().enumerate() {
            let Some(ecosystem) = Ecosystem::parse(&affected.ecosystem) else { continue };
            if ecosystem.family != family || family.normal_name(&affected.name) != name {
                continue;
            }
            let fit = fit(family, ecosystem.release.as_deref(), query.ecosystem.release.as_deref());
            let ranges = affected.ranges.iter().filter(|range| {
                // A range without events beside a list is how some databases say that there is but the list.
                range.kind != RangeKind::Git && (!range.events.is_empty() || affected.versions.is_empty())
            });
            let timelines = match fit {
                Fit::No => Vec::new(),
                Fit::Yes | Fit::Maybe(_) => ranges.map(|range| Timeline::of(range, scheme)).collect(),
            };
            parts.push(Part { index, affected, fit, timelines });
        }
        let decidable = parts.iter().any(|part| {
            part.fit != Fit::No && (!part.timelines.is_empty() || !part.affected.versions.is_empty())
        });
        Self { family, scheme, parts, decidable }
    }

    /// Whether a version is affected: by any list or range, else unknown if any could not be told.
    pub(super) fn state(&self, version: &str) -> State {
        let mut unknown = None;
        for part in &self.parts {
            match self.part_state(part, version) {
                State::Clear => {}
                State::Unknown(reason) => {
                    unknown.get_or_insert(reason);
                }
                State::Affected(hit) => match &part.fit {
                    Fit::Maybe(reason) => {
                        unknown.get_or_insert_with(|| reason.clone());
                    }
                    Fit::Yes | Fit::No => return State::Affected(hit),
                },
            }
        }
        unknown.map_or(State::Clear, State::Unknown)
    }

    fn part_state(&self, part: &Part<'_>, version: &str) -> State {
        if matches!(part.fit, Fit::No) {
            return State::Clear;
        }
        let hit = |range, events, scheme| Hit { range, events, scheme, affected: part.index };
        let (mut unknown, mut decided) = (None, false);
        for timeline in &part.timelines {
            let holds = timeline
                .as_ref()
                .map_err(Clone::clone)
                .and_then(|timeline| Ok((timeline, timeline.holds(version)?)));
            match holds {
                Ok((_, false)) => decided = true,
                Ok((timeline, true)) => {
                    return State::Affected(hit(
                        timeline.words(version),
                        timeline.event_words(),
                        timeline.scheme(),
                    ));
                }
                Err(reason) => {
                    unknown.get_or_insert(reason);
                }
            }
        }
        match self.listed(&part.affected.versions, version, decided) {
            Ok(true) => {
                let scheme = self.scheme.map_or("", Scheme::name);
                return State::Affected(hit(format!("{} is listed", shown(version)), Vec::new(), scheme));
            }
            Ok(false) => {}
            Err(reason) => {
                unknown.get_or_insert(reason);
            }
        }
        if !self.decidable {
            let commits = part.affected.ranges.iter().any(|range| range.kind == RangeKind::Git);
            let reason = if commits { "only commits are given" } else { "no versions are given" };
            unknown.get_or_insert_with(|| reason.to_owned());
        }
        unknown.map_or(State::Clear, State::Unknown)
    }

    /// Whether a list holds a version, written alike or equal in the order of the ecosystem. Where a range has decided, it
    /// has for all versions that are equal, and writing alone is looked at; but lists of `PyPI` are kept with more care than
    /// its ranges.
    ///
    /// # Errors
    /// When the version does not compare, with the reason: it may be any of those that are listed.
    fn listed(&self, versions: &[String], version: &str, decided: bool) -> Result<bool, String> {
        if versions.iter().any(|one| one == version) {
            return Ok(true);
        }
        let compares = !versions.is_empty() && (!decided || self.family == Family::PyPi);
        let Some(scheme) = self.scheme.filter(|_| compares) else { return Ok(false) };
        compare(scheme, version, version)?;
        Ok(versions.iter().any(|one| scheme.compare(one, version).is_ok_and(Ordering::is_eq)))
    }

    /// The most that it can cost to ask about a version, in ranges asked and listed versions compared.
    pub(super) fn cost(&self) -> usize {
        self.parts.iter().map(|part| 1 + part.timelines.len() + part.affected.versions.len()).sum()
    }

    /// What compares versions of the package where no range says how.
    const fn order(&self) -> Scheme {
        match self.scheme {
            Some(scheme) => scheme,
            None => Scheme::Semver,
        }
    }

    /// The versions above one that any range names as fixed, in ascending order, each once.
    pub(super) fn fixes_after(&self, version: &str) -> Vec<&'a str> {
        let scheme = self.order();
        let all = self.parts.iter().flat_map(|part| &part.timelines).flatten().flat_map(Timeline::fixes);
        ascending(scheme, all.filter(|fix| compare(scheme, fix, version).is_ok_and(Ordering::is_gt)))
    }

    /// The lowest version above one that a range names as fixed and that is not affected.
    pub(super) fn fixed_after(&self, version: &str) -> Option<String> {
        let fixes = self.fixes_after(version);
        let tries = MAX_WORK / self.cost().max(1);
        let clear = fixes.into_iter().take(tries.max(1)).find(|fix| matches!(self.state(fix), State::Clear));
        clear.map(str::to_owned)
    }

    /// Whether every affected version has a fixed one above it or none at all: no range ends in a last affected version.
    pub(super) fn ends_in_fixes(&self) -> bool {
        let mut timelines = self.parts.iter().flat_map(|part| &part.timelines);
        timelines.all(|timeline| timeline.as_ref().is_ok_and(Timeline::ends_in_fixes))
            && self.parts.iter().all(|part| part.affected.versions.is_empty())
    }
}

/// Versions in ascending order, those that are equal once, those that do not compare left out.
pub(super) fn ascending<'a>(scheme: Scheme, versions: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let versions = versions.filter(|version| scheme.compare(version, version).is_ok()).collect();
    let mut versions = sorted(versions, &|one, other| compare(scheme, one, other)).unwrap_or_default();
    versions.dedup_by(|one, other| scheme.compare(one, other).is_ok_and(Ordering::is_eq));
    versions
}
