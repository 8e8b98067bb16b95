//! `readiness rollback prune` and `pin`.

use std::time::Duration;

use indicatif::HumanBytes;

use super::open::Session;
use super::recover;
use crate::cli::{RollbackPinArgs, RollbackPruneArgs};
use crate::commands::{Error, World};
use crate::formats::duration;
use crate::rollback::settings::Keep;

/// Runs `prune`.
pub(super) fn prune(args: &RollbackPruneArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let session = Session::open(&args.store, world)?;
    let usual = session.settings().keep;
    let age = match &args.keep_within {
        Some(text) => duration::nanoseconds(text, "keep_within")
            .map(|(nanoseconds, _)| Duration::from_nanos(nanoseconds))
            .ok_or_else(|| {
                Error::usage(format!("--keep-within {text}: this is no length of time"), "such as 7d or 36h")
            })?,
        None => usual.age,
    };
    let keep = Keep { count: args.keep.unwrap_or(usual.count), age };
    let _lock = session.lock()?;
    if !args.dry_run {
        recover::first(&session, world)?;
    }
    let pruned = session.store.prune(keep, world.now, args.dry_run)?;
    let would = if args.dry_run { "would remove" } else { "removed" };
    for id in &pruned.removed {
        writeln!(world.out, "{would}  {id}")?;
    }
    for note in &pruned.notes {
        writeln!(world.err, "{note}")?;
    }
    writeln!(
        world.out,
        "{would} {}, {} {}; {} kept",
        points(pruned.removed.len()),
        HumanBytes(pruned.freed),
        if args.dry_run { "would become free" } else { "became free" },
        points(pruned.kept.len()),
    )?;
    Ok(0)
}

fn points(count: usize) -> String {
    format!("{count} point{}", if count == 1 { "" } else { "s" })
}

/// Runs `pin`.
pub(super) fn pin(args: &RollbackPinArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let session = Session::open(&args.store, world)?;
    let _lock = session.lock()?;
    recover::first(&session, world)?;
    let id = session.find(&args.point)?;
    session.store.pin(&id, !args.remove)?;
    writeln!(world.out, "{} {id}", if args.remove { "let go" } else { "pinned" })?;
    Ok(0)
}
