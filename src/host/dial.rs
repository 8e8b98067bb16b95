//! Connections over TCP, bounded in time: the name of the host is looked up, and each of its addresses tried.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Most addresses of one name that are tried.
const MAX_ADDRESSES: usize = 8;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The name has no address, or this is none.
    #[error("{address}: no such host and port ({reason})")]
    Unknown {
        /// `host:port`.
        address: String,
        /// What the system says.
        reason: String,
    },
    /// Nobody took the connection.
    #[error("{address}: no connection ({reason})")]
    Refused {
        /// `host:port`.
        address: String,
        /// What the system says.
        reason: String,
    },
    /// It took too long.
    #[error("{address}: no connection within {} s", limit.as_secs_f64())]
    Late {
        /// `host:port`.
        address: String,
        /// The time.
        limit: Duration,
    },
}

/// Connects to `host:port` within `limit`, and says how long the connection took; the name's look-up is not counted, and of
/// several addresses only the one that answered.
///
/// # Errors
/// [`DialError`].
pub fn connect(address: &str, limit: Duration) -> Result<(TcpStream, Duration), DialError> {
    let deadline = Instant::now() + limit;
    let late = || DialError::Late { address: address.to_owned(), limit };
    let mut last = None;
    for target in addresses(address, limit)?.into_iter().take(MAX_ADDRESSES) {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(late());
        }
        let start = Instant::now();
        match TcpStream::connect_timeout(&target, left) {
            Ok(stream) => return Ok((stream, start.elapsed())),
            Err(error) if error.kind() == std::io::ErrorKind::TimedOut => last = Some(late()),
            Err(error) => {
                let reason = error.kind().to_string();
                last = Some(DialError::Refused { address: address.to_owned(), reason });
            }
        }
    }
    let reason = "the name has no address".to_owned();
    Err(last.unwrap_or_else(|| DialError::Unknown { address: address.to_owned(), reason }))
}

/// The addresses of a name. The system's look-up knows no time limit, so it has a thread of its own, left behind when it hangs.
fn addresses(address: &str, limit: Duration) -> Result<Vec<SocketAddr>, DialError> {
    if let Ok(known) = address.parse() {
        return Ok(vec![known]);
    }
    let (sender, receiver) = mpsc::channel();
    let name = address.to_owned();
    std::thread::spawn(move || {
        // Nobody may be waiting any more.
        let _ = sender.send(name.to_socket_addrs().map(Iterator::collect));
    });
    match receiver.recv_timeout(limit) {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => Err(DialError::Unknown { address: address.to_owned(), reason: error.to_string() }),
        Err(_) => Err(DialError::Late { address: address.to_owned(), limit }),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn connections() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let limit = Duration::from_secs(5);
        for address in [format!("127.0.0.1:{port}"), format!("localhost:{port}")] {
            let (_, took) = connect(&address, limit).unwrap();
            assert!(took < limit, "{address}");
        }
        drop(listener);
        assert!(matches!(connect(&format!("127.0.0.1:{port}"), limit), Err(DialError::Refused { .. })));
        for wrong in ["localhost", "localhost:port", "", "no-such-host.invalid:80"] {
            assert!(matches!(connect(wrong, limit), Err(DialError::Unknown { .. })), "{wrong}");
        }
    }
}
