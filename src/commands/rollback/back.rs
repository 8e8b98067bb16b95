//! The way back, for `restore`, `emergency` and the steps of a plan: checks, a safety point, the restore.

use std::io::{self, BufRead as _, IsTerminal as _};

use super::open::{Session, following};
use super::present;
use crate::commands::table::visible;
use crate::commands::{Error, World};
use crate::formats::glob;
use crate::host::disk::Disk;
use crate::report::{CheckReport, Rollback, RollbackAction, RollbackOutcome, RollbackStep};
use crate::rollback::point::{Entry, Point, PointId, RawPath, Reason, Source, State, describe};
use crate::rollback::restore::{
    self, Changes, Order, Recovered, Restored, Scope, compare, environment, summary,
};
use crate::rollback::settings::{Settings, Step};
use crate::rollback::steps::{Ended, described};
use crate::rollback::verify::{self, Verified};

/// Changes that a report lists.
const LISTED: usize = 200;

/// How one goes back.
pub(super) struct Wish {
    /// Which part.
    pub(super) scope: Scope,
    /// Whether what was made since is removed instead of put aside.
    pub(super) exact: bool,
    /// Whether only told.
    pub(super) dry_run: bool,
    /// Whether validation commands run.
    pub(super) validate: bool,
    /// Whether a point that lacks something will do.
    pub(super) allow_incomplete: bool,
    /// Whether a point of another tree will do.
    pub(super) into_other_tree: bool,
    /// Whether files outside the tree may be written that the settings do not name.
    pub(super) outside: bool,
    /// Whether nothing is asked.
    pub(super) yes: bool,
}

/// What going back came to.
pub(super) struct Gone {
    /// The numbers.
    pub(super) details: Rollback,
    /// What the check says.
    pub(super) check: CheckReport,
    /// The commit that is checked out in the point.
    pub(super) commit: Option<String>,
}

/// Goes back. The store is locked and no restore is pending; one that was is `recovered`.
pub(super) fn go(
    session: &Session,
    id: &PointId,
    wish: &Wish,
    recovered: Option<&Recovered>,
    world: &mut World<'_>,
) -> Result<Gone, Error> {
    let then = session.store.state(id)?;
    fits(session, &then, wish)?;
    let settings = widened(session.settings(), &then.point);
    if wish.dry_run {
        let now = present::look(session, &settings, &then.point.contents, world)?;
        let changes = changes(&now, &then, wish, world);
        apart(&changes, world)?;
        return Ok(told(id, &then, &changes, wish, RollbackAction::Compared, recovered));
    }
    let captured = present::capture(session, &settings, None, Reason::Safety, world)?;
    if let Some(gap) = captured.state.point.gaps.first().filter(|_| !wish.allow_incomplete) {
        let message = format!(
            "{}: {}; the present state cannot be kept whole, and nothing was changed",
            visible(&gap.path.text()),
            visible(&gap.reason)
        );
        return Err(Error::usage(message, "mend that, or go back all the same with --allow-incomplete"));
    }
    let found = changes(&captured.state, &then, wish, world);
    apart(&found, world)?;
    if let Some(path) = found.gone.first().filter(|_| !wish.allow_incomplete) {
        let message = format!(
            "{}: the point holds a repository that is gone from there; nothing was changed",
            visible(&path.text())
        );
        let hint = "bring it back first (`git submodule update --init`, `git worktree repair`, or a clone of the bundle that \
                    `rollback show --bundle` writes), or restore the rest with --allow-incomplete";
        return Err(Error::usage(message, hint));
    }
    if found.is_empty() {
        return Ok(told(id, &then, &found, wish, RollbackAction::Restored, recovered));
    }
    confirm(id, &then, &found, wish, world)?;
    let (safety, _, now) = captured.keep(session)?;
    let declared = session.settings().validate.as_slice();
    let validate = if wish.validate { declared } else { &[] };
    if validate.len() < declared.len() {
        writeln!(world.err, "the {} declared validation commands are not run", declared.len())?;
    }
    let restored = following("Restoring", world, |course| {
        let note = |what, done, of| course.note(what, done, of);
        restore::restore(&Order {
            place: session.place(),
            store: &session.store,
            id,
            then: &then,
            safety: &safety,
            now: &now,
            changes: &found,
            exact: wish.exact,
            validate,
            run: &|step| session.carry_out(step),
            disk: &Disk::real(),
            progress: &note,
        })
    })?;
    let action = if restored.done { RollbackAction::Restored } else { RollbackAction::Undone };
    let mut gone = told(id, &then, &found, wish, action, recovered);
    gone.details.safety = Some(safety.to_string());
    gone.details.validation = validation(&restored.validation);
    if let Some(changes) = &mut gone.details.changes {
        changes.kept = restored.kept.as_deref().map(crate::host::files::path_text);
    }
    gone.check = restore::conclude(&restored, recovered, !session.settings().validate.is_empty());
    Ok(gone)
}

