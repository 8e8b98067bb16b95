//! Git bundles, the repositories of the tree, and whether the two together have what a point needs.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::Order;
use super::problems::{Problems, TREE};
use crate::rollback::point::{Origin, Point, RawPath, Repository, State};
use crate::rollback::tree::{self, Place};

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Repositories that are there, by path.
    pub(super) repositories: BTreeMap<RawPath, Place>,
    /// Bundles that were read and are right, and their bytes.
    pub(super) bundles: u64,
    pub(super) bytes: u64,
    /// Repositories that have all although their bundles are no good.
    pub(super) in_repository: Vec<String>,
    /// What bundles have to bring back: where to, and the bytes of these.
    pub(super) missing: Option<(PathBuf, u64)>,
}

pub(super) fn look(order: &Order<'_>, state: &State, problems: &mut Problems) -> Found {
    let mut found = Found::default();
    let repositories = &state.point.repositories;
    let mut wanted = wanted(state);
    for (at, repository) in repositories.iter().enumerate() {
        (order.progress)("repositories", at as u64, repositories.len() as u64);
        let place = order.root.and_then(|root| match there(root, repository) {
            Ok(place) => Some(place),
            Err(words) => {
                problems.add("RBK-007", &repository.path, &words);
                None
            }
        });
        let needs = wanted.remove(&repository.path).unwrap_or_default();
        judge(order, &state.point, repository, place.as_ref(), &needs, problems, &mut found);
        found.repositories.extend(place.map(|place| (repository.path.clone(), place)));
    }
    found
}

/// Objects that a repository has to have for the point.
#[derive(Debug, Default)]
struct Wanted {
    /// What refs and the head lead to, and blobs of unchanged files.
    own: BTreeSet<String>,
    /// The commit that the repository above records.
    recorded: Option<String>,
}

fn wanted(state: &State) -> BTreeMap<RawPath, Wanted> {
    let repositories = &state.point.repositories;
    let mut all: BTreeMap<RawPath, Wanted> = BTreeMap::new();
    for repository in repositories {
        let one = all.entry(repository.path.clone()).or_default();
        one.own.extend(repository.refs.iter().map(|(_, oid)| oid.clone()));
        one.own.extend(repository.head.commit().map(str::to_owned));
    }
    for (path, commit) in repositories.iter().flat_map(|repository| &repository.submodules) {
        if let Some(one) = all.get_mut(path) {
            one.recorded = Some(commit.clone());
        }
    }
    let folders: HashSet<&[u8]> = repositories.iter().map(|repository| repository.path.bytes()).collect();
    for item in &state.unchanged {
        let (Origin::Blob(oid) | Origin::LinkBlob(oid)) = &item.origin else { continue };
        let owner = owner(&folders, item.path.bytes());
        if let Some(one) = all.get_mut(&RawPath::from_bytes(owner)) {
            one.own.insert(oid.clone());
        }
    }
    all
}

/// The deepest of some folders that a path lies in; the empty one when there is none.
fn owner<'p>(folders: &HashSet<&[u8]>, path: &'p [u8]) -> &'p [u8] {
    let mut rest = path;
    while let Some(at) = rest.iter().rposition(|byte| *byte == b'/') {
        rest = rest.get(..at).unwrap_or_default();
        if folders.contains(rest) {
            return rest;
        }
    }
    &[]
}

/// The repository as it is now.
fn there(root: &Path, repository: &Repository) -> Result<Place, String> {
    let mut work = root.to_owned();
    for part in repository.path.bytes().split(|byte| *byte == b'/').filter(|part| !part.is_empty()) {
        work.push(RawPath::from_bytes(part).to_path());
        match work.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => return Err(format!("{} is no folder", work.display())),
            Err(_) => return Err("its folder is not there".to_owned()),
        }
    }
    tree::place(&work)?.ok_or_else(|| "it has no git directory".to_owned())
}

