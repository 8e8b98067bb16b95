//! The bytes of requests: prepared once where nothing in them changes, put together in a buffer of the connection where
//! something does.

use std::io::Write as _;

use crate::perf::load::plan::{Plan, Target};
use crate::perf::load::search::Needles;
use crate::perf::scenario::{Endpoint, Scenario, Source, Template};

/// What `user-agent` says unless the scenario says something else.
const AGENT: &str = concat!("readiness/", env!("CARGO_PKG_VERSION"));

/// The requests of a scenario.
#[derive(Debug)]
pub(super) struct Requests {
    kinds: Vec<Kind>,
    /// Header lines that are the same for all: `host`, and `connection` where each request has a connection of its own.
    host: Vec<u8>,
    close: bool,
    /// A body that is put together before its length is known.
    body: Vec<u8>,
}

/// What is known of an endpoint's requests before the first one.
#[derive(Debug)]
struct Kind {
    endpoint: Endpoint,
    /// Head, if it never changes.
    head: Option<Vec<u8>>,
    /// Body, if it never changes; empty for none.
    body: Option<Vec<u8>>,
    head_only: bool,
    needles: Needles,
}

impl Requests {
    /// Prepares the requests of a scenario. `source` gives the token; nothing else is taken from it.
    pub(super) fn new(scenario: &Scenario, plan: &Plan, target: &Target, source: &Source) -> Self {
        let mut host = b"host: ".to_vec();
        append_value(target.authority.as_bytes(), &mut host);
        host.extend_from_slice(b"\r\n");
        let mut all = Self { kinds: Vec::new(), host, close: !plan.keep_alive, body: Vec::new() };
        for endpoint in &scenario.endpoints {
            let body = match &endpoint.body {
                None => Some(Vec::new()),
                Some(body) => body.is_constant().then(|| {
                    let mut bytes = Vec::new();
                    body.render(source, &mut bytes);
                    bytes
                }),
            };
            let fixed =
                endpoint.path.is_constant() && endpoint.headers.iter().all(|(_, value)| value.is_constant());
            let head = body.as_ref().filter(|_| fixed).map(|body| {
                let mut head = Vec::new();
                all.append_head(endpoint, source, body.len(), &mut head);
                head
            });
            all.kinds.push(Kind {
                head,
                body,
                head_only: endpoint.method == "HEAD",
                needles: Needles::new(&endpoint.expect.contains),
                endpoint: endpoint.clone(),
            });
        }
        all
    }

    /// The endpoint of a number.
    pub(super) fn endpoint(&self, number: usize) -> Option<&Endpoint> {
        self.kinds.get(number).map(|kind| &kind.endpoint)
    }

    /// What its answers must contain.
    pub(super) fn needles(&self, number: usize) -> Option<&Needles> {
        self.kinds.get(number).map(|kind| &kind.needles)
    }

    /// Whether its answers have no body because it asks with HEAD.
    pub(super) fn head_only(&self, number: usize) -> bool {
        self.kinds.get(number).is_some_and(|kind| kind.head_only)
    }

    /// Puts what changes in the next request to an endpoint into `own`, a buffer of the connection; nothing, where
    /// nothing changes. The source must have gone on to this request.
    pub(super) fn render(&mut self, number: usize, source: &Source, own: &mut Vec<u8>) {
        own.clear();
        let mut body = std::mem::take(&mut self.body);
        body.clear();
        if let Some(kind) = self.kinds.get(number)
            && kind.head.is_none()
        {
            let length = match (&kind.body, &kind.endpoint.body) {
                (Some(body), _) => body.len(),
                (None, Some(template)) => {
                    template.render(source, &mut body);
                    body.len()
                }
                (None, None) => 0,
            };
            self.append_head(&kind.endpoint, source, length, own);
            own.extend_from_slice(&body);
        }
        self.body = body;
    }

    /// A request's bytes, in two parts that follow each other; `own` is what [`Self::render`] made for it.
    pub(super) fn bytes<'r>(&'r self, number: usize, own: &'r [u8]) -> [&'r [u8]; 2] {
        let Some(kind) = self.kinds.get(number) else { return [&[], &[]] };
        [kind.head.as_deref().unwrap_or(own), kind.body.as_deref().unwrap_or_default()]
    }

    fn append_head(&self, endpoint: &Endpoint, source: &Source, body: usize, out: &mut Vec<u8>) {
        append_value(endpoint.method.as_bytes(), out);
        out.push(b' ');
        append_path(&endpoint.path, source, out);
        out.extend_from_slice(b" HTTP/1.1\r\n");
        out.extend_from_slice(&self.host);
        if !endpoint.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("user-agent")) {
            out.extend_from_slice(b"user-agent: ");
            out.extend_from_slice(AGENT.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        for (name, value) in &endpoint.headers {
            append_value(name.as_bytes(), out);
            out.extend_from_slice(b": ");
            let begin = out.len();
            value.render(source, out);
            clean(out, begin);
            out.extend_from_slice(b"\r\n");
        }
        if endpoint.body.is_some() || matches!(endpoint.method.as_str(), "POST" | "PUT" | "PATCH") {
            // Writing to memory does not fail.
            let _ = write!(out, "content-length: {body}\r\n");
        }
        if self.close {
            out.extend_from_slice(b"connection: close\r\n");
        }
        out.extend_from_slice(b"\r\n");
    }
}

fn append_value(value: &[u8], out: &mut Vec<u8>) {
    let begin = out.len();
    out.extend_from_slice(value);
    clean(out, begin);
}

/// Makes spaces of what would end a header: values of tables and tokens must not split a request (RFC 9110 section 5.5).
fn clean(out: &mut [u8], begin: usize) {
    for byte in out.iter_mut().skip(begin) {
        if matches!(byte, b'\r' | b'\n' | 0) {
            *byte = b' ';
        }
    }
}

/// Appends a path; bytes that a request line cannot have are percent-encoded (RFC 3986 section 2.1).
fn append_path(path: &Template, source: &Source, out: &mut Vec<u8>) {
    let begin = out.len();
    path.render(source, out);
    let fits = |byte: &u8| byte.is_ascii_graphic() && *byte != b'#';
    if out.iter().skip(begin).all(fits) {
        return;
    }
    for byte in out.split_off(begin) {
        if fits(&byte) {
            out.push(byte);
        } else {
            let digit = |value: u8| {
                char::from_digit(u32::from(value), 16).map_or(b'0', |digit| digit.to_ascii_uppercase() as u8)
            };
            out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}
