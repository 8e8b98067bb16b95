//! Requests as hyper takes them, prepared as far as they do not change.

use hyper::body::Bytes;
use hyper::header::{CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Uri, Version};

use crate::perf::load::Engine;
use crate::perf::load::search::Needles;
use crate::perf::scenario::{Endpoint, Expect, Source, Template};

/// The body of all requests: in one piece, in memory.
pub(super) type Body = http_body_util::Full<Bytes>;

/// An endpoint's request.
pub(super) struct Prepared {
    method: Method,
    /// What stands before the path: scheme and authority for HTTP/2, nothing for HTTP/1.1.
    prefix: String,
    path: Template,
    headers: HeaderMap,
    changing: Vec<(HeaderName, Template)>,
    body: Option<Template>,
    /// Path and body where they are the same for all requests.
    uri: Option<Uri>,
    bytes: Option<Bytes>,
    version: Version,
    /// Bytes of the head without path, changing values and content-length.
    size: u64,
    pub(super) expect: Expect,
    /// Texts that must be in the body.
    pub(super) needles: Needles,
    pub(super) think: std::time::Duration,
}

/// What of a request changes, for one that can be sent more than once.
#[derive(Default)]
pub(super) struct Rendered {
    uri: Uri,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    /// Bytes that it has in HTTP/1.1.
    pub(super) size: u64,
}

impl Prepared {
    /// For requests to `authority`; `way` is the engine, whether there is TLS, and whether connections are kept.
    pub(super) fn new(
        endpoint: &Endpoint,
        authority: &str,
        way: (Engine, bool, bool),
        source: &Source,
    ) -> Self {
        let (engine, is_tls, keep_alive) = way;
        let two = engine == Engine::Hyper2;
        let scheme = if is_tls { "https" } else { "http" };
        let prefix = if two { format!("{scheme}://{authority}") } else { String::new() };
        let mut headers = HeaderMap::new();
        if !two {
            headers.insert(HOST, value(authority.as_bytes()));
        }
        if !endpoint.headers.iter().any(|(name, _)| name == USER_AGENT.as_str()) {
            headers.insert(
                USER_AGENT,
                HeaderValue::from_static(concat!("readiness/", env!("CARGO_PKG_VERSION"))),
            );
        }
        if !two && !keep_alive {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        let mut changing = Vec::new();
        for (name, template) in &endpoint.headers {
            let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else { continue };
            if template.is_constant() {
                headers.append(name, value(&text(template, source)));
            } else {
                changing.push((name, template.clone()));
            }
        }
        let lines: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        let host = if two { "host: ".len() + authority.len() + 2 } else { 0 };
        let line = endpoint.method.len() + "  HTTP/1.1\r\n".len() + 2;
        let mut prepared = Self {
            method: Method::from_bytes(endpoint.method.as_bytes()).unwrap_or_default(),
            prefix,
            path: endpoint.path.clone(),
            headers,
            changing,
            body: endpoint.body.clone(),
            uri: None,
            bytes: None,
            version: if two { Version::HTTP_2 } else { Version::HTTP_11 },
            size: (lines + host + line) as u64,
            expect: endpoint.expect.clone(),
            needles: Needles::new(&endpoint.expect.contains),
            think: endpoint.think,
        };
        if endpoint.path.is_constant() {
            prepared.uri = Some(prepared.locate(source, &mut Vec::new()));
        }
        prepared.bytes = match &endpoint.body {
            None => Some(Bytes::new()),
            Some(body) if body.is_constant() => Some(Bytes::from(text(body, source))),
            Some(_) => None,
        };
        prepared
    }

    /// Renders what changes, for the request at hand.
    pub(super) fn render(&self, source: &Source, scratch: &mut Vec<u8>) -> Rendered {
        let uri = self.uri.clone().unwrap_or_else(|| self.locate(source, scratch));
        let mut size = self.size + uri.path_and_query().map_or(1, |path| path.as_str().len()) as u64;
        let mut headers = Vec::new();
        for (name, template) in &self.changing {
            scratch.clear();
            template.render(source, scratch);
            let value = value(scratch);
            size += (name.as_str().len() + value.len() + 4) as u64;
            headers.push((name.clone(), value));
        }
        let body = self.bytes.clone().unwrap_or_else(|| {
            self.body.as_ref().map(|body| Bytes::from(text(body, source))).unwrap_or_default()
        });
        if self.body.is_some() {
            let digits = body.len().checked_ilog10().unwrap_or(0) as usize + 1;
            size += ("content-length: \r\n".len() + digits + body.len()) as u64;
        }
        Rendered { uri, headers, body, size }
    }

    /// The request, to be sent.
    pub(super) fn request(&self, rendered: &Rendered) -> Request<Body> {
        let mut request = Request::new(Body::new(rendered.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = rendered.uri.clone();
        *request.version_mut() = self.version;
        *request.headers_mut() = self.headers.clone();
        for (name, value) in &rendered.headers {
            request.headers_mut().append(name.clone(), value.clone());
        }
        request
    }

    fn locate(&self, source: &Source, scratch: &mut Vec<u8>) -> Uri {
        scratch.clear();
        self.path.render(source, scratch);
        let mut text = Vec::with_capacity(self.prefix.len() + scratch.len());
        text.extend_from_slice(self.prefix.as_bytes());
        for byte in scratch.iter() {
            match byte {
                // What hyper refuses in a path; a value of a table can have it.
                0..=b' ' | b'"' | b'#' | b'<' | b'>' | b'`' | 0x7f.. => {
                    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
                    let digit = |four: u8| DIGITS.get(usize::from(four)).copied().unwrap_or(b'0');
                    text.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
                }
                other => text.push(*other),
            }
        }
        Uri::from_maybe_shared(Bytes::from(text)).unwrap_or_default()
    }
}

fn text(template: &Template, source: &Source) -> Vec<u8> {
    let mut out = Vec::new();
    template.render(source, &mut out);
    out
}

/// A header's value without what would end its line or is refused.
fn value(text: &[u8]) -> HeaderValue {
    HeaderValue::from_bytes(text).unwrap_or_else(|_| {
        let clean: Vec<u8> =
            text.iter().copied().filter(|byte| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f)).collect();
        HeaderValue::from_bytes(&clean).unwrap_or_else(|_| HeaderValue::from_static(""))
    })
}
