//! Refs as files: loose ones, and the file of packed ones. They are staged and exchanged like any other file.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;

use super::plan::{Supply, Want, git_spot};
use super::site::{Failure, Site, Spot};
use super::{Order, RefChange};
use crate::host::files::open_regular;
use crate::rollback::point::{RawPath, Repository};

/// Largest file of packed refs read, in bytes.
const PACKED: u64 = 256 << 20;
/// Largest loose ref read, in bytes.
const LOOSE: u64 = 8 << 10;
/// Refs that each linked work tree has its own of.
const OWN: [&str; 3] = ["refs/bisect/", "refs/worktree/", "refs/rewritten/"];

/// What refs come to as files, and the locks of git's that are needed.
pub(super) fn wants<'a>(
    order: &Order<'a>,
    site: &Site<'_>,
) -> Result<(Vec<Want<'a>>, BTreeSet<Spot>), Failure> {
    let mut by_repository: BTreeMap<&RawPath, Vec<&'a RefChange>> = BTreeMap::new();
    for change in &order.changes.refs {
        by_repository.entry(&change.repository).or_default().push(change);
    }
    let (mut wants, mut locks) = (Vec::new(), BTreeSet::new());
    for (path, changes) in by_repository {
        let repository =
            order.now.point.repositories.iter().find(|one| one.path == *path).ok_or_else(|| {
                Failure::of(
                    path,
                    "the repository is not here any more: bring it back first, its refs cannot be restored",
                )
            })?;
        let then = order.then.point.repositories.iter().find(|one| one.path == *path);
        of_repository(repository, then, &changes, site, &mut wants, &mut locks)?;
    }
    Ok((wants, locks))
}

fn of_repository(
    repository: &Repository,
    then: Option<&Repository>,
    changes: &[&RefChange],
    site: &Site<'_>,
    wants: &mut Vec<Want<'_>>,
    locks: &mut BTreeSet<Spot>,
) -> Result<(), Failure> {
    let common = &repository.common_dir;
    let table = site.at(&git_spot(common, b"reftable"));
    if table.symlink_metadata().is_ok() {
        return Err(Failure::at(
            &table,
            "refs are kept in a form that is not put back file by file; use git for them",
        ));
    }
    locks.insert(git_spot(&repository.git_dir, b"index.lock"));
    let packed_at = git_spot(common, b"packed-refs");
    let packed = read(&site.at(&packed_at), PACKED)?.unwrap_or_default();
    let packed_refs = parse(&packed);
    let mut gone = BTreeSet::new();
    for change in changes {
        let name = change.name.as_str();
        let words = |reason: &str| Failure { path: name.to_owned(), reason: reason.to_owned() };
        if !is_name(name)
            || ![&change.before, &change.after].into_iter().flatten().all(|value| is_value(value))
        {
            return Err(words("this is no ref"));
        }
        let folder = if OWN.iter().any(|own| name.starts_with(own)) { &repository.git_dir } else { common };
        let at = git_spot(folder, name.as_bytes());
        let loose = read(&site.at(&at), LOOSE)?;
        let text = loose.as_deref().map(|bytes| String::from_utf8_lossy(bytes).trim().to_owned());
        let value = text.as_deref().or_else(|| packed_refs.get(name.as_bytes()).copied());
        let symbolic = value.is_some_and(|value| value.starts_with("ref:"));
        if !symbolic && value != change.before.as_deref() {
            return Err(words(
                "the ref changed after the safety point was made: end what works there, and try again",
            ));
        }
        let leads = then.and_then(|then| then.symbolic.iter().find(|(from, _)| from == name));
        let wanted = match (leads, &change.after) {
            (Some((_, to)), Some(_)) if is_name(to) => Some(format!("ref: {to}\n")),
            (_, Some(oid)) => Some(format!("{oid}\n")),
            (_, None) => None,
        };
        let supply = match wanted {
            Some(wanted) if loose.as_deref() == Some(wanted.as_bytes()) => continue,
            Some(wanted) => Supply::Bytes(wanted.into_bytes()),
            None => {
                if packed_refs.contains_key(name.as_bytes()) {
                    gone.insert(name.as_bytes());
                }
                if loose.is_none() {
                    continue;
                }
                Supply::Nothing
            }
        };
        wants.push(Want { at, supply, meta: None, size: 0, same: false, keep: false });
    }
    check_names(repository, changes)?;
    if !gone.is_empty() {
        locks.insert(git_spot(common, b"packed-refs.lock"));
        let supply = Supply::Bytes(without(&packed, &gone));
        let size = packed.len() as u64;
        wants.push(Want { at: packed_at, supply, meta: None, size, same: false, keep: false });
    }
    Ok(())
}

