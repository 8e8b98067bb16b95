//! A restore from its beginning to its end, and the end of one that was interrupted.

use std::collections::HashMap;
use std::path::PathBuf;

use super::apply::{self, Care};
use super::aside::Aside;
use super::busy::open_by;
use super::journal::{Journal, Phase, making};
use super::plan::plan;
use super::proof::prove;
use super::site::{Failure, IGNORE_MAKING, Site};
use super::stage::{self, Objects};
use super::{Order, Place, Recovered, RestoreError, Restored, finish};
use crate::host::disk::Disk;
use crate::rollback::settings::Step;
use crate::rollback::steps::Ended;

/// How a restore is told of as it goes.
type Progress<'p> = dyn Fn(&'static str, u64, u64) + 'p;

/// Restores a point, whose objects are given.
pub(super) fn carry_out(order: &Order<'_>, objects: &Objects<'_>) -> Result<Restored, RestoreError> {
    let site = Site::new(order.place, order.disk);
    if super::is_pending(site.root) {
        let reason = "an earlier restore was interrupted: `readiness rollback recover` brings it to its end";
        return Err(Failure::at(&site.journal(), reason).refused());
    }
    let mut plan = plan(order, &site).map_err(Failure::refused)?;
    let mut restored = Restored::default();
    tell_busy(order, &site, &mut restored);
    if plan.journal.operations.is_empty()
        && plan.journal.folders.is_empty()
        && plan.journal.validate.is_empty()
    {
        restored.done = true;
        return Ok(restored);
    }
    let begun = site.make_own().and_then(|()| plan.journal.write(&site));
    let staged = begun.and_then(|()| stage::stage(&mut plan, order, objects, &site));
    let staged = staged.and_then(|()| plan.journal.enter(Phase::Applying, &site));
    let mut journal = plan.journal;
    if let Err(failure) = staged {
        // The journal may have been written although it was not told so.
        journal.phase = Phase::Staging;
        return match finish::clean(&journal, &site) {
            Ok(()) => Err(failure.refused()),
            Err(_) if !super::is_pending(site.root) => Err(failure.refused()),
            Err(_) => Err(failure.pending()),
        };
    }
    let mut aside = Aside::new(&journal);
    let course = Course { site: &site, run: order.run, progress: order.progress };
    let result = course.apply(&mut journal, Care::Fresh, &mut aside, &mut restored);
    tell_aside(&aside, &site, &mut restored);
    result.map(|()| restored)
}

/// Brings an interrupted restore to its end.
pub(super) fn recover(
    place: Place<'_>,
    run: &dyn Fn(&Step) -> Ended,
    disk: &Disk,
) -> Result<Option<Recovered>, RestoreError> {
    let site = Site::new(place, disk);
    let Some(mut journal) = Journal::read(&site).map_err(Failure::pending)? else {
        // One that ended before it had begun.
        for left in [making(&site), site.own().join(IGNORE_MAKING)] {
            if left.symlink_metadata().is_ok() {
                site.disk.remove_file(&left).map_err(|error| Failure::at(&left, error).pending())?;
            }
        }
        return Ok(None);
    };
    let mut restored = Restored::default();
    let mut aside = Aside::new(&journal);
    let course = Course { site: &site, run, progress: &|_, _, _| {} };
    let result = match journal.phase {
        Phase::Staging => finish::clean(&journal, &site).map_err(Failure::pending),
        Phase::Applying => course.apply(&mut journal, Care::Doubt, &mut aside, &mut restored),
        Phase::Validating => course.validate(&mut journal, &mut aside, &mut restored),
        Phase::Undoing => course.undo(&mut journal, &mut aside),
        Phase::Undone => finish::undone(&journal, &site, &mut aside).map_err(Failure::pending),
        Phase::Committed => course.commit(&mut journal, &mut aside, &mut restored),
    };
    let undone = match result {
        Ok(()) => None,
        // It could not be finished, and was undone: that is an end.
        Err(RestoreError::Undone { path, reason }) => Some((path, reason)),
        Err(error) => return Err(error),
    };
    tell_aside(&aside, &site, &mut restored);
    if let Some((path, reason)) = undone {
        restored.problems.push((
            "RBK-024",
            path,
            format!("it could not be finished ({reason}), and was undone"),
        ));
    }
    Ok(Some(Recovered { id: journal.point, safety: journal.safety, restored }))
}

/// What the rest of a restore needs.
struct Course<'c> {
    site: &'c Site<'c>,
    run: &'c dyn Fn(&Step) -> Ended,
    progress: &'c Progress<'c>,
}

