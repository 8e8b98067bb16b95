//! HTTP servers: requests one after another over one connection.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Surroundings, Trouble, extract, unfit};
use crate::baseline::settings::{Ask, Reading};
use crate::formats::document::Syntax;
use crate::host::http::{Answer, AskError, Client, Question};

/// Largest body, in bytes.
const MAX_BODY: u64 = 16 << 20;

/// One request and what became of it.
#[derive(Clone, Debug)]
pub struct Exchange {
    outcome: Outcome,
    /// The body, of the last exchange alone.
    body: Option<Arc<Body>>,
}

#[derive(Clone, Debug)]
enum Outcome {
    /// A whole answer.
    Answered {
        status: u16,
        /// Whether that is a status that is good.
        good: bool,
        /// Seconds to the last byte.
        seconds: f64,
        /// Bytes of the body.
        size: usize,
    },
    /// None, and why.
    Failed(String),
    /// None within the time, and how that is said.
    Late(String),
}

#[derive(Clone)]
struct Body {
    bytes: Vec<u8>,
    syntax: Option<Syntax>,
}

/// Shows how much there is and not what.
impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Body({} bytes, {:?})", self.bytes.len(), self.syntax)
    }
}

/// Sends the requests. When the time is up the one under way is late, and no further one is sent.
pub(super) fn observe(
    ask: &Ask,
    around: &Surroundings<'_>,
    limit: Duration,
) -> Result<Vec<Exchange>, Trouble> {
    let deadline = Instant::now() + limit;
    let token = token(ask, around)?;
    let client = Client::new(&ask.url, around.agent).map_err(Trouble::failed)?;
    let question =
        Question { body: ask.body.as_deref(), headers: &ask.headers, accept: "*/*", token, bytes: MAX_BODY };
    let mut exchanges = Vec::new();
    let mut body = None;
    for number in 0..ask.requests.max(1) {
        let left = deadline.saturating_duration_since(Instant::now());
        let outcome = if left.is_zero() {
            let words =
                format!("{number} of {} requests were made within {} s", ask.requests, limit.as_secs_f64());
            Outcome::Late(words)
        } else {
            match client.ask(&question, left) {
                Ok(answer) => {
                    let outcome = Outcome::Answered {
                        status: answer.status,
                        good: is_good(&ask.expect, answer.status),
                        seconds: answer.seconds,
                        size: answer.body.len(),
                    };
                    body = Some((exchanges.len(), answer));
                    outcome
                }
                Err(AskError::Late { url, .. }) => {
                    Outcome::Late(format!("{url}: no whole answer within {} s", limit.as_secs_f64()))
                }
                // What cannot be sent once can never be.
                Err(error @ (AskError::Unfit { .. } | AskError::Certificates(_))) => {
                    return Err(Trouble::failed(error));
                }
                Err(error) => Outcome::Failed(error.to_string()),
            }
        };
        let late = matches!(outcome, Outcome::Late(_));
        exchanges.push(Exchange { outcome, body: None });
        if late {
            break;
        }
    }
    let answered = exchanges.iter().any(|exchange| matches!(exchange.outcome, Outcome::Answered { .. }));
    if !answered {
        let why = exchanges.into_iter().find_map(|exchange| match exchange.outcome {
            Outcome::Failed(why) | Outcome::Late(why) => Some(why),
            Outcome::Answered { .. } => None,
        });
        return Err(Trouble::Failed(why.unwrap_or_else(|| "nothing was answered".to_owned())));
    }
    // Only the last body is looked at; the others need not be kept.
    if let Some((index, answer)) = body
        && let Some(exchange) = exchanges.get_mut(index)
    {
        exchange.body = Some(Arc::new(Body { syntax: syntax(&answer), bytes: answer.body }));
    }
    Ok(exchanges)
}

