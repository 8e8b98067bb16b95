//! Expositions of metrics: scraped, series selected, made one number.

mod quantile;
mod query;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::http::{is_good, token};
use super::{Surroundings, Trouble};
use crate::baseline::settings::{Ask, Query};
use crate::formats::exposition::{self, Exposition, Flavour, Limits};
use crate::host::http::{Client, Question};

/// What is accepted: the plain format, which everything that has metrics speaks, with the names that a person sees who looks
/// at the page. OpenMetrics is read where a server has nothing else, and never asked for: it adds `_total` to counters, and
/// the client library for Python (seen with 0.26) answers with it whenever it is named, whatever is preferred, and then
/// writes samples of `vllm_x` under the head of `vllm:x`, which nobody can read.
const ACCEPT: &str = "text/plain;version=0.0.4,*/*;q=0.1";

/// One scrape.
#[derive(Clone, Debug)]
pub struct Scrape {
    exposition: Arc<Exposition>,
    /// When it was answered.
    at: Instant,
}

/// Scrapes once.
pub(super) fn observe(ask: &Ask, around: &Surroundings<'_>, limit: Duration) -> Result<Scrape, Trouble> {
    let limits = Limits::default();
    let token = token(ask, around)?;
    let client = Client::new(&ask.url, around.agent).map_err(Trouble::failed)?;
    let bytes = limits.bytes as u64;
    let question =
        Question { body: ask.body.as_deref(), headers: &ask.headers, accept: ACCEPT, token, bytes };
    let answer = client.ask(&question, limit).map_err(Trouble::failed)?;
    let at = Instant::now();
    if !is_good(&ask.expect, answer.status) {
        return Err(Trouble::Failed(format!("the server answers {}", answer.status)));
    }
    let Some(flavour) = Flavour::of_content_type(answer.content_type.as_deref()) else {
        return Err(Trouble::failed("the answer is no exposition of metrics in text, by its Content-Type"));
    };
    let exposition = exposition::parse(&answer.body, flavour, &limits)
        .map_err(|fault| Trouble::Failed(format!("the exposition cannot be read: {fault}")))?;
    Ok(Scrape { exposition: Arc::new(exposition), at })
}

/// The numbers of a query: one from each scrape; for rates one from each scrape but the first. Scrapes with nothing to
/// reckon with (a histogram that counted nothing) are left out; when all are, there is nothing to measure.
pub(super) fn read(query: &Query, scrapes: &[&Scrape]) -> Result<Vec<f64>, Trouble> {
    query::read(query, scrapes)
}

#[cfg(test)]
mod tests;
