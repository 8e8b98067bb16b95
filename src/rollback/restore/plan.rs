//! What a restore will do, worked out before anything is changed: every path looked at, every refusal said.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use super::journal::{Act, BESIDE, Folder, Journal, Lock, Operation, is_spot};
use super::look::{self, Print, lstat, meta_of, numbers, print};
use super::refs;
use super::site::{Failure, Site, Spot, Way, no_folder};
use super::{Change, Content, Order, Thing};
use crate::host::disk::Description;
use crate::rollback::point::{Contents, Meta, ObjectId, RawPath, Repository, Source, State, What, is_state};

/// Where what is staged comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Supply<'a> {
    /// Nothing is staged.
    Nothing,
    /// An empty folder.
    Folder,
    /// An object of the store.
    Object(ObjectId),
    /// A blob of a repository.
    Blob { repository: &'a RawPath, oid: &'a str },
    /// Contents that Git LFS keeps in a repository, by their SHA-256 (hex).
    Lfs { repository: &'a RawPath, sha256: &'a str },
    /// A link and its target.
    Link(&'a RawPath),
    /// A link whose target is a blob.
    LinkBlob { repository: &'a RawPath, oid: &'a str },
    /// These bytes.
    Bytes(Vec<u8>),
}

/// Something that is to be at a path.
#[derive(Debug)]
pub(super) struct Want<'a> {
    pub(super) at: Spot,
    pub(super) supply: Supply<'a>,
    /// What it is to be besides its bytes; as a new file or folder is when none.
    pub(super) meta: Option<Meta>,
    pub(super) size: u64,
    /// Whether only mode, owner and time differ.
    pub(super) same: bool,
    /// Whether what is there is put aside at the end.
    pub(super) keep: bool,
}

/// What will be done, and where what is staged comes from, for each operation.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) journal: Journal,
    pub(super) supplies: Vec<(Supply<'a>, Option<Meta>)>,
}

/// Works it out.
pub(super) fn plan<'a>(order: &Order<'a>, site: &Site<'_>) -> Result<Plan<'a>, Failure> {
    let id = free_id(order, site)?;
    let journal = Journal::new(
        id,
        order.id.clone(),
        order.safety.clone(),
        RawPath::of(order.place.root),
        site.number()?,
    );
    let mut planner = Planner {
        site,
        journal,
        supplies: Vec::new(),
        devices: HashMap::new(),
        needs: Vec::new(),
        folders: BTreeMap::new(),
        changed: order.changes.paths.iter().map(|change| &change.path).collect(),
    };
    planner.devices.insert(device_of_own(site)?, 0);
    let mut locks = BTreeSet::new();
    let mut wants: BTreeMap<Spot, (Want<'a>, Option<&'a Thing>)> = BTreeMap::new();
    for change in &order.changes.paths {
        let at = spot(change, order)?;
        if let Some(repository) = repository_of(change, &at, order) {
            locks.insert(git_spot(&repository.git_dir, b"index.lock"));
        }
        wants.insert(at.clone(), (want(change, at, order.exact), change.before.as_ref()));
    }
    let (refs, more) = refs::wants(order, site)?;
    locks.extend(more);
    for want in refs {
        wants.insert(want.at.clone(), (want, None));
    }
    add_parents(&mut wants, site)?;
    let folders: BTreeSet<Spot> = wants
        .values()
        .filter(|(want, _)| want.supply == Supply::Folder)
        .map(|(want, _)| want.at.clone())
        .collect();
    let mut going = Vec::new();
    let mut coming = Vec::new();
    for (at, (want, before)) in wants {
        let present = match site.way(&at)? {
            Way::Whole => print(&site.at(&at)).map_err(|error| Failure::of(&at.path, error))?,
            Way::Blocked(folder) if !folders.contains(&folder) => return Err(no_folder(&folder)),
            Way::Missing(_) | Way::Blocked(_) => Print::Absent {},
        };
        check_before(&at, before, &present, &order.now.point.contents)?;
        let known = before.is_some() || at.git;
        match planner.operation(want, present, known)? {
            Some(made) if matches!(made.0.new, Print::Absent {}) => going.push(made),
            Some(made) => coming.push(made),
            None => {}
        }
    }
    // What goes makes room first, from the inside outwards; what comes begins at the outside, and what git reads comes last.
    going.reverse();
    coming.sort_by(|one, other| (one.0.at.git, &one.0.at).cmp(&(other.0.at.git, &other.0.at)));
    for (number, (mut operation, supply, meta)) in (0..).zip(going.into_iter().chain(coming)) {
        operation.number = number;
        planner.touch(&operation, order.then)?;
        planner.journal.operations.push(operation);
        planner.supplies.push((supply, meta));
    }
    planner.lock(locks)?;
    planner.check_room()?;
    let Planner { mut journal, supplies, folders, .. } = planner;
    journal.folders = folders.into_values().collect();
    journal.validate = order.validate.to_vec();
    Ok(Plan { journal, supplies })
}

