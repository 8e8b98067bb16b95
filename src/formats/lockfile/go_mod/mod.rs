//! `go.mod` (<https://go.dev/ref/mod#go-mod-file>).
//!
//! From go 1.17 on it lists every module that the build needs; before, modules that others require are missing, which
//! [`Lockfile::partial`] says. Versions keep their `v`, as purls of Go and the module system write them. A replaced module
//! is what replaces it, since that is built. `go` and `toolchain` are minimums (the newer of them and the installed one
//! builds), so no version of the standard library follows from them; both stand in [`Lockfile::platform`].

use std::collections::{HashMap, HashSet};

use super::{Lockfile, Unread, text};
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::fault::Fault;
use crate::formats::package::{Origin, Package};

/// The largest file that is read.
const MAX_BYTES: usize = 16 << 20;

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(_path: &str, name: &str) -> bool {
    name == "go.mod"
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let text = text::decode(bytes, MAX_BYTES)?;
    let mut file = File::default();
    // The verb of the block that is open.
    let mut block: Option<String> = None;
    for (index, raw) in text.lines().enumerate() {
        let line = text::number(index);
        let (mut tokens, comment) = tokens(raw).ok_or_else(|| Fault::new(line, "a string without an end"))?;
        if tokens.is_empty() {
            continue;
        }
        if let Some(verb) = &block {
            if tokens.first().is_some_and(|first| first == ")") {
                block = None;
            } else {
                file.entry(verb, &tokens, comment, line);
            }
            continue;
        }
        let verb = tokens.remove(0);
        // A block starts on its own line; Go takes nothing else for one.
        match tokens.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["("] => block = Some(verb),
            ["(", ")"] => {}
            _ => file.entry(&verb, &tokens, comment, line),
        }
    }
    file.finish()
}

/// The tokens of a line and its comment; none when a string does not end.
fn tokens(line: &str) -> Option<(Vec<String>, &str)> {
    let mut tokens = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("//") {
            return Some((tokens, comment.trim()));
        }
        let token;
        (token, rest) = match first {
            '"' | '`' => rest.get(1..)?.split_once(first)?,
            '(' | ')' | '[' | ']' | ',' => rest.split_at_checked(1)?,
            _ => {
                let ends = |(at, letter): (usize, char)| {
                    let ends = letter.is_whitespace()
                        || matches!(letter, '(' | ')' | '[' | ']' | ',' | '"' | '`')
                        || rest.get(at..).is_some_and(|rest| rest.starts_with("//"));
                    ends.then_some(at)
                };
                rest.split_at_checked(rest.char_indices().find_map(ends).unwrap_or(rest.len()))?
            }
        };
        tokens.push(token.to_owned());
        rest = rest.trim_start();
    }
    Some((tokens, ""))
}

#[derive(Default)]
struct File {
    lock: Lockfile,
    has_module: bool,
    /// Minor version of the `go` directive, if its major one is 1.
    go_minor: Option<u32>,
    required: Vec<Required>,
    /// What replaces a module, in all versions or in one.
    replaced: HashMap<(String, Option<String>), (String, Option<String>)>,
    excluded: HashSet<(String, String)>,
}

struct Required {
    path: String,
    version: String,
    indirect: bool,
    line: u32,
}

impl File {
    fn entry(&mut self, verb: &str, tokens: &[String], comment: &str, line: u32) {
        let words: Vec<&str> = tokens.iter().map(String::as_str).collect();
        match (verb, words.as_slice()) {
            ("module", [path]) => {
                self.has_module = true;
                self.lock.packages.push(Package { origin: Origin::Own, ..module(path, None, line) });
            }
            ("go" | "toolchain", [version]) => {
                if verb == "go" {
                    let minor = version
                        .strip_prefix("1.")
                        .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
                    self.go_minor = minor.and_then(|minor| minor.parse().ok());
                }
                self.lock.platform.push((verb.to_owned(), (*version).to_owned(), line));
            }
            ("require", [path, version]) => {
                let first = comment.split([';', ' ']).next();
                self.required.push(Required {
                    path: (*path).to_owned(),
                    version: (*version).to_owned(),
                    indirect: first == Some("indirect"),
                    line,
                });
            }
            ("replace", [old, between @ .., "=>", new]) if between.len() <= 1 => {
                self.replace(old, between.first(), new, None);
            }
            ("replace", [old, between @ .., "=>", new, version]) if between.len() <= 1 => {
                self.replace(old, between.first(), new, Some(version));
            }
            ("exclude", [path, version]) => {
                self.excluded.insert(((*path).to_owned(), (*version).to_owned()));
            }
            // None of these names a module that is built: withdrawn versions of this one, commands of required ones.
            ("retract" | "tool" | "godebug" | "ignore", _) => {}
            _ => self.left_out(line, "a directive that is not known", ""),
        }
    }

    fn replace(&mut self, old: &str, of: Option<&&str>, new: &str, version: Option<&str>) {
        let key = (old.to_owned(), of.map(|of| (*of).to_owned()));
        self.replaced.insert(key, (new.to_owned(), version.map(str::to_owned)));
    }

    fn left_out(&mut self, line: u32, reason: &'static str, name: &str) {
        self.lock.left_out.push(Unread { line, reason, name: name.to_owned() });
    }

    fn finish(mut self) -> Result<Lockfile, Fault> {
        if !self.has_module && self.required.is_empty() {
            return Err(Fault::new(1, "neither a module nor what it requires"));
        }
        // Without the directive go 1.16 is assumed.
        if !self.required.is_empty() && self.go_minor.unwrap_or(16) < 17 {
            self.lock.partial = Some("before go 1.17 modules that others require are not listed");
        }
        for Required { path, version, indirect, line } in std::mem::take(&mut self.required) {
            let mut key = (path, Some(version));
            let exact = self.replaced.get(&key).cloned();
            let (path, Some(version)) = (key.0.clone(), key.1.take()) else { continue };
            let package = match exact.or_else(|| self.replaced.get(&key).cloned()) {
                Some((folder, None)) => Package { origin: Origin::Path(folder), ..module(&path, None, line) },
                Some((other, Some(version))) if is_version(&version) => module(&other, Some(&version), line),
                Some((other, Some(_))) => {
                    self.left_out(line, "no exact version", &other);
                    continue;
                }
                None if self.excluded.contains(&(path.clone(), version.clone())) => {
                    self.left_out(line, "the required version is excluded", &path);
                    continue;
                }
                None if is_version(&version) => module(&path, Some(&version), line),
                None => {
                    self.left_out(line, "no exact version", &path);
                    continue;
                }
            };
            self.lock.packages.push(Package { direct: Some(!indirect), ..package });
        }
        self.lock.left_out.sort_by_key(|one| one.line);
        Ok(self.lock)
    }
}

/// Versions in canonical form start so; a branch or a prefix such as `latest` may stand there before `go mod tidy`.
pub(super) fn is_version(version: &str) -> bool {
    version.strip_prefix('v').is_some_and(|rest| {
        rest.starts_with(|first: char| first.is_ascii_digit()) && rest.split('.').count() >= 3
    })
}

/// A module of Go.
pub(super) fn module(path: &str, version: Option<&str>, line: u32) -> Package {
    Package {
        name: path.to_owned(),
        version: version.map(str::to_owned),
        ecosystem: Some(Ecosystem::of(Family::Go)),
        line,
        ..Package::default()
    }
}

#[cfg(test)]
mod tests;
