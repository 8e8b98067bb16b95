//! Tests of the program as a whole: rules against their fixtures, the corpora, the wiring.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that goes wrong should stop"
)]

mod corpora_code;
mod fixtures;
mod support;
