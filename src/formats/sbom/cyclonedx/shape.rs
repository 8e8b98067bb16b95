//! The form in which the schema table is written.

use crate::formats::document::Node;

/// An object of CycloneDX.
pub(super) struct Shape {
    /// What messages call it.
    pub(super) name: &'static str,
    /// Its properties.
    pub(super) fields: &'static [Field],
    /// What it must hold beyond its properties one by one, given the document's minor version.
    pub(super) rule: Option<Rule>,
}

/// Says in words what an object breaks.
pub(super) type Rule = fn(&Node, u8) -> Option<&'static str>;

/// A property of an object.
#[derive(Clone, Copy)]
pub(super) struct Field {
    /// Its name in JSON.
    pub(super) name: &'static str,
    /// What it holds, or each of its items if it is a list.
    pub(super) kind: Kind,
    /// Whether it is a list.
    pub(super) list: bool,
    /// The minor versions in which it must be there.
    pub(super) required: (u8, u8),
    /// The first minor version that has it.
    pub(super) since: u8,
    /// Its form in XML.
    pub(super) xml: Xml,
    /// Its name in XML where that differs.
    pub(super) xml_name: &'static str,
}

/// What a property holds.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Anything: not looked into.
    Any,
    /// A string.
    Text,
    /// A string that is not empty (since 1.5).
    Reference,
    /// True or false.
    Flag,
    /// A number, whole ones from the bound on.
    Number,
    /// A date with time and zone.
    Time,
    /// One word of a list, each with the first minor version that has it.
    Word(&'static [(&'static str, u8)]),
    /// A string that a function accepts, and what it should be.
    Checked(fn(&str) -> bool, &'static str),
    /// An object.
    Object(&'static Shape),
    /// A list of licences and expressions.
    Licenses,
    /// What a service does with data: in XML two forms of elements.
    Flows,
    /// Tools: a list of tools, or an object of components and services (since 1.5).
    Tools,
}

/// How a property is written in XML.
#[derive(Clone, Copy)]
pub(super) enum Xml {
    /// An element.
    Child,
    /// An attribute.
    Attribute,
    /// The text of the element itself.
    Content,
    /// A list: an element that holds elements of this name.
    Wrap(&'static str),
    /// A list: the element itself, repeated.
    Repeat,
    /// A list: an element that holds elements of this name, whose attribute `ref` is the value.
    WrapRef(&'static str),
    /// A list: elements whose attribute `ref` is the value, repeated.
    RepeatRef,
    /// Not in XML.
    Absent,
}

/// A property that may be absent, in all versions, an element in XML.
pub(super) const fn may(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, list: false, required: (9, 0), since: 0, xml: Xml::Child, xml_name: name }
}

/// A property that must be there.
pub(super) const fn must(name: &'static str, kind: Kind) -> Field {
    Field { required: (0, 9), ..may(name, kind) }
}

/// A list that holds elements of a name in XML.
pub(super) const fn list(name: &'static str, item: &'static str, kind: Kind) -> Field {
    Field { list: true, xml: Xml::Wrap(item), ..may(name, kind) }
}

/// A list of references.
pub(super) const fn references(name: &'static str, xml: Xml, xml_name: &'static str) -> Field {
    Field { list: true, xml, xml_name, ..may(name, Kind::Text) }
}

/// A list whose elements are repeated in XML without one around them.
pub(super) const fn repeated(name: &'static str, kind: Kind) -> Field {
    Field { list: true, xml: Xml::Repeat, ..may(name, kind) }
}

impl Field {
    /// The first minor version that has it.
    pub(super) const fn since(self, since: u8) -> Self {
        Self { since, ..self }
    }

    /// The minor versions in which it must be there.
    pub(super) const fn needed(self, first: u8, last: u8) -> Self {
        Self { required: (first, last), ..self }
    }

    /// An attribute in XML.
    pub(super) const fn attribute(self) -> Self {
        Self { xml: Xml::Attribute, ..self }
    }

    /// The text of its element in XML.
    pub(super) const fn content(self) -> Self {
        Self { xml: Xml::Content, ..self }
    }

    /// Not in XML.
    pub(super) const fn json(self) -> Self {
        Self { xml: Xml::Absent, ..self }
    }

    /// Another name in XML.
    pub(super) const fn named(self, xml_name: &'static str) -> Self {
        Self { xml_name, ..self }
    }
}
