//! `composer.json` of Composer.

use super::{Declared, Dependency};
use crate::formats::document::{self, Limits, Node, Syntax, Value};
use crate::formats::fault::Fault;
use crate::formats::package::{Origin, Scope};
use crate::formats::source_url::without_credentials;

/// Whether a file with this name is of the kind.
pub(super) fn is_name(name: &str) -> bool {
    name == "composer.json"
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Declared, Fault> {
    let documents = document::parse(bytes, Syntax::Json, &Limits::default())?;
    let root = documents.single()?;
    root.expect_map()?;
    let text = |key: &str| root.get(key).and_then(Node::as_str).map(str::to_owned);
    let mut declared = Declared { name: text("name"), version: text("version"), ..Declared::default() };
    // Without a type it is a library for Composer, but many a project just leaves it out.
    declared.published = root.get("type").and_then(Node::as_str).is_some_and(|kind| kind != "project");
    let repositories = root.get("repositories").map(repositories).unwrap_or_default();
    for (key, scope) in [("require", Scope::Runtime), ("require-dev", Scope::Development)] {
        for entry in root.get(key).map_or(&[][..], Node::entries) {
            // What has no vendor is the platform: PHP, its extensions, Composer itself.
            if !entry.key.contains('/') {
                continue;
            }
            declared.dependencies.push(Dependency {
                name: entry.key.clone(),
                requirement: entry.value.text().unwrap_or_default().to_owned(),
                scope,
                origin: Origin::Unknown,
                line: entry.key_span.line,
            });
        }
    }
    for repository in repositories {
        let Some(url) = repository.get("url").and_then(Node::as_str) else { continue };
        match repository.get("type").and_then(Node::as_str) {
            Some("path") => declared.members.push(url.to_owned()),
            _ => declared.registries.push((without_credentials(url), repository.span.line)),
        }
    }
    Ok(declared)
}

/// They stand in a list, or in a map by name.
fn repositories(node: &Node) -> Vec<&Node> {
    match &node.value {
        Value::List(items) => items.iter().collect(),
        Value::Map(entries) => entries.iter().map(|entry| &entry.value).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_and_repositories_are_read() {
        let text = br#"{
  "name": "acme/app", "version": "1.0",
  "require": {
    "php": "^8.1", "ext-json": "*",
    "acme/text": "^2.0"
  },
  "require-dev": {"acme/test": "dev-main"},
  "repositories": [
    {"type": "path", "url": "packages/*"},
    {"type": "composer", "url": "https://u:hunter2@packages.example.org"},
    {"packagist.org": false}
  ],
  "scripts": {"post-install-cmd": "@x", "test": "y"}
}"#;
        let declared = parse(text).unwrap();
        let seen: Vec<_> = declared
            .dependencies
            .iter()
            .map(|one| (one.name.as_str(), one.requirement.as_str(), one.scope, one.line))
            .collect();
        assert_eq!(
            seen,
            [("acme/text", "^2.0", Scope::Runtime, 5), ("acme/test", "dev-main", Scope::Development, 7)]
        );
        assert_eq!((declared.name.as_deref(), declared.version.as_deref()), (Some("acme/app"), Some("1.0")));
        assert_eq!(declared.members, ["packages/*"]);
        assert_eq!(declared.registries, [("https://packages.example.org".to_owned(), 10)]);
        assert!(parse(b"[]").is_err() && parse(b"").is_err());
    }
}
