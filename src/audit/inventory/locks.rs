//! Which lock file speaks for which project file.
//!
//! One in the same folder does, unless there is nothing in it: then nothing pins what the project asks for. One in a folder above does for the members of its workspace, and for a project of which
//! it lists everything that is asked for: what it says of that is what will be installed. For examples and tests any
//! lock file above will do, for many of them are never installed at all.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use globset::GlobSet;

use super::assemble::{folder_of, governs};
use super::{Assembled, DeclaredSource, Source};
use crate::formats::declared;
use crate::formats::declared::Dependency;
use crate::formats::ecosystem::Family;
use crate::formats::glob;
use crate::formats::lockfile::Kind;
use crate::formats::package::{Origin, Scope};

/// Most globs of one workspace that are looked at; real ones have some hundred.
const MOST_MEMBERS: usize = 5_000;

/// Lock files by what they speak for, made once for many questions.
#[derive(Debug)]
pub struct Locks<'a> {
    assembled: &'a Assembled,
    /// Lock files by the kind of project and their folder.
    by_folder: BTreeMap<(declared::Kind, &'a str), Vec<&'a Source>>,
    /// The same for project files.
    projects: BTreeMap<(declared::Kind, &'a str), Vec<&'a DeclaredSource>>,
    /// Names in each lock file, as its ecosystem compares them.
    names: BTreeMap<&'a str, HashSet<String>>,
    /// Names of the projects that each lock file calls its own.
    members: BTreeMap<&'a str, HashSet<&'a str>>,
    /// Lock files that could not be read.
    unread: BTreeSet<(declared::Kind, &'a str)>,
    /// Workspaces by the path of their project file.
    workspaces: BTreeMap<&'a str, Members>,
    /// Names of the projects of the tree: what asks for one of them asks for what is here.
    own: HashSet<(declared::Kind, String)>,
}

impl<'a> Locks<'a> {
    /// Of a tree.
    #[must_use]
    pub fn of(assembled: &'a Assembled) -> Self {
        let mut by_folder: BTreeMap<_, Vec<&Source>> = BTreeMap::new();
        let (mut names, mut members) = (BTreeMap::new(), BTreeMap::new());
        for source in &assembled.sources {
            if let Some(kind) = declared::Kind::of_lock(source.kind) {
                by_folder.entry((kind, folder_of(&source.path))).or_default().push(source);
                names.insert(source.path.as_str(), names_in(kind, source));
                let own = source.file.packages.iter().filter(|package| package.origin == Origin::Own);
                members.insert(source.path.as_str(), own.map(|package| package.name.as_str()).collect());
            } else if source.kind == Kind::Requirements {
                names.insert(source.path.as_str(), names_in(declared::Kind::PyProject, source));
            }
        }
        let mut projects: BTreeMap<_, Vec<&DeclaredSource>> = BTreeMap::new();
        for file in &assembled.declared {
            projects.entry((file.kind, folder_of(&file.path))).or_default().push(file);
        }
        let workspaces = assembled.declared.iter().filter(|file| !file.declared.members.is_empty());
        let workspaces = workspaces.map(|file| (file.path.as_str(), Members::of(file))).collect();
        let of_unread = |(path, _): &'a (String, String)| Some((unread_kind(path)?, folder_of(path)));
        let own =
            |file: &DeclaredSource| Some((file.kind, normal(file.kind, file.declared.name.as_deref()?)));
        Self {
            assembled,
            by_folder,
            projects,
            names,
            members,
            workspaces,
            unread: assembled.unread.iter().filter_map(of_unread).collect(),
            own: assembled.declared.iter().filter_map(own).collect(),
        }
    }

    /// What a project file asks others for, in every build: not what stands in the tree, nor what only a feature, a
    /// platform or a user asks for.
    pub fn asked(&self, file: &'a DeclaredSource) -> impl Iterator<Item = &'a Dependency> {
        let kind = file.kind;
        file.declared.dependencies.iter().filter(move |dependency| {
            !matches!(dependency.origin, Origin::Path(_) | Origin::Own)
                && dependency.scope != Scope::Optional
                && !self.own.contains(&(kind, normal(kind, &dependency.name)))
        })
    }

    /// The lock files that surely speak for a project file: beside it, or of the workspace that it is a member of.
    #[must_use]
    pub fn sure(&self, file: &DeclaredSource) -> Vec<&'a Source> {
        let folder = folder_of(&file.path);
        let beside = self.by_folder.get(&(file.kind, folder));
        // Other names of Gemfiles have lock files of their own beside them.
        let its_own = |source: &&&Source| {
            file.kind != declared::Kind::Gemfile
                || source.path.strip_suffix(".lock").is_none_or(|path| path == file.path)
        };
        let beside: Vec<&Source> = beside.into_iter().flatten().filter(its_own).copied().collect();
        if !beside.is_empty() {
            return beside;
        }
        let mut above = folders_above(folder).filter_map(|above| self.by_folder.get(&(file.kind, above)));
        above
            .find_map(|sources| {
                let of: Vec<&Source> =
                    sources.iter().filter(|source| self.is_member(file, source)).copied().collect();
                (!of.is_empty()).then_some(of)
            })
            .unwrap_or_default()
    }

    /// Project files that ask for packages and that no lock file speaks for.
    #[must_use]
    pub fn unlocked(&self) -> Vec<&'a DeclaredSource> {
        let open: Vec<&DeclaredSource> =
            self.assembled.declared.iter().filter(|file| self.is_open(file)).collect();
        // A central list of versions asks for nothing; the projects below it do.
        let needed = |list: &&DeclaredSource| {
            let folder = folder_of(&list.path);
            let mut below = open.iter().filter(|file| governs(folder, folder_of(&file.path)));
            !is_central(list) || below.any(|file| file.kind == list.kind && !is_central(file))
        };
        open.iter().filter(|file| needed(file)).copied().collect()
    }

    /// The folder of a central list of versions that stands in or above the folder of a project of .NET.
    #[must_use]
    pub fn central(&self, file: &DeclaredSource) -> Option<&'a DeclaredSource> {
        let folder = folder_of(&file.path);
        std::iter::once(folder)
            .chain(folders_above(folder))
            .filter_map(|folder| self.projects.get(&(file.kind, folder)))
            .flatten()
            .find(|file| is_central(file))
            .copied()
    }

    /// The workspace above that a project file is a member of, whether or not it has a lock file.
    #[must_use]
    pub fn workspace(&self, file: &DeclaredSource) -> Option<&'a DeclaredSource> {
        let folder = folder_of(&file.path);
        folders_above(folder)
            .filter_map(|above| self.projects.get(&(file.kind, above)))
            .flatten()
            .find(|root| self.names_member(root, folder))
            .copied()
    }

    /// The project files beside a lock file.
    pub fn projects_beside(&self, source: &'a Source) -> impl Iterator<Item = &'a DeclaredSource> {
        let kind = declared::Kind::of_lock(source.kind);
        let beside = kind.and_then(|kind| self.projects.get(&(kind, folder_of(&source.path))));
        beside.into_iter().flatten().copied()
    }

    fn is_open(&self, file: &'a DeclaredSource) -> bool {
        let is_locked = || self.sure(file).iter().any(|source| !source.file.is_empty());
        if self.asked(file).next().is_none() || is_locked() {
            return false;
        }
        let folder = folder_of(&file.path);
        let mut folders = std::iter::once(folder).chain(folders_above(folder));
        // Of what could not be read it is not known what it speaks for.
        if folders.any(|above| self.unread.contains(&(file.kind, above))) {
            return false;
        }
        let mut above =
            folders_above(folder).filter_map(|above| self.by_folder.get(&(file.kind, above))).flatten();
        let lists = |source: &&Source| file.role.is_some() || self.lists_all(file, &source.path);
        !above.any(lists) && !self.has_requirements(file, folder)
    }

    /// Whether a lock file has all that a project file asks for, by name.
    fn lists_all(&self, file: &'a DeclaredSource, lock: &str) -> bool {
        let names = self.names.get(lock);
        self.asked(file).all(|one| names.is_some_and(|names| names.contains(&normal(file.kind, &one.name))))
    }

    /// Whether lists of pip, in the folder or in the usual one below it, name all that a Python project needs to run.
    fn has_requirements(&self, file: &'a DeclaredSource, folder: &str) -> bool {
        if file.kind != declared::Kind::PyProject {
            return false;
        }
        let usual =
            if folder.is_empty() { "requirements".to_owned() } else { format!("{folder}/requirements") };
        let lists: Vec<&HashSet<String>> = self
            .assembled
            .sources
            .iter()
            .filter(|source| source.kind == Kind::Requirements)
            .filter(|source| [folder, usual.as_str()].contains(&folder_of(&source.path)))
            .filter_map(|source| self.names.get(source.path.as_str()))
            .collect();
        let listed = |name: &str| lists.iter().any(|names| names.contains(&normal(file.kind, name)));
        let mut needed = self.asked(file).filter(|one| one.scope != Scope::Development);
        !lists.is_empty() && needed.all(|one| listed(&one.name))
    }

    /// Whether a project file names a folder below it as a member of its workspace.
    fn names_member(&self, root: &DeclaredSource, folder: &str) -> bool {
        let above = folder_of(&root.path);
        let below = if above.is_empty() { Some(folder) } else { folder.get(above.len() + 1..) };
        let workspace = self.workspaces.get(root.path.as_str());
        workspace.zip(below).is_some_and(|(workspace, below)| workspace.has(below))
    }

    /// Whether a project file belongs to the workspace of a lock file above it.
    fn is_member(&self, file: &DeclaredSource, source: &Source) -> bool {
        let own: Option<&HashSet<&str>> = self.members.get(source.path.as_str());
        let named =
            file.declared.name.as_deref().is_some_and(|name| own.is_some_and(|own| own.contains(name)));
        let roots = self.projects.get(&(file.kind, folder_of(&source.path)));
        named || roots.into_iter().flatten().any(|root| self.names_member(root, folder_of(&file.path)))
    }
}

