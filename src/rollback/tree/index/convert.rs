//! Files whose bytes on disk may be others than those of their blob.

use super::{Conversion, Tracked};
use crate::rollback::point::RawPath;
use crate::rollback::tree::Place;

/// Those.
///
/// # Errors
/// Git fails, in words.
pub fn converted(_place: &Place, _tracked: &[Tracked]) -> Result<Vec<(RawPath, Conversion)>, String> {
    Ok(Vec::new())
}