/// A name for the restore that nothing has yet.
fn free_id(order: &Order<'_>, site: &Site<'_>) -> Result<String, Failure> {
    for number in 1..1_000 {
        let id = if number == 1 { order.safety.to_string() } else { format!("{}-{number}", order.safety) };
        let taken = ["restoring", "kept"].iter().any(|kind| {
            // What cannot be looked at cannot be made either.
            site.own().join(kind).join(&id).symlink_metadata().is_ok()
        });
        if !taken {
            return Ok(id);
        }
    }
    Err(Failure::at(&site.own().join("kept"), "it holds too much that earlier restores put aside: remove it"))
}

/// Number of the file system that things are staged on beside the tree.
fn device_of_own(site: &Site<'_>) -> Result<u64, Failure> {
    let own = site.own();
    for folder in own.ancestors() {
        if let Some(found) = lstat(folder).map_err(|error| Failure::at(folder, error))? {
            if !found.is_dir() {
                return Err(Failure::at(folder, "this should be a folder"));
            }
            return Ok(numbers(&found).0);
        }
    }
    Err(Failure::at(site.root, "it is not there"))
}

/// A file of a git directory.
pub(super) fn git_spot(folder: &RawPath, name: &[u8]) -> Spot {
    Spot { path: folder.join(name), git: true }
}

/// Where a change is, if it may be there at all.
fn spot(change: &Change, order: &Order<'_>) -> Result<Spot, Failure> {
    let bad = |reason: &str| Err(Failure::of(&change.path, reason));
    if change.class.source == Source::Git {
        let found =
            order.now.point.repositories.iter().any(|repository| {
                below(&change.path, &repository.git_dir).is_some_and(|rest| is_state(&rest))
            });
        if !found {
            return bad(
                "its repository is not here: bring it back first (for a submodule `git submodule update --init`)",
            );
        }
        return Ok(Spot { path: change.path.clone(), git: true });
    }
    let at = Spot { path: change.path.clone(), git: false };
    let outside = change.class.source == Source::Outside;
    if !is_spot(&at) || outside != change.path.is_absolute() {
        return bad("nothing is restored there: it does not stay where files of this kind lie");
    }
    Ok(at)
}

/// What follows a folder in a path.
fn below(path: &RawPath, folder: &RawPath) -> Option<RawPath> {
    let rest = path.bytes().strip_prefix(folder.bytes())?.strip_prefix(b"/")?;
    Some(RawPath::from_bytes(rest))
}

/// The repository whose lock keeps git from a path meanwhile.
fn repository_of<'o>(change: &Change, at: &Spot, order: &Order<'o>) -> Option<&'o Repository> {
    let all = &order.now.point.repositories;
    match change.class.source {
        Source::Git => all.iter().find(|one| at.path.lies_in(&one.git_dir)),
        Source::Tracked => {
            let around = all.iter().filter(|one| at.path.lies_in(&one.path));
            around.max_by_key(|one| one.path.bytes().len())
        }
        Source::Untracked | Source::Ignored | Source::Outside => None,
    }
}

/// What a change wants.
fn want(change: &Change, at: Spot, exact: bool) -> Want<'_> {
    let Some(after) = &change.after else {
        let keep = !exact && !change.in_git && !at.git;
        return Want { at, supply: Supply::Nothing, meta: None, size: 0, same: false, keep };
    };
    let supply = match &after.content {
        Content::Object(id) => Supply::Object(*id),
        Content::Blob { repository, oid } => Supply::Blob { repository, oid },
        Content::Lfs { repository, sha256 } => Supply::Lfs { repository, sha256 },
        Content::Link(target) => Supply::Link(target),
        Content::LinkBlob { repository, oid } => Supply::LinkBlob { repository, oid },
        Content::Folder => Supply::Folder,
    };
    let same = change.before.as_ref().is_some_and(|before| before.content == after.content);
    Want { at, supply, meta: Some(after.meta), size: after.size, same, keep: false }
}

