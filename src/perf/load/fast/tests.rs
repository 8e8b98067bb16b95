//! The engine against one small server that does whatever a test tells it. Longer than other files, because every test
//! needs that server and the same few plans.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::perf::load::{Engine, Live, LoadError, Model, Plan, Recording, Stop, Target, Tls, run};
use crate::perf::scenario::{Endpoint, Expect, Piece, Scenario, Table, Template, Thresholds};
use crate::report::ErrorClass;

const MILLISECOND: u64 = 1_000_000;

/// What a server does with a request.
#[derive(Clone, Debug, Default)]
struct Reply {
    /// Written one after the other, with a pause between them so that they arrive apart.
    pieces: Vec<Vec<u8>>,
    before: Duration,
    close: bool,
}

fn reply(text: &str) -> Reply {
    Reply { pieces: vec![text.as_bytes().to_vec()], ..Reply::default() }
}

fn ok() -> Reply {
    reply("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-server: mine\r\n\r\nok")
}

type Answer = dyn Fn(u64, &[u8]) -> Reply + Send + Sync;

/// A server that answers each request by a function of its number and its bytes.
struct Server {
    address: SocketAddr,
    /// Requests that came whole.
    seen: Arc<AtomicU64>,
    connections: Arc<AtomicU64>,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
    over: Arc<AtomicBool>,
}

impl Server {
    fn new(answer: impl Fn(u64, &[u8]) -> Reply + Send + Sync + 'static) -> Self {
        Self::over(None, answer)
    }

    fn over(
        tls: Option<Arc<rustls::ServerConfig>>,
        answer: impl Fn(u64, &[u8]) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
            connections: Arc::default(),
            requests: Arc::default(),
            over: Arc::default(),
        };
        let answer: Arc<Answer> = Arc::new(answer);
        let (seen, connections) = (Arc::clone(&server.seen), Arc::clone(&server.connections));
        let (requests, over) = (Arc::clone(&server.requests), Arc::clone(&server.over));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                connections.fetch_add(1, Ordering::Relaxed);
                let (answer, seen, requests) =
                    (Arc::clone(&answer), Arc::clone(&seen), Arc::clone(&requests));
                let tls = tls.clone();
                std::thread::spawn(move || match tls {
                    None => serve(stream, &answer, &seen, &requests),
                    Some(config) => {
                        let session = rustls::ServerConnection::new(config).unwrap();
                        serve(rustls::StreamOwned::new(session, stream), &answer, &seen, &requests);
                    }
                });
            }
        });
        server
    }

    fn seen(&self) -> u64 {
        self.seen.load(Ordering::SeqCst)
    }

    fn target(&self) -> Target {
        Target { address: self.address, authority: self.address.to_string(), tls: None }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(
    mut stream: impl Read + Write,
    answer: &Arc<Answer>,
    seen: &AtomicU64,
    requests: &Mutex<Vec<Vec<u8>>>,
) {
    let mut held = Vec::new();
    let mut buffer = vec![0; 65_536];
    loop {
        let length = loop {
            if let Some(length) = request_length(&held) {
                break length;
            }
            match stream.read(&mut buffer) {
                Ok(read) if read > 0 => held.extend_from_slice(&buffer[..read]),
                _ => return,
            }
        };
        let request: Vec<u8> = held.drain(..length).collect();
        let number = seen.fetch_add(1, Ordering::SeqCst);
        let reply = answer(number, &request);
        if request.len() < 10_000 {
            requests.lock().unwrap().push(request);
        }
        std::thread::sleep(reply.before);
        for (at, piece) in reply.pieces.iter().enumerate() {
            if at > 0 {
                std::thread::sleep(Duration::from_millis(2));
            }
            if stream.write_all(piece).and_then(|()| stream.flush()).is_err() {
                return;
            }
        }
        if reply.close {
            return;
        }
    }
}

fn request_length(held: &[u8]) -> Option<usize> {
    let head = held.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&held[..head]).to_lowercase();
    let body = text
        .split_once("content-length: ")
        .map_or(0, |(_, rest)| rest.split("\r\n").next().unwrap().parse::<usize>().unwrap());
    (held.len() >= head + body).then_some(head + body)
}

