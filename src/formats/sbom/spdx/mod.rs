//! SPDX (ISO/IEC 5962, <https://spdx.github.io/spdx-spec/>): version 2 in JSON, YAML and tag-value as one model, and
//! version 3 in JSON-LD.

mod check;
mod finish;
mod graph;
mod model;
mod relation;
mod tag_value;
mod tree;

use super::faults::Faults;
use super::{MISPLACED, Sbom, is_no_list};
use crate::formats::document::Node;
use crate::formats::fault::Fault;

pub(super) use graph::from_graph;
pub(super) use tag_value::is_tag_value;

/// Reads version 2 in tag-value.
pub(super) fn from_tag_value(text: &str, faults: &mut Faults) -> Result<Sbom, Fault> {
    let document = tag_value::read(text, faults)?;
    check::check(&document, faults);
    Ok(finish::finish(&document, faults))
}

/// Reads version 2 in JSON or YAML.
pub(super) fn from_document(root: &Node, faults: &mut Faults) -> Result<Sbom, Fault> {
    let document = tree::read(root, faults)?;
    check::check(&document, faults);
    let mut sbom = finish::finish(&document, faults);
    sbom.partial = is_no_list(root.get("packages")).then_some(MISPLACED);
    Ok(sbom)
}
