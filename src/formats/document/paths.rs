//! Every value of a file under a path as people write it: `security.jwt.expiry`, `servers[0].host`.

use std::collections::HashMap;

use super::{Documents, Node, Value};

/// Longest key and longest path, in bytes; what is longer is cut.
const KEY: usize = 100;
const PATH: usize = 400;

/// A value that holds no others: a scalar, or a list or map with nothing in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf<'n> {
    /// Keys with a dot between, places in lists in brackets. Documents after the first one begin with their place: `[1].name`.
    /// Where a path is there a second time (`a.b` as one key and as two, a key that is repeated), `#2` follows it.
    pub path: String,
    /// The value.
    pub node: &'n Node,
}

impl Documents {
    /// The leaves of all documents in the order of the file, at most `most` of them, and whether these are all. No two have the
    /// same path.
    #[must_use]
    pub fn leaves(&self, most: usize) -> (Vec<Leaf<'_>>, bool) {
        let mut gatherer = Gatherer { leaves: Vec::new(), seen: HashMap::new(), most, all: true };
        for (place, root) in self.roots.iter().enumerate() {
            let path = if place == 0 { String::new() } else { format!("[{place}]") };
            gatherer.gather(root, path);
        }
        (gatherer.leaves, gatherer.all)
    }
}

struct Gatherer<'n> {
    leaves: Vec<Leaf<'n>>,
    seen: HashMap<String, u32>,
    most: usize,
    all: bool,
}

impl<'n> Gatherer<'n> {
    fn gather(&mut self, node: &'n Node, path: String) {
        match &node.value {
            Value::Map(entries) if !entries.is_empty() => {
                for entry in entries {
                    self.gather(&entry.value, below(&path, &entry.key));
                }
            }
            Value::List(items) if !items.is_empty() => {
                for (place, item) in items.iter().enumerate() {
                    if !self.all {
                        break;
                    }
                    self.gather(item, format!("{path}[{place}]"));
                }
            }
            _ if self.leaves.len() >= self.most => self.all = false,
            _ => {
                let path = self.alone(path);
                self.leaves.push(Leaf { path, node });
            }
        }
    }

    /// A path that no leaf has yet.
    fn alone(&mut self, mut path: String) -> String {
        path.truncate(path.floor_char_boundary(PATH));
        let mut known = self.seen.get(&path).copied().unwrap_or(0);
        let mut own = path.clone();
        while known > 0 && self.seen.contains_key(&own) {
            known = known.saturating_add(1);
            own = format!("{path}#{known}");
        }
        self.seen.insert(path, known.max(1));
        self.seen.insert(own.clone(), 1);
        own
    }
}

fn below(path: &str, key: &str) -> String {
    let key = key.get(..key.floor_char_boundary(KEY)).unwrap_or_default();
    let mut below = String::with_capacity(path.len() + key.len() + 1);
    below.push_str(path.get(..path.floor_char_boundary(PATH)).unwrap_or_default());
    if !below.is_empty() {
        below.push('.');
    }
    below.extend(key.chars().map(|next| if next.is_control() { ' ' } else { next }));
    below
}

#[cfg(test)]
mod tests {
    use super::super::{Limits, Syntax, parse};

    fn paths(text: &str, syntax: Syntax) -> Vec<String> {
        let documents = parse(text.as_bytes(), syntax, &Limits::default()).unwrap();
        let (leaves, all) = documents.leaves(100);
        assert!(all);
        leaves.into_iter().map(|leaf| leaf.path).collect()
    }

    #[test]
    fn every_value_has_a_path_of_its_own() {
        let yaml = "a: {b: 1, c: [x, {d: 2}], e: [], f: {}}\na.b: 3\n---\na: 1\n---\n- 7\n";
        assert_eq!(
            paths(yaml, Syntax::Yaml),
            ["a.b", "a.c[0]", "a.c[1].d", "a.e", "a.f", "a.b#2", "[1].a", "[2][0]"]
        );
        assert_eq!(paths("A=1\nA=2\nA=3\nA#2=4\n", Syntax::Env)[..3], ["A", "A#2", "A#3"]);
        assert_eq!(paths("[s]\nk = 1\n", Syntax::Ini), ["s.k"]);
        assert_eq!(paths("7", Syntax::Json), [""]);
    }

    #[test]
    fn many_and_long_ones_are_bounded() {
        let list = parse(b"[1,2,3]", Syntax::Json, &Limits::default()).unwrap();
        let (leaves, all) = list.leaves(2);
        assert_eq!((leaves.len(), all), (2, false));
        assert!(list.leaves(3).1);
        let long = format!("{{\"{0}\":1,\"{0}\":2}}", "ä".repeat(500));
        let documents = parse(long.as_bytes(), Syntax::Json, &Limits::default()).unwrap();
        let (leaves, _) = documents.leaves(9);
        assert!(leaves[0].path.len() <= 100 && leaves[1].path.ends_with("#2"), "{leaves:?}");
    }
}