fn closed(concurrency: u32, time: u64) -> Plan {
    Plan {
        model: Model::Closed { concurrency },
        stop: Stop::After(Duration::from_millis(time)),
        warm_up: Duration::ZERO,
        ramp: Duration::ZERO,
        timeout: Duration::from_secs(5),
        retries: 0,
        back_off: Duration::ZERO,
        threads: 1,
        pin: false,
        engine: Engine::Fast,
        streams: 1,
        keep_alive: true,
        expect_header: None,
        token: Arc::from("secret"),
        seed: 1,
        share: crate::perf::load::Share::default(),
    }
}

fn rate(per_second: f64, in_flight: u32, time: u64) -> Plan {
    Plan { model: Model::Rate { per_second, in_flight }, ..closed(1, time) }
}

fn counted(concurrency: u32, requests: u64) -> Plan {
    Plan { stop: Stop::Requests(requests), ..closed(concurrency, 0) }
}

fn endpoint(method: &str, path: &str) -> Endpoint {
    Endpoint {
        name: path.to_owned(),
        method: method.to_owned(),
        path: Template::text(path),
        headers: Vec::new(),
        body: None,
        weight: 1,
        expect: Expect::default(),
        think: Duration::ZERO,
        thresholds: Thresholds::default(),
    }
}

fn scenario(endpoints: Vec<Endpoint>) -> Scenario {
    Scenario { endpoints, ..Scenario::default() }
}

fn get() -> Scenario {
    scenario(vec![endpoint("GET", "/")])
}

fn load(server: &Server, plan: &Plan, scenario: &Scenario) -> Recording {
    run(plan, &server.target(), scenario, &Live::new(plan.threads)).unwrap()
}

/// What all requests came to, with one endpoint.
fn errors(recording: &Recording) -> Vec<(ErrorClass, u64)> {
    recording.errors().into_iter().collect()
}

#[test]
fn a_closed_loop_counts_what_the_server_counts() {
    let server = Server::new(|_, _| ok());
    let done = load(&server, &closed(4, 300), &get());
    let counts = &done.endpoints[0].counts;
    assert!(counts.ok > 20, "{counts:?}");
    assert_eq!(errors(&done), []);
    assert!(
        (counts.ok..=counts.ok + counts.aborted).contains(&server.seen()),
        "{counts:?} {}",
        server.seen()
    );
    assert_eq!((counts.aborted, done.opened, done.unopened), (4, 4, 0));
    assert_eq!(done.connect.count(), 4);
    assert_eq!(done.endpoints[0].service.count(), counts.ok);
    // 17 for the status line, 19 and 16 for the headers, an empty line and two of the body.
    assert_eq!(counts.bytes_received, counts.ok * 56);
    let request = server.requests.lock().unwrap()[0].clone();
    assert_eq!(counts.bytes_sent, counts.ok * request.len() as u64);
    let agent = concat!("readiness/", env!("CARGO_PKG_VERSION"));
    let expected = format!("GET / HTTP/1.1\r\nhost: {}\r\nuser-agent: {agent}\r\n\r\n", server.address);
    assert_eq!(String::from_utf8(request).unwrap(), expected);
    assert!(done.busy > 0 && done.busy <= done.available);
    assert_eq!(done.measured, 300 * MILLISECOND);
}

#[test]
fn a_quota_is_met_exactly_over_threads_and_after_a_warm_up() {
    let server = Server::new(|_, _| ok());
    let done = load(&server, &Plan { threads: 2, pin: true, ..counted(3, 101) }, &get());
    assert_eq!((done.endpoints[0].counts.ok, server.seen()), (101, 101));
    assert!(done.measured > 0 && done.available >= done.measured);
    let server = Server::new(|_, _| ok());
    let plan = Plan { warm_up: Duration::from_millis(100), ..counted(3, 50) };
    let done = load(&server, &plan, &get());
    let counts = &done.endpoints[0].counts;
    assert_eq!(counts.ok, 50);
    // What the warm-up had under way at its end may be answered after it, or not at all.
    assert!((50 + counts.warm_up..=53 + counts.warm_up).contains(&server.seen()), "{counts:?}");
    assert!(counts.warm_up > 0);
}

