//! Where dependencies come from, and what they run on the way in.

use std::collections::{BTreeMap, BTreeSet};

use super::{Claim, Fault};
use crate::audit::inventory::{Assembled, DeclaredSource, Locks, Source};
use crate::formats::lockfile::Kind;
use crate::formats::package::{Origin, Package};

/// Reads the inventory for where packages come from; `unlocked` are the project files without a lock file, whose own word
/// then counts.
pub(super) fn claims(assembled: &Assembled, locks: &Locks<'_>, unlocked: &BTreeSet<&str>) -> Vec<Claim> {
    let mut claims = Vec::new();
    for source in &assembled.sources {
        if matches!(source.kind, Kind::Workflow | Kind::Containerfile | Kind::Dpkg | Kind::Apk) {
            continue;
        }
        claims.extend(of_packages(source));
        claims.extend(mixed(source, locks));
        claims.extend(without_digests(source));
    }
    for file in &assembled.declared {
        claims.extend(declared(file, unlocked.contains(file.path.as_str())));
    }
    claims
}

fn declared(file: &DeclaredSource, is_unlocked: bool) -> Vec<Claim> {
    let place = (file.path.as_str(), file.role);
    let [mut loose, mut elsewhere, mut outside, mut plain] = [(); 4].map(|()| Fault::default());
    for dependency in file.declared.dependencies.iter().chain(&file.declared.tools) {
        let (name, line) = (&dependency.name, dependency.line);
        match &dependency.origin {
            Origin::Path(path) if leads_out(&file.path, path) => outside.add(name, line),
            Origin::Git { url, .. } | Origin::Url(url) | Origin::Registry(url) if is_plain(url) => {
                plain.add(name, line);
            }
            _ => {}
        }
        match &dependency.origin {
            Origin::Git { commit: None, .. } if is_unlocked => loose.add(name, line),
            Origin::Git { .. } | Origin::Url(_) if is_unlocked => elsewhere.add(name, line),
            _ => {}
        }
    }
    for (registry, line) in &file.declared.registries {
        if is_plain(registry) {
            plain.add(registry, *line);
        }
    }
    let found = [
        loose.claim("DEP-004", place, "from git without a commit"),
        elsewhere.claim("DEP-005", place, "not from a registry"),
        outside.claim("DEP-006", place, "outside of the tree"),
        plain.claim("DEP-007", place, "fetched over plain http"),
    ];
    found.into_iter().flatten().collect()
}

