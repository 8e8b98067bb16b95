//! What a thread writes down about its requests: counts and histograms, in pieces of about a second. Recording touches
//! a few counters and does not allocate; only the end of a piece does.

use std::collections::{BTreeMap, VecDeque};

use crate::report::{ErrorClass, Headline, RequestCounts};
use crate::stats::{Encoder, Histogram};

/// Length of a piece at first, in nanoseconds.
const PIECE: u64 = 1_000_000_000;
/// Most pieces kept; a longer run has longer pieces, so that memory does not grow with time.
const MOST: usize = 240;
/// A request sent this much later than it was due is late, in nanoseconds.
const LATE: u64 = 1_000_000;

/// Moments of a request, in nanoseconds from the beginning of the run, which is the same for all threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// When it was due; in a closed loop the moment of sending.
    pub due: u64,
    /// When it was sent, for the first time if it was sent again.
    pub sent: u64,
    /// When the first byte of the answer came.
    pub first_byte: u64,
    /// When the last byte came, or when it failed.
    pub done: u64,
}

/// The measured time, in nanoseconds from the beginning of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// What was due before is warm-up.
    pub begin: u64,
    /// What is due from then on is not sent; `u64::MAX` while only a number of requests ends the run.
    pub end: u64,
}

/// What one thread saw.
#[derive(Debug)]
pub struct Recorder {
    window: Window,
    headline: Headline,
    endpoints: Vec<EndpointRecording>,
    /// Headline latencies and others of the piece at hand, by endpoint.
    current: Vec<Current>,
    piece_end: u64,
    piece_length: u64,
    /// Good and failed answers of the measured time.
    ok: u64,
    failed: u64,
    opened: u64,
    unopened: u64,
    connect: Histogram,
    tls: Histogram,
    encoder: Encoder,
}

#[derive(Debug, Default)]
struct Current {
    service: Histogram,
    response: Histogram,
    ok: u64,
    failed: u64,
    /// Pieces of half the length that still have to be joined, two at the end of each new one; all at once would hold up
    /// the requests for as long as it takes. And those that are.
    halves: VecDeque<Piece>,
    joined: Vec<Piece>,
}

/// What was seen of one endpoint.
#[derive(Clone, Debug, Default)]
pub struct EndpointRecording {
    /// What became of its requests.
    pub counts: RequestCounts,
    /// From sending to the last byte, of good answers.
    pub service: Histogram,
    /// From the moment they were due, of good answers; empty in a closed loop.
    pub response: Histogram,
    /// From sending to the first byte, of good answers.
    pub first_byte: Histogram,
    /// The measured time in pieces, all of [`Recording::piece_length`].
    pub pieces: Vec<Piece>,
}

/// A stretch of the measured time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Piece {
    /// Good answers.
    pub ok: u64,
    /// Failed ones.
    pub failed: u64,
    /// The headline latency, encoded.
    pub histogram: String,
}

/// What all threads saw.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// By endpoint, in the order of the scenario.
    pub endpoints: Vec<EndpointRecording>,
    /// Length of the pieces in nanoseconds; the last one can be shorter.
    pub piece_length: u64,
    /// Measured time in nanoseconds: to the end of the window, or to the last answer where a number of requests ended
    /// the run.
    pub measured: u64,
    /// Connections opened.
    pub opened: u64,
    /// Connections that could not be opened.
    pub unopened: u64,
    /// Times to connect.
    pub connect: Histogram,
    /// Times of the TLS handshake.
    pub tls: Histogram,
    /// Processor time of the threads during the measured time, without deliberate spinning, in nanoseconds; 0 where it is
    /// not known.
    pub busy: u64,
    /// Processor time that the threads could have used in it.
    pub available: u64,
    /// Time of all threads from their beginning to their end in which they could have run and no processor was free, in
    /// nanoseconds; 0 where it is not known.
    pub waited: u64,
    /// The time that this is a part of.
    pub lived: u64,
    /// Whether the run was ended early.
    pub aborted: bool,
    /// Answers without the expected header, or of another server.
    pub other_target: u64,
    /// Requests due in the measured time, with a constant rate.
    pub offered: u64,
    /// Of those, sent.
    pub sent: u64,
}

impl Recorder {
    /// For a thread that sends to `endpoints` endpoints.
    #[must_use]
    pub fn new(endpoints: usize, headline: Headline, window: Window) -> Self {
        Self {
            window,
            headline,
            endpoints: (0..endpoints).map(|_| EndpointRecording::default()).collect(),
            current: (0..endpoints).map(|_| Current::default()).collect(),
            piece_end: window.begin.saturating_add(PIECE),
            piece_length: PIECE,
            ok: 0,
            failed: 0,
            opened: 0,
            unopened: 0,
            connect: Histogram::new(),
            tls: Histogram::new(),
            encoder: Encoder::default(),
        }
    }