fn judge(
    order: &Order<'_>,
    point: &Point,
    repository: &Repository,
    place: Option<&Place>,
    wanted: &Wanted,
    problems: &mut Problems,
    found: &mut Found,
) {
    let own: Vec<String> = wanted.own.iter().cloned().collect();
    let recorded: Vec<String> = wanted.recorded.iter().cloned().collect();
    if own.is_empty() && recorded.is_empty() && repository.bundles.is_empty() {
        return;
    }
    let name = if repository.path.is_empty() { TREE.to_owned() } else { repository.path.text().into_owned() };
    let missing = |oids: &[String]| match place {
        Some(place) => tree::missing(place, oids),
        None => Ok(oids.to_vec()),
    };
    let (absent, recorded) = match (missing(&own), missing(&recorded)) {
        (Ok(absent), Ok(recorded)) => (absent, recorded),
        (Err(words), _) | (_, Err(words)) => {
            problems.add_at("RBK-004", &name, &words);
            return;
        }
    };
    if repository.bundles.is_empty() {
        if !own.is_empty() {
            problems.add_at("RBK-008", &name, "captured without a git bundle");
        }
        // Without a tree to look at, nobody knows what the repository has.
        if let Some(oid) = absent.first().filter(|_| place.is_some()) {
            problems.add_at("RBK-004", &name, &without(oid, absent.len()));
        }
        if let Some(oid) = recorded.first().filter(|_| place.is_some()) {
            problems.add_at("RBK-004", &name, &unrecorded(oid));
        }
        return;
    }
    let trial = match Trial::new(order, point, repository) {
        Ok(trial) => trial,
        Err(words) => {
            // Whether they are any good is another question as long as they cannot be read.
            problems.add_at("RBK-002", &name, &words);
            if let Some(oid) = absent.first().filter(|_| place.is_some()) {
                problems.add_at("RBK-004", &name, &without(oid, absent.len()));
            }
            return;
        }
    };
    found.bundles += trial.files.len() as u64;
    found.bytes += trial.bytes;
    if let Some(place) = place.filter(|_| !absent.is_empty()) {
        let before = found.missing.as_ref().map_or(0, |(_, bytes)| *bytes);
        found.missing = Some((place.common_dir.clone(), before.saturating_add(trial.bytes)));
    }
    if let Err(words) = trial.holds(&own) {
        if place.is_some() && absent.is_empty() {
            found.in_repository.push(name.clone());
            let words = format!("{words}; the repository still has everything, and nothing else does");
            problems.add_at("RBK-004", &name, &words);
        } else if place.is_some() && trial.holds(&absent).is_ok() {
            found.in_repository.push(name.clone());
            let words = format!("{words}; only the repository and the bundle together have everything");
            problems.add_at("RBK-004", &name, &words);
        } else {
            problems.add_at("RBK-004", &name, &words);
        }
    }
    if let Some(oid) = recorded.first()
        && trial.holds(&recorded).is_err()
    {
        problems.add_at("RBK-004", &name, &unrecorded(oid));
    }
}

fn without(oid: &str, count: usize) -> String {
    match count.saturating_sub(1) {
        0 => format!("the repository does not have {oid}, and no bundle was captured that could be read"),
        more => format!(
            "the repository does not have {oid} and {more} more objects, and no bundle was captured that could be read"
        ),
    }
}

fn unrecorded(oid: &str) -> String {
    format!("the commit {oid}, at which the repository above records this one, is nowhere: fetch it")
}

/// Bundles of a repository, in files, where they can be tried.
struct Trial {
    folder: tempfile::TempDir,
    files: Vec<PathBuf>,
    bytes: u64,
}

impl Trial {
    /// Reads the bundles of a repository.
    fn new(order: &Order<'_>, point: &Point, repository: &Repository) -> Result<Self, String> {
        let beside = |error: io::Error| format!("the folder for temporary files: {error}");
        let folder = tempfile::Builder::new().prefix("readiness-").tempdir().map_err(beside)?;
        let mut trial = Self { folder, files: Vec::new(), bytes: 0 };
        for (at, bundle) in repository.bundles.iter().enumerate() {
            (order.progress)("bundles", at as u64, repository.bundles.len() as u64);
            let path = trial.folder.path().join(format!("{at}.bundle"));
            let mut file = File::create_new(&path).map_err(beside)?;
            let bytes = order
                .store
                .copy_to(bundle.object, &point.contents, &mut file)
                .map_err(|error| format!("git bundle: {error}"))?;
            if bytes != bundle.size {
                return Err(format!("git bundle: it has {bytes} bytes, and the point says {}", bundle.size));
            }
            trial.bytes = trial.bytes.saturating_add(bytes);
            trial.files.push(path);
        }
        Ok(trial)
    }

    /// Whether git reads them, and they hold some objects.
    fn holds(&self, oids: &[String]) -> Result<(), String> {
        let scratch = tempfile::Builder::new().prefix("trial-").tempdir_in(self.folder.path());
        let scratch = scratch.map_err(|error| format!("the folder for temporary files: {error}"))?;
        let folder = format!("{}/", self.folder.path().display());
        // Names of temporary files say nothing to anyone.
        tree::check_bundle(&self.files, oids, scratch.path()).map_err(|words| words.replace(&folder, ""))
    }
}
