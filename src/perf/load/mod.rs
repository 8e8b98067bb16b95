//! The load generator: one single-threaded loop a thread, each with its own connections and histograms, put together at
//! the end. Nothing is shared, allocated or sent between threads on the way of a request.
//!
//! Two engines make the same measurements: `fast`, our own for HTTP/1.1 over plain TCP and TLS, and `hyper` for HTTP/2
//! and as the check of the other.

mod fast;
mod hyper;
mod job;
mod plan;
mod recorder;
pub mod response;
mod rotation;
mod run;
mod schedule;
pub mod tls;

pub(in crate::perf) use hyper::once;
pub use job::Job;
pub use plan::{Engine, Live, Model, Plan, Pulse, Share, Stop, Target, Tls};
pub use recorder::{EndpointRecording, Piece, Recorder, Recording, Times, Window};
pub use rotation::Rotation;
pub use run::{LoadError, run};
pub use schedule::{Schedule, share};
