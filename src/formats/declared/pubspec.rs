//! `pubspec.yaml` of Dart's Pub.

use super::{Declared, Dependency};
use crate::formats::document::{self, Entry, Limits, Node, Syntax};
use crate::formats::fault::Fault;
use crate::formats::package::{Origin, Scope};
use crate::formats::source_url::{commit, without_credentials};

/// Whether a file with this name is of the kind.
pub(super) fn is_name(name: &str) -> bool {
    matches!(name, "pubspec.yaml" | "pubspec.yml")
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Declared, Fault> {
    let documents = document::parse(bytes, Syntax::Yaml, &Limits::default())?;
    let root = documents.single()?;
    root.expect_map()?;
    let text =
        |key: &str| root.get(key).and_then(Node::text).filter(|text| !text.is_empty()).map(str::to_owned);
    let mut declared = Declared { name: text("name"), version: text("version"), ..Declared::default() };
    for (key, scope) in [
        ("dependencies", Scope::Runtime),
        ("dev_dependencies", Scope::Development),
        ("dependency_overrides", Scope::Unknown),
    ] {
        for entry in root.get(key).map_or(&[][..], Node::entries) {
            let dependency = dependency(entry, scope);
            if let Origin::Registry(url) = &dependency.origin {
                declared.registries.push((url.clone(), dependency.line));
            }
            declared.dependencies.push(dependency);
        }
    }
    let pages = ["homepage", "repository", "issue_tracker"];
    declared.published =
        root.get("publish_to").is_none() && pages.iter().any(|page| root.get(page).is_some());
    let members = root.get("workspace").map_or(&[][..], Node::items);
    declared.members = members.iter().filter_map(Node::as_str).map(str::to_owned).collect();
    Ok(declared)
}

/// A requirement alone, or a map that says where from.
fn dependency(entry: &Entry, scope: Scope) -> Dependency {
    let node = &entry.value;
    let part = |key: &str| node.get(key).and_then(Node::text).filter(|text| !text.is_empty());
    let origin = if let Some(path) = part("path") {
        Origin::Path(path.to_owned())
    } else if let Some(git) = node.get("git") {
        let url = git.text().or_else(|| git.get("url").and_then(Node::text)).unwrap_or_default();
        let reference = git.get("ref").and_then(Node::text);
        Origin::Git { url: without_credentials(url), commit: reference.and_then(commit) }
    } else if let Some(hosted) = node.get("hosted") {
        let url = hosted.text().or_else(|| hosted.get("url").and_then(Node::text)).unwrap_or_default();
        Origin::Registry(without_credentials(url))
    } else {
        Origin::Unknown
    };
    let requirement = node.text().or_else(|| part("version")).unwrap_or_default().to_owned();
    Dependency { name: entry.key.clone(), requirement, scope, origin, line: entry.key_span.line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_origin_is_read() {
        let text = b"name: app
version: 1.0.0+1
workspace: [packages/a]
dependencies:
  flutter:
    sdk: flutter
  args: ^2.4.0
  any_version:
  near: {path: ../near}
  far:
    git:
      url: https://u:hunter2@example.org/far.git
      ref: main
  own:
    hosted: https://u:hunter2@pub.example.org
    version: ^1.0.0
dev_dependencies:
  test: 1.2.3
";
        let declared = parse(text).unwrap();
        let seen: Vec<_> = declared
            .dependencies
            .iter()
            .map(|one| (one.name.as_str(), one.requirement.as_str(), one.scope, one.line))
            .collect();
        let runtime = Scope::Runtime;
        assert_eq!(
            seen,
            [
                ("flutter", "", runtime, 5),
                ("args", "^2.4.0", runtime, 7),
                ("any_version", "", runtime, 8),
                ("near", "", runtime, 9),
                ("far", "", runtime, 10),
                ("own", "^1.0.0", runtime, 14),
                ("test", "1.2.3", Scope::Development, 18),
            ]
        );
        assert_eq!(declared.dependencies[3].origin, Origin::Path("../near".to_owned()));
        let git = Origin::Git { url: "https://example.org/far.git".to_owned(), commit: None };
        assert_eq!(declared.dependencies[4].origin, git);
        assert_eq!(declared.registries, [("https://pub.example.org".to_owned(), 14)]);
        assert_eq!((declared.version.as_deref(), declared.members.len()), (Some("1.0.0+1"), 1));
        assert!(parse(b"- a").is_err() && parse(b"").is_err());
    }
}
