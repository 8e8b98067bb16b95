//! Numbers in texts.

use super::{Trouble, unfit};
use crate::baseline::settings::Extract;
use crate::formats::document::Syntax;

/// The number at a place of a text.
pub(super) fn extract(_bytes: &[u8], _how: &Extract, _syntax: Option<Syntax>) -> Result<f64, Trouble> {
    Err(unfit())
}
