//! Recording what commands came to in the trail of a project.

use std::io;
use std::path::{Path, PathBuf};

use super::{Error, World};
use crate::cli::TrailFile;
use crate::host::disk::Disk;
use crate::host::files::path_text;
use crate::release::trail::{self, Event};
use crate::render::visible;

/// The program and its version, as records name it.
const TOOL: &str = concat!("readiness ", env!("CARGO_PKG_VERSION"));

/// Where a command is recorded; none when the user wants no record. That it can be written is looked at now.
pub(super) fn target(args: &TrailFile, project: &Path) -> Result<Option<PathBuf>, Error> {
    let Some(file) = named(args, project) else { return Ok(None) };
    trail::ensure(&file, &Disk::real()).map_err(|source| cannot(&file, &source))?;
    Ok(Some(file))
}

fn named(args: &TrailFile, project: &Path) -> Option<PathBuf> {
    (!args.no_trail).then(|| args.trail.clone().unwrap_or_else(|| project.join(trail::FILE_NAME)))
}

/// Where a command over a release is recorded: in the folder here, and never in the release itself, which would not be
/// what was released any more.
pub(super) fn beside(
    args: &TrailFile,
    release: &Path,
    world: &mut World<'_>,
) -> Result<Option<PathBuf>, Error> {
    let here = Path::new(".");
    let place = args.trail.clone().unwrap_or_else(|| here.join(trail::FILE_NAME));
    if args.no_trail || !lies_in(&place, release) {
        return target(args, here);
    }
    if args.trail.is_some() {
        let message = format!("the trail {} lies in the release", place.display());
        return Err(Error::usage(message, "name another with --trail, or record nothing with --no-trail"));
    }
    writeln!(world.err, "not recorded: the folder here is the release, and a trail would change it")?;
    Ok(None)
}

/// Whether a path leads into a folder, links followed, though its last parts need not exist.
pub(super) fn lies_in(path: &Path, folder: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else { return false };
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let real = absolute.ancestors().find_map(|part| part.canonicalize().ok());
    real.is_some_and(|real| real.starts_with(&folder))
}

/// Records what a command came to; says on standard error what the new head is, when the user wants to know.
pub(super) fn note(
    target: Option<&Path>,
    event: &Event,
    verbose: bool,
    world: &mut World<'_>,
) -> Result<(), Error> {
    let Some(file) = target else { return Ok(()) };
    let head = trail::append(file, event, TOOL, &Disk::real()).map_err(|source| cannot(file, &source))?;
    if verbose {
        writeln!(
            world.err,
            "{}: record {}, head {}",
            visible::line(&path_text(file)),
            head.records,
            head.head
        )?;
    }
    Ok(())
}

fn cannot(file: &Path, source: &io::Error) -> Error {
    Error::usage(
        format!("the trail {} cannot be written: {source}", file.display()),
        "record elsewhere with --trail FILE, or nothing with --no-trail",
    )
}
