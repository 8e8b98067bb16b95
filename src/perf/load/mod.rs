//! The load generator: one single-threaded loop a thread, each with its own connections and histograms, put together at
//! the end. Nothing is shared, allocated or sent between threads on the way of a request.
//!
//! Two engines make the same measurements: `fast`, our own for HTTP/1.1 over plain TCP and TLS, and `hyper` for HTTP/2
//! and as the check of the other. In both:
//! - A request of a constant rate is due when the schedule says, and sent when its first byte is: connecting lies in
//!   between. In a closed loop it is due when it is sent, after connecting; one whose connection fails, when that began.
//! - Attempts to send it again are part of its time. `429`, `502`, `503`, `504`, time-outs, resets and failures to
//!   connect are tried again, failures of TLS and of the protocol are not.
//! - A request due in the measured time is measured, and then either good, failed, dropped (it waited longer than the
//!   time limit and was not sent) or aborted (under way at the end; in a closed loop not while it only connects).
//!   A number of requests ends a run when so many are good, failed or dropped, or when there is no hope: at least ten in
//!   a row and for twice the time limit went without any answer. The run then counts as ended early.
//! - A wrong status is that alone; only answers with a right one must have the header of the intended server, and the
//!   other headers and texts.
//! - Connections that cannot be opened pause, 10 ms at first and 250 ms at most. Nothing else holds up the next request.
//! - Bytes are those of HTTP/1.1: `fast` counts what the socket took and gave, `hyper` what it would have been.

mod fast;
mod hyper;
mod job;
mod patience;
mod plan;
mod recorder;
pub mod response;
mod rotation;
mod run;
mod schedule;
mod search;
#[cfg(test)]
mod tests;
pub mod tls;

pub(in crate::perf) use hyper::once;
pub use job::Job;
pub use plan::{Engine, Live, Model, Plan, Pulse, Share, Stop, Target, Tls};
pub use recorder::{EndpointRecording, Piece, Recorder, Recording, Times, Window};
pub use rotation::Rotation;
pub use run::{LoadError, run};
pub use schedule::{Schedule, share};
