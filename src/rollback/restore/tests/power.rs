//! Power fails at every operation of a restore: what was not forced to the disk is gone, or was written in part. What the
//! disk held then is built anew, and a recovery brings it to one of both states.
//!
//! The restore runs once, on a real folder that is looked at before each operation. From what differs between two looks it
//! is known what an operation did: which names it changed (as one step: a rename is whole or not there at all), and which
//! bytes and modes it wrote. A name lasts once one of the folders of its step, and bytes and modes last once their file, was
//! forced to the disk, or all of the file system was. Of the rest nothing survives, or what a number drawn by lot says.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::*;
use crate::host::disk::Operation;

/// What a file, a link or a folder holds besides names.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Body {
    /// Bytes of a file, target of a link; none of a folder.
    bytes: Option<Vec<u8>>,
    link: bool,
    mode: u32,
    time: (i64, i64),
}

type Number = u64;
/// A name in a folder.
type Name = (Number, Vec<u8>);

/// What is there at one moment.
#[derive(Clone, Debug, Default)]
struct Look {
    names: BTreeMap<Name, Number>,
    bodies: BTreeMap<Number, Body>,
    top: Number,
}

/// Names that one operation changed: what each led to before, and after.
#[derive(Clone, Debug)]
struct Event {
    changes: Vec<(Name, Option<Number>, Option<Number>)>,
    lasts: bool,
}

/// The disk as it would be found again.
struct Simulation {
    top: PathBuf,
    /// What all began with, and lasts.
    first: Look,
    live: Look,
    events: Vec<Event>,
    /// Bodies that last.
    bodies: BTreeMap<Number, Body>,
    pending: Option<(Operation, PathBuf)>,
    /// Keeps numbers from being given again.
    held: Vec<OwnedFd>,
    known: BTreeSet<Number>,
    /// What each moment would leave, without anything that is not sure to last, and by lot.
    images: Vec<(String, Look)>,
    draws: u64,
}

impl Simulation {
    fn new(top: &Path) -> Self {
        let mut this = Self {
            top: top.to_owned(),
            first: Look::default(),
            live: Look::default(),
            events: Vec::new(),
            bodies: BTreeMap::new(),
            pending: None,
            held: Vec::new(),
            known: BTreeSet::new(),
            images: Vec::new(),
            draws: 0x9e37_79b9_7f4a_7c15,
        };
        this.first = this.look();
        this.live = this.first.clone();
        this.bodies = this.first.bodies.clone();
        this
    }

    fn look(&mut self) -> Look {
        let mut look = Look { top: self.top.symlink_metadata().unwrap().ino(), ..Look::default() };
        let top = self.top.clone();
        self.enter(&top, &mut look);
        look
    }

    fn enter(&mut self, path: &Path, look: &mut Look) -> Number {
        use rustix::fs::{CWD, Mode, OFlags, openat};
        use std::os::unix::ffi::OsStrExt as _;
        let found = path.symlink_metadata().unwrap();
        let number = found.ino();
        if self.known.insert(number) {
            self.held.push(openat(CWD, path, OFlags::PATH | OFlags::NOFOLLOW, Mode::empty()).unwrap());
        }
        let bytes = if found.is_symlink() {
            Some(path.read_link().unwrap().as_os_str().as_bytes().to_vec())
        } else if found.is_dir() {
            None
        } else {
            Some(std::fs::read(path).unwrap())
        };
        // A folder gets its time from what comes and goes in it; nobody asks for it.
        let time = if bytes.is_some() { (found.mtime(), found.mtime_nsec()) } else { (0, 0) };
        let body = Body { bytes, link: found.is_symlink(), mode: found.mode() & 0o7777, time };
        look.bodies.insert(number, body);
        if found.is_dir() {
            for entry in std::fs::read_dir(path).unwrap() {
                let entry = entry.unwrap();
                let below = self.enter(&entry.path(), look);
                look.names.insert((number, entry.file_name().as_bytes().to_vec()), below);
            }
        }
        number
    }

    /// What the operation did that was announced before.
    fn settle(&mut self) {
        let now = self.look();
        let names: BTreeSet<&Name> = now.names.keys().chain(self.live.names.keys()).collect();
        let changes: Vec<_> = names
            .into_iter()
            .map(|name| (name.clone(), self.live.names.get(name).copied(), now.names.get(name).copied()))
            .filter(|(_, before, after)| before != after)
            .collect();
        if !changes.is_empty() {
            self.events.push(Event { changes, lasts: false });
        }
        self.live = now;
        let Some((operation, path)) = self.pending.take() else { return };
        let number = path.symlink_metadata().map(|found| found.ino());
        match (operation, number) {
            (Operation::SyncAll, _) => {
                self.events.iter_mut().for_each(|event| event.lasts = true);
                self.bodies.extend(self.live.bodies.clone());
            }
            (Operation::SyncFolder, Ok(number)) => {
                for event in &mut self.events {
                    event.lasts |= event.changes.iter().any(|((folder, _), ..)| *folder == number);
                }
                self.bodies.insert(number, self.live.bodies[&number].clone());
            }
            (Operation::SyncFile, Ok(number)) => {
                self.bodies.insert(number, self.live.bodies[&number].clone());
            }
            _ => {}
        }
    }

    fn draw(&mut self) -> u64 {
        // xorshift64*, Vigna 2016.
        self.draws ^= self.draws >> 12;
        self.draws ^= self.draws << 25;
        self.draws ^= self.draws >> 27;
        self.draws.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32
    }

