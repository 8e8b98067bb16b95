//! One request before the load: does the server answer, who is it, and what does it speak.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::load::once::{Answer, exchange};
use super::load::tls::{TlsError, Trust};
use super::load::{Engine, Target};
use super::scenario::{Scenario, Source};
use super::url::Url;
use crate::report::PerfTarget;

/// Most characters of what a server calls itself.
const NAME: usize = 100;

/// How to reach a server.
#[derive(Clone, Copy, Debug)]
pub struct Way<'a> {
    /// Its address; only the scheme, host and port count, as paths are the scenario's.
    pub url: &'a Url,
    /// What to speak.
    pub wish: Wish,
    /// Whose certificates to accept.
    pub trust: &'a Trust,
    /// Longest time for everything, from the name to the last byte.
    pub timeout: Duration,
}

/// Which protocol the user wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// HTTP/2 where TLS agrees on it, else HTTP/1.1.
    #[default]
    Auto,
    /// HTTP/1.1.
    Http1,
    /// HTTP/2; without TLS by prior knowledge (RFC 9113 section 3.3).
    Http2,
}

/// What the first request showed.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Where the load goes: the one address that answered.
    pub target: Target,
    /// Who can speak with it.
    pub engine: Engine,
    /// The same for people; the listener is not looked for here.
    pub shown: PerfTarget,
    /// Whether the answer had the header that all must have; true when none must.
    pub expected_header_ok: bool,
    /// Time that it took, name and handshakes included.
    pub took: Duration,
}

/// Why the server was not reached.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The scenario sends nothing.
    #[error("the scenario has no endpoint")]
    Empty,
    /// The system has no memory or file descriptors for a connection.
    #[error("cannot start a loop for connections: {0}")]
    Io(#[source] io::Error),
    /// TLS could not be set up on this side.
    #[error(transparent)]
    Setup(#[from] TlsError),
    /// The host's name has no address.
    #[error("cannot find the address of {host}: {source}: check the name in the URL")]
    Name {
        /// The name.
        host: String,
        /// Why.
        source: io::Error,
    },
    /// Nothing listens at the address.
    #[error(
        "nothing listens there: {address} refused the connection for {url}: start the server, or check the port"
    )]
    Refused {
        /// The URL.
        url: String,
        /// The address tried first.
        address: SocketAddr,
    },
    /// The address cannot be reached.
    #[error("cannot connect to {address} for {url}: {source}")]
    Connect {
        /// The URL.
        url: String,
        /// The address tried first.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// It took too long.
    #[error(
        "{address} is too slow for {url}: {what} within {limit}: raise the time limit, or look at the server"
    )]
    Slow {
        /// The URL.
        url: String,
        /// The address.
        address: SocketAddr,
        /// What did not happen.
        what: &'static str,
        /// The limit.
        limit: Seconds,
    },
    /// The server's certificate is not trusted.
    #[error(
        "the certificate of {address} is not accepted for {url}: {detail}: trust the certificate of its signer, or, for a test server alone, accept any with --insecure"
    )]
    Certificate {
        /// The URL.
        url: String,
        /// The address.
        address: SocketAddr,
        /// What is wrong with it.
        detail: String,
    },
    /// The TLS handshake failed.
    #[error("no TLS with {address} for {url}: {detail}: does it speak https on this port?")]
    Tls {
        /// The URL.
        url: String,
        /// The address.
        address: SocketAddr,
        /// What failed.
        detail: String,
    },
    /// HTTP/2 was wished for, and the server does not speak it.
    #[error("the server of {url} does not agree to HTTP/2: measure with HTTP/1.1, or turn it on there")]
    NoHttp2 {
        /// The URL.
        url: String,
    },
    /// What came is no HTTP.
    #[error("what {address} answers for {url} is no {spoken}: {detail}: check scheme and port of the URL")]
    Protocol {
        /// The URL.
        url: String,
        /// The address.
        address: SocketAddr,
        /// What was spoken.
        spoken: &'static str,
        /// What is wrong with it.
        detail: String,
    },
}

pub use super::load::once::Seconds;