#[test]
fn all_ways_to_end_an_answer() {
    let server = Server::new(|_, request| {
        let path = String::from_utf8_lossy(request).split(' ').nth(1).unwrap().to_owned();
        let bytes = |text: &str| text.as_bytes().to_vec();
        match path.as_str() {
            "/chunked" => Reply {
                pieces: [
                    "HTTP/1.1 200 OK\r\nTransfer-En",
                    "coding: chunked\r\n\r\n3\r\nhel\r",
                    "\n2;x\r\nlo\r\n0\r\nT: x\r\n",
                    "\r\n",
                ]
                .map(bytes)
                .to_vec(),
                ..Reply::default()
            },
            "/close" => Reply { close: true, ..reply("HTTP/1.1 200 OK\r\n\r\nsay hello") },
            "/old" => Reply { close: true, ..reply("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello") },
            "/interim" => Reply {
                pieces: [
                    "HTTP/1.1 100 Continue\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
                    "lo",
                ]
                .map(bytes)
                .to_vec(),
                ..Reply::default()
            },
            "/head" => reply("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"),
            "/empty" => reply("HTTP/1.1 204 No Content\r\n\r\n"),
            _ => reply("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
        }
    });
    let mut endpoints = Vec::new();
    for (method, path) in [
        ("GET", "/chunked"),
        ("GET", "/close"),
        ("GET", "/old"),
        ("GET", "/interim"),
        ("HEAD", "/head"),
        ("GET", "/empty"),
    ] {
        let mut one = endpoint(method, path);
        if !matches!(path, "/head" | "/empty") {
            one.expect.contains = vec![b"hello".to_vec()];
        }
        endpoints.push(one);
    }
    let done = load(&server, &counted(2, 60), &scenario(endpoints));
    assert_eq!(errors(&done), []);
    for endpoint in &done.endpoints {
        assert_eq!(endpoint.counts.ok, 10);
    }
    assert!((20..=22).contains(&done.opened), "{}", done.opened);
}

#[test]
fn failures_have_their_class() {
    let whole = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    let cases: [(Reply, ErrorClass); 10] = [
        (Reply { close: true, ..reply("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok") }, ErrorClass::Reset),
        (
            Reply { close: true, ..reply("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhe") },
            ErrorClass::Reset,
        ),
        (Reply { close: true, ..reply("HTTP/1.1 200 O") }, ErrorClass::Reset),
        (Reply { close: true, ..reply("") }, ErrorClass::Reset),
        (reply(&format!("{whole}more")), ErrorClass::Protocol),
        (reply("220 mail.example ESMTP\r\n"), ErrorClass::Protocol),
        (reply("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok"), ErrorClass::Protocol),
        (reply("HTTP/1.1 500 Oh\r\ncontent-length: 2\r\n\r\nok"), ErrorClass::Status),
        (reply("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-kind: wrong\r\n\r\nok"), ErrorClass::Check),
        (reply("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-kind: a\r\n\r\nno"), ErrorClass::Check),
    ];
    for (reply, class) in cases {
        let text = String::from_utf8_lossy(&reply.pieces[0]).into_owned();
        let server = Server::new(move |_, _| reply.clone());
        let mut one = endpoint("GET", "/");
        one.expect.contains = vec![b"ok".to_vec()];
        if text.contains("x-kind") {
            one.expect.headers = vec![("X-Kind".to_owned(), Some("a".to_owned()))];
        }
        let done = load(&server, &counted(1, 3), &scenario(vec![one]));
        assert_eq!(errors(&done), [(class, 3)], "{text:?}");
        assert_eq!(done.endpoints[0].counts.ok, 0);
        assert!(done.endpoints[0].service.is_empty());
    }
}

#[test]
fn a_reset_of_the_connection_is_one() {
    // A listener that reads one byte and drops the connection with the rest unread: the system then sends a reset.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for _ in 0..3 {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0]);
        }
    });
    let target = Target { address, authority: "x".to_owned(), tls: None };
    let done = run(&counted(1, 3), &target, &get(), &Live::new(1)).unwrap();
    assert_eq!(errors(&done), [(ErrorClass::Reset, 3)]);
}

