//! A tree, its configuration, and what the commands of that are given.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::Error;
use super::words::Words;
use crate::catalog;
use crate::cli::TreeArgs;
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

/// Variables that no command of a configuration is given.
const SECRET: &[&str] = &["READINESS_PASSPHRASE", "READINESS_AUTH_TOKEN"];

/// The tree that is named, absolute and without links.
pub(super) fn root(args: &TreeArgs) -> Result<PathBuf, Error> {
    let named = args.tree.display();
    let root = args.tree.canonicalize().map_err(|source| Error::File { path: named.to_string(), source })?;
    if root.is_dir() {
        Ok(root)
    } else {
        Err(Error::usage(format!("{named}: this is no folder"), "name the tree with --tree"))
    }
}

/// The environment of commands that a configuration declares.
pub(super) fn environment() -> Vec<(String, OsString)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| !SECRET.contains(&name.as_str()))
        .collect()
}

/// The flags, as a report records them.
pub(super) fn words(args: &TreeArgs, words: &mut Words) {
    if args.tree != Path::new(".") {
        words.path("--tree", Some(&args.tree));
    }
    words.path("--config", args.config.as_deref());
    words.switch("--no-tree-config", args.no_tree_config);
}
