//! Elements of XML brought into the shape that the same document has in JSON, led by the schema table.

use super::Edition;
use super::schema::{BOM, FLOW, LICENSE, LICENSE_CHOICE, TOOL, TOOLS};
use super::shape::{Field, Kind, Shape, Xml};
use crate::formats::document::{Entry, Node, Span, Style, Value};
use crate::formats::sbom::faults::Faults;
use crate::formats::sbom::xml::Element;

/// The document as it would be in JSON, and whether an element that may stand once stands twice in it. Notes elements and
/// attributes that the schema does not have.
pub(super) fn convert(root: &Element, edition: Edition, faults: &mut Faults) -> (Node, bool) {
    let mut converter = Converter { minor: edition.minor, faults, twice: false };
    let mut node = converter.object(root, &BOM);
    if let Value::Map(entries) = &mut node.value {
        let head = [("bomFormat", "CycloneDX".to_owned()), ("specVersion", format!("1.{}", edition.minor))];
        entries.extend(head.map(|(key, text)| entry(key, leaf(root.line, Value::String(text)))));
        if root.attribute("version").is_none() {
            entries.push(entry("version", leaf(root.line, Value::Number("1".to_owned()))));
        }
    }
    (node, converter.twice)
}

struct Converter<'f> {
    minor: u8,
    faults: &'f mut Faults,
    twice: bool,
}

impl Converter<'_> {
    fn object(&mut self, element: &Element, shape: &Shape) -> Node {
        let mut entries: Vec<Entry> = Vec::new();
        for (key, value) in &element.attributes {
            // The schemas allow any other attribute.
            if let Some(field) = self.field(shape, key, |xml| matches!(xml, Xml::Attribute)) {
                entries.push(entry(field.name, scalar(element.line, field.kind, value)));
            }
        }
        let content = shape.fields.iter().find(|field| matches!(field.xml, Xml::Content));
        let text = element.text.trim();
        match content {
            Some(field) if !text.is_empty() || element.children.is_empty() => {
                entries.push(entry(field.name, scalar(element.line, field.kind, text)));
            }
            None if !text.is_empty() => {
                self.faults.add(element.line, format!("{} holds text between its elements", shape.name));
            }
            _ => {}
        }
        for child in element.children.iter().filter(|child| !child.foreign) {
            let field = self
                .field(shape, &child.name, |xml| !matches!(xml, Xml::Attribute | Xml::Content | Xml::Absent));
            match field {
                Some(field) => self.child(child, field, shape, &mut entries),
                None => {
                    let words = format!(
                        "{} has an element that CycloneDX 1.{} does not have",
                        shape.name, self.minor
                    );
                    self.faults.add(child.line, words);
                }
            }
        }
        leaf(element.line, Value::Map(entries))
    }

    fn field(&self, shape: &Shape, name: &str, form: fn(Xml) -> bool) -> Option<&'static Field> {
        // Shapes are static, so their fields outlive any document.
        let fields: &'static [Field] = shape.fields;
        fields.iter().find(|field| field.xml_name == name && form(field.xml) && field.since <= self.minor)
    }

    fn child(&mut self, child: &Element, field: &Field, shape: &Shape, entries: &mut Vec<Entry>) {
        let before = entries.iter_mut().find(|entry| entry.key == field.name);
        if matches!(field.xml, Xml::Repeat | Xml::RepeatRef) {
            let item = match field.xml {
                Xml::RepeatRef => reference(child),
                _ => self.value(child, field.kind),
            };
            match before.map(|entry| &mut entry.value.value) {
                Some(Value::List(items)) => items.push(item),
                _ => entries.push(entry(field.name, leaf(child.line, Value::List(vec![item])))),
            }
            return;
        }
        if before.is_some() && !matches!(field.kind, Kind::Any) {
            self.twice = true;
            self.faults.add(child.line, format!("`{}` of {} stands twice", field.name, shape.name));
        }
        let value = match field.xml {
            Xml::Wrap(item) | Xml::WrapRef(item) => {
                let own = child.children.iter().filter(|one| !one.foreign);
                let (items, others): (Vec<_>, Vec<_>) = own.partition(|one| one.name == item);
                for other in others {
                    self.faults
                        .add(other.line, format!("`{}` of {} holds another element", field.name, shape.name));
                }
                let referring = matches!(field.xml, Xml::WrapRef(_));
                let convert =
                    |one: &Element| if referring { reference(one) } else { self.value(one, field.kind) };
                leaf(child.line, Value::List(items.into_iter().map(convert).collect()))
            }
            _ => self.value(child, field.kind),
        };
        entries.push(entry(field.name, value));
    }

    fn value(&mut self, element: &Element, kind: Kind) -> Node {
        match kind {
            Kind::Object(shape) => self.object(element, shape),
            Kind::Any => anything(element),
            Kind::Licenses => {
                self.items(element, &["license", "expression", "expression-detailed"], |own, item| {
                    own.license(item)
                })
            }
            Kind::Flows => self.items(element, &["classification", "dataflow"], |own, item| {
                // The newer form is an object of its own kind, of which JSON has no equal.
                if item.name == "dataflow" { leaf(item.line, Value::Null) } else { own.object(item, &FLOW) }
            }),
            Kind::Tools if element.children.iter().any(|child| child.name == "tool") => {
                self.items(element, &["tool"], |own, item| own.object(item, &TOOL))
            }
            Kind::Tools if element.children.is_empty() => leaf(element.line, Value::List(Vec::new())),
            Kind::Tools => self.object(element, &TOOLS),
            _ => {
                if element.children.iter().any(|child| !child.foreign) {
                    self.faults.add(element.line, "elements where only text is expected");
                }
                scalar(element.line, kind, element.text.trim())
            }
        }
    }

    /// A list of elements of several names.
    fn items(
        &mut self,
        element: &Element,
        names: &[&str],
        convert: impl Fn(&mut Self, &Element) -> Node,
    ) -> Node {
        let mut items = Vec::new();
        for child in element.children.iter().filter(|child| !child.foreign) {
            if names.contains(&child.name.as_str()) {
                let item = convert(self, child);
                if item.value != Value::Null {
                    items.push(item);
                }
            } else {
                self.faults.add(child.line, "an element that does not belong into its list");
            }
        }
        leaf(element.line, Value::List(items))
    }

    fn license(&mut self, item: &Element) -> Node {
        match item.name.as_str() {
            "license" => {
                let license = self.object(item, &LICENSE);
                leaf(item.line, Value::Map(vec![entry("license", license)]))
            }
            "expression" => self.object(item, &LICENSE_CHOICE),
            // The expression is an attribute here and the text elsewhere.
            _ => {
                let text = item.attribute("expression").unwrap_or_default().to_owned();
                leaf(item.line, Value::Map(vec![entry("expression", leaf(item.line, Value::String(text)))]))
            }
        }
    }
}

