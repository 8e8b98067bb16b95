//! A server that knows the truth: when each request arrived, how long its answer really took, how many there were. What
//! the load generator reports is held against it. It is made of blocking threads and the standard library alone, so that
//! it shares nothing with what it judges.

pub(crate) mod load;
pub(crate) mod peer;
pub(crate) mod script;
pub(crate) mod secure;
pub(crate) mod trial;
pub(crate) mod truth;

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use script::{Act, Request};
use truth::Seen;

/// Only one of the tests that measure time runs at a time.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The server. It ends, with all its threads, when it is dropped.
pub(crate) struct Oracle {
    pub(crate) address: SocketAddr,
    pub(crate) shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

/// What its threads share.
#[derive(Default)]
pub(crate) struct Shared {
    seen: Mutex<Vec<Seen>>,
    /// Connections accepted.
    pub(crate) connections: AtomicU64,
    stop: AtomicBool,
    open: Mutex<Vec<(u64, TcpStream)>>,
    first: OnceLock<Instant>,
    freeze: Option<Freeze>,
    tls: Option<Arc<rustls::ServerConfig>>,
}

/// A time in which nothing is answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Freeze {
    /// From the first request to the beginning.
    pub(crate) after: Duration,
    pub(crate) length: Duration,
}

impl Oracle {
    pub(crate) fn start() -> Self {
        Self::with(Shared::default())
    }

    pub(crate) fn freezing(after: Duration, length: Duration) -> Self {
        Self::with(Shared { freeze: Some(Freeze { after, length }), ..Shared::default() })
    }

    pub(crate) fn secure(config: Arc<rustls::ServerConfig>) -> Self {
        Self::with(Shared { tls: Some(config), ..Shared::default() })
    }

    fn with(shared: Shared) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(shared);
        let of_acceptor = Arc::clone(&shared);
        Self { address, shared, acceptor: Some(spawn(move || accept(&listener, &of_acceptor))) }
    }

    /// What it has seen, in the order of arrival. Only after the load: answers that are still being written change it.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.seen()
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

impl Shared {
    pub(crate) fn seen(&self) -> Vec<Seen> {
        let mut seen = self.seen.lock().unwrap().clone();
        seen.sort_by_key(|one| one.arrived);
        seen
    }

    /// Enters a request that has just arrived, and says which it is.
    pub(crate) fn arrived(&self, request: &Request, connection: u64) -> usize {
        let arrived = Instant::now();
        self.first.get_or_init(|| arrived);
        let mut seen = self.seen.lock().unwrap();
        let early = seen.len() < 4;
        seen.push(Seen {
            method: request.method.clone(),
            path: request.path.clone(),
            head: if early { request.head.clone() } else { String::new() },
            body: request.body,
            connection,
            arrived,
            answered: None,
        });
        seen.len() - 1
    }