fn of_packages(source: &Source) -> Vec<Claim> {
    let place = (source.path.as_str(), source.role);
    let [mut loose, mut elsewhere, mut outside, mut plain, mut scripts] = [(); 5].map(|()| Fault::default());
    for package in &source.file.packages {
        match &package.origin {
            Origin::Git { commit: None, .. } => loose.add(&package.name, package.line),
            // Swift has no registry that anybody uses: repositories are where its packages are.
            Origin::Git { .. } if source.kind == Kind::Swift => {}
            Origin::Git { .. } | Origin::Url(_) => elsewhere.add(&package.name, package.line),
            Origin::Path(path) if leads_out(&source.path, path) => outside.add(&package.name, package.line),
            _ => {}
        }
        if let Origin::Git { url, .. } | Origin::Url(url) | Origin::Registry(url) = &package.origin
            && is_plain(url)
        {
            plain.add(&package.name, package.line);
        }
        if package.install_script && package.origin != Origin::Own {
            scripts.add(&package.name, package.line);
        }
    }
    for (registry, line) in &source.file.registries {
        if is_plain(registry) {
            plain.add(registry, *line);
        }
    }
    [
        loose.claim("DEP-004", place, "from git without a commit"),
        elsewhere.claim("DEP-005", place, "not from a registry"),
        outside.claim("DEP-006", place, "outside of the tree"),
        plain.claim("DEP-007", place, "fetched over plain http"),
        scripts.claim("DEP-010", place, "with install scripts"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// More than one registry that may be asked for the same name.
fn mixed<'a>(source: &'a Source, locks: &Locks<'a>) -> Option<Claim> {
    let mut hosts: BTreeMap<String, u32> = BTreeMap::new();
    match source.kind {
        // pip asks every index that it is told of, and takes the highest version.
        Kind::Requirements => {
            for (url, line) in &source.file.besides {
                hosts.entry(host(url)).or_insert(*line);
            }
            let one = hosts.len() == 1;
            let mut fault = Fault::default();
            hosts.iter().for_each(|(host, line)| fault.add(host, *line));
            let words = if one {
                "a registry is asked besides another"
            } else {
                "{} registries are asked besides another"
            };
            return fault.claim("DEP-008", (&source.path, source.role), words);
        }
        Kind::Npm
        | Kind::Yarn
        | Kind::Pnpm
        | Kind::Bun
        | Kind::Poetry
        | Kind::Uv
        | Kind::Pdm
        | Kind::Bundler => {}
        // The others bind every package to its registry (Cargo, Pub, Mix, Pipenv, Composer), or do not tell.
        _ => return None,
    }
    let bound = bound(source, locks);
    for package in &source.file.packages {
        let Origin::Registry(url) = &package.origin else { continue };
        // Bundler joins the addresses that it may ask for the gems of one section.
        for url in url.split(" or ") {
            let host = if url.is_empty() { "the usual one".to_owned() } else { host(url) };
            if !bound.contains(&(package.name.as_str(), host.clone())) {
                hosts.entry(host).or_insert(package.line);
            }
        }
    }
    if source.kind == Kind::Bundler && !source.file.packages.iter().any(is_ambiguous) {
        return None;
    }
    if hosts.len() < 2 || scopes_apart(source) {
        return None;
    }
    let mut fault = Fault::default();
    hosts.iter().for_each(|(host, line)| fault.add(host, *line));
    fault.claim("DEP-008", (&source.path, source.role), "{} registries")
}

/// Whether a gem may come from any of several places: Bundler keeps those that a block binds in sections of their own.
fn is_ambiguous(package: &Package) -> bool {
    matches!(&package.origin, Origin::Registry(url) if url.contains(" or "))
}

/// Packages that a project file binds to a registry, with its host.
fn bound<'a>(source: &'a Source, locks: &Locks<'a>) -> BTreeSet<(&'a str, String)> {
    locks
        .projects_beside(source)
        .flat_map(|file| &file.declared.dependencies)
        .filter_map(|dependency| match &dependency.origin {
            Origin::Registry(url) => Some((dependency.name.as_str(), host(url))),
            _ => None,
        })
        .collect()
}

/// Whether every registry but one serves whole scopes of npm that no other serves: a scope is bound to its registry.
fn scopes_apart(source: &Source) -> bool {
    let mut of_scope: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in &source.file.packages {
        if let Origin::Registry(url) = &package.origin {
            let scope = package.name.split_once('/').map_or("", |(scope, _)| scope);
            of_scope.entry(scope).or_default().insert(url);
        }
    }
    let is_npm = matches!(source.kind, Kind::Npm | Kind::Yarn | Kind::Pnpm | Kind::Bun);
    is_npm && of_scope.values().all(|registries| registries.len() == 1)
}

/// Registry packages without a digest in a file that has digests for others.
fn without_digests(source: &Source) -> Option<Claim> {
    // Packagist sends no digests, so that a file with some of them has only those of other registries.
    if source.kind == Kind::Composer {
        return None;
    }
    let of_registry = |package: &&Package| {
        matches!(package.origin, Origin::Registry(_) | Origin::Unknown)
            && package.version.is_some()
            && !package.bundled
    };
    let mut fault = Fault::default();
    let mut with = 0_usize;
    for package in source.file.packages.iter().filter(of_registry) {
        if package.hashes.is_empty() {
            fault.add(&package.name, package.line);
        } else {
            with += 1;
        }
    }
    (with > 0).then(|| fault.claim("DEP-011", (&source.path, source.role), "{} without a digest")).flatten()
}

/// Whether something is fetched without protection against change on the way; loopback is this machine.
fn is_plain(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://").or_else(|| url.strip_prefix("git://")) else { return false };
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    !(host.starts_with("localhost") || host.starts_with("127.") || host.starts_with("[::1]"))
}

/// The host of a URL, or the text itself.
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    host.rsplit('@').next().unwrap_or_default().to_ascii_lowercase()
}

/// Whether a path, relative to the folder of a file of the tree, leads out of the tree.
fn leads_out(file: &str, path: &str) -> bool {
    if path.starts_with('/') || path.starts_with('~') || path.get(1..3) == Some(":\\") {
        return true;
    }
    let mut depth = file.matches('/').count();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return true,
            },
            _ => depth += 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_out_when_it_climbs_over_the_root() {
        for (file, path, out) in [
            ("Cargo.toml", "../sibling", true),
            ("app/Cargo.toml", "../lib", false),
            ("app/Cargo.toml", "../../lib", true),
            ("app/Cargo.toml", "sub/../../..", true),
            ("package.json", "/opt/lib", true),
            ("package.json", "./lib", false),
        ] {
            assert_eq!(leads_out(file, path), out, "{file} {path}");
        }
    }

    #[test]
    fn hosts_are_told_without_credentials() {
        assert_eq!(host("https://user:token@Packages.example.org/simple"), "packages.example.org");
        assert!(is_plain("http://packages.example.org/simple") && !is_plain("http://localhost:8080/simple"));
        assert!(!is_plain("https://packages.example.org"));
    }
}
