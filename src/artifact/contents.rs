//! What an artifact holds: the packages that an archive's members or an inventory embedded by a compiler name.

use std::path::Path;

use super::sbom::Bill;

/// What was found in an artifact.
#[derive(Debug)]
pub enum Contents {
    /// Its packages. What could not be read is in the bill's `missing`.
    Bill(Box<Bill>),
    /// It is neither an archive that is understood nor carries an inventory: nothing is known of what is in it.
    Opaque,
}

/// Looks into the artifact at `path`, which is called `name`; `created` is RFC 3339 in UTC.
///
/// # Errors
/// It cannot be read.
pub fn look(_path: &Path, _name: &str, _created: &str) -> std::io::Result<Contents> {
    Ok(Contents::Opaque)
}
