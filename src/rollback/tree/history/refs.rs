//! Refs, the ones that lead nowhere among them.

use std::collections::BTreeSet;
use std::path::Path;

use super::{PATIENCE, first_line};
use crate::host::git_stream::stream;
use crate::rollback::point::RawPath;
use crate::rollback::tree::Place;
use crate::rollback::tree::place::{oid_of, records};

/// Deepest folder below `refs` that is looked into.
const DEPTH: u32 = 32;
/// Refs of which each work tree has its own.
const OWN: &[&str] = &["refs/bisect", "refs/worktree", "refs/rewritten"];

/// A ref that leads to an object.
pub(super) struct Ref {
    pub(super) name: String,
    pub(super) oid: String,
    upstream: String,
}

/// All refs.
#[derive(Default)]
pub(super) struct Refs {
    /// By name.
    pub(super) list: Vec<Ref>,
    /// By name, with what they lead to.
    pub(super) symbolic: Vec<(String, String)>,
    /// Refs that cannot be captured, in words.
    pub(super) gaps: Vec<String>,
}

impl Refs {
    /// Where a ref leads.
    pub(super) fn oid_of(&self, name: &str) -> Option<&str> {
        self.find(name).map(|one| one.oid.as_str())
    }

    /// The upstream of a branch, and where it leads.
    pub(super) fn upstream_of(&self, name: &str) -> Option<(String, Option<String>)> {
        let upstream = &self.find(name)?.upstream;
        (!upstream.is_empty()).then(|| (upstream.clone(), self.oid_of(upstream).map(str::to_owned)))
    }

    fn find(&self, name: &str) -> Option<&Ref> {
        let at = self.list.binary_search_by(|one| one.name.as_str().cmp(name)).ok()?;
        self.list.get(at)
    }
}

/// Asks git for all refs, and looks for those that it passes over.
pub(super) fn refs(place: &Place) -> Result<Refs, String> {
    let format = "--format=%(objectname)%00%(refname)%00%(symref)%00%(upstream)";
    let call = place.about_objects(["for-each-ref", format]).within(PATIENCE);
    let mut refs = Refs::default();
    // Names that are no text, or that a point would not take.
    let mut passed = BTreeSet::new();
    stream(&call, None, &mut |reader| {
        records(reader, b'\n', &mut |record| {
            let fields: Vec<&[u8]> = record.split(|byte| *byte == 0).collect();
            let &[oid, name, symbolic, upstream] = fields.as_slice() else {
                return Err("its output is not understood".to_owned());
            };
            let oid = oid_of(oid)?;
            let texts = [name, symbolic, upstream].map(std::str::from_utf8);
            let [Ok(text), Ok(symbolic), Ok(upstream)] = texts else {
                passed.insert(name.to_vec());
                return Ok(());
            };
            if !is_fit(text) || (!symbolic.is_empty() && !is_fit(symbolic)) {
                passed.insert(name.to_vec());
                return Ok(());
            }
            if !symbolic.is_empty() {
                refs.symbolic.push((text.to_owned(), symbolic.to_owned()));
            }
            refs.list.push(Ref { name: text.to_owned(), oid, upstream: upstream.to_owned() });
            Ok(())
        })
    })?;
    refs.list.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    for name in passed {
        refs.gaps
            .push(format!("the ref {:?} has a name that cannot be put back", RawPath::from_bytes(&name)));
    }
    if place.files_of_refs {
        let is_own = |name: &str| {
            OWN.iter()
                .any(|own| name == *own || name.strip_prefix(own).is_some_and(|rest| rest.starts_with('/')))
        };
        if place.git_dir == place.common_dir {
            unlisted(&place.common_dir, "refs", DEPTH, &|_| true, &mut refs);
        } else {
            unlisted(&place.common_dir, "refs", DEPTH, &|name| !is_own(name), &mut refs);
            unlisted(&place.git_dir, "refs", DEPTH, &is_own, &mut refs);
        }
    }
    refs.symbolic.sort_unstable();
    refs.symbolic.dedup();
    Ok(refs)
}

/// Loose refs below a folder that git did not list: symbolic ones that lead to no ref, and broken ones.
fn unlisted(git_dir: &Path, folder: &str, depth: u32, wanted: &dyn Fn(&str) -> bool, refs: &mut Refs) {
    let Ok(entries) = git_dir.join(folder).read_dir() else { return };
    for entry in entries.flatten() {
        let file_name = entry.file_name();
        // What is no text was passed over above.
        let Some(base) = file_name.to_str() else { continue };
        let name = format!("{folder}/{base}");
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            if depth > 0 {
                unlisted(git_dir, &name, depth - 1, wanted, refs);
            }
            continue;
        }
        if name.ends_with(".lock") || !wanted(&name) || refs.oid_of(&name).is_some() {
            continue;
        }
        match first_line(&entry.path()).unwrap_or_default().strip_prefix("ref:").map(str::trim) {
            Some(target) if is_fit(target) && is_fit(&name) => refs.symbolic.push((name, target.to_owned())),
            _ => refs.gaps.push(format!(
                "the ref {:?} is broken: it leads to no object",
                RawPath::from_bytes(name.as_bytes())
            )),
        }
    }
}

/// Whether a name is one that points take: a path below the git directory, and nothing else.
fn is_fit(name: &str) -> bool {
    name.starts_with("refs/")
        && RawPath::from_bytes(name.as_bytes()).is_safe()
        && !name.chars().any(char::is_control)
        && !name.ends_with(".lock")
}
