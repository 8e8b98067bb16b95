//! A document in the shape of the JSON as packages.

use std::collections::HashMap;

use crate::formats::document::{Node, Value};
use crate::formats::package::{Package, Scope};
use crate::formats::sbom::faults::Faults;
use crate::formats::sbom::values::{filled, hash, identify};
use crate::formats::sbom::{INCOMPLETE, MISPLACED, Sbom, Statement, is_no_list};

/// What a `bom-ref` stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Subject,
    Package(usize),
}

#[derive(Default)]
struct Reader<'n> {
    sbom: Sbom,
    targets: HashMap<&'n str, Target>,
}

/// Reads packages, relations, statements and what the document says of itself.
pub(super) fn read(root: &Node, faults: &mut Faults) -> Sbom {
    let mut reader = Reader::default();
    if let Some(metadata) = root.get("metadata") {
        reader.metadata(metadata, faults);
    }
    reader.components(root, faults);
    reader.dependencies(root);
    reader.statements(root);
    let compositions = root.get("compositions").map(Node::items).unwrap_or_default();
    let aggregates = compositions.iter().filter_map(|one| str_of(one, "aggregate"));
    // `incomplete`, and three kinds of it.
    if aggregates.into_iter().any(|aggregate| aggregate.starts_with("incomplete")) {
        reader.sbom.partial.get_or_insert(INCOMPLETE);
    }
    reader.sbom
}

impl<'n> Reader<'n> {
    fn metadata(&mut self, metadata: &'n Node, faults: &mut Faults) {
        self.sbom.created = text(metadata, "timestamp");
        let listed = |key: &str| metadata.get(key).map(Node::items).unwrap_or_default();
        self.sbom.authors = listed("authors").iter().filter_map(|author| text(author, "name")).collect();
        for key in ["manufacturer", "manufacture", "supplier"] {
            self.sbom.authors.extend(metadata.get(key).and_then(|one| text(one, "name")));
        }
        let new_form = metadata.get("tools").into_iter().flat_map(|tools| {
            ["components", "services"].into_iter().filter_map(|key| tools.get(key)).flat_map(Node::items)
        });
        let tools = listed("tools").iter().chain(new_form);
        self.sbom
            .authors
            .extend(tools.filter_map(|tool| text(tool, "name").or_else(|| text(tool, "vendor"))));
        if let Some(component) = metadata.get("component") {
            self.sbom.subject = Some(package(component, faults));
            self.sbom.title = text(component, "name");
            if let Some(reference) = reference(component) {
                self.targets.insert(reference, Target::Subject);
            }
            self.components(component, faults);
        }
    }

    fn components(&mut self, parent: &'n Node, faults: &mut Faults) {
        let components = parent.get("components");
        if is_no_list(components) {
            self.sbom.partial = Some(MISPLACED);
        }
        for component in components.map(Node::items).unwrap_or_default() {
            let index = self.sbom.packages.len();
            self.sbom.packages.push(package(component, faults));
            if matches!(str_of(component, "type"), Some("file" | "data" | "cryptographic-asset")) {
                self.sbom.assets.push(index);
            }
            if let Some(reference) = reference(component) {
                self.targets.entry(reference).or_insert(Target::Package(index));
            }
            self.components(component, faults);
        }
    }

    fn dependencies(&mut self, root: &Node) {
        for dependency in root.get("dependencies").map(Node::items).unwrap_or_default() {
            let list = dependency.get("dependsOn").map(Node::items).unwrap_or_default();
            let target =
                |reference: &Node| reference.as_str().and_then(|text| self.targets.get(text).copied());
            let of = dependency.get("ref").and_then(target);
            let needed: Vec<usize> = list
                .iter()
                .filter_map(target)
                .filter_map(|target| if let Target::Package(index) = target { Some(index) } else { None })
                .collect();
            self.sbom.has_relations |= !list.is_empty();
            let of = match of {
                Some(Target::Subject) => self.sbom.subject.as_mut(),
                Some(Target::Package(index)) => self.sbom.packages.get_mut(index),
                None => None,
            };
            if let Some(of) = of {
                of.depends_on.get_or_insert_default().extend(needed);
            }
        }
        for package in self.sbom.packages.iter_mut().chain(self.sbom.subject.as_mut()) {
            if let Some(list) = &mut package.depends_on {
                list.sort_unstable();
                list.dedup();
            }
        }
        if let Some(direct) = self.sbom.subject.as_ref().and_then(|subject| subject.depends_on.as_ref()) {
            for (index, package) in self.sbom.packages.iter_mut().enumerate() {
                package.direct = Some(direct.binary_search(&index).is_ok());
            }
        }
    }