    /// What would be left if the power failed now.
    fn image(&mut self, by_lot: bool) -> Look {
        let mut image = Look { names: self.first.names.clone(), top: self.first.top, ..Look::default() };
        for at in 0..self.events.len() {
            let survives = self.events[at].lasts || (by_lot && self.draw().is_multiple_of(2));
            let changes = &self.events[at].changes;
            let fits = changes.iter().all(|(name, before, _)| image.names.get(name).copied() == *before);
            if survives && fits {
                for (name, _, after) in changes {
                    match after {
                        Some(number) => image.names.insert(name.clone(), *number),
                        None => image.names.remove(name),
                    };
                }
            }
        }
        let numbers: BTreeSet<Number> = image.names.values().copied().chain([image.top]).collect();
        for number in numbers {
            let lasting = self.bodies.get(&number).cloned();
            let live = self.live.bodies.get(&number).cloned();
            let chance = if by_lot { self.draw() % 3 } else { 0 };
            let body = match (lasting, live) {
                (lasting, Some(live)) if chance == 1 => {
                    // Half of what was written.
                    let was = lasting.and_then(|body| body.bytes).unwrap_or_default();
                    let same = live.bytes.as_ref().is_none_or(|bytes| *bytes == was) || live.link;
                    let half = live.bytes.as_ref().map(|bytes| bytes[..bytes.len() / 2].to_vec());
                    Body { bytes: if same { live.bytes.clone() } else { half }, ..live }
                }
                (_, Some(live)) if chance == 2 => live,
                (Some(lasting), _) => lasting,
                // A name that lasts, of a file whose bytes do not. What a link leads to is written with it.
                (None, Some(live)) if live.link || live.bytes.is_none() => live,
                (None, Some(live)) => Body { bytes: Some(Vec::new()), ..live },
                (None, None) => continue,
            };
            image.bodies.insert(number, body);
        }
        image
    }

    fn before(&mut self, operation: Operation, path: &Path) {
        self.settle();
        let count = self.images.len();
        for by_lot in [false, true, true] {
            let image = self.image(by_lot);
            let kind = if by_lot { "by lot" } else { "lost" };
            self.images
                .push((format!("before {operation:?} of {} ({kind}, {count})", path.display()), image));
        }
        self.pending = Some((operation, path.to_owned()));
    }
}

/// Builds what the disk held. The tree's folder has another number than before; the journal is told so.
fn rebuild(image: &Look, at: Number, path: &Path, numbers: &mut BTreeMap<Number, Number>) {
    use std::os::unix::ffi::OsStrExt as _;
    std::fs::create_dir_all(path).unwrap();
    numbers.insert(at, path.symlink_metadata().unwrap().ino());
    let inside = image.names.range((at, Vec::new())..).take_while(|((folder, _), _)| *folder == at);
    for ((_, name), number) in inside {
        let Some(body) = image.bodies.get(number) else { continue };
        let path = path.join(std::ffi::OsStr::from_bytes(name));
        match &body.bytes {
            None => rebuild(image, *number, &path, numbers),
            Some(target) if body.link => {
                std::os::unix::fs::symlink(std::ffi::OsStr::from_bytes(target), &path).unwrap();
            }
            Some(bytes) => {
                let mut file = std::fs::File::create(&path).unwrap();
                std::io::Write::write_all(&mut file, bytes).unwrap();
                file.set_permissions(std::fs::Permissions::from_mode(body.mode)).unwrap();
                let since = std::time::Duration::new(
                    u64::try_from(body.time.0).unwrap(),
                    u32::try_from(body.time.1).unwrap(),
                );
                file.set_modified(std::time::UNIX_EPOCH + since).unwrap();
            }
        }
    }
    if let Some(body) = image.bodies.get(&at) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(body.mode)).unwrap();
    }
}

/// What a journal knows a tree by.
fn known_by(tree: &Path) -> u64 {
    site::Site::new(Place { root: tree, outside: None }, &Disk::real()).number().unwrap()
}

/// Writes the number that the tree's folder has now into the journal.
fn renumber(top: &Path, old: u64, new: u64) {
    let path = top.join("tree").join(JOURNAL);
    let Ok(text) = std::fs::read_to_string(&path) else { return };
    let told = text.replace(&format!("\"tree\":{old},"), &format!("\"tree\":{new},"));
    std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), told.as_bytes()).unwrap();
}

#[test]
fn power_that_fails_leaves_one_of_both_states() {
    let (mut points, mut new) = (0, 0);
    for world in [World::whole(), World { good: false, ..World::whole() }] {
        let folder = place(&world);
        let simulation = Arc::new(Mutex::new(Simulation::new(folder.path())));
        let watching = Arc::clone(&simulation);
        let disk = Disk::watched(move |operation, path| {
            watching.lock().unwrap().before(operation, path);
            Ok(())
        });
        world.restore(folder.path(), &disk).unwrap();
        let mut simulation = simulation.lock().unwrap();
        simulation.before(Operation::Write, Path::new("nothing more"));
        let inode = folder.path().join("tree").symlink_metadata().unwrap().ino();
        let tree = known_by(&folder.path().join("tree"));
        for (context, image) in &simulation.images {
            let again = workplace();
            let mut numbers = BTreeMap::new();
            rebuild(image, image.top, again.path(), &mut numbers);
            assert!(numbers.contains_key(&inode), "the tree itself is there");
            renumber(again.path(), tree, known_by(&again.path().join("tree")));
            if let Err(error) = world.recover(again.path(), &Disk::real()) {
                panic!("{context}: {error}");
            }
            new += usize::from(judge(&world, again.path(), context));
            points += 1;
        }
    }
    println!("restore under failing power: {points} points tried, {new} ended in the new state");
}
