//! The relationship types of SPDX 2 and what they say of dependencies.

use crate::formats::package::Scope;

/// What a relation says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The first needs the second.
    Needs(Scope),
    /// The first is needed by the second.
    NeededBy(Scope),
    /// The first is, or holds, a part of the second.
    Part,
    /// The first describes the second.
    Describes,
    /// The first is described by the second.
    DescribedBy,
    /// Anything else.
    Other,
}

use Meaning::{DescribedBy, Describes, NeededBy, Needs, Other, Part};

/// All types with their meaning (SPDX 2.3, section 11.1).
const TYPES: &[(&str, Meaning)] = &[
    ("DESCRIBES", Describes),
    ("DESCRIBED_BY", DescribedBy),
    ("CONTAINS", Part),
    ("CONTAINED_BY", Part),
    ("DEPENDS_ON", Needs(Scope::Unknown)),
    ("DEPENDENCY_OF", NeededBy(Scope::Unknown)),
    ("DEPENDENCY_MANIFEST_OF", Other),
    ("BUILD_DEPENDENCY_OF", NeededBy(Scope::Development)),
    ("DEV_DEPENDENCY_OF", NeededBy(Scope::Development)),
    ("TEST_DEPENDENCY_OF", NeededBy(Scope::Development)),
    ("OPTIONAL_DEPENDENCY_OF", NeededBy(Scope::Optional)),
    ("PROVIDED_DEPENDENCY_OF", NeededBy(Scope::Unknown)),
    ("RUNTIME_DEPENDENCY_OF", NeededBy(Scope::Runtime)),
    ("BUILD_TOOL_OF", NeededBy(Scope::Development)),
    ("DEV_TOOL_OF", NeededBy(Scope::Development)),
    ("TEST_TOOL_OF", NeededBy(Scope::Development)),
    ("DYNAMIC_LINK", Needs(Scope::Runtime)),
    ("STATIC_LINK", Needs(Scope::Runtime)),
    ("HAS_PREREQUISITE", Needs(Scope::Unknown)),
    ("PREREQUISITE_FOR", NeededBy(Scope::Unknown)),
    ("OPTIONAL_COMPONENT_OF", Part),
    ("PACKAGE_OF", Part),
    ("EXAMPLE_OF", Other),
    ("GENERATES", Other),
    ("GENERATED_FROM", Other),
    ("ANCESTOR_OF", Other),
    ("DESCENDANT_OF", Other),
    ("VARIANT_OF", Other),
    ("DISTRIBUTION_ARTIFACT", Other),
    ("PATCH_FOR", Other),
    ("PATCH_APPLIED", Other),
    ("COPY_OF", Other),
    ("FILE_ADDED", Other),
    ("FILE_DELETED", Other),
    ("FILE_MODIFIED", Other),
    ("EXPANDED_FROM_ARCHIVE", Other),
    ("DATA_FILE_OF", Other),
    ("TEST_CASE_OF", Other),
    ("TEST_OF", Other),
    ("DOCUMENTATION_OF", Other),
    ("METAFILE_OF", Other),
    ("AMENDS", Other),
    ("REQUIREMENT_DESCRIPTION_FOR", Other),
    ("SPECIFICATION_FOR", Other),
    ("OTHER", Other),
];

/// The meaning of a type; none for one that the standard does not have.
pub(super) fn meaning(kind: &str) -> Option<Meaning> {
    TYPES.iter().find(|(known, _)| *known == kind).map(|(_, meaning)| *meaning)
}

/// The scope of a package that is needed for two things: running the product outweighs all else, and a need of which
/// nothing is said may be one for running it.
pub(super) fn widest(one: Option<Scope>, other: Scope) -> Scope {
    let weight = |scope: Scope| match scope {
        Scope::Development => 0,
        Scope::Optional => 1,
        Scope::Unknown => 2,
        Scope::Runtime => 3,
    };
    match one {
        Some(one) if weight(one) >= weight(other) => one,
        _ => other,
    }
}
