//! How much load, against what, and how far it is.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use rustls::pki_types::ServerName;

/// One run of load.
#[derive(Clone)]
pub struct Plan {
    /// Closed loop or constant rate.
    pub model: Model,
    /// What ends the measured time.
    pub stop: Stop,
    /// Time before the measured time, ramp included, in which answers are not counted.
    pub warm_up: Duration,
    /// Time at the beginning of the warm-up in which the load rises evenly from nothing; at most the warm-up.
    pub ramp: Duration,
    /// Longest time from sending to the last byte, and to connect.
    pub timeout: Duration,
    /// Times that a request is sent again after a failure to connect, a time-out, a reset, or status 429, 502, 503, 504.
    pub retries: u32,
    /// Pause before the first such attempt; each further one is twice as long.
    pub back_off: Duration,
    /// Threads, from 1; see [`Plan::threads_used`].
    pub threads: u32,
    /// Whether each thread keeps to a core of its own.
    pub pin: bool,
    /// Which engine.
    pub engine: Engine,
    /// Requests under way on one HTTP/2 connection, from 1.
    pub streams: u32,
    /// Whether a connection serves more than one request.
    pub keep_alive: bool,
    /// Header that every answer of a right status must have, with its value if one is given: one without is of another
    /// server. Answers of other statuses have failed anyway, and servers may leave out their headers there.
    pub expect_header: Option<(String, Option<String>)>,
    /// Token for templates; never shown.
    pub token: Arc<str>,
    /// Seed of whatever looks random.
    pub seed: u64,
    /// The part of the load that is this program's; all numbers above are those of the whole load.
    pub share: Share,
}

/// Shows everything but the token, and of the expected header only its name: its value can be a secret, too.
impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Taken apart, so that a field that is added here has to be thought about.
        let Self {
            model,
            stop,
            warm_up,
            ramp,
            timeout,
            retries,
            back_off,
            threads,
            pin,
            engine,
            streams,
            keep_alive,
            expect_header,
            token: _,
            seed,
            share,
        } = self;
        f.debug_struct("Plan")
            .field("model", model)
            .field("stop", stop)
            .field("warm_up", warm_up)
            .field("ramp", ramp)
            .field("timeout", timeout)
            .field("retries", retries)
            .field("back_off", back_off)
            .field("threads", threads)
            .field("pin", pin)
            .field("engine", engine)
            .field("streams", streams)
            .field("keep_alive", keep_alive)
            .field("expect_header", &expect_header.as_ref().map(|(name, _)| name))
            .field("seed", seed)
            .field("share", share)
            .finish_non_exhaustive()
    }
}

impl Plan {
    /// Threads that are used: as many as named, unless there are fewer connections than threads of all programs that
    /// share the load. A thread without a connection would leave its part of the requests unsent.
    #[must_use]
    pub fn threads_used(&self) -> u32 {
        let own = self.model.concurrency() / self.share.of.max(1);
        self.threads.clamp(1, own.max(1))
    }
}

/// One of several generators that load a server together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Which, from 0.
    pub index: u32,
    /// Of how many, from 1.
    pub of: u32,
}

impl Default for Share {
    /// The only one.
    fn default() -> Self {
        Self { index: 0, of: 1 }
    }
}

/// When requests are sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Model {
    /// Each answer calls for the next request of its connection.
    Closed {
        /// Requests under way, 1 to 10,000; with HTTP/1.1 this is connections.
        concurrency: u32,
    },
    /// Request number i is due at i / rate, however slow the server is.
    Rate {
        /// Requests due per second.
        per_second: f64,
        /// Most requests under way; what is due beyond waits, and its waiting counts.
        in_flight: u32,
    },
}

impl Model {
    /// Requests under way at the most.
    #[must_use]
    pub const fn concurrency(self) -> u32 {
        match self {
            Self::Closed { concurrency } => concurrency,
            Self::Rate { in_flight, .. } => in_flight,
        }
    }

    /// Whether each answer calls for the next request.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Closed { .. })
    }
}

/// What ends the measured time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Time; requests that are under way then count as aborted.
    After(Duration),
    /// Measured requests, over all threads; each is waited for, as long as any of the last ones was answered.
    Requests(u64),
}

/// Which implementation sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// HTTP/1.1 on our own path.
    Fast,
    /// HTTP/1.1 on hyper.
    Hyper1,
    /// HTTP/2 on hyper.
    Hyper2,
}

/// A server.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where it is.
    pub address: SocketAddr,
    /// `host` header or `:authority`: name, and port if it is not the usual one.
    pub authority: String,
    /// TLS, if it is spoken.
    pub tls: Option<Tls>,
}

/// TLS with a server.
#[derive(Clone, Debug)]
pub struct Tls {
    /// What is trusted, and the protocols offered (ALPN).
    pub config: Arc<rustls::ClientConfig>,
    /// Whose certificate is expected.
    pub name: ServerName<'static>,
}

/// How far a run is: what the threads say of themselves a few times a second, and the wish that they end.
#[derive(Debug, Default)]
pub struct Live {
    /// Set to end the run early.
    pub stop: Arc<AtomicBool>,
    /// One a thread.
    pub pulses: Vec<Mutex<Pulse>>,
}

impl Live {
    /// For a number of threads.
    #[must_use]
    pub fn new(threads: u32) -> Self {
        Self::stopped_by(Arc::default(), threads)
    }

    /// The same, where something else says when to end: a signal.
    #[must_use]
    pub fn stopped_by(stop: Arc<AtomicBool>, threads: u32) -> Self {
        Self { stop, pulses: (0..threads).map(|_| Mutex::default()).collect() }
    }
}

/// What a thread says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pulse {
    /// Whether its measured time has begun.
    pub measuring: bool,
    /// Good answers of the measured time so far.
    pub ok: u64,
    /// Failed ones.
    pub failed: u64,
    /// Good answers per second in the last whole second.
    pub throughput: u64,
    /// Median and 99th percentile of that second, in nanoseconds; 0 without an answer.
    pub p50: u64,
    /// See `p50`.
    pub p99: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(concurrency: u32, threads: u32, share: Share) -> Plan {
        Plan {
            model: Model::Closed { concurrency },
            stop: Stop::Requests(1),
            warm_up: Duration::ZERO,
            ramp: Duration::ZERO,
            timeout: Duration::from_secs(1),
            retries: 0,
            back_off: Duration::ZERO,
            threads,
            pin: false,
            engine: Engine::Fast,
            streams: 1,
            keep_alive: true,
            expect_header: Some(("x-build".to_owned(), Some("hidden-value".to_owned()))),
            token: Arc::from("hidden-token"),
            seed: 1,
            share,
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let shown = format!("{:?}", plan(1, 1, Share::default()));
        assert!(shown.contains("x-build") && !shown.contains("hidden"), "{shown}");
    }

    #[test]
    fn every_thread_of_every_program_has_a_connection() {
        let threads =
            |concurrency, threads, of| plan(concurrency, threads, Share { index: 0, of }).threads_used();
        assert_eq!((threads(50, 4, 1), threads(3, 4, 1), threads(1, 4, 1)), (4, 3, 1));
        // Ten connections over four programs leave two to each of them at the least.
        assert_eq!((threads(10, 4, 4), threads(8, 2, 4), threads(7, 2, 4), threads(2, 9, 4)), (2, 2, 1, 1));
    }
}
