//! A request and what has come of its answer.

use crate::perf::load::recorder::Times;
use crate::perf::load::response::Part;
use crate::perf::load::search::{Needles, Search};
use crate::perf::scenario::Expect;
use crate::report::ErrorClass;

/// What a connection is at. Buffers stay from one request to the next.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    /// There is a request that has not ended.
    pub(super) active: bool,
    /// To which endpoint.
    pub(super) endpoint: usize,
    pub(super) times: Times,
    /// Attempts beyond the first.
    pub(super) again: u32,
    /// Bytes of all attempts.
    pub(super) bytes_sent: u64,
    pub(super) bytes_received: u64,
    /// Bytes of this attempt that the socket or the TLS session has taken, and all that it has.
    pub(super) written: usize,
    pub(super) total: usize,
    /// This attempt is being sent, or was.
    pub(super) begun: bool,
    /// Something of this attempt's answer has come.
    pub(super) answered: bool,
    /// What is wrong with the answer so far.
    pub(super) verdict: Option<ErrorClass>,
    /// It has not the header that the intended server gives.
    pub(super) other_target: bool,
    search: Search,
    /// What of the request is its own.
    pub(super) own: Vec<u8>,
}

impl Exchange {
    /// Another request.
    pub(super) fn start(&mut self, endpoint: usize, due: u64, now: u64) {
        self.active = true;
        self.endpoint = endpoint;
        self.times = Times { due, sent: now, first_byte: now, done: now };
        self.again = 0;
        self.bytes_sent = 0;
        self.bytes_received = 0;
        self.begun = false;
        self.answered = false;
    }

    /// An attempt to send it.
    pub(super) fn attempt(&mut self, needles: &Needles, total: usize) {
        self.written = 0;
        self.total = total;
        self.begun = true;
        self.answered = false;
        self.verdict = None;
        self.other_target = false;
        self.search.reset(needles);
    }

    /// Looks at a part of the answer.
    pub(super) fn see(
        &mut self,
        part: Part<'_>,
        expect: &Expect,
        needles: &Needles,
        target: Option<&(String, Option<String>)>,
    ) {
        match part {
            Part::Body(bytes) => self.search.feed(needles, bytes),
            Part::Head { status, .. } if !expect.status(status) => self.verdict = Some(ErrorClass::Status),
            Part::Head { headers, .. } => {
                let received = headers.iter().map(|header| (header.name, header.value));
                if let Some((name, value)) = target {
                    let intended = received.clone().any(|(had, with)| {
                        had.eq_ignore_ascii_case(name)
                            && value.as_ref().is_none_or(|value| value.as_bytes() == with.trim_ascii())
                    });
                    self.other_target = !intended;
                }
                if self.other_target || !(expect.headers.is_empty() || expect.headers(&received)) {
                    self.verdict = Some(ErrorClass::Check);
                }
            }
        }
    }

    /// What is wrong with the whole answer.
    pub(super) fn judge(&self, needles: &Needles) -> Option<ErrorClass> {
        self.verdict.or_else(|| (!self.search.found(needles)).then_some(ErrorClass::Check))
    }
}
