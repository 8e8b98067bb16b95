//! Tests of the program as a whole: rules against their fixtures, the corpora, the wiring.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that goes wrong should stop"
)]

mod containers;
mod corpora_containers;
mod corpora_crypto;
mod fixtures;
mod support;
