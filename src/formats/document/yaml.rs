//! YAML 1.2 (core schema) on the events of `granit-parser`.
//!
//! The events go into a flat list first, so that an alias is an index into it; the tree is built from the list, and
//! there aliases and merge keys are expanded under a budget. Every alias refers to something in front of it that does
//! not contain it, so the expansion ends; the budget is what keeps it small.

use std::collections::{HashMap, HashSet};

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Tag};

use super::Limits;
use super::error::{ParseError, ParseErrorKind, Problem, ProblemKind, note};
use super::tree::{Entry, Node, Span, Style, Value};

/// Reads all documents of a stream.
pub(super) fn parse(
    text: &str,
    base: usize,
    limits: &Limits,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Node>, ParseError> {
    let stream = flatten(text, base, limits)?;
    let mut builder = Builder {
        stream: &stream,
        limits,
        problems,
        alias_bytes: 0,
        alias_depth: 0,
        alias_site: Span::default(),
    };
    stream.roots.iter().map(|root| Ok(builder.node(*root, 0)?.0)).collect()
}

/// All nodes of a stream in the order of the file; what is within a collection follows it.
#[derive(Default)]
struct Stream {
    items: Vec<Item>,
    roots: Vec<usize>,
    anchors: HashMap<usize, usize>,
    /// Where the last node seen so far ends, in bytes.
    reach: usize,
}

struct Item {
    span: Span,
    tag: Option<ItemTag>,
    kind: Kind,
}

/// A tag as written and, if it is one of the core schema, its name there.
struct ItemTag {
    written: Box<str>,
    core: Option<Box<str>>,
}

enum Kind {
    Scalar(String, Style),
    /// A list whose items end in front of this index.
    List(usize),
    /// A map whose keys and values, in turn, end in front of this index.
    Map(usize),
    Alias(usize),
}

fn flatten(text: &str, base: usize, limits: &Limits) -> Result<Stream, ParseError> {
    let mut options = granit_parser::options! {
        flow_nesting_limit: limits.max_depth,
        block_nesting_limit: limits.max_depth,
    };
    options.set_emit_comments(false);
    let mut stream = Stream::default();
    let mut open: Vec<usize> = Vec::new();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| scan_error(&error, limits))?;
        let span = convert(&span, base, text.len());
        let (anchor, tag, kind) = match event {
            Event::Scalar(value, style, anchor, tag) => {
                // The parser writes a value that is not there as `~`.
                let absent = span.start == span.end && style == ScalarStyle::Plain;
                let value = if absent { String::new() } else { value.into_owned() };
                (anchor, tag, Kind::Scalar(value, convert_style(style)))
            }
            Event::SequenceStart(_, anchor, tag) => (anchor, tag, Kind::List(usize::MAX)),
            Event::MappingStart(_, anchor, tag) => (anchor, tag, Kind::Map(usize::MAX)),
            Event::Alias(id) => (0, None, Kind::Alias(id)),
            Event::SequenceEnd | Event::MappingEnd => {
                close(&mut stream, &mut open, span);
                continue;
            }
            _ => continue,
        };
        let index = stream.items.len();
        if index >= limits.max_nodes {
            return Err(ParseError::too_many(span, limits.max_nodes));
        }
        if open.is_empty() {
            stream.roots.push(index);
        }
        if anchor != 0 {
            stream.anchors.insert(anchor, index);
        }
        if matches!(kind, Kind::List(_) | Kind::Map(_)) {
            open.push(index);
            if open.len() > limits.max_depth {
                return Err(ParseError::too_deep(span, limits.max_depth));
            }
        }
        stream.reach = stream.reach.max(span.end);
        stream.items.push(Item { span, tag: tag.map(|tag| convert_tag(&tag)), kind });
    }
    Ok(stream)
}

/// Ends the innermost open collection; it reaches to its closing bracket or, in block style, to the end of what it
/// holds.
fn close(stream: &mut Stream, open: &mut Vec<usize>, end: Span) {
    let Some(index) = open.pop() else { return };
    // In block style the end has no characters of its own, and may stand behind blank lines and comments.
    if end.end > end.start {
        stream.reach = stream.reach.max(end.end);
    }
    let next = stream.items.len();
    let reach = stream.reach;
    let Some(item) = stream.items.get_mut(index) else { return };
    match &mut item.kind {
        Kind::List(until) | Kind::Map(until) => *until = next,
        _ => {}
    }
    item.span.end = item.span.end.max(reach);
}