/// Adds the folders that are missing above what is wanted, and that nothing asks for by itself.
fn add_parents<'a>(
    wants: &mut BTreeMap<Spot, (Want<'a>, Option<&'a Thing>)>,
    site: &Site<'_>,
) -> Result<(), Failure> {
    let mut missing = BTreeSet::new();
    for (at, (want, _)) in wants.iter() {
        if want.supply == Supply::Nothing {
            continue;
        }
        if let Way::Missing(first) | Way::Blocked(first) = site.way(at)? {
            let above = at.above().into_iter().filter(|folder| folder.path.lies_in(&first.path));
            missing.extend(above.filter(|folder| !wants.contains_key(folder)));
        }
    }
    for at in missing {
        // What is there and no folder is not replaced because something is wanted below it.
        if lstat(&site.at(&at)).map_err(|error| Failure::of(&at.path, error))?.is_none() {
            let want = Want {
                at: at.clone(),
                supply: Supply::Folder,
                meta: None,
                size: 0,
                same: false,
                keep: false,
            };
            wants.insert(at, (want, None));
        }
    }
    Ok(())
}

/// Sees that what is there is what the safety point has: only that can be got back.
fn check_before(
    at: &Spot,
    before: Option<&Thing>,
    present: &Print,
    contents: &Contents,
) -> Result<(), Failure> {
    let Some(before) = before else { return Ok(()) };
    let unchanged = |size: u64, meta: &Meta| {
        let (was, is) = (before.meta, meta);
        size == before.size && (was.seconds, was.nanoseconds) == (is.seconds, is.nanoseconds)
    };
    let matches = match (&before.content, present) {
        (Content::Folder, Print::Folder { .. }) | (Content::LinkBlob { .. }, Print::Link { .. }) => true,
        (Content::Link(was), Print::Link { target }) => was == target,
        (Content::Object(was), Print::File { sha256, size, meta }) => match contents {
            Contents::Plain {} => was == sha256,
            Contents::Encrypted { .. } => unchanged(*size, meta),
        },
        (Content::Blob { .. }, Print::File { size, meta, .. }) => unchanged(*size, meta),
        _ => false,
    };
    if matches {
        Ok(())
    } else {
        Err(Failure::of(
            &at.path,
            "it changed after the safety point was made: end what writes there, and try again",
        ))
    }
}

/// What is being worked out.
struct Planner<'p, 'a> {
    site: &'p Site<'p>,
    journal: Journal,
    supplies: Vec<(Supply<'a>, Option<Meta>)>,
    /// Slots by file system.
    devices: HashMap<u64, usize>,
    /// Bytes that are staged in each.
    needs: Vec<u64>,
    folders: BTreeMap<Spot, Folder>,
    /// Paths that something happens to: no slots are made in there.
    changed: BTreeSet<&'a RawPath>,
}

impl<'a> Planner<'_, 'a> {
    /// The operation that makes what is wanted of what is there; none when nothing is to be done but to describe a folder.
    fn operation(
        &mut self,
        want: Want<'a>,
        present: Print,
        known: bool,
    ) -> Result<Option<(Operation, Supply<'a>, Option<Meta>)>, Failure> {
        let Want { at, supply, meta, size, same, keep } = want;
        let (act, new) = match (&supply, &present) {
            (Supply::Nothing, Print::Absent {}) => return Ok(None),
            (Supply::Nothing, Print::Folder { .. }) => (Act::Clear, Print::Absent {}),
            (Supply::Nothing, _) => (Act::Swap, Print::Absent {}),
            (Supply::Folder, Print::Folder { meta: old }) => {
                let new = meta.map(|wanted| look::description(old, &wanted));
                self.folders.insert(at.clone(), Folder { at, old: Some(*old), new });
                return Ok(None);
            }
            // A link has no mode, and its time says nothing.
            (_, Print::Link { .. }) if same => return Ok(None),
            (_, Print::File { sha256, size, .. }) if same => {
                (Act::Describe, Print::File { sha256: *sha256, size: *size, meta: meta.unwrap_or_default() })
            }
            (Supply::Folder, _) => (Act::Swap, Print::Folder { meta: meta.unwrap_or_default() }),
            // Known when it is staged.
            _ => (Act::Swap, Print::Other {}),
        };
        let slot = if act == Act::Describe { 0 } else { self.slot(&at)? };
        if act == Act::Swap
            && let Some(need) = self.needs.get_mut(slot)
        {
            *need = need.saturating_add(size);
        }
        // What no point knows of is not thrown away.
        // A folder goes only when nothing is in it.
        let keep = (keep && act != Act::Clear)
            || (!known && !matches!(present, Print::Absent {} | Print::Folder { .. }));
        let operation = Operation { at, act, slot, number: 0, old: present, new, keep };
        Ok(Some((operation, supply, meta)))
    }

