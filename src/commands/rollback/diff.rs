//! `readiness rollback diff`: line by line what going back would change.

use similar::TextDiff;

use super::open::Session;
use super::{present, restore};
use crate::cli::RollbackDiffArgs;
use crate::commands::table::visible;
use crate::commands::{Error, World};
use crate::host::files::read_bounded;
use crate::report::mask_secrets;
use crate::rollback::point::{RawPath, State};
use crate::rollback::restore::{Change, Content, Thing, compare, environment};
use crate::rollback::tree;

/// Largest file that is compared line by line, in bytes.
const LARGEST: u64 = 1 << 20;
/// Longest that the comparison of two files may take; what is left then is shown as replaced as a whole.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);

/// Runs the command; the exit code is 0 whether anything differs or not.
pub(super) fn run(args: &RollbackDiffArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let session = Session::open(&args.store, world)?;
    let scope = restore::scope(&args.only)?;
    let id = session.find(&args.point)?;
    let then = session.store.state(&id)?;
    super::back::known(&session, &then, &scope)?;
    let now = present::look(
        &session,
        &super::back::widened(session.settings(), &then.point),
        &then.point.contents,
        world,
    )?;
    let changes = compare(&now, &then, &scope, false);
    for change in &changes.paths {
        show(&session, &then, change, world)?;
    }
    for change in &changes.refs {
        let short = |oid: &Option<String>| {
            oid.as_deref().map_or_else(|| "nothing".to_owned(), |oid| oid.chars().take(12).collect())
        };
        writeln!(
            world.out,
            "ref {}: {} → {}",
            visible(&change.name),
            short(&change.before),
            short(&change.after)
        )?;
    }
    let variable = |name: &str| (world.variable)(name).map(std::ffi::OsString::from);
    for name in environment(&then.point, &variable) {
        writeln!(world.out, "environment {}: differs from the point", visible(&name))?;
    }
    if changes.is_empty() {
        writeln!(world.err, "nothing would change")?;
    }
    Ok(0)
}

fn show(session: &Session, then: &State, change: &Change, world: &mut World<'_>) -> Result<(), Error> {
    let path = visible(&change.path.text());
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    let what = match (before, after) {
        (None, Some(_)) => "added",
        (Some(_), None) => "made since, put aside",
        (Some(_), Some(_)) => "changed",
        (None, None) => return Ok(()),
    };
    let text = |thing: Option<&Thing>, bytes: Option<Result<Vec<u8>, String>>| match (thing, bytes) {
        (None, _) => Ok(String::new()),
        (Some(thing), bytes) => words(thing, bytes),
    };
    let now = before.map(|_| on_disk(session, &change.path));
    let old = text(before, now);
    let new = text(after, after.and_then(|thing| stored(session, then, thing)));
    let modes = match (before, after) {
        (Some(before), Some(after)) if before.meta.mode != after.meta.mode => {
            format!(", mode {:04o} → {:04o}", before.meta.mode, after.meta.mode)
        }
        _ => String::new(),
    };
    match (old, new) {
        // Two states that could not be told apart without reading, and are the same.
        (Ok(old), Ok(new)) if old == new && modes.is_empty() && before.is_some() && after.is_some() => {}
        (Ok(old), Ok(new)) => {
            writeln!(world.out, "{path}: {what}{modes}")?;
            let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(&old, &new);
            for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
                for line in hunk.to_string().lines() {
                    writeln!(world.out, "  {}", visible(&mask_secrets(line)))?;
                }
            }
        }
        (Err(words), _) | (_, Err(words)) => writeln!(world.out, "{path}: {what}{modes} ({words})")?,
    }
    Ok(())
}

/// The lines of something, or why they are not shown.
fn words(thing: &Thing, bytes: Option<Result<Vec<u8>, String>>) -> Result<String, String> {
    match (&thing.content, bytes) {
        (Content::Folder, _) => Err("a folder".to_owned()),
        (Content::Link(target), _) => Ok(format!("link to {}\n", target.text())),
        (_, None) => Err(format!("{} bytes", thing.size)),
        (_, Some(Err(words))) => Err(words),
        (_, Some(Ok(bytes))) if bytes.contains(&0) => Err(format!("binary, {} bytes", bytes.len())),
        (_, Some(Ok(bytes))) => {
            String::from_utf8(bytes).map_err(|error| format!("not UTF-8, {} bytes", error.as_bytes().len()))
        }
    }
}

fn on_disk(session: &Session, path: &RawPath) -> Result<Vec<u8>, String> {
    let full = session.root.join(path.to_path());
    let found = full.symlink_metadata().map_err(|error| error.to_string())?;
    if found.is_symlink() {
        let target = std::fs::read_link(&full).map_err(|error| error.to_string())?;
        return Ok(format!("link to {}\n", RawPath::of(&target).text()).into_bytes());
    }
    read_bounded(&full, LARGEST).map_err(|error| error.to_string())
}

/// The contents in the point; none of what has no lines.
fn stored(session: &Session, then: &State, thing: &Thing) -> Option<Result<Vec<u8>, String>> {
    match &thing.content {
        Content::Object(object) => Some(
            session.store.read(*object, &then.point.contents, LARGEST).map_err(|error| error.to_string()),
        ),
        Content::Blob { repository, oid } => Some(blob(session, repository, oid)),
        Content::LinkBlob { repository, oid } => Some(
            blob(session, repository, oid)
                .map(|target| format!("link to {}\n", RawPath::from_bytes(&target).text()).into_bytes()),
        ),
        _ => None,
    }
}

fn blob(session: &Session, repository: &RawPath, oid: &str) -> Result<Vec<u8>, String> {
    let place = tree::place(&session.root.join(repository.to_path()))?.ok_or("its repository is gone")?;
    let mut bytes = Vec::new();
    tree::blobs(&place, &[oid.to_owned()], &mut |_, reader, size| {
        if size > LARGEST {
            return Err(format!("{size} bytes"));
        }
        reader.read_to_end(&mut bytes).map(drop).map_err(|error| error.to_string())
    })?;
    Ok(bytes)
}
