//! Expositions of metrics: scraped, series selected, made one number.

use std::time::Duration;

use super::{Surroundings, Trouble, unfit};
use crate::baseline::settings::{Ask, Query};

/// One scrape.
#[derive(Clone, Debug, Default)]
pub struct Scrape {}

/// Scrapes once.
pub(super) fn observe(_ask: &Ask, _around: &Surroundings<'_>, _limit: Duration) -> Result<Scrape, Trouble> {
    Err(unfit())
}

/// The numbers of a query: one from each scrape; for rates one from each scrape but the first.
pub(super) fn read(_query: &Query, _scrapes: &[&Scrape]) -> Result<Vec<f64>, Trouble> {
    Err(unfit())
}
