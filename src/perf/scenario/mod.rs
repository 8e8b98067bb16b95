//! What is sent: endpoints with their requests, in which mix, and what counts as a good answer.

mod build;
mod check;
mod digest;
mod fault;
mod parse;
mod settings;
mod template;
#[cfg(test)]
mod tests;

pub use build::{Surroundings, build};
pub use check::{
    HEAVIEST, LONGEST_BODY, LONGEST_HEADER, LONGEST_NAME, LONGEST_PATH, MOST_ENDPOINTS, MOST_HEADERS,
    Part as Where, is_token, path_of, refused_header, refused_method, refused_name, refused_pointer,
    refused_url,
};
pub use fault::{Fault, Faults};
pub use parse::{Draft, Part, Wrong};
pub use settings::{BodyConfig, EndpointConfig, Limits, LoginConfig, Objectives, PerfConfig, Place, Profile};
pub use template::{Piece, Source, Table, Template};

use std::time::Duration;

/// Requests to one server, validated.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// Name, as reports show it.
    pub name: String,
    /// The endpoints; never empty.
    pub endpoints: Vec<Endpoint>,
    /// Rows for templates, if a file gives some.
    pub table: Option<Table>,
    /// A request that is made once before the load, and whose answer holds the token of the rest.
    pub login: Option<Login>,
    /// SHA-256 (hex) over all that is said of requests, files that are named included, tokens not.
    pub digest: String,
}

impl Scenario {
    /// Requests of one path, `GET` and nothing more, as a URL alone means them.
    ///
    /// # Errors
    /// The path has what no path may have.
    pub fn single(path: &str) -> Result<Self, Faults> {
        let around = Surroundings { base: path, token: None, confined: true, variable: &|_| None };
        build(&PerfConfig::default(), &around)
    }
}

/// One kind of request.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Name, unique in the scenario.
    pub name: String,
    /// Method, an HTTP token: `GET`.
    pub method: String,
    /// Path and query, beginning with `/`.
    pub path: Template,
    /// Headers besides `host`, `content-length` and `connection`, names in lower case.
    pub headers: Vec<(String, Template)>,
    /// Body; none sends none.
    pub body: Option<Template>,
    /// Share of the mix, from 1.
    pub weight: u32,
    /// What a good answer is.
    pub expect: Expect,
    /// Pause of a connection after an answer; only a closed loop pauses.
    pub think: Duration,
    /// Limits of its regressions, where they are not the usual ones.
    pub thresholds: Thresholds,
}

/// What a good answer is.
#[derive(Clone, Debug)]
pub struct Expect {
    /// Statuses, as inclusive ranges.
    pub status: Vec<(u16, u16)>,
    /// Bytes that the body must contain, each of them.
    pub contains: Vec<Vec<u8>>,
    /// Headers that must be there, with this value where one is given.
    pub headers: Vec<(String, Option<String>)>,
}

impl Default for Expect {
    /// Any success (2xx) or redirection (3xx).
    fn default() -> Self {
        Self { status: vec![(200, 399)], contains: Vec::new(), headers: Vec::new() }
    }
}

impl Expect {
    /// Whether the status is a good one.
    #[must_use]
    pub fn status(&self, status: u16) -> bool {
        self.status.iter().any(|(from, to)| (*from..=*to).contains(&status))
    }

    /// Whether all expected headers are among those received; names compare without case, values exactly.
    #[must_use]
    pub fn headers<'h>(&self, received: &(impl Iterator<Item = (&'h str, &'h [u8])> + Clone)) -> bool {
        self.headers.iter().all(|(name, value)| {
            received.clone().any(|(had, with)| {
                had.eq_ignore_ascii_case(name)
                    && value.as_ref().is_none_or(|value| value.as_bytes() == with.trim_ascii())
            })
        })
    }
}

/// Changes from which something is a regression; none for the usual ones.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Thresholds {
    /// Relative growth of p95.
    pub p95: Option<f64>,
    /// Relative growth of p99.
    pub p99: Option<f64>,
    /// Relative loss of throughput.
    pub throughput: Option<f64>,
    /// Growth of the share of errors.
    pub error_rate: Option<f64>,
    /// Growth of a latency that never counts, in nanoseconds.
    pub floor_ns: Option<u64>,
}

/// How to log in.
#[derive(Clone, Debug)]
pub struct Login {
    /// The request.
    pub request: Endpoint,
    /// Where the token is in the answer: a JSON pointer (RFC 6901) such as `/access_token`.
    pub token: String,
}