/// The bearer token that the settings name; a name without a value is a fault.
pub(super) fn token<'a>(ask: &Ask, around: &Surroundings<'a>) -> Result<Option<&'a str>, Trouble> {
    let Some(name) = &ask.token else { return Ok(None) };
    let value =
        around.environment.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.to_str());
    match value {
        Some(value) => Ok(Some(value)),
        None => Err(Trouble::Failed(format!("the environment variable {name} is not set"))),
    }
}

/// Whether a status is good: one of those that are expected, or any success where none is.
pub(super) fn is_good(expect: &[u16], status: u16) -> bool {
    if expect.is_empty() { (200..300).contains(&status) } else { expect.contains(&status) }
}

/// In which syntax a body is, by its type; by JSON's first mark where the type says nothing.
fn syntax(answer: &Answer) -> Option<Syntax> {
    let media = answer.content_type.as_deref().unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let kind = media.rsplit(['/', '+']).next().unwrap_or_default();
    match kind {
        "json" => Some(Syntax::Json),
        "yaml" | "x-yaml" => Some(Syntax::Yaml),
        "toml" => Some(Syntax::Toml),
        _ => {
            let first = answer.body.iter().find(|byte| !byte.is_ascii_whitespace());
            first.filter(|byte| matches!(byte, b'{' | b'[')).map(|_| Syntax::Json)
        }
    }
}

/// Numbers of it: latencies one by one, anything else as one number.
pub(super) fn read(exchanges: &[Exchange], reading: &Reading) -> Result<Vec<f64>, Trouble> {
    match reading {
        Reading::Latency => latencies(exchanges),
        Reading::Errors => {
            let is_bad =
                |exchange: &&Exchange| !matches!(exchange.outcome, Outcome::Answered { good: true, .. });
            let bad = exchanges.iter().filter(is_bad).count();
            #[expect(clippy::cast_precision_loss, reason = "requests are far fewer than 2^52")]
            let share = bad as f64 / exchanges.len().max(1) as f64;
            Ok(vec![share])
        }
        Reading::Status => {
            let status = exchanges.iter().rev().find_map(|exchange| match exchange.outcome {
                Outcome::Answered { status, .. } => Some(f64::from(status)),
                _ => None,
            });
            status.map(|status| vec![status]).ok_or_else(|| Trouble::failed("nothing was answered"))
        }
        Reading::Size => {
            let (_, size) = last_good(exchanges)?;
            #[expect(clippy::cast_precision_loss, reason = "bodies are far smaller than 2^52 bytes")]
            let size = size as f64;
            Ok(vec![size])
        }
        Reading::Value(how) => {
            let (body, _) = last_good(exchanges)?;
            Ok(vec![extract::extract(&body.bytes, how, body.syntax)?])
        }
        _ => Err(unfit()),
    }
}

/// Of good answers alone. A request that was not answered in time has no latency, and without it the rest would look fast.
fn latencies(exchanges: &[Exchange]) -> Result<Vec<f64>, Trouble> {
    let mut seconds = Vec::new();
    for exchange in exchanges {
        match &exchange.outcome {
            Outcome::Late(words) => return Err(Trouble::Failed(words.clone())),
            Outcome::Answered { good: true, seconds: took, .. } => seconds.push(*took),
            Outcome::Answered { .. } | Outcome::Failed(_) => {}
        }
    }
    if seconds.is_empty() {
        last_good(exchanges)?;
    }
    Ok(seconds)
}

/// Body and size of the last answer, which must be a good one.
fn last_good(exchanges: &[Exchange]) -> Result<(&Body, usize), Trouble> {
    let last = exchanges.last().ok_or_else(|| Trouble::failed("nothing was asked"))?;
    match &last.outcome {
        Outcome::Answered { good: true, size, .. } => {
            let body = last.body.as_deref().ok_or_else(|| Trouble::failed("nothing was answered"))?;
            Ok((body, *size))
        }
        Outcome::Answered { status, .. } => Err(Trouble::Failed(format!("the server answers {status}"))),
        Outcome::Failed(words) | Outcome::Late(words) => Err(Trouble::Failed(words.clone())),
    }
}

#[cfg(test)]
mod tests;