    /// Enters the moment just before the last byte of an answer is written.
    pub(crate) fn answered(&self, number: usize) {
        let now = Instant::now();
        self.seen.lock().unwrap()[number].answered = Some(now);
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// When the freeze at this moment ends, if there is one.
    fn frozen(&self) -> Option<Instant> {
        let from = *self.first.get()? + self.freeze?.after;
        let until = from + self.freeze?.length;
        let now = Instant::now();
        (from <= now && now < until).then_some(until)
    }

    /// Waits until a moment, exactly: the kernel's timer is late by some 60 µs, so that the rest is spun.
    fn wait_until(&self, moment: Instant) {
        const SPUN: Duration = Duration::from_micros(100);
        const LONGEST: Duration = Duration::from_millis(20);
        loop {
            let left = moment.saturating_duration_since(Instant::now());
            if left.is_zero() || self.stopped() {
                return;
            }
            if left > SPUN {
                sleep((left - SPUN).min(LONGEST));
            } else {
                std::hint::spin_loop();
            }
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut threads = Vec::new();
    while let Ok((stream, _)) = listener.accept() {
        if shared.stopped() {
            break;
        }
        let connection = shared.connections.fetch_add(1, Ordering::SeqCst);
        shared.open.lock().unwrap().push((connection, stream.try_clone().unwrap()));
        let shared = Arc::clone(shared);
        threads.push(spawn(move || serve(stream, &shared, connection)));
    }
    for (_, stream) in shared.open.lock().unwrap().drain(..) {
        let _ = stream.shutdown(Shutdown::Both);
    }
    for thread in threads {
        let _ = thread.join();
    }
}

fn serve(raw: TcpStream, shared: &Shared, connection: u64) {
    let _ = raw.set_nodelay(true);
    if let Some(config) = &shared.tls {
        let session = rustls::ServerConnection::new(Arc::clone(config)).unwrap();
        let mut stream = rustls::StreamOwned::new(session, raw);
        if let End::Close = converse(&mut stream, None, shared, connection) {
            stream.conn.send_close_notify();
            let _ = stream.conn.write_tls(&mut stream.sock);
        }
        let _ = stream.sock.shutdown(Shutdown::Both);
    } else {
        let mut stream = raw.try_clone().unwrap();
        let end = converse(&mut stream, Some(&raw), shared, connection);
        // A reset is what Linux sends when a socket is closed with unread bytes; a clone that is kept would delay it.
        shared.open.lock().unwrap().retain(|(other, _)| *other != connection);
        if !matches!(end, End::Reset) {
            let _ = raw.shutdown(Shutdown::Both);
        }
    }
}

/// How a connection ends.
#[derive(Debug)]
pub(crate) enum End {
    Close,
    /// Without the farewell of TLS.
    Cut,
    Reset,
}

fn converse<S: Read + Write>(
    stream: &mut S,
    raw: Option<&TcpStream>,
    shared: &Shared,
    connection: u64,
) -> End {
    let mut pending = Vec::new();
    loop {
        // A request for a reset is looked at and not read: what is unread at the end makes the reset.
        if let Some(raw) = raw
            && pending.is_empty()
        {
            let mut bytes = [0; 4096];
            let Ok(length @ 1..) = raw.peek(&mut bytes) else { return End::Close };
            if let Some((request, _)) = script::parse(&bytes[..length])
                && request.path.starts_with("/reset")
            {
                return act(stream, &request, shared, connection).unwrap_or(End::Reset);
            }
        }
        let Some(request) = read(stream, &mut pending) else { return End::Close };
        if let Some(end) = act(stream, &request, shared, connection) {
            return end;
        }
    }
}

/// Reads a request whole; nothing when the connection ends.
fn read<S: Read>(stream: &mut S, pending: &mut Vec<u8>) -> Option<Request> {
    let mut bytes = [0; 16_384];
    loop {
        if let Some((request, whole)) = script::parse(pending)
            && pending.len() >= whole
        {
            pending.drain(..whole);
            return Some(request);
        }
        match stream.read(&mut bytes) {
            Ok(0) => return None,
            Ok(length) => pending.extend_from_slice(&bytes[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}

/// Answers a request; says how the connection ends, if it does.
fn act<S: Write>(stream: &mut S, request: &Request, shared: &Shared, connection: u64) -> Option<End> {
    let number = shared.arrived(request, connection);
    let begin = Instant::now();
    let acts = script::of(request, number);
    let last = acts.iter().rposition(|act| matches!(act, Act::Send(_) | Act::Bytes(..) | Act::Fill(_)));
    for (at, act) in acts.iter().enumerate() {
        if let Act::Send(_) = act
            && let Some(until) = shared.frozen()
        {
            shared.wait_until(until);
        }
        let finish = || {
            if Some(at) == last {
                shared.answered(number);
            }
        };
        let sent = match act {
            Act::Wait(delay) => {
                shared.wait_until(begin + *delay);
                Ok(())
            }
            Act::Send(bytes) => {
                finish();
                stream.write_all(bytes)
            }
            Act::Bytes(bytes, pause) => {
                let mut sent = Ok(());
                for (index, byte) in bytes.iter().enumerate() {
                    if index + 1 == bytes.len() {
                        finish();
                    }
                    sent = stream.write_all(&[*byte]).and_then(|()| stream.flush());
                    if sent.is_err() || shared.stopped() {
                        break;
                    }
                    sleep(*pause);
                }
                sent
            }
            Act::Fill(length) => {
                let sent = fill(stream, *length, shared);
                finish();
                sent
            }
            Act::Never => {
                while !shared.stopped() {
                    sleep(Duration::from_millis(20));
                }
                return Some(End::Cut);
            }
            Act::Close => return Some(End::Close),
            Act::Cut => return Some(End::Cut),
            Act::Reset => {
                // What was written has left by then.
                sleep(Duration::from_millis(5));
                return Some(End::Reset);
            }
        };
        if sent.and_then(|()| stream.flush()).is_err() || shared.stopped() {
            return Some(End::Cut);
        }
    }
    None
}

fn fill<S: Write>(stream: &mut S, length: u64, shared: &Shared) -> std::io::Result<()> {
    let block = vec![b'x'; 1 << 16];
    let mut left = length;
    while left > 0 && !shared.stopped() {
        let now = usize::try_from(left.min(1 << 16)).unwrap();
        stream.write_all(&block[..now])?;
        left -= now as u64;
    }
    Ok(())
}