/// Refs are files: none can lie below another.
fn check_names(repository: &Repository, changes: &[&RefChange]) -> Result<(), Failure> {
    let mut names: BTreeSet<&str> = repository.refs.iter().map(|(name, _)| name.as_str()).collect();
    for change in changes {
        match &change.after {
            Some(_) => names.insert(&change.name),
            None => names.remove(change.name.as_str()),
        };
    }
    for change in changes.iter().filter(|change| change.after.is_some()) {
        let name = change.name.as_str();
        let inside = format!("{name}/");
        let below = names.range(inside.as_str()..).next().filter(|next| next.starts_with(&inside)).copied();
        let mut above = name.match_indices('/').filter_map(|(at, _)| name.get(..at));
        if let Some(other) = below.or_else(|| above.find(|above| names.contains(above))) {
            return Err(Failure {
                path: name.to_owned(),
                reason: format!(
                    "it cannot be there beside {other}: rename or delete that ref first, or use --exact"
                ),
            });
        }
    }
    Ok(())
}

/// The bytes of a file of at most `limit` bytes; none when it is not there.
fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Failure> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    if path.symlink_metadata().is_ok_and(|found| found.is_dir()) {
        return Ok(None);
    }
    let failure = |error: std::io::Error| Failure::at(path, error);
    let (file, _) = match open_regular(path) {
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => return Ok(None),
        opened => opened.map_err(failure)?,
    };
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(failure)?;
    if bytes.len() as u64 > limit {
        return Err(Failure::at(path, "it is larger than such a file is"));
    }
    Ok(Some(bytes))
}

/// The refs of a file of packed ones (git-pack-refs(1)): lines `OID NAME`; `#` begins the first, `^` what a tag leads to.
fn parse(packed: &[u8]) -> BTreeMap<&[u8], &str> {
    let lines =
        packed.split(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"#") && !line.starts_with(b"^"));
    let refs = lines.filter_map(|line| {
        let at = line.iter().position(|byte| *byte == b' ')?;
        let (oid, name) = line.split_at(at);
        Some((name.strip_prefix(b" ")?, std::str::from_utf8(oid).ok()?))
    });
    refs.collect()
}

/// The same file without some refs, and without what they lead to.
fn without(packed: &[u8], gone: &BTreeSet<&[u8]>) -> Vec<u8> {
    let mut kept = Vec::with_capacity(packed.len());
    let mut leaving = false;
    for line in packed.split_inclusive(|byte| *byte == b'\n') {
        if !line.starts_with(b"^") {
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            let name = text.iter().position(|byte| *byte == b' ').and_then(|at| text.get(at + 1..));
            leaving = !line.starts_with(b"#") && name.is_some_and(|name| gone.contains(name));
        }
        if !leaving {
            kept.extend_from_slice(line);
        }
    }
    kept
}

fn is_name(name: &str) -> bool {
    let path = RawPath::from_bytes(name.as_bytes());
    name.starts_with("refs/")
        && path.is_safe()
        && !name.chars().any(char::is_control)
        && !name.ends_with(".lock")
}

/// Whether a ref can have it: an object, or another ref that it leads to.
fn is_value(value: &str) -> bool {
    is_oid(value) || value.strip_prefix("ref: ").is_some_and(is_name)
}

fn is_oid(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_ref_goes_with_what_it_leads_to() {
        let (one, two) = ("1".repeat(40), "2".repeat(40));
        let packed = format!(
            "# pack-refs with: peeled fully-peeled sorted \n{one} refs/heads/a\n{one} refs/tags/t\n^{two}\n{two} refs/tags/u\n"
        );
        let gone = BTreeSet::from([&b"refs/tags/t"[..]]);
        let left = without(packed.as_bytes(), &gone);
        let wanted =
            format!("# pack-refs with: peeled fully-peeled sorted \n{one} refs/heads/a\n{two} refs/tags/u\n");
        assert_eq!(String::from_utf8(left).unwrap(), wanted);
        let refs = parse(packed.as_bytes());
        assert_eq!(refs.len(), 3);
        assert_eq!(refs[&b"refs/tags/u"[..]], two);
    }

    #[test]
    fn names_that_leave_are_none() {
        for bad in
            ["refs/heads/../../config", "HEAD", "refs//a", "refs/heads/a.lock", "refs/heads/\n", "/refs/a"]
        {
            assert!(!is_name(bad), "{bad}");
        }
        assert!(is_name("refs/heads/a/b"));
    }
}
