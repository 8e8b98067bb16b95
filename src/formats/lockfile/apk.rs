//! `lib/apk/db/installed` of a root filesystem: what is installed, by Alpine's tools.
//!
//! The release is not in the file: [`crate::formats::os_release::set_distribution`] adds it. The digest (`C:`) is of the
//! control part of a package's archive, which holds the digest of the rest.

use super::reading::{Places, base64_hash, depend, numbered, text};
use super::{Lockfile, Unread};
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::fault::Fault;
use crate::formats::package::{Hash, HashFunction, Package, SourcePackage};

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(path: &str, _name: &str) -> bool {
    // Newer releases keep it below `usr`, which ends alike.
    path.strip_suffix("lib/apk/db/installed").is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let text = text(bytes)?;
    let mut lock = Lockfile::default();
    let mut needs = Vec::new();
    let mut names = Places::default();
    let mut provided = Places::default();
    let mut fields = Fields::default();
    let end = (u32::MAX, "");
    for (line, written) in numbered(text).chain(std::iter::once(end)) {
        if !written.is_empty() {
            fields.add(written, line)?;
            continue;
        }
        let done = std::mem::take(&mut fields);
        if done.line == 0 {
            continue;
        }
        if done.name.is_empty() || done.version.is_empty() {
            let reason = "neither name nor version";
            lock.left_out.push(Unread { line: done.line, reason, name: done.name.to_owned() });
            continue;
        }
        let index = lock.packages.len();
        names.add(done.name, index);
        done.provides.split(' ').for_each(|token| provided.add(bare(token), index));
        needs.push(done.depends);
        lock.packages.push(done.package());
    }
    for (package, needs) in lock.packages.iter_mut().zip(needs) {
        let edges = needs.split(' ').filter_map(|token| {
            let name = bare(token);
            names.of(name).first().or_else(|| provided.of(name).first()).copied()
        });
        depend(package, edges);
    }
    Ok(lock)
}

/// The fields of a paragraph that matter.
#[derive(Default)]
struct Fields<'t> {
    line: u32,
    name: &'t str,
    version: &'t str,
    architecture: Option<&'t str>,
    origin: Option<&'t str>,
    license: Option<&'t str>,
    checksum: Option<&'t str>,
    depends: &'t str,
    provides: &'t str,
}

impl<'t> Fields<'t> {
    fn add(&mut self, written: &'t str, line: u32) -> Result<(), Fault> {
        let (key, value) = written.split_once(':').ok_or_else(|| Fault::new(line, "expected a field"))?;
        self.line = if self.line == 0 { line } else { self.line };
        match key {
            "P" => {
                self.name = value;
                self.line = line;
            }
            "V" => self.version = value,
            "A" => self.architecture = Some(value),
            "o" => self.origin = Some(value),
            "L" => self.license = Some(value),
            "C" => self.checksum = Some(value),
            "D" => self.depends = value,
            "p" => self.provides = value,
            _ => {}
        }
        Ok(())
    }

    fn package(&self) -> Package {
        Package {
            name: self.name.to_owned(),
            version: Some(self.version.to_owned()),
            platform: self.architecture.map(str::to_owned),
            ecosystem: Some(Ecosystem::of(Family::Alpine)),
            line: self.line,
            hashes: self.checksum.and_then(checksum).into_iter().collect(),
            licenses: self.license.filter(|text| !text.is_empty()).map(str::to_owned).into_iter().collect(),
            source: self.origin.map(|name| SourcePackage { name: name.to_owned(), version: None }),
            depends_on: Some(Vec::new()),
            ..Package::default()
        }
    }
}

/// `Q1` and SHA-1 in base64, or `Q2` and SHA-256.
fn checksum(text: &str) -> Option<Hash> {
    match text.split_at_checked(2)? {
        ("Q1", digest) => base64_hash(HashFunction::Sha1, digest),
        ("Q2", digest) => base64_hash(HashFunction::Sha256, digest),
        _ => None,
    }
}

/// `name` of `name>=1.2`, `so:libc.so.1=1`, `name@repository`; of a conflict (`!name`) nothing that is ever provided.
fn bare(token: &str) -> &str {
    token.split(['<', '>', '=', '~', '@']).next().unwrap_or(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSTALLED: &str = "\
C:Q12jmj7l5rSw0yVb/vlWAYkK/YBwk=
P:musl
V:1.2.5-r0
A:x86_64
L:MIT
o:musl
p:so:libc.musl-x86_64.so.1=1
F:lib
R:ld-musl-x86_64.so.1

C:Q1nonsense
P:ssl_client
V:1.36.1-r29
A:x86_64
L:GPL-2.0-only
o:busybox
D:so:libc.musl-x86_64.so.1 !gone zlib>=1.2 so:missing.so

P:zlib
V:1.3.1-r1

P:broken
";

    #[test]
    fn installed_packages_are_read() {
        let lock = parse(INSTALLED.as_bytes()).unwrap();
        let seen: Vec<_> = lock
            .packages
            .iter()
            .map(|one| {
                let source = one.source.as_ref().map(|one| one.name.as_str());
                (
                    one.name.as_str(),
                    one.version.as_deref().unwrap(),
                    source,
                    one.line,
                    one.depends_on.clone().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("musl", "1.2.5-r0", Some("musl"), 2, vec![]),
                ("ssl_client", "1.36.1-r29", Some("busybox"), 12, vec![0, 2]),
                ("zlib", "1.3.1-r1", None, 19, vec![]),
            ]
        );
        assert_eq!(lock.packages[0].hashes[0].hex, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        assert_eq!(
            (lock.packages[1].hashes.len(), lock.packages[1].licenses[0].as_str()),
            (0, "GPL-2.0-only")
        );
        assert_eq!((lock.left_out.len(), lock.left_out[0].line), (1, 22));
        assert!(parse(b"nothing\n").is_err());
    }

    #[test]
    fn names_of_the_database() {
        for (path, expected) in [
            ("lib/apk/db/installed", true),
            ("rootfs/usr/lib/apk/db/installed", true),
            ("mylib/apk/db/installed", false),
            ("installed", false),
        ] {
            assert_eq!(is_name(path, "installed"), expected, "{path}");
        }
    }
}
