//! A digest of requests: equal digests mean that the same is sent and expected. Every text goes in with its length and
//! every list with its number of items, so that no two scenarios have the same bytes.
//!
//! Of `${env.NAME}` the name counts and not the value, of `${token}` that it is used: neither can be guessed from a digest
//! in a report, and another password does not make another load.

use super::settings::{BodyConfig, EndpointConfig, LoginConfig};
use super::{Draft, Expect, Part, Table};
use crate::crypto::digest::{HashAlgorithm, Hasher};

/// SHA-256, in hex, over all that is sent and expected.
pub(super) fn digest(
    endpoints: &[EndpointConfig],
    table: Option<&Table>,
    login: Option<&LoginConfig>,
) -> String {
    let mut canon = Canon(Hasher::new(HashAlgorithm::Sha256));
    canon.text(b"readiness scenario 1");
    canon.count(endpoints.len());
    for endpoint in endpoints {
        canon.endpoint(endpoint);
    }
    canon.count(usize::from(table.is_some()));
    if let Some(table) = table {
        canon.count(table.columns.len());
        canon.count(table.rows.len());
        for value in table.columns.iter().chain(table.rows.iter().flatten()) {
            canon.text(value.as_bytes());
        }
    }
    canon.count(usize::from(login.is_some()));
    if let Some(login) = login {
        canon.endpoint(&login.request);
        canon.text(login.token.as_bytes());
    }
    canon.0.finish().to_string()
}

struct Canon(Hasher);

impl Canon {
    fn number(&mut self, number: u64) {
        self.0.update(&number.to_be_bytes());
    }

    fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    fn text(&mut self, text: &[u8]) {
        self.count(text.len());
        self.0.update(text);
    }

    fn endpoint(&mut self, endpoint: &EndpointConfig) {
        // Not the thresholds and objectives: they judge what is measured and change nothing of it.
        let EndpointConfig { name, method, path, headers, body, weight, expect, think, .. } = endpoint;
        self.text(name.as_bytes());
        self.text(method.as_bytes());
        self.draft(path);
        self.count(headers.len());
        for (name, value) in headers {
            self.text(name.as_bytes());
            self.draft(value);
        }
        match body {
            BodyConfig::None => self.number(0),
            BodyConfig::Text(draft) => {
                self.number(1);
                self.draft(draft);
            }
            // Files have been read before a digest is made.
            BodyConfig::File(path, _) => {
                self.number(2);
                self.text(path.as_bytes());
            }
        }
        self.number(u64::from(*weight));
        self.expect(expect);
        self.number(u64::try_from(think.as_nanos()).unwrap_or(u64::MAX));
    }

    fn expect(&mut self, expect: &Expect) {
        let Expect { status, contains, headers } = expect;
        self.count(status.len());
        for (from, to) in status {
            self.number(u64::from(*from));
            self.number(u64::from(*to));
        }
        self.count(contains.len());
        for text in contains {
            self.text(text);
        }
        self.count(headers.len());
        for (name, value) in headers {
            self.text(name.as_bytes());
            self.count(usize::from(value.is_some()));
            if let Some(value) = value {
                self.text(value.as_bytes());
            }
        }
    }

    fn draft(&mut self, draft: &Draft) {
        self.count(draft.parts.len());
        for part in &draft.parts {
            let (kind, text): (u64, &[u8]) = match part {
                Part::Text(text) => (0, text),
                Part::Counter => (1, b""),
                Part::Uuid => (2, b""),
                Part::Row(name) => (3, name.as_bytes()),
                Part::Token => (4, b""),
                Part::Env(name) => (5, name.as_bytes()),
            };
            self.number(kind);
            self.text(text);
        }
    }
}
