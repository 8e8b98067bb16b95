//! What an artifact holds: the packages that an archive's members or an inventory embedded by a compiler name.
//!
//! - `program`: programs (ELF, PE, Mach-O) with an inventory of `cargo auditable` or of the Go linker.
//! - `archives`: tar, gzipped or not, and zip (jar, war, wheel, `NuGet` package). Members are read in one pass and never
//!   unpacked to disk; `gathered` tells which of them matter, and puts together what they say.
//!
//! Only content tells what a file is, never its name. What an archive holds is what its lock files pin, what is
//! installed in a root filesystem, what packages in it say of themselves, and what programs in it were built from; not
//! what its SBOMs say, which is others' word.

mod archives;
mod gathered;
mod program;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::Path;

use self::gathered::Gathered;
use super::sbom::Bill;
use crate::host::files::open_regular;

/// What was found in an artifact.
#[derive(Debug)]
pub enum Contents {
    /// Its packages. What could not be read is in the bill's `missing`.
    Bill(Box<Bill>),
    /// It is neither an archive that is understood nor carries an inventory: nothing is known of what is in it.
    Opaque,
    /// Nothing is known of what is in it, and why: an archive in a form that is not read, or in which nothing names
    /// packages. A lower-case fragment.
    Closed(&'static str),
}

/// What begins an archive or a compressed file that is not read, and what it is.
const CLOSED: &[(&[u8], &str)] = &[
    (b"\x28\xb5\x2f\xfd", "compressed by zstd, which is not read"),
    (b"\xfd7zXZ\0", "compressed by xz, which is not read"),
    (b"BZh", "compressed by bzip2, which is not read"),
    (b"\x04\x22\x4d\x18", "compressed by lz4, which is not read"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive, which is not read"),
    (b"Rar!\x1a\x07", "a RAR archive, which is not read"),
    (b"!<arch>\n", "an ar archive (a Debian package or a static library), which is not read"),
    (b"\xed\xab\xee\xdb", "an RPM package, which is not read"),
    (b"070701", "a cpio archive, which is not read"),
    (b"hsqs", "a squashfs image, which is not read"),
    (b"\0asm", "a WebAssembly module, which is not read"),
];

/// Looks into the artifact at `path`, which is called `name`; `created` is RFC 3339 in UTC.
///
/// # Errors
/// It cannot be read.
pub fn look(path: &Path, name: &str, created: &str) -> io::Result<Contents> {
    let (mut file, _) = open_regular(path)?;
    let start = start(&mut file)?;
    if program::is_program(&start) {
        let inventory = program::look(&mut file);
        if inventory.is_empty() {
            return Ok(Contents::Opaque);
        }
        let mut gathered = Gathered::of(name);
        gathered.add_program(name, inventory);
        return Ok(Contents::Bill(Box::new(gathered.bill(created))));
    }
    if let Some((_, reason)) = CLOSED.iter().find(|(magic, _)| start.starts_with(magic)) {
        return Ok(Contents::Closed(reason));
    }
    let mut gathered = Gathered::of(name);
    if !archives::read(file, &start, &mut gathered)? {
        return Ok(Contents::Opaque);
    }
    if gathered.is_empty() {
        return Ok(Contents::Closed("an archive in which nothing names packages"));
    }
    Ok(Contents::Bill(Box::new(gathered.bill(created))))
}

/// The first bytes of a file, which is then at its beginning again.
fn start(file: &mut File) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    file.take(archives::START).read_to_end(&mut start)?;
    file.rewind()?;
    Ok(start)
}
