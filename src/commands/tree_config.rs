//! The configuration of a tree.

use std::path::Path;

use super::Error;
use crate::catalog;
use crate::config::{self, Config, Known};
use crate::host::files::path_text;

/// The configuration that was named, or the tree's own unless it is to be ignored.
pub(super) fn of(root: &Path, named: Option<&Path>, ignored: bool) -> Result<Config, Error> {
    let checks: Vec<&str> = catalog::checks().map(|check| check.id).collect();
    let known =
        Known { checks: &checks, rules: || catalog::rules().map(|(_, rule)| rule.id.as_str()).collect() };
    let none = || Config { folder: root.to_owned(), ..Config::default() };
    Ok(match named {
        Some(path) => config::load(path, &path_text(path), known)?,
        None if ignored => none(),
        None => config::find(root, known)?.unwrap_or_else(none),
    })
}