    /// Whether a request that was due then is measured.
    #[must_use]
    pub const fn measures(&self, due: u64) -> bool {
        due >= self.window.begin && due < self.window.end
    }

    /// Good and failed answers of the measured time so far.
    #[must_use]
    pub const fn so_far(&self) -> (u64, u64) {
        (self.ok, self.failed)
    }

    /// A good answer. `sent` and `received` are bytes, `again` are attempts beyond the first.
    pub fn ok(&mut self, endpoint: usize, times: Times, sent: u64, received: u64, again: u32) {
        if self.ended(endpoint, times, sent, received, again) {
            self.ok += 1;
            let (Some(all), Some(current)) =
                (self.endpoints.get_mut(endpoint), self.current.get_mut(endpoint))
            else {
                return;
            };
            all.counts.ok += 1;
            all.first_byte.record(times.first_byte.saturating_sub(times.sent));
            current.ok += 1;
            current.service.record(times.done.saturating_sub(times.sent));
            if self.headline == Headline::ResponseTime {
                current.response.record(times.done.saturating_sub(times.due));
            }
        }
    }

    /// A request that failed in the end.
    pub fn failed(
        &mut self,
        endpoint: usize,
        class: ErrorClass,
        times: Times,
        sent: u64,
        received: u64,
        again: u32,
    ) {
        if self.ended(endpoint, times, sent, received, again) {
            self.failed += 1;
            if let (Some(all), Some(current)) =
                (self.endpoints.get_mut(endpoint), self.current.get_mut(endpoint))
            {
                *all.counts.failed.entry(class).or_default() += 1;
                current.failed += 1;
            }
        }
    }

    /// A request that was under way when the time was over.
    pub fn aborted(&mut self, endpoint: usize, times: Times) {
        if self.measures(times.due)
            && let Some(all) = self.endpoints.get_mut(endpoint)
        {
            all.counts.aborted += 1;
            all.counts.late += u64::from(times.sent.saturating_sub(times.due) > LATE);
        }
    }

    /// Requests that were due and never sent.
    pub fn dropped(&mut self, endpoint: usize, due: u64) {
        if self.measures(due)
            && let Some(all) = self.endpoints.get_mut(endpoint)
        {
            all.counts.dropped += 1;
        }
    }

    /// A connection, and how long it took to open, in nanoseconds.
    pub fn connected(&mut self, connect: u64, tls: Option<u64>) {
        self.opened += 1;
        self.connect.record(connect);
        if let Some(tls) = tls {
            self.tls.record(tls);
        }
    }

    /// A connection that could not be opened.
    pub const fn not_connected(&mut self) {
        self.unopened += 1;
    }

    /// Closes pieces that ended before `now`; called a few times a second even when nothing comes.
    pub fn tick(&mut self, now: u64) {
        while now >= self.piece_end && self.piece_end < self.window.end {
            self.end_piece();
        }
    }

    /// The latencies of the piece at hand, all endpoints together: for progress lines.
    #[must_use]
    pub fn glimpse(&self) -> Histogram {
        let mut all = Histogram::new();
        for current in &self.current {
            all.add(if self.headline == Headline::ResponseTime {
                &current.response
            } else {
                &current.service
            });
        }
        all
    }

    /// What was seen, at the end of the run. `now` ends the measured time where nothing else does.
    #[must_use]
    pub fn finish(mut self, now: u64) -> Recording {
        let end = self.window.end.min(now);
        self.tick(end);
        self.end_piece();
        self.settle_pieces();
        Recording {
            endpoints: self.endpoints,
            piece_length: self.piece_length,
            measured: end.saturating_sub(self.window.begin),
            opened: self.opened,
            unopened: self.unopened,
            connect: self.connect,
            tls: self.tls,
            ..Recording::default()
        }
    }

    /// Counts what all ended requests have in common; false for one of the warm-up.
    fn ended(&mut self, endpoint: usize, times: Times, sent: u64, received: u64, again: u32) -> bool {
        if times.done >= self.piece_end {
            self.tick(times.done);
        }
        let measured = self.measures(times.due);
        let Some(all) = self.endpoints.get_mut(endpoint) else { return false };
        if !measured {
            all.counts.warm_up += u64::from(times.due < self.window.begin);
            return false;
        }
        all.counts.bytes_sent += sent;
        all.counts.bytes_received += received;
        all.counts.retries += u64::from(again);
        all.counts.late += u64::from(times.sent.saturating_sub(times.due) > LATE);
        true
    }