#[test]
fn a_dead_server_is_not_hammered() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let target = Target { address, authority: "x".to_owned(), tls: None };
    let done = run(&closed(3, 400), &target, &get(), &Live::new(1)).unwrap();
    // Pauses of 10, 20, 40, 80, 160 and 320 ms: at most six attempts of each connection.
    let failed = errors(&done);
    assert!(matches!(failed[..], [(ErrorClass::Connect, 3..=18)]), "{failed:?}");
    assert_eq!((done.opened, done.unopened), (0, failed[0].1));
    assert!(done.busy < done.available / 2, "{} of {}", done.busy, done.available);
    let done = run(&rate(1000.0, 3, 400), &target, &get(), &Live::new(1)).unwrap();
    let counts = &done.endpoints[0].counts;
    assert_eq!(counts.ok + counts.errors() + counts.aborted + counts.dropped, 400);
    assert!(done.unopened <= 25, "{}", done.unopened);
}

#[test]
fn what_takes_too_long_is_a_time_out() {
    let server = Server::new(|number, _| Reply {
        before: Duration::from_millis(if number == 1 { 700 } else { 0 }),
        ..ok()
    });
    let plan = Plan { timeout: Duration::from_millis(150), ..counted(1, 4) };
    let begin = Instant::now();
    let done = load(&server, &plan, &get());
    assert!(begin.elapsed() >= Duration::from_millis(150));
    let late = done.errors();
    assert!(late.get(&ErrorClass::Timeout).is_some_and(|count| *count >= 1), "{late:?}");
    assert_eq!(done.endpoints[0].counts.ended(), 4);
    assert!(done.opened >= 2);
}

#[test]
fn retries_are_counted_apart_and_improve_nothing() {
    let server = Server::new(|number, _| {
        if number % 3 == 2 { ok() } else { reply("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n") }
    });
    let plan = Plan { retries: 3, back_off: Duration::from_millis(20), ..counted(1, 4) };
    let done = load(&server, &plan, &get());
    let endpoint = &done.endpoints[0];
    assert_eq!((endpoint.counts.ok, endpoint.counts.retries, server.seen()), (4, 8, 12));
    assert_eq!((errors(&done), done.opened), (Vec::new(), 1));
    // 20 and 40 ms of pauses belong to each.
    assert!(endpoint.service.summary().min >= 59 * MILLISECOND, "{:?}", endpoint.service.summary());
    let request = server.requests.lock().unwrap()[0].len() as u64;
    assert_eq!(endpoint.counts.bytes_sent, 12 * request);

    let server =
        Server::new(|number, _| if number % 2 == 1 { ok() } else { Reply { close: true, ..reply("") } });
    let plan = Plan { retries: 1, ..counted(1, 4) };
    let done = load(&server, &plan, &get());
    assert_eq!((done.endpoints[0].counts.ok, done.endpoints[0].counts.retries), (4, 4));

    let server = Server::new(|_, _| reply("HTTP/1.1 429 No\r\ncontent-length: 0\r\n\r\n"));
    let done = load(&server, &plan, &get());
    assert_eq!((errors(&done), server.seen()), (vec![(ErrorClass::Status, 4)], 8));
}

