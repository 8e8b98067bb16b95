//! From the lists of several files to one list in which every package stands once.

use std::collections::{BTreeSet, HashMap};

use super::{Entry, Kind, List, Subject, digests, origin};
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::package::{Origin, Package};

/// What a package of a list has become.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spot {
    /// The subject: a project without a name of its own.
    Root,
    /// An entry.
    Entry(usize),
    /// Nothing: it has no name.
    Nowhere,
}

#[derive(Default)]
struct Gathered {
    entries: Vec<Entry>,
    /// What each entry needs, none where no list tells.
    needs: Vec<Option<BTreeSet<usize>>>,
    root_needs: Option<BTreeSet<usize>>,
    by_identity: HashMap<String, usize>,
}

/// The subject and the other packages, by identity.
pub(super) fn gather(tree: &str, lists: &[List<'_>]) -> (Subject, Vec<Entry>) {
    let mut gathered = Gathered::default();
    for list in lists {
        let spots: Vec<Spot> = list.packages.iter().map(|package| gathered.add(package, list.path)).collect();
        gathered.connect(list.packages, &spots);
    }
    gathered.finish(tree)
}

impl Gathered {
    fn add(&mut self, package: &Package, path: &str) -> Spot {
        let own = package.origin == Origin::Own;
        if package.name.is_empty() || package.name == "." {
            return if own { Spot::Root } else { Spot::Nowhere };
        }
        let purl = origin::purl(package);
        let identity = purl.as_ref().map_or_else(|| identity(package), ToString::to_string);
        let index = *self.by_identity.entry(identity.clone()).or_insert_with(|| {
            self.entries.push(Entry {
                identity,
                name: package.name.clone(),
                version: package.version.clone(),
                ecosystem: package.ecosystem.clone(),
                scope: package.scope,
                kind: match &purl {
                    Some(purl) if matches!(purl.kind.as_str(), "oci" | "docker") => Kind::Container,
                    _ => Kind::Library,
                },
                purl,
                ..Entry::default()
            });
            self.needs.push(None);
            self.entries.len() - 1
        });
        let Some(entry) = self.entries.get_mut(index) else { return Spot::Nowhere };
        if own {
            entry.kind = Kind::Application;
        }
        entry.scope = entry.scope.most_exposed(package.scope);
        let kind = entry.purl.as_ref().map(|purl| purl.kind.as_str());
        entry.hashes.extend(digests::of_archive(package, kind));
        for license in &package.licenses {
            if !entry.licenses.contains(license) {
                entry.licenses.push(license.clone());
            }
        }
        if entry.place.is_none() {
            entry.place = origin::place(&package.origin);
        }
        entry.files.insert(path.to_owned());
        Spot::Entry(index)
    }

    /// Adds the edges of one list.
    fn connect(&mut self, packages: &[Package], spots: &[Spot]) {
        let mut needed_by_own: BTreeSet<usize> = BTreeSet::new();
        for (package, spot) in packages.iter().zip(spots) {
            let Some(list) = &package.depends_on else { continue };
            let needed: BTreeSet<usize> = list.iter().filter_map(|at| entry(*spots.get(*at)?)).collect();
            if package.origin == Origin::Own {
                needed_by_own.extend(&needed);
            }
            self.needed(*spot, needed);
        }
        let own: BTreeSet<Option<usize>> = packages
            .iter()
            .zip(spots)
            .filter(|(package, spot)| package.origin == Origin::Own && **spot != Spot::Nowhere)
            .map(|(_, spot)| entry(*spot))
            .collect();
        self.root_needs_some(own.iter().copied().flatten());
        // What the project asks for and none of its parts is known to need: of the one part that there is, else of all.
        let asking = match own.first() {
            Some(Some(only)) if own.len() == 1 => Spot::Entry(*only),
            _ => Spot::Root,
        };
        if packages.iter().any(|package| package.direct.is_some()) {
            let direct = packages.iter().zip(spots).filter(|(package, _)| package.direct == Some(true));
            let direct: BTreeSet<usize> = direct
                .filter_map(|(_, spot)| entry(*spot))
                .filter(|index| !needed_by_own.contains(index))
                .collect();
            self.needed(asking, direct);
        }
    }

    fn root_needs_some(&mut self, parts: impl Iterator<Item = usize>) {
        for part in parts {
            self.root_needs.get_or_insert_default().insert(part);
        }
    }

    fn needed(&mut self, by: Spot, needed: BTreeSet<usize>) {
        let set = match by {
            Spot::Root => Some(&mut self.root_needs),
            Spot::Entry(index) => self.needs.get_mut(index),
            Spot::Nowhere => None,
        };
        if let Some(set) = set {
            set.get_or_insert_default().extend(needed);
        }
    }

    /// Takes the subject out and puts the rest in order.
    fn finish(self, tree: &str) -> (Subject, Vec<Entry>) {
        let Self { entries, mut needs, root_needs, .. } = self;
        let mut own =
            entries.iter().enumerate().filter(|(_, entry)| entry.kind == Kind::Application).map(|(at, _)| at);
        let only = own.next().filter(|_| own.next().is_none());
        let mut subject_needs = root_needs;
        if let Some(at) = only {
            match needs.get_mut(at).and_then(Option::take) {
                Some(more) => subject_needs.get_or_insert_default().extend(more),
                // No file tells what the one project needs, and that is not nothing.
                None => subject_needs = subject_needs.filter(|set| set.iter().any(|needed| *needed != at)),
            }
        }
        let mut order: Vec<(usize, Entry)> = entries.into_iter().enumerate().collect();
        order.sort_by(|(_, one), (_, other)| one.identity.cmp(&other.identity));
        let mut subject = Subject { name: tree.to_owned(), ..Subject::default() };
        if let Some(at) = order.iter().position(|(index, _)| Some(*index) == only) {
            let (_, entry) = order.remove(at);
            subject.name = entry.name;
            subject.version = entry.version;
            subject.purl = entry.purl;
            subject.licenses = entry.licenses;
        }
        let moved: HashMap<usize, usize> =
            order.iter().enumerate().map(|(new, (old, _))| (*old, new)).collect();
        let renumber = |set: BTreeSet<usize>, itself: Option<usize>| {
            let mut list: Vec<usize> = set
                .into_iter()
                .filter(|old| Some(*old) != itself)
                .filter_map(|old| moved.get(&old).copied())
                .collect();
            list.sort_unstable();
            list
        };
        subject.depends_on = subject_needs.map(|set| renumber(set, None));
        let entries = order.into_iter().map(|(old, mut entry)| {
            let set = needs.get_mut(old).and_then(Option::take);
            entry.depends_on = set.map(|set| renumber(set, Some(old)));
            entry
        });
        (subject, entries.collect())
    }
}

fn entry(spot: Spot) -> Option<usize> {
    if let Spot::Entry(index) = spot { Some(index) } else { None }
}

/// `ecosystem/name@version`, for what has no package URL.
fn identity(package: &Package) -> String {
    let ecosystem = package.ecosystem.as_ref().map_or_else(|| "unknown".to_owned(), Ecosystem::to_string);
    let version = package.version.as_ref().map(|version| format!("@{version}")).unwrap_or_default();
    format!("{ecosystem}/{}{version}", package.name)
}

/// Whether several licences of a package are a choice. Composer's list is one (its documentation: "or"); of others it is
/// not known, and all of them are taken to hold.
pub(super) fn is_choice(entry: &Entry) -> bool {
    entry.ecosystem.as_ref().is_some_and(|ecosystem| ecosystem.family == Family::Packagist)
}
