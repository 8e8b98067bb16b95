//! What the members of an archive say, one after the other, and all of it put together at the end.

mod finish;
mod role;

use std::collections::BTreeSet;

use self::role::{Role, Standing};
use super::program::Inventory;
use crate::formats::declared::{self, Declared};
use crate::formats::entry_path;
use crate::formats::lockfile::{self, Kind, Lockfile, Script};
use crate::formats::os_release::{self, Distribution};
use crate::formats::package::{Origin, Package, Scope};
use crate::formats::package_metadata;

/// Largest member that names packages, in bytes, and how many bytes of them together are read.
const MOST_LISTED: u64 = 16 << 20;
const MOST_LISTED_IN_ALL: u64 = 256 << 20;
/// Largest program or archive within the archive that is looked into, in bytes, and how many bytes of them together.
const MOST_HELD: u64 = 64 << 20;
const MOST_HELD_IN_ALL: u64 = 8 << 30;
/// Smaller files are not looked at as programs: none with an inventory is.
const LEAST_PROGRAM: u64 = 64 << 10;
/// Most archives around a member.
const MOST_DEPTH: u8 = 2;
/// Most statements of what is missing; the rest is counted.
const MOST_MISSING: usize = 1000;
/// Most files that do not say what they are that are named.
const NAMED: usize = 5;

/// Archives that are looked into where they lie in another, all of them zip archives.
const ENTERED: &[&str] = &[".jar", ".war", ".ear", ".whl", ".nupkg", ".zip"];
/// Archives that are not.
const NOT_ENTERED: &[&str] = &[
    ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2", ".gem", ".crate", ".deb", ".rpm", ".apk",
    ".7z",
];

/// What to do with a member.
#[derive(Debug)]
pub(super) enum Want {
    /// Leave it.
    Nothing,
    /// Read it all and hand it to [`Gathered::add`].
    All,
    /// Read it all and look into it: it is a zip archive.
    Archive,
    /// Look into it if it is a program; or why that is not to be done then.
    IfProgram(Result<(), String>),
}

/// A lock file.
struct Lock {
    path: String,
    kind: Kind,
    file: Lockfile,
}

/// A package that says what it is.
struct Said {
    path: String,
    package: Package,
    asks: usize,
    kind: package_metadata::Kind,
    standing: Standing,
    depth: u8,
}

/// Files of which only some are named, and how many there are.
#[derive(Default)]
struct Sample {
    names: Vec<String>,
    count: u64,
}

impl Sample {
    fn add(&mut self, name: &str) {
        self.count += 1;
        if self.names.len() < NAMED {
            self.names.push(name.to_owned());
        }
    }

    /// `WORDS: a, b and 3 more`, if there are any.
    fn statement(&self, words: &str) -> Option<String> {
        let more = self.count - self.names.len() as u64;
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        (self.count > 0).then(|| format!("{words}: {}{more}", self.names.join(", ")))
    }
}

/// What was found so far.
pub(super) struct Gathered {
    /// The name of the artifact.
    name: String,
    /// The same in lower case.
    lower: String,
    locks: Vec<Lock>,
    said: Vec<Said>,
    /// Packages of programs, by the program.
    programs: Vec<(String, Vec<Package>)>,
    declared: Vec<(String, declared::Kind)>,
    scripts: Vec<(String, &'static Script)>,
    releases: Vec<(String, Distribution)>,
    links: Vec<(String, String)>,
    seen: BTreeSet<String>,
    missing: BTreeSet<String>,
    /// Statements beyond [`MOST_MISSING`].
    more_missing: u64,
    outside: BTreeSet<String>,
    untold_programs: Sample,
    untold_jars: Sample,
    closed_archives: Sample,
    /// How many packages had said what they are when an archive within the archive was entered.
    entered: Vec<usize>,
    listed: u64,
    held: u64,
}

impl Gathered {
    /// Nothing yet, of the artifact called `name`.
    pub(super) fn of(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            lower: name.to_ascii_lowercase(),
            locks: Vec::new(),
            said: Vec::new(),
            programs: Vec::new(),
            declared: Vec::new(),
            scripts: Vec::new(),
            releases: Vec::new(),
            links: Vec::new(),
            seen: BTreeSet::new(),
            missing: BTreeSet::new(),
            more_missing: 0,
            outside: BTreeSet::new(),
            untold_programs: Sample::default(),
            untold_jars: Sample::default(),
            closed_archives: Sample::default(),
            entered: Vec::new(),
            listed: 0,
            held: 0,
        }
    }