fn convert(span: &granit_parser::Span, base: usize, length: usize) -> Span {
    let start = span.start.byte_offset().unwrap_or(0).min(length);
    let end = span.end.byte_offset().unwrap_or(start).clamp(start, length);
    Span {
        line: u32::try_from(span.start.line()).unwrap_or(u32::MAX).max(1),
        column: u32::try_from(span.start.col()).unwrap_or(u32::MAX).saturating_add(1),
        start: start + base,
        end: end + base,
    }
}

fn convert_style(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}

fn convert_tag(tag: &Tag) -> ItemTag {
    ItemTag { written: tag.original().into(), core: tag.core_suffix().map(Into::into) }
}

fn scan_error(error: &ScanError, limits: &Limits) -> ParseError {
    use granit_parser::ErrorKind;
    let marker = error.marker();
    let line = u32::try_from(marker.line()).unwrap_or(u32::MAX).max(1);
    let column = u32::try_from(marker.col()).unwrap_or(u32::MAX).saturating_add(1);
    let span = Span { line, column, ..Span::default() };
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => ParseError::too_deep(span, limits.max_depth),
        kind => ParseError::at(span, ParseErrorKind::Syntax, kind.to_string()),
    }
}

struct Builder<'s, 'p> {
    stream: &'s Stream,
    limits: &'p Limits,
    problems: &'p mut Vec<Problem>,
    alias_bytes: usize,
    alias_depth: usize,
    /// The outermost alias that is being expanded.
    alias_site: Span,
}

impl Builder<'_, '_> {
    /// The node of the item at `index`, and the index behind it.
    fn node(&mut self, index: usize, depth: usize) -> Result<(Node, usize), ParseError> {
        let stream = self.stream;
        let Some(item) = stream.items.get(index) else {
            // Parser events are balanced; a missing value can only be one at the end.
            return Ok((Node::plain(Span::default(), Value::Null), index + 1));
        };
        if depth > self.limits.max_depth {
            return Err(ParseError::too_deep(item.span, self.limits.max_depth));
        }
        let tag = item.tag.as_ref().map(|tag| tag.written.clone());
        let (style, value, next) = match &item.kind {
            Kind::Alias(id) => return Ok((self.alias(*id, index, depth)?, index + 1)),
            Kind::Scalar(text, style) => {
                self.charge(text.len())?;
                (*style, resolve(text, *style, item.tag.as_ref()), index + 1)
            }
            Kind::List(end) => {
                self.charge(0)?;
                (Style::Collection, Value::List(self.list(index + 1, *end, depth + 1)?), *end)
            }
            Kind::Map(end) => {
                self.charge(0)?;
                (Style::Collection, Value::Map(self.map(index + 1, *end, depth + 1)?), *end)
            }
        };
        Ok((Node { span: item.span, style, tag, value }, next))
    }

    /// Counts what is built within an alias.
    fn charge(&mut self, text: usize) -> Result<(), ParseError> {
        if self.alias_depth > 0 {
            self.alias_bytes = self.alias_bytes.saturating_add(size_of::<Entry>() + text);
            if self.alias_bytes > self.limits.max_alias_bytes {
                let message = format!("aliases expand to more than {} bytes", self.limits.max_alias_bytes);
                return Err(ParseError::at(self.alias_site, ParseErrorKind::Aliases, message));
            }
        }
        Ok(())
    }

    fn alias(&mut self, id: usize, index: usize, depth: usize) -> Result<Node, ParseError> {
        let (target, span) = self.target(id, index)?;
        if self.alias_depth == 0 {
            self.alias_site = span;
        }
        self.alias_depth += 1;
        let (node, _) = self.node(target, depth)?;
        self.alias_depth -= 1;
        Ok(node)
    }

    /// The index of what the alias at `index` refers to, and the place of the alias.
    fn target(&self, id: usize, index: usize) -> Result<(usize, Span), ParseError> {
        let span = self.stream.items.get(index).map(|item| item.span).unwrap_or_default();
        let fault = |message: &str| ParseError::at(span, ParseErrorKind::Aliases, message);
        let target = *self.stream.anchors.get(&id).ok_or_else(|| fault("an alias without its anchor"))?;
        match self.stream.items.get(target).map(|item| &item.kind) {
            Some(Kind::List(end) | Kind::Map(end)) if *end > index => {
                Err(fault("an alias of what contains it"))
            }
            _ => Ok((target, span)),
        }
    }

    fn list(&mut self, start: usize, end: usize, depth: usize) -> Result<Vec<Node>, ParseError> {
        let mut items = Vec::new();
        let mut at = start;
        while at < end {
            let (node, next) = self.node(at, depth)?;
            items.push(node);
            at = next;
        }
        Ok(items)
    }

