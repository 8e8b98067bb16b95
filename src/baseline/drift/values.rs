//! A configuration file as values by key.

use std::collections::{BTreeMap, BTreeSet};

use super::digests::Digests;
use super::looks::by_default;
use super::secrecy::{self, Told};
use super::{FileState, Value, Weigh, Weights};
use crate::formats::document::{self, Leaf, Limits, Syntax};
use crate::formats::duration;
use crate::host::terminal::clean;
use crate::report::mask_secrets;

/// Bounds on a file; one that is beyond them is compared as a whole.
const LIMITS: Limits =
    Limits { max_bytes: 2 << 20, max_depth: 64, max_nodes: 50_000, max_alias_bytes: 1 << 20 };
/// Longest value that is kept as it is, in bytes; of a longer one its digest is.
const LONGEST: usize = 300;
/// Longest words of a rule that are kept.
const WORDS: usize = 300;

/// What is kept of a file, which may have at most `most` keys; beyond that, and where it cannot be read, only its digest.
pub(super) fn state(
    path: &str,
    bytes: &[u8],
    digests: &Digests,
    weigh: Weigh<'_>,
    most: usize,
) -> (FileState, bool) {
    let mut state = FileState { digest: digests.of(&[path], bytes), ..FileState::default() };
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some(documents) =
        Syntax::of_file_name(name).and_then(|syntax| document::parse(bytes, syntax, &LIMITS).ok())
    else {
        return (state, true);
    };
    let (leaves, all) = documents.leaves(most);
    if !all {
        return (state, false);
    }
    let weights = weigh(path, &documents);
    // In line-based syntaxes everything is text.
    let typed = matches!(documents.syntax, Syntax::Yaml | Syntax::Json | Syntax::Toml);
    let hidden = hidden(&leaves, &weights.secret);
    let secrets: BTreeMap<String, String> = leaves
        .iter()
        .filter(|leaf| hidden.contains(&leaf.path))
        .filter_map(|leaf| Some((leaf.path.clone(), leaf.node.text()?.to_owned())))
        .collect();
    state.parsed = true;
    state.values = leaves
        .into_iter()
        .map(|leaf| {
            let text = kept(path, &leaf, typed, hidden.contains(&leaf.path), digests);
            let security = weights.security.contains(&leaf.path);
            (leaf.path, Value { text, security, ..Value::default() })
        })
        .collect();
    judge(&mut state, weights, &secrets);
    (state, true)
}

/// The text that is kept of a value.
fn kept(path: &str, leaf: &Leaf<'_>, typed: bool, secret: bool, digests: &Digests) -> String {
    let raw = match (&leaf.node.value, leaf.node.text()) {
        (document::Value::Null, _) if typed => "null".to_owned(),
        (document::Value::List(_), _) => "[]".to_owned(),
        (document::Value::Map(_), _) => "{}".to_owned(),
        // `"1"` is another value than `1`.
        (document::Value::String(text), _) if typed && looks_like_another(text) => format!("\"{text}\""),
        (_, text) => text.unwrap_or_default().to_owned(),
    };
    let nothing = raw.is_empty() || matches!(raw.as_str(), "null" | "\"\"" | "[]" | "{}");
    // That a secret is there at all is none; and nothing else may look like a digest.
    if (secret && !nothing) || raw.len() > LONGEST || raw.starts_with(super::digests::MARK) {
        return digests.value(&[path, &leaf.path], &raw);
    }
    clean(&raw).replace('\n', "\\n")
}

/// Whether a text without its quotes would be a number, a truth or nothing.
fn looks_like_another(text: &str) -> bool {
    text.is_empty()
        || matches!(text, "true" | "false" | "null" | "~" | "[]" | "{}")
        || text.parse::<f64>().is_ok()
}

/// The paths of values that are secrets, or may be.
fn hidden(leaves: &[Leaf<'_>], known: &BTreeSet<String>) -> BTreeSet<String> {
    let told: Vec<Told<'_>> = leaves
        .iter()
        .map(|leaf| {
            let text = by_default(leaf.node.text().unwrap_or_default());
            // In line-based syntaxes numbers are text.
            let plain = text.parse::<f64>().is_ok()
                || matches!(text, "true" | "false")
                || duration::nanoseconds(text, "").is_some();
            Told { path: &leaf.path, text, worded: !plain }
        })
        .collect();
    secrecy::hidden(&told, known)
}

/// Puts what rules say to the values that they say it of, without values that are hidden: what is no secret to a rule may be one
/// here.
fn judge(state: &mut FileState, weights: Weights, secrets: &BTreeMap<String, String>) {
    let mut by_key: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for (key, rule, severity, words) in weights.concerns {
        let secret = secrets.get(&key).filter(|secret| !secret.is_empty() && words.contains(secret.as_str()));
        let words = secret.map_or(words.clone(), |secret| words.replace(secret.as_str(), "[hidden]"));
        let words: String = mask_secrets(&clean(&words)).chars().take(WORDS).collect();
        by_key.entry(key).or_default().push((rule, severity, words));
    }
    for (key, mut concerns) in by_key {
        match state.values.get_mut(&key) {
            Some(value) => {
                concerns
                    .sort_by(|(one, severity, _), (other, others, _)| (others, one).cmp(&(severity, other)));
                let mut concerns = concerns.into_iter();
                value.concern = concerns.next();
                value.further = concerns.collect();
            }
            None => state.concerns.extend(concerns),
        }
    }
}