    /// Whether nothing in it named packages, not even in a way that was not understood.
    pub(super) fn is_empty(&self) -> bool {
        self.locks.is_empty()
            && self.said.is_empty()
            && self.programs.is_empty()
            && self.declared.is_empty()
            && self.scripts.is_empty()
            && self.missing.is_empty()
            && self.links.is_empty()
            && self.outside.is_empty()
            && self.untold_jars.count == 0
    }

    /// What to do with the file at `path` of `size` bytes, with `depth` archives around its own.
    pub(super) fn want(&mut self, path: &str, size: u64, depth: u8) -> Want {
        let Ok(normal) = entry_path::normalise(path) else {
            let name = path.rsplit('/').next().unwrap_or(path);
            if role::of(path, &self.lower, depth).is_some() || role::of(name, &self.lower, depth).is_some() {
                self.fail(path, "its path leads out of the archive: not read");
            }
            return Want::Nothing;
        };
        match role::of(&normal, &self.lower, depth) {
            Some(Role::Unreadable(reason)) => self.skip(&normal, reason),
            Some(_) if size > MOST_LISTED => self.fail(&normal, "larger than 16 MiB: not read"),
            Some(_) if self.listed + size > MOST_LISTED_IN_ALL => {
                self.fail(&normal, "more than 256 MiB of lists: not read");
            }
            Some(_) => {
                self.listed += size;
                return Want::All;
            }
            None => return self.want_unnamed(&normal, size, depth),
        }
        Want::Nothing
    }

