//! A plain client of the standard library: blocking sockets, one thread a connection, no clever reading. What it measures
//! beyond the server's truth is what the machine's loopback and scheduler add at this moment, to anyone.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::truth::nanoseconds;

/// Gets `/spread/0` to `/spread/COUNT − 1` over some connections, each of which sends when it has an answer; gives the
/// times in nanoseconds, by number.
pub(crate) fn closed(address: SocketAddr, connections: u32, count: u64) -> Vec<(u64, u64)> {
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..connections).map(|_| scope.spawn(|| one_connection(address, &next, count))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

fn one_connection(address: SocketAddr, next: &AtomicU64, count: u64) -> Vec<(u64, u64)> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut times = Vec::new();
    let mut bytes = [0; 4096];
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= count {
            return times;
        }
        let request = format!("GET /spread/{number} HTTP/1.1\r\nhost: {address}\r\n\r\n");
        let sent = Instant::now();
        stream.write_all(request.as_bytes()).unwrap();
        // The server writes its small answers in one piece.
        let length = stream.read(&mut bytes).unwrap();
        let done = Instant::now();
        assert!(bytes[..length].ends_with(b"\r\n\r\nok"));
        times.push((number, nanoseconds(done.duration_since(sent))));
    }
}
