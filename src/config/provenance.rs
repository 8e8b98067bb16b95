//! The section `provenance`: who builds, who signs for them, and what their provenance must say.

use super::decode::{Section, Sink};
use super::read::plain;
use crate::artifact::provenance::Policy;
use crate::formats::document::Value;
use crate::formats::intoto::Pattern;

/// The keys of the section.
pub(super) const KEYS: &[&str] = &["builders", "source", "level", "parameters"];
const BUILDER: &[&str] = &["id", "level", "keys", "roots", "identity"];

/// What a configuration says of provenance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProvenanceConfig {
    /// The builders that are trusted.
    pub builders: Vec<BuilderConfig>,
    /// What provenance must say.
    pub policy: Policy,
}

/// A builder, with the files that say who signs for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuilderConfig {
    /// Its id.
    pub id: Pattern,
    /// The SLSA Build level that it is trusted for, 1 to 3.
    pub level: u8,
    /// Files of keys, relative to the configuration's folder.
    pub keys: Vec<String>,
    /// Files of root certificates, relative to the configuration's folder.
    pub roots: Vec<String>,
    /// Whom certificates must be made out to; the builder's id when absent.
    pub identity: Option<Pattern>,
}

/// Reads the section.
pub(super) fn read(section: Section<'_>, sink: &mut Sink) -> ProvenanceConfig {
    let mut config = ProvenanceConfig::default();
    if let Some(node) = section.get("builders") {
        match &node.value {
            Value::List(items) => {
                let read = items
                    .iter()
                    .filter_map(|item| builder(Section::of(item, "builders", BUILDER, sink)?, sink));
                config.builders = read.collect();
            }
            _ => sink.add(node.span, node.unexpected("a list of builders").message, None),
        }
    }
    config.policy = Policy {
        source: section.text("source", sink),
        level: level(section, 0, sink),
        parameters: section.get("parameters").map(|_| plain(section.texts("parameters", sink))),
    };
    config
}

fn builder(section: Section<'_>, sink: &mut Sink) -> Option<BuilderConfig> {
    for key in ["id", "level"] {
        if section.get(key).is_none() {
            sink.add(section.span(), format!("a builder needs `{key}`"), None);
        }
    }
    let (keys, roots) = (plain(section.texts("keys", sink)), plain(section.texts("roots", sink)));
    if section.get("keys").is_none() && section.get("roots").is_none() {
        let hint = "`keys: [FILE]` with public keys, or `roots: [FILE]` with certificates";
        sink.add(section.span(), "a builder needs someone who signs for it", Some(hint.to_owned()));
    }
    if section.get("identity").is_some() && section.get("roots").is_none() {
        sink.add(section.span(), "`identity` is of certificates, and needs `roots`", None);
    }
    let (id, identity) = (pattern(section, "id", sink), pattern(section, "identity", sink));
    let level = level(section, 1, sink);
    Some(BuilderConfig { id: id?, level: level?, keys, roots, identity })
}

fn pattern(section: Section<'_>, key: &str, sink: &mut Sink) -> Option<Pattern> {
    let text = section.text(key, sink)?;
    Pattern::parse(&text)
        .map_err(|error| {
            if let Some(node) = section.get(key) {
                sink.add(node.span, error.to_string(), None);
            }
        })
        .ok()
}

/// A SLSA Build level, from `least` on.
fn level(section: Section<'_>, least: u8, sink: &mut Sink) -> Option<u8> {
    let number = section.number("level", sink)?;
    let level = u8::try_from(number).ok().filter(|level| (least..=3).contains(level));
    if level.is_none()
        && let Some(node) = section.get("level")
    {
        sink.add(node.span, format!("a SLSA Build level is a number from {least} to 3"), None);
    }
    level
}

#[cfg(test)]
mod tests {
    use super::super::Known;
    use super::*;

    const KNOWN: Known<'_> = Known { checks: &[], rules: Vec::new };

    fn config(text: &str) -> Result<ProvenanceConfig, String> {
        super::super::read::read(text.as_bytes(), "readiness.yaml", KNOWN)
            .map(|config| config.provenance)
            .map_err(|problems| problems.to_string())
    }

    #[test]
    fn a_full_section() {
        let read = config(
            "provenance:\n  builders:\n    - {id: 'https://ci.example.org/*', level: 3, roots: [ca.pem], identity: 'https://ci.example.org/acme/app@*'}\n    - {id: local, level: 1, keys: a.pub}\n  source: https://example.org/acme/app\n  level: 2\n  parameters: []\n",
        )
        .unwrap();
        assert_eq!((read.builders.len(), read.policy.level), (2, Some(2)));
        assert_eq!(read.builders[0].roots, ["ca.pem"]);
        assert_eq!(read.builders[1].keys, ["a.pub"]);
        assert_eq!(read.policy.parameters, Some(Vec::new()), "an empty list allows none");
        assert_eq!(config("provenance: {level: 0}\n").unwrap().policy.parameters, None);
    }

    #[test]
    fn problems_have_their_places() {
        for (text, expected) in [
            ("provenance: {level: 4}\n", "readiness.yaml:1:21: a SLSA Build level is a number from 0 to 3"),
            (
                "provenance:\n  builders:\n  - {id: x, level: 0, keys: [k]}\n",
                ":3:20: a SLSA Build level is a number from 1",
            ),
            ("provenance:\n  builders:\n  - {level: 1, keys: [k]}\n", "a builder needs `id`"),
            ("provenance:\n  builders:\n  - {id: x, keys: [k]}\n", "a builder needs `level`"),
            ("provenance:\n  builders:\n  - {id: x, level: 1}\n", "someone who signs"),
            ("provenance:\n  builders:\n  - {id: x, level: 1, keys: [k], identity: y}\n", "needs `roots`"),
            (
                "provenance:\n  builders:\n  - {id: 'https://github.com/acme*', level: 1, keys: [k]}\n",
                "a `*` at the end",
            ),
            ("provenance: {builders: 3}\n", "a list of builders"),
            ("provenance: {sources: x}\n", "did you mean `source`?"),
        ] {
            let problems = config(text).unwrap_err();
            assert!(problems.contains(expected), "{expected:?} is not in:\n{problems}");
        }
    }
}
