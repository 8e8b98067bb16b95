//! Downloads: a file over HTTPS, bounded in size and time, resumed where it stopped, in place only when whole and
//! verified; and single questions to servers that are probed. Nothing but a command that the user gave for it comes here.
//!
//! The proxy variables of the environment are obeyed (`ALL_PROXY`, `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`), and
//! `SSL_CERT_FILE` for root certificates of one's own; without it, Mozilla's are used. This machine itself is never
//! asked through a proxy.

mod address;
mod ask;
mod error;
mod part;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use ureq::http::{HeaderMap, Response, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};

pub use address::shown;
pub use ask::{Answer, AskError, Client, Question};
pub use error::HttpError;
pub use part::{PART, PART_STATE};
use part::{Part, State};

/// Bounds of a download.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Longest that a connection may take to stand, TLS included.
    pub connect: Duration,
    /// Longest silence of the server.
    pub idle: Duration,
    /// Longest that the whole download may take, all attempts together.
    pub total: Duration,
    /// Most bytes that are taken.
    pub bytes: u64,
    /// Most redirects that are followed.
    pub redirects: u32,
    /// How often it is tried when the connection breaks or the server is busy; at least once.
    pub attempts: u32,
    /// Pause before the second attempt; each further one waits twice as long.
    pub pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            idle: Duration::from_secs(30),
            total: Duration::from_secs(30 * 60),
            bytes: 64 << 20,
            redirects: 5,
            attempts: 4,
            pause: Duration::from_secs(1),
        }
    }
}

/// What tells two versions of a file apart (RFC 9110 §8.8).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// `ETag` as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// `Last-Modified` as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

impl Validators {
    fn of(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self { etag: text("etag"), last_modified: text("last-modified") }
    }

    /// What `If-Range` may hold: a strong tag, else the date (RFC 9110 §13.1.5).
    fn for_range(&self) -> Option<&str> {
        match &self.etag {
            Some(tag) if tag.starts_with('"') => Some(tag),
            _ => self.last_modified.as_deref(),
        }
    }

    /// Whether an answer with these is about the same version as `other`, as far as both say.
    fn agree(&self, other: &Self) -> bool {
        let same = |own: &Option<String>, other: &Option<String>| match (own, other) {
            (Some(own), Some(other)) => own == other,
            _ => true,
        };
        same(&self.etag, &other.etag) && same(&self.last_modified, &other.last_modified)
    }
}

/// A download to be made.
#[derive(Clone, Copy)]
pub struct Download<'a> {
    /// Where from. A user and password in it are sent, and shown nowhere.
    pub url: &'a str,
    /// Where to. `NAME.part` and `NAME.part.json` beside it hold what there is until it is whole.
    pub into: &'a Path,
    /// The version that lies there already.
    pub known: Option<&'a Validators>,
    /// Whether plain HTTP to other machines is allowed.
    pub allow_plain: bool,
    /// Bounds.
    pub limits: &'a Limits,
    /// Looks at the whole file before it takes its place; says what is wrong with it.
    pub verify: &'a dyn Fn(&File) -> Result<(), String>,
}

/// How far a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that there are.
    pub received: u64,
    /// Bytes of the whole, if the server said.
    pub total: Option<u64>,
}

/// What a download came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The known version is the newest; nothing was written.
    Unchanged,
    /// There is a new file.
    New {
        /// Its length in bytes.
        bytes: u64,
        /// Bytes of it that an earlier attempt had brought.
        resumed_at: u64,
        /// Which version it is.
        validators: Validators,
    },
}

/// Downloads a file.
///
/// # Errors
/// [`HttpError`]; the target is untouched then. After a broken connection the next call goes on where this one stopped,
/// unless the file has changed in between.
pub fn download(request: &Download<'_>, progress: &mut dyn FnMut(Progress)) -> Result<Fetched, HttpError> {
    let deadline = Instant::now() + request.limits.total;
    let start = address::permitted(request.url, request.allow_plain)?;
    let roots = own_roots()?;
    let mut part = Part::open(request.into)?;
    let mut pause = request.limits.pause;
    let mut attempt = 1;
    loop {
        match transfer(request, &start, roots.as_ref(), &mut part, deadline, progress) {
            Ok(None) => {
                part.discard();
                return Ok(Fetched::Unchanged);
            }
            Ok(Some((resumed_at, validators))) => {
                let bytes = part.length;
                if let Err(reason) = (request.verify)(part.rewound()?) {
                    part.discard();
                    return Err(HttpError::Contents { url: shown(request.url), reason });
                }
                part.finish(request.into)?;
                return Ok(Fetched::New { bytes, resumed_at, validators });
            }
            Err(error) if error.is_passing() && attempt < request.limits.attempts => {
                if Instant::now() + pause >= deadline {
                    return Err(error);
                }
                std::thread::sleep(pause);
                pause *= 2;
                attempt += 1;
            }
            Err(error) => {
                if part.length == 0 {
                    part.discard();
                }
                return Err(error);
            }
        }
    }
}

