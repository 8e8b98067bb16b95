//! Removing points, and the packs that no other point needs.
//!
//! Whatever ends it, every manifest that is there has all its objects: manifests go first, and that is forced to the disk
//! before a pack is touched; a pack that is mostly waste goes only when what is needed of it stands, durably, in another.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::contents::Found;
use super::object::ENCRYPTED;
use super::packs::{Catalog, Making, names_in};
use super::{Listed, Pruned, Store, StoreError, io_error};
use crate::rollback::point::{ObjectId, PointId, Reason};
use crate::rollback::settings::Keep;

/// Safety points that stay, however old: the way back from the last restores.
const SAFETY: usize = 3;

impl Store {
    /// Removes points that `keep` does not cover, and what no other needs; never the newest, the newest complete one, the
    /// newest verified one, a pinned one, or one that cannot be read. Points that the user asked for and those that restores
    /// made are counted apart, of the latter three stay. With `plan` nothing is removed. The store must be locked.
    ///
    /// # Errors
    /// Something cannot be read or removed; what is left is sound.
    pub fn prune(&self, keep: Keep, now: Timestamp, plan: bool) -> Result<Pruned, StoreError> {
        let listed = self.list()?;
        let kept = decide(&listed, keep, now);
        let mut pruned = Pruned::default();
        for (listed, kept) in listed.into_iter().zip(kept) {
            if kept { &mut pruned.kept } else { &mut pruned.removed }.push(listed.id);
        }
        for id in &pruned.removed {
            let path = self.manifest_file(id);
            pruned.freed += path.symlink_metadata().map_or(0, |found| found.len());
            if !plan {
                self.disk.remove_file(&path).map_err(io_error(&path))?;
            }
        }
        if !plan {
            if !pruned.removed.is_empty() {
                let folder = self.folder.join("points");
                self.disk.sync_folder(&folder).map_err(io_error(&folder))?;
            }
            self.remove_marks(&pruned.kept)?;
        }
        match self.needed(&pruned.kept) {
            Ok(needed) => self.sweep(&needed, plan, &mut pruned)?,
            Err((id, error)) => pruned.notes.push(format!(
                "nothing was removed from the packs: what the point {id} needs is not known ({error})"
            )),
        }
        Ok(pruned)
    }

    /// Removes pins, marks of verification and places of points that are not there.
    fn remove_marks(&self, kept: &[PointId]) -> Result<(), StoreError> {
        for folder in ["pins", "verified", "after"] {
            let folder = self.folder.join(folder);
            for name in names_in(&folder)? {
                if name.parse::<PointId>().is_ok_and(|id| !kept.contains(&id)) {
                    let path = folder.join(name);
                    self.disk.remove_file(&path).map_err(io_error(&path))?;
                }
            }
        }
        Ok(())
    }

    /// The objects that points need, in order; or the point that cannot be read.
    fn needed(&self, kept: &[PointId]) -> Result<Vec<ObjectId>, (PointId, StoreError)> {
        let mut needed = Vec::new();
        for id in kept {
            let point = self.load(id).map_err(|error| (id.clone(), error))?;
            needed.extend(point.objects());
            // At once, so that no more is held than one point needs besides all before it.
            needed.sort_unstable();
            needed.dedup();
        }
        Ok(needed)
    }