    fn end_piece(&mut self) {
        for (all, current) in self.endpoints.iter_mut().zip(&mut self.current) {
            let headline = match self.headline {
                Headline::ServiceTime => &current.service,
                Headline::ResponseTime => &current.response,
            };
            let histogram = self.encoder.encode(headline);
            all.pieces.push(Piece { ok: current.ok, failed: current.failed, histogram });
            if current.ok > 0 {
                all.service.add(&current.service);
                current.service.clear();
                if self.headline == Headline::ResponseTime {
                    all.response.add(&current.response);
                    current.response.clear();
                }
            }
            (current.ok, current.failed) = (0, 0);
            current.join(&mut self.encoder);
        }
        // With one pair joined at the end of each piece, the last pair is when there are as many again.
        let full = |(all, current): (&EndpointRecording, &Current)| {
            current.halves.is_empty() && all.pieces.len() + current.joined.len() >= MOST
        };
        if self.endpoints.first().zip(self.current.first()).is_some_and(full) {
            self.settle_pieces();
            for (all, current) in self.endpoints.iter_mut().zip(&mut self.current) {
                current.halves = std::mem::take(&mut all.pieces).into();
            }
            self.piece_length *= 2;
        }
        self.piece_end = self.piece_end.saturating_add(self.piece_length);
    }
}

impl Recorder {
    /// Joins what is left to be joined, and puts all pieces of an endpoint one after the other.
    fn settle_pieces(&mut self) {
        for (all, current) in self.endpoints.iter_mut().zip(&mut self.current) {
            while !current.halves.is_empty() {
                current.join(&mut self.encoder);
            }
            let newer = std::mem::replace(&mut all.pieces, std::mem::take(&mut current.joined));
            all.pieces.extend(newer);
        }
    }
}

impl Current {
    /// Joins the next two halves, if there are any. The pieces that follow are counted from a whole number of them.
    fn join(&mut self, encoder: &mut Encoder) {
        if let Some(mut joined) = self.halves.pop_front() {
            if let Some(other) = self.halves.pop_front() {
                joined.join(&other, encoder);
            }
            self.joined.push(joined);
        }
    }
}

impl Recording {
    /// Adds what another thread saw in the same run.
    pub fn add(&mut self, mut other: Self) {
        if self.endpoints.is_empty() {
            *self = other;
            return;
        }
        let mut encoder = Encoder::default();
        while self.piece_length < other.piece_length {
            self.lengthen();
        }
        while other.piece_length < self.piece_length && other.piece_length > 0 {
            other.lengthen();
        }
        for (own, more) in self.endpoints.iter_mut().zip(other.endpoints) {
            own.counts.add(&more.counts);
            own.service.add(&more.service);
            own.response.add(&more.response);
            own.first_byte.add(&more.first_byte);
            let longest = own.pieces.len().max(more.pieces.len());
            own.pieces.resize(longest, Piece::default());
            for (own, more) in own.pieces.iter_mut().zip(&more.pieces) {
                own.join(more, &mut encoder);
            }
        }
        self.measured = self.measured.max(other.measured);
        self.opened += other.opened;
        self.unopened += other.unopened;
        self.connect.add(&other.connect);
        self.tls.add(&other.tls);
        self.busy += other.busy;
        self.available += other.available;
        self.waited += other.waited;
        self.lived += other.lived;
        self.aborted |= other.aborted;
        self.other_target += other.other_target;
        self.offered += other.offered;
        self.sent += other.sent;
    }

    /// Failed requests of all endpoints, by class.
    #[must_use]
    pub fn errors(&self) -> BTreeMap<ErrorClass, u64> {
        let mut all = RequestCounts::default();
        self.endpoints.iter().for_each(|endpoint| all.add(&endpoint.counts));
        all.failed
    }

    fn lengthen(&mut self) {
        self.endpoints.iter_mut().for_each(|endpoint| halve(&mut endpoint.pieces));
        self.piece_length = self.piece_length.saturating_mul(2).max(1);
    }
}

impl Piece {
    /// Adds what another saw in the same time.
    pub fn add(&mut self, other: &Self) {
        self.join(other, &mut Encoder::default());
    }

    fn join(&mut self, other: &Self, encoder: &mut Encoder) {
        self.ok += other.ok;
        self.failed += other.failed;
        if self.histogram.is_empty() {
            self.histogram.clone_from(&other.histogram);
        } else if !other.histogram.is_empty()
            && let (Ok(mut own), Ok(more)) =
                (Histogram::decode(&self.histogram), Histogram::decode(&other.histogram))
        {
            own.add(&more);
            self.histogram = encoder.encode(&own);
        }
    }
}

