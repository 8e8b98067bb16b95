//! `readiness rollback export` and `import`.

use indicatif::HumanBytes;

use super::open::Session;
use super::recover;
use crate::cli::{RollbackExportArgs, RollbackImportArgs};
use crate::commands::table::visible;
use crate::commands::{Error, World, progress};
use crate::host::files::path_text;

/// Runs `export`.
pub(super) fn export(args: &RollbackExportArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let session = Session::open(&args.store, world)?;
    let _lock = session.lock()?;
    recover::first(&session, world)?;
    let id = session.find(&args.point)?;
    let bytes = progress::with(
        world.progress,
        "Exporting",
        || id.to_string(),
        || session.store.export(&id, &args.output),
    )?;
    writeln!(world.out, "{}: {id}, {}", visible(&path_text(&args.output)), HumanBytes(bytes))?;
    Ok(0)
}

/// Runs `import`.
pub(super) fn import(args: &RollbackImportArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let session = Session::open(&args.store, world)?;
    let _lock = session.lock()?;
    recover::first(&session, world)?;
    let file = path_text(&args.file);
    let id =
        progress::with(world.progress, "Importing", || visible(&file), || session.store.import(&args.file))?;
    writeln!(world.out, "{id}")?;
    writeln!(world.err, "`readiness rollback verify {id}` says whether it could be restored here")?;
    Ok(0)
}
