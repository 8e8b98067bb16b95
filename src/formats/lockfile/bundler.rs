//! `Gemfile.lock` and `gems.locked` of Bundler: sections whose entries are told apart by their indentation.
//!
//! Variants of one gem for several platforms are one entry each, because each is an archive of its own.

use std::collections::HashMap;

use super::reading::{MAX_ADDRESS, Places, depend, hex_hash, numbered, text};
use super::{Lockfile, Unread};
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::fault::Fault;
use crate::formats::package::{HashFunction, Origin, Package};
use crate::formats::source_url::{commit, without_credentials};

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(_path: &str, name: &str) -> bool {
    matches!(name, "Gemfile.lock" | "gems.locked") || name.ends_with(".gemfile.lock")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    None,
    Gem,
    Git,
    Path,
    Plugin,
    Dependencies,
    Checksums,
    /// Platforms, the versions of Ruby and of Bundler: no packages.
    Other,
}

/// A package and the names that stand below it, with the section's options filled in at its end.
#[derive(Default)]
struct Reader<'t> {
    packages: Vec<Package>,
    needs: Vec<(usize, &'t str)>,
    direct: Vec<&'t str>,
    checksums: Vec<(&'t str, &'t str)>,
    left_out: Vec<Unread>,
    remotes: Vec<&'t str>,
    revision: Option<&'t str>,
    /// The first package of the section.
    first: usize,
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let mut reader = Reader::default();
    let (mut section, mut sections) = (Section::None, 0);
    for (line, written) in numbered(text(bytes)?) {
        let entry = written.trim();
        if entry.is_empty() {
            continue;
        }
        match written.len() - written.trim_start_matches(' ').len() {
            0 => {
                if ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| entry.starts_with(mark)) {
                    return Err(Fault::new(line, "a merge conflict that is not resolved"));
                }
                reader.finish(section);
                section = match entry {
                    "GEM" => Section::Gem,
                    "GIT" => Section::Git,
                    "PATH" => Section::Path,
                    "PLUGIN SOURCE" => Section::Plugin,
                    "DEPENDENCIES" => Section::Dependencies,
                    "CHECKSUMS" => Section::Checksums,
                    "PLATFORMS" | "RUBY VERSION" | "BUNDLED WITH" => Section::Other,
                    _ => {
                        reader.leave_out(line, "a section that is not known", entry);
                        Section::Other
                    }
                };
                sections += 1;
            }
            indent => reader.entry(section, indent, entry, line)?,
        }
    }
    reader.finish(section);
    if sections == 0 || (sections == reader.left_out.len() && reader.packages.is_empty()) {
        return Err(Fault::new(1, "no section of a Bundler lock file"));
    }
    Ok(reader.into_lockfile())
}

impl<'t> Reader<'t> {
    fn leave_out(&mut self, line: u32, reason: &'static str, name: &str) {
        self.left_out.push(Unread { line, reason, name: name.to_owned() });
    }

    fn entry(&mut self, section: Section, indent: usize, entry: &'t str, line: u32) -> Result<(), Fault> {
        match (section, indent) {
            (Section::Gem | Section::Git | Section::Path | Section::Plugin, 2) => {
                match entry.split_once(": ") {
                    Some(("remote", remote)) => {
                        if self.remotes.iter().map(|one| one.len()).sum::<usize>() + remote.len()
                            > MAX_ADDRESS
                        {
                            return Err(Fault::new(line, "a section with too many or too long addresses"));
                        }
                        self.remotes.push(remote.trim());
                    }
                    Some(("revision", revision)) => self.revision = Some(revision.trim()),
                    // `specs:`, and options that say how the revision was found.
                    _ => {}
                }
            }
            (Section::Gem | Section::Git | Section::Path | Section::Plugin, 4) => self.gem(entry, line),
            (Section::Gem | Section::Git | Section::Path | Section::Plugin, 6) => {
                if self.packages.len() > self.first {
                    self.needs.push((self.packages.len() - 1, name_of(entry)));
                }
            }
            (Section::Dependencies, 2) => self.direct.push(name_of(entry).trim_end_matches('!')),
            (Section::Checksums, 2) => {
                if let Some((gem, digests)) = entry.rsplit_once(") ") {
                    self.checksums.push((gem, digests));
                }
            }
            (Section::Other, _) => {}
            _ => self.leave_out(line, "a line that is not understood", ""),
        }
        Ok(())
    }

