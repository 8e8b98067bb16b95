//! The life of a request: begun, sent, answered or not, sent again, written down; and what its connection does next.

use std::cmp::Reverse;
use std::io;
use std::time::Duration;

use mio::Token;

use super::Worker;
use super::connection::{Connection, Phase, Took};
use crate::perf::load::response::End;
use crate::report::ErrorClass;

/// Pause after a failure to connect, in nanoseconds; each further one is twice as long.
const SHORTEST_PAUSE: u64 = 10_000_000;
/// Longest such pause.
const LONGEST_PAUSE: u64 = 250_000_000;
/// Reads in one turn of a connection: a large answer must not keep the others waiting.
const READS: u32 = 32;

impl Worker<'_> {
    /// Lets a connection go on after a pause.
    pub(super) fn resume(&mut self, index: usize, now: u64) {
        match self.connections.get(index) {
            Some(connection) if connection.exchange.active => self.attempt(index, now),
            Some(_) => self.next(index, now),
            None => {}
        }
    }

    /// Lets a connection rest until a moment.
    pub(super) fn pause(&mut self, index: usize, until: u64) {
        if let Some(connection) = self.connections.get_mut(index) {
            connection.wake = until;
            self.pauses.push(Reverse((until, index)));
        }
    }

    /// Begins a request on a connection that has none.
    pub(super) fn begin(&mut self, index: usize, due: u64, now: u64) {
        let endpoint = self.rotation.turn();
        self.source.advance();
        if self.recorder.measures(due) {
            self.left = self.left.saturating_sub(1);
            self.sent += u64::from(self.schedule.is_some());
        }
        if let Some(connection) = self.connections.get_mut(index) {
            connection.exchange.start(endpoint, due, now);
            self.requests.render(endpoint, &self.source, &mut connection.exchange.own);
            self.attempt(index, now);
        }
    }

    /// Sends the request of a connection, for which it may have to be opened.
    fn attempt(&mut self, index: usize, now: u64) {
        let Some(connection) = self.connections.get_mut(index) else { return };
        connection.exchange.begun = false;
        match connection.phase {
            Phase::Open => self.send(index, now),
            Phase::Closed => self.open(index, now),
            Phase::Connecting | Phase::Handshaking => {}
        }
    }

    fn open(&mut self, index: usize, now: u64) {
        let Some(connection) = self.connections.get_mut(index) else { return };
        match connection.open(self.job.target.address, &self.registry, Token(index)) {
            Ok(()) => {
                connection.since = now;
                connection.deadline = now.saturating_add(self.timeout);
            }
            Err(error) => self.not_opened(index, ErrorClass::Connect, now, error),
        }
    }

    /// A connection could not be opened.
    fn not_opened(&mut self, index: usize, class: ErrorClass, now: u64, error: io::Error) {
        // Too many open files, of the process or of the system: this says nothing of the server.
        if matches!(error.raw_os_error(), Some(23 | 24)) && cfg!(unix) {
            self.broken = Some(error);
            return;
        }
        self.recorder.not_connected();
        let Some(connection) = self.connections.get_mut(index) else { return };
        connection.vain = connection.vain.saturating_add(1);
        if connection.exchange.active {
            self.failed(index, class, now);
        } else {
            connection.close();
            self.pause_after_vain(index, now);
        }
    }

    fn pause_after_vain(&mut self, index: usize, now: u64) {
        let Some(connection) = self.connections.get(index) else { return };
        let doublings = connection.vain.saturating_sub(1).min(16);
        self.pause(index, now.saturating_add((SHORTEST_PAUSE << doublings).min(LONGEST_PAUSE)));
    }

    /// Begins to send the request on an open connection.
    fn send(&mut self, index: usize, now: u64) {
        let Some(connection) = self.connections.get_mut(index) else { return };
        let Connection { exchange, parser, .. } = connection;
        let endpoint = exchange.endpoint;
        let Some(needles) = self.requests.needles(endpoint) else { return };
        if exchange.again == 0 {
            exchange.times.sent = now;
            let counted = self.recorder.measures(exchange.times.due);
            if self.schedule.is_none() && (counted || self.left > 0) {
                // In a closed loop a request is due when it is sent. One that began in the warm-up, with connecting, may
                // thereby become a measured one.
                exchange.times.due = now;
                self.left -= u64::from(!counted && self.recorder.measures(now));
            }
        }
        let own = std::mem::take(&mut exchange.own);
        let bytes = self.requests.bytes(endpoint, &own);
        exchange.attempt(needles, bytes[0].len() + bytes[1].len());
        parser.reset(self.requests.head_only(endpoint));
        connection.used = true;
        connection.deadline = now.saturating_add(self.timeout);
        let sent = connection.send(bytes);
        connection.exchange.own = own;
        if sent.is_err() {
            // It fails in the next turn and not here, where others may fail in the same way, one within the other.
            self.look_again(index);
        }
    }

    /// Goes on sending.
    fn send_on(connection: &mut Connection, requests: &super::Requests) -> io::Result<()> {
        let own = std::mem::take(&mut connection.exchange.own);
        let bytes = requests.bytes(connection.exchange.endpoint, &own);
        let sent = connection.send(bytes);
        connection.exchange.own = own;
        sent
    }

    /// Something happened to a socket. `closed` says that more may follow what a short read brings.
    pub(super) fn ready(&mut self, index: usize, closed: bool, wire: &mut [u8], plain: &mut [u8]) {
        let Some(connection) = self.connections.get_mut(index) else { return };
        match connection.phase {
            Phase::Closed => return,
            Phase::Connecting => return self.connecting(index),
            Phase::Handshaking => return self.handshaking(index),
            Phase::Open => {}
        }
        let mut unsent = None;
        if (connection.exchange.begun && connection.exchange.written < connection.exchange.total)
            || connection.wants_to_send()
        {
            // What the server said before it stopped to listen counts; so its bytes are read first.
            unsent = Self::send_on(connection, &self.requests).err();
        }
        for _ in 0..READS {
            let Some(connection) = self.connections.get_mut(index) else { return };
            if connection.phase != Phase::Open {
                return;
            }
            let took = connection.take(wire);
            match took {
                Ok(Took::Nothing) => {
                    if unsent.is_some() {
                        self.cut(index, self.job.now());
                    }
                    return;
                }
                Ok(Took::Bytes(count)) => {
                    let now = self.job.now();
                    let bytes = wire.get(..count).unwrap_or_default();
                    if connection.encrypted() {
                        self.decrypt(index, bytes, plain, now);
                    } else {
                        self.digest(index, bytes, now);
                    }
                    // Less than asked for is all there was.
                    if count < wire.len() && !closed && unsent.is_none() {
                        return;
                    }
                }
                Ok(Took::End { clean }) => return self.ended(index, clean, self.job.now()),
                Err(_) => return self.cut(index, self.job.now()),
            }
        }
        self.look_again(index);
    }

    fn connecting(&mut self, index: usize) {
        let now = self.job.now();
        let Some(connection) = self.connections.get_mut(index) else { return };
        match connection.connected() {
            Ok(false) => {}
            Err(error) => self.not_opened(index, ErrorClass::Connect, now, error),
            Ok(true) => {
                connection.connect = now.saturating_sub(connection.since);
                connection.since = now;
                match &self.job.target.tls {
                    None => self.opened(index, None, now),
                    Some(tls) => match connection.begin_tls(tls) {
                        Ok(()) => self.handshaking(index),
                        Err(error) => self.not_opened(index, ErrorClass::Tls, now, io::Error::other(error)),
                    },
                }
            }
        }
    }

    fn handshaking(&mut self, index: usize) {
        let Some(connection) = self.connections.get_mut(index) else { return };
        let hands = connection.shake_hands();
        let now = self.job.now();
        match hands {
            Ok(false) => {}
            Ok(true) => {
                let tls = now.saturating_sub(connection.since);
                self.opened(index, Some(tls), now);
            }
            Err(error) => self.not_opened(index, ErrorClass::Tls, now, error),
        }
    }

    fn opened(&mut self, index: usize, tls: Option<u64>, now: u64) {
        let Some(connection) = self.connections.get_mut(index) else { return };
        self.recorder.connected(connection.connect, tls);
        connection.phase = Phase::Open;
        connection.deadline = u64::MAX;
        if connection.exchange.active {
            // A request that waits before it is sent again goes on waiting.
            if connection.wake == u64::MAX {
                self.send(index, now);
            }
        }
    }

    fn decrypt(&mut self, index: usize, mut bytes: &[u8], plain: &mut [u8], now: u64) {
        loop {
            let Some(connection) = self.connections.get_mut(index) else { return };
            if connection.phase != Phase::Open {
                return;
            }
            match connection.decrypt(&mut bytes, plain) {
                Ok(Took::Bytes(count)) => self.digest(index, plain.get(..count).unwrap_or_default(), now),
                Ok(Took::Nothing) => break,
                Ok(Took::End { clean }) => return self.ended(index, clean, now),
                Err(_) => return self.broke(index, ErrorClass::Protocol, now),
            }
        }
        // The session may have to answer by itself.
        if let Some(connection) = self.connections.get_mut(index)
            && connection.wants_to_send()
            && Self::send_on(connection, &self.requests).is_err()
        {
            self.cut(index, now);
        }
    }

    /// Takes bytes of an answer.
    fn digest(&mut self, index: usize, bytes: &[u8], now: u64) {
        let Some(connection) = self.connections.get_mut(index) else { return };
        let Connection { exchange, parser, .. } = connection;
        if !exchange.begun || !exchange.active {
            // Nobody asked for anything: some servers say so before they close a connection that was idle too long.
            return self.broke(index, ErrorClass::Protocol, now);
        }
        exchange.bytes_received += bytes.len() as u64;
        if !exchange.answered {
            exchange.answered = true;
            exchange.times.first_byte = now;
        }
        let (Some(endpoint), Some(needles)) =
            (self.requests.endpoint(exchange.endpoint), self.requests.needles(exchange.endpoint))
        else {
            return;
        };
        let target = self.job.plan.expect_header.as_ref();
        let fed = parser.feed(bytes, &mut |part| exchange.see(part, &endpoint.expect, needles, target));
        match fed {
            Ok(None) => {}
            Ok(Some(used)) if used == bytes.len() => self.answered(index, now),
            Ok(Some(_)) | Err(_) => self.broke(index, ErrorClass::Protocol, now),
        }
    }

    /// An answer is whole.
    fn answered(&mut self, index: usize, now: u64) {
        // What comes after the end of the run was under way then.
        if now >= self.window.end {
            return;
        }
        let Some(connection) = self.connections.get_mut(index) else { return };
        let Connection { exchange, parser, .. } = connection;
        let verdict = match self.requests.needles(exchange.endpoint) {
            Some(needles) => exchange.judge(needles),
            None => None,
        };
        let reusable = parser.keep_alive() && self.job.plan.keep_alive && exchange.written == exchange.total;
        let status = parser.status();
        self.other_target += u64::from(exchange.other_target && self.recorder.measures(exchange.times.due));
        connection.vain = 0;
        connection.deadline = u64::MAX;
        if !reusable {
            connection.close();
        }
        let Connection { exchange, .. } = connection;
        exchange.begun = false;
        if let Some(class) = verdict {
            let again = class == ErrorClass::Status && matches!(status, 429 | 502 | 503 | 504);
            if !(again && self.again(index, now)) {
                self.fail(index, class, now);
            }
            return;
        }
        exchange.active = false;
        exchange.times.done = now;
        exchange.bytes_sent += exchange.written as u64;
        let (sent, received) = (exchange.bytes_sent, exchange.bytes_received);
        self.recorder.ok(exchange.endpoint, exchange.times, sent, received, exchange.again);
        self.patience.ended(None, now);
        self.last = now;
        self.after(index, now);
    }

    /// The other side ended the connection.
    fn ended(&mut self, index: usize, clean: bool, now: u64) {
        let Some(connection) = self.connections.get_mut(index) else { return };
        if !(connection.exchange.active && connection.exchange.begun) {
            return self.cut(index, now);
        }
        match connection.parser.end() {
            End::Complete if clean => self.answered(index, now),
            End::Complete | End::Cut => self.broke(index, ErrorClass::Reset, now),
            End::Malformed => self.broke(index, ErrorClass::Protocol, now),
        }
    }

    /// The connection broke.
    fn cut(&mut self, index: usize, now: u64) {
        self.broke(index, ErrorClass::Reset, now);
    }

    /// The connection is of no more use, and neither is the answer.
    fn broke(&mut self, index: usize, class: ErrorClass, now: u64) {
        let Some(connection) = self.connections.get_mut(index) else { return };
        if connection.exchange.active && connection.exchange.begun {
            return self.failed(index, class, now);
        }
        // Nothing was under way: the server closed an idle connection, as it may.
        let used = connection.used;
        connection.close();
        if connection.wake != u64::MAX || connection.exchange.active || self.schedule.is_none() {
            return;
        }
        if used {
            self.wait_for_request(index, now);
        } else {
            connection.vain = connection.vain.saturating_add(1);
            self.pause_after_vain(index, now);
        }
    }

    /// A time limit has passed.
    pub(super) fn too_late(&mut self, index: usize, now: u64) {
        let Some(connection) = self.connections.get_mut(index) else { return };
        connection.deadline = u64::MAX;
        match connection.phase {
            Phase::Connecting => {
                self.not_opened(index, ErrorClass::Connect, now, io::ErrorKind::TimedOut.into());
            }
            Phase::Handshaking => {
                self.not_opened(index, ErrorClass::Tls, now, io::ErrorKind::TimedOut.into());
            }
            Phase::Open => self.failed(index, ErrorClass::Timeout, now),
            Phase::Closed => {}
        }
    }

    /// An attempt failed, and with it the connection.
    fn failed(&mut self, index: usize, class: ErrorClass, now: u64) {
        let Some(connection) = self.connections.get_mut(index) else { return };
        connection.close();
        let again = matches!(class, ErrorClass::Connect | ErrorClass::Timeout | ErrorClass::Reset);
        if !(again && self.again(index, now)) {
            self.fail(index, class, now);
        }
    }

    /// Sends it again, if it may; false when it may not.
    fn again(&mut self, index: usize, now: u64) -> bool {
        let Some(connection) = self.connections.get_mut(index) else { return false };
        let exchange = &mut connection.exchange;
        if exchange.again >= self.job.plan.retries {
            return false;
        }
        exchange.bytes_sent += exchange.written as u64;
        exchange.written = 0;
        exchange.begun = false;
        let doubled = 1_u32.checked_shl(exchange.again).unwrap_or(u32::MAX);
        exchange.again += 1;
        let wait = self.job.plan.back_off.saturating_mul(doubled).min(Duration::from_secs(3_600));
        let wait = u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
        self.pause(index, now.saturating_add(wait));
        true
    }

    /// A request failed in the end. One that fails after the end of the run was under way then.
    fn fail(&mut self, index: usize, class: ErrorClass, now: u64) {
        if now >= self.window.end {
            return;
        }
        let Some(connection) = self.connections.get_mut(index) else { return };
        let exchange = &mut connection.exchange;
        exchange.active = false;
        exchange.begun = false;
        exchange.times.done = now;
        exchange.bytes_sent += exchange.written as u64;
        exchange.written = 0;
        let (sent, received) = (exchange.bytes_sent, exchange.bytes_received);
        self.recorder.failed(exchange.endpoint, class, exchange.times, sent, received, exchange.again);
        self.patience.ended(Some(class), now);
        self.last = now;
        if matches!(class, ErrorClass::Connect | ErrorClass::Tls) {
            self.pause_after_vain(index, now);
        } else {
            self.after(index, now);
        }
    }

    /// What a connection does after a request.
    fn after(&mut self, index: usize, now: u64) {
        let endpoint = self.connections.get(index).map_or(0, |connection| connection.exchange.endpoint);
        let think = self.requests.endpoint(endpoint).map_or(Duration::ZERO, |endpoint| endpoint.think);
        if self.schedule.is_none() && !think.is_zero() {
            let think = u64::try_from(think.as_nanos()).unwrap_or(u64::MAX);
            self.pause(index, now.saturating_add(think));
        } else {
            self.next(index, now);
        }
    }

    /// Gives a connection without a request the next one, or lets it wait for that.
    fn next(&mut self, index: usize, now: u64) {
        if self.schedule.is_none() {
            if self.left > 0 && now < self.window.end {
                self.begin(index, now, now);
            }
            return;
        }
        self.wait_for_request(index, now);
    }

    /// Lets a connection have a request that is due already, or wait for the next one: open, if the requests of this run
    /// share connections.
    fn wait_for_request(&mut self, index: usize, now: u64) {
        if let Some(connection) = self.connections.get_mut(index)
            && !connection.listed
        {
            connection.listed = true;
            self.idle.push(index);
        }
        if self.due <= now {
            self.send_what_is_due(now);
        }
        if let Some(connection) = self.connections.get(index)
            && connection.phase == Phase::Closed
            && connection.wake == u64::MAX
            && !connection.exchange.active
            && self.job.plan.keep_alive
        {
            self.open(index, now);
        }
    }
}
