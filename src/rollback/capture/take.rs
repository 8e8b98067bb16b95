//! What is to be captured byte by byte, put into the sink.

use std::path::{Path, PathBuf};

use super::notes::Notes;
use crate::rollback::point::{Class, Entry, Gap, Meta, RawPath, What};
use crate::rollback::store::{Sink, StoreError};
use crate::rollback::tree::{Kind, kind_of, meta_of};

/// A file, link or folder that is captured byte by byte.
#[derive(Debug)]
pub(super) struct Item {
    /// As the point has it.
    pub path: RawPath,
    /// What it is: file, link or folder.
    pub kind: Kind,
    /// What it was when it was looked at; of files it is asked again when they are read.
    pub meta: Meta,
    /// Why.
    pub class: Class,
    /// Where it lies, when that is not the path below the tree.
    pub place: Option<PathBuf>,
}

impl Item {
    /// Something of the tree.
    pub(super) const fn new(path: RawPath, kind: Kind, meta: Meta, class: Class) -> Self {
        Self { path, kind, meta, class, place: None }
    }

    /// Something that lies elsewhere, looked at now; none when it is not there.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn at(place: PathBuf, path: RawPath, class: Class) -> std::io::Result<Self> {
        let metadata = place.symlink_metadata()?;
        let (kind, meta) = (kind_of(metadata.file_type()), meta_of(&metadata));
        Ok(Self { path, kind, meta, class, place: Some(place) })
    }
}

/// Puts everything into the sink; the entries, in the order of the items. What cannot be read is a gap.
///
/// # Errors
/// The sink fails.
pub(super) fn take(
    items: &[Item],
    root: &Path,
    sink: &mut Sink<'_>,
    progress: &(dyn Fn(&'static str, u64, u64) + Sync),
    gaps: &mut Vec<Gap>,
    notes: &mut Notes,
) -> Result<Vec<Option<Entry>>, StoreError> {
    let place = |item: &Item| item.place.clone().unwrap_or_else(|| root.join(item.path.to_path()));
    let files: Vec<PathBuf> = items.iter().filter(|item| item.kind == Kind::File).map(place).collect();
    let total = files.len() as u64;
    progress("storing files", 0, total);
    let taken = sink.add_files(&files, &mut |done| progress("storing files", done, total))?;
    drop(files);
    let mut taken = taken.into_iter();
    let mut entry = |item: &Item| -> Result<Entry, String> {
        let (what, meta) = match item.kind {
            Kind::File => {
                let taken = taken.next().ok_or("it was not read")??;
                if taken.names > 1 {
                    notes.hard_links.add(&item.path);
                }
                if !taken.attributes.is_empty() {
                    let reason =
                        format!("its extended attributes are not kept: {}", taken.attributes.join(", "));
                    gaps.push(Gap { path: item.path.clone(), reason });
                }
                (What::File { object: taken.object, size: taken.size }, taken.meta)
            }
            Kind::Link => {
                let target = std::fs::read_link(place(item)).map_err(|error| error.to_string())?;
                (What::Link { target: RawPath::of(&target) }, item.meta)
            }
            Kind::Folder => (What::Folder {}, item.meta),
            Kind::Pipe | Kind::Socket | Kind::Device => return Err("it is no file".to_owned()),
        };
        Ok(Entry { path: item.path.clone(), what, meta, class: item.class })
    };
    let entries: Vec<Result<Entry, String>> = items.iter().map(&mut entry).collect();
    let mut out = Vec::with_capacity(entries.len());
    for (entry, item) in entries.into_iter().zip(items) {
        match entry {
            Ok(entry) => out.push(Some(entry)),
            Err(reason) => {
                gaps.push(Gap { path: item.path.clone(), reason });
                out.push(None);
            }
        }
    }
    Ok(out)
}