#[test]
fn a_retry_sends_the_same_bytes() {
    let server = Server::new(|number, _| {
        if number % 2 == 1 { ok() } else { reply("HTTP/1.1 502 No\r\ncontent-length: 0\r\n\r\n") }
    });
    let mut one = endpoint("POST", "/");
    one.path = Template(vec![Piece::Text(b"/".to_vec()), Piece::Counter]);
    one.body = Some(Template(vec![Piece::Uuid]));
    load(&server, &Plan { retries: 1, ..counted(1, 3) }, &scenario(vec![one]));
    let requests = server.requests.lock().unwrap().clone();
    assert_eq!(requests.len(), 6);
    for pair in requests.chunks(2) {
        assert_eq!(pair[0], pair[1]);
    }
    assert_ne!(requests[1], requests[2]);
    assert!(requests[2].starts_with(b"POST /1 HTTP/1.1\r\n"));
}

#[test]
fn a_rate_is_kept_and_every_request_accounted_for() {
    let server = Server::new(|_, _| ok());
    for threads in [1, 2] {
        let done = load(&server, &Plan { threads, ..rate(400.0, 8, 500) }, &get());
        let counts = &done.endpoints[0].counts;
        assert_eq!(done.offered, 200);
        assert_eq!(done.sent + counts.dropped, 200);
        assert_eq!(counts.ok + counts.aborted, done.sent, "{counts:?}");
        assert_eq!(errors(&done), []);
        assert!(counts.ok >= 50, "{counts:?}");
        assert_eq!(done.endpoints[0].response.count(), counts.ok);
    }
}

#[test]
fn a_freeze_shows_in_response_time() {
    let server = Server::new(|number, _| Reply {
        before: Duration::from_millis(if number == 50 { 400 } else { 0 }),
        ..ok()
    });
    let done = load(&server, &rate(200.0, 1, 1000), &get());
    let endpoint = &done.endpoints[0];
    let over = |histogram: &crate::stats::Histogram| {
        histogram
            .recorded()
            .filter(|(time, _)| *time > 100 * MILLISECOND)
            .map(|(_, count)| count)
            .sum::<u64>()
    };
    // Due in the first 300 ms of the freeze: 60 requests. One of them was waiting for the server itself.
    assert!(over(&endpoint.response) >= 50, "{}", over(&endpoint.response));
    assert!(over(&endpoint.service) >= 1);
    assert!(over(&endpoint.service) * 10 <= over(&endpoint.response), "{}", over(&endpoint.service));
    assert!(endpoint.counts.late >= 50);
}

#[test]
fn what_waits_too_long_is_dropped() {
    let server = Server::new(|_, _| Reply { before: Duration::from_secs(2), ..ok() });
    let plan = Plan { timeout: Duration::from_millis(100), ..rate(500.0, 2, 400) };
    let done = load(&server, &plan, &get());
    let counts = &done.endpoints[0].counts;
    assert_eq!(done.offered, 200);
    assert_eq!(counts.ok + counts.errors() + counts.aborted + counts.dropped, 200);
    assert!(counts.dropped >= 100 && done.sent <= 12, "{counts:?} {}", done.sent);
    assert!(counts.failed.contains_key(&ErrorClass::Timeout));
}

#[test]
fn idle_connections_that_the_server_closes_are_opened_again() {
    let server = Server::new(|_, _| Reply { close: true, ..ok() });
    let done = load(&server, &rate(40.0, 1, 500), &get());
    let counts = &done.endpoints[0].counts;
    // A server that closes without a word can meet a request on its way, on a busy machine more than once.
    assert!(counts.ok >= 8 && counts.errors() <= counts.ok, "{counts:?}");
    assert!(counts.failed.keys().all(|class| *class == ErrorClass::Reset));
    assert!(done.opened >= counts.ok);
}

#[test]
fn each_request_has_a_connection_of_its_own_if_asked_for() {
    let server = Server::new(|_, _| ok());
    let done = load(&server, &Plan { keep_alive: false, ..counted(2, 10) }, &get());
    assert_eq!((done.endpoints[0].counts.ok, done.opened), (10, 10));
    let requests = server.requests.lock().unwrap();
    assert!(requests.iter().all(|request| request.ends_with(b"\r\nconnection: close\r\n\r\n")));
}

