//! Which value of one snapshot is which of the other. Items of lists are known by what they say, not by their number: one that is
//! put in front does not change those behind it.
//!
//! Items that are maps are known by the first of a few keys (`name`, `id`, …) under which all items of both lists have values, and
//! none twice. Items that are plain values, or maps without such a key, are known by what they are as a whole, and what is left
//! over by its order. Everything is done in time proportional to the number of values (times its logarithm).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Value;
use super::digests::is_digest;

/// Keys that items of lists are known by, the first that serves.
const IDENTITY: &[&str] = &[
    "name",
    "id",
    "key",
    "job_name",
    "alert",
    "record",
    "uid",
    "path",
    "host",
    "url",
    "containerPort",
    "port",
];
/// Longest identity that is shown and compared, in bytes.
const LONGEST: usize = 80;

/// Most parts of a path that are told from each other. Files that are read have fewer; a stored capture may say anything.
const DEPTH: usize = 256;
/// How many characters of the order of a list are shown.
const ORDER: usize = 120;

/// A value that may be in both snapshots.
#[derive(Debug)]
pub(super) struct Pair<'v> {
    /// Its path, items of lists by their identity: `containers[name=web].image`.
    pub(super) key: String,
    pub(super) then: Option<&'v Value>,
    pub(super) now: Option<&'v Value>,
    /// Whether it stood at another path, so that digests, which are bound to their places, cannot be compared.
    pub(super) displaced: bool,
}

/// A list in which the same items stand in another order.
#[derive(Debug)]
pub(super) struct Moved {
    /// Its path.
    pub(super) key: String,
    /// The items in their order then and now, in words.
    pub(super) then: String,
    pub(super) now: String,
    /// Whether an item speaks of security.
    pub(super) security: bool,
}

/// Puts the values of two files side by side.
pub(super) fn align<'v>(
    then: &'v BTreeMap<String, Value>,
    now: &'v BTreeMap<String, Value>,
) -> (Vec<Pair<'v>>, Vec<Moved>) {
    let mut aligned = Aligned::default();
    aligned.nodes(Some(&tree(then)), Some(&tree(now)), "");
    aligned.pairs.sort_by(|one, other| one.key.cmp(&other.key));
    (aligned.pairs, aligned.moved)
}

/// What is at a path and below it.
#[derive(Default)]
struct Node<'v> {
    value: Option<(&'v str, &'v Value)>,
    keys: BTreeMap<&'v str, Self>,
    items: BTreeMap<usize, Self>,
}

fn tree(values: &BTreeMap<String, Value>) -> Node<'_> {
    let mut root = Node::default();
    for (path, value) in values {
        let mut node = &mut root;
        for part in parts(path) {
            node = match part {
                Part::Key(key) => node.keys.entry(key).or_default(),
                Part::Item(place) => node.items.entry(place).or_default(),
            };
        }
        node.value = Some((path, value));
    }
    root
}

enum Part<'p> {
    Key(&'p str),
    Item(usize),
}

/// The parts of a path; put together they give it again, so that two paths never have the same.
fn parts(path: &str) -> Vec<Part<'_>> {
    // No other key has a dot, nor ends in a place.
    let whole = || vec![Part::Key(path)];
    let mut parts = Vec::new();
    for (at, key) in path.split('.').enumerate() {
        let (mut name, mut places) = (key, Vec::new());
        while let Some((before, place)) = name.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) {
            let Some(place) = number(place) else { break };
            places.push(place);
            name = before;
        }
        // Behind a dot a place alone is a key that looks like one: `a.[0]` is not `a[0]`.
        if name.is_empty() && at > 0 {
            (name, places) = (key, Vec::new());
        }
        if !name.is_empty() || places.is_empty() {
            parts.push(Part::Key(name));
        }
        parts.extend(places.into_iter().rev().map(Part::Item));
        if parts.len() > DEPTH {
            return whole();
        }
    }
    parts
}

/// A place in a list, written as this program writes it.
fn number(text: &str) -> Option<usize> {
    text.parse().ok().filter(|number: &usize| number.to_string() == text)
}

#[derive(Default)]
struct Aligned<'v> {
    pairs: Vec<Pair<'v>>,
    moved: Vec<Moved>,
}

