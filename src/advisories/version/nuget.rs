//! Versions of `NuGet` packages: `SemVer` 2.0 with up to four numbers, labels without regard to case
//! (<https://learn.microsoft.com/nuget/concepts/package-versioning>).

use std::cmp::Ordering;

use super::number::dotted;
use super::semver::{Version, pre_releases};

/// The order of two versions.
pub(super) fn order(one: &Version<'_>, other: &Version<'_>) -> Ordering {
    dotted(one.numbers, other.numbers)
        .then_with(|| pre_releases(one.pre_release, other.pre_release, without_case))
}

fn without_case(one: &[u8], other: &[u8]) -> Ordering {
    one.iter().map(u8::to_ascii_lowercase).cmp(other.iter().map(u8::to_ascii_lowercase))
}
