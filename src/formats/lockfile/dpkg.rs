//! `var/lib/dpkg/status` and `var/lib/dpkg/status.d/*` of a root filesystem: what is installed, by Debian's tools.
//!
//! The release is not in the file: [`crate::formats::os_release::set_distribution`] adds it.

use std::collections::HashMap;

use super::reading::{Places, depend, numbered, text};
use super::{Lockfile, Unread};
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::fault::Fault;
use crate::formats::package::{Package, SourcePackage};

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(path: &str, name: &str) -> bool {
    let folder = path.strip_suffix(name).unwrap_or_default();
    let within =
        |wanted: &str| folder.strip_suffix(wanted).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
    // Images without a package manager have one file a package, some with a list of digests beside it.
    within("var/lib/dpkg/") && name == "status"
        || within("var/lib/dpkg/status.d/") && !name.ends_with(".md5sums")
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let text = text(bytes)?;
    let mut lock = Lockfile::default();
    let mut installed = Vec::new();
    let mut fields = Fields::default();
    let mut paragraphs = 0;
    // An empty line at the end closes the last paragraph.
    let end = (u32::MAX, "");
    for (line, written) in numbered(text).chain(std::iter::once(end)) {
        if written.trim().is_empty() {
            let done = std::mem::take(&mut fields);
            if done.line == 0 {
                continue;
            }
            paragraphs += 1;
            match done.package() {
                Ok(Some(package)) => {
                    lock.packages.push(package);
                    installed.push(done);
                }
                Ok(None) => {}
                Err(reason) => {
                    lock.left_out.push(Unread { line: done.line, reason, name: done.name.to_owned() });
                }
            }
        } else {
            fields.add(written, line)?;
        }
    }
    if paragraphs == 0 && !text.trim().is_empty() {
        return Err(Fault::new(1, "no paragraph with a field"));
    }
    link(&mut lock.packages, &installed);
    Ok(lock)
}

/// The fields of a paragraph that matter.
#[derive(Default)]
struct Fields<'t> {
    line: u32,
    name: &'t str,
    status: Option<&'t str>,
    version: &'t str,
    architecture: &'t str,
    source: Option<&'t str>,
    provides: &'t str,
    depends: [&'t str; 2],
}

impl<'t> Fields<'t> {
    fn add(&mut self, written: &'t str, line: u32) -> Result<(), Fault> {
        self.line = if self.line == 0 { line } else { self.line };
        if written.starts_with([' ', '\t']) {
            // No field that matters is folded by dpkg.
            return Ok(());
        }
        let (key, value) = written.split_once(':').ok_or_else(|| Fault::new(line, "expected a field"))?;
        let value = value.trim();
        match key.to_ascii_lowercase().as_str() {
            "package" => {
                self.name = value;
                self.line = line;
            }
            "status" => self.status = Some(value),
            "version" => self.version = value,
            "architecture" => self.architecture = value,
            "source" => self.source = Some(value),
            "provides" => self.provides = value,
            "depends" => self.depends[0] = value,
            "pre-depends" => self.depends[1] = value,
            _ => {}
        }
        Ok(())
    }

    /// The package; none when nothing of it but its configuration is there. A package that is unpacked and not
    /// configured is there all the same, because its files are.
    fn package(&self) -> Result<Option<Package>, &'static str> {
        let state = self.status.map(|status| status.rsplit(' ').next().unwrap_or(status));
        if matches!(state, Some("not-installed" | "config-files")) {
            return Ok(None);
        }
        if self.name.is_empty() || self.version.is_empty() {
            return Err("neither name nor version");
        }
        Ok(Some(Package {
            name: self.name.to_owned(),
            version: Some(self.version.to_owned()),
            platform: (!self.architecture.is_empty()).then(|| self.architecture.to_owned()),
            ecosystem: Some(Ecosystem::of(Family::Debian)),
            line: self.line,
            source: self.source.map(source),
            depends_on: Some(Vec::new()),
            ..Package::default()
        }))
    }
}

/// `name` or `name (version)`.
fn source(text: &str) -> SourcePackage {
    match text.split_once(" (").and_then(|(name, rest)| Some((name, rest.strip_suffix(')')?))) {
        Some((name, version)) => SourcePackage { name: name.to_owned(), version: Some(version.to_owned()) },
        None => SourcePackage { name: text.to_owned(), version: None },
    }
}

