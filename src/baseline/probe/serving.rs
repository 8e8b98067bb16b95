//! Servers for tests of probes: each answers on loopback as a function says, in threads that end with the test.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// Hands each connection to `answer`, one thread a connection; their number counts from 0.
pub(super) fn serve(answer: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = std::sync::Arc::new(answer);
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().flatten().enumerate() {
            let answer = std::sync::Arc::clone(&answer);
            std::thread::spawn(move || answer(stream, number));
        }
    });
    address
}

/// A server of HTTP that keeps connections: the answer to the n-th request of a connection, as it goes over the wire.
pub(super) fn serve_http(
    answer: impl Fn(&str, usize, usize) -> String + Send + Sync + 'static,
) -> SocketAddr {
    serve(move |mut stream, connection| {
        for number in 0.. {
            let Some(request) = request(&mut stream) else { return };
            if stream.write_all(answer(&request, connection, number).as_bytes()).is_err() {
                return;
            }
        }
    })
}

/// Head and body of a request; none when the connection ends.
pub(super) fn request(stream: &mut TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut got = Vec::new();
    let mut byte = [0];
    while !got.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        got.push(byte[0]);
    }
    let head = String::from_utf8(got).unwrap();
    let length =
        head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some(head + &String::from_utf8(body).unwrap())
}

/// An answer with a body.
pub(super) fn answer(status: &str, media: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Type: {media}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}
