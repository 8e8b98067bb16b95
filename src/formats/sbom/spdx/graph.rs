//! SPDX 3.0 in JSON-LD: elements of a graph that refer to each other by id.

use std::collections::{HashMap, HashSet};

use super::finish::Graph;
use crate::formats::document::{Node, Value};
use crate::formats::fault::Fault;
use crate::formats::package::{Hash, Package, Scope};
use crate::formats::sbom::faults::Faults;
use crate::formats::sbom::values::{
    filled, hash, hash_function, identify, is_date_time, is_digest, is_expression,
};
use crate::formats::sbom::{MISPLACED, Sbom};

/// Elements that are packages: `software_Package` and what inherits from it.
const PACKAGES: &[&str] = &["software_Package", "ai_AIPackage", "dataset_DatasetPackage"];

/// Reads a document.
pub(in crate::formats::sbom) fn from_graph(root: &Node, faults: &mut Faults) -> Result<Sbom, Fault> {
    let listed = match root.get("@graph") {
        Some(graph) => graph.expect_list()?,
        None => std::slice::from_ref(root),
    };
    let mut elements: Vec<&Node> = Vec::new();
    for element in listed {
        elements.push(element);
        gather(element, &mut elements);
    }
    let mut by_id: HashMap<&str, &Node> = HashMap::new();
    for element in elements.iter().copied() {
        if let Some(id) = id(element)
            && by_id.insert(id, element).is_some()
        {
            faults.add(element.span.line, "an element with an id that is taken already");
        }
    }
    let of_kind = |wanted: &str| {
        elements.iter().copied().filter(|element| kind(element) == Some(wanted)).collect::<Vec<_>>()
    };
    let (infos, documents) = (of_kind("CreationInfo"), of_kind("SpdxDocument"));
    let document = documents.first().copied();
    if documents.len() != 1 {
        faults.add(root.span.line, "expected one `SpdxDocument`");
    }
    // The document's own; it may stand inside the element or in the graph.
    let own = document.and_then(|document| document.get("creationInfo"));
    let own = own.and_then(|info| info.as_str().map_or(Some(info), |id| by_id.get(id).copied()));
    let Some(info) = own.or(infos.first().copied()) else {
        return Err(Fault::new(root.span.line.max(1), "SPDX 3 without `CreationInfo`"));
    };
    let version = text(info, "specVersion").unwrap_or_default();
    if version != "3.0" && !version.starts_with("3.0.") {
        return Err(Fault::new(info.span.line, "a version of SPDX 3 that is not 3.0"));
    }
    check(&elements, &infos, &by_id, faults);
    let untyped = elements.iter().any(|element| kind(element).is_none());
    let reader = Reader { elements, by_id };
    let mut sbom = reader.read(document, faults);
    sbom.partial = untyped.then_some(MISPLACED);
    sbom.format = format!("SPDX-{version}");
    sbom.created = text(info, "created");
    let made = ["createdBy", "createdUsing"].into_iter().flat_map(|key| list(info, key));
    sbom.authors = made.filter_map(|maker| reader.name(maker)).collect();
    Ok(sbom)
}

/// Adds the elements that stand inside of another, in the place of their ids.
fn gather<'n>(node: &'n Node, elements: &mut Vec<&'n Node>) {
    let values = node.items().iter().chain(node.entries().iter().map(|entry| &entry.value));
    for value in values {
        let is_element = kind(value)
            .is_some_and(|kind| id(value).is_some() || PACKAGES.contains(&kind) || is_relation(kind));
        if is_element {
            elements.push(value);
        }
        gather(value, elements);
    }
}

struct Reader<'n> {
    elements: Vec<&'n Node>,
    by_id: HashMap<&'n str, &'n Node>,
}

impl<'n> Reader<'n> {
    fn read(&self, document: Option<&'n Node>, faults: &mut Faults) -> Sbom {
        let mut index: HashMap<&str, usize> = HashMap::new();
        let mut packages = Vec::new();
        let is_package = |element: &&Node| kind(element).is_some_and(|kind| PACKAGES.contains(&kind));
        for element in self.elements.iter().copied().filter(is_package) {
            if let Some(id) = id(element) {
                index.entry(id).or_insert(packages.len());
            }
            packages.push(self.package(element, faults));
        }
        let mut described = self.roots(document, &index);
        self.licenses(&index, &mut packages);
        self.artifacts(&index, &mut packages);
        let mut graph = Graph::new(packages);
        for relation in self.relations() {
            let from = from(relation).and_then(|id| index.get(id).copied());
            let kind = str_of(relation, "relationshipType").unwrap_or_default();
            let none = matches!(str_of(relation, "completeness"), Some("complete"))
                && list(relation, "to").is_empty();
            match kind {
                "describes" => described.extend(self.targets(relation, &index)),
                "contains" | "packagedBy" | "hasOptionalComponent" => graph.related = true,
                "dependsOn"
                | "hasDynamicLink"
                | "hasStaticLink"
                | "hasOptionalDependency"
                | "hasProvidedDependency"
                | "hasPrerequisite"
                | "usesTool" => {
                    let scope = match (kind, str_of(relation, "scope")) {
                        ("hasOptionalDependency", _) => Scope::Optional,
                        ("usesTool", _) | (_, Some("build" | "development" | "test" | "design")) => {
                            Scope::Development
                        }
                        (_, Some("runtime")) | ("hasDynamicLink" | "hasStaticLink", _) => Scope::Runtime,
                        _ => Scope::Unknown,
                    };
                    let targets: Vec<usize> = self.targets(relation, &index).collect();
                    if targets.is_empty() {
                        graph.needs(from, None, none, scope);
                    }
                    for target in targets {
                        graph.needs(from, Some(target), false, scope);
                    }
                }
                _ => {}
            }
        }
        graph.into_sbom(&described, Vec::new())
    }

