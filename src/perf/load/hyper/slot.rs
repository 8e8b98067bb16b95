//! A slot: one request at a time, from the moment it is due to the last byte of its answer, over and over.

use std::rc::Rc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use hyper::header::HeaderMap;
use hyper::{Response, StatusCode};

use super::connect::{Line, Link, own};
use super::failure::{Failure, failure};
use super::request::{Prepared, Rendered};
use super::state::{Expired, Seat, Shared};
use crate::perf::load::search::Search;
use crate::perf::load::{Engine, Times};
use crate::report::ErrorClass;

/// First and longest pause after a connection could not be opened, in milliseconds.
const PAUSES: (u64, u64) = (10, 250);
/// Longest wait until a connection that was used takes another request. One whose server answered before it had read the
/// whole request may never do so.
const RELEASE: Duration = Duration::from_millis(100);
/// Times that a request which no server has seen is sent elsewhere without counting.
const UNSEEN: u32 = 3;

/// A slot and its connection.
pub(super) struct Slot {
    shared: Rc<Shared>,
    number: usize,
    line: Option<Rc<Line>>,
    link: Option<Link>,
    pause: u64,
    /// In the body of the answer at hand.
    search: Search,
}

/// What an attempt came to.
struct Attempt {
    /// None for a good answer.
    failed: Option<ErrorClass>,
    /// Whether it is one of those that are sent again.
    again: bool,
    received: u64,
}

/// An answer.
struct Answer {
    first_byte: u64,
    received: u64,
    /// Whether this status is one of those that are sent again.
    busy: bool,
    failed: Option<ErrorClass>,
    /// It has not the header that the intended server gives.
    is_other: bool,
}

impl Slot {
    pub(super) fn new(shared: Rc<Shared>, number: usize, line: Option<Rc<Line>>) -> Self {
        Self { shared, number, line, link: None, pause: 0, search: Search::default() }
    }

    /// Sends requests until there are none.
    pub(super) async fn run(mut self, first: u64) {
        let shared = Rc::clone(&self.shared);
        let Some(seat) = shared.seats.get(self.number) else { return };
        let wait = first.saturating_sub(shared.now());
        if wait > 0 {
            tokio::time::sleep(Duration::from_nanos(wait)).await;
        }
        while let Some(from) = self.driven(shared.next(self.number)).await {
            let is_closed_loop = shared.plan.model.is_closed();
            let taken = shared.now();
            // In a closed loop the time to connect is before the request.
            let mut opened = if is_closed_loop { self.connect().await } else { Ok(()) };
            let due = if is_closed_loop && opened.is_ok() { shared.now() } else { from };
            if is_closed_loop && !shared.admit(due) {
                return;
            }
            let number = shared.rotation.borrow_mut().turn();
            let Some(prepared) = shared.endpoints.get(number) else { return };
            let mut times = Times { due, ..Times::default() };
            seat.flight.set(Some((number, times)));
            shared.source.borrow_mut().advance();
            let rendered = prepared.render(&shared.source.borrow(), &mut shared.scratch.borrow_mut());

            let (mut sent, mut received, mut again) = (0, 0, 0);
            let last = loop {
                if self.link.is_none() && opened.is_ok() {
                    opened = self.connect().await;
                }
                let attempt = match std::mem::replace(&mut opened, Ok(())) {
                    Ok(()) => {
                        sent += rendered.size;
                        self.attempt(seat, number, prepared, &rendered, &mut times).await
                    }
                    Err(class) => {
                        self.vain();
                        if times.sent == 0 {
                            times.sent = if is_closed_loop { due } else { taken };
                        }
                        Attempt { failed: Some(class), again: may_pass(class), received: 0 }
                    }
                };
                received += attempt.received;
                if attempt.failed.is_none() || !attempt.again || again >= shared.plan.retries {
                    break attempt;
                }
                let pause = shared.plan.back_off.saturating_mul(1_u32.checked_shl(again).unwrap_or(u32::MAX));
                again += 1;
                self.driven(tokio::time::sleep(pause)).await;
            };
            times.done = shared.now();
            seat.flight.set(None);
            if !shared.plan.keep_alive {
                self.link = None;
            }
            if times.done >= shared.window.end {
                shared.recorder.borrow_mut().aborted(number, times);
                return;
            }
            shared.last.set(times.done);
            let mut patience = shared.patience.get();
            patience.ended(last.failed, times.done);
            shared.patience.set(patience);
            {
                let mut recorder = shared.recorder.borrow_mut();
                match last.failed {
                    None => recorder.ok(number, times, sent, received, again),
                    Some(class) => recorder.failed(number, class, times, sent, received, again),
                }
            }
            if self.pause > 0 && self.link.is_none() && last.failed.is_some() {
                tokio::time::sleep(Duration::from_millis(self.pause)).await;
            } else if is_closed_loop && !prepared.think.is_zero() {
                self.driven(tokio::time::sleep(prepared.think)).await;
            }
        }
    }

    /// Waits, and polls the connection if it is the slot's own.
    async fn driven<F: Future>(&self, future: F) -> F::Output {
        match &self.link {
            Some(link) => link.driver.with(future).await,
            None => future.await,
        }
    }

