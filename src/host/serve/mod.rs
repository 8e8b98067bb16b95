//! A small HTTP/1.1 server for pages that programs of this machine read, such as `/metrics`: loopback alone, `GET` and
//! `HEAD`, one answer a connection, and every client within bounds of size, number and time.
//!
//! One thread looks after all connections, so that a slow client holds nobody up but itself. Nothing that a client sends
//! is kept longer than its connection. The name in `Host` must be that of this machine: a page of another site could
//! otherwise have its own name answered with 127.0.0.1 and read what is served here (DNS rebinding).

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv6Addr, Shutdown};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

/// Longest head of a request, in bytes.
pub const HEAD: usize = 8 << 10;
/// Most fields of a head.
const FIELDS: usize = 64;
/// Most connections at once; others wait until one ends.
pub const CONNECTIONS: usize = 32;
/// How long a client may take to ask, and how long to take its answer.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// How often it is looked whether the server should stop.
const STEP: Duration = Duration::from_millis(50);
/// Bytes that are still taken from a client after its answer, so that the answer is not lost with the connection.
const DRAINED: usize = 64 << 10;
const LISTENER: Token = Token(usize::MAX);

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its media type.
    pub content_type: &'static str,
    /// What it says.
    pub body: String,
}

/// What is served: gets the path of the request, without its query, and the value of `Accept` (empty without one); none is
/// `404 Not Found`. Called by one thread, which serves nobody else meanwhile.
pub type Pages<'a> = dyn Fn(&str, &str) -> Option<Page> + Sync + 'a;

/// Answers requests until `stop` is set; then within a tenth of a second.
///
/// # Errors
/// `InvalidInput` when the listener is not one of loopback; otherwise what the system says of the listener. What goes wrong
/// with one client ends that connection alone.
pub fn serve(listener: std::net::TcpListener, pages: &Pages<'_>, stop: &AtomicBool) -> io::Result<()> {
    if !listener.local_addr()?.ip().to_canonical().is_loopback() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "its address is not one of loopback"));
    }
    listener.set_nonblocking(true)?;
    let mut listener = TcpListener::from_std(listener);
    let mut poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut events = Events::with_capacity(64);
    let mut connections: Vec<Connection> = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        match poll.poll(&mut events, Some(STEP)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        // Few enough that all of them are looked at, whichever was told of: an event is told once and never missed so.
        while connections.len() < CONNECTIONS {
            let Ok((mut stream, _)) = listener.accept() else { break };
            let both = Interest::READABLE | Interest::WRITABLE;
            if poll.registry().register(&mut stream, Token(0), both).is_ok() {
                connections.push(Connection::new(stream));
            }
        }
        let now = Instant::now();
        connections.retain_mut(|connection| connection.deadline > now && connection.goes_on(pages));
    }
    Ok(())
}

/// A client.
struct Connection {
    stream: TcpStream,
    deadline: Instant,
    asked: Vec<u8>,
    /// What is still to be written; none until it asked.
    answer: Option<Vec<u8>>,
    written: usize,
    drained: usize,
}

impl Connection {
    fn new(stream: TcpStream) -> Self {
        let deadline = Instant::now() + PATIENCE;
        Self { stream, deadline, asked: Vec::new(), answer: None, written: 0, drained: 0 }
    }

