//! Things that are put aside instead of being removed: files made since the point, and what someone wrote meanwhile.

use std::io;
use std::path::{Path, PathBuf};

use super::journal::Journal;
use super::look::lstat;
use super::site::{Failure, Site, Spot};
use crate::rollback::point::RawPath;

/// What was put aside.
#[derive(Debug, Default)]
pub(super) struct Aside {
    /// The restore's id.
    id: String,
    /// What was put aside, where it is now, and why.
    pub(super) things: Vec<(String, String, &'static str)>,
}

impl Aside {
    pub(super) fn new(journal: &Journal) -> Self {
        Self { id: journal.id.clone(), ..Self::default() }
    }

    /// The folder, if something was put there, now or before an interruption.
    pub(super) fn folder(&self, site: &Site<'_>) -> Option<PathBuf> {
        let folder = site.own().join("kept").join(&self.id);
        folder.is_dir().then_some(folder)
    }

    /// Moves something to the folder of what is put aside, under the name that it had in the tree.
    pub(super) fn put(
        &mut self,
        from: &Path,
        at: &Spot,
        why: &'static str,
        site: &Site<'_>,
    ) -> Result<(), Failure> {
        let folder = site.own().join("kept").join(&self.id);
        let below = match at.path.bytes().strip_prefix(b"/") {
            Some(rest) => RawPath::from_bytes(b".outside").join(rest),
            None => at.path.clone(),
        };
        let target = folder.join(below.to_path());
        let moved = self.move_to(from, &folder, &target, site);
        let to = match moved {
            // Another file system: it stays on its own, beside where it was.
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                let beside = site.folder(at).join(format!(".readiness-kept-{}", self.id));
                let name = at.path.bytes().rsplit(|byte| *byte == b'/').next().unwrap_or_default();
                let name = RawPath::from_bytes(name).to_path();
                self.move_to(from, &beside, &beside.join(name), site)
            }
            moved => moved,
        };
        let to = to.map_err(|error| Failure::of(&at.path, format!("it cannot be put aside: {error}")))?;
        let to = to.strip_prefix(site.root).unwrap_or(&to);
        self.things.push((at.path.text().into_owned(), crate::host::files::path_text(to), why));
        Ok(())
    }

    /// Moves it below a folder, under a name that nothing has yet.
    fn move_to(&self, from: &Path, folder: &Path, target: &Path, site: &Site<'_>) -> io::Result<PathBuf> {
        let parent = crate::host::files::folder_of(target);
        // Something put aside under the name of a folder that is needed now makes way for another name.
        let parent = make_folders(&parent, folder, site)?;
        let name = target.file_name().unwrap_or_default();
        for number in 0..1_000 {
            let mut name = name.to_owned();
            if number > 0 {
                name.push(format!(".{number}"));
            }
            let to = parent.join(name);
            match site.disk.rename_new(from, &to) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
                Ok(()) => {
                    site.disk.sync_folder(&parent)?;
                    return Ok(to);
                }
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}

/// Makes the folders down to `folder`; where something else has the name of one, another name is taken.
fn make_folders(folder: &Path, top: &Path, site: &Site<'_>) -> io::Result<PathBuf> {
    if folder.parent().is_none() || is_real(folder)? {
        return Ok(folder.to_owned());
    }
    let parent = match folder.parent() {
        Some(parent) if folder != top => make_folders(parent, top, site)?,
        Some(parent) => {
            if !is_real(parent)? {
                site.disk.create_private_folder(parent)?;
                site.disk.sync_name(parent)?;
            }
            parent.to_owned()
        }
        None => return Ok(folder.to_owned()),
    };
    let name = folder.file_name().unwrap_or_default();
    for number in 0..1_000 {
        let mut name = name.to_owned();
        if number > 0 {
            name.push(format!(".{number}"));
        }
        let path = parent.join(name);
        if is_real(&path)? {
            return Ok(path);
        }
        match site.disk.create_private_folder(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => {
                made?;
                site.disk.sync_folder(&parent)?;
                return Ok(path);
            }
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn is_real(folder: &Path) -> io::Result<bool> {
    Ok(lstat(folder)?.is_some_and(|found| found.is_dir()))
}
