//! Whether what was gathered is sent.

use super::accept_if;
use super::text::{after, before, has};
use crate::engine::{Candidate, Judgement};

/// What sends to the network.
const SENDING: &[&str] = &[
    "fetch(",
    "axios",
    "https.request(",
    "http.request(",
    "https.get(",
    "http.get(",
    "requests.post(",
    "requests.get(",
    "requests.put(",
    "httpx.",
    "urlopen(",
    "sendBeacon(",
    "net.connect(",
    ".sendall(",
    "dns.resolve",
    "dns.lookup(",
    "WebSocket(",
    "/api/webhooks/",
    "api.telegram.org",
];

/// Accepts an assignment of the whole environment (group 1) when something near sends; everything else by itself.
pub(super) fn sent_away(candidate: &Candidate<'_>) -> Judgement {
    if candidate.part == candidate.whole {
        return Judgement::Accept;
    }
    accept_if(has(after(candidate, 800), SENDING) || has(before(candidate, 400), SENDING))
}