/// Names of a relation field: groups by comma, alternatives by `|`, each without version, architecture and profile.
fn names(relation: &str) -> impl Iterator<Item = impl Iterator<Item = &str>> {
    let bare =
        |one: &str| one.trim_start().find([' ', '(', ':', '[', '<', ',']).unwrap_or(one.trim_start().len());
    relation.split(',').map(move |group| {
        group.split('|').map(move |one| one.trim_start().get(..bare(one)).unwrap_or_default())
    })
}

/// Of alternatives the first one that is installed counts, by its own name before what provides it; where a package is
/// installed for several architectures, the one of the package that needs it.
fn link(packages: &mut [Package], fields: &[Fields<'_>]) {
    let (mut places, mut providers) = (Places::default(), Places::default());
    let mut exact = HashMap::new();
    for (index, one) in fields.iter().enumerate() {
        places.add(one.name, index);
        exact.insert((one.name, one.architecture), index);
        names(one.provides).flatten().for_each(|name| providers.add(name, index));
    }
    for (package, one) in packages.iter_mut().zip(fields) {
        let mut edges = Vec::new();
        for group in one.depends.iter().flat_map(|relation| names(relation)) {
            let found = group.into_iter().find_map(|name| {
                let own = exact.get(&(name, one.architecture)).copied();
                own.or_else(|| places.of(name).first().or_else(|| providers.of(name).first()).copied())
            });
            edges.extend(found);
        }
        depend(package, edges);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str = "\
Package: libssl3
Status: install ok installed
Architecture: amd64
Source: openssl (3.0.11-1)
Version: 3.0.11-1~deb12u2
Depends: libc6 (>= 2.34), debconf (>= 0.5) | debconf-2.0
Description: text
 Package: nothing
 .

Package: libc6
Status: install ok installed
Architecture: i386
Source: glibc
Version: 2.36-9

Package: libc6
Status: install ok half-configured
Architecture: amd64
Source: glibc
Version: 2.36-9
Pre-Depends: libssl3:any

Package: gone
Status: deinstall ok config-files
Version: 1.0

Package: cdebconf
Status: install ok installed
Architecture: amd64
Version: 0.270
Provides: debconf-2.0, other (= 1)

Package: broken
Status: install ok installed
";

    #[test]
    fn installed_packages_are_read() {
        let lock = parse(STATUS.as_bytes()).unwrap();
        let seen: Vec<_> = lock
            .packages
            .iter()
            .map(|one| {
                let source = one.source.as_ref().map(|one| (one.name.as_str(), one.version.as_deref()));
                let arch = one.platform.as_deref().unwrap();
                (
                    one.name.as_str(),
                    one.version.as_deref().unwrap(),
                    arch,
                    source,
                    one.line,
                    one.depends_on.clone().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("libssl3", "3.0.11-1~deb12u2", "amd64", Some(("openssl", Some("3.0.11-1"))), 1, vec![2, 3]),
                ("libc6", "2.36-9", "i386", Some(("glibc", None)), 11, vec![]),
                ("libc6", "2.36-9", "amd64", Some(("glibc", None)), 17, vec![0]),
                ("cdebconf", "0.270", "amd64", None, 28, vec![]),
            ]
        );
        assert_eq!((lock.left_out.len(), lock.left_out[0].line), (1, 34));
        assert_eq!(lock.left_out[0].name, "broken");
    }

    #[test]
    fn names_of_the_database() {
        for (path, expected) in [
            ("var/lib/dpkg/status", true),
            ("image/rootfs/var/lib/dpkg/status", true),
            ("var/lib/dpkg/status.d/base-files", true),
            ("var/lib/dpkg/status.d/base-files.md5sums", false),
            ("var/lib/dpkg/status-old", false),
            ("xvar/lib/dpkg/status", false),
            ("status", false),
        ] {
            assert_eq!(is_name(path, path.rsplit('/').next().unwrap()), expected, "{path}");
        }
    }

    #[test]
    fn hostile_files_stay_cheap() {
        assert!(parse(b"no field here\n").is_err());
        assert_eq!(parse(b"").unwrap(), Lockfile::default());
        let provides = "a, ".repeat(200_000);
        let one = format!("Package: a\nVersion: 1\nProvides: {provides}\nDepends: {provides}\n\n");
        let lock = parse(one.repeat(4).as_bytes()).unwrap();
        assert_eq!(lock.packages.len(), 4);
    }
}
