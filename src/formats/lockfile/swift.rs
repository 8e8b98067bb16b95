//! `Package.resolved` of Swift's package manager, versions 1 to 3.

use super::reading::{document, filled};
use super::{Lockfile, Unread};
use crate::formats::document::{Node, Syntax};
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::fault::Fault;
use crate::formats::package::{Origin, Package};
use crate::formats::source_url::{commit, without_credentials};

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(_path: &str, name: &str) -> bool {
    name == "Package.resolved"
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let root = document(bytes, Syntax::Json)?;
    root.expect_map()?;
    let pins = root
        .get("pins")
        .or_else(|| root.get_path(&["object", "pins"]))
        .ok_or_else(|| Fault::new(1, "no `pins`"))?
        .expect_list()?;
    let mut lock = Lockfile::default();
    for pin in pins {
        match package(pin) {
            Some(package) => lock.packages.push(package),
            None => {
                let name =
                    filled(pin, "identity").or_else(|| filled(pin, "package")).unwrap_or_default().to_owned();
                lock.left_out.push(Unread { line: pin.span.line, reason: "neither name nor version", name });
            }
        }
    }
    Ok(lock)
}

fn package(pin: &Node) -> Option<Package> {
    let state = pin.get("state");
    let part = |key: &str| state.and_then(|state| filled(state, key));
    let place = pin.entry("identity").or_else(|| pin.entry("package"));
    let version = part("version").map(str::to_owned);
    let mut package = Package {
        version: version.clone(),
        line: place.map_or(pin.span.line, |entry| entry.key_span.line),
        ..Package::default()
    };
    let location = filled(pin, "location").or_else(|| filled(pin, "repositoryURL"));
    match (filled(pin, "kind"), location) {
        // A registry names packages `scope.name`; advisories go by repository.
        (Some("registry"), _) | (None, None) => {
            package.name = filled(pin, "identity")?.to_owned();
            package.origin = Origin::Registry(String::new());
            version?;
        }
        (Some("localSourceControl" | "fileSystem"), location) => {
            package.name = filled(pin, "identity")?.to_owned();
            package.origin = Origin::Path(location.unwrap_or_default().to_owned());
        }
        (_, Some(url)) => {
            package.name = repository(url);
            package.ecosystem = Some(Ecosystem::of(Family::SwiftUrl));
            package.origin =
                Origin::Git { url: without_credentials(url), commit: part("revision").and_then(commit) };
        }
        (Some(_), None) => return None,
    }
    Some(package)
}

/// A repository's address as OSV names it: `host/owner/name`, the host in lower case, without scheme, user and `.git`.
fn repository(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (host, path) = match (rest.split_once('/'), rest.split_once(':')) {
        // `git@host:owner/name`.
        (Some((host, _)), Some((before, path))) if before.len() < host.len() && !url.contains("://") => {
            (before, path)
        }
        (None, Some((host, path))) => (host, path),
        (Some((host, path)), _) => (host, path),
        (None, None) => (rest, ""),
    };
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host).to_ascii_lowercase();
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    if path.is_empty() { host } else { format!("{host}/{path}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_named_as_advisories_do() {
        for (url, expected) in [
            ("https://github.com/vapor/vapor.git", "github.com/vapor/vapor"),
            ("https://GitHub.com/apple/swift-nio", "github.com/apple/swift-nio"),
            ("https://user:pw@example.org/a/b/", "example.org/a/b"),
            ("git@github.com:owner/repo.git", "github.com/owner/repo"),
            ("ssh://git@github.com/owner/repo.git", "github.com/owner/repo"),
            ("https://example.org:8443/a/b.git", "example.org:8443/a/b"),
        ] {
            assert_eq!(repository(url), expected);
        }
    }

    #[test]
    fn every_version_of_the_file_is_read() {
        let first = br#"{"object": {"pins": [
  {"package": "Vapor", "repositoryURL": "https://github.com/vapor/vapor.git",
   "state": {"branch": null, "revision": "0123456789abcdef0123456789abcdef01234567", "version": "4.1.0"}}
]}, "version": 1}"#;
        let second = br#"{"pins": [
  {"identity": "vapor", "kind": "remoteSourceControl", "location": "https://github.com/vapor/vapor.git",
   "state": {"revision": "0123456789abcdef0123456789abcdef01234567", "version": "4.1.0"}},
  {"identity": "tip", "kind": "remoteSourceControl", "location": "https://github.com/a/tip",
   "state": {"branch": "main", "revision": "0123456789abcdef0123456789abcdef01234567"}},
  {"identity": "acme.kit", "kind": "registry", "location": "", "state": {"version": "1.0.0"}},
  {"identity": "near", "kind": "localSourceControl", "location": "/srv/near", "state": {"revision": "ab"}},
  {"kind": "remoteSourceControl", "state": {}}
], "version": 3}"#;
        let lock = parse(first).unwrap();
        let vapor = &lock.packages[0];
        assert_eq!(
            (vapor.name.as_str(), vapor.version.as_deref(), vapor.line),
            ("github.com/vapor/vapor", Some("4.1.0"), 2)
        );
        let lock = parse(second).unwrap();
        assert_eq!(&Package { line: 2, ..lock.packages[0].clone() }, vapor);
        let seen: Vec<_> = lock
            .packages
            .iter()
            .map(|one| (one.name.as_str(), one.version.as_deref(), one.ecosystem.is_some()))
            .collect();
        assert_eq!(
            seen[1..],
            [("github.com/a/tip", None, true), ("acme.kit", Some("1.0.0"), false), ("near", None, false)]
        );
        assert_eq!((lock.left_out.len(), lock.left_out[0].line), (1, 8));
    }

    #[test]
    fn what_is_no_lock_file_is_refused() {
        for text in ["", "[]", "{}", r#"{"pins": {}}"#] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
