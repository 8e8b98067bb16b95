//! Which digests may stand in a bill, and what both standards call their functions.

use crate::formats::package::{Hash, HashFunction, Package};

/// The functions, their names in `CycloneDX` 1.6 (empty: it has none) and SPDX 2.3, and the digits of their digests.
const FUNCTIONS: &[(HashFunction, &str, &str, usize)] = &[
    (HashFunction::Md5, "MD5", "MD5", 32),
    (HashFunction::Sha1, "SHA-1", "SHA1", 40),
    (HashFunction::Sha224, "", "SHA224", 56),
    (HashFunction::Sha256, "SHA-256", "SHA256", 64),
    (HashFunction::Sha384, "SHA-384", "SHA384", 96),
    (HashFunction::Sha512, "SHA-512", "SHA512", 128),
    (HashFunction::Sha3_256, "SHA3-256", "SHA3-256", 64),
    (HashFunction::Sha3_384, "SHA3-384", "SHA3-384", 96),
    (HashFunction::Sha3_512, "SHA3-512", "SHA3-512", 128),
    (HashFunction::Blake2b256, "BLAKE2b-256", "BLAKE2b-256", 64),
    (HashFunction::Blake2b384, "BLAKE2b-384", "BLAKE2b-384", 96),
    (HashFunction::Blake2b512, "BLAKE2b-512", "BLAKE2b-512", 128),
    (HashFunction::Blake3, "BLAKE3", "BLAKE3", 64),
];

/// The digests of a package that are of its archive as it is downloaded; `kind` is the type of its package URL.
///
/// Left out: `NuGet`'s `contentHash`, which is of the archive without the registry's signature; apk's `C:`, which is of the
/// control segment; and functions of an ecosystem's own, such as Go's `h1:` over the files.
pub(super) fn of_archive(package: &Package, kind: Option<&str>) -> impl Iterator<Item = Hash> {
    let of_something_else = matches!(kind, Some("nuget" | "apk"));
    let fits = |hash: &&Hash| {
        FUNCTIONS.iter().any(|(function, .., digits)| {
            *function == hash.algorithm
                && hash.hex.len() == *digits
                && hash.hex.bytes().all(|digit| digit.is_ascii_hexdigit())
        })
    };
    package.hashes.iter().filter(move |_| !of_something_else).filter(fits).cloned()
}

/// The name of a function in `CycloneDX`, if it has one.
pub(super) fn cyclonedx_name(function: HashFunction) -> Option<&'static str> {
    FUNCTIONS
        .iter()
        .find(|(known, ..)| *known == function)
        .map(|(_, name, ..)| *name)
        .filter(|name| !name.is_empty())
}

/// The name of a function in SPDX.
pub(super) fn spdx_name(function: HashFunction) -> Option<&'static str> {
    FUNCTIONS.iter().find(|(known, ..)| *known == function).map(|(_, _, name, _)| *name)
}
