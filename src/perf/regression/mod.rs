//! Whether one measurement is worse than another, so that noise does not decide: a difference must be large *and* beyond
//! chance to be a regression, and what could not have been seen is not said to be absent. `docs/performance-verdicts.md`
//! says the same at length, with the rates of false alarms.
//!
//! ```text
//! two reports ─► conditions: may they be compared? ─► units: runs, or stretches of runs, as numbers
//!                     ─► judge: rank test, bootstrap interval, verdict ─► correct: many endpoints ─► PerfComparison
//! ```

mod commands;
mod conditions;
mod judge;
mod limits;
mod load;
mod units;
pub mod words;

pub use commands::{CommandLimits, CommandSide, compare_commands, judge_commands};
pub use judge::{correct, judge_samples};
pub use limits::Limits;
pub use load::{Settings, Side, compare};
pub use units::{Error, check};
