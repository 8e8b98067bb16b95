//! What the tree is now: captured into the store, or only looked at.

use std::ffi::OsString;

use jiff::Timestamp;

use super::open::{Session, following};
use crate::commands::{Error, World};
use crate::rollback::capture::{self, Order};
use crate::rollback::point::{Bundle, Contents, PointId, RawPath, Reason, State};
use crate::rollback::settings::Settings;
use crate::rollback::store::{Sink, StoreKey};

/// How many of the newest points are asked for bundles that need not be made again.
const LOOKED_AT: usize = 5;

/// A capture into the store that is not part of it yet.
pub(super) struct Captured<'s> {
    /// What the tree is.
    pub(super) state: State,
    sink: Sink<'s>,
}

impl Captured<'_> {
    /// Makes it a point; with the bytes that the store grew by.
    pub(super) fn keep(self, session: &Session) -> Result<(PointId, u64, State), Error> {
        let grown = match self.sink {
            Sink::Store(writer) => writer.finish()?,
            Sink::Digest(_) => 0,
        };
        Ok((session.store.save(&self.state.point)?, grown, self.state))
    }
}

/// Captures the tree into the store, which must be locked.
pub(super) fn capture<'s>(
    session: &'s Session,
    settings: &Settings,
    name: Option<&str>,
    reason: Reason,
    world: &World<'_>,
) -> Result<Captured<'s>, Error> {
    let mut sink = Sink::Store(session.store.writer()?);
    let bundles = if settings.bundle { bundles(session, &sink.contents())? } else { Vec::new() };
    let what = What { settings, name, reason, bundles: &bundles };
    let state = taken(session, &what, &mut sink, world)?;
    Ok(Captured { state, sink })
}

/// Looks at the tree and stores nothing. Contents are named as those of a point in `contents` are, so that the two can be
/// compared.
pub(super) fn look(
    session: &Session,
    settings: &Settings,
    contents: &Contents,
    world: &World<'_>,
) -> Result<State, Error> {
    let key: Option<StoreKey> = match contents {
        Contents::Plain {} => None,
        Contents::Encrypted { key } => {
            Some(session.store.key().filter(|held| held.mark() == key).cloned().ok_or_else(|| {
                Error::usage(format!("the point is encrypted with the key {key}"), "name its file with --key")
            })?)
        }
    };
    let what = What { settings, name: None, reason: Reason::Look, bundles: &[] };
    taken(session, &what, &mut Sink::Digest(key), world)
}

/// What is captured.
struct What<'a> {
    settings: &'a Settings,
    name: Option<&'a str>,
    reason: Reason,
    bundles: &'a [(RawPath, Vec<Bundle>)],
}

fn taken(session: &Session, what: &What<'_>, sink: &mut Sink<'_>, world: &World<'_>) -> Result<State, Error> {
    let variable = |name: &str| -> Option<OsString> { (world.variable)(name).map(OsString::from) };
    let now: Timestamp = world.now;
    let verb = if what.reason == Reason::Look { "Looking" } else { "Capturing" };
    Ok(following(verb, world, |course| {
        let note = |what, done, of| course.note(what, done, of);
        let order = Order {
            root: &session.root,
            settings: what.settings,
            variable: &variable,
            name: what.name,
            reason: what.reason,
            now,
            bundles: what.bundles,
            bundle: what.reason != Reason::Look && what.settings.bundle,
            outside: None,
            progress: &note,
        };
        capture::capture(&order, sink)
    })?)
}

/// Bundles of the newest points whose contents are kept in the same way.
fn bundles(session: &Session, contents: &Contents) -> Result<Vec<(RawPath, Vec<Bundle>)>, Error> {
    for listed in session.store.list()?.iter().rev().filter(|listed| listed.head.is_ok()).take(LOOKED_AT) {
        let Ok(point) = session.store.load(&listed.id) else { continue };
        if point.contents != *contents {
            continue;
        }
        let mut found: Vec<(RawPath, Vec<Bundle>)> = Vec::new();
        for repository in point.repositories {
            let there = |bundle: &Bundle| session.store.has(bundle.object).unwrap_or(false);
            if !repository.bundles.is_empty() && repository.bundles.iter().all(there) {
                found.push((repository.path, repository.bundles));
            }
        }
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}