    /// `name (1.2.3-x86_64-linux)`: a version of Ruby gems holds no `-`, so the platform starts at the first one.
    fn gem(&mut self, entry: &str, line: u32) {
        let inner = entry.split_once(" (").and_then(|(name, rest)| Some((name, rest.strip_suffix(')')?)));
        let Some((name, version)) = inner else {
            return self.leave_out(line, "no exact version", name_of(entry));
        };
        let (version, platform) = match version.split_once('-') {
            Some((version, platform)) => (version, Some(platform.to_owned())),
            None => (version, None),
        };
        self.packages.push(Package {
            name: name.to_owned(),
            version: (!version.is_empty()).then(|| version.to_owned()),
            platform,
            ecosystem: Some(Ecosystem::of(Family::RubyGems)),
            line,
            direct: Some(false),
            depends_on: Some(Vec::new()),
            ..Package::default()
        });
    }

    /// Gives the packages of a section their origin.
    fn finish(&mut self, section: Section) {
        let remotes: Vec<String> = self.remotes.iter().map(|remote| without_credentials(remote)).collect();
        let first = remotes.first().cloned().unwrap_or_default();
        let origin = match section {
            // Of several remotes in one section the file does not tell which one a gem is from.
            Section::Gem | Section::Plugin if !remotes.is_empty() => Origin::Registry(remotes.join(" or ")),
            Section::Git => Origin::Git { url: first, commit: self.revision.and_then(commit) },
            // Someone else's gem that was copied into the tree has advisories like the original.
            Section::Path => Some(Origin::Path(first)).filter(|at| !at.is_own_work()).unwrap_or(Origin::Own),
            _ => Origin::Unknown,
        };
        for package in self.packages.iter_mut().skip(self.first) {
            package.origin = origin.clone();
        }
        self.first = self.packages.len();
        self.remotes.clear();
        self.revision = None;
    }

    fn into_lockfile(self) -> Lockfile {
        let Self { mut packages, needs, direct, checksums, left_out, .. } = self;
        let names: Vec<String> = packages.iter().map(|package| package.name.clone()).collect();
        let mut places = Places::default();
        for (index, name) in names.iter().enumerate() {
            places.add(name, index);
        }
        let mut edges: HashMap<usize, Vec<usize>> = HashMap::new();
        for (from, name) in needs {
            edges.entry(from).or_default().extend(places.of(name));
        }
        for (from, targets) in edges {
            if let Some(package) = packages.get_mut(from) {
                depend(package, targets);
            }
        }
        for index in direct.iter().flat_map(|name| places.of(name)) {
            if let Some(package) = packages.get_mut(*index) {
                package.direct = Some(true);
            }
        }
        let written: HashMap<&str, &str> = checksums.into_iter().collect();
        for package in &mut packages {
            let version = package.version.as_deref().unwrap_or_default();
            let key = match &package.platform {
                Some(platform) => format!("{} ({version}-{platform}", package.name),
                None => format!("{} ({version}", package.name),
            };
            let digests = written.get(key.as_str()).copied().unwrap_or_default();
            package.hashes = digests
                .split(',')
                .take(8)
                .filter_map(|digest| hex_hash(HashFunction::Sha256, digest.trim().strip_prefix("sha256=")?))
                .collect();
        }
        Lockfile { packages, left_out, ..Lockfile::default() }
    }
}

