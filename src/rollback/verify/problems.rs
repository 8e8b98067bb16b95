//! What was found, with bounds: a hundred thousand unreadable files are one trouble, not a hundred thousand.

use std::collections::BTreeMap;

use crate::rollback::point::RawPath;

/// Most problems of one rule that are told one by one.
const MOST: u64 = 50;

/// What stands for the tree itself.
pub(super) const TREE: &str = ".";

#[derive(Debug, Default)]
pub(super) struct Problems {
    list: Vec<(&'static str, String, String)>,
    counts: BTreeMap<&'static str, u64>,
}

impl Problems {
    /// Adds one at a path of the point.
    pub(super) fn add(&mut self, rule: &'static str, path: &RawPath, words: &str) {
        if path.is_empty() {
            self.add_at(rule, TREE, words);
        } else {
            self.add_at(rule, &path.text(), words);
        }
    }

    /// Adds one at what stands for a path.
    pub(super) fn add_at(&mut self, rule: &'static str, path: &str, words: &str) {
        let count = self.counts.entry(rule).or_default();
        *count += 1;
        if *count <= MOST {
            self.list.push((rule, path.to_owned(), words.to_owned()));
        }
    }

    /// All of them, and how many were left out.
    pub(super) fn finish(mut self) -> Vec<(&'static str, String, String)> {
        for (rule, count) in self.counts {
            if let Some(more) = count.checked_sub(MOST).filter(|more| *more > 0) {
                self.list.push((rule, TREE.to_owned(), format!("and {more} more")));
            }
        }
        self.list
    }
}
