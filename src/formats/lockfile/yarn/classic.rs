//! Yarn 1: entries without indentation, what they hold with it; names and values apart by a space, quoted where they
//! need to be.

use std::collections::HashMap;

use super::super::node::reach::{self, Edges, Roots};
use super::super::node::{self, LIMITS, hashes, is_version, source, split_name};
use super::super::reading::hex_hash;
use super::super::{Lockfile, Unread};
use crate::formats::fault::Fault;
use crate::formats::package::{HashFunction, Origin, Package, Scope};

/// One entry as written.
#[derive(Default)]
struct Entry<'t> {
    line: u32,
    /// What it answers to: `name@range`.
    keys: Vec<&'t str>,
    version: Option<&'t str>,
    resolved: Option<&'t str>,
    integrity: Option<&'t str>,
    /// Name, range, and what for.
    dependencies: Vec<(&'t str, &'t str, Scope)>,
}

/// Reads all entries. Which of them the project itself names, and what for, is not in the file.
pub(super) fn parse(text: &str) -> Result<Lockfile, Fault> {
    let mut lockfile = Lockfile::default();
    let entries = entries(text, &mut lockfile)?;
    let is_marked =
        text.lines().take_while(|line| line.starts_with('#')).any(|line| line.contains("yarn lockfile v1"));
    if entries.is_empty() && !is_marked {
        return Err(Fault::new(1, "neither entries nor the mark of a lock file"));
    }
    let mut by_key: HashMap<&str, usize> = HashMap::new();
    let mut kept = Vec::with_capacity(entries.len());
    for entry in &entries {
        match package(entry) {
            Ok(package) => {
                by_key.extend(entry.keys.iter().map(|key| (*key, lockfile.packages.len())));
                lockfile.packages.push(package);
                kept.push(entry);
            }
            Err(unread) => lockfile.left_out.push(unread),
        }
    }
    let edges: Vec<Edges> = kept.iter().map(|entry| edges(entry, &by_key)).collect();
    reach::link(&mut lockfile.packages, &edges, &Roots::new());
    lockfile.packages.iter_mut().for_each(|package| package.direct = None);
    lockfile.left_out.sort_by_key(|unread| unread.line);
    Ok(lockfile)
}

fn edges(entry: &Entry<'_>, by_key: &HashMap<&str, usize>) -> Edges {
    let mut key = String::new();
    let found = entry.dependencies.iter().filter_map(|(name, range, scope)| {
        key.clear();
        key.extend([*name, "@", *range]);
        Some((*by_key.get(key.as_str())?, *scope))
    });
    found.collect()
}

fn entries<'t>(text: &'t str, lockfile: &mut Lockfile) -> Result<Vec<Entry<'t>>, Fault> {
    let mut entries: Vec<Entry<'t>> = Vec::new();
    // What the lines below are needed for, if they are dependencies.
    let mut group: Option<Scope> = None;
    let mut count = 0usize;
    for (number, line) in (1..).zip(text.lines()) {
        let content = line.trim_start_matches(' ');
        if content.trim().is_empty() || content.starts_with('#') {
            continue;
        }
        count += 1;
        if count > LIMITS.max_nodes {
            return Err(Fault::new(number, format!("more than {} values", LIMITS.max_nodes)));
        }
        let depth = line.len() - content.len();
        let Some(words) = words(content) else {
            return Err(Fault::new(number, "a quoted text without its end"));
        };
        match (depth, words.as_slice()) {
            (0, keys) if content.trim_end().ends_with(':') => {
                group = None;
                entries.push(Entry { line: number, keys: keys.to_vec(), ..Entry::default() });
            }
            (2, ["dependencies"]) => group = Some(Scope::Runtime),
            (2, ["optionalDependencies"]) => group = Some(Scope::Optional),
            // Groups that this reader does not know say nothing of packages.
            (2, [_]) => group = None,
            (2, [name, value]) => {
                group = None;
                let Some(entry) = entries.last_mut() else {
                    return Err(Fault::new(number, "a value outside of an entry"));
                };
                match *name {
                    "version" => entry.version = Some(value),
                    "resolved" => entry.resolved = Some(value),
                    "integrity" => entry.integrity = Some(value),
                    _ => {}
                }
            }
            (2, ["integrity", ..]) => {
                if let Some(entry) = entries.last_mut() {
                    entry.integrity = content.split_once(' ').map(|(_, value)| value.trim());
                }
            }
            (4, [name, range]) => {
                if let (Some(scope), Some(entry)) = (group, entries.last_mut()) {
                    entry.dependencies.push((name, range, scope));
                }
            }
            // Below what this reader does not know.
            (4.., _) if group.is_none() && !entries.is_empty() => {}
            _ => lockfile.left_out.push(Unread {
                line: number,
                reason: "a line that is not of the format",
                name: String::new(),
            }),
        }
    }
    Ok(entries)
}

/// The words of a line, without quotes and without the commas and the colon behind them.
fn words(line: &str) -> Option<Vec<&str>> {
    let mut words = Vec::new();
    let mut rest = line.trim_end().trim_start_matches([' ', ',']);
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('"') {
            let end = quoted.find('"')?;
            words.push(quoted.get(..end)?);
            rest = quoted.get(end + 1..)?;
        } else {
            let end = rest.find([' ', ',']).unwrap_or(rest.len());
            let word = rest.get(..end)?;
            rest = rest.get(end..)?;
            words.push(if rest.is_empty() { word.strip_suffix(':').unwrap_or(word) } else { word });
        }
        rest = rest.trim_start_matches([' ', ',']);
        if rest == ":" {
            break;
        }
    }
    Some(words)
}

fn package(entry: &Entry<'_>) -> Result<Package, Unread> {
    let unread = |reason, name: &str| Unread { line: entry.line, reason, name: name.to_owned() };
    let Some((alias, range)) = entry.keys.first().and_then(|key| split_name(key)) else {
        return Err(unread("neither name nor version", ""));
    };
    // `other@npm:name@range` installs `name` under another name. The version follows a name that may stand without.
    let name = match range.strip_prefix("npm:") {
        Some(target) => split_name(target).map_or(target, |(name, _)| name),
        None => alias,
    };
    let name = if is_version(name) { alias } else { name };
    let Some(version) = entry.version.filter(|version| is_version(version)) else {
        return Err(unread("no exact version", name));
    };
    let origin = match (source::of_specifier(range), entry.resolved) {
        (Some(path @ Origin::Path(_)), _) => path,
        (_, Some(resolved)) => source::of_resolved(resolved),
        (Some(origin), None) => origin,
        (None, None) => Origin::Unknown,
    };
    let mut digests = entry.integrity.map(hashes).unwrap_or_default();
    if let (Origin::Registry(_) | Origin::Url(_), Some((_, fragment))) =
        (&origin, entry.resolved.unwrap_or_default().split_once('#'))
        && let Some(digest) = hex_hash(HashFunction::Sha1, fragment)
    {
        digests.push(digest);
        digests.sort();
        digests.dedup();
    }
    Ok(Package {
        version: Some(version.to_owned()),
        hashes: digests,
        ..node::package(name, entry.line, origin)
    })
}
