//! The `readiness` binary: see the library for everything it does.
fn main() {}
