//! Cutting the network off from what is rehearsed.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use crate::rollback::steps::{Surroundings, command};

/// Longest that trying may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Ways of it: a network of one's own with nothing in it. Some versions of `unshare` know only the second, under which
/// commands believe that they run as root.
const WAYS: [&[&str]; 2] =
    [&["unshare", "--net", "--map-current-user", "--"], &["unshare", "--net", "--map-root-user", "--"]];

/// Words before a command that cut it off from the network; none where no way works. Each is tried once.
pub(super) fn cut(environment: &[(String, OsString)], folder: &Path) -> Vec<String> {
    let at = Surroundings { folder, environment, before: &[] };
    for way in WAYS {
        let words: Vec<String> = way.iter().chain(&["true"]).map(|word| (*word).to_owned()).collect();
        if command(&words, PATIENCE, &at).good {
            return way.iter().map(|word| (*word).to_owned()).collect();
        }
    }
    Vec::new()
}
