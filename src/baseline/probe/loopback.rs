//! The loopback interface: a connection from this program to itself, on a port of the system's choice.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::{Trouble, unfit};
use crate::baseline::settings::Reading;
use crate::stats::robust::median;

/// Echoes, and how many of them come first and do not count.
const ECHOES: usize = 200;
const WARM: usize = 20;
/// Most bytes of the stream, and the time after which it ends.
const STREAM: u64 = 64 << 20;
const STREAM_TIME: Duration = Duration::from_millis(100);
/// Bytes of the stream that come first and do not count.
const WARM_STREAM: u64 = 4 << 20;
/// Bytes written at once.
const CHUNK: usize = 128 << 10;
/// Most connections of others that are sent away before ours is taken.
const STRANGERS: usize = 64;

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Median time of an echo of one byte, in seconds. Echoes of one connection depend on each other: together they are one
    /// measurement.
    latency: f64,
    /// Bytes per second.
    throughput: f64,
}

/// Echoes, then a stream of bytes.
pub(super) fn observe(limit: Duration) -> Result<Sample, Trouble> {
    let until = Instant::now() + limit;
    connect(until)
        .and_then(|(client, server)| {
            thread::scope(|scope| {
                let answering = scope.spawn(move || answer(server, until));
                // The client is dropped at the end of `ask`, which ends the other side too.
                let asked = ask(client, until);
                let answered = answering.join().map_err(|_| std::io::Error::other("it ended early"))?;
                let mut latencies = asked?;
                let throughput = answered?;
                let latency = median(&mut latencies).unwrap_or(f64::NAN);
                Ok(Sample { latency, throughput })
            })
        })
        .map_err(|error| match error.kind() {
            // What a socket with a time limit says.
            std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut => {
                Trouble::failed(format!("the loopback took longer than {} s", limit.as_secs_f64()))
            }
            _ => Trouble::failed(format!("the loopback: {error}")),
        })
}

/// Both ends of a connection of this program with itself.
fn connect(until: Instant) -> std::io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let client = TcpStream::connect_timeout(&listener.local_addr()?, left(until)?)?;
    let own: SocketAddr = client.local_addr()?;
    for _ in 0..STRANGERS {
        // Ours waits in the queue: this does not block for longer than others are in front of it.
        let (server, peer) = listener.accept()?;
        if peer == own {
            for end in [&client, &server] {
                end.set_nodelay(true)?;
                end.set_read_timeout(Some(left(until)?))?;
                end.set_write_timeout(Some(left(until)?))?;
            }
            return Ok((client, server));
        }
    }
    Err(std::io::Error::other("others connect to its port all the time"))
}

/// What is left of the time.
fn left(until: Instant) -> std::io::Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(std::io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// Sends single bytes and waits for each; then sends as much as the time allows. Seconds of each echo.
fn ask(mut client: TcpStream, until: Instant) -> std::io::Result<Vec<f64>> {
    let mut latencies = Vec::with_capacity(ECHOES);
    let mut byte = [1];
    for count in 0..WARM + ECHOES {
        left(until)?;
        let begun = Instant::now();
        client.write_all(&byte)?;
        client.read_exact(&mut byte)?;
        if count >= WARM {
            latencies.push(begun.elapsed().as_secs_f64());
        }
    }
    let chunk = vec![1; CHUNK];
    let begun = Instant::now();
    let mut sent = 0;
    while sent < STREAM && begun.elapsed() < STREAM_TIME {
        left(until)?;
        client.write_all(&chunk)?;
        sent += CHUNK as u64;
    }
    Ok(latencies)
}

/// Echoes single bytes; then reads to the end. Bytes per second of the latter.
fn answer(mut server: TcpStream, until: Instant) -> std::io::Result<f64> {
    let mut byte = [0];
    for _ in 0..WARM + ECHOES {
        server.read_exact(&mut byte)?;
        server.write_all(&byte)?;
    }
    let mut chunk = vec![0; CHUNK];
    let mut begun = None;
    let (mut received, mut counted) = (0_u64, 0_u64);
    loop {
        left(until)?;
        let count = server.read(&mut chunk)? as u64;
        if count == 0 {
            break;
        }
        received += count;
        if begun.is_some() {
            counted += count;
        } else if received >= WARM_STREAM {
            begun = Some(Instant::now());
        }
    }
    let seconds = begun.map(|begun| begun.elapsed().as_secs_f64()).filter(|seconds| *seconds > 0.0);
    match seconds {
        #[expect(clippy::cast_precision_loss, reason = "at most 64 MiB")]
        Some(seconds) if counted > 0 => Ok(counted as f64 / seconds),
        _ => Err(std::io::Error::other("it is too slow for a stream to be measured in 100 ms")),
    }
}

/// Numbers of it.
pub(super) fn read(sample: &Sample, reading: &Reading) -> Result<Vec<f64>, Trouble> {
    match reading {
        Reading::Latency => Ok(vec![sample.latency]),
        Reading::Throughput => Ok(vec![sample.throughput]),
        _ => Err(unfit()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_answers_in_time_and_carries_bytes() {
        let begun = Instant::now();
        let sample = observe(Duration::from_secs(10)).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(5));
        let latency = read(&sample, &Reading::Latency).unwrap();
        let throughput = read(&sample, &Reading::Throughput).unwrap();
        // A round trip is neither faster than two system calls nor slower than a timer; a copy in memory is the bound above.
        assert!(latency.len() == 1 && (5e-7..0.05).contains(&latency[0]), "{latency:?}");
        assert!(throughput.len() == 1 && (1e7..1e12).contains(&throughput[0]), "{throughput:?}");
        assert!(read(&sample, &Reading::Status).is_err());
    }

    #[test]
    fn time_is_bounded() {
        let begun = Instant::now();
        assert!(matches!(observe(Duration::from_micros(200)), Err(Trouble::Failed(_))));
        assert!(observe(Duration::ZERO).is_err());
        assert!(begun.elapsed() < Duration::from_secs(2));
    }

    #[test]
    fn the_connection_is_with_ourselves() {
        let (client, server) = connect(Instant::now() + Duration::from_secs(5)).unwrap();
        assert_eq!(client.local_addr().unwrap(), server.peer_addr().unwrap());
        assert_eq!(client.peer_addr().unwrap(), server.local_addr().unwrap());
        assert!(server.local_addr().unwrap().ip().is_loopback());
    }
}