/// The name in front of a requirement: `rack (~> 2.0)!`.
fn name_of(entry: &str) -> &str {
    entry.split(' ').next().unwrap_or(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "\
GIT
  remote: https://token@example.org/a/b.git
  revision: 0123456789abcdef0123456789abcdef01234567
  branch: main
  specs:
    b (0.1.0)
      rack (>= 2)

PATH
  remote: .
  specs:
    own (1.0.0)
      nokogiri

PATH
  remote: vendor/gems/old
  specs:
    old (0.9)

GEM
  remote: https://gems.example.org/
  specs:
    nokogiri (1.16.2-x86_64-linux)
      racc (~> 1.4)
    nokogiri (1.16.2-arm64-darwin)
      racc (~> 1.4)
    racc (1.7.3)
    rack (2.2.8.pre1)

PLATFORMS
  arm64-darwin
  x86_64-linux

DEPENDENCIES
  b!
  nokogiri (~> 1.16)
  own!

CHECKSUMS
  nokogiri (1.16.2-x86_64-linux) sha256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
  racc (1.7.3)

RUBY VERSION
   ruby 3.3.0p0

BUNDLED WITH
   2.5.6
";

    #[test]
    fn every_section_is_read() {
        let lock = parse(LOCK.as_bytes()).unwrap();
        assert_eq!(lock.left_out, []);
        let seen: Vec<_> = lock
            .packages
            .iter()
            .map(|one| {
                let version = one.version.as_deref().unwrap();
                (
                    one.name.as_str(),
                    version,
                    one.platform.as_deref(),
                    one.line,
                    one.direct,
                    one.depends_on.clone().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("b", "0.1.0", None, 6, Some(true), vec![6]),
                ("own", "1.0.0", None, 12, Some(true), vec![3, 4]),
                ("old", "0.9", None, 18, Some(false), vec![]),
                ("nokogiri", "1.16.2", Some("x86_64-linux"), 23, Some(true), vec![5]),
                ("nokogiri", "1.16.2", Some("arm64-darwin"), 25, Some(true), vec![5]),
                ("racc", "1.7.3", None, 27, Some(false), vec![]),
                ("rack", "2.2.8.pre1", None, 28, Some(false), vec![]),
            ]
        );
        let origins: Vec<_> = lock.packages.iter().map(|one| one.origin.clone()).collect();
        let commit = Some("0123456789abcdef0123456789abcdef01234567".to_owned());
        assert_eq!(origins[0], Origin::Git { url: "https://example.org/a/b.git".to_owned(), commit });
        assert_eq!(origins[1], Origin::Own);
        assert_eq!(origins[2], Origin::Path("vendor/gems/old".to_owned()));
        assert_eq!(origins[3], Origin::Registry("https://gems.example.org/".to_owned()));
        assert!(lock.packages[3].hashes[0].hex.starts_with("e3b0c442"));
        assert_eq!((lock.packages[4].hashes.len(), lock.packages[5].hashes.len()), (0, 0));
    }

    #[test]
    fn what_is_no_lock_file_is_refused_and_what_is_not_understood_is_told() {
        assert!(parse(b"").is_err());
        assert!(parse(b"gem 'rails'\n").is_err());
        assert_eq!(parse(b"GEM\n<<<<<<< HEAD\n").unwrap_err().line, 2);
        let lock = parse(b"GEM\n  specs:\n    rack\n   odd (1)\n").unwrap();
        assert_eq!((lock.packages.len(), lock.left_out.len()), (0, 2));
    }

    #[test]
    fn long_addresses_are_refused() {
        let text = format!("GEM\n  remote: {}\n  specs:\n    a (1)\n", "x".repeat(3_000));
        assert_eq!(parse(text.as_bytes()).unwrap_err().line, 2);
        let text = format!("GEM\n{}  specs:\n    a (1)\n", "  remote: x\n".repeat(3_000));
        assert!(parse(text.as_bytes()).is_err());
    }

    #[test]
    fn many_variants_and_many_edges_stay_cheap() {
        let mut text = "GEM\n  specs:\n".to_owned();
        for index in 0..20_000 {
            text.push_str(&format!("    a (1-p{index})\n      a\n      a\n"));
        }
        let lock = parse(text.as_bytes()).unwrap();
        assert_eq!(lock.packages.len(), 20_000);
        assert!(lock.packages.iter().all(|one| one.depends_on.as_ref().unwrap().len() <= 64));
    }
}
