//! A document weighed key by key, for those who compare configurations: with the profile, the words and the rules of the check,
//! and no others.

use std::collections::{BTreeSet, HashMap};

use super::profile::{Profile, Setting};
use super::{FILE, recognise, settle, themes};
use crate::formats::document::{Documents, Node, Span};
use crate::report::{Severity, mask_secrets};

/// Most values of a document that are weighed: as many as a profile may have.
const MOST: usize = super::LIMITS.max_nodes;

/// What the check knows of a document. Paths of keys are those of [`Documents::leaves`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Weighed {
    /// Keys that speak of security: rules look at them, or their words are of protection and access.
    pub security: BTreeSet<String>,
    /// Keys whose values are secrets, by the key or by the look of the value.
    pub secret: BTreeSet<String>,
    /// What rules say of the values.
    pub concerns: Vec<WeighedConcern>,
}

/// What a rule says of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeighedConcern {
    /// The key; empty where something is missing in the whole.
    pub key: String,
    /// The rule.
    pub rule: String,
    /// Its severity.
    pub severity: Severity,
    /// What is said, without the value of a secret.
    pub message: String,
}

/// Weighs the document of a file, whose path in the tree says what it is for: what a profile for development may do is no
/// concern, as in the audit. Of documents that are of another kind (Kubernetes, packages), keys are told and no concerns.
#[must_use]
pub fn weigh(path: &str, documents: &Documents) -> Weighed {
    let profile = Profile::new(documents, path);
    let (leaves, _) = documents.leaves(MOST);
    let keys: HashMap<*const Node, &str> =
        leaves.iter().map(|leaf| (std::ptr::from_ref(leaf.node), leaf.path.as_str())).collect();
    let key_of = |setting: &Setting<'_>| keys.get(&std::ptr::from_ref(setting.node)).copied();
    let mut weighed = Weighed::default();
    // What an alias stands for is at several keys, and a concern only knows where it is written.
    let mut at: HashMap<Span, Vec<&str>> = HashMap::new();
    let mut named: HashMap<Span, Vec<&str>> = HashMap::new();
    for setting in &profile.settings {
        let Some(key) = key_of(setting) else { continue };
        at.entry(setting.place()).or_default().push(key);
        named.entry(setting.key_span).or_default().push(key);
        if themes::speaks_of_security(setting) {
            weighed.security.insert(key.to_owned());
        }
        if themes::holds_secret(setting) || looks_secret(setting) {
            weighed.secret.insert(key.to_owned());
        }
    }
    let (concerns, _) = settle(themes::concerns(&profile), &profile);
    let counts = !documents.roots.iter().any(recognise::is_something_else);
    for concern in concerns {
        let keys = at.get(&concern.span).or_else(|| named.get(&concern.span));
        let keys = keys.map_or(&[""][..], Vec::as_slice);
        for key in keys.iter().filter(|key| !key.is_empty()) {
            weighed.security.insert((*key).to_owned());
            if concern.secret.is_some() {
                weighed.secret.insert((*key).to_owned());
            }
        }
        let Some(rule) = FILE.rules.iter().find(|rule| rule.id == concern.rule).filter(|_| counts) else {
            continue;
        };
        weighed.concerns.extend(keys.iter().map(|key| WeighedConcern {
            key: (*key).to_owned(),
            rule: rule.id.clone(),
            severity: rule.severity,
            message: mask_secrets(&concern.message),
        }));
    }
    weighed
}

/// Whether a report would not show the value, alone or beside its key.
fn looks_secret(setting: &Setting<'_>) -> bool {
    let text = setting.node.text().unwrap_or_default();
    let pair = format!("{}: {text}", setting.raw_key);
    mask_secrets(text) != text || mask_secrets(&pair) != pair
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::document::{Limits, Syntax, parse};

    fn weighed(path: &str, text: &str) -> Weighed {
        let syntax = Syntax::of_file_name(path.rsplit('/').next().unwrap()).unwrap();
        weigh(path, &parse(text.as_bytes(), syntax, &Limits::default()).unwrap())
    }

    fn rules(weighed: &Weighed) -> Vec<(&str, &str, Severity)> {
        weighed
            .concerns
            .iter()
            .map(|concern| (concern.key.as_str(), concern.rule.as_str(), concern.severity))
            .collect()
    }

    const PRODUCTION: &str = "security:\n  jwt:\n    expiry: 24h\n    algorithm: RS256\npool:\n  size: 10\n\
        database:\n  user: shop\n  password: hunter2hunter2\nservers:\n  - {host: a, tls: off}\n";

    #[test]
    fn keys_are_weighed_by_the_rules_of_the_check() {
        let found = weighed("config/production.yaml", PRODUCTION);
        assert_eq!(
            rules(&found),
            [
                ("security.jwt.expiry", "CFG-006", Severity::Medium),
                ("database.password", "CFG-010", Severity::Medium),
                ("servers[0].tls", "CFG-019", Severity::Medium),
            ]
        );
        assert!(found.concerns.iter().all(|concern| !concern.message.contains("hunter2")));
        assert_eq!(found.secret.iter().collect::<Vec<_>>(), ["database.password"]);
        for key in ["security.jwt.expiry", "security.jwt.algorithm", "database.password", "servers[0].tls"] {
            assert!(found.security.contains(key), "{key}");
        }
        for key in ["pool.size", "database.user", "servers[0].host"] {
            assert!(!found.security.contains(key) && !found.secret.contains(key), "{key}");
        }
    }

    #[test]
    fn what_is_for_development_or_no_profile_is_no_concern() {
        let found = weighed("config/development.yaml", PRODUCTION);
        assert_eq!(rules(&found), []);
        assert!(found.secret.contains("database.password") && found.security.contains("security.jwt.expiry"));
        let chart = "apiVersion: v1\nkind: Secret\ndata:\n  password: hunter2hunter2\n";
        let found = weighed("deploy/secret.yaml", chart);
        assert_eq!(rules(&found), []);
        assert!(found.secret.contains("data.password"));
    }

    #[test]
    fn what_is_missing_is_said_of_the_whole() {
        let found =
            weighed("config/production.yaml", "jwt:\n  algorithm: RS256\n  private_key: /run/secrets/jwt\n");
        assert_eq!(rules(&found), [("", "CFG-003", Severity::Medium)]);
    }

    #[test]
    fn what_an_alias_stands_for_counts_at_each_key() {
        let text = "one: {ssl: &off false}\ntwo: {ssl: *off}\n";
        let found = weighed("config/production.yaml", text);
        let keys: BTreeSet<&str> = found.concerns.iter().map(|concern| concern.key.as_str()).collect();
        assert_eq!(keys, BTreeSet::from(["one.ssl", "two.ssl"]));
    }

    #[test]
    fn every_syntax_has_keys() {
        let found = weighed(".env.production", "DB_PASSWORD=hunter2hunter2\nPOOL=3\nJWT_EXPIRES_IN=48h\n");
        assert_eq!(
            rules(&found),
            [("DB_PASSWORD", "CFG-010", Severity::Medium), ("JWT_EXPIRES_IN", "CFG-005", Severity::High)]
        );
        let found = weighed("app/settings.ini", "[session]\ncookie_secure = false\nsize = 1\n");
        assert_eq!(rules(&found), [("session.cookie_secure", "CFG-025", Severity::Medium)]);
    }
}
