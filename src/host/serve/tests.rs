#![cfg(unix)]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::*;

/// Serves `/metrics` while `test` runs, and ends in time.
fn with_server(test: impl FnOnce(SocketAddr)) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let stop = AtomicBool::new(false);
    let pages = |path: &str, accept: &str| match path {
        "/metrics" => Some(Page { content_type: "text/plain", body: format!("accept={accept}\n") }),
        "/large" => Some(Page { content_type: "text/plain", body: "x".repeat(8 << 20) }),
        _ => None,
    };
    std::thread::scope(|scope| {
        let server = scope.spawn(|| serve(listener, &pages, &stop));
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| test(address)));
        let begun = Instant::now();
        stop.store(true, Ordering::Relaxed);
        server.join().unwrap().unwrap();
        assert!(begun.elapsed() < Duration::from_secs(1), "it stops at once");
        result.unwrap();
    });
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(8))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(8))).unwrap();
    stream
}

fn ask(address: SocketAddr, request: impl AsRef<[u8]>) -> String {
    let mut stream = connect(address);
    stream.write_all(request.as_ref()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn status(address: SocketAddr, request: impl AsRef<[u8]>) -> u16 {
    let answer = ask(address, request);
    answer.strip_prefix("HTTP/1.1 ").unwrap().get(..3).unwrap().parse().unwrap()
}

#[test]
fn pages_are_served() {
    with_server(|address| {
        let answer =
            ask(address, "GET /metrics?a=b HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain\r\n\r\n");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("Connection: close"), "{head}");
        assert!(head.contains("Content-Length: 18\r\n"), "{head}");
        assert_eq!(body, "accept=text/plain\n");
        let answer = ask(address, "HEAD /metrics HTTP/1.1\r\nHost: 127.0.0.1:9\r\n\r\n");
        assert!(answer.contains("Content-Length: 8\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
        assert_eq!(status(address, "GET /metrics HTTP/1.0\r\n\r\n"), 200);
        assert_eq!(status(address, "GET /metrics HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"), 200);
        assert_eq!(status(address, "GET /other HTTP/1.1\r\nHost: LOCALHOST:1\r\n\r\n"), 404);
    });
}

#[test]
fn what_is_no_such_request_is_refused() {
    with_server(|address| {
        let get = |fields: &str| format!("GET /metrics HTTP/1.1\r\n{fields}\r\n\r\n");
        for host in ["evil.example", "127.0.0.1.evil.example", "[::2]", "10.0.0.1", "localhost:x", "", "[::1"]
        {
            assert_eq!(status(address, get(&format!("Host: {host}"))), 421, "{host}");
        }
        assert_eq!(status(address, get("X: y")), 400, "HTTP/1.1 needs a host");
        assert_eq!(status(address, get("Host: localhost\r\nHost: localhost")), 400);
        assert_eq!(status(address, get("Host: localhost\r\nContent-Length: 5")), 400);
        assert_eq!(status(address, get("Host: localhost\r\nTransfer-Encoding: chunked")), 400);
        let post = "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi";
        assert!(ask(address, post).contains("405 Method Not Allowed\r\nAllow: GET, HEAD\r\n"));
        let absolute = "GET http://localhost/metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
        assert_eq!(status(address, absolute), 400);
        assert_eq!(status(address, b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"), 400);
        let fields: String = (0..70).map(|count| format!("F{count}: x\r\n")).collect();
        assert_eq!(status(address, get(fields.trim_end())), 431);
    });
}

#[test]
fn an_endless_head_is_cut_off() {
    with_server(|address| {
        let mut stream = connect(address);
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: ").unwrap();
        let mut sent = 0;
        // The server ends it; how many bytes the sockets between take is the system's affair.
        while sent < 64 << 20 && stream.write_all(&[b'a'; 4096]).is_ok() {
            sent += 4096;
        }
        assert!(sent < 64 << 20);
        assert_eq!(status(address, format!("GET /{} HTTP/1.1\r\n", "a".repeat(HEAD))), 431);
    });
}

#[test]
fn slow_and_silent_clients_hold_nobody_up() {
    with_server(|address| {
        let begun = Instant::now();
        // Fewer than there is room for, so that the next one is served at once.
        let mut silent: Vec<TcpStream> = (0..CONNECTIONS / 2).map(|_| connect(address)).collect();
        let mut greedy = connect(address);
        greedy.write_all(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        assert_eq!(status(address, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"), 200);
        assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
        // A byte now and then does not buy time.
        let mut dripping = connect(address);
        let mut dropped = false;
        while begun.elapsed() < PATIENCE * 3 && !dropped {
            dropped = dripping.write_all(b"G").is_err();
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(dropped, "a request that never ends is ended");
        for stream in &mut silent {
            assert_eq!(stream.read(&mut [0; 1]).unwrap_or(0), 0, "a silent client is let go");
        }
        let mut got = Vec::new();
        let _ = greedy.read_to_end(&mut got);
        assert!(got.len() < 8 << 20, "an answer that is not taken is not kept");
    });
}

#[test]
fn more_clients_than_there_is_room_for_are_served_in_time() {
    with_server(|address| {
        let silent: Vec<TcpStream> = (0..CONNECTIONS + 8).map(|_| connect(address)).collect();
        let begun = Instant::now();
        assert_eq!(status(address, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"), 200);
        assert!(begun.elapsed() < PATIENCE * 3);
        drop(silent);
    });
}

#[test]
fn addresses_of_others_are_not_served() {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let error = serve(listener, &|_, _| None, &AtomicBool::new(true)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
}
