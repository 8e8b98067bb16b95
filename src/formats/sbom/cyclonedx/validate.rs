//! A document against the schema table.

use super::Edition;
use super::schema::{BOM, FLOW, LICENSE_CHOICE, TOOL, TOOLS};
use super::shape::{Field, Kind, Shape};
use crate::formats::document::{Node, Value};
use crate::formats::sbom::faults::Faults;
use crate::formats::sbom::values::is_date_time;

/// Notes what the schema of its version refuses in a document.
pub(super) fn validate(root: &Node, edition: Edition, faults: &mut Faults) {
    Validator { edition, faults }.object(root, &BOM);
}

struct Validator<'f> {
    edition: Edition,
    faults: &'f mut Faults,
}

impl Validator<'_> {
    fn object(&mut self, node: &Node, shape: &Shape) {
        let Value::Map(entries) = &node.value else {
            self.refuse(node, &format!("{} that is {}", shape.name, node.kind()));
            return;
        };
        let minor = self.edition.minor;
        for entry in entries {
            if self.faults.is_full() {
                return;
            }
            match shape.fields.iter().find(|field| field.name == entry.key && field.since <= minor) {
                Some(field) => self.field(&entry.value, field, shape),
                // The schemas of 1.2 and 1.3 allow what they do not know; in XML it was reported when it was read.
                None if minor >= 4 && !self.edition.xml => {
                    let words =
                        format!("{} has a property that CycloneDX 1.{minor} does not have", shape.name);
                    self.faults.add(entry.key_span.line, words);
                }
                None => {}
            }
        }
        let needed =
            |field: &&Field| field.required.0 <= minor && minor <= field.required.1 && field.since <= minor;
        for field in shape.fields.iter().filter(needed) {
            if node.get(field.name).is_none() {
                self.refuse(node, &format!("{} without `{}`", shape.name, field.name));
            }
        }
        if let Some(words) = shape.rule.and_then(|rule| rule(node, minor)) {
            self.refuse(node, words);
        }
    }

    fn field(&mut self, node: &Node, field: &Field, shape: &Shape) {
        if !field.list {
            self.value(node, field, shape);
            return;
        }
        match &node.value {
            Value::List(items) => items.iter().for_each(|item| self.value(item, field, shape)),
            _ => self
                .refuse(node, &format!("`{}` of {} is {} and no list", field.name, shape.name, node.kind())),
        }
    }

    fn value(&mut self, node: &Node, field: &Field, shape: &Shape) {
        let text = node.as_str();
        let expected = match field.kind {
            Kind::Any => None,
            Kind::Text => text.is_none().then_some("a string"),
            Kind::Reference => {
                let filled = text.is_some_and(|text| !text.is_empty() || self.edition.minor < 5);
                (!filled).then_some("a string that is not empty")
            }
            Kind::Flag => node.as_bool().is_none().then_some("true or false"),
            Kind::Number => node.as_i64().is_none().then_some("a whole number"),
            Kind::Time => {
                let right = text.is_some_and(|text| is_date_time(text, !self.edition.xml));
                (!right).then_some("a date and a time with its zone")
            }
            Kind::Word(words) => {
                let minor = self.edition.minor;
                let known = |text: &str| words.iter().any(|(word, since)| *word == text && *since <= minor);
                (!text.is_some_and(known)).then_some("one of the words that the standard has for it")
            }
            Kind::Checked(accepts, what) => (!text.is_some_and(accepts)).then_some(what),
            Kind::Object(shape) => {
                self.object(node, shape);
                None
            }
            Kind::Licenses => {
                self.licenses(node);
                None
            }
            Kind::Flows => {
                node.items().iter().for_each(|flow| self.object(flow, &FLOW));
                None
            }
            Kind::Tools => {
                match &node.value {
                    Value::List(tools) => tools.iter().for_each(|tool| self.object(tool, &TOOL)),
                    _ if self.edition.minor >= 5 => self.object(node, &TOOLS),
                    _ => self.refuse(node, "tools that are no list"),
                }
                None
            }
        };
        if let Some(expected) = expected {
            self.refuse(node, &format!("`{}` of {} is not {expected}", field.name, shape.name));
        }
    }

    fn licenses(&mut self, node: &Node) {
        let Value::List(items) = &node.value else {
            self.refuse(node, "licences that are no list");
            return;
        };
        items.iter().for_each(|item| self.object(item, &LICENSE_CHOICE));
        // Until 1.6 an expression stands alone; the JSON schemas in front of 1.5 did not say so.
        let checked = self.edition.minor <= 6 && (self.edition.xml || self.edition.minor >= 5);
        if checked && items.len() > 1 && items.iter().any(|item| item.get("expression").is_some()) {
            self.refuse(node, "a licence expression beside other licences");
        }
    }

    fn refuse(&mut self, node: &Node, words: &str) {
        self.faults.add(node.span.line, words);
    }
}
