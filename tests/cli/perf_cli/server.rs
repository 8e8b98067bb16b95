//! A server whose answers a test writes as a function of the request; it keeps every request.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use crate::oracle::script::parse;

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) path: String,
    pub(super) head: String,
    /// Which request of the server it is, from 0.
    pub(super) number: usize,
}

impl Asked {
    /// The number at the end of its path.
    pub(super) fn counter(&self) -> u64 {
        self.path.rsplit('/').next().unwrap().parse().unwrap()
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    status: u16,
    headers: String,
    body: String,
}

pub(super) fn status(status: u16) -> Answer {
    Answer { status, headers: String::new(), body: "ok".to_owned() }
}

pub(super) fn ok() -> Answer {
    status(200)
}

impl Answer {
    pub(super) fn header(mut self, line: &str) -> Self {
        self.headers = format!("{}{line}\r\n", self.headers);
        self
    }

    pub(super) fn body(self, body: &str) -> Self {
        Self { body: body.to_owned(), ..self }
    }
}

/// The server. It ends, with its threads, when it is dropped.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

struct Shared {
    answers: Box<dyn Fn(&Asked) -> Answer + Send + Sync>,
    seen: Mutex<Vec<Asked>>,
    open: Mutex<Vec<TcpStream>>,
    stop: AtomicBool,
}

/// Starts a server.
pub(super) fn serve(answers: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let shared = Arc::new(Shared {
        answers: Box::new(answers),
        seen: Mutex::default(),
        open: Mutex::default(),
        stop: AtomicBool::new(false),
    });
    let own = Arc::clone(&shared);
    Server { address, shared, acceptor: Some(spawn(move || accept(&listener, &own))) }
}

/// One that answers after a time, well.
pub(super) fn slow(delay: Duration) -> Server {
    serve(move |_| {
        sleep(delay);
        ok()
    })
}

/// One that works on so many requests at a time, and lets others wait.
pub(super) fn capacity(workers: u32, work: Duration) -> Server {
    let (free, changed) = (Mutex::new(workers), Condvar::new());
    serve(move |_| {
        let mut left = changed.wait_while(free.lock().unwrap(), |left| *left == 0).unwrap();
        *left -= 1;
        drop(left);
        sleep(work);
        *free.lock().unwrap() += 1;
        changed.notify_one();
        ok()
    })
}

impl Server {
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What it was asked, in order, as soon as nothing more comes.
    pub(super) fn seen(&self) -> Vec<Asked> {
        let mut last = usize::MAX;
        loop {
            let seen = self.shared.seen.lock().unwrap().clone();
            if seen.len() == last {
                return seen;
            }
            last = seen.len();
            sleep(Duration::from_millis(60));
        }
    }

    /// Waits until it was asked so often.
    pub(super) fn wait_for(&self, requests: usize) {
        let begin = Instant::now();
        while self.shared.seen.lock().unwrap().len() < requests {
            assert!(begin.elapsed() < Duration::from_secs(30), "the load does not come");
            sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut threads = Vec::new();
    while let Ok((stream, _)) = listener.accept() {
        if shared.stop.load(Ordering::SeqCst) {
            break;
        }
        shared.open.lock().unwrap().push(stream.try_clone().unwrap());
        let shared = Arc::clone(shared);
        threads.push(spawn(move || converse(stream, &shared)));
    }
    for stream in shared.open.lock().unwrap().drain(..) {
        let _ = stream.shutdown(Shutdown::Both);
    }
    for thread in threads {
        let _ = thread.join();
    }
}

fn converse(mut stream: TcpStream, shared: &Shared) {
    let _ = stream.set_nodelay(true);
    let (mut pending, mut bytes) = (Vec::new(), [0; 16_384]);
    loop {
        if let Some((request, whole)) = parse(&pending)
            && pending.len() >= whole
        {
            pending.drain(..whole);
            let asked = {
                let mut seen = shared.seen.lock().unwrap();
                let number = seen.len();
                seen.push(Asked { path: request.path, head: request.head, number });
                seen.last().unwrap().clone()
            };
            let Answer { status, headers, body } = (shared.answers)(&asked);
            let length = body.len();
            let text = format!("HTTP/1.1 {status} Text\r\n{headers}content-length: {length}\r\n\r\n{body}");
            if stream.write_all(text.as_bytes()).is_err() {
                return;
            }
            continue;
        }
        match stream.read(&mut bytes) {
            Ok(0) => return,
            Ok(length) => pending.extend_from_slice(&bytes[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}
