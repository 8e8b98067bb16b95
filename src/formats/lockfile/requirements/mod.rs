//! Requirements files of pip, by its documented format
//! (<https://pip.pypa.io/en/stable/reference/requirements-file-format/>).
//!
//! Anyone may call such a file as they like. Read are `requirements*.txt`, `*requirements.txt` and its like with `-`, `_`
//! or `.` between, the `.lock` files that rye names so, and every `.txt` in a folder `requirements`. `constraints.txt` is
//! not: it pins versions but installs nothing, so that its packages need not be there.
//!
//! A package is pinned by `==` or `===` without a wildcard, or by an archive's file name. A reference to a repository, a
//! folder or an archive without a version is a package without one; a bare name or a range is left out. A compiled
//! file says with `# via` what asks for each package, from which come graph and directness.

mod lines;
mod via;

use self::lines::Line;
use self::via::Asker;
use super::python;
use super::{Lockfile, Unread, text};
use crate::formats::fault::Fault;
use crate::formats::package::{Origin, Package};
use crate::formats::pypi;
use crate::formats::source_url::without_credentials;

/// The largest file that is read.
const MAX_BYTES: usize = 16 << 20;

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(path: &str, name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    if let Some(stem) = lower.strip_suffix(".lock") {
        return stem == "requirements" || stem.starts_with("requirements-");
    }
    let Some(stem) = lower.strip_suffix(".txt") else { return false };
    let folder = path.rsplit('/').nth(1).unwrap_or_default();
    let separated = |rest: &str| rest.is_empty() || rest.starts_with(|c: char| !c.is_ascii_alphabetic());
    let ends = |rest: &str| rest.is_empty() || rest.ends_with(|c: char| !c.is_ascii_alphabetic());
    stem.strip_prefix("requirements").is_some_and(separated)
        || stem.strip_suffix("requirements").is_some_and(ends)
        || (folder == "requirements" && !stem.contains("constraints"))
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let text = text::decode(bytes, MAX_BYTES)?;
    let mut reader = Reader::default();
    for line in lines::logical(&text) {
        reader.line(&line);
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    lock: Lockfile,
    /// For each package what asks for it, by its comments.
    askers: Vec<Vec<Asker>>,
    /// Whether the comment of a list of askers is open: the lines that follow go on with it.
    via_open: bool,
    /// Whether the last requirement line gave a package.
    last_is_package: bool,
    has_options: bool,
}

impl Reader {
    fn line(&mut self, line: &Line) {
        if !line.text.is_empty() {
            self.via_open = false;
            self.last_is_package = false;
            match line.text.starts_with('-') {
                true => self.options(line),
                false => self.requirement(line),
            }
        }
        if !line.comment.is_empty() {
            self.comment(&line.comment);
        }
    }

    /// `# via a, b`, or `# via` and one a line; `# from URL` names the registry.
    fn comment(&mut self, comment: &str) {
        if !self.last_is_package {
            return;
        }
        let (Some(package), Some(askers)) = (self.lock.packages.last_mut(), self.askers.last_mut()) else {
            return;
        };
        let list = comment.strip_prefix("via").filter(|rest| rest.is_empty() || rest.starts_with([' ', ':']));
        if let Some(list) = list {
            self.via_open = true;
            via::read(list.trim_start_matches(':'), askers);
        } else if let Some(url) = comment.strip_prefix("from ").filter(|url| url.contains("://")) {
            self.via_open = false;
            package.origin = Origin::Registry(without_credentials(url));
        } else if self.via_open {
            via::read(comment, askers);
        }
    }

    fn options(&mut self, line: &Line) {
        self.has_options = true;
        let words = lines::words(&line.text);
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            // `--name=value`, `-nvalue`, or the value is the next word.
            let (name, value) = match word.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value)),
                _ if word.starts_with("--") => (word, None),
                _ => match word.split_at_checked(2) {
                    Some((name, value)) if !value.is_empty() => (name, Some(value)),
                    _ => (word, None),
                },
            };
            match name {
                "--no-index"
                | "--pre"
                | "--require-hashes"
                | "--prefer-binary"
                | "--process-dependency-links"
                | "--always-unzip"
                | "-Z" => continue,
                _ => {}
            }
            let Some(value) = value.or_else(|| words.next()) else {
                self.left_out(line.number, "an option that is not known", "");
                return;
            };
            match name {
                "-r" | "--requirement" | "--requirements" => {
                    self.lock.includes.push((without_credentials(value), line.number));
                }
                "--extra-index-url" => {
                    let place = (without_credentials(value), line.number);
                    self.lock.besides.push(place.clone());
                    self.lock.registries.push(place);
                }
                "-i" | "--index-url" | "--pypi-url" | "-f" | "--find-links" | "--trusted-host" => {
                    self.lock.registries.push((without_credentials(value), line.number));
                }
                "-e" | "--editable" => self.reference(value, &[], line.number),
                // Constraints install nothing. A line that leaves its version to them is left out for having none.
                "-c"
                | "--constraint"
                | "--constraints"
                | "--no-binary"
                | "--only-binary"
                | "--use-feature"
                | "--no-build-isolation"
                | "--config-settings"
                | "--global-option"
                | "--install-option"
                | "--hash" => {}
                _ => {
                    self.left_out(line.number, "an option that is not known", "");
                    return;
                }
            }
        }
    }

    fn requirement(&mut self, line: &Line) {
        // Options of the requirement itself (`--hash`) stand behind it.
        let end = line
            .text
            .match_indices("--")
            .map(|(at, _)| at)
            .find(|at| line.text.get(..*at).is_some_and(|before| before.ends_with(char::is_whitespace)));
        let (wanted, options) =
            end.and_then(|end| line.text.split_at_checked(end)).unwrap_or((&line.text, ""));
        let words = lines::words(&options.replace("--hash=", "--hash "));
        let mut hashes = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--hash" {
                hashes.extend(words.next());
            }
        }
        let hashes: Vec<&str> = hashes.into_iter().map(String::as_str).collect();
        let wanted = wanted.trim();
        let Some(requirement) = pypi::requirement(wanted) else {
            return self.reference(wanted, &hashes, line.number);
        };
        // `foo-1.0.tar.gz` reads as a name, but pip looks for the file.
        if requirement.name == wanted && pypi::archive(wanted).is_some() {
            return self.reference(wanted, &hashes, line.number);
        }
        if let Some(url) = requirement.url {
            return self.located(Some(requirement.name), url, &hashes, line.number);
        }
        match pypi::exact(requirement.specifier) {
            Some(version) => {
                self.push(python::package(requirement.name, Some(version), line.number), &hashes);
            }
            None => self.left_out(line.number, "no exact version", requirement.name),
        }
    }

    /// A line that is no name: a URL, a path, `.[extra]`; also what `-e` has.
    fn reference(&mut self, wanted: &str, hashes: &[&str], line: u32) {
        if let Some((name, url)) = pypi::requirement(wanted).and_then(|one| Some((one.name, one.url?))) {
            return self.located(Some(name), url, hashes, line);
        }
        // A marker may follow, behind a blank.
        let target = wanted.split(" ;").next().unwrap_or(wanted).trim();
        let target = target.split("; ").next().unwrap_or(target).trim();
        let is_archive = pypi::archive(target).is_some();
        let is_place = target.contains("://")
            || target.contains(['/', '\\'])
            || target.starts_with('.')
            || target.starts_with("file:")
            || target.starts_with("git+")
            || is_archive;
        if !is_place || target.contains(char::is_whitespace) {
            return self.left_out(line, "not a requirement", "");
        }
        self.located(pypi::egg(target), target, hashes, line);
    }

    /// A package by where it lies; its version, if any, is that of the archive's name.
    fn located(&mut self, name: Option<&str>, reference: &str, hashes: &[&str], line: u32) {
        let archive = pypi::archive(reference);
        // Extras of a folder stand behind it in brackets.
        let place = reference.split('[').next().unwrap_or(reference);
        let origin = pypi::origin(if archive.is_some() { reference } else { place });
        let name = name.or(archive.map(|(name, _)| name));
        let Some(name) = name else {
            return match origin {
                // A folder's name is not its project's: most often it is the project itself.
                Origin::Path(path) if matches!(path.as_str(), "." | "./") => {
                    self.push(Package { origin: Origin::Own, ..python::package(".", None, line) }, hashes);
                }
                Origin::Path(path) => {
                    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or(&path).to_owned();
                    let origin = Origin::Path(path);
                    self.push(Package { origin, ..python::package(&name, None, line) }, hashes);
                }
                Origin::Git { .. } => {
                    let name = repository_name(&origin);
                    self.push(Package { origin, ..python::package(&name, None, line) }, hashes);
                }
                _ => self.left_out(line, "an address that names no package", ""),
            };
        };
        let version = archive.map(|(_, version)| version.replace("%2B", "+").replace("%2b", "+"));
        let mut package = Package { origin, ..python::package(name, version.as_deref(), line) };
        let fragment = reference.split_once('#').map_or("", |(_, fragment)| fragment);
        let of_url = fragment.split('&').filter_map(|part| part.split_once('='));
        package.hashes.extend(of_url.filter_map(|(function, hex)| python::hash_of(function, hex)));
        self.push(package, hashes);
    }

    fn push(&mut self, mut package: Package, hashes: &[&str]) {
        package.hashes.extend(hashes.iter().filter_map(|hash| python::hash(hash)));
        python::sort_hashes(&mut package);
        self.lock.packages.push(package);
        self.askers.push(Vec::new());
        self.last_is_package = true;
    }

    fn left_out(&mut self, line: u32, reason: &'static str, name: &str) {
        self.lock.left_out.push(Unread { line, reason, name: name.to_owned() });
    }

    fn finish(mut self) -> Result<Lockfile, Fault> {
        let lock = &mut self.lock;
        let understood = lock.left_out.iter().filter(|one| !one.name.is_empty()).count();
        if lock.packages.is_empty() && understood == 0 && !self.has_options && !lock.left_out.is_empty() {
            let line = lock.left_out.first().map_or(1, |one| one.line);
            return Err(Fault::new(line, "no line is a requirement"));
        }
        if self.askers.iter().any(|askers| !askers.is_empty()) {
            via::link(&mut lock.packages, &self.askers);
        } else if lock.packages.iter().any(|one| one.hashes.is_empty()) || !lock.left_out.is_empty() {
            // With digests for all, pip refuses whatever is not listed.
            lock.partial = Some("what the listed packages need may not be listed");
        }
        Ok(self.lock)
    }
}

/// The last part of a repository's URL: what it is called where its file gives no name.
fn repository_name(origin: &Origin) -> String {
    let Origin::Git { url, .. } = origin else { return String::new() };
    let name = url.trim_end_matches('/').rsplit('/').next().unwrap_or(url);
    name.strip_suffix(".git").unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests;
