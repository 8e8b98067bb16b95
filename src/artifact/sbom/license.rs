//! Licences as written in lock files, as SPDX has them.

use spdx::{Expression, ParseMode};

/// Longer texts are names, whatever they say.
const MAX_BYTES: usize = 4 << 10;

/// Ids of the library's list that the list of `CycloneDX` 1.6 lacks: some are newer than it, some no ids by themselves. As
/// expressions they are valid in both standards.
const UNLISTED: &[&str] = &[
    "atc-game",
    "Brian-Gladman-3-Clause-no-conversion",
    "BSD-2-Clause-pos-unchanged",
    "BSD-3-Clause-OpenWebUI",
    "BSD-ask-to-endorse",
    "BSD-Source-alt-GPL",
    "BSD-Source-Code-no-disclaimer",
    "Bugroff",
    "CC-BY-NC-3.0-IGO",
    "FDK-MPEG-H",
    "GFDL-1.1-invariants",
    "GFDL-1.1-no-invariants",
    "GFDL-1.2-invariants",
    "GFDL-1.2-no-invariants",
    "GFDL-1.3-invariants",
    "GFDL-1.3-no-invariants",
    "Google-Patent-WebM",
    "Hippocratic-3.0-core",
    "Informatica",
    "MVT-1.1",
    "Spelling-Provider-LGPL-exception",
];

/// A licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum License {
    /// An id of the SPDX licence list.
    Id(String),
    /// A valid expression.
    Expression(String),
    /// Anything else: a name, or words.
    Named(String),
}

/// What a text says; none for one that says nothing.
pub(super) fn read(text: &str) -> Option<License> {
    let text = text.trim();
    if matches!(text, "" | "NONE" | "NOASSERTION") {
        return None;
    }
    let known = spdx::license_id(text).is_some_and(|id| id.name == text) && !UNLISTED.contains(&text);
    if known {
        return Some(License::Id(text.to_owned()));
    }
    if is_expression(text) {
        return Some(License::Expression(text.to_owned()));
    }
    // The form that Cargo had before expressions.
    let parts: Vec<&str> = text.split('/').map(str::trim).collect();
    let either = parts.join(" OR ");
    if parts.len() > 1 && parts.iter().all(|part| is_expression(part)) && is_expression(&either) {
        return Some(License::Expression(either));
    }
    Some(License::Named(text.to_owned()))
}

fn is_expression(text: &str) -> bool {
    let mode = ParseMode {
        allow_slash_as_or_operator: false,
        allow_imprecise_license_names: false,
        allow_postfix_plus_on_gpl: true,
        allow_deprecated: true,
        allow_unknown: false,
    };
    // References into other documents mean nothing here, and the library takes `NOASSERTION` for an id.
    text.len() <= MAX_BYTES
        && !["DocumentRef-", "AdditionRef-", "NOASSERTION"].iter().any(|word| text.contains(word))
        && Expression::parse_mode(text, mode).is_ok()
}

/// The `LicenseRef-…` that an expression names.
pub(super) fn references(expression: &str) -> impl Iterator<Item = &str> {
    expression.split([' ', '(', ')']).filter(|word| word.starts_with("LicenseRef-"))
}

/// All licences of a package, ids and expressions, as one expression. Several hold one beside the other (`either` is
/// false), or one of them may be chosen.
pub(super) fn joined(parts: &[String], either: bool) -> String {
    let bracketed = |part: &String| {
        if parts.len() > 1 && part.contains(' ') { format!("({part})") } else { part.clone() }
    };
    parts.iter().map(bracketed).collect::<Vec<_>>().join(if either { " OR " } else { " AND " })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_ids_expressions_or_names() {
        let id = |text: &str| Some(License::Id(text.to_owned()));
        let expression = |text: &str| Some(License::Expression(text.to_owned()));
        let named = |text: &str| Some(License::Named(text.to_owned()));
        for (text, expected) in [
            ("MIT", id("MIT")),
            (" Apache-2.0 ", id("Apache-2.0")),
            ("MIT OR Apache-2.0", expression("MIT OR Apache-2.0")),
            ("MIT/Apache-2.0", expression("MIT OR Apache-2.0")),
            ("MIT / Apache-2.0 / Zlib", expression("MIT OR Apache-2.0 OR Zlib")),
            ("GPL-2.0+", expression("GPL-2.0+")),
            (
                "GPL-2.0-or-later WITH Classpath-exception-2.0",
                expression("GPL-2.0-or-later WITH Classpath-exception-2.0"),
            ),
            ("LicenseRef-own AND MIT", expression("LicenseRef-own AND MIT")),
            ("Bugroff", expression("Bugroff")),
            ("apache2", named("apache2")),
            ("MIT/custom", named("MIT/custom")),
            ("SEE LICENSE IN LICENSE.md", named("SEE LICENSE IN LICENSE.md")),
            ("UNLICENSED", named("UNLICENSED")),
            ("DocumentRef-a:LicenseRef-b", named("DocumentRef-a:LicenseRef-b")),
            ("NOASSERTION", None),
            ("", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        assert!(matches!(read(&"MIT OR ".repeat(1000)), Some(License::Named(_))));
    }

    #[test]
    fn several_are_joined_with_brackets() {
        let parts = ["MIT".to_owned(), "GPL-2.0-only OR Zlib".to_owned()];
        assert_eq!(joined(&parts, false), "MIT AND (GPL-2.0-only OR Zlib)");
        assert_eq!(joined(&parts[1..], true), "GPL-2.0-only OR Zlib");
        let named: Vec<_> = references("(LicenseRef-a OR MIT) AND LicenseRef-b").collect();
        assert_eq!(named, ["LicenseRef-a", "LicenseRef-b"]);
    }
}
