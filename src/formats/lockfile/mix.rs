//! `mix.lock` of Mix: a map of Elixir from the name of an application to where it came from.

use super::elixir::{self, Pair, Term};
use super::reading::{Places, depend, hex_hash, text};
use super::{Lockfile, Unread};
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::fault::Fault;
use crate::formats::package::{HashFunction, Origin, Package};
use crate::formats::source_url::{commit, without_credentials};

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(_path: &str, name: &str) -> bool {
    name == "mix.lock"
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let Term::Map(pairs) = elixir::parse(text(bytes)?)? else {
        return Err(Fault::new(1, "expected a map"));
    };
    let mut lock = Lockfile::default();
    let mut needs: Vec<Vec<&str>> = Vec::new();
    let mut places = Places::default();
    for pair in &pairs {
        let Some((package, names)) = package(pair) else {
            let reason = "a source that is not known";
            lock.left_out.push(Unread { line: pair.line, reason, name: pair.key.clone() });
            continue;
        };
        places.add(&pair.key, lock.packages.len());
        lock.packages.push(package);
        needs.push(names);
    }
    for (package, names) in lock.packages.iter_mut().zip(needs) {
        // What git brings does not tell what it depends on.
        if !matches!(package.origin, Origin::Git { .. }) {
            depend(package, names.iter().flat_map(|name| places.of(name)).copied());
        }
    }
    Ok(lock)
}

/// A package, and the applications that it depends on. The parts of an entry from Hex are: name, version, inner digest
/// (of what the archive holds), build tools, dependencies, repository, outer digest (of the archive itself).
fn package(pair: &Pair) -> Option<(Package, Vec<&str>)> {
    let Term::Tuple(parts) = &pair.value else { return None };
    let part = |index: usize| parts.get(index).and_then(Term::text);
    let mut package = Package {
        name: pair.key.clone(),
        ecosystem: Some(Ecosystem::of(Family::Hex)),
        line: pair.line,
        ..Package::default()
    };
    let mut needs = Vec::new();
    match part(0)? {
        "hex" => {
            package.name = part(1)?.to_owned();
            package.version = Some(part(2)?.to_owned());
            package.origin = Origin::Registry(match part(6) {
                None | Some("hexpm") => String::new(),
                Some(repository) => repository.to_owned(),
            });
            package.hashes =
                part(7).and_then(|digest| hex_hash(HashFunction::Sha256, digest)).into_iter().collect();
            if let Some(Term::List(dependencies)) = parts.get(5) {
                needs = dependencies.iter().filter_map(application).collect();
            }
        }
        "package" => package.version = Some(part(1)?.to_owned()),
        "git" => {
            // Only a tag tells what version the commit is.
            let tag = parts.get(3).and_then(|options| options.option("tag"));
            package.version = tag.and_then(release).map(str::to_owned);
            // Files alone, no application: a package of the same name would be another one.
            if parts.get(3).and_then(|options| options.option("app")) == Some("false") {
                package.ecosystem = None;
            }
            package.origin =
                Origin::Git { url: without_credentials(part(1)?), commit: part(2).and_then(commit) };
        }
        "path" => package.origin = Origin::Path(part(1)?.to_owned()),
        _ => return None,
    }
    Some((package, needs))
}

/// The version of a tag such as `v1.2.3`.
fn release(tag: &str) -> Option<&str> {
    let version = tag.strip_prefix('v').unwrap_or(tag);
    let core = version.split(['-', '+']).next().unwrap_or(version);
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (core.split('.').count() == 3 && core.split('.').all(number)).then_some(version)
}

/// `{:name, "~> 1.0", [hex: :name]}`.
fn application(dependency: &Term) -> Option<&str> {
    let Term::Tuple(parts) = dependency else { return None };
    parts.first()?.text()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"%{
  "cowboy": {:hex, :cowboy, "2.10.0", "aaaa", [:make, :rebar3], [{:cowlib, "2.12.1", [hex: :cowlib, repo: "hexpm", optional: false]}, {:gone, ">= 1.0.0", [hex: :gone]}], "hexpm", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
  "cowlib": {:hex, :cow_lib, "2.12.1", "bbbb", [:make, :rebar3], [], "hexpm:acme", "cccc"},
  "plug": {:git, "https://token@example.org/plug.git", "0123456789abcdef0123456789abcdef01234567", [branch: "main"]},
  "tagged": {:git, "https://example.org/t.git", "0123456789abcdef0123456789abcdef01234567", [tag: "v1.2.3-rc.1", app: false]},
  "old": {:hex, :old, "0.1.0"},
  "older": {:package, "0.0.1"},
  "odd": {:svn, "https://example.org"},
}
"#;

    #[test]
    fn every_source_is_read() {
        let lock = parse(LOCK.as_bytes()).unwrap();
        let seen: Vec<_> = lock
            .packages
            .iter()
            .map(|one| (one.name.as_str(), one.version.as_deref(), one.line, one.depends_on.clone()))
            .collect();
        assert_eq!(
            seen,
            [
                ("cowboy", Some("2.10.0"), 2, Some(vec![1])),
                ("cow_lib", Some("2.12.1"), 3, Some(vec![])),
                ("plug", None, 4, None),
                ("tagged", Some("1.2.3-rc.1"), 5, None),
                ("old", Some("0.1.0"), 6, Some(vec![])),
                ("older", Some("0.0.1"), 7, Some(vec![])),
            ]
        );
        assert!(lock.packages[2].ecosystem.is_some() && lock.packages[3].ecosystem.is_none());
        let commit = Some("0123456789abcdef0123456789abcdef01234567".to_owned());
        assert_eq!(lock.packages[0].origin, Origin::Registry(String::new()));
        assert_eq!(lock.packages[0].hashes.len(), 1);
        assert_eq!(lock.packages[1].origin, Origin::Registry("hexpm:acme".to_owned()));
        assert_eq!(
            lock.packages[2].origin,
            Origin::Git { url: "https://example.org/plug.git".to_owned(), commit }
        );
        assert_eq!((lock.left_out.len(), lock.left_out[0].line), (1, 8));
    }

    #[test]
    fn what_is_no_lock_file_is_refused() {
        for text in ["", "[]", "defmodule A do\nend\n"] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(parse(b"%{}\n").unwrap(), Lockfile::default());
    }
}
