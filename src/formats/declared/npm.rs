//! `package.json`.

use std::collections::HashMap;

use super::{Declared, Dependency};
use crate::formats::document::{self, Entry, Limits, Node, Syntax};
use crate::formats::fault::Fault;
use crate::formats::lockfile::node::source;
use crate::formats::package::{Origin, Scope};
use crate::formats::source_url::without_credentials;

/// Whether a file with this name is of the kind.
pub(super) fn is_name(name: &str) -> bool {
    name == "package.json"
}

const GROUPS: [(&str, Scope); 3] = [
    ("dependencies", Scope::Runtime),
    ("devDependencies", Scope::Development),
    ("optionalDependencies", Scope::Optional),
];

/// Reads it. A dependency under another name (`npm:name@range`) is listed with the package's own name. A peer dependency
/// is optional, unless the same package is also asked for in another group: then it has that group's scope.
pub(super) fn parse(bytes: &[u8]) -> Result<Declared, Fault> {
    let documents = document::parse(bytes, Syntax::Json, &Limits::default())?;
    let root = documents.single()?;
    root.expect_map()?;
    let text = |key: &str| root.get(key).and_then(Node::as_str).map(str::to_owned);
    let mut declared = Declared { name: text("name"), version: text("version"), ..Declared::default() };
    let mut scopes: HashMap<&str, Scope> = HashMap::new();
    for (group, scope) in GROUPS {
        for entry in root.get(group).map(Node::entries).unwrap_or_default() {
            scopes.entry(entry.key.as_str()).or_insert(scope);
            declared.dependencies.push(dependency(entry, scope));
        }
    }
    for entry in root.get("peerDependencies").map(Node::entries).unwrap_or_default() {
        let scope = scopes.get(entry.key.as_str()).copied().unwrap_or(Scope::Optional);
        declared.dependencies.push(dependency(entry, scope));
    }
    declared.dependencies.sort_by_key(|dependency| dependency.line);
    if let Some(workspaces) = root.get("workspaces") {
        let globs = workspaces.get("packages").unwrap_or(workspaces).items();
        declared.members = globs.iter().filter_map(|glob| glob.as_str().map(str::to_owned)).collect();
    }
    // What npm refuses to publish is no library, and these keys speak of nothing but what is published.
    let private = root.get("private").and_then(Node::as_bool) == Some(true);
    let keys = ["files", "exports", "publishConfig", "types", "typings", "bin"];
    declared.published = !private && keys.iter().any(|key| root.get(key).is_some());
    if let Some(registry) = root.get("publishConfig").and_then(|publish| publish.entry("registry")) {
        let url = registry.value.as_str().unwrap_or_default();
        if source::registry_of(url) != Origin::Registry(String::new()) {
            declared.registries.push((without_credentials(url), registry.key_span.line));
        }
    }
    Ok(declared)
}

fn dependency(entry: &Entry, scope: Scope) -> Dependency {
    let requirement = entry.value.as_str().unwrap_or_default();
    let alias = requirement.strip_prefix("npm:").map(|target| {
        // The range behind the name may be left out, and the name may start with an `@` of its own.
        match target.rsplit_once('@') {
            Some((name, _)) if !name.is_empty() => name,
            _ => target,
        }
    });
    Dependency {
        name: alias.unwrap_or(&entry.key).to_owned(),
        requirement: without_secrets(requirement),
        scope,
        origin: source::of_specifier(requirement).unwrap_or_default(),
        line: entry.key_span.line,
    }
}

/// A requirement as written, but for the user and password of an address.
fn without_secrets(requirement: &str) -> String {
    let (address, fragment) = match requirement.split_once('#') {
        Some((address, fragment)) => (address, Some(fragment)),
        None => (requirement, None),
    };
    if !address.contains("://") {
        return requirement.to_owned();
    }
    let address = without_credentials(address);
    fragment.map_or(address.clone(), |fragment| format!("{address}#{fragment}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_give_scope_and_lines() {
        let declared = parse(
            br#"{
  "name": "own", "version": "1.0.0",
  "dependencies": {
    "a": "^1.0.0",
    "b": "npm:@s/real@^2.0.0"
  },
  "devDependencies": { "c": "github:x/y#v1" },
  "optionalDependencies": { "d": "file:../d" },
  "peerDependencies": {
    "a": ">=1",
    "e": "*"
  },
  "workspaces": { "packages": ["packages/*"] },
  "scripts": {
    "test": "x",
    "postinstall": "node a.js",
    "preinstall": "y"
  },
  "publishConfig": { "registry": "https://npm.example.org/" }
}"#,
        )
        .unwrap();
        let found: Vec<_> = declared
            .dependencies
            .iter()
            .map(|of| (of.name.as_str(), of.requirement.as_str(), of.scope, of.line))
            .collect();
        use Scope::{Development, Optional, Runtime};
        assert_eq!(
            found,
            [
                ("a", "^1.0.0", Runtime, 4),
                ("@s/real", "npm:@s/real@^2.0.0", Runtime, 5),
                ("c", "github:x/y#v1", Development, 7),
                ("d", "file:../d", Optional, 8),
                ("a", ">=1", Runtime, 10),
                ("e", "*", Optional, 11),
            ]
        );
        assert_eq!(
            declared.dependencies[2].origin,
            Origin::Git { url: "https://github.com/x/y".to_owned(), commit: None }
        );
        assert_eq!(declared.dependencies[3].origin, Origin::Path("../d".to_owned()));
        assert_eq!(declared.members, ["packages/*"]);
        assert_eq!(declared.registries, [("https://npm.example.org/".to_owned(), 19)]);
    }

    #[test]
    fn both_forms_of_workspaces_and_bare_aliases_are_read() {
        let text = br#"{"workspaces": ["a", "b/*"], "dependencies": {"x": "npm:@s/y", "z": "workspace:*"}}"#;
        let declared = parse(text).unwrap();
        assert_eq!(declared.members, ["a", "b/*"]);
        assert_eq!(declared.dependencies[0].name, "@s/y");
        assert_eq!(declared.dependencies[1].origin, Origin::Own);
    }

    #[test]
    fn secrets_of_addresses_are_not_kept() {
        let text = br#"{"dependencies": {"x": "git+https://user:hunter2@example.org/x.git#v1"}}"#;
        let declared = parse(text).unwrap();
        assert_eq!(declared.dependencies[0].requirement, "git+https://example.org/x.git#v1");
        assert!(!format!("{declared:?}").contains("hunter2"));
    }

    #[test]
    fn what_is_no_map_is_a_fault() {
        assert!(parse(b"[]").is_err());
        assert!(parse(b"").is_err());
    }
}
