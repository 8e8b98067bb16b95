//! References within a document: each `bom-ref` once, each dependency between things that exist.

use std::collections::HashSet;

use crate::formats::document::{Node, Value};
use crate::formats::sbom::faults::Faults;

/// Notes references that are ambiguous or lead nowhere.
pub(super) fn check(root: &Node, faults: &mut Faults) {
    let mut known = HashSet::new();
    collect(root, true, &mut known, faults);
    for dependency in root.get("dependencies").map(Node::items).unwrap_or_default() {
        let targets =
            ["dependsOn", "provides"].into_iter().filter_map(|key| dependency.get(key)).flat_map(Node::items);
        for reference in dependency.get("ref").into_iter().chain(targets) {
            let resolved = reference.as_str().is_none_or(|text| known.contains(text) || is_link(text));
            if !resolved {
                faults.add(
                    reference.span.line,
                    "a dependency refers to a `bom-ref` that the document does not have",
                );
            }
        }
    }
}

/// Whether a reference leads to another document (BOM-Link).
pub(super) fn is_link(reference: &str) -> bool {
    reference.starts_with("urn:cdx:")
}

/// Gathers every `bom-ref`. How formulas and standards use theirs is not looked into.
fn collect<'n>(node: &'n Node, strict: bool, known: &mut HashSet<&'n str>, faults: &mut Faults) {
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| collect(item, strict, known, faults)),
        Value::Map(entries) => {
            for entry in entries {
                match entry.value.as_str() {
                    Some(text) if entry.key == "bom-ref" && !known.insert(text) && strict => {
                        faults.add(entry.value.span.line, "a `bom-ref` that the document has already");
                    }
                    Some(_) => {}
                    None => {
                        let strict = strict
                            && !matches!(entry.key.as_str(), "formulation" | "declarations" | "definitions");
                        collect(&entry.value, strict, known, faults);
                    }
                }
            }
        }
        _ => {}
    }
}
