//! `readiness release rotate-encryption`: encrypted files under a new key.

use std::sync::atomic::Ordering::Relaxed;

use indicatif::{HumanBytes, HumanCount};

use super::super::passphrase::Passphrase;
use super::super::{Error, World, progress};
use crate::artifact::keys::load_encryption_key;
use crate::cli::RotateEncryptionArgs;
use crate::host::disk::Disk;
use crate::host::files::path_text;
use crate::host::terminal;
use crate::release::rotate::{Course, RotateError, Rotation, Turn};

/// Runs the command; the exit code is 1 when a file is not under the new key in the end.
pub(super) fn run(args: &RotateEncryptionArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let passphrase = Passphrase::of(&args.passphrase, world)?;
    let ask = |path: &std::path::Path| passphrase.get(path);
    let old = load_encryption_key(&args.old, &ask)?;
    let new = load_encryption_key(&args.new, &ask)?;
    let usage = |error: RotateError| Error::usage(error.to_string(), "");
    let rotation = Rotation::new(&old, &new, &args.files).map_err(usage)?;
    let course = Course::default();
    let line = || {
        let (files, bytes) = (course.files.load(Relaxed), course.bytes.load(Relaxed));
        let noun = if files == 1 { "file" } else { "files" };
        format!("{} {noun}, {}", HumanCount(files), HumanBytes(bytes))
    };
    let turned = progress::with(world.progress, "Rotating", line, || {
        rotation.run(&args.directory, args.dry_run, &Disk::real(), &course)
    });
    let turned = turned.map_err(usage)?;

    let (mut rotated, mut planned, mut already, mut left) = (0_u64, 0_u64, 0_u64, 0_u64);
    let mut bytes = 0;
    for file in &turned {
        let path = terminal::clean(&path_text(&file.path));
        match &file.turn {
            Turn::Rotated(size) => (rotated, bytes) = (rotated + 1, bytes + size),
            Turn::Planned(size) => {
                (planned, bytes) = (planned + 1, bytes + size);
                writeln!(world.out, "would rotate  {path}")?;
            }
            Turn::Already => already += 1,
            Turn::Left(reason) => {
                left += 1;
                writeln!(world.out, "left          {path}: {reason}")?;
            }
            Turn::Failed(reason) => {
                left += 1;
                writeln!(world.out, "failed        {path}: {reason}")?;
            }
        }
    }
    if turned.is_empty() {
        let hint = "name other files with `--files`";
        return Err(Error::usage(format!("no file here is called {}", args.files.join(" or ")), hint));
    }
    let size = HumanBytes(bytes);
    let files = |number: u64| if number == 1 { "1 file".to_owned() } else { format!("{number} files") };
    if args.dry_run {
        let planned = files(planned);
        writeln!(
            world.out,
            "{planned} ({size}) would be rotated, {already} under the new key already, {left} left"
        )?;
    } else {
        let rotated = files(rotated);
        writeln!(world.out, "{rotated} ({size}) rotated, {already} under the new key before, {left} left")?;
    }
    if left > 0 {
        writeln!(world.out, "keep the old key: {} not under the new one", files(left))?;
    } else if !args.dry_run {
        writeln!(world.out, "nothing here needs the old key any more")?;
    }
    Ok(u8::from(left > 0))
}
