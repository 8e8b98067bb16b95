//! The list of what makes a document invalid.

use crate::formats::fault::Fault;

/// Faults beyond this number are not listed; a document with as many is not worth more.
const MAX: usize = 100;

/// Faults found so far.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    /// Notes a fault, up to the bound. The words are not made when they would not be kept.
    pub(super) fn add(&mut self, line: u32, message: impl Into<String>) {
        if !self.is_full() {
            self.0.push(Fault::new(line.max(1), message));
        }
    }

    /// Whether more would be dropped.
    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= MAX
    }

    /// All of them by line.
    pub(super) fn into_sorted(mut self) -> Vec<Fault> {
        self.0.sort_by(|one, other| (one.line, &one.message).cmp(&(other.line, &other.message)));
        self.0.dedup();
        self.0
    }
}