impl Assembled {
    /// Project files that ask for packages and that no lock file speaks for.
    #[must_use]
    pub fn unlocked(&self) -> Vec<&DeclaredSource> {
        Locks::of(self).unlocked()
    }
}

/// Whether a file of .NET only sets versions for the projects below it.
#[must_use]
pub fn is_central(file: &DeclaredSource) -> bool {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    file.kind == declared::Kind::NuGet && name.eq_ignore_ascii_case("Directory.Packages.props")
}

/// The folders below a project file that are members of its workspace.
#[derive(Debug)]
struct Members {
    named: GlobSet,
    /// Those that are not, although they are named.
    excluded: GlobSet,
}

impl Members {
    fn of(root: &DeclaredSource) -> Self {
        let plain = |glob: &'_ str| glob.trim_start_matches("./").trim_end_matches('/').to_owned();
        let all = root.declared.members.iter().take(MOST_MEMBERS);
        let (excluded, named): (Vec<&String>, Vec<&String>) = all.partition(|glob| glob.starts_with('!'));
        let named: Vec<String> = named.into_iter().map(|glob| plain(glob)).collect();
        // What is below an excluded folder is excluded too.
        let excluded = excluded.into_iter().map(|glob| plain(glob.trim_start_matches('!')));
        let excluded: Vec<String> = excluded.flat_map(|glob| [format!("{glob}/**"), glob]).collect();
        let set = |globs: &[String]| glob::set(globs.iter().map(String::as_str)).ok();
        match (set(&named), set(&excluded)) {
            (Some(named), Some(excluded)) => Self { named, excluded },
            // Of what is not understood nothing is a member.
            _ => Self { named: GlobSet::empty(), excluded: GlobSet::empty() },
        }
    }