    /// The folder that something is staged in: on the file system of the place where it will be.
    fn slot(&mut self, at: &Spot) -> Result<usize, Failure> {
        let folder = |spot: &Spot| -> Result<Option<u64>, Failure> {
            let found = lstat(&self.site.at(spot)).map_err(|error| Failure::of(&spot.path, error))?;
            Ok(found.filter(std::fs::Metadata::is_dir).map(|found| numbers(&found).0))
        };
        let base = at.with(RawPath::from_bytes(if at.path.is_absolute() { b"/" } else { b"" }));
        let mut above = at.above();
        above.push(base);
        if let Way::Missing(first) | Way::Blocked(first) = self.site.way(at)? {
            above.retain(|spot| !spot.path.lies_in(&first.path));
        }
        let mut above = above.into_iter();
        let Some(mut best) = above.next() else { return Ok(0) };
        let device = folder(&best)?.ok_or_else(|| Failure::of(&best.path, "this should be a folder"))?;
        if let Some(slot) = self.devices.get(&device) {
            while self.needs.len() <= *slot {
                self.needs.push(0);
            }
            return Ok(*slot);
        }
        for spot in above {
            if !self.changed.contains(&best.path) || folder(&spot)? != Some(device) {
                break;
            }
            best = spot;
        }
        let name = format!("{BESIDE}{}", self.journal.id);
        let slot = self.journal.slots.len();
        self.journal.slots.push(best.with(best.path.join(name.as_bytes())));
        self.devices.insert(device, slot);
        while self.needs.len() <= slot {
            self.needs.push(0);
        }
        Ok(slot)
    }

    /// Notes the folders that an operation touches: their mode may keep one from working in them, and their time changes.
    fn touch(&mut self, operation: &Operation, then: &State) -> Result<(), Failure> {
        let at = &operation.at;
        if operation.act == Act::Describe {
            return Ok(());
        }
        match (&operation.old, &operation.new) {
            (Print::Folder { meta }, _) => {
                self.folders.insert(at.clone(), Folder { at: at.clone(), old: Some(*meta), new: None });
            }
            (_, Print::Folder { meta }) if *meta != Meta::default() => {
                let new = Some(look::description(meta, meta));
                self.folders.insert(at.clone(), Folder { at: at.clone(), old: None, new });
            }
            _ => {}
        }
        let Some(parent) = at.path.parent().map(|path| at.with(path)) else { return Ok(()) };
        if self.folders.contains_key(&parent) {
            return Ok(());
        }
        let found = lstat(&self.site.at(&parent)).map_err(|error| Failure::of(&parent.path, error))?;
        let Some(old) = found.filter(std::fs::Metadata::is_dir).map(|found| meta_of(&found)) else {
            return Ok(());
        };
        let modified = folder_of(then, &parent.path).map(|meta| (meta.seconds, meta.nanoseconds));
        let new = Some(Description { mode: Some(old.mode), owner: None, modified });
        self.folders.insert(parent.clone(), Folder { at: parent, old: Some(old), new });
        Ok(())
    }

    /// Plans to hold locks of git's.
    fn lock(&mut self, locks: BTreeSet<Spot>) -> Result<(), Failure> {
        let count = self.journal.operations.len() as u64;
        for (number, at) in (count..).zip(locks) {
            let path = self.site.at(&at);
            if self.site.way(&at)? != Way::Whole {
                continue;
            }
            if lstat(&path).map_err(|error| Failure::at(&path, error))?.is_some() {
                return Err(held(&path));
            }
            let slot = self.slot(&at)?;
            self.journal.locks.push(Lock { at, slot, number });
        }
        Ok(())
    }

    /// Sees that there is room for what is staged.
    fn check_room(&self) -> Result<(), Failure> {
        for (slot, need) in self.journal.slots.iter().zip(&self.needs) {
            let folder = self.site.folder(slot);
            let there = folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(self.site.root);
            match look::room(there) {
                Some(room) if room < *need => {
                    let reason = format!(
                        "{need} bytes are needed beside what is there, and {room} are free: make room"
                    );
                    return Err(Failure::at(there, reason));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Why nothing is done while git works.
pub(super) fn held(lock: &Path) -> Failure {
    Failure::at(
        lock,
        "git is at work in this repository: wait for its end. If none is, remove this file and try again",
    )
}

/// What a state says of a folder.
fn folder_of<'s>(state: &'s State, path: &RawPath) -> Option<&'s Meta> {
    use crate::rollback::point::Origin;
    let listed = state.unchanged.binary_search_by(|item| item.path.cmp(path)).ok();
    if let Some(item) = listed.and_then(|at| state.unchanged.get(at)) {
        return (item.origin == Origin::Folder).then_some(&item.meta);
    }
    let at = state.point.entries.binary_search_by(|entry| entry.path.cmp(path)).ok()?;
    let entry = state.point.entries.get(at)?;
    matches!(entry.what, What::Folder {}).then_some(&entry.meta)
}