/// An element whose shape is not known: attributes and elements by name.
fn anything(element: &Element) -> Node {
    let attributes = element
        .attributes
        .iter()
        .map(|(key, value)| entry(key, leaf(element.line, Value::String(value.clone()))));
    let children = element.children.iter().map(|child| entry(&child.name, anything(child)));
    leaf(element.line, Value::Map(attributes.chain(children).collect()))
}

fn reference(element: &Element) -> Node {
    let text = element.attribute("ref").unwrap_or_default().to_owned();
    leaf(element.line, Value::String(text))
}

/// Text as the kind of value that JSON has for it.
fn scalar(line: u32, kind: Kind, text: &str) -> Node {
    let value = match (kind, text) {
        (Kind::Flag, "true" | "1") => Value::Bool(true),
        (Kind::Flag, "false" | "0") => Value::Bool(false),
        (Kind::Number, _) => Value::Number(text.to_owned()),
        _ => Value::String(text.to_owned()),
    };
    leaf(line, value)
}

fn leaf(line: u32, value: Value) -> Node {
    let style =
        if matches!(value, Value::List(_) | Value::Map(_)) { Style::Collection } else { Style::Plain };
    Node { span: Span { line, column: 1, start: 0, end: 0 }, style, tag: None, value }
}

fn entry(key: &str, value: Node) -> Entry {
    Entry { key: key.to_owned(), key_span: value.span, value, merged: false }
}
