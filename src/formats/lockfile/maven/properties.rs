//! Properties of a project: `${name}` in its texts.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// Deepest nesting of properties within properties.
const MAX_DEPTH: usize = 32;

/// Longest text that is made; no version and no name comes near it.
const MAX_LENGTH: usize = 4096;

/// Most properties that are replaced in one file, whose profiles each have values of their own.
const MAX_REPLACED: usize = 2_000_000;

/// Named values, which may refer to each other.
#[derive(Default)]
pub(super) struct Properties<'e> {
    values: HashMap<&'e str, &'e str>,
    base: Option<&'e Self>,
    /// What was resolved already. A name that is being resolved stands here without a value, so that cycles end.
    resolved: RefCell<HashMap<String, Option<String>>>,
    /// How many were replaced, counted in the base.
    replaced: Cell<usize>,
}

impl<'e> Properties<'e> {
    /// Values that hide those of `base`, if any.
    pub(super) fn new(values: HashMap<&'e str, &'e str>, base: Option<&'e Self>) -> Self {
        Self { values, base, resolved: RefCell::default(), replaced: Cell::default() }
    }

    /// A text with all its properties replaced; none when one is not known, refers to itself, or all grows too long or
    /// too many.
    pub(super) fn resolve(&self, text: &str) -> Option<String> {
        self.expand(text, 0)
    }

    fn expand(&self, text: &str, depth: usize) -> Option<String> {
        if depth > MAX_DEPTH || text.len() > MAX_LENGTH {
            return None;
        }
        let mut whole = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("${") {
            let (name, after) = behind.split_once('}')?;
            let replaced = &self.base.unwrap_or(self).replaced;
            replaced.set(replaced.get() + 1);
            if replaced.get() > MAX_REPLACED {
                return None;
            }
            whole.push_str(before);
            whole.push_str(&self.value(name.trim(), depth)?);
            if whole.len() > MAX_LENGTH {
                return None;
            }
            rest = after;
        }
        whole.push_str(rest);
        Some(whole)
    }

    fn value(&self, name: &str, depth: usize) -> Option<String> {
        if let Some(known) = self.resolved.borrow().get(name) {
            return known.clone();
        }
        let raw = self.raw(name)?;
        self.resolved.borrow_mut().insert(name.to_owned(), None);
        let value = self.expand(raw, depth + 1);
        self.resolved.borrow_mut().insert(name.to_owned(), value.clone());
        value
    }

    fn raw(&self, name: &str) -> Option<&'e str> {
        self.values.get(name).copied().or_else(|| self.base?.raw(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_refer_to_each_other() {
        let base = Properties::new(HashMap::from([("a", "1.${b}"), ("b", "2"), ("self", "${self}")]), None);
        assert_eq!(base.resolve("v${a}-${ b }"), Some("v1.2-2".to_owned()));
        for unknown in ["${c}", "${self}", "${a"] {
            assert_eq!(base.resolve(unknown), None, "{unknown}");
        }
        let profile = Properties::new(HashMap::from([("b", "3")]), Some(&base));
        assert_eq!(profile.resolve("${a}"), Some("1.3".to_owned()));
        assert_eq!(base.resolve("${a}"), Some("1.2".to_owned()));
    }

    #[test]
    fn growth_is_bounded() {
        let names: Vec<String> = (0..10_000).map(|at| format!("p{at}")).collect();
        let texts: Vec<String> = (1..=10_000).map(|at| format!("${{p{at}}}${{p{at}}}")).collect();
        let values = names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
        let properties = Properties::new(values, None);
        let start = std::time::Instant::now();
        assert!(names.iter().all(|name| properties.resolve(&format!("${{{name}}}")).is_none()));
        assert!(start.elapsed().as_secs() < 5);
    }
}
