//! Files outside the tree that the settings name by absolute patterns.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::CaptureError;
use super::notes::Notes;
use super::patterns::{Marks, literal_part, pattern_error, with_path};
use super::take::Item;
use crate::formats::glob;
use crate::rollback::point::{Class, Gap, RawPath, Source};
use crate::rollback::tree::{Kind, kind_of, meta_of};

/// Names that are looked at for one pattern, at the most.
const LOOKED_AT: usize = 10_000;
/// Folders below folders, at the most.
const DEPTH: usize = 64;

/// What the patterns name, in order of paths. With `base` everything lies below that folder, and is named as if it did not.
///
/// # Errors
/// A pattern is none.
pub(super) fn outside(
    patterns: &[(String, Marks)],
    base: Option<&Path>,
    gaps: &mut Vec<Gap>,
    notes: &mut Notes,
) -> Result<Vec<Item>, CaptureError> {
    let mut looking = Looking { base, found: BTreeMap::new(), gaps, notes, left: 0 };
    for (pattern, marks) in patterns {
        looking.left = LOOKED_AT;
        looking.pattern(pattern, *marks)?;
    }
    Ok(looking.found.into_values().collect())
}

struct Looking<'l> {
    base: Option<&'l Path>,
    found: BTreeMap<RawPath, Item>,
    gaps: &'l mut Vec<Gap>,
    notes: &'l mut Notes,
    left: usize,
}

impl Looking<'_> {
    fn gap(&mut self, path: &RawPath, reason: impl Into<String>) {
        self.gaps.push(Gap { path: path.clone(), reason: reason.into() });
    }

    fn pattern(&mut self, pattern: &str, marks: Marks) -> Result<(), CaptureError> {
        let (literal, rest) = literal_part(pattern);
        let literal = RawPath::from_bytes(if literal.is_empty() { b"/" } else { literal.as_bytes() });
        let Some((place, name)) = self.real(&literal, rest.is_none()) else { return Ok(()) };
        let Some(rest) = rest else {
            self.visit(&place, &name, &|_| true, marks, 0);
            return Ok(());
        };
        // Matched from the folder on that has no wildcard: its real name may be another than the pattern's.
        let matcher = glob::parse(rest).map_err(pattern_error)?.compile_matcher();
        let prefix = name.bytes().len() + usize::from(name.bytes() != b"/");
        let matches = |path: &RawPath| {
            let below = RawPath::from_bytes(path.bytes().get(prefix..).unwrap_or_default());
            with_path(&below, |below| matcher.is_match(below))
        };
        self.list(&place, &name, &matches, marks, 0);
        Ok(())
    }

    /// Where a path really lies, its parents' links followed, and the name of that place; of a `file` the last name is left as
    /// it is. None when it is not there, which is noted, or when it cannot be reached, which is a gap.
    fn real(&mut self, path: &RawPath, file: bool) -> Option<(PathBuf, RawPath)> {
        let below = |path: &Path| match self.base {
            Some(base) => base.join(path.strip_prefix("/").unwrap_or(path)),
            None => path.to_owned(),
        };
        let whole = path.to_path();
        let (folder, last): (&Path, Option<&OsStr>) = match (file, whole.parent()) {
            (true, Some(parent)) => (parent, whole.file_name()),
            _ => (&whole, None),
        };
        let folder = match below(folder).canonicalize() {
            Ok(folder) => folder,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.notes.absent.add(path);
                return None;
            }
            Err(error) => {
                self.gap(path, error.to_string());
                return None;
            }
        };
        let place = match last {
            Some(last) => folder.join(last),
            None => folder,
        };
        let name = match self.base.map(Path::canonicalize) {
            None => Some(place.clone()),
            Some(Ok(base)) => place.strip_prefix(&base).ok().map(|rest| Path::new("/").join(rest)),
            Some(Err(_)) => None,
        };
        let Some(name) = name else {
            self.gap(path, "a link on the way to it leads out of the folder that stands for the file system");
            return None;
        };
        Some((place, RawPath::of(&name)))
    }

    /// Looks at something: takes it when it is wanted, goes on into folders.
    fn visit(
        &mut self,
        place: &Path,
        name: &RawPath,
        wanted: &dyn Fn(&RawPath) -> bool,
        marks: Marks,
        depth: usize,
    ) {
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => return,
        }
        if self.left == 0 {
            self.gap(name, format!("the pattern is over more than {LOOKED_AT} names: name less"));
            return;
        }
        let metadata = match place.symlink_metadata() {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.notes.absent.add(name);
                return;
            }
            Err(error) => return self.gap(name, error.to_string()),
        };
        let kind = kind_of(metadata.file_type());
        let take = wanted(name);
        match kind {
            Kind::File | Kind::Link | Kind::Folder if take => {
                if kind == Kind::Link {
                    self.notes.outside_links.add(name);
                }
                let class = Class { source: Source::Outside, config: marks.config, security: marks.security };
                let item = Item {
                    path: name.clone(),
                    kind,
                    meta: meta_of(&metadata),
                    class,
                    place: Some(place.to_owned()),
                };
                let entry = self.found.entry(name.clone()).or_insert(item);
                entry.class.config |= marks.config;
                entry.class.security |= marks.security;
            }
            Kind::Socket if take => self.notes.sockets.add(name),
            Kind::Pipe if take => self.gap(name, "a pipe is not captured"),
            Kind::Device if take => self.gap(name, "a device is not captured"),
            _ => {}
        }
        if kind != Kind::Folder {
            return;
        }
        if depth >= DEPTH {
            return self.gap(name, format!("more than {DEPTH} folders below each other"));
        }
        // A folder that is named means all that is in it.
        if take {
            self.list(place, name, &|_| true, marks, depth + 1);
        } else {
            self.list(place, name, wanted, marks, depth + 1);
        }
    }

    fn list(
        &mut self,
        place: &Path,
        name: &RawPath,
        wanted: &dyn Fn(&RawPath) -> bool,
        marks: Marks,
        depth: usize,
    ) {
        let entries = match std::fs::read_dir(place) {
            Ok(entries) => entries,
            Err(error) => return self.gap(name, error.to_string()),
        };
        for entry in entries {
            match entry {
                Ok(entry) if self.left > 0 => {
                    let below = name.join(entry.file_name().as_encoded_bytes());
                    self.visit(&entry.path(), &below, wanted, marks, depth);
                }
                Ok(_) => return,
                Err(error) => return self.gap(name, error.to_string()),
            }
        }
    }
}
