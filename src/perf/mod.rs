//! `readiness perf`: load on a server or runs of a command, measured so that the numbers can be trusted, and compared so
//! that noise does not decide.
//!
//! ```text
//! settings ─► scenario (what is sent) ─┐
//! flags ────► plan (how much of it) ───┴─► load: one loop a thread ─► recordings ─► measure: histograms → report::Perf
//!                                                                                      │
//!                                     baseline: another report::Perf ─► regression: a verdict for each metric
//!                                                                                      │
//!                                                         checks: doubts and verdicts → findings
//! ```
//!
//! Nothing here judges a release: doubts make a check *not evaluated*, regressions are findings, the gate decides.

pub mod checks;
pub mod doubts;
pub mod exec;
pub mod load;
pub mod login;
pub mod measure;
pub mod merge;
pub mod probe;
pub mod regression;
pub mod scenario;
#[cfg(test)]
mod servers;
pub mod session;
pub mod steps;
pub mod url;
pub mod watch;