/// Joins neighbours, so that half as many pieces are twice as long.
fn halve(pieces: &mut Vec<Piece>) {
    let mut encoder = Encoder::default();
    let mut halved = Vec::with_capacity(pieces.len().div_ceil(2));
    for pair in pieces.chunks(2) {
        let mut joined = pair.first().cloned().unwrap_or_default();
        pair.iter().skip(1).for_each(|piece| joined.join(piece, &mut encoder));
        halved.push(joined);
    }
    *pieces = halved;
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn at(due: u64, waited: u64, took: u64) -> Times {
        Times { due, sent: due + waited, first_byte: due + waited + took / 2, done: due + waited + took }
    }

    #[test]
    fn warm_up_is_counted_apart_and_what_is_measured_falls_into_its_second() {
        let window = Window { begin: 2 * SECOND, end: 5 * SECOND };
        let mut recorder = Recorder::new(2, Headline::ServiceTime, window);
        recorder.ok(0, at(SECOND, 0, 10), 1, 2, 0);
        recorder.ok(0, at(2 * SECOND, 0, 1000), 10, 20, 0);
        recorder.ok(1, at(4 * SECOND, 0, 5000), 10, 20, 2);
        recorder.failed(1, ErrorClass::Status, at(4 * SECOND, 0, 9000), 10, 5, 0);
        recorder.aborted(0, at(5 * SECOND - 1, 0, 0));
        let done = recorder.finish(9 * SECOND);
        assert_eq!(done.measured, 3 * SECOND);
        let [one, two] = done.endpoints.as_slice() else { panic!("two endpoints") };
        assert_eq!((one.counts.warm_up, one.counts.ok, one.counts.aborted), (1, 1, 1));
        assert_eq!((one.counts.bytes_sent, one.counts.bytes_received), (10, 20));
        assert_eq!((two.counts.ok, two.counts.errors(), two.counts.retries), (1, 1, 2));
        let pieces: Vec<(u64, u64)> = two.pieces.iter().map(|piece| (piece.ok, piece.failed)).collect();
        assert_eq!(pieces, [(0, 0), (0, 0), (1, 1)]);
        assert_eq!((one.service.count(), one.service.quantile(0.5)), (1, 1000));
        assert_eq!(one.first_byte.quantile(0.5), 500);
        assert!(one.response.is_empty());
    }

    #[test]
    fn waiting_shows_in_response_time_alone() {
        let window = Window { begin: 0, end: 10 * SECOND };
        let mut recorder = Recorder::new(1, Headline::ResponseTime, window);
        recorder.ok(0, at(0, 2 * SECOND, 1000), 1, 1, 0);
        recorder.dropped(0, 5);
        let done = recorder.finish(10 * SECOND);
        let endpoint = &done.endpoints[0];
        assert_eq!(endpoint.service.quantile(1.0), 1000);
        assert!(endpoint.response.quantile(1.0).abs_diff(2 * SECOND) < 2_000_000);
        assert_eq!((endpoint.counts.late, endpoint.counts.dropped), (1, 1));
    }

    #[test]
    fn long_runs_have_longer_pieces_and_lose_nothing() {
        let window = Window { begin: 0, end: u64::MAX };
        let mut recorder = Recorder::new(1, Headline::ServiceTime, window);
        for second in 0..1000 {
            recorder.ok(0, at(second * SECOND, 0, 1000 + second), 1, 1, 0);
        }
        let done = recorder.finish(1000 * SECOND);
        let endpoint = &done.endpoints[0];
        assert!(endpoint.pieces.len() <= MOST, "{}", endpoint.pieces.len());
        assert_eq!(done.piece_length, 8 * SECOND);
        assert_eq!(endpoint.pieces.iter().map(|piece| piece.ok).sum::<u64>(), 1000);
        let mut all = Histogram::new();
        for piece in &endpoint.pieces {
            all.add(&Histogram::decode(&piece.histogram).unwrap());
        }
        assert_eq!(all.count(), 1000);
        assert_eq!(all.quantile(0.95), endpoint.service.quantile(0.95));
    }

    #[test]
    fn threads_are_added_second_by_second() {
        let window = Window { begin: 0, end: 3 * SECOND };
        let thread = |due: u64| {
            let mut recorder = Recorder::new(1, Headline::ServiceTime, window);
            recorder.ok(0, at(due, 0, 1000), 1, 1, 0);
            recorder.connected(5, None);
            recorder.finish(3 * SECOND)
        };
        let mut all = Recording::default();
        all.add(thread(0));
        all.add(thread(2 * SECOND));
        all.add(thread(2 * SECOND + 1));
        let pieces: Vec<u64> = all.endpoints[0].pieces.iter().map(|piece| piece.ok).collect();
        assert_eq!(pieces, [1, 0, 2]);
        assert_eq!((all.opened, all.endpoints[0].counts.ok), (3, 3));
        assert_eq!(all.endpoints[0].service.count(), 3);
    }
}