    /// Reads and writes what can be without waiting. False when the connection is over.
    fn goes_on(&mut self, pages: &Pages<'_>) -> bool {
        if self.answer.is_none() {
            match self.read() {
                Ok(false) => return true,
                Ok(true) => {}
                Err(_) => return false,
            }
            self.answer = Some(answer(&self.asked, pages));
            self.deadline = Instant::now() + PATIENCE;
        }
        let answer = self.answer.as_deref().unwrap_or_default();
        while let Some(rest @ [_, ..]) = answer.get(self.written..) {
            match self.stream.write(rest) {
                Ok(0) => return false,
                Ok(count) => {
                    self.written += count;
                    if self.written == answer.len() && self.stream.shutdown(Shutdown::Write).is_err() {
                        return false;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
        self.drain()
    }

    /// Reads on. True when the head of the request is whole, or as long as it may be.
    fn read(&mut self) -> io::Result<bool> {
        let mut chunk = [0; 1024];
        loop {
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    self.asked.extend_from_slice(chunk.get(..count).unwrap_or_default());
                    let ends = |end: &[u8]| memchr::memmem::find(&self.asked, end).is_some();
                    if self.asked.len() > HEAD || ends(b"\r\n\r\n") || ends(b"\n\n") {
                        return Ok(true);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes what the client still sends. False when it has ended, or sent enough.
    fn drain(&mut self) -> bool {
        let mut chunk = [0; 4096];
        loop {
            match self.stream.read(&mut chunk) {
                Ok(0) => return false,
                Ok(count) => {
                    self.drained += count;
                    if self.drained > DRAINED {
                        return false;
                    }
                }
                Err(error) => {
                    return matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted);
                }
            }
        }
    }
}

/// The whole answer to what a client sent (RFC 9112).
fn answer(asked: &[u8], pages: &Pages<'_>) -> Vec<u8> {
    let (head_only, result) = judge(asked, pages);
    let (status, page) = match result {
        Ok(page) => ("200 OK", page),
        Err(status) => {
            (status, Page { content_type: "text/plain; charset=utf-8", body: format!("{status}\n") })
        }
    };
    let allow = if status.starts_with("405") { "Allow: GET, HEAD\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 {status}\r\n{allow}Content-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        page.content_type,
        page.body.len()
    );
    let mut answer = head.into_bytes();
    if !head_only {
        answer.extend_from_slice(page.body.as_bytes());
    }
    answer
}

/// Whether only the head is asked for, and the page or the status of the refusal.
fn judge(asked: &[u8], pages: &Pages<'_>) -> (bool, Result<Page, &'static str>) {
    const BAD: &str = "400 Bad Request";
    const LARGE: &str = "431 Request Header Fields Too Large";
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    let size = match request.parse(asked) {
        Ok(httparse::Status::Complete(size)) => size,
        Ok(httparse::Status::Partial) if asked.len() > HEAD => return (false, Err(LARGE)),
        Err(httparse::Error::TooManyHeaders) => return (false, Err(LARGE)),
        Ok(httparse::Status::Partial) | Err(_) => return (false, Err(BAD)),
    };
    if size > HEAD {
        return (false, Err(LARGE));
    }
    let head_only = request.method == Some("HEAD");
    if !head_only && request.method != Some("GET") {
        return (false, Err("405 Method Not Allowed"));
    }
    let values = |name: &str| -> Vec<&[u8]> {
        let of_name = request.headers.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
        of_name.map(|field| field.value).collect()
    };
    // Nothing served here takes a body, and one that is not read would be taken for the next request.
    let has_body = values("Content-Length").iter().any(|value| *value != b"0")
        || !values("Transfer-Encoding").is_empty();
    let host = match values("Host").as_slice() {
        [host] => std::str::from_utf8(host).unwrap_or_default(),
        [] if request.version == Some(0) => "localhost",
        _ => return (head_only, Err(BAD)),
    };
    if has_body {
        return (head_only, Err(BAD));
    }
    if !is_here(host) {
        return (head_only, Err("421 Misdirected Request"));
    }
    let target = request.path.unwrap_or_default();
    if !target.starts_with('/') {
        return (head_only, Err(BAD));
    }
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let accept = values("Accept").iter().map(|value| String::from_utf8_lossy(value)).collect::<Vec<_>>();
    (head_only, pages(path, &accept.join(",")).ok_or("404 Not Found"))
}

/// Whether the value of `Host` names this machine by loopback.
fn is_here(host: &str) -> bool {
    let (name, rest) = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((inner, rest)) => {
            let is_loopback =
                inner.parse::<Ipv6Addr>().is_ok_and(|ip| IpAddr::V6(ip).to_canonical().is_loopback());
            (if is_loopback { "localhost" } else { "" }, rest)
        }
        None => host.find(':').map_or((host, ""), |at| host.split_at(at)),
    };
    let port = rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    let known = name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback());
    port && known
}

#[cfg(test)]
mod tests;