    /// Removes packs without a needed object, and rewrites those of which less than half is needed.
    fn sweep(&self, needed: &[ObjectId], plan: bool, pruned: &mut Pruned) -> Result<(), StoreError> {
        let catalog = self.fresh_catalog()?;
        for (name, reason) in &catalog.broken {
            pruned.notes.push(format!("the pack {name} was left alone: {reason}"));
        }
        let is_needed = |id: &ObjectId| needed.binary_search(id).is_ok();
        let mut use_of = vec![0_u64; catalog.packs.len()];
        for located in catalog.objects() {
            if is_needed(&located.record.id)
                && let Some(bytes) = index(located.pack).and_then(|pack| use_of.get_mut(pack))
            {
                // An empty object needs its pack, too.
                *bytes += located.record.stored + 1;
            }
        }
        let mut gone = BTreeSet::new();
        let mut rewritten = BTreeSet::new();
        for (pack, (used, (_, length))) in (0_u32..).zip(use_of.iter().zip(&catalog.packs)) {
            if *used == 0 {
                gone.insert(pack);
            } else if used.saturating_mul(2) < *length {
                rewritten.insert(pack);
            }
        }
        self.spare_doubtful(&catalog, &is_needed, &mut rewritten, pruned);
        let before = |packs: &BTreeSet<u32>| -> u64 {
            let lengths = packs.iter().filter_map(|pack| catalog.packs.get(index(*pack)?));
            lengths.map(|(_, length)| *length).sum()
        };
        let all = before(&gone) + before(&rewritten);
        if plan {
            let stays = rewritten.iter().filter_map(|pack| use_of.get(index(*pack)?)).sum::<u64>();
            pruned.freed += all.saturating_sub(stays);
            return Ok(());
        }
        let written = self.rewrite(&catalog, &is_needed, &rewritten)?;
        gone.append(&mut rewritten);
        for (name, _) in gone.iter().filter_map(|pack| catalog.packs.get(index(*pack)?)) {
            let path = self.packs().join(name);
            self.disk.remove_file(&path).map_err(io_error(&path))?;
        }
        if !gone.is_empty() {
            let folder = self.packs();
            self.disk.sync_folder(&folder).map_err(io_error(&folder))?;
        }
        pruned.freed += all.saturating_sub(written);
        self.fresh_catalog().map(drop)
    }

    /// Takes packs out of those to be rewritten that have a needed object of which there are several copies, and none of
    /// which is known to be right: the key may be missing.
    fn spare_doubtful(
        &self,
        catalog: &Catalog,
        is_needed: &dyn Fn(&ObjectId) -> bool,
        rewritten: &mut BTreeSet<u32>,
        pruned: &mut Pruned,
    ) {
        let objects = catalog.objects();
        for copies in objects.chunk_by(|one, next| one.record.id == next.record.id) {
            let [first, _, ..] = copies else { continue };
            if is_needed(&first.record.id)
                && copies.iter().any(|copy| rewritten.contains(&copy.pack))
                && self.right_copy(catalog, first.record.id, &BTreeSet::new()).is_none()
            {
                for copy in copies {
                    rewritten.remove(&copy.pack);
                }
                pruned.notes.push(format!(
                    "packs that hold the object {} were left alone: which copy of it is right is not known",
                    first.record.id
                ));
            }
        }
    }

    /// A copy of an object that is right, not in one of the packs `but`.
    fn right_copy(&self, catalog: &Catalog, id: ObjectId, but: &BTreeSet<u32>) -> Option<Found> {
        let places = catalog.places(id).iter().filter(|place| !but.contains(&place.pack));
        let opened = places.filter_map(|place| self.open_place(catalog, place).ok());
        opened.into_iter().find(|found| {
            let is_encrypted = found.located.record.flags & ENCRYPTED != 0;
            let key = self.key.as_ref().filter(|_| is_encrypted);
            self.unpack(found, key, &mut std::io::sink()).is_ok()
        })
    }

    /// Puts what is needed of some packs into a new one, byte by byte as it is stored; the bytes of that.
    fn rewrite(
        &self,
        catalog: &Catalog,
        is_needed: &dyn Fn(&ObjectId) -> bool,
        rewritten: &BTreeSet<u32>,
    ) -> Result<u64, StoreError> {
        let mut making: Option<Making> = None;
        let objects = catalog.objects();
        for copies in objects.chunk_by(|one, next| one.record.id == next.record.id) {
            let Some(first) = copies.first() else { continue };
            let id = first.record.id;
            if !is_needed(&id) || !copies.iter().any(|copy| rewritten.contains(&copy.pack)) {
                continue;
            }
            let found = if copies.len() == 1 {
                self.open_place(catalog, first).map_err(io_error(&self.packs()))?
            } else if self.right_copy(catalog, id, rewritten).is_some() {
                continue;
            } else {
                self.right_copy(catalog, id, &BTreeSet::new()).ok_or(StoreError::Damaged(id))?
            };
            let into = match making.take() {
                Some(making) => making,
                None => Making::begin(&self.disk, &self.packs())?,
            };
            let into = making.insert(into);
            let offset = into.at();
            found.stored(|error| io_error(&self.packs())(error), |piece| into.put(piece))?;
            into.record(id, found.located.record.flags, offset, found.located.record.plain)?;
        }
        making.map_or(Ok(0), Making::finish)
    }
}