/// One attempt: none when the known version is the newest, else how many bytes there were before and which version it is.
fn transfer(
    request: &Download<'_>,
    start: &Uri,
    roots: Option<&RootCerts>,
    part: &mut Part,
    deadline: Instant,
    progress: &mut dyn FnMut(Progress),
) -> Result<Option<(u64, Validators)>, HttpError> {
    let url = shown(request.url);
    let ask = |headers: &[(&'static str, String)], received: u64| {
        answer(request, start, roots, headers, deadline, received)
    };
    let state = part.state(&url);
    let range = state.as_ref().and_then(|state| state.validators.for_range());
    let mut response = if let Some(version) = range {
        let headers = [("range", format!("bytes={}-", part.length)), ("if-range", version.to_owned())];
        ask(&headers, part.length)?
    } else {
        ask(&conditions(request.known), part.length)?
    };
    let continues = response.status() == 206
        && state.as_ref().is_some_and(|state| continues(state, part.length, response.headers()));
    if matches!(response.status().as_u16(), 206 | 416) && !continues {
        // The part does not fit what the server has: from the beginning, whatever the known version is.
        drop(response);
        response = ask(&[], 0)?;
    }
    let resumed_at = match response.status().as_u16() {
        206 if continues => part.length,
        200 => 0,
        304 if request.known.is_some() && range.is_none() => return Ok(None),
        code => return Err(HttpError::Status { url, code }),
    };
    let length = content_length(response.headers(), &url)?;
    let total = length.map(|length| length.saturating_add(resumed_at));
    let too_large = || HttpError::TooLarge { url: url.clone(), limit: request.limits.bytes };
    if total.is_some_and(|total| total > request.limits.bytes) {
        return Err(too_large());
    }
    let validators = match state {
        Some(state) if continues => state.validators,
        _ => Validators::of(response.headers()),
    };
    if !continues {
        part.restart(&State { url: url.clone(), validators: validators.clone(), total })?;
    }
    let mut reader = response.into_body().into_with_config().limit(u64::MAX).reader();
    let mut buffer = vec![0; 64 << 10];
    loop {
        progress(Progress { received: part.length, total });
        let read = reader.read(&mut buffer).map_err(|error| HttpError::Interrupted {
            url: url.clone(),
            received: part.length,
            reason: reason(&ureq::Error::from(error)),
        })?;
        let bytes = buffer.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            break;
        }
        if part.length + read as u64 > request.limits.bytes {
            return Err(too_large());
        }
        part.append(bytes)?;
    }
    match total {
        Some(total) if total != part.length => Err(HttpError::Interrupted {
            url,
            received: part.length,
            reason: format!("the connection ended before the {total} bytes that were announced"),
        }),
        _ => Ok(Some((resumed_at, validators))),
    }
}