    fn has(&self, folder: &str) -> bool {
        self.named.is_match(folder) && !self.excluded.is_match(folder)
    }
}

/// The project files that a lock file speaks for although nothing of it is known.
fn unread_kind(path: &str) -> Option<declared::Kind> {
    match path.rsplit('/').next() {
        Some("bun.lockb") => Some(declared::Kind::Npm),
        Some("pixi.lock") => Some(declared::Kind::PyProject),
        _ => declared::Kind::of_lock(Kind::of_path(path)?),
    }
}

/// The folders above a folder, nearest first.
fn folders_above(folder: &str) -> impl Iterator<Item = &str> {
    let start = (!folder.is_empty()).then(|| folder_of(folder));
    std::iter::successors(start, |folder| (!folder.is_empty()).then(|| folder_of(folder)))
}

/// The names of a lock file, those that it could not pin among them.
fn names_in(kind: declared::Kind, source: &Source) -> HashSet<String> {
    let packages = source.file.packages.iter().map(|package| package.name.as_str());
    let unread = source.file.left_out.iter().map(|unread| unread.name.as_str());
    let stand_ins = source.file.stand_ins.iter().map(String::as_str);
    packages.chain(unread).chain(stand_ins).map(|name| normal(kind, name)).collect()
}

/// A name as the ecosystem of a project compares it.
fn normal(kind: declared::Kind, name: &str) -> String {
    let family = match kind {
        declared::Kind::Cargo => Family::CratesIo,
        declared::Kind::Npm => Family::Npm,
        declared::Kind::PyProject | declared::Kind::Pipfile => Family::PyPi,
        declared::Kind::Composer => Family::Packagist,
        declared::Kind::Gemfile => Family::RubyGems,
        declared::Kind::Pub => Family::Pub,
        declared::Kind::NuGet => Family::NuGet,
    };
    family.normal_name(name).into_owned()
}

