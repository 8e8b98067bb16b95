//! One measurement: probes, modules, data files, and the configuration of the system.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use jiff::Timestamp;

use super::open::Session;
use super::{redact, weigh};
use crate::baseline::capture::{Capture, SCHEMA, clean_snapshot};
use crate::baseline::drift::{self, OpenFinding, Snapshot};
use crate::baseline::settings::Probe;
use crate::baseline::store::Shelf;
use crate::baseline::{files, machine, measure, modules, store, usual};
use crate::commands::{Error, World, progress};
use crate::host::git::work_tree;

/// Parts of a capture besides its probes, as `--only` names them.
const PARTS: [&str; 3] = ["modules", "files", "drift"];

/// What is measured.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted<'a> {
    /// What the user calls it.
    pub(super) label: Option<&'a str>,
    /// Only these categories, metrics and parts; all when empty.
    pub(super) only: &'a [String],
}

impl Wanted<'_> {
    fn part(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}

/// Measures.
pub(super) fn measured(
    session: &Session,
    wanted: &Wanted<'_>,
    now: Timestamp,
    world: &World<'_>,
) -> Result<Capture, Error> {
    let begun = Instant::now();
    if let Some(label) = wanted.label {
        findable(label)?;
    }
    let probes = probes(session, wanted.only)?;
    let settings = session.settings();
    let around = session.surroundings();
    let tree = work_tree(&session.root, &besides(session)).ok().flatten();
    let done = AtomicU64::new(0);
    let total = probes.len() as u64;
    let told = || format!("{} of {total} probes", done.load(Relaxed));
    let metrics = progress::with(world.progress, "Measuring", told, || {
        measure::measure(&probes, &around, settings.limit, &|count, _| done.store(count, Relaxed))
    });
    let modules = if wanted.part("modules") { modules::load(&settings.modules, &around) } else { Vec::new() };
    let files = if wanted.part("files") { files::look(&settings.files, around.folder) } else { Vec::new() };
    let snapshot =
        if wanted.part("drift") { Some(snapshot(session, salt(session).as_deref(), now)?) } else { None };
    let mut capture = Capture {
        schema: SCHEMA,
        id: store::new_id(now),
        created: now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        label: wanted.label.map(str::to_owned),
        commit: tree.as_ref().and_then(|tree| tree.commit.clone()),
        dirty: tree.map(|tree| tree.changed > 0),
        machine: machine::this(),
        took_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        metrics,
        modules,
        files,
        snapshot,
    };
    redact::redact(&mut capture, &session.secrets);
    Ok(capture)
}

/// Refuses a label by which nothing would ever be found, before anything is measured.
fn findable(label: &str) -> Result<(), Error> {
    if ["latest", "reference", "now"].contains(&label) || store::is_id(label) {
        let message = format!("--label {label}: this names another capture");
        return Err(Error::usage(message, "such as the version that is measured: --label v2.4"));
    }
    if label.trim().is_empty() {
        return Err(Error::usage("--label is empty", "leave it out for none"));
    }
    Ok(())
}

/// What this program keeps beside a tree: it is no change of it.
pub(super) fn besides(session: &Session) -> [PathBuf; 2] {
    [session.store.folder().to_owned(), session.root.join(".readiness")]
}

/// The configuration of the system as it is now, its digests under `salt`.
pub(super) fn snapshot(session: &Session, salt: Option<&str>, now: Timestamp) -> Result<Snapshot, Error> {
    let settings = &session.settings().drift;
    let findings: Option<BTreeMap<String, OpenFinding>> =
        if settings.findings { Some(weigh::findings(session, now)?) } else { None };
    let mut taken = drift::take(&drift::Order {
        root: &session.root,
        settings,
        around: &session.surroundings(),
        weigh: &weigh::weigh,
        findings: findings.as_ref(),
        salt,
    });
    clean_snapshot(&mut taken);
    Ok(taken)
}

/// The salt of the captures before, so that digests can be compared; none at first.
fn salt(session: &Session) -> Option<String> {
    let id = match session.store.reference() {
        Ok(Some(approval)) => approval.capture,
        _ => newest(&session.store.look().ok()?)?,
    };
    session.store.load(&id).ok()?.snapshot.map(|snapshot| snapshot.salt)
}

fn newest(shelf: &Shelf) -> Option<String> {
    shelf.captures.last().map(|summary| summary.id.clone())
}

/// The probes that are wanted.
fn probes(session: &Session, only: &[String]) -> Result<Vec<Probe>, Error> {
    let settings = session.settings();
    let mut probes = settings.probes.clone();
    if settings.defaults.unwrap_or(probes.is_empty()) {
        let more = usual::probes();
        let declared = |probe: &Probe| settings.probes.iter().any(|known| known.name == probe.name);
        probes.extend(more.into_iter().filter(|probe| !declared(probe)));
    }
    if only.is_empty() {
        return Ok(probes);
    }
    let known = |name: &str| probes.iter().any(|probe| probe.name == name || probe.category == name);
    if let Some(unknown) = only.iter().find(|name| !known(name) && !PARTS.contains(&name.as_str())) {
        let mut names: Vec<&str> = probes.iter().map(|probe| probe.category.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let listed = format!("categories are {}; or a metric, `modules`, `files`, `drift`", names.join(", "));
        names.extend(probes.iter().map(|probe| probe.name.as_str()).chain(PARTS));
        let near = crate::config::closest(unknown, &names);
        let hint = near.map_or(listed, |near| format!("did you mean `{near}`?"));
        return Err(Error::usage(format!("--only {unknown}: there is no such category or metric"), hint));
    }
    probes.retain(|probe| only.iter().any(|name| *name == probe.name || *name == probe.category));
    Ok(probes)
}
