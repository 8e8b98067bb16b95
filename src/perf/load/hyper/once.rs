//! One request on a connection of its own, before the load: to log in, and to see who answers.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use hyper::client::conn::{http1, http2};
use hyper::header::HeaderMap;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::connect::Sender;
use super::drive::Home;
use super::request::{Prepared, Rendered};
use crate::perf::load::tls::{TlsError, client_config};
use crate::perf::load::{Engine, Tls};
use crate::perf::probe::{ProbeError, Way, Wish};
use crate::perf::scenario::{Endpoint, Source};

/// Most bytes of a body that are kept.
pub(in crate::perf) const BODY: usize = 1 << 20;
/// Most bytes of a head.
const HEAD: usize = 64 << 10;
/// Most addresses of a name that are tried.
const ADDRESSES: usize = 16;
/// Most characters of what a library says of an error.
const DETAIL: usize = 200;

/// An answer, and the way on which it came.
pub(in crate::perf) struct Answer {
    pub(in crate::perf) address: SocketAddr,
    pub(in crate::perf) is_two: bool,
    /// For further connections, offering the protocol that was agreed on alone.
    pub(in crate::perf) tls: Option<Tls>,
    /// Version and cipher suite, as the IANA names them.
    pub(in crate::perf) cipher: Option<String>,
    pub(in crate::perf) status: u16,
    pub(in crate::perf) headers: HeaderMap,
    pub(in crate::perf) body: Vec<u8>,
    /// Whether the body was longer than what is kept.
    pub(in crate::perf) is_cut: bool,
}

/// Sends a request and reads its answer, all within the way's time limit.
pub(in crate::perf) fn exchange(
    way: &Way<'_>,
    endpoint: &Endpoint,
    source: &Source,
) -> Result<Answer, ProbeError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
    let runtime = runtime.map_err(ProbeError::Io)?;
    let local = tokio::task::LocalSet::new();
    let answer = local.block_on(&runtime, whole(way, endpoint, source));
    drop(local);
    // A name server that does not answer must not hold up the end.
    runtime.shutdown_background();
    answer
}

async fn whole(way: &Way<'_>, endpoint: &Endpoint, source: &Source) -> Result<Answer, ProbeError> {
    let end = Instant::now() + way.timeout;
    let (tcp, address) = connect(way, end).await?;
    if !way.url.scheme_tls {
        let is_two = way.wish == Wish::Http2;
        return ask(
            way,
            endpoint,
            source,
            end,
            Met { stream: tcp, address, is_two, tls: None, cipher: None },
        )
        .await;
    }
    let alpn: &[&str] = match way.wish {
        Wish::Auto => &["h2", "http/1.1"],
        Wish::Http1 => &["http/1.1"],
        Wish::Http2 => &["h2"],
    };
    let mut config = client_config(way.trust, alpn)?;
    let name = ServerName::try_from(way.url.host.clone()).map_err(|_| {
        ProbeError::Setup(TlsError::Setup(rustls::Error::General("the host is no name for TLS".to_owned())))
    })?;
    let handshake = tokio_rustls::TlsConnector::from(config.clone()).connect(name.clone(), tcp);
    let stream = match tokio::time::timeout_at(end, handshake).await {
        Err(_) => return Err(slow(way, address, "the TLS handshake did not end")),
        Ok(Err(error)) => return Err(refused_tls(way, address, &error)),
        Ok(Ok(stream)) => stream,
    };
    let session = stream.get_ref().1;
    let is_two = session.alpn_protocol() == Some(b"h2");
    if way.wish == Wish::Http2 && !is_two {
        return Err(ProbeError::NoHttp2 { url: way.url.shown() });
    }
    let version = session.protocol_version().and_then(|version| version.as_str()).unwrap_or("TLS");
    let suite = session.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()).unwrap_or("");
    let cipher =
        format!("{} {}", version.replace("TLSv", "TLS ").replace('_', "."), suite.replace("TLS13_", "TLS_"));
    // Connections of the load offer what was agreed on, so that none of them can come to speak something else.
    let agreed = if is_two { b"h2".to_vec() } else { b"http/1.1".to_vec() };
    std::sync::Arc::make_mut(&mut config).alpn_protocols = vec![agreed];
    let met = Met {
        stream,
        address,
        is_two,
        tls: Some(Tls { config, name }),
        cipher: Some(cipher.trim().to_owned()),
    };
    ask(way, endpoint, source, end, met).await
}

/// A server that was reached.
struct Met<T> {
    stream: T,
    address: SocketAddr,
    is_two: bool,
    tls: Option<Tls>,
    cipher: Option<String>,
}

