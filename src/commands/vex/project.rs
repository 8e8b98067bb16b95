//! Which project is audited, and which packages it holds: VEX speaks of products and their parts.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::inventory::Assembled;
use crate::formats::package::{Origin, Package};
use crate::formats::purl::Purl;

/// The audited project.
#[derive(Debug, Default)]
pub(in crate::commands) struct Project {
    /// Its package URL, where the files at the root of the tree name one and no other.
    pub(super) purl: Option<Purl>,
    /// The packages that it holds, without version and qualifiers.
    parts: BTreeSet<Purl>,
    /// The same with theirs, by the names that findings have.
    by_name: BTreeMap<String, BTreeSet<Purl>>,
}

impl Project {
    /// What the files of a tree say. A lock file or an SBOM at the root names the project; deeper ones name parts of it.
    pub(in crate::commands) fn of(assembled: &Assembled) -> Self {
        let mut project = Self::default();
        let mut own: BTreeSet<&Purl> = BTreeSet::new();
        for source in &assembled.sources {
            for package in &source.file.packages {
                match package.origin {
                    Origin::Own if source.path.contains('/') => {}
                    Origin::Own => own.extend(&package.purl),
                    Origin::Path(_) => {}
                    _ => project.add(package),
                }
            }
        }
        for bom in &assembled.sboms {
            let Ok(contents) = &bom.contents else { continue };
            contents.packages.iter().for_each(|package| project.add(package));
            if !bom.path.contains('/') || (assembled.sources.is_empty() && assembled.sboms.len() == 1) {
                own.extend(contents.subject.as_ref().and_then(|subject| subject.purl.as_ref()));
            }
        }
        if let (Some(only), 1) = (own.first(), own.len()) {
            project.purl = Some((*only).clone());
        }
        project
    }

    fn add(&mut self, package: &Package) {
        let Some(purl) = &package.purl else { return };
        self.parts.insert(bare(purl));
        self.by_name.entry(package.name.clone()).or_default().insert(purl.clone());
    }

    /// Whether a package URL names the project, in any version.
    pub(super) fn is_named_by(&self, purl: &Purl) -> bool {
        self.purl.as_ref().is_some_and(|own| bare(own) == bare(purl))
    }

    /// Whether a package URL names a package that the project holds, in any version.
    pub(super) fn holds(&self, purl: &Purl) -> bool {
        self.parts.contains(&bare(purl))
    }

    /// The package URLs of the packages of a name.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = &Purl> {
        self.by_name.get(name).into_iter().flatten()
    }
}

/// A package URL without its version and what follows.
fn bare(purl: &Purl) -> Purl {
    let mut bare = purl.clone();
    bare.version = None;
    bare.qualifiers.clear();
    bare.subpath = None;
    bare
}