/// Asks, and follows redirects: each hop is permitted anew.
fn answer(
    request: &Download<'_>,
    start: &Uri,
    roots: Option<&RootCerts>,
    headers: &[(&'static str, String)],
    deadline: Instant,
    received: u64,
) -> Result<Response<ureq::Body>, HttpError> {
    let limits = request.limits;
    let mut uri = start.clone();
    for _ in 0..=limits.redirects {
        let mut tls = TlsConfig::builder();
        if let Some(roots) = roots {
            tls = tls.root_certs(roots.clone());
        }
        let mut config = ureq::Agent::config_builder()
            .tls_config(tls.build())
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(concat!("readiness/", env!("CARGO_PKG_VERSION")))
            // Bytes as they lie there, so that lengths and ranges mean the same on both sides.
            .accept_encoding("identity")
            .timeout_global(Some(deadline.saturating_duration_since(Instant::now())))
            .timeout_resolve(Some(limits.connect))
            .timeout_connect(Some(limits.connect))
            .timeout_recv_response(Some(limits.idle))
            .timeout_per_read(Some(limits.idle));
        if address::is_loopback(&uri) {
            config = config.proxy(None);
        }
        let mut asked = config.build().new_agent().get(&uri);
        for (name, value) in headers {
            asked = asked.header(*name, value);
        }
        let response = asked.call().map_err(|error| HttpError::Interrupted {
            url: shown(&uri.to_string()),
            received,
            reason: reason(&error),
        })?;
        if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(response);
        }
        let location = response.headers().get("location").and_then(|value| value.to_str().ok());
        let Some(location) = location else {
            return Err(HttpError::Answer {
                url: shown(&uri.to_string()),
                reason: "a redirect that leads nowhere".to_owned(),
            });
        };
        uri = address::next_hop(&uri, location, request.allow_plain)?;
    }
    Err(HttpError::Redirects { url: shown(request.url), limit: limits.redirects })
}

/// Headers that ask for a file only if it differs from the version that lies there.
fn conditions(known: Option<&Validators>) -> Vec<(&'static str, String)> {
    let Some(known) = known else { return Vec::new() };
    let tag = known.etag.clone().map(|tag| ("if-none-match", tag));
    let date = known.last_modified.clone().map(|date| ("if-modified-since", date));
    // A date beside a tag would be ignored (RFC 9110 §13.1.3).
    tag.or(date).into_iter().collect()
}

/// Whether a 206 answer is the rest of the part: the same version, from the byte that was asked for, to the same end.
fn continues(state: &State, length: u64, headers: &HeaderMap) -> bool {
    let range = headers.get("content-range").and_then(|value| value.to_str().ok());
    let Some((span, total)) = range.and_then(|range| range.strip_prefix("bytes ")?.split_once('/')) else {
        return false;
    };
    let Some((first, last)) = span.split_once('-') else { return false };
    let (Ok(first), Ok(last)) = (first.parse::<u64>(), last.parse::<u64>()) else { return false };
    let total = total.parse::<u64>().ok();
    let whole = total.is_none_or(|total| last.checked_add(1) == Some(total));
    let same_end = state.total.is_none() || total.is_none() || state.total == total;
    first == length && last >= first && whole && same_end && state.validators.agree(&Validators::of(headers))
}

fn content_length(headers: &HeaderMap, url: &str) -> Result<Option<u64>, HttpError> {
    let Some(value) = headers.get("content-length") else { return Ok(None) };
    let length = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    let reason = "a length that is no number".to_owned();
    length.map(Some).ok_or_else(|| HttpError::Answer { url: url.to_owned(), reason })
}

/// What happened, in words that hold no address: the library's own may hold one with a password.
fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(what) => format!("no answer in time ({what})"),
        ureq::Error::HostNotFound => "the host is not known".to_owned(),
        ureq::Error::ConnectionFailed => "no connection".to_owned(),
        ureq::Error::Io(error) => match error.kind() {
            std::io::ErrorKind::ConnectionRefused => "connection refused: nothing listens there".to_owned(),
            // What the system says when a name has no address; it has no kind of its own yet.
            _ if error.to_string().starts_with("failed to lookup address") => {
                "the host is not known".to_owned()
            }
            kind => format!("the connection broke ({kind})"),
        },
        ureq::Error::ConnectProxyFailed(_) | ureq::Error::InvalidProxyUrl => "the proxy refuses".to_owned(),
        ureq::Error::Rustls(error) => format!("TLS: {error}"),
        ureq::Error::Tls(what) => format!("TLS: {what}"),
        ureq::Error::Protocol(_) | ureq::Error::Http(_) => "an answer that is no HTTP".to_owned(),
        _ => "the connection failed".to_owned(),
    }
}

/// Root certificates that the environment names.
fn own_roots() -> Result<Option<RootCerts>, HttpError> {
    let Some(path) = std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    let path = PathBuf::from(path);
    let fault = |reason: String| HttpError::Certificates { path: path.clone(), reason };
    let pem = super::files::read_bounded(&path, 16 << 20).map_err(|error| fault(error.to_string()))?;
    let certificates: Vec<Certificate<'static>> = ureq::tls::parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(fault("no certificate in it".to_owned()));
    }
    Ok(Some(RootCerts::new_with_certs(&certificates)))
}