/// Sends the first endpoint's request once. `token` is what its templates call so; `expect_header` is a header that the
/// answer must have, with a value if one is given.
///
/// # Errors
/// When no whole answer comes; a bad status is an answer.
pub fn probe(
    way: &Way<'_>,
    scenario: &Scenario,
    expect_header: Option<&(String, Option<String>)>,
    token: &str,
    seed: u64,
) -> Result<Probe, ProbeError> {
    let begin = Instant::now();
    let endpoint = scenario.endpoints.first().ok_or(ProbeError::Empty)?;
    let mut source = Source::new(scenario.table.as_ref(), token, 0, 1, seed);
    source.advance();
    let answer = exchange(way, endpoint, &source)?;
    let expected_header_ok = expect_header.is_none_or(|(name, value)| {
        answer
            .headers
            .get_all(name.as_str())
            .iter()
            .any(|had| value.as_ref().is_none_or(|value| value.as_bytes() == had.as_bytes().trim_ascii()))
    });
    let shown = PerfTarget {
        url: way.url.shown(),
        address: answer.address.to_string(),
        protocol: if answer.is_two { "h2" } else { "http/1.1" }.to_owned(),
        tls: answer.cipher.clone(),
        status: answer.status,
        server: server(&answer),
        listener: None,
        expected_header: expect_header.map(|(name, _)| name.clone()),
    };
    let engine = if answer.is_two { Engine::Hyper2 } else { Engine::Fast };
    let target = Target { address: answer.address, authority: way.url.authority(), tls: answer.tls };
    Ok(Probe { target, engine, shown, expected_header_ok, took: begin.elapsed() })
}