impl Course<'_> {
    /// From the phase `applying` on.
    fn apply(
        &self,
        journal: &mut Journal,
        care: Care,
        aside: &mut Aside,
        restored: &mut Restored,
    ) -> Result<(), RestoreError> {
        if let Err(failure) = apply::take_locks(journal, self.site) {
            if care == Care::Doubt {
                return Err(failure.pending());
            }
            return Err(match finish::clean(journal, self.site) {
                Ok(()) => failure.refused(),
                Err(_) => failure.pending(),
            });
        }
        let progress = |done, total| (self.progress)("applying", done, total);
        match apply::forward(journal, self.site, care, &progress) {
            Ok(()) => self.validate(journal, aside, restored),
            Err(failure) => {
                self.undo(journal, aside)?;
                Err(failure.undone())
            }
        }
    }

    /// From the moment when everything is in place.
    fn validate(
        &self,
        journal: &mut Journal,
        aside: &mut Aside,
        restored: &mut Restored,
    ) -> Result<(), RestoreError> {
        let progress = |done, total| (self.progress)("verifying", done, total);
        let proven = prove(journal, self.site, &progress);
        let proven = proven.and_then(|proven| {
            if proven.0.is_empty() && !journal.validate.is_empty() && journal.phase != Phase::Validating {
                journal.enter(Phase::Validating, self.site)?;
            }
            Ok(proven)
        });
        let (wrong, right) = match proven {
            Ok(proven) => proven,
            Err(failure) => {
                self.undo(journal, aside)?;
                return Err(failure.undone());
            }
        };
        restored.verified = right;
        if !wrong.is_empty() {
            restored.problems.extend(wrong.into_iter().map(|(path, words)| ("RBK-021", path, words)));
            return self.undo(journal, aside);
        }
        let total = journal.validate.len() as u64;
        for (done, step) in (1..).zip(&journal.validate) {
            (self.progress)("validating", done, total);
            let ended = (self.run)(step);
            let good = ended.good;
            if !good {
                let words = if ended.words.is_empty() { "it failed" } else { &ended.words };
                let words = format!("validation `{}`: {words}", step.name);
                restored.problems.push(("RBK-020", step.name.clone(), words));
            }
            restored.validation.push((step.clone(), ended));
            if !good {
                return self.undo(journal, aside);
            }
        }
        // A command that validates may have changed what it validates.
        if !journal.validate.is_empty() {
            let changed = match prove(journal, self.site, &progress) {
                Ok((changed, _)) => changed,
                Err(failure) => vec![(failure.path, failure.reason)],
            };
            let words = |words: String| format!("{words}, after the validation commands");
            restored.problems.extend(changed.into_iter().map(|(path, why)| ("RBK-021", path, words(why))));
        }
        match journal.enter(Phase::Committed, self.site) {
            Ok(()) => self.commit(journal, aside, restored),
            // Whether it stands on the disk is not known: as long as nothing was removed, both ways are open.
            Err(failure) => {
                self.undo(journal, aside)?;
                Err(failure.undone())
            }
        }
    }

    fn commit(
        &self,
        journal: &mut Journal,
        aside: &mut Aside,
        restored: &mut Restored,
    ) -> Result<(), RestoreError> {
        restored.done = true;
        finish::committed(journal, self.site, aside).map_err(Failure::pending)
    }

    /// Puts everything back. That the journal does not say so does not keep one from it: whoever reads it then would begin
    /// again, and come to one of both ends.
    fn undo(&self, journal: &mut Journal, aside: &mut Aside) -> Result<(), RestoreError> {
        let written = journal.phase;
        if journal.enter(Phase::Undoing, self.site).is_err() && written == Phase::Committed {
            // What says that everything is done may be on the disk, and would have what was put back removed.
            let reason = "the journal cannot be written";
            return Err(Failure::at(&self.site.journal(), reason).pending());
        }
        apply::backward(journal, self.site, aside).map_err(Failure::pending)?;
        let _ = journal.enter(Phase::Undone, self.site);
        finish::undone(journal, self.site, aside).map_err(Failure::pending)
    }
}

/// Tells of programs that have a protected file open.
fn tell_busy(order: &Order<'_>, site: &Site<'_>, restored: &mut Restored) {
    let protected = order
        .changes
        .paths
        .iter()
        .filter(|change| (change.class.config || change.class.security) && change.before.is_some());
    let targets: HashMap<PathBuf, String> = protected
        .map(|change| {
            let spot = super::site::Spot { path: change.path.clone(), git: false };
            (site.at(&spot), change.path.text().into_owned())
        })
        .collect();
    for (number, program, path) in open_by(&targets) {
        let words = format!("process {number} ({program}) has it open, and goes on with what it read");
        restored.problems.push(("RBK-023", path, words));
    }
}

/// Tells of what was put aside.
fn tell_aside(aside: &Aside, site: &Site<'_>, restored: &mut Restored) {
    restored.kept = aside.folder(site);
    for (path, to, why) in &aside.things {
        restored.problems.push(("RBK-022", path.clone(), format!("{why}; it lies in {to}")));
    }
}
