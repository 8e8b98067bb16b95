//! Findings in the making. All are handed over at the end and in order, so that a report does not depend on which thread
//! was faster; of each rule the first thousand by path are kept, whatever the size of the tree.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::Findings;
use crate::report::LeftOutKind;

/// Most findings of one rule that are listed.
const MOST: usize = 1000;

/// The first of many places, and how many there are.
#[derive(Debug, Default)]
pub(super) struct Sample {
    /// How many.
    pub(super) count: u64,
    /// Path, line (0: the file as a whole) and message of the first ones.
    first: BTreeSet<(String, u32, String)>,
}

impl Sample {
    /// Adds one.
    pub(super) fn add(&mut self, path: String, line: u32, message: String) {
        self.count += 1;
        self.first.insert((path, line, message));
        if self.first.len() > MOST {
            self.first.pop_last();
        }
    }
}

/// What was found, by rule.
#[derive(Debug, Default)]
pub(super) struct Problems(BTreeMap<&'static str, Sample>);

impl Problems {
    /// Adds a finding. An empty path is the subject as a whole; line 0 is a file as a whole.
    pub(super) fn add(&mut self, rule: &'static str, path: &str, line: u32, message: String) {
        self.0.entry(rule).or_default().add(path.to_owned(), line, message);
    }

    /// Adds all of a sample.
    pub(super) fn absorb(&mut self, rule: &'static str, sample: Sample) {
        let total = self.0.entry(rule).or_default();
        let listed = sample.first.len() as u64;
        sample.first.into_iter().for_each(|(path, line, message)| total.add(path, line, message));
        total.count += sample.count.saturating_sub(listed);
    }

    /// Whether there is any.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Hands them over.
    pub(super) fn report(self, findings: &mut Findings<'_>) {
        for (rule, sample) in self.0 {
            let listed = sample.first.len() as u64;
            if sample.count > listed {
                let reason = format!("{} findings of {rule}, of which {listed} are listed", sample.count);
                findings.left_out(LeftOutKind::Capped, &reason, ".");
            }
            for (path, line, message) in sample.first {
                match (path.as_str(), line) {
                    ("", _) => findings.on_subject(rule, message),
                    (path, 0) => findings.on_path(rule, path, message),
                    (path, line) => findings.on_line(rule, path, line, None, message),
                }
            }
        }
    }
}