/// Sees that every path that was asked for is something: in the point, or in the tree.
pub(super) fn known(session: &Session, then: &State, scope: &Scope) -> Result<(), Error> {
    let in_point = |path: &RawPath| {
        let captured = then.point.entries.iter().map(|entry| &entry.path);
        captured.chain(then.unchanged.iter().map(|one| &one.path)).any(|one| one.lies_in(path))
    };
    let in_tree = |path: &RawPath| session.root.join(path.to_path()).symlink_metadata().is_ok();
    match scope.paths.iter().find(|path| !in_point(path) && !in_tree(path)) {
        None => Ok(()),
        Some(path) => Err(Error::usage(
            format!("--only {}: neither the point nor the tree has it", visible(&path.text())),
            "git, config, security, or a path",
        )),
    }
}

/// Whether a point may be restored here at all.
fn fits(session: &Session, then: &State, wish: &Wish) -> Result<(), Error> {
    known(session, then, &wish.scope)?;
    if let Err(reason) = verify::belongs(&then.point, &session.root)
        && !wish.into_other_tree
    {
        return Err(Error::usage(
            reason,
            "restore it where it was captured, or here all the same with --into-other-tree",
        ));
    }
    if let Some(gap) = then.point.gaps.first().filter(|_| !wish.allow_incomplete) {
        let more = then.point.gaps.len() - 1;
        let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
        let message =
            format!("the point is incomplete: {}: {}{more}", visible(&gap.path.text()), visible(&gap.reason));
        return Err(Error::usage(message, "restore it all the same with --allow-incomplete"));
    }
    // A file `.git` leads to a git directory elsewhere; it must not take the place of one that is here.
    let leads = |entry: &&Entry| entry.path.bytes() == b".git" || entry.path.bytes().ends_with(b"/.git");
    let is_folder = |entry: &&Entry| {
        session.root.join(entry.path.to_path()).symlink_metadata().is_ok_and(|found| found.is_dir())
    };
    if let Some(entry) = then.point.entries.iter().filter(leads).find(is_folder) {
        let message =
            format!("{}: the point has a file there, and a repository is there", visible(&entry.path.text()));
        return Err(Error::usage(message, "move the repository away first"));
    }
    outside(session, &then.point, wish)
}

/// The settings, with what the point holds beyond them: what a restore would replace must be part of the safety point, too.
pub(super) fn widened(settings: &Settings, then: &Point) -> Settings {
    let mut settings = settings.clone();
    for entry in &then.entries {
        let Ok(text) = std::str::from_utf8(entry.path.bytes()) else { continue };
        match entry.class.source {
            Source::Outside => settings.config.push(globset::escape(text)),
            Source::Ignored => settings.ignored.push(globset::escape(text)),
            Source::Tracked | Source::Untracked | Source::Git => {}
        }
    }
    settings
}

/// Files outside the tree are written only where the user's own settings name them, or where the user says so: what a point says
/// is not enough.
fn outside(session: &Session, then: &Point, wish: &Wish) -> Result<(), Error> {
    let entries = || then.entries.iter().filter(|entry| entry.class.source == Source::Outside);
    if let Some(entry) = entries().find(|entry| entry.path.lies_in(&RawPath::of(&session.root))) {
        let message =
            format!("the point has {} as outside the tree, and it lies inside", visible(&entry.path.text()));
        return Err(Error::usage(
            message,
            "the point was not made by a capture of this tree: do not restore it",
        ));
    }
    if wish.outside || wish.dry_run {
        return Ok(());
    }
    let settings = session.settings();
    let patterns =
        settings.config.iter().chain(&settings.security).filter(|pattern| pattern.starts_with('/'));
    let globs =
        glob::set(patterns.map(String::as_str)).map_err(|error| Error::usage(error.to_string(), ""))?;
    let named = |path: &RawPath| path.to_path().ancestors().any(|part| globs.is_match(part));
    match entries().find(|entry| !named(&entry.path)) {
        None => Ok(()),
        Some(entry) => Err(Error::usage(
            format!("the point holds {}, which lies outside the tree", visible(&entry.path.text())),
            "say with --outside that files outside are restored, or name them in `rollback.protect` of the configuration",
        )),
    }
}