impl Locks<'_> {
    /// Whether a lock file has a package of this name, as a project of the kind compares names.
    #[must_use]
    pub fn has(&self, lock: &Source, kind: declared::Kind, name: &str) -> bool {
        self.names.get(lock.path.as_str()).is_some_and(|names| names.contains(&normal(kind, name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_climbed_to_the_root() {
        assert_eq!(folders_above("a/b/c").collect::<Vec<_>>(), ["a/b", "a", ""]);
        assert_eq!(folders_above("a").collect::<Vec<_>>(), [""]);
        assert_eq!(folders_above("").count(), 0);
    }

    #[test]
    fn members_are_told_by_their_globs() {
        let of = |path: &str, members: &[&str]| DeclaredSource {
            path: path.to_owned(),
            role: None,
            kind: declared::Kind::Npm,
            declared: declared::Declared {
                members: members.iter().map(|one| (*one).to_owned()).collect(),
                ..declared::Declared::default()
            },
        };
        let has = |members: &[&str], folder: &str| Members::of(&of("package.json", members)).has(folder);
        assert!(has(&["./packages/*"], "packages/a") && has(&["packages/*/"], "packages/a"));
        assert!(!has(&["packages/*"], "packages/a/examples/b") && !has(&[], "packages/a"));
        let but = ["packages/*", "!./packages/old", "apps/**"];
        assert!(has(&but, "packages/a") && !has(&but, "packages/old"));
        assert!(has(&but, "apps/a/b") && !has(&["apps/**", "!apps/a"], "apps/a/b"));
        assert!(!has(&["[", "packages/*"], "packages/a"));

        let assembled =
            Assembled { declared: vec![of("web/package.json", &["packages/*"])], ..Assembled::default() };
        let locks = Locks::of(&assembled);
        assert!(locks.names_member(&assembled.declared[0], "web/packages/a"));
        assert!(!locks.names_member(&assembled.declared[0], "web"));
    }

    #[test]
    fn workspaces_with_many_globs_are_read_once() {
        let of = |path: String, members: Vec<String>| DeclaredSource {
            path,
            role: None,
            kind: declared::Kind::Npm,
            declared: declared::Declared { members, ..declared::Declared::default() },
        };
        let globs = (0..2_000).map(|one| format!("p{one}/*")).collect();
        let mut declared = vec![of("package.json".to_owned(), globs)];
        declared.extend((0..2_000).map(|one| of(format!("q{one}/a/package.json"), Vec::new())));
        let assembled = Assembled { declared, ..Assembled::default() };
        let start = std::time::Instant::now();
        let locks = Locks::of(&assembled);
        assert!(assembled.declared.iter().all(|file| locks.workspace(file).is_none()));
        assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
    }
}