#[test]
fn connections_pause_to_think() {
    let server = Server::new(|_, _| ok());
    let mut one = endpoint("GET", "/");
    one.think = Duration::from_millis(40);
    let done = load(&server, &closed(2, 300), &scenario(vec![one]));
    assert!((2..=16).contains(&done.endpoints[0].counts.ok), "{:?}", done.endpoints[0].counts);
    assert!(done.busy < done.available / 2);
}

#[test]
fn bodies_of_any_size() {
    let server = Server::new(|_, request| {
        let body = request.len() - request.windows(4).position(|window| window == b"\r\n\r\n").unwrap() - 4;
        let mut reply = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body + 1).into_bytes();
        reply.resize(reply.len() + body, b'x');
        reply.push(b'!');
        Reply { pieces: vec![reply], ..Reply::default() }
    });
    let mut upload = endpoint("PUT", "/");
    upload.body = Some(Template::text(vec![b'x'; 5_000_000]));
    upload.headers = vec![("x-request".to_owned(), Template(vec![Piece::Uuid]))];
    upload.expect.contains = vec![b"x!".to_vec()];
    let done = load(&server, &counted(2, 4), &scenario(vec![upload, endpoint("POST", "/")]));
    assert_eq!(errors(&done), []);
    let [large, empty] = done.endpoints.as_slice() else { panic!("two endpoints") };
    assert_eq!((large.counts.ok, empty.counts.ok), (2, 2));
    assert!(large.counts.bytes_sent > 10_000_000 && large.counts.bytes_received > 10_000_000);
    let requests = server.requests.lock().unwrap();
    assert!(requests.iter().all(|request| request.ends_with(b"\r\ncontent-length: 0\r\n\r\n")));
}

#[test]
fn an_answer_before_the_request_was_read_counts() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = Target { address: listener.local_addr().unwrap(), authority: "x".to_owned(), tls: None };
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 100]).unwrap();
        stream.write_all(b"HTTP/1.1 413 Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
        std::thread::sleep(Duration::from_millis(300));
    });
    let mut upload = endpoint("POST", "/");
    upload.body = Some(Template::text(vec![b'x'; 20_000_000]));
    let done = run(&counted(1, 1), &target, &scenario(vec![upload]), &Live::new(1)).unwrap();
    assert_eq!(errors(&done), [(ErrorClass::Status, 1)]);
}

#[test]
fn another_server_is_noticed() {
    let server = Server::new(|_, _| ok());
    for (value, others) in [(None, 0), (Some("mine"), 0), (Some("other"), 5)] {
        let header = Some(("X-Server".to_owned(), value.map(str::to_owned)));
        let done = load(&server, &Plan { expect_header: header, ..counted(1, 5) }, &get());
        assert_eq!((done.other_target, done.endpoints[0].counts.ok), (others, 5 - others));
        let expected = if others > 0 { vec![(ErrorClass::Check, 5)] } else { Vec::new() };
        assert_eq!(errors(&done), expected);
    }
}

#[test]
fn a_run_can_be_ended_early_and_tells_how_far_it_is() {
    let server = Server::new(|_, _| ok());
    let live = Live::new(2);
    let plan = Plan { threads: 2, ..closed(4, 60_000) };
    let begin = Instant::now();
    let done = std::thread::scope(|scope| {
        scope.spawn(|| {
            while begin.elapsed() < Duration::from_secs(20)
                && live.pulses.iter().any(|pulse| pulse.lock().unwrap().ok == 0)
            {
                std::thread::sleep(Duration::from_millis(20));
            }
            live.stop.store(true, Ordering::Relaxed);
        });
        run(&plan, &server.target(), &get(), &live).unwrap()
    });
    assert!(done.aborted && done.measured < 30_000 * MILLISECOND);
    assert!(live.pulses.iter().all(|pulse| pulse.lock().unwrap().measuring));
    assert_eq!(done.endpoints[0].counts.aborted, 4);
}