/// The first address of the host that accepts a connection.
async fn connect(way: &Way<'_>, end: Instant) -> Result<(TcpStream, SocketAddr), ProbeError> {
    let host = &way.url.host;
    let unknown = |source| ProbeError::Name { host: host.clone(), source };
    let found = tokio::time::timeout_at(end, tokio::net::lookup_host((host.as_str(), way.url.port))).await;
    let found = found.map_err(|_| unknown(io::ErrorKind::TimedOut.into()))?.map_err(unknown)?;
    let mut last = None;
    let addresses: Vec<SocketAddr> = found.take(ADDRESSES).collect();
    for (index, &address) in addresses.iter().enumerate() {
        // One that does not answer leaves the others their share of the time.
        let left = end.saturating_duration_since(Instant::now());
        let others = u32::try_from(addresses.len() - index).unwrap_or(1).max(1);
        match tokio::time::timeout(left / others, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => {
                // Small requests go at once; a system that refuses is none that we know.
                let _ = tcp.set_nodelay(true);
                return Ok((tcp, address));
            }
            Ok(Err(source)) if source.kind() == io::ErrorKind::ConnectionRefused => {
                last = last.or(Some(ProbeError::Refused { url: way.url.shown(), address }));
            }
            Ok(Err(source)) => {
                last = last.or(Some(ProbeError::Connect { url: way.url.shown(), address, source }));
            }
            Err(_) => last = last.or(Some(slow(way, address, "it did not accept a connection"))),
        }
    }
    Err(last.unwrap_or_else(|| unknown(io::Error::other("it has no address"))))
}

/// Sends the request and reads the answer.
async fn ask<T>(
    way: &Way<'_>,
    endpoint: &Endpoint,
    source: &Source,
    end: Instant,
    met: Met<T>,
) -> Result<Answer, ProbeError>
where
    T: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let Met { stream, address, is_two, tls, cipher } = met;
    let engine = if is_two { Engine::Hyper2 } else { Engine::Hyper1 };
    let kind = (engine, tls.is_some(), true);
    let prepared = Prepared::new(endpoint, &way.url.authority(), kind, source);
    let rendered = prepared.render(source, &mut Vec::new());
    let read = tokio::time::timeout_at(end, read(stream, is_two, &prepared, &rendered)).await;
    let (status, headers, body, is_cut) = read
        .map_err(|_| slow(way, address, "its answer did not end"))?
        .map_err(|error| ProbeError::Protocol {
            url: way.url.shown(),
            address,
            spoken: if is_two { "HTTP/2" } else { "HTTP/1.1" },
            detail: detail(&error),
        })?;
    Ok(Answer { address, is_two, tls, cipher, status, headers, body, is_cut })
}

async fn read<T>(
    stream: T,
    is_two: bool,
    prepared: &Prepared,
    rendered: &Rendered,
) -> hyper::Result<(u16, HeaderMap, Vec<u8>, bool)>
where
    T: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let stream = TokioIo::new(stream);
    let mut sender = if is_two {
        let mut builder = http2::Builder::new(Home::Shared);
        builder.max_header_list_size(u32::try_from(HEAD).unwrap_or(u32::MAX));
        let (sender, connection) = builder.handshake(stream).await?;
        Home::Shared.first(async { drop(connection.await) });
        Sender::Two(sender)
    } else {
        let (sender, connection) = http1::Builder::new().max_buf_size(HEAD).handshake(stream).await?;
        Home::Shared.first(async { drop(connection.await) });
        Sender::One(sender)
    };
    sender.ready().await?;
    let (head, mut incoming) = sender.send(prepared.request(rendered)).await?.into_parts();
    let mut body = Vec::new();
    let mut is_cut = false;
    while !is_cut && !incoming.is_end_stream() {
        let Some(frame) = incoming.frame().await else { break };
        if let Some(data) = frame?.data_ref() {
            is_cut = data.len() > BODY.saturating_sub(body.len());
            let room = BODY.saturating_sub(body.len()).min(data.len());
            body.extend_from_slice(data.get(..room).unwrap_or_default());
        }
    }
    Ok((head.status.as_u16(), head.headers, body, is_cut))
}

fn slow(way: &Way<'_>, address: SocketAddr, what: &'static str) -> ProbeError {
    ProbeError::Slow { url: way.url.shown(), address, what, limit: Seconds(way.timeout) }
}

fn refused_tls(way: &Way<'_>, address: SocketAddr, error: &io::Error) -> ProbeError {
    let (url, cause) =
        (way.url.shown(), error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()));
    match cause {
        Some(rustls::Error::InvalidCertificate(_)) => {
            ProbeError::Certificate { url, address, detail: detail(error) }
        }
        Some(rustls::Error::AlertReceived(rustls::AlertDescription::NoApplicationProtocol))
            if way.wish == Wish::Http2 =>
        {
            ProbeError::NoHttp2 { url }
        }
        _ => ProbeError::Tls { url, address, detail: detail(error) },
    }
}

/// A library's words and those of its causes, without control characters and not too many.
fn detail(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    for _ in 0..4 {
        let Some(cause) = source else { break };
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text.chars().filter(|c| !c.is_control()).take(DETAIL).collect()
}

/// A time limit as people read it.
#[derive(Clone, Copy, Debug)]
pub struct Seconds(pub(in crate::perf) Duration);

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} s", self.0.as_secs_f64())
    }
}
