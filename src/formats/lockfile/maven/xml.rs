//! An XML document as a small tree with lines: bounded, without document types, so that nothing is ever expanded.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::formats::fault::Fault;

/// Deepest nesting of elements. Configuration of plugins goes to about 20.
const MAX_DEPTH: usize = 100;

/// Most elements.
const MAX_ELEMENTS: usize = 1_000_000;

/// An element.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// Its name without a namespace prefix.
    pub(super) name: String,
    /// Its own text, untrimmed.
    text: String,
    /// The line it starts on, from 1.
    pub(super) line: u32,
    /// The elements in it.
    pub(super) children: Vec<Self>,
}

impl Element {
    /// The first element in it that is called so.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The elements at the end of a path, all of those that are called so.
    pub(super) fn all<'e>(&'e self, path: &[&str]) -> Vec<&'e Self> {
        path.iter().fold(vec![self], |found, name| {
            found.iter().flat_map(|one| &one.children).filter(|child| child.name == *name).collect()
        })
    }

    /// Its text, trimmed.
    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }

    /// The text of an element in it; none where it is absent or empty.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(Self::text).filter(|text| !text.is_empty())
    }
}

/// Reads a document: its root element.
pub(super) fn read(text: &str) -> Result<Element, Fault> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let (mut line, mut seen, mut elements) = (1_u32, 0, 0);
    loop {
        // An element starts where the event before it ended.
        let position = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let passed = text.as_bytes().get(seen..position).unwrap_or_default();
        line = line
            .saturating_add(u32::try_from(memchr::memchr_iter(b'\n', passed).count()).unwrap_or(u32::MAX));
        seen = position;
        match reader.read_event().map_err(|_| Fault::new(line, "not well-formed XML"))? {
            Event::DocType(_) => return Err(Fault::new(line, "a document type, which is not read")),
            Event::Start(start) => {
                elements += 1;
                if open.len() >= MAX_DEPTH {
                    return Err(Fault::new(line, format!("nested deeper than {MAX_DEPTH} elements")));
                }
                open.push(element(&start, line));
            }
            Event::Empty(start) => {
                elements += 1;
                close(element(&start, line), &mut open, &mut root, line)?;
            }
            Event::End(_) => {
                let done = open.pop().ok_or_else(|| Fault::new(line, "not well-formed XML"))?;
                close(done, &mut open, &mut root, line)?;
            }
            Event::Text(content) => add(&mut open, &content.xml10_content()),
            Event::CData(content) => add(&mut open, &content.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = match (&*reference, reference.resolve_char_ref()) {
                    ("lt", _) => '<',
                    ("gt", _) => '>',
                    ("amp", _) => '&',
                    ("apos", _) => '\'',
                    ("quot", _) => '"',
                    (_, Ok(Some(character))) => character,
                    // Names of entities that HTML knows do stand in projects, mostly in the names of people.
                    _ => char::REPLACEMENT_CHARACTER,
                };
                add(&mut open, character.encode_utf8(&mut [0; 4]));
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
        if elements > MAX_ELEMENTS {
            return Err(Fault::new(line, format!("more than {MAX_ELEMENTS} elements")));
        }
    }
    root.filter(|_| open.is_empty()).ok_or_else(|| Fault::new(line, "no element that ends"))
}

fn element(start: &BytesStart<'_>, line: u32) -> Element {
    Element { name: start.local_name().into_inner().to_owned(), line, ..Element::default() }
}

fn add(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn close(done: Element, open: &mut [Element], root: &mut Option<Element>, line: u32) -> Result<(), Fault> {
    match open.last_mut() {
        Some(parent) => parent.children.push(done),
        None if root.is_some() => return Err(Fault::new(line, "more than one element at the root")),
        None => *root = Some(done),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_texts() {
        let text = "<?xml version='1.0'?>\n<p:a xmlns:p='u'>\n  <b>1<!-- no -->.<![CDATA[2]]>&#46;3&lt;</b>\n\n<c/><b>x</b></p:a>\n";
        let root = read(text).unwrap();
        assert_eq!((root.name.as_str(), root.line), ("a", 2));
        assert_eq!(root.text_of("b"), Some("1.2.3<"));
        assert_eq!(root.all(&["b"]).iter().map(|one| one.line).collect::<Vec<_>>(), [3, 5]);
        assert_eq!(root.text_of("c"), None);
    }

    #[test]
    fn hostile_documents_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b 'x'>]><a>&b;</a>";
        assert_eq!(read(bomb).unwrap_err().message, "a document type, which is not read");
        let start = std::time::Instant::now();
        for text in [
            "<a>".repeat(1_000_000),
            "<a/>".repeat(10),
            format!("<a>{}</a>", "<b/>".repeat(1_000_001)),
            "<a>".to_owned(),
            "</a>".to_owned(),
            "<a></b>".to_owned(),
            String::new(),
            "text".to_owned(),
            "<".repeat(100_000),
        ] {
            assert!(read(&text).is_err());
        }
        assert!(start.elapsed().as_secs() < 10);
        assert_eq!(read("<a>&oslash;</a>").unwrap().text(), "\u{FFFD}");
    }
}