    fn relations(&self) -> impl Iterator<Item = &'n Node> {
        self.elements.iter().copied().filter(|element| kind(element).is_some_and(is_relation))
    }

    fn targets<'i>(
        &self,
        relation: &'n Node,
        index: &'i HashMap<&str, usize>,
    ) -> impl Iterator<Item = usize> + use<'i, 'n> {
        list(relation, "to").iter().filter_map(|to| index.get(reference(to)?).copied())
    }

    /// The packages that the document is about: its root elements, through the SBOM that may be one.
    fn roots(&self, document: Option<&'n Node>, index: &HashMap<&str, usize>) -> Vec<usize> {
        let mut found = Vec::new();
        let mut open: Vec<&Node> = document.into_iter().collect();
        let mut seen = HashSet::new();
        while let Some(element) = open.pop() {
            for id in list(element, "rootElement").iter().filter_map(reference) {
                match index.get(id) {
                    Some(at) => found.push(*at),
                    None if seen.insert(id) => open.extend(self.by_id.get(id).copied()),
                    None => {}
                }
            }
        }
        found
    }

    fn licenses(&self, index: &HashMap<&str, usize>, packages: &mut [Package]) {
        for wanted in ["hasConcludedLicense", "hasDeclaredLicense"] {
            for relation in self.relations().filter(|one| str_of(one, "relationshipType") == Some(wanted)) {
                let package = from(relation).and_then(|id| packages.get_mut(*index.get(id)?));
                let Some(package) = package.filter(|package| package.licenses.is_empty()) else { continue };
                let license = list(relation, "to").iter().find_map(|to| {
                    let license = self.by_id.get(reference(to)?)?;
                    text(license, "simplelicensing_licenseExpression").or_else(|| text(license, "name"))
                });
                package
                    .licenses
                    .extend(license.filter(|text| !matches!(text.as_str(), "NONE" | "NOASSERTION")));
            }
        }
    }

    /// The digests of the files as which packages are distributed.
    fn artifacts(&self, index: &HashMap<&str, usize>, packages: &mut [Package]) {
        for relation in
            self.relations().filter(|one| str_of(one, "relationshipType") == Some("hasDistributionArtifact"))
        {
            let package = from(relation).and_then(|id| packages.get_mut(*index.get(id)?));
            let Some(package) = package else { continue };
            for artifact in list(relation, "to").iter().filter_map(|to| self.by_id.get(reference(to)?)) {
                package.hashes.extend(self.hashes(artifact));
            }
        }
    }

    fn package(&self, element: &'n Node, faults: &mut Faults) -> Package {
        let mut package = Package {
            name: text(element, "name").unwrap_or_default(),
            version: text(element, "software_packageVersion"),
            line: element.span.line.max(1),
            supplier: list(element, "suppliedBy").iter().find_map(|supplier| self.name(supplier)),
            ..Package::default()
        };
        package.hashes = self.hashes(element);
        let mut purl = element.get("software_packageUrl");
        for identifier in list(element, "externalIdentifier") {
            let identifier = self.resolve(identifier);
            match str_of(identifier, "externalIdentifierType") {
                Some("packageUrl" | "packageURL" | "purl") => purl = purl.or(identifier.get("identifier")),
                Some("cpe23") => package.cpe = text(identifier, "identifier"),
                Some("cpe22") if package.cpe.is_none() => package.cpe = text(identifier, "identifier"),
                _ => {}
            }
        }
        if let Some((node, purl)) = purl.and_then(|purl| Some((purl, purl.as_str()?)))
            && !identify(&mut package, purl)
        {
            faults.add(node.span.line, "a package URL that is not well-formed");
        }
        package
    }

    fn hashes(&self, element: &'n Node) -> Vec<Hash> {
        // A verification code is made of the files within, and is no digest of the archive.
        let given = list(element, "verifiedUsing").iter().map(|one| self.resolve(one));
        given
            .filter(|one| kind(one).is_none_or(|kind| kind == "Hash"))
            .filter_map(|one| hash(str_of(one, "algorithm")?, str_of(one, "hashValue")?))
            .collect()
    }

    /// The element that a string refers to, or the object itself.
    fn resolve(&self, node: &'n Node) -> &'n Node {
        node.as_str().and_then(|id| self.by_id.get(id).copied()).unwrap_or(node)
    }

    /// The name of an agent or a tool, given as its id or as an object. An id of another document stands for itself.
    fn name(&self, node: &'n Node) -> Option<String> {
        let element = self.resolve(node);
        match element.as_str() {
            Some("https://spdx.org/rdf/3.0.1/terms/Core/NoAssertionElement" | "NoAssertionElement") => None,
            Some(id) => filled(id),
            None => text(element, "name"),
        }
    }
}

