//! A document of SPDX 2 as packages and relations.

use std::collections::{HashMap, HashSet};

use super::model::{self, Document, Placed};
use super::relation::{Meaning, meaning, widest};
use crate::formats::package::{Package, Scope};
use crate::formats::sbom::Sbom;
use crate::formats::sbom::faults::Faults;
use crate::formats::sbom::values::{filled, hash, identify};

/// Makes the packages.
pub(super) fn finish(document: &Document, faults: &mut Faults) -> Sbom {
    let packages: Vec<Package> = document.packages.iter().map(|one| package(one, faults)).collect();
    let mut index: HashMap<&str, usize> = HashMap::new();
    for (at, one) in document.packages.iter().enumerate() {
        if let Some(id) = &one.id {
            index.entry(&id.text).or_insert(at);
        }
    }
    let mut graph = Graph::new(packages);
    let mut described: Vec<usize> =
        document.describes.iter().filter_map(|id| index.get(id.text.as_str()).copied()).collect();
    for relation in &document.relations {
        let Some(meaning) = meaning(&relation.kind) else { continue };
        let (from, to) = (index.get(relation.from.as_str()), index.get(relation.to.as_str()));
        let nothing = |id: &str| id == "NONE";
        match meaning {
            Meaning::Describes => described.extend(to),
            Meaning::DescribedBy => described.extend(from),
            Meaning::Part => graph.related = true,
            Meaning::Needs(scope) => graph.needs(from.copied(), to.copied(), nothing(&relation.to), scope),
            Meaning::NeededBy(scope) => {
                graph.needs(to.copied(), from.copied(), nothing(&relation.from), scope);
            }
            Meaning::Other => {}
        }
    }
    let assets = document.packages.iter().enumerate();
    let assets = assets.filter(|(_, one)| one.purpose.as_ref().is_some_and(|purpose| purpose.text == "FILE"));
    let assets = assets.map(|(at, _)| at).collect();
    let mut sbom = graph.into_sbom(&described, assets);
    if sbom.subject.is_some() {
        let raw = described.first().and_then(|at| document.packages.get(*at));
        sbom.title = raw.and_then(|raw| raw.name.as_ref()).map(|name| name.text.clone());
    }
    sbom.format.clone_from(&document.version);
    sbom.created = document.created.as_ref().map(|created| created.text.clone());
    sbom.authors = document.creators.iter().filter_map(|creator| party(&creator.text)).collect();
    sbom
}

/// Packages with the edges between them, while the subject still stands among them.
pub(super) struct Graph {
    packages: Vec<Package>,
    scopes: Vec<Option<Scope>>,
    /// Whether the document relates anything to anything.
    pub(super) related: bool,
}

impl Graph {
    pub(super) fn new(packages: Vec<Package>) -> Self {
        let scopes = vec![None; packages.len()];
        Self { packages, scopes, related: false }
    }

    /// Notes that one package needs another, or that it needs nothing.
    pub(super) fn needs(&mut self, of: Option<usize>, needed: Option<usize>, nothing: bool, scope: Scope) {
        self.related = true;
        if let Some(of) = of.and_then(|of| self.packages.get_mut(of))
            && (needed.is_some() || nothing)
        {
            of.depends_on.get_or_insert_default().extend(needed);
        }
        if let Some(known) = needed.and_then(|needed| self.scopes.get_mut(needed)) {
            *known = Some(widest(*known, scope));
        }
    }

    /// The document, with the one package that it describes taken out as its subject.
    pub(super) fn into_sbom(mut self, described: &[usize], assets: Vec<usize>) -> Sbom {
        let described: HashSet<usize> = described.iter().copied().collect();
        let mut described = described.into_iter();
        let subject_at = described.next().filter(|_| described.next().is_none());
        for (package, scope) in self.packages.iter_mut().zip(self.scopes) {
            package.scope = scope.unwrap_or_default();
        }
        let mut sbom = Sbom { has_relations: self.related, ..Sbom::default() };
        // Behind the subject all indexes move by one.
        let moved = |at: usize| match subject_at {
            Some(subject) if at == subject => None,
            Some(subject) if at > subject => Some(at - 1),
            _ => Some(at),
        };
        for (at, mut package) in self.packages.into_iter().enumerate() {
            if let Some(list) = &mut package.depends_on {
                *list = list.iter().copied().filter_map(moved).collect();
                list.sort_unstable();
                list.dedup();
            }
            if Some(at) == subject_at {
                sbom.subject = Some(package);
            } else {
                sbom.packages.push(package);
            }
        }
        sbom.assets = assets.into_iter().filter_map(moved).collect();
        if let Some(direct) = sbom.subject.as_ref().and_then(|subject| subject.depends_on.as_ref()) {
            for (at, package) in sbom.packages.iter_mut().enumerate() {
                package.direct = Some(direct.binary_search(&at).is_ok());
            }
        }
        sbom
    }
}

fn package(raw: &model::Package, faults: &mut Faults) -> Package {
    let text = |placed: &Option<Placed>| placed.as_ref().map(|placed| placed.text.clone());
    let license = [&raw.concluded, &raw.declared].into_iter().flatten();
    let mut package = Package {
        name: text(&raw.name).unwrap_or_default(),
        version: text(&raw.version),
        line: raw.line.max(1),
        supplier: raw.supplier.as_ref().and_then(|supplier| party(&supplier.text)),
        licenses: license
            .map(|license| license.text.clone())
            .find(|license| !matches!(license.as_str(), "NONE" | "NOASSERTION"))
            .into_iter()
            .collect(),
        hashes: raw.checksums.iter().filter_map(|one| hash(&one.algorithm, &one.value.text)).collect(),
        ..Package::default()
    };
    for reference in &raw.references {
        // Some writers name the type in full: `http://spdx.org/rdf/references/purl`.
        let kind = reference.kind.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        match kind.as_str() {
            "purl" if package.purl.is_none() && !identify(&mut package, &reference.locator) => {
                faults.add(reference.category.line, "a package URL that is not well-formed");
            }
            "cpe23type" => package.cpe = Some(reference.locator.clone()),
            "cpe22type" if package.cpe.is_none() => package.cpe = Some(reference.locator.clone()),
            _ => {}
        }
    }
    package
}

/// The name of `Organization: name (mail)`; none for `NOASSERTION`.
fn party(text: &str) -> Option<String> {
    if matches!(text, "NOASSERTION" | "NONE") {
        return None;
    }
    let name =
        ["Organization:", "Person:", "Tool:"].iter().find_map(|kind| text.strip_prefix(kind)).unwrap_or(text);
    let name = name.trim();
    filled(name.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')).map_or(name, |(name, _)| name))
}
