//! Names of environment variables.

use std::collections::BTreeSet;

use super::decode::{Section, Sink};

/// Names of variables, as POSIX (8.1) has them.
pub(super) fn names(section: Section<'_>, key: &str, sink: &mut Sink) -> Vec<String> {
    let mut names = Vec::new();
    let mut known = BTreeSet::new();
    for (name, span) in section.texts(key, sink) {
        let mut letters = name.bytes();
        let begins = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_');
        if !begins || !letters.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            // A value must not be repeated: it may be a secret.
            let hint = name.contains('=').then(|| "names alone stand here, without values".to_owned());
            sink.add(span, "no name of an environment variable", hint);
        } else if !known.insert(name.clone()) {
            sink.add(span, "the variable stands here twice", None);
        } else {
            names.push(name);
        }
    }
    names
}
