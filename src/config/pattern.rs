//! Lists of globs, in which the word `defaults` stands for the built-in ones.

use super::decode::{Section, Sink};
use crate::formats::glob;

/// Stands for the built-in globs of a list.
const DEFAULTS: &str = "defaults";

/// Where the files lie that a list may name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    /// In the tree.
    Inside,
    /// Outside of it.
    Outside,
    /// Either.
    Anywhere,
}

/// Reads a list; none where there is none, so that the built-in one holds. A list that is there replaces it.
pub(super) fn read(
    section: Section<'_>,
    key: &str,
    defaults: &[&str],
    allowed: Where,
    sink: &mut Sink,
) -> Option<Vec<String>> {
    let node = section.get(key)?;
    let mut patterns: Vec<String> = Vec::new();
    for (text, span) in section.texts(key, sink) {
        if text == DEFAULTS && !defaults.is_empty() {
            patterns.extend(defaults.iter().map(|pattern| (*pattern).to_owned()));
        } else if let Some((message, hint)) = refused(&text, allowed) {
            sink.add(span, message, hint);
        } else if !patterns.contains(&text) {
            patterns.push(text);
        }
    }
    // What each of them is alone was said above; all of them together may still be too much.
    if glob::set(patterns.iter().map(String::as_str)).is_err() {
        sink.add(node.span, format!("the globs of `{key}` are too much together"), None);
    }
    Some(patterns)
}

/// What is wrong with a glob, and what to write instead.
fn refused(text: &str, allowed: Where) -> Option<(String, Option<String>)> {
    if let Err(error) = glob::parse(text) {
        return Some((format!("not a glob: {}", error.reason), None));
    }
    if text == "~" || text.starts_with("~/") {
        return Some(("nothing makes a folder of `~`".to_owned(), Some("write the path whole".to_owned())));
    }
    if let Some(stem) = text.strip_suffix('/') {
        let hint = format!("`{stem}/**` covers the folder");
        return Some(("a glob with a `/` at its end matches nothing".to_owned(), Some(hint)));
    }
    let outside = text.starts_with('/');
    let parts = text.strip_prefix('/').unwrap_or(text).split('/');
    if parts.clone().any(|part| matches!(part, "" | "." | "..")) {
        return Some((
            "a glob has no parts that are empty, `.` or `..`: it would match nothing".to_owned(),
            None,
        ));
    }
    let wild = |part: &str| part.contains(['*', '?', '[', '{']);
    match allowed {
        Where::Inside if outside => Some(("a glob here is relative to the tree".to_owned(), None)),
        Where::Outside if !outside => {
            let hint = "what lies in the tree stands under `config` or `security`".to_owned();
            Some(("a path outside the tree begins with `/`".to_owned(), Some(hint)))
        }
        _ if outside && parts.clone().next().is_some_and(wild) => {
            let hint = "begin with a folder, such as `/etc/app/**`".to_owned();
            Some(("this would search the whole file system".to_owned(), Some(hint)))
        }
        _ => None,
    }
}