impl<'v> Aligned<'v> {
    fn nodes(&mut self, then: Option<&Node<'v>>, now: Option<&Node<'v>>, path: &str) {
        let value = |node: Option<&Node<'v>>| node.and_then(|node| node.value);
        let (old, new) = (value(then), value(now));
        if old.is_some() || new.is_some() {
            let displaced = matches!((old, new), (Some((old, _)), Some((new, _))) if old != new);
            let (then, now) = (old.map(|(_, value)| value), new.map(|(_, value)| value));
            self.pairs.push(Pair { key: path.to_owned(), then, now, displaced });
        }
        let names: BTreeSet<&str> =
            [then, now].into_iter().flatten().flat_map(|node| node.keys.keys().copied()).collect();
        for name in names {
            let below = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            let (old, new) =
                (then.and_then(|node| node.keys.get(name)), now.and_then(|node| node.keys.get(name)));
            self.nodes(old, new, &below);
        }
        let nothing = BTreeMap::new();
        let old = then.map_or(&nothing, |node| &node.items);
        let new = now.map_or(&nothing, |node| &node.items);
        self.items(old, new, path);
    }

    fn items(&mut self, then: &BTreeMap<usize, Node<'v>>, now: &BTreeMap<usize, Node<'v>>, path: &str) {
        if then.is_empty() && now.is_empty() {
            return;
        }
        let (old, new) = (List::of(then), List::of(now));
        let by_key = IDENTITY.iter().find_map(|key| Some((*key, old.identities(key)?, new.identities(key)?)));
        let (key, matched) = match by_key {
            Some((key, olds, news)) => {
                (Some((key, olds.clone(), news.clone())), matched(&olds, &news, false))
            }
            None => (None, matched(&old.contents(), &new.contents(), true)),
        };
        let label = |(one, other): (Option<usize>, Option<usize>)| match &key {
            Some((key, olds, news)) => {
                let name = other.and_then(|at| news.get(at)).or_else(|| one.and_then(|at| olds.get(at)));
                format!("{path}[{key}={}]", name.map_or("", String::as_str))
            }
            None => {
                let place = other.and_then(|at| new.0.get(at)).or_else(|| one.and_then(|at| old.0.get(at)));
                format!("{path}[{}]", place.map_or(0, |(place, _)| *place))
            }
        };
        for pair in &matched {
            let one = pair.0.and_then(|at| old.0.get(at)).map(|(_, node)| *node);
            let other = pair.1.and_then(|at| new.0.get(at)).map(|(_, node)| *node);
            self.nodes(one, other, &label(*pair));
        }
        // What is in both, as it is ordered now: does it go up in the old order?
        let both: Vec<(usize, usize)> =
            matched.iter().filter_map(|(one, other)| Some(((*one)?, (*other)?))).collect();
        if both.windows(2).any(|two| matches!(two, [(one, _), (next, _)] if one > next)) {
            let names = |list: &List<'_, 'v>, names: Option<&Vec<String>>, mut order: Vec<usize>| {
                order.sort_unstable();
                let name =
                    |at: &usize| names.and_then(|names| names.get(*at)).cloned().or_else(|| list.shown(*at));
                let all: Vec<String> = order.iter().take(ORDER).filter_map(name).collect();
                all.join(", ").chars().take(ORDER).collect::<String>()
            };
            self.moved.push(Moved {
                key: path.to_owned(),
                then: names(&old, key.as_ref().map(|key| &key.1), both.iter().map(|pair| pair.0).collect()),
                now: names(&new, key.as_ref().map(|key| &key.2), both.iter().map(|pair| pair.1).collect()),
                security: new.0.iter().any(|(_, node)| node.is_security()),
            });
        }
    }
}

/// The items of a list, with their places.
struct List<'n, 'v>(Vec<(usize, &'n Node<'v>)>);

impl<'n, 'v> List<'n, 'v> {
    fn of(items: &'n BTreeMap<usize, Node<'v>>) -> Self {
        Self(items.iter().map(|(place, node)| (*place, node)).collect())
    }