    fn map(&mut self, start: usize, end: usize, depth: usize) -> Result<Vec<Entry>, ParseError> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut merges: Vec<Node> = Vec::new();
        let mut first_seen: HashMap<String, Span> = HashMap::new();
        let mut at = start;
        while at < end {
            let (key, is_merge) = self.key(at)?;
            let key_span = self.stream.items.get(at).map(|item| item.span).unwrap_or_default();
            self.charge(key.len())?;
            let (value, next) = self.node(at + 1, depth)?;
            at = next;
            if is_merge && is_mergeable(&value) {
                merges.push(value);
                continue;
            }
            if self.alias_depth == 0 {
                if is_merge {
                    note(self.problems, key_span, ProblemKind::MergeWithoutMap);
                } else if let Some(first) = first_seen.get(&key) {
                    let kind = ProblemKind::DuplicateKey { key: key.clone(), first: *first };
                    note(self.problems, key_span, kind);
                }
            }
            first_seen.entry(key.clone()).or_insert(key_span);
            entries.push(Entry { key, key_span, value, merged: false });
        }
        if !merges.is_empty() {
            let mut present: HashSet<String> = first_seen.into_keys().collect();
            for merge in merges {
                self.merge(merge, &mut present, &mut entries);
            }
        }
        Ok(entries)
    }

    /// Adds the entries of a merged map, or of a list of them, that are not there yet: own keys win over merged ones,
    /// earlier maps over later ones (<https://yaml.org/type/merge.html>).
    fn merge(&self, merge: Node, present: &mut HashSet<String>, entries: &mut Vec<Entry>) {
        match merge.value {
            Value::List(maps) => maps.into_iter().for_each(|map| self.merge(map, present, entries)),
            Value::Map(merged) => {
                // From the back, because of repeated keys the last one counts.
                let mut new: Vec<Entry> =
                    merged.into_iter().rev().filter(|entry| present.insert(entry.key.clone())).collect();
                new.iter_mut().for_each(|entry| entry.merged = true);
                entries.extend(new.into_iter().rev());
            }
            _ => {}
        }
    }

    /// The text of the key at `index`, and whether it is a merge key.
    fn key(&self, index: usize) -> Result<(String, bool), ParseError> {
        let Some(item) = self.stream.items.get(index) else { return Ok((String::new(), false)) };
        let target = match &item.kind {
            Kind::Alias(id) => self.stream.items.get(self.target(*id, index)?.0),
            _ => Some(item),
        };
        match target.map(|item| (&item.kind, &item.tag)) {
            Some((Kind::Scalar(text, style), tag)) => {
                let is_merge = text == "<<" && *style == Style::Plain && tag.is_none();
                Ok((text.clone(), is_merge))
            }
            Some((Kind::List(_), _)) => Err(wrong_key(item.span, "a list")),
            Some((Kind::Map(_), _)) => Err(wrong_key(item.span, "a mapping")),
            _ => Err(wrong_key(item.span, "an alias")),
        }
    }
}

fn wrong_key(span: Span, found: &str) -> ParseError {
    ParseError::at(span, ParseErrorKind::Syntax, format!("expected a scalar as key, found {found}"))
}

fn is_mergeable(node: &Node) -> bool {
    match &node.value {
        Value::Map(_) => true,
        Value::List(items) => items.iter().all(|item| matches!(item.value, Value::Map(_))),
        _ => false,
    }
}

/// The value of a scalar by its tag or, in plain style, by the core schema (YAML 1.2.2, 10.3.2).
fn resolve(text: &str, style: Style, tag: Option<&ItemTag>) -> Value {
    let string = || Value::String(text.to_owned());
    match tag {
        None if style == Style::Plain => core_value(text),
        None => string(),
        Some(ItemTag { core: Some(core), .. }) if &**core != "str" => match (&**core, core_value(text)) {
            ("null", value @ Value::Null)
            | ("bool", value @ Value::Bool(_))
            | ("int" | "float", value @ Value::Number(_)) => value,
            _ => string(),
        },
        Some(_) => string(),
    }
}

fn core_value(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if is_core_number(text) => Value::Number(text.to_owned()),
        _ => Value::String(text.to_owned()),
    }
}

fn is_core_number(text: &str) -> bool {
    if let Some(digits) = text.strip_prefix("0o") {
        return !digits.is_empty() && digits.bytes().all(|digit| matches!(digit, b'0'..=b'7'));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    }
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(text, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (text, None),
    };
    let all_digits = |part: &str| part.bytes().all(|digit| digit.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    all_digits(whole)
        && all_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|digits| !digits.is_empty() && all_digits(digits))
}
