//! One bounded request and its whole answer, timed: what probes of servers need. Nothing is followed, nothing is tried again.

use std::io::Read as _;
use std::time::{Duration, Instant};

use ureq::http::header::{ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use ureq::http::{HeaderName, HeaderValue, Method, Request, Response, Uri};
use ureq::tls::TlsConfig;

use super::{HttpError, address, own_roots, reason, shown};

/// Longest head of an answer, in bytes.
const MAX_HEAD: usize = 64 << 10;

/// Why there is no answer. Addresses in it hold no password and no query, and no header is told.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The address or a header cannot be sent.
    #[error("{url}: {reason}")]
    Unfit {
        /// The address.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// No connection, or no whole answer of HTTP.
    #[error("{url}: {reason}")]
    Failed {
        /// The address.
        url: String,
        /// What happened.
        reason: String,
    },
    /// Not answered whole within the time.
    #[error("{url}: no whole answer within {} s", limit.as_secs_f64())]
    Late {
        /// The address.
        url: String,
        /// The time.
        limit: Duration,
    },
    /// More than is taken.
    #[error("{url}: the answer is larger than {limit} bytes")]
    TooLarge {
        /// The address.
        url: String,
        /// The limit.
        limit: u64,
    },
    /// Root certificates that the environment names cannot be used.
    #[error(transparent)]
    Certificates(#[from] HttpError),
}

/// What is asked.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// Body of a POST; without one it is a GET.
    pub body: Option<&'a str>,
    /// Headers, name and value.
    pub headers: &'a [(String, String)],
    /// What is accepted, unless a header says so.
    pub accept: &'a str,
    /// A bearer token; shown nowhere.
    pub token: Option<&'a str>,
    /// Most bytes of a body.
    pub bytes: u64,
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// `Content-Type`, if there is one.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
    /// Seconds from the request, the connection included where it is new, to the last byte of the body.
    pub seconds: f64,
}

/// One address that is asked, over one connection as long as the server keeps it. This machine itself is never asked
/// through a proxy; for others the proxy variables of the environment are obeyed.
pub struct Client {
    agent: ureq::Agent,
    uri: Uri,
    /// The address as it may be shown.
    url: String,
}

impl Client {
    /// A client for an address; `agent` is what it says that it is.
    ///
    /// # Errors
    /// An address that is neither `http` nor `https`, or has no host; root certificates that cannot be read.
    pub fn new(url: &str, agent: &str) -> Result<Self, AskError> {
        let uri = address::permitted(url, true).map_err(|error| match error {
            HttpError::Address { url, reason } => AskError::Unfit { url, reason },
            other => AskError::Certificates(other),
        })?;
        let mut tls = TlsConfig::builder();
        if uri.scheme_str() == Some("https")
            && let Some(roots) = own_roots()?
        {
            tls = tls.root_certs(roots);
        }
        let mut config = ureq::Agent::config_builder()
            .tls_config(tls.build())
            .http_status_as_error(false)
            .max_redirects(0)
            .max_response_header_size(MAX_HEAD)
            .user_agent(agent.to_owned())
            // Bytes as they lie there: nothing that is small on the wire grows here.
            .accept_encoding("identity");
        if address::is_loopback(&uri) {
            config = config.proxy(None);
        }
        Ok(Self { agent: config.build().new_agent(), uri, url: shown(url) })
    }

    /// Asks once. All of it, names and TLS included, ends within `limit`.
    ///
    /// # Errors
    /// [`AskError`].
    pub fn ask(&self, question: &Question<'_>, limit: Duration) -> Result<Answer, AskError> {
        let start = Instant::now();
        let sent = match question.body {
            Some(body) => self.send(self.request(Method::POST, question, body)?, limit),
            None => self.send(self.request(Method::GET, question, ())?, limit),
        };
        let response = sent.map_err(|error| self.failed(&error, limit))?;
        let status = response.status().as_u16();
        let header = |name: HeaderName| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let content_type = header(CONTENT_TYPE);
        let encoding = header(CONTENT_ENCODING);
        if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
            let reason = "the answer is compressed, which was not asked for".to_owned();
            return Err(AskError::Failed { url: self.url.clone(), reason });
        }
        let mut body = Vec::new();
        // The library's own limit would end the body where one more byte shows that there is more.
        let reader = response.into_body().into_with_config().limit(u64::MAX).reader();
        reader
            .take(question.bytes.saturating_add(1))
            .read_to_end(&mut body)
            .map_err(|error| self.failed(&ureq::Error::from(error), limit))?;
        if body.len() as u64 > question.bytes {
            return Err(AskError::TooLarge { url: self.url.clone(), limit: question.bytes });
        }
        Ok(Answer { status, content_type, body, seconds: start.elapsed().as_secs_f64() })
    }

    fn request<B>(&self, method: Method, question: &Question<'_>, body: B) -> Result<Request<B>, AskError> {
        let unfit = |reason: &str| AskError::Unfit { url: self.url.clone(), reason: reason.to_owned() };
        let posts = method == Method::POST;
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = self.uri.clone();
        let headers = request.headers_mut();
        for (name, value) in question.headers {
            let name =
                HeaderName::try_from(name.as_str()).map_err(|_| unfit("a header's name that is none"))?;
            let value = HeaderValue::try_from(value.as_str())
                .map_err(|_| unfit("a header's value that cannot be sent"))?;
            headers.append(name, value);
        }
        if let Some(token) = question.token {
            let mut value = HeaderValue::try_from(format!("Bearer {token}"))
                .map_err(|_| unfit("the token holds what a header cannot"))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        if !headers.contains_key(ACCEPT)
            && let Ok(value) = HeaderValue::try_from(question.accept)
        {
            headers.insert(ACCEPT, value);
        }
        if posts && !headers.contains_key(CONTENT_TYPE) {
            let json = question.body.is_some_and(|body| body.trim_start().starts_with(['{', '[']));
            let media = if json { "application/json" } else { "text/plain; charset=utf-8" };
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
        }
        Ok(request)
    }

    fn send<B: ureq::AsSendBody>(
        &self,
        request: Request<B>,
        limit: Duration,
    ) -> Result<Response<ureq::Body>, ureq::Error> {
        let request = self.agent.configure_request(request).timeout_global(Some(limit)).build();
        self.agent.run(request)
    }

    fn failed(&self, error: &ureq::Error, limit: Duration) -> AskError {
        let url = self.url.clone();
        match error {
            ureq::Error::Timeout(_) => AskError::Late { url, limit },
            ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                AskError::Late { url, limit }
            }
            ureq::Error::LargeResponseHeader(..) => {
                AskError::Failed { url, reason: format!("a head of more than {MAX_HEAD} bytes") }
            }
            other => AskError::Failed { url, reason: reason(other) },
        }
    }
}