/// Notes what the standard refuses.
fn check(elements: &[&Node], infos: &[&Node], by_id: &HashMap<&str, &Node>, faults: &mut Faults) {
    for info in infos {
        let created = str_of(info, "created")
            .is_some_and(|created| is_date_time(created, true) && created.ends_with('Z'));
        if !created {
            faults.add(info.span.line, "a `CreationInfo` without a time as `YYYY-MM-DDThh:mm:ssZ`");
        }
        if list(info, "createdBy").is_empty() {
            faults.add(info.span.line, "a `CreationInfo` that does not say who created it");
        }
    }
    // Elements of other documents are imported by id.
    let imports: HashSet<&str> = elements
        .iter()
        .flat_map(|element| list(element, "import"))
        .filter_map(|import| str_of(import, "externalSpdxId"))
        .collect();
    for element in elements.iter().copied() {
        if faults.is_full() {
            return;
        }
        let Some(kind) = kind(element) else {
            faults.add(element.span.line, "an element without a type");
            continue;
        };
        let line = element.span.line;
        if kind != "CreationInfo" && id(element).is_none() {
            faults.add(line, "an element without `spdxId`");
        }
        if PACKAGES.contains(&kind) && text(element, "name").is_none() {
            faults.add(line, "a package has no name");
        }
        for one in list(element, "verifiedUsing") {
            if let Some((function, digest)) = str_of(one, "algorithm").zip(str_of(one, "hashValue"))
                && hash_function(function).is_some_and(|(_, digits)| !is_digest(digest, digits))
            {
                faults.add(one.span.line, "a hash that is no digest of its algorithm");
            }
        }
        if let Some(license) = element.get("simplelicensing_licenseExpression")
            && let Some(text) = license.as_str()
            && !matches!(text, "NONE" | "NOASSERTION")
            && !is_expression(text)
        {
            faults.add(license.span.line, "a licence that is no SPDX licence expression");
        }
        if is_relation(kind) {
            let (from, to) = (element.get("from"), list(element, "to"));
            if from.is_none() || to.is_empty() || element.get("relationshipType").is_none() {
                faults.add(line, "a relationship without two elements and a type");
            }
            // Individuals of the standard itself, such as NoneElement, have ids under its own address.
            let exists = |id: &str| {
                by_id.contains_key(id)
                    || imports.contains(id)
                    || id.contains("spdx.org/rdf/")
                    || id.contains("spdx.org/licenses/")
            };
            if from.into_iter().chain(to).filter_map(reference).any(|id| !exists(id)) {
                faults.add(line, "a relationship with an element that the document does not have");
            }
        }
    }
}

/// The type; of several, as JSON-LD allows, that of a package or else the first.
fn kind(element: &Node) -> Option<&str> {
    let node = element.get("type").or_else(|| element.get("@type"))?;
    let mut several = node.items().iter().filter_map(Node::as_str);
    node.as_str().or_else(|| several.clone().find(|kind| PACKAGES.contains(kind))).or_else(|| several.next())
}

fn is_relation(kind: &str) -> bool {
    matches!(kind, "Relationship" | "LifecycleScopedRelationship")
}

/// The id of the element that stands in a place, or is named there.
fn reference(node: &Node) -> Option<&str> {
    node.as_str().or_else(|| id(node))
}

fn from(relation: &Node) -> Option<&str> {
    relation.get("from").and_then(reference)
}

fn id(element: &Node) -> Option<&str> {
    str_of(element, "spdxId").or_else(|| str_of(element, "@id"))
}

fn str_of<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(Node::as_str)
}

fn text(node: &Node, key: &str) -> Option<String> {
    str_of(node, key).and_then(filled)
}

/// The items of a list; a value that is none counts as a list of one, as JSON-LD has it.
fn list<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    match node.get(key) {
        Some(Node { value: Value::List(items), .. }) => items,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
}
