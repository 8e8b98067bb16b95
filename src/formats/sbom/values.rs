//! Values that both standards share: digests, dates, licences, names of packages.

use std::str::FromStr as _;

use crate::formats::package::{Hash, HashFunction, Package, SourcePackage};
use crate::formats::purl::Purl;

/// The digest functions as CycloneDX (with hyphens) and SPDX (without, or in its third version in lower case) write
/// them, and the hexadecimal digits of their digests; zero where the length is free.
const FUNCTIONS: &[(&str, HashFunction, usize)] = &[
    ("MD5", HashFunction::Md5, 32),
    ("SHA1", HashFunction::Sha1, 40),
    ("SHA224", HashFunction::Sha224, 56),
    ("SHA256", HashFunction::Sha256, 64),
    ("SHA384", HashFunction::Sha384, 96),
    ("SHA512", HashFunction::Sha512, 128),
    ("SHA3256", HashFunction::Sha3_256, 64),
    ("SHA3384", HashFunction::Sha3_384, 96),
    ("SHA3512", HashFunction::Sha3_512, 128),
    ("SHA3224", HashFunction::Other, 56),
    ("BLAKE2B256", HashFunction::Blake2b256, 64),
    ("BLAKE2B384", HashFunction::Blake2b384, 96),
    ("BLAKE2B512", HashFunction::Blake2b512, 128),
    ("BLAKE3", HashFunction::Blake3, 0),
    ("MD2", HashFunction::Other, 32),
    ("MD4", HashFunction::Other, 32),
    ("MD6", HashFunction::Other, 0),
    ("ADLER32", HashFunction::Other, 8),
    ("STREEBOG256", HashFunction::Other, 64),
    ("STREEBOG512", HashFunction::Other, 128),
];

/// The digest function that either standard calls so, and the digits of its digests (zero: any number).
pub(super) fn hash_function(name: &str) -> Option<(HashFunction, usize)> {
    let plain: String = name
        .chars()
        .filter(|letter| !matches!(letter, '-' | '_'))
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    FUNCTIONS.iter().find(|(known, ..)| *known == plain).map(|(_, function, digits)| (*function, *digits))
}

/// Whether a text is a digest of so many digits.
pub(super) fn is_digest(text: &str, digits: usize) -> bool {
    let length = text.len();
    (length == digits || (digits == 0 && length >= 2 && length.is_multiple_of(2)))
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A digest if function and digits fit each other.
pub(super) fn hash(name: &str, text: &str) -> Option<Hash> {
    let (algorithm, digits) = hash_function(name)?;
    is_digest(text, digits).then(|| Hash { algorithm, hex: text.to_ascii_lowercase() })
}

/// Whether a text is `YYYY-MM-DDThh:mm:ss` with fractions of a second and a zone (RFC 3339); the zone may be absent where
/// `zone_needed` is false, as in XML Schema.
pub(super) fn is_date_time(text: &str, zone_needed: bool) -> bool {
    let Some((date, time)) = text.split_once(['T', 't']) else { return false };
    let Some((clock, zone)) = split_zone(time) else { return false };
    let (clock, fraction) = clock.split_once('.').map_or((clock, "0"), |(clock, fraction)| (clock, fraction));
    is_date(date)
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
        && matches!(numbers(clock, ':', &[2, 2, 2]).as_deref(), Some([0..=23, 0..=59, 0..=60]))
        && match zone {
            "" => !zone_needed,
            "Z" | "z" => true,
            offset => matches!(numbers(offset, ':', &[2, 2]).as_deref(), Some([0..=23, 0..=59])),
        }
}

/// The time without its zone, and the zone: empty, `Z`, or an offset without its sign.
fn split_zone(time: &str) -> Option<(&str, &str)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, "Z"));
    }
    match time.rsplit_once(['+', '-']) {
        Some((_, "")) => None,
        Some(parts) => Some(parts),
        None => Some((time, "")),
    }
}