    /// The same for a file whose name does not tell that it names packages.
    fn want_unnamed(&mut self, path: &str, size: u64, depth: u8) -> Want {
        let lower = path.to_ascii_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| lower.ends_with(ending));
        let fits = size <= MOST_HELD && self.held + size <= MOST_HELD_IN_ALL;
        if ends(ENTERED) && depth < MOST_DEPTH && fits {
            self.held += size;
            return Want::Archive;
        }
        if ends(ENTERED) || ends(NOT_ENTERED) {
            self.closed_archives.add(&printable(path));
            return Want::Nothing;
        }
        if size < LEAST_PROGRAM {
            return Want::Nothing;
        }
        if !fits {
            let reason = format!("a program of {} MiB; at most 64 MiB each are looked into", size >> 20);
            return Want::IfProgram(Err(reason));
        }
        // Counted for what turns out to be no program too: that is a bound on work.
        self.held += size;
        Want::IfProgram(Ok(()))
    }

    /// Takes the content of a file that was wanted.
    pub(super) fn add(&mut self, path: &str, content: &[u8], depth: u8) {
        let Ok(path) = entry_path::normalise(path) else { return };
        let Some(role) = role::of(&path, &self.lower, depth) else { return };
        if !self.seen.insert(path.clone()) {
            self.fail(&path, "stands in the archive twice; what is unpacked from it is not known");
            return;
        }
        match role {
            Role::Lock(kind) => self.lock(path, kind, content),
            Role::Declared(kind) => self.declaration(path, kind, content),
            Role::Metadata(kind, standing) => self.metadata(path, kind, standing, content, depth),
            Role::Release => match os_release::parse(content) {
                Ok(distribution) => {
                    let root = path.strip_suffix("etc/os-release");
                    let root = root.or_else(|| path.strip_suffix("usr/lib/os-release")).unwrap_or(&path);
                    self.releases.push((root.to_owned(), distribution));
                }
                Err(fault) => self.fail(&path, &fault.to_string()),
            },
            Role::Script => {
                if let Some(script) = Script::asking(&path, content).filter(|script| script.ships)
                    && role::aside(&path).is_none()
                {
                    self.scripts.push((path, script));
                }
            }
            Role::Unreadable(_) => {}
        }
    }

    fn lock(&mut self, path: String, kind: Kind, content: &[u8]) {
        if let Some(words) = role::aside(&path) {
            self.outside.insert(format!("{}, {words}", printable(&path)));
            return;
        }
        match lockfile::parse(kind, content) {
            Ok(file) => self.locks.push(Lock { path, kind, file }),
            Err(fault) => self.fail(&path, &fault.to_string()),
        }
    }

    fn declaration(&mut self, path: String, kind: declared::Kind, content: &[u8]) {
        if role::aside(&path).is_some() {
            return;
        }
        match declared::parse(kind, content) {
            Ok(read) if asks(&read) => self.declared.push((path, kind)),
            Ok(_) => {}
            Err(fault) => self.fail(&path, &fault.to_string()),
        }
    }

    fn metadata(
        &mut self,
        path: String,
        kind: package_metadata::Kind,
        standing: Standing,
        content: &[u8],
        depth: u8,
    ) {
        match package_metadata::parse(kind, content) {
            Some(read) => {
                let (package, asks) = (read.package, read.asks);
                if kind == package_metadata::Kind::Npm && standing == Standing::Own {
                    self.declaration(path.clone(), declared::Kind::Npm, content);
                }
                self.said.push(Said { path, package, asks, kind, standing, depth });
            }
            // Folders of packages hold files of that name that describe none, without a name or a version.
            None if kind == package_metadata::Kind::Npm && standing == Standing::Held => {}
            None => self.fail(&path, "does not tell a name and a version"),
        }
    }

    /// Takes what a program was built from.
    pub(super) fn add_program(&mut self, path: &str, inventory: Inventory) {
        if inventory.is_empty() {
            self.untold_programs.add(&printable(path));
            return;
        }
        self.programs.extend(inventory.lists.into_iter().map(|packages| (path.to_owned(), packages)));
        for reason in inventory.missing {
            self.fail(path, &reason);
        }
    }

    /// Says that an archive within the archive begins.
    pub(super) fn enter(&mut self) {
        self.entered.push(self.said.len());
    }

    /// Says that it has ended.
    pub(super) fn leave(&mut self, path: &str) {
        let before = self.entered.pop().unwrap_or_default();
        if self.said.len() == before && path.to_ascii_lowercase().ends_with(".jar") {
            self.untold_jars.add(&printable(path));
        }
    }

    /// Takes a link; a hard one names its target from the root of the archive.
    pub(super) fn link(&mut self, path: &str, target: &str, hard: bool) {
        let Ok(path) = entry_path::normalise(path) else { return };
        let is_list = matches!(role::of(&path, &self.lower, 0), Some(Role::Lock(_) | Role::Unreadable(_)));
        if is_list && self.links.len() < MOST_MISSING {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let target = if hard { join("", target) } else { join(folder, target) };
            self.links.push((path, target.unwrap_or_default()));
        }
    }

    /// Says that a member that may matter is not read.
    pub(super) fn skip(&mut self, path: &str, reason: &str) {
        let Ok(path) = entry_path::normalise(path) else { return };
        if role::of(&path, &self.lower, 0).is_some() && role::aside(&path).is_none() {
            self.fail(&path, reason);
        }
    }

    /// Says that a file that names packages could not be read.
    pub(super) fn fail(&mut self, path: &str, reason: &str) {
        self.miss(format!("{}: {reason}", printable(path)));
    }

    /// Says that something is missing.
    pub(super) fn miss(&mut self, statement: String) {
        if self.missing.len() < MOST_MISSING {
            self.missing.insert(statement);
        } else {
            self.more_missing += 1;
        }
    }
}

/// Whether a project file asks for packages that others made.
fn asks(declared: &Declared) -> bool {
    declared.dependencies.iter().any(|dependency| {
        !matches!(dependency.origin, Origin::Path(_) | Origin::Own)
            && !matches!(dependency.scope, Scope::Optional | Scope::Development)
    })
}

/// A path for people: control characters shown, and not endless.
fn printable(path: &str) -> String {
    path.chars()
        .take(300)
        .flat_map(|letter| {
            let escaped = letter.is_control().then(|| letter.escape_default());
            let plain = (!letter.is_control()).then_some(letter);
            escaped.into_iter().flatten().chain(plain)
        })
        .collect()
}

/// A path relative to a folder of the archive; none when it leads out of it.
fn join(folder: &str, target: &str) -> Option<String> {
    let from_root = target.strip_prefix('/');
    let mut parts: Vec<&str> = if from_root.is_some() {
        Vec::new()
    } else {
        folder.split('/').filter(|part| !part.is_empty()).collect()
    };
    for part in from_root.unwrap_or(target).split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