/// What the server calls itself: printable ASCII alone, and not too much of it.
fn server(answer: &Answer) -> Option<String> {
    let name = answer.headers.get("server")?.as_bytes();
    let name: String = name
        .iter()
        .filter(|byte| (b' '..=b'~').contains(*byte))
        .take(NAME)
        .map(|byte| char::from(*byte))
        .collect();
    (!name.trim().is_empty()).then(|| name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;
    use crate::perf::scenario::{Endpoint, Expect, Template, Thresholds};
    use crate::perf::servers::{Server, Speaks};

    fn scenario(path: &str) -> Scenario {
        let endpoint = Endpoint {
            name: "one".to_owned(),
            method: "GET".to_owned(),
            path: Template::text(path),
            headers: Vec::new(),
            body: None,
            weight: 1,
            expect: Expect::default(),
            think: Duration::ZERO,
            thresholds: Thresholds::default(),
        };
        Scenario { endpoints: vec![endpoint], ..Scenario::default() }
    }

    fn ask(url: &str, wish: Wish, trust: &Trust) -> Result<Probe, ProbeError> {
        let url: Url = url.parse().unwrap();
        let way = Way { url: &url, wish, trust, timeout: Duration::from_secs(5) };
        probe(&way, &scenario("/x"), Some(&("X-Mark".to_owned(), Some("this".to_owned()))), "", 1)
    }

    #[test]
    fn what_is_spoken_decides_who_sends() {
        for (speaks, tls, wish, engine) in [
            (Speaks::One, false, Wish::Auto, Engine::Fast),
            (Speaks::Two, false, Wish::Http2, Engine::Hyper2),
            (Speaks::One, true, Wish::Auto, Engine::Fast),
            (Speaks::One, true, Wish::Http1, Engine::Fast),
            (Speaks::Two, true, Wish::Auto, Engine::Hyper2),
            (Speaks::Two, true, Wish::Http2, Engine::Hyper2),
        ] {
            let server = Server::start(speaks, tls);
            let trust = Trust::File(server.pem.clone().into_bytes());
            let scheme = if tls { "https" } else { "http" };
            let url = format!("{scheme}://localhost:{}/x?secret", server.address.port());
            let seen = ask(&url, wish, &trust).unwrap();
            assert_eq!((seen.engine, seen.shown.status, server.requests()), (engine, 200, 1), "{url}");
            assert_eq!(seen.target.address, server.address);
            assert_eq!(seen.shown.url, format!("{scheme}://localhost:{}/x", server.address.port()));
            assert!(seen.expected_header_ok && seen.took > Duration::ZERO);
            // Sent with an escape's tail and a tabulator in it.
            assert_eq!(seen.shown.server.as_deref(), Some("made[31mfor tests"));
            assert_eq!(seen.shown.protocol, if engine == Engine::Hyper2 { "h2" } else { "http/1.1" });
            match seen.target.tls {
                None => assert!(!tls && seen.shown.tls.is_none()),
                Some(session) => {
                    assert_eq!(session.config.alpn_protocols, [seen.shown.protocol.as_bytes().to_vec()]);
                    let cipher = seen.shown.tls.unwrap();
                    assert!(cipher.starts_with("TLS 1.3 TLS_") && cipher.contains("_SHA"), "{cipher}");
                }
            }
        }
    }

    #[test]
    fn errors_say_what_to_do() {
        let server = Server::start(Speaks::One, true);
        let https = format!("https://127.0.0.1:{}/?t=secret", server.address.port());
        let http = https.replace("https", "http");
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let other = Trust::File(crate::perf::servers::certificate(&["127.0.0.1"], b"").0.into_bytes());
        let own = Trust::File(server.pem.clone().into_bytes());
        for (url, wish, trust, words) in [
            (format!("http://127.0.0.1:{closed}/?t=secret"), Wish::Auto, &own, "nothing listens there"),
            (https.clone(), Wish::Auto, &other, "--insecure"),
            (https.clone(), Wish::Http2, &own, "does not agree to HTTP/2"),
            (http, Wish::Auto, &own, "no HTTP/1.1"),
            ("https://no-such-host.invalid/".to_owned(), Wish::Auto, &own, "no-such-host.invalid"),
        ] {
            let error = ask(&url, wish, trust).unwrap_err().to_string();
            assert!(error.contains(words) && !error.contains("secret"), "{url}: {error}");
        }
        assert!(ask(&https, Wish::Auto, &Trust::Nothing).is_ok());
        let plain = Server::start(Speaks::One, false);
        let error = ask(&format!("https://{}/", plain.address), Wish::Auto, &own).unwrap_err();
        assert!(matches!(error, ProbeError::Tls { .. }), "{error}");
    }

    #[test]
    fn a_server_that_says_nothing_or_no_end_is_given_up() {
        for garbage in [b"".as_slice(), b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nx"] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
            let thread = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.read(&mut [0; 1024]);
                stream.write_all(garbage).unwrap();
                let _ = stream.read(&mut [0; 1024]);
            });
            let way = Way {
                url: &url,
                wish: Wish::Auto,
                trust: &Trust::Nothing,
                timeout: Duration::from_millis(150),
            };
            let error = probe(&way, &scenario("/"), None, "", 1).unwrap_err();
            assert!(
                matches!(error, ProbeError::Slow { .. }) && error.to_string().contains("0.15 s"),
                "{error}"
            );
            thread.join().unwrap();
        }
    }

    #[test]
    fn long_heads_are_refused_and_long_bodies_cut() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
            let line = format!("x: {}\r\n", "y".repeat(1000));
            for _ in 0..100 {
                if stream.write_all(line.as_bytes()).is_err() {
                    break;
                }
            }
        });
        let way =
            Way { url: &url, wish: Wish::Auto, trust: &Trust::Nothing, timeout: Duration::from_secs(5) };
        let error = probe(&way, &scenario("/"), None, "", 1).unwrap_err();
        assert!(matches!(error, ProbeError::Protocol { .. }), "{error}");
        thread.join().unwrap();

        let server = Server::start(Speaks::One, false);
        let url: Url = format!("http://{}", server.address).parse().unwrap();
        let way =
            Way { url: &url, wish: Wish::Auto, trust: &Trust::Nothing, timeout: Duration::from_secs(5) };
        let source = Source::new(None, "", 0, 1, 1);
        let answer = exchange(&way, &scenario("/big/3000000").endpoints[0], &source).unwrap();
        assert_eq!((answer.body.len(), answer.is_cut), (1 << 20, true));
    }
}
