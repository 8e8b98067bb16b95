//! Versions of Dart packages: `SemVer` in which build metadata has an order too
//! (<https://dart.dev/tools/pub/versioning>).

use std::cmp::Ordering;

use super::semver::{self, Version, identifiers};

/// The order of two versions; one with build metadata follows the one without.
pub(super) fn order(one: &Version<'_>, other: &Version<'_>) -> Ordering {
    semver::order(one, other).then_with(|| match (one.build, other.build) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(one), Some(other)) => identifiers(one, other, <[u8]>::cmp),
    })
}