#[test]
fn the_token_and_rows_cannot_split_a_request() {
    let server = Server::new(|_, _| ok());
    let mut one = endpoint("GET", "/");
    one.path = Template(vec![Piece::Text(b"/a?q=".to_vec()), Piece::Column(0)]);
    one.headers = vec![
        ("authorization".to_owned(), Template(vec![Piece::Text(b"Bearer ".to_vec()), Piece::Token])),
        ("user-agent".to_owned(), Template::text("mine")),
    ];
    let mut all = scenario(vec![one]);
    all.table = Some(Table { columns: vec!["q".to_owned()], rows: vec![vec!["x y\r\n#é".to_owned()]] });
    let plan = Plan { token: Arc::from("a\r\nx-evil: 1\r\n\r\nGET /evil HTTP/1.1"), ..counted(1, 2) };
    load(&server, &plan, &all);
    let requests = server.requests.lock().unwrap();
    assert_eq!(requests.len(), 2);
    let expected = format!(
        "GET /a?q=x%20y%0D%0A%23%C3%A9 HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer a  x-evil: 1    GET /evil HTTP/1.1\r\n\
         user-agent: mine\r\n\r\n",
        server.address
    );
    assert_eq!(String::from_utf8_lossy(&requests[1]), expected);
}

/// TLS settings of a server and of a client that trusts it.
fn certificates() -> (Arc<rustls::ServerConfig>, Tls) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    (Arc::new(server), Tls { config: Arc::new(client), name })
}

#[test]
fn tls_carries_the_same() {
    let (config, tls) = certificates();
    let server = Server::over(Some(config), |_, request| {
        let mut reply = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", request.len()).into_bytes();
        reply.extend_from_slice(request);
        Reply { pieces: vec![reply], ..Reply::default() }
    });
    let target = Target { tls: Some(tls), ..server.target() };
    let mut upload = endpoint("POST", "/");
    upload.body = Some(Template::text([vec![b'x'; 500_000], b"end".to_vec()].concat()));
    upload.expect.contains = vec![b"xend".to_vec()];
    let endpoints = scenario(vec![endpoint("GET", "/"), upload]);
    let done = run(&counted(2, 20), &target, &endpoints, &Live::new(1)).unwrap();
    assert_eq!(errors(&done), []);
    assert_eq!((server.seen(), done.opened), (20, 2));
    assert_eq!((done.connect.count(), done.tls.count()), (2, 2));
    assert!(done.endpoints[1].counts.bytes_received > 5_000_000);
}

#[test]
fn tls_failures_have_their_class() {
    let (config, _) = certificates();
    let (_, other) = certificates();
    let server = Server::over(Some(config), |_, _| ok());
    let target = Target { tls: Some(other.clone()), ..server.target() };
    let done = run(&counted(1, 2), &target, &get(), &Live::new(1)).unwrap();
    assert_eq!((errors(&done), done.unopened), (vec![(ErrorClass::Tls, 2)], 2));
    let plain = Server::new(|_, _| reply("HTTP/1.1 400 Bad\r\n\r\n"));
    let target = Target { tls: Some(other), ..plain.target() };
    let plan = Plan { timeout: Duration::from_millis(200), ..counted(1, 2) };
    let done = run(&plan, &target, &get(), &Live::new(1)).unwrap();
    assert_eq!(errors(&done), [(ErrorClass::Tls, 2)]);
}

#[test]
fn an_end_of_tls_that_was_not_announced_cuts_an_answer() {
    // The server drops the socket without TLS's word for the end, which a body that ends with the connection needs.
    let (config, tls) = certificates();
    let server =
        Server::over(Some(config), |_, _| Reply { close: true, ..reply("HTTP/1.1 200 OK\r\n\r\nhalf") });
    let target = Target { tls: Some(tls), ..server.target() };
    let done = run(&counted(1, 2), &target, &get(), &Live::new(1)).unwrap();
    assert_eq!(errors(&done), [(ErrorClass::Reset, 2)]);
}

#[test]
fn a_scenario_without_endpoints_is_refused() {
    let server = Server::new(|_, _| ok());
    let refused = run(&closed(1, 10), &server.target(), &scenario(Vec::new()), &Live::new(1));
    assert!(matches!(refused, Err(LoadError::Unsupported(_))));
}