fn changes(now: &State, then: &State, wish: &Wish, world: &World<'_>) -> Changes {
    let mut changes = compare(now, then, &wish.scope, wish.exact);
    let variable = |name: &str| (world.variable)(name).map(std::ffi::OsString::from);
    changes.environment = environment(&then.point, &variable);
    changes
}

/// Says which repositories are not touched, and why.
fn apart(changes: &Changes, world: &mut World<'_>) -> io::Result<()> {
    for path in &changes.left {
        let path = visible(&path.text());
        writeln!(world.err, "{path}: left alone, a repository that the point knows nothing of")?;
    }
    for path in &changes.gone {
        let path = visible(&path.text());
        writeln!(world.err, "{path}: cannot be restored, its repository is gone")?;
    }
    Ok(())
}

/// What is said of a point and of what changes.
fn told(
    id: &PointId,
    then: &State,
    changes: &Changes,
    wish: &Wish,
    action: RollbackAction,
    recovered: Option<&Recovered>,
) -> Gone {
    let point = describe(&then.point, then.unchanged.len(), id);
    let commit = point.commit.clone();
    let compared = (then.point.entries.len() + then.unchanged.len()) as u64;
    let check = match action {
        RollbackAction::Compared => looked_at(&then.point, compared),
        _ => restore::conclude(
            &Restored { done: true, verified: compared, ..Restored::default() },
            recovered,
            true,
        ),
    };
    let details = Rollback {
        action,
        point: Some(point),
        changes: Some(summary(changes, wish.exact, LISTED)),
        ..Rollback::default()
    };
    Gone { details, check, commit }
}

/// What a comparison says of the point: what it lacks. Its objects were not read, so that no other rule was applied than those
/// about the manifest.
fn looked_at(point: &Point, compared: u64) -> CheckReport {
    let seen = Verified { problems: verify::gaps(point), objects: compared, ..Verified::default() };
    CheckReport { rules_applied: 2, ..verify::conclude(&seen) }
}

/// Asks, on a terminal; without one the user must have said so before.
fn confirm(
    id: &PointId,
    then: &State,
    changes: &Changes,
    wish: &Wish,
    world: &mut World<'_>,
) -> Result<(), Error> {
    if wish.yes {
        return Ok(());
    }
    let summary = summary(changes, wish.exact, 0);
    let name = then.point.name.as_deref().map(|name| format!(" ({})", visible(name))).unwrap_or_default();
    writeln!(
        world.err,
        "Back to {id}{name} of {}: {} added, {} replaced, {} with another mode, {} made since {}, {} refs.",
        then.point.created,
        summary.added,
        summary.replaced,
        summary.described,
        summary.since,
        if wish.exact { "removed" } else { "put aside" },
        summary.refs,
    )?;
    if asked("Go back?", world)? { Ok(()) } else { Err(Error::usage("nothing was changed", "")) }
}

/// Asks a question whose answer is yes or no.
pub(super) fn asked(question: &str, world: &mut World<'_>) -> Result<bool, Error> {
    if !io::stdin().is_terminal() {
        return Err(Error::usage(
            "nobody can be asked, since standard input is no terminal; nothing was changed",
            "say it before with --yes",
        ));
    }
    write!(world.err, "{question} [y/N] ")?;
    world.err.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Validation commands as a report has them.
pub(super) fn validation(ended: &[(Step, Ended)]) -> Vec<RollbackStep> {
    ended
        .iter()
        .map(|(step, ended)| RollbackStep {
            name: step.name.clone(),
            act: described(&step.act),
            outcome: if ended.good { RollbackOutcome::Done } else { RollbackOutcome::Failed },
            seconds: Some(ended.took.as_secs_f64()),
            detail: Some(ended.words.clone()).filter(|words| !words.is_empty() && !ended.good),
        })
        .collect()
}