/// Whether a text is `YYYY-MM-DD`, a day that exists.
pub(super) fn is_date(text: &str) -> bool {
    let Some([year, month, day]) =
        numbers(text, '-', &[4, 2, 2]).and_then(|parts| <[u32; 3]>::try_from(parts).ok())
    else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// Numbers of fixed width between separators.
fn numbers(text: &str, separator: char, widths: &[usize]) -> Option<Vec<u32>> {
    let parts: Vec<&str> = text.split(separator).collect();
    if parts.len() != widths.len() {
        return None;
    }
    let part = |(part, width): (&&str, &usize)| {
        let right = part.len() == *width && part.bytes().all(|byte| byte.is_ascii_digit());
        if right { part.parse().ok() } else { None }
    };
    parts.iter().zip(widths).map(part).collect()
}

/// Whether a text is an id of the SPDX licence list, deprecated ones too. Case counts. Exceptions count as well: the list
/// that CycloneDX refers to holds both.
pub(super) fn is_license_id(text: &str) -> bool {
    // A `+` behind an id is an operator, except in the few ids that end in one.
    let plus = text.ends_with('+');
    let exact =
        |known: &str| known == text || (plus && text.strip_suffix('+') == Some(known) && is_plus_id(text));
    // The library lists `NOASSERTION` among the ids.
    text != "NOASSERTION" && spdx::license_id(text).is_some_and(|id| exact(id.name))
        || spdx::exception_id(text).is_some()
}

/// The ids of the list that end in `+`, all deprecated.
fn is_plus_id(text: &str) -> bool {
    matches!(
        text,
        "AGPL-1.0+"
            | "AGPL-3.0+"
            | "GFDL-1.1+"
            | "GFDL-1.2+"
            | "GFDL-1.3+"
            | "GPL-1.0+"
            | "GPL-2.0+"
            | "GPL-3.0+"
            | "LGPL-2.0+"
            | "LGPL-2.1+"
            | "LGPL-3.0+"
    )
}

/// Licence expressions longer than this are not looked into.
const MAX_EXPRESSION: usize = 16 << 10;

/// Whether a text is a licence expression of SPDX, deprecated ids and `GPL-2.0+` included.
pub(super) fn is_expression(text: &str) -> bool {
    let mode = spdx::ParseMode {
        allow_slash_as_or_operator: false,
        allow_imprecise_license_names: false,
        allow_postfix_plus_on_gpl: true,
        allow_deprecated: true,
        allow_unknown: false,
    };
    text.len() > MAX_EXPRESSION || spdx::Expression::parse_mode(text, mode).is_ok()
}

/// Gives a package the purl and the name that its ecosystem has for it. False if the text is no purl.
pub(super) fn identify(package: &mut Package, purl: &str) -> bool {
    let Ok(purl) = Purl::from_str(purl.trim()) else { return false };
    if let Some((ecosystem, name)) = purl.package() {
        package.ecosystem = Some(ecosystem);
        package.name = name;
    }
    let epoch = purl.qualifier("epoch").filter(|_| purl.kind == "rpm");
    let with_epoch = |version: &str| match epoch {
        Some(epoch) if !version.contains(':') => format!("{epoch}:{version}"),
        _ => version.to_owned(),
    };
    package.version = package.version.as_deref().or(purl.version.as_deref()).map(with_epoch);
    // The file name of an rpm has no epoch; that of the source is the package's own, but for rare ones.
    package.source = purl
        .source()
        .map(|source| SourcePackage { version: source.version.as_deref().map(with_epoch), ..source });
    package.purl = Some(purl);
    true
}

/// The text, unless it is empty.
pub(super) fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() { None } else { Some(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_rfc_3339() {
        for (text, expected) in [
            ("2020-04-13T20:20:39+00:00", true),
            ("2020-04-13T20:20:39.123Z", true),
            ("2024-02-29T00:00:00-08:00", true),
            ("2023-02-29T00:00:00Z", false),
            ("2020-04-13", false),
            ("2020-04-13T20:20:39", false),
            ("2020-04-13T24:20:39Z", false),
            ("2020-4-13T20:20:39Z", false),
            ("2020-04-13T20:20:39.Z", false),
            ("2020-04-13T20:20:39+", false),
            ("T", false),
            ("", false),
        ] {
            assert_eq!(is_date_time(text, true), expected, "{text}");
        }
        assert!(is_date_time("2020-04-13T20:20:39", false));
    }

    #[test]
    fn packages_of_distributions_have_their_source_and_epoch() {
        let of = |version: Option<&str>, purl: &str| {
            let mut package = Package { version: version.map(str::to_owned), ..Package::default() };
            assert!(identify(&mut package, purl), "{purl}");
            let source = package.source.map(|source| (source.name, source.version));
            (package.version.unwrap(), source)
        };
        let named = |name: &str, version: Option<&str>| Some((name.to_owned(), version.map(str::to_owned)));
        assert_eq!(
            of(Some("2.36-9"), "pkg:deb/debian/libc6@2.36-9?upstream=glibc"),
            ("2.36-9".to_owned(), named("glibc", None))
        );
        let rpm = "pkg:rpm/redhat/bind-libs@9.16-1?epoch=32&upstream=bind-9.16-1.src.rpm";
        for written in [None, Some("9.16-1"), Some("32:9.16-1")] {
            assert_eq!(of(written, rpm), ("32:9.16-1".to_owned(), named("bind", Some("32:9.16-1"))));
        }
        assert_eq!(of(None, "pkg:npm/a@1?epoch=2"), ("1".to_owned(), None));
    }

    #[test]
    fn licences_are_those_of_the_list() {
        for text in ["Apache-2.0", "GPL-2.0+", "GPL-2.0", "Classpath-exception-2.0", "0BSD"] {
            assert!(is_license_id(text), "{text}");
        }
        for text in ["Apache-2", "apache-2.0", "MIT+", "MIT++", "", "LicenseRef-1", "NOASSERTION"] {
            assert!(!is_license_id(text), "{text}");
        }
        for text in ["MIT OR (Apache-2.0 AND LicenseRef-x)", "GPL-2.0+ WITH Classpath-exception-2.0"] {
            assert!(is_expression(text), "{text}");
        }
        assert!(!is_expression("MIT OR") && !is_expression("Apache License"));
    }

    #[test]
    fn digests_fit_their_function() {
        assert!(hash("SHA-1", &"a".repeat(40)).is_some() && hash("sha3_256", &"a".repeat(64)).is_some());
        assert!(hash("SHA1", &"a".repeat(64)).is_none() && hash("MD5", &"g".repeat(32)).is_none());
        assert_eq!(hash("BLAKE2b-256", &"AB".repeat(32)).unwrap().hex, "ab".repeat(32));
        assert_eq!(hash_function("FOO"), None);
    }
}