    /// What the items have under a key, if all have something and none the same.
    fn identities(&self, key: &str) -> Option<Vec<String>> {
        let own = |node: &Node<'v>| {
            let text = &node.keys.get(key)?.value?.1.text;
            let fits = !text.is_empty() && text.len() <= LONGEST && !is_digest(text);
            (fits && !matches!(text.as_str(), "null" | "\"\"" | "[]" | "{}")).then(|| text.clone())
        };
        let all: Option<Vec<String>> = self.0.iter().map(|(_, node)| own(node)).collect();
        all.filter(|all| all.iter().collect::<BTreeSet<_>>().len() == all.len())
    }

    /// All that items say.
    fn contents(&self) -> Vec<String> {
        self.0.iter().map(|(_, node)| node.content()).collect()
    }

    /// An item in few words: its value, or its place.
    fn shown(&self, at: usize) -> Option<String> {
        let (place, node) = self.0.get(at)?;
        let value = node.value.map(|(_, value)| value.text.as_str()).filter(|text| !is_digest(text));
        Some(value.map_or_else(|| format!("[{place}]"), |text| text.chars().take(LONGEST).collect()))
    }
}

impl Node<'_> {
    fn content(&self) -> String {
        let mut content = String::new();
        self.add_content(&mut content);
        content
    }

    /// Digests are bound to their places and say nothing of what is at another.
    fn add_content(&self, content: &mut String) {
        if let Some((_, value)) = self.value {
            content.push('=');
            content.push_str(if is_digest(&value.text) { "hidden" } else { &value.text });
        }
        for (key, node) in &self.keys {
            content.push_str("\n.");
            content.push_str(key);
            node.add_content(content);
        }
        for node in self.items.values() {
            content.push_str("\n[");
            node.add_content(content);
            content.push(']');
        }
    }

    fn is_security(&self) -> bool {
        self.value.is_some_and(|(_, value)| value.security)
            || self.keys.values().chain(self.items.values()).any(Node::is_security)
    }
}

/// Which items are the same, by what they are known by; in the order of the new list, what is gone at last. If `rest`, what is
/// left over on both sides is put together where the items around it are the same.
fn matched(old: &[String], new: &[String], rest: bool) -> Vec<(Option<usize>, Option<usize>)> {
    // What is there several times is matched from both ends, so that one in front does not displace all.
    let same = |(one, other): &(&String, &String)| one == other;
    let begin = old.iter().zip(new).take_while(same).count();
    let most = old.len().min(new.len()) - begin;
    let end = old.iter().rev().zip(new.iter().rev()).take(most).take_while(same).count();
    let (old_end, new_end) = (old.len() - end, new.len() - end);
    let mut known: HashMap<&str, Vec<usize>> = HashMap::new();
    for at in (begin..old_end).rev() {
        known.entry(old.get(at).map_or("", String::as_str)).or_default().push(at);
    }
    let mut taken: Vec<Option<usize>> = (0..new.len())
        .map(|at| match at {
            _ if at < begin => Some(at),
            _ if at >= new_end => Some(at - new_end + old_end),
            _ => known.get_mut(new.get(at).map_or("", String::as_str)).and_then(Vec::pop),
        })
        .collect();
    let used: BTreeSet<usize> = taken.iter().flatten().copied().collect();
    let mut left: Vec<usize> = (begin..old_end).filter(|at| !used.contains(at)).collect();
    if rest {
        let open = taken.iter().filter(|one| one.is_none()).count();
        // As many gone as new: each has changed. Otherwise those at the same distance from the beginning.
        let mut olds = left.clone().into_iter().peekable();
        for (at, one) in taken.iter_mut().enumerate().filter(|(_, one)| one.is_none()) {
            if open == left.len() {
                *one = olds.next();
            } else {
                while olds.next_if(|old| *old < at).is_some() {}
                *one = olds.next_if(|old| *old == at);
            }
        }
        let used: BTreeSet<usize> = taken.iter().flatten().copied().collect();
        left.retain(|at| !used.contains(at));
    }
    let news = taken.into_iter().enumerate().map(|(at, one)| (one, Some(at)));
    news.chain(left.into_iter().map(|at| (Some(at), None))).collect()
}
