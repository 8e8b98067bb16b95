//! From parsed files to the inventory of a tree: package URLs, releases of distributions, what is direct and what is
//! for development, and files that others include.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::graph::spread_scopes;
use super::{Contents, Taken};
use crate::formats::declared::{self, Declared};
use crate::formats::ecosystem::Ecosystem;
use crate::formats::entry_path;
use crate::formats::fault::Fault;
use crate::formats::lockfile::{self, Kind, Lockfile, Script};
use crate::formats::os_release::{Distribution, set_distribution};
use crate::formats::package::{Origin, Package, Scope};
use crate::formats::purl::Purl;
use crate::formats::sbom::Sbom;
use crate::host::files::read_bounded;
use crate::report::PathRole;

/// Largest included file that is read, in bytes.
const INCLUDED: u64 = 8 << 20;
/// Most files read because others include them.
const MOST_INCLUDED: usize = 200;

/// The packages of a tree.
#[derive(Debug, Default)]
pub struct Assembled {
    /// Lock files and the like, by path.
    pub sources: Vec<Source>,
    /// SBOMs, by path.
    pub sboms: Vec<SbomSource>,
    /// Project files, by path.
    pub declared: Vec<DeclaredSource>,
    /// Files that name packages and of which nothing is known, and why; by path.
    pub unread: Vec<(String, String)>,
    /// Files that name what only builds or runs the product, in a form that is not read, and why; by path.
    pub aside: Vec<(String, &'static str)>,
}

/// One lock file.
#[derive(Debug)]
pub struct Source {
    /// Its path, relative to the tree.
    pub path: String,
    /// What the path is for, when not the product.
    pub role: Option<PathRole>,
    /// Its kind.
    pub kind: Kind,
    /// The name of its kind.
    pub format: String,
    /// What it holds, its packages completed.
    pub file: Lockfile,
}

/// One SBOM.
#[derive(Debug)]
pub struct SbomSource {
    /// Its path, relative to the tree.
    pub path: String,
    /// What the path is for, when not the product.
    pub role: Option<PathRole>,
    /// What it says, or why that is not known.
    pub contents: Result<Sbom, Fault>,
}

/// One project file.
#[derive(Debug)]
pub struct DeclaredSource {
    /// Its path, relative to the tree.
    pub path: String,
    /// What the path is for, when not the product.
    pub role: Option<PathRole>,
    /// Its kind.
    pub kind: declared::Kind,
    /// What it declares.
    pub declared: Declared,
}

/// Puts everything together.
pub(super) fn assemble(taken: BTreeMap<String, Taken>, root: Option<&Path>) -> Assembled {
    let mut assembled = Assembled::default();
    let mut releases: Vec<(String, Distribution)> = Vec::new();
    let mut includes: Vec<(String, Option<PathRole>)> = Vec::new();
    let mut scripts: Vec<(String, &Script)> = Vec::new();
    let known: BTreeSet<String> = taken.keys().cloned().collect();
    for (path, Taken { role, contents }) in taken {
        match contents {
            Contents::Locked(kind, Ok(file)) => {
                let inside = included(&path, &file, &mut assembled.unread);
                let inside = inside.into_iter().filter(|joined| !known.contains(joined));
                includes.extend(inside.map(|joined| (joined, role)));
                let format = kind.name().to_owned();
                assembled.sources.push(Source { path, role, kind, format, file });
            }
            Contents::Declared(kind, Ok(declared)) => {
                assembled.declared.push(DeclaredSource { path, role, kind, declared });
            }
            Contents::Sbom(contents) => {
                if let Err(fault) = contents.as_ref() {
                    assembled.unread.push((path.clone(), fault.to_string()));
                }
                assembled.sboms.push(SbomSource { path, role, contents: *contents });
            }
            Contents::Release(Ok(distribution)) => {
                releases.push((root_of_release(&path).to_owned(), distribution));
            }
            Contents::Release(Err(fault))
            | Contents::Locked(_, Err(fault))
            | Contents::Declared(_, Err(fault)) => {
                assembled.unread.push((path, fault.to_string()));
            }
            Contents::Script(script) => scripts.push((path, script)),
            // What stands in the tree and is known by its own name is read there.
            Contents::Link(target) => {
                // A file that is asked only whether it names anything is not known when it does not.
                let is_read = |target: &str| {
                    known.contains(target)
                        || (Script::of_path(&path).is_some() && Script::of_path(target).is_some())
                };
                if !join(folder_of(&path), &target).is_some_and(|target| is_read(&target)) {
                    assembled.unread.push((path, "a link, which is not followed".to_owned()));
                }
            }
            Contents::Unreadable(reason) => assembled.unread.push((path, reason.to_owned())),
            Contents::Absent => {
                assembled.unread.push((path, "it is named as an SBOM and is not there".to_owned()));
            }
            Contents::NotWhole => assembled.unread.push((path, "it could not be read whole".to_owned())),
        }
    }
    read_includes(&mut assembled, includes, root);
    for (path, script) in scripts {
        if !script.ships {
            assembled.aside.push((path, script.reason));
        } else if !is_spoken_for(script, &path, &assembled.sources, &known) {
            assembled.unread.push((path, script.reason.to_owned()));
        }
    }
    let Assembled { sources, sboms, declared, unread, .. } = &mut assembled;
    for source in sources.iter_mut() {
        set_release(source, &releases);
        let is_untold = |package: &Package| package.scope == Scope::Unknown && package.origin != Origin::Own;
        let is_spread = source.file.packages.iter().any(is_untold);
        tell_direct(source, declared);
        if is_spread {
            spread_scopes(&mut source.file.packages);
        }
    }
    let boms = sboms.iter_mut().filter_map(|sbom| sbom.contents.as_mut().ok());
    let all =
        sources.iter_mut().map(|source| &mut source.file.packages).chain(boms.map(|sbom| &mut sbom.packages));
    for package in all.flatten() {
        if package.purl.is_none()
            && let Some(ecosystem) = &package.ecosystem
        {
            package.purl = Purl::of(ecosystem, &package.name, package.version.as_deref());
        }
    }
    unread.extend(join_go_sums(sources));
    assembled.sources.sort_by(|one, other| one.path.cmp(&other.path));
    assembled.unread.sort();
    assembled
}

/// Whether a lock file speaks for a project file that is not read, or is named in its place.
fn is_spoken_for(script: &Script, path: &str, sources: &[Source], known: &BTreeSet<String>) -> bool {
    let folder = folder_of(path);
    // A version catalog stands in a folder of its own below the projects that it is for.
    let root = if script.is_central { folder_of(folder) } else { folder };
    let speaks = |source: &Source| {
        let of_lock = folder_of(&source.path);
        script.locks.contains(&source.kind)
            && !source.file.is_empty()
            && (governs(of_lock, folder) || (script.is_central && governs(root, of_lock)))
    };
    let is_named = |folder: &str| {
        let at =
            |name: &&str| if folder.is_empty() { (*name).to_owned() } else { format!("{folder}/{name}") };
        script.unread_locks.iter().any(|name| known.contains(&at(name)))
    };
    let folders = std::iter::successors(Some(folder), |one| (!one.is_empty()).then(|| folder_of(one)));
    sources.iter().any(speaks) || folders.into_iter().any(is_named)
}

/// What identifies a package in a list: its purl, or `ecosystem/name@version`.
pub(super) fn identity(package: &Package) -> String {
    if let Some(purl) = &package.purl {
        return purl.to_string();
    }
    let ecosystem = package.ecosystem.as_ref().map_or_else(|| "unknown".to_owned(), Ecosystem::to_string);
    let version = package.version.as_ref().map(|version| format!("@{version}")).unwrap_or_default();
    format!("{ecosystem}/{}{version}", package.name)
}

pub(super) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A path relative to a folder of the tree; none when it leads out of it.
fn join(folder: &str, named: &str) -> Option<String> {
    if named.starts_with('/') || named.contains([':', '\\']) {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in named.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    entry_path::check(&joined).is_ok().then_some(joined)
}

/// The paths of the files that a file includes; an include that leads out of the tree is noted as not read.
fn included(path: &str, file: &Lockfile, unread: &mut Vec<(String, String)>) -> Vec<String> {
    let mut inside = Vec::new();
    for (named, line) in &file.includes {
        match join(folder_of(path), named) {
            Some(joined) => inside.push(joined),
            None => unread.push((
                path.to_owned(),
                format!("what line {line} includes stands outside of what was read"),
            )),
        }
    }
    inside
}

/// Reads the files that requirement files include and that no name gave away.
fn read_includes(
    assembled: &mut Assembled,
    mut wanted: Vec<(String, Option<PathRole>)>,
    root: Option<&Path>,
) {
    let mut seen: BTreeSet<String> = assembled.sources.iter().map(|source| source.path.clone()).collect();
    let mut left = MOST_INCLUDED;
    while let Some((path, role)) = wanted.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let Some(less) = left.checked_sub(1) else {
            assembled.unread.push((path, format!("more than {MOST_INCLUDED} files are included by others")));
            continue;
        };
        left = less;
        let bytes = root
            .ok_or_else(|| "it is included by another file and stands outside of what was read".to_owned())
            .and_then(|root| read_inside(root, &path));
        match bytes
            .and_then(|bytes| lockfile::parse(Kind::Requirements, &bytes).map_err(|fault| fault.to_string()))
        {
            Ok(file) => {
                let inside = included(&path, &file, &mut assembled.unread);
                wanted.extend(inside.into_iter().map(|joined| (joined, role)));
                let (kind, format) = (Kind::Requirements, Kind::Requirements.name().to_owned());
                assembled.sources.push(Source { path, role, kind, format, file });
            }
            Err(problem) => assembled.unread.push((path, problem)),
        }
    }
}

fn read_inside(root: &Path, path: &str) -> Result<Vec<u8>, String> {
    let real =
        root.join(path).canonicalize().map_err(|error| format!("included by another file: {error}"))?;
    if !real.starts_with(root) {
        return Err("included by another file: it leads out of the tree".to_owned());
    }
    read_bounded(&real, INCLUDED).map_err(|error| format!("included by another file: {error}"))
}

/// The root of the file system that an `os-release` file describes.
fn root_of_release(path: &str) -> &str {
    path.strip_suffix("etc/os-release").or_else(|| path.strip_suffix("usr/lib/os-release")).unwrap_or(path)
}

/// Packages of a distribution belong to the release that the same file system names.
fn set_release(source: &mut Source, releases: &[(String, Distribution)]) {
    let database = match source.kind {
        Kind::Dpkg => "var/lib/dpkg/",
        Kind::Apk => "lib/apk/db/",
        _ => return,
    };
    let Some((root, _)) = source.path.rsplit_once(database) else { return };
    let root = root.strip_suffix("usr/").unwrap_or(root);
    let release = releases.iter().find(|(known, _)| known == root);
    if let Some((_, distribution)) = release {
        set_distribution(&mut source.file.packages, distribution);
    }
}

/// Where a lock file does not tell what the project itself asks for and what for, its project files do.
fn tell_direct(source: &mut Source, declared: &[DeclaredSource]) {
    let Some(kind) = declared::Kind::of_lock(source.kind) else { return };
    let untold = |package: &Package| package.direct.is_none() || package.scope == Scope::Unknown;
    if !source.file.packages.iter().any(untold) {
        return;
    }
    let folder = folder_of(&source.path);
    let mut asked: BTreeMap<String, Scope> = BTreeMap::new();
    let family =
        source.file.packages.iter().find_map(|package| package.ecosystem.as_ref()).map(|known| known.family);
    let normal =
        |name: &str| family.map_or_else(|| name.to_owned(), |family| family.normal_name(name).into_owned());
    let mut any = false;
    for file in declared.iter().filter(|file| file.kind == kind && governs(folder, folder_of(&file.path))) {
        any = true;
        for dependency in &file.declared.dependencies {
            // Needed to run by one member of a workspace is needed to run.
            let scope = asked.entry(normal(&dependency.name)).or_insert(dependency.scope);
            *scope = scope.most_exposed(dependency.scope);
        }
    }
    if !any {
        return;
    }
    for package in source.file.packages.iter_mut().filter(|package| package.origin != Origin::Own) {
        let asked = asked.get(&normal(&package.name));
        if package.direct.is_none() {
            package.direct = Some(asked.is_some());
        }
        if package.direct == Some(true)
            && package.scope == Scope::Unknown
            && let Some(scope) = asked
        {
            package.scope = *scope;
        }
    }
}

/// Whether a lock file in one folder may speak for a project file in another: the same folder or one below it.
pub(super) fn governs(lock: &str, project: &str) -> bool {
    lock.is_empty() || project == lock || project.strip_prefix(lock).is_some_and(|rest| rest.starts_with('/'))
}

/// `go.sum` gives digests to the modules of the `go.mod` beside it and is no source of its own: most of what it lists is
/// not built. Those that stand alone are named: what is built from them is not known.
fn join_go_sums(sources: &mut Vec<Source>) -> Vec<(String, String)> {
    let (sums, mut kept): (Vec<Source>, Vec<Source>) =
        std::mem::take(sources).into_iter().partition(|source| source.kind == Kind::GoSum);
    let mut alone = Vec::new();
    for sum in sums {
        let folder = folder_of(&sum.path);
        let is_beside = |source: &Source| source.kind == Kind::GoMod && folder_of(&source.path) == folder;
        if !sum.file.packages.is_empty() && !kept.iter().any(is_beside) {
            alone.push((sum.path.clone(), "no go.mod that can be read stands beside it".to_owned()));
        }
        let hashes: BTreeMap<(&str, Option<&str>), &Package> = sum
            .file
            .packages
            .iter()
            .map(|package| ((package.name.as_str(), package.version.as_deref()), package))
            .collect();
        let beside =
            kept.iter_mut().filter(|source| source.kind == Kind::GoMod && folder_of(&source.path) == folder);
        for package in beside.flat_map(|source| &mut source.file.packages) {
            let known = hashes.get(&(package.name.as_str(), package.version.as_deref()));
            if let Some(known) = known.filter(|_| package.hashes.is_empty()) {
                package.hashes.clone_from(&known.hashes);
            }
        }
    }
    *sources = kept;
    alone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn included_files_stay_inside_the_tree() {
        for (folder, named, joined) in [
            ("deploy", "base.txt", Some("deploy/base.txt")),
            ("deploy", "../base.txt", Some("base.txt")),
            ("", "./a/../b.txt", Some("b.txt")),
            ("", "../base.txt", None),
            ("a", "/etc/passwd", None),
            ("a", "https://example.org/r.txt", None),
        ] {
            assert_eq!(join(folder, named).as_deref(), joined, "{folder} {named}");
        }
    }

    #[test]
    fn a_lock_file_speaks_for_its_folder_and_below() {
        assert!(governs("", "a/b") && governs("a", "a") && governs("a", "a/b"));
        assert!(!governs("a", "ab") && !governs("a/b", "a"));
    }
}
