//! `Pipfile`.
//!
//! `packages` is what the product needs, `dev-packages` what its makers need, any other table a category that the user
//! asks for.

use super::pyproject::{origin_of, read};
use super::{Declared, Dependency};
use crate::formats::document::Node;
use crate::formats::fault::Fault;
use crate::formats::package::Scope;
use crate::formats::source_url::without_credentials;

/// Whether a file with this name is of the kind.
pub(super) fn is_name(name: &str) -> bool {
    name == "Pipfile"
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Declared, Fault> {
    let root = read(bytes)?;
    let mut declared = Declared::default();
    for section in root.entries() {
        let scope = match section.key.as_str() {
            "source" => {
                for source in section.value.items() {
                    let Some(url) = source.entry("url") else { continue };
                    let text = without_credentials(url.value.as_str().unwrap_or_default());
                    declared.registries.push((text, url.key_span.line));
                }
                continue;
            }
            "requires" | "pipenv" | "scripts" => continue,
            "packages" => Scope::Runtime,
            "dev-packages" => Scope::Development,
            _ => Scope::Optional,
        };
        for entry in section.value.entries() {
            let version = entry.value.as_str().or_else(|| entry.value.get("version").and_then(Node::as_str));
            declared.dependencies.push(Dependency {
                name: entry.key.clone(),
                requirement: version.unwrap_or_default().to_owned(),
                scope,
                origin: origin_of(&entry.value),
                line: entry.key_span.line,
            });
        }
    }
    Ok(declared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::package::Origin;

    #[test]
    fn tables_are_roles() {
        let text = "[[source]]\nurl = \"https://u:p@h.example/simple\"\nname = \"x\"\n\n[packages]\nflask = \"*\"\nlib = {git = \"https://h.example/lib.git\", ref = \"main\"}\nreq = {version = \">=2\", extras = [\"x\"]}\n\n[dev-packages]\npytest = \"==8\"\n[docs]\nsphinx = \"*\"\n[requires]\npython_version = \"3.12\"\n";
        let declared = parse(text.as_bytes()).unwrap();
        let seen: Vec<_> = declared
            .dependencies
            .iter()
            .map(|one| (one.name.as_str(), one.requirement.as_str(), one.scope, one.line))
            .collect();
        assert_eq!(
            seen,
            [
                ("flask", "*", Scope::Runtime, 6),
                ("lib", "", Scope::Runtime, 7),
                ("req", ">=2", Scope::Runtime, 8),
                ("pytest", "==8", Scope::Development, 11),
                ("sphinx", "*", Scope::Optional, 13),
            ]
        );
        let git = Origin::Git { url: "https://h.example/lib.git".to_owned(), commit: None };
        assert_eq!(declared.dependencies[1].origin, git);
        assert_eq!(declared.registries, [("https://h.example/simple".to_owned(), 2)]);
        assert!(parse(b"=").is_err());
    }
}