fn index(pack: u32) -> Option<usize> {
    usize::try_from(pack).ok()
}

/// Which of the points, oldest first, stay.
fn decide(listed: &[Listed], keep: Keep, now: Timestamp) -> Vec<bool> {
    let mut kept = vec![false; listed.len()];
    let (mut asked, mut safety) = (0_u64, 0);
    // Of each kind the newest stays: any, complete, verified; and the same of those that the user asked for.
    let mut newest = [false; 6];
    for (listed, kept) in listed.iter().zip(&mut kept).rev() {
        let Ok(head) = &listed.head else {
            *kept = true;
            continue;
        };
        let is_asked = head.reason != Reason::Safety;
        let kinds = [true, head.complete, listed.verified.is_some()];
        let kinds = kinds.into_iter().chain(kinds.map(|kind| kind && is_asked));
        for (kind, seen) in kinds.zip(&mut newest) {
            *kept |= kind && !*seen;
            *seen |= kind;
        }
        *kept |= listed.pinned || is_young(&head.created, keep.age, now);
        if is_asked {
            asked += 1;
            *kept |= asked <= u64::from(keep.count);
        } else {
            safety += 1;
            *kept |= safety <= SAFETY;
        }
    }
    kept
}

/// Whether something was made less than `age` ago. What is of the future, or of no time, is young.
fn is_young(created: &str, age: Duration, now: Timestamp) -> bool {
    let Ok(created) = created.parse::<Timestamp>() else { return true };
    let seconds = now.as_second().saturating_sub(created.as_second());
    u64::try_from(seconds).map_or(true, |seconds| seconds < age.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollback::store::Head;

    fn listed(day: u8, reason: Reason) -> Listed {
        let head = Head {
            name: None,
            created: format!("2026-11-{day:02}T00:00:00Z"),
            reason,
            commit: None,
            branch: None,
            complete: true,
            captured: 0,
            bytes: 0,
            encrypted: false,
        };
        let id = format!("202611{day:02}T000000Z-0123456789abcdef").parse().unwrap();
        Listed { id, head: Ok(head), pinned: false, verified: None }
    }

    fn kept(listed: &[Listed], count: u32, days: u64) -> Vec<u8> {
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        let keep = Keep { count, age: Duration::from_hours(24 * days) };
        let kept = decide(listed, keep, now);
        let day = |listed: &Listed| listed.id.as_str()[6..8].parse().unwrap();
        listed.iter().zip(kept).filter(|(_, kept)| *kept).map(|(listed, _)| day(listed)).collect()
    }

    #[test]
    fn what_stays_is_what_the_settings_say_and_what_is_never_pruned() {
        let mut points: Vec<Listed> = (1..=20).map(|day| listed(day, Reason::Asked)).collect();
        assert_eq!(kept(&points, 3, 0), [18, 19, 20]);
        assert_eq!(kept(&points, 0, 0), [20], "the newest");
        assert_eq!(kept(&points, 1, 3), [18, 19, 20], "the third day ends at noon");
        assert_eq!(kept(&points, 4, 2), [17, 18, 19, 20]);
        points[2].pinned = true;
        points[4].head = Err("damaged".to_owned());
        points[6].verified = Some("2026-11-08T00:00:00Z".to_owned());
        for point in &mut points[10..] {
            point.head.as_mut().unwrap().complete = false;
        }
        assert_eq!(kept(&points, 1, 0), [3, 5, 7, 10, 20]);
        points[19].head.as_mut().unwrap().created = "2031-01-01T00:00:00Z".to_owned();
        assert_eq!(kept(&points, 1, 1), [3, 5, 7, 10, 20]);
    }

    #[test]
    fn safety_points_are_counted_apart() {
        let mut points: Vec<Listed> = (1..=10).map(|day| listed(day, Reason::Asked)).collect();
        points.extend((11..=16).map(|day| listed(day, Reason::Safety)));
        assert_eq!(kept(&points, 2, 0), [9, 10, 14, 15, 16]);
        assert_eq!(kept(&points, 0, 0), [10, 14, 15, 16]);
    }
}
