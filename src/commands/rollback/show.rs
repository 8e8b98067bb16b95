//! `readiness rollback show`.

use std::io::Write as _;

use super::back::{self, Wish};
use super::open::{self, Session};
use super::{judged, restore};
use crate::cli::RollbackShowArgs;
use crate::commands::output::{self, Wanted};
use crate::commands::words::{Words, moment};
use crate::commands::{Error, World, judge};
use crate::host::files::{path_text, put_in_place, temporary_beside};
use crate::report::Invocation;
use crate::rollback::point::RepositoryKind;

/// Runs the command; the exit code is the verdict's.
pub(super) fn run(args: &RollbackShowArgs, world: &mut World<'_>) -> Result<u8, Error> {
    if let Some(file) = &args.bundle {
        return bundle(args, file, world);
    }
    let targets = output::targets(&Wanted::of(&args.output), world)?;
    let session = Session::open(&args.store, world)?;
    let id = session.find(&args.point)?;
    // To look at what a point lacks, or at one of another tree, does no harm.
    let wish = Wish {
        scope: restore::scope(&args.only)?,
        exact: false,
        dry_run: true,
        validate: false,
        allow_incomplete: true,
        into_other_tree: true,
        outside: true,
        yes: true,
    };
    let gone = back::go(&session, &id, &wish, None, world)?;
    let judged = judged(&session, gone.commit, gone.details, vec![gone.check], invocation(args, world));
    judge::finish(judged, session.config.clone(), None, (&targets, &args.output), world)
}

/// Writes the history of the tree itself as one git bundle.
fn bundle(args: &RollbackShowArgs, file: &std::path::Path, world: &mut World<'_>) -> Result<u8, Error> {
    let session = Session::open(&args.store, world)?;
    let id = session.find(&args.point)?;
    let point = session.store.load(&id)?;
    let root = point.repositories.iter().find(|repository| repository.kind == RepositoryKind::Root);
    let bundles = root.map(|root| root.bundles.as_slice()).unwrap_or_default();
    let Some((first, later)) = bundles.split_first() else {
        return Err(Error::usage(
            format!("{id} holds no history"),
            "it was captured with --no-bundle, or outside git",
        ));
    };
    let error = |source| Error::File { path: file.display().to_string(), source };
    let write = |object, path: &std::path::Path| -> Result<(), Error> {
        let mut temporary = temporary_beside(path, ".readiness-").map_err(error)?;
        session.store.copy_to(object, &point.contents, temporary.as_file_mut())?;
        temporary.as_file_mut().flush().map_err(error)?;
        put_in_place(temporary, path).map_err(error)
    };
    write(first.object, file)?;
    writeln!(world.out, "{}", path_text(file))?;
    // Later ones build upon it: git takes them one after the other.
    for (number, bundle) in later.iter().enumerate() {
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".{}", number + 2));
        let path = std::path::PathBuf::from(name);
        write(bundle.object, &path)?;
        writeln!(world.out, "{}", path_text(&path))?;
    }
    if !later.is_empty() {
        writeln!(world.err, "clone the first, then `git bundle unbundle` the others in their order")?;
    }
    Ok(0)
}

pub(super) fn invocation(args: &RollbackShowArgs, world: &World<'_>) -> Invocation {
    let RollbackShowArgs { point, only, bundle, store, output: _ } = args;
    let mut words = Words::of(&["rollback", "show"]);
    only.iter().for_each(|part| words.add("--only", Some(part)));
    words.path("--bundle", bundle.as_deref());
    open::words(store, &mut words);
    Invocation { arguments: words.ending(&[point]), environment: moment(world.now, world.variable) }
}
