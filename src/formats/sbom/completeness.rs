//! What an SBOM lacks of NTIA's minimum elements (2021), and digests.

use super::Sbom;
use crate::formats::package::Package;

/// Something that an SBOM does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// What is missing.
    pub kind: GapKind,
    /// The package that lacks it; none for what the document as a whole lacks.
    pub package: Option<String>,
    /// Line of that package, or 1.
    pub line: u32,
}

/// What may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GapKind {
    /// A package without a name.
    NoName,
    /// A package without a version.
    NoVersion,
    /// A package without a package URL or a CPE name by which others know it.
    NoIdentifier,
    /// A package without a supplier.
    NoSupplier,
    /// A package without a digest. Not among the minimum elements, but without one no file can be told to be it.
    NoHash,
    /// A document that relates none of its packages to another.
    NoRelations,
    /// A document without the time of its making.
    NoTimestamp,
    /// A document that does not say who made it.
    NoAuthor,
}

/// What the document and its packages, the subject first, lack. Of files, data and cryptographic assets only a name is
/// asked. A document without any package has no relations to state.
#[must_use]
pub fn completeness(sbom: &Sbom) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let document = |kind| Gap { kind, package: None, line: 1 };
    if sbom.created.is_none() {
        gaps.push(document(GapKind::NoTimestamp));
    }
    if sbom.authors.is_empty() {
        gaps.push(document(GapKind::NoAuthor));
    }
    if !sbom.has_relations && !sbom.packages.is_empty() {
        gaps.push(document(GapKind::NoRelations));
    }
    if let Some(subject) = &sbom.subject {
        of_package(subject, false, &mut gaps);
    }
    let mut assets = sbom.assets.iter().peekable();
    for (index, package) in sbom.packages.iter().enumerate() {
        let asset = assets.next_if(|asset| **asset == index).is_some();
        of_package(package, asset, &mut gaps);
    }
    gaps
}

fn of_package(package: &Package, asset: bool, gaps: &mut Vec<Gap>) {
    let wanted = [
        (GapKind::NoName, package.name.is_empty()),
        (GapKind::NoVersion, !asset && package.version.is_none()),
        (GapKind::NoIdentifier, !asset && package.purl.is_none() && package.cpe.is_none()),
        (GapKind::NoSupplier, !asset && package.supplier.is_none()),
        (GapKind::NoHash, !asset && package.hashes.is_empty()),
    ];
    for (kind, _) in wanted.into_iter().filter(|(_, missing)| *missing) {
        gaps.push(Gap { kind, package: Some(package.name.clone()), line: package.line });
    }
}