    fn statements(&mut self, root: &Node) {
        let own = own_link(root);
        for vulnerability in root.get("vulnerabilities").map(Node::items).unwrap_or_default() {
            let Some(analysis) = vulnerability.get("analysis") else { continue };
            let Some(state) = text(analysis, "state") else { continue };
            let references = vulnerability.get("references").map(Node::items).unwrap_or_default();
            let mut ids: Vec<String> = Vec::new();
            for id in std::iter::once(vulnerability).chain(references).filter_map(|one| text(one, "id")) {
                if !ids.contains(&id) && ids.len() < MAX_IDS {
                    ids.push(id);
                }
            }
            let mut statement = Statement {
                line: vulnerability.span.line.max(1),
                ids,
                state,
                justification: text(analysis, "justification"),
                detail: text(analysis, "detail"),
                ..Statement::default()
            };
            let affected = vulnerability.get("affects").map(Node::items).unwrap_or_default();
            statement.affects_subject = affected.is_empty();
            for one in affected {
                let Some(reference) = str_of(one, "ref") else { continue };
                let inner = own.as_deref().and_then(|own| reference.strip_prefix(own)).unwrap_or(reference);
                let target = self.targets.get(inner);
                let known = match target {
                    Some(Target::Subject) => self.sbom.subject.as_ref(),
                    Some(Target::Package(index)) => self.sbom.packages.get(*index),
                    None => None,
                };
                let version = known.and_then(|known| known.version.as_deref());
                statement.of_some_versions |= of_some_versions(one, version);
                match target {
                    Some(Target::Subject) => statement.affects_subject = true,
                    Some(Target::Package(index)) => statement.affects.push(*index),
                    None => statement.elsewhere.push(reference.to_owned()),
                }
            }
            statement.affects.sort_unstable();
            statement.affects.dedup();
            self.sbom.statements.push(statement);
        }
    }
}

/// Whether an entry of `affects` lists versions and not, as unaffected or without a word, just the one that is known.
fn of_some_versions(affected: &Node, known: Option<&str>) -> bool {
    let is_known = |one: &Node| {
        known.is_some()
            && text(one, "version").as_deref() == known
            && one.get("range").is_none()
            && matches!(str_of(one, "status"), None | Some("unaffected"))
    };
    affected
        .get("versions")
        .is_some_and(|listed| is_no_list(Some(listed)) || listed.items().iter().any(|one| !is_known(one)))
}

/// Ids of one vulnerability beyond this number are left out.
const MAX_IDS: usize = 100;

/// What BOM-Links to the document itself start with: `urn:cdx:UUID/VERSION#`.
fn own_link(root: &Node) -> Option<String> {
    let uuid = str_of(root, "serialNumber")?.strip_prefix("urn:uuid:")?;
    let version = root.get("version").and_then(Node::as_i64).unwrap_or(1);
    Some(format!("urn:cdx:{uuid}/{version}#"))
}

fn package(component: &Node, faults: &mut Faults) -> Package {
    let name = text(component, "name").unwrap_or_default();
    let mut package = Package {
        name: match text(component, "group") {
            Some(group) => join(&group, &name),
            None => name,
        },
        version: text(component, "version"),
        cpe: text(component, "cpe"),
        line: component.span.line.max(1),
        scope: match str_of(component, "scope") {
            Some("required") => Scope::Runtime,
            Some("optional") => Scope::Optional,
            Some("excluded") => Scope::Development,
            _ => Scope::Unknown,
        },
        supplier: ["supplier", "manufacturer"]
            .into_iter()
            .find_map(|key| text(component.get(key)?, "name"))
            .or_else(|| text(component, "publisher")),
        licenses: licenses(component),
        ..Package::default()
    };
    for one in component.get("hashes").map(Node::items).unwrap_or_default() {
        package.hashes.extend(
            str_of(one, "alg").zip(str_of(one, "content")).and_then(|(alg, hex)| hash(alg, hex.trim())),
        );
    }
    if let Some(purl) =
        component.get("purl").filter(|purl| purl.as_str().is_some_and(|text| !text.trim().is_empty()))
        && !identify(&mut package, purl.as_str().unwrap_or_default())
    {
        faults.add(purl.span.line, "a package URL that is not well-formed");
    }
    package
}

/// A name that its ecosystem would write: `group:artifact` for reverse domains (Maven), `group/name` for all others.
fn join(group: &str, name: &str) -> String {
    let reverse_domain = group.contains('.') && !group.contains(['/', '@']);
    format!("{group}{}{name}", if reverse_domain { ':' } else { '/' })
}

fn licenses(component: &Node) -> Vec<String> {
    let items = component.get("licenses").map(Node::items).unwrap_or_default();
    let of = |item: &Node| {
        text(item, "expression").or_else(|| {
            item.get("license").and_then(|license| text(license, "id").or_else(|| text(license, "name")))
        })
    };
    items.iter().filter_map(of).collect()
}

fn reference(component: &Node) -> Option<&str> {
    str_of(component, "bom-ref")
}

fn str_of<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(Node::as_str)
}

/// The text of a key, numbers too, without space around; none if it is empty.
fn text(node: &Node, key: &str) -> Option<String> {
    match &node.get(key)?.value {
        Value::String(text) | Value::Number(text) => filled(text),
        _ => None,
    }
}