    /// Makes sure that there is a connection which takes a request.
    async fn connect(&mut self) -> Result<(), ErrorClass> {
        if let Some(Link { sender, driver, .. }) = &mut self.link {
            if !sender.is_closed() {
                let ready = tokio::time::timeout(RELEASE, driver.with(sender.ready())).await;
                if matches!(ready, Ok(Ok(()))) {
                    return Ok(());
                }
            }
            self.link = None;
        }
        let link = match &self.line {
            Some(line) => line.link(&self.shared).await?,
            None => own(&self.shared).await?,
        };
        let Link { sender, driver, .. } = self.link.insert(link);
        if driver.with(sender.ready()).await.is_err() {
            self.link = None;
            return Err(ErrorClass::Reset);
        }
        Ok(())
    }

    /// Notes that a connection could not be opened.
    fn vain(&mut self) {
        self.link = None;
        self.pause = (self.pause * 2).clamp(PAUSES.0, PAUSES.1);
    }

    /// Sends the request once, on another connection if the one at hand turns out to have ended before.
    async fn attempt(
        &mut self,
        seat: &Seat,
        number: usize,
        prepared: &Prepared,
        rendered: &Rendered,
        times: &mut Times,
    ) -> Attempt {
        let shared = Rc::clone(&self.shared);
        let mut unseen = 0;
        let class = loop {
            let Some(link) = &mut self.link else {
                match self.connect().await {
                    Ok(()) => continue,
                    Err(class) => {
                        self.vain();
                        break class;
                    }
                }
            };
            let now = shared.now();
            if times.sent == 0 {
                // A closed loop has admitted it by that moment; a later one could be outside of the measured time.
                times.sent = if shared.plan.model.is_closed() { times.due } else { now };
                seat.flight.set(Some((number, *times)));
            }
            let Link { sender, driver, used } = link;
            let request = prepared.request(rendered);
            let search = &mut self.search;
            let exchange = async {
                let response = sender.send(request).await?;
                read(&shared, prepared, response, search).await
            };
            match shared.limited(seat, driver.with(exchange)).await {
                Ok(Ok(answer)) => {
                    *used = true;
                    self.pause = 0;
                    times.first_byte = answer.first_byte;
                    let others = u64::from(answer.is_other && shared.measures(times.due));
                    shared.other_target.set(shared.other_target.get() + others);
                    return Attempt {
                        failed: answer.failed,
                        again: answer.busy && answer.failed == Some(ErrorClass::Status),
                        received: answer.received,
                    };
                }
                Ok(Err(error)) => match failure(&error) {
                    Failure::Unseen if unseen < UNSEEN => {
                        unseen += 1;
                        self.link = None;
                    }
                    Failure::Unseen => break ErrorClass::Reset,
                    Failure::Class(class) => break class,
                },
                Err(Expired) => break ErrorClass::Timeout,
            }
        };
        // On HTTP/2 a failure can be of the stream alone.
        let is_stream = shared.plan.engine == Engine::Hyper2
            && self.link.as_ref().is_some_and(|link| !link.sender.is_closed());
        if !is_stream {
            self.link = None;
        }
        Attempt { failed: Some(class), again: may_pass(class), received: 0 }
    }
}

/// Whether another attempt may do better.
const fn may_pass(class: ErrorClass) -> bool {
    matches!(class, ErrorClass::Connect | ErrorClass::Timeout | ErrorClass::Reset)
}

/// Reads an answer to its end and judges it.
async fn read(
    shared: &Shared,
    prepared: &Prepared,
    response: Response<Incoming>,
    search: &mut Search,
) -> hyper::Result<Answer> {
    let first_byte = shared.now();
    let (head, mut body) = response.into_parts();
    let mut received = head_size(head.status, &head.headers);
    search.reset(&prepared.needles);
    while !body.is_end_stream() {
        let Some(frame) = body.frame().await else { break };
        if let Some(data) = frame?.data_ref() {
            received += data.len() as u64;
            search.feed(&prepared.needles, data);
        }
    }
    let status = head.status.as_u16();
    let has = |name: &str, value: Option<&str>| {
        head.headers
            .get_all(name)
            .iter()
            .any(|had| value.is_none_or(|value| value.as_bytes() == had.as_bytes().trim_ascii()))
    };
    let is_right = prepared.expect.status(status);
    let is_other = is_right
        && shared.plan.expect_header.as_ref().is_some_and(|(name, value)| !has(name, value.as_deref()));
    let failed = if !is_right {
        Some(ErrorClass::Status)
    } else if is_other
        || !prepared.expect.headers.iter().all(|(name, value)| has(name, value.as_deref()))
        || !search.found(&prepared.needles)
    {
        Some(ErrorClass::Check)
    } else {
        None
    };
    Ok(Answer { first_byte, received, busy: matches!(status, 429 | 502 | 503 | 504), failed, is_other })
}

/// Bytes of the head as HTTP/1.1 writes it, which HTTP/2 does in fewer: hyper does not tell what came over the wire.
fn head_size(status: StatusCode, headers: &HeaderMap) -> u64 {
    let line = "HTTP/1.1 200 \r\n".len() + status.canonical_reason().map_or(0, str::len);
    let lines: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    (line + lines + 2) as u64
}
