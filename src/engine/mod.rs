//! The engine: walks a tree once, reads each file once, hands it to every check that wants it, and turns what they
//! report into findings. It knows no rule and judges nothing.
//!
//! A check is a [`Check`] (what it is) and an [`Inspect`] (the check at work). `run` brings both to a tree;
//! `conclude_alone` lets a check speak that looks at numbers instead.

mod check;
mod conclude;
mod entry;
mod findings;
mod ignores;
mod language;
mod literals;
mod marks;
mod patterns;
mod place;
mod read;
mod role;
mod rules;
mod run;
pub mod told;
mod walk;
mod worker;

pub use check::{Check, Conclusion, Contents, File, Inspect, Reads, Start, Started, Stream, Tree, Want};
pub use conclude::conclude_alone;
pub use entry::{Entry, EntryKind};
pub use findings::Findings;
pub use language::{Language, is_comment};
pub use patterns::{Candidate, Judge, Judgement, Pattern, PatternSource, Patterns, entropy};
pub use role::role as role_of;
pub use rules::RuleFile;
pub use run::{Error, Outcome, Progress, Settings, run};
