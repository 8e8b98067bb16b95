//! XML as a tree of elements with lines: no document type, no entities of its own, bounded.

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use quick_xml::{XmlVersion, escape};

use crate::formats::document::Limits;
use crate::formats::fault::Fault;

/// An element.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// Its name without the prefix.
    pub(super) name: String,
    /// Whether it is an extension: of another namespace than the root, or inside of such an element.
    pub(super) foreign: bool,
    /// Attributes without a prefix, namespace declarations left out.
    pub(super) attributes: Vec<(String, String)>,
    /// The elements in it.
    pub(super) children: Vec<Self>,
    /// The text in it, of all pieces between elements.
    pub(super) text: String,
    /// The line of its tag, from 1.
    pub(super) line: u32,
}

impl Element {
    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Attributes of one element, and namespaces in force at one place.
const MAX_ATTRIBUTES: usize = 64;

/// A document.
#[derive(Debug)]
pub(super) struct Document {
    /// The namespace of the root; empty if it is in none.
    pub(super) namespace: String,
    /// The root.
    pub(super) root: Element,
    /// The line of the first element that has no namespace, or one of another edition, where that of the root is due. Such
    /// elements are taken for the root's own.
    pub(super) stray: Option<u32>,
}

/// Reads a document.
pub(super) fn parse(text: &str, limits: &Limits) -> Result<Document, Fault> {
    let mut tree = Tree {
        text,
        limits,
        open: Vec::new(),
        namespaces: Vec::new(),
        own: None,
        stray: None,
        root: None,
        nodes: 0,
        seen: 0,
        line: 1,
    };
    let mut reader = Reader::from_str(text);
    loop {
        let event = reader.read_event();
        let failed = event.is_err();
        if failed {
            tree.advance(reader.error_position());
        }
        let event = event.map_err(|_| Fault::new(tree.line, "not well-formed XML"))?;
        match event {
            Event::Start(tag) => tree.start(&tag)?,
            Event::Empty(tag) => {
                tree.start(&tag)?;
                tree.end();
            }
            Event::End(_) => tree.end(),
            Event::Text(piece) => tree.push(&piece.xml10_content()),
            Event::CData(piece) => tree.push(&piece.xml10_content()),
            Event::GeneralRef(name) => {
                let resolved = match name.resolve_char_ref() {
                    Ok(Some(letter)) => letter.to_string(),
                    Ok(None) => {
                        escape::resolve_xml_entity(&name.xml10_content()).unwrap_or_default().to_owned()
                    }
                    Err(_) => String::new(),
                };
                if resolved.is_empty() {
                    return Err(Fault::new(tree.line, "an entity that XML itself does not have"));
                }
                tree.push(&resolved);
            }
            Event::DocType(_) => {
                return Err(Fault::new(tree.line, "a document type declaration, which is not read"));
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
        tree.advance(reader.buffer_position());
    }
    match tree.root {
        Some(root) if tree.open.is_empty() => {
            Ok(Document { namespace: tree.own.unwrap_or_default(), root, stray: tree.stray })
        }
        _ => Err(Fault::new(tree.line, "XML that ends within an element")),
    }
}

struct Tree<'t> {
    text: &'t str,
    limits: &'t Limits,
    open: Vec<Element>,
    /// Depth, prefix and name of the namespaces in force.
    namespaces: Vec<(usize, String, String)>,
    /// The namespace of the root.
    own: Option<String>,
    stray: Option<u32>,
    root: Option<Element>,
    nodes: usize,
    /// Bytes whose lines are counted.
    seen: usize,
    line: u32,
}

impl Tree<'_> {
    /// Counts the lines up to a place.
    fn advance(&mut self, position: u64) {
        let position = usize::try_from(position).unwrap_or(usize::MAX);
        let passed = self.text.as_bytes().get(self.seen..position).unwrap_or_default();
        let lines = memchr::memchr_iter(b'\n', passed).count();
        self.line = self.line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        self.seen = self.seen.max(position);
    }

    fn start(&mut self, tag: &BytesStart<'_>) -> Result<(), Fault> {
        let refuse = |message: &str| Err(Fault::new(self.line, message));
        self.nodes += 1;
        if self.open.len() >= self.limits.max_depth {
            return refuse("elements nested too deep");
        }
        if self.open.is_empty() && self.root.is_some() {
            return refuse("a second root element");
        }
        let mut attributes: Vec<(String, String)> = Vec::new();
        let depth = self.open.len();
        for attribute in tag.attributes().with_checks(false) {
            let Ok(attribute) = attribute else { return refuse("not well-formed XML") };
            let Ok(value) = attribute.normalized_value(XmlVersion::Implicit1_0) else {
                return refuse("an entity that XML itself does not have");
            };
            let key: &str = attribute.key.as_ref();
            self.nodes += 1;
            if let Some(prefix) = key.strip_prefix("xmlns:").or((key == "xmlns").then_some("")) {
                self.namespaces.push((depth, prefix.to_owned(), value.into_owned()));
            } else if attributes.iter().any(|(known, _)| known == key) {
                return refuse("an attribute that its element has already");
            } else {
                attributes.push((key.to_owned(), value.into_owned()));
            }
            if attributes.len() > MAX_ATTRIBUTES || self.namespaces.len() > MAX_ATTRIBUTES {
                return refuse("too many attributes");
            }
        }
        if self.nodes > self.limits.max_nodes {
            return refuse("too many elements");
        }
        attributes.retain(|(key, _)| !key.contains(':'));
        let name = tag.name();
        let name: &str = name.as_ref();
        let (prefix, name) = name.split_once(':').unwrap_or(("", name));
        let bound = self.namespaces.iter().rev().find(|(_, known, _)| known == prefix);
        let namespace = bound.map(|(.., uri)| uri.as_str()).unwrap_or_default();
        let own = self.own.get_or_insert_with(|| namespace.to_owned());
        let in_extension = self.open.last().is_some_and(|parent| parent.foreign);
        let foreign = in_extension || (own != namespace && !is_kin(own, namespace));
        if !foreign && own != namespace {
            self.stray.get_or_insert(self.line);
        }
        self.open.push(Element {
            name: name.to_owned(),
            foreign,
            attributes,
            line: self.line,
            ..Element::default()
        });
        Ok(())
    }

    fn end(&mut self) {
        let Some(done) = self.open.pop() else { return };
        while self.namespaces.last().is_some_and(|(depth, ..)| *depth >= self.open.len()) {
            self.namespaces.pop();
        }
        match self.open.last_mut() {
            Some(parent) => parent.children.push(done),
            None => self.root = Some(done),
        }
    }

    fn push(&mut self, piece: &str) {
        if let Some(open) = self.open.last_mut() {
            open.text.push_str(piece);
        }
    }
}

/// Whether a namespace is none, or that of another edition of the same standard: the same but for its last segment.
fn is_kin(own: &str, other: &str) -> bool {
    let standard = |namespace: &'_ str| namespace.rsplit_once('/').map(|(standard, _)| standard.to_owned());
    other.is_empty() || (standard(own).is_some() && standard(own) == standard(other))
}
