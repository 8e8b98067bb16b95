//! `pyproject.toml`: the standard tables (PEP 621, PEP 735, PEP 518), and those of Poetry, uv, PDM and Hatch.
//!
//! A requirement that is not understood stands there without a name, its text as the requirement; so does a file of
//! requirements that is not read.

use std::collections::HashMap;

use super::{Declared, Dependency};
use crate::formats::document::{self, Entry, Limits, Node, Syntax};
use crate::formats::fault::Fault;
use crate::formats::lockfile;
use crate::formats::package::{Origin, Scope};
use crate::formats::pypi;
use crate::formats::source_url::{commit, without_credentials};

/// Whether a file with this name is of the kind.
pub(super) fn is_name(name: &str) -> bool {
    name == "pyproject.toml"
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Declared, Fault> {
    let root = read(bytes)?;
    let text = |path: &[&str]| root.get_path(path).and_then(Node::as_str).map(str::to_owned);
    let mut declared = Declared {
        name: text(&["project", "name"]).or_else(|| text(&["tool", "poetry", "name"])),
        version: text(&["project", "version"]).or_else(|| text(&["tool", "poetry", "version"])),
        ..Declared::default()
    };
    let to = &mut declared.dependencies;
    list(root.get_path(&["project", "dependencies"]), Scope::Runtime, to);
    groups(root.get_path(&["project", "optional-dependencies"]), Scope::Optional, to);
    groups(root.get_path(&["dependency-groups"]), Scope::Development, to);
    list(root.get_path(&["tool", "uv", "dev-dependencies"]), Scope::Development, to);
    groups(root.get_path(&["tool", "pdm", "dev-dependencies"]), Scope::Development, to);
    list(root.get_path(&["tool", "flit", "metadata", "requires"]), Scope::Runtime, to);
    poetry(&root, to);
    elsewhere(&root, to);
    redirect(&root, to);
    declared.dependencies.sort_by_key(|one| one.line);
    let to = &mut declared.tools;
    list(root.get_path(&["build-system", "requires"]), Scope::Development, to);
    for environment in entries(root.get_path(&["tool", "hatch", "envs"])) {
        for key in ["dependencies", "extra-dependencies"] {
            list(environment.value.get(key), Scope::Development, to);
        }
    }
    declared.published = [&["project", "classifiers"][..], &["tool", "poetry", "classifiers"]]
        .iter()
        .filter_map(|path| root.get_path(path))
        .any(|list| is_published(list.items()));

    for path in [&["tool", "uv", "index"][..], &["tool", "poetry", "source"], &["tool", "pdm", "source"]] {
        for index in root.get_path(path).map_or(&[][..], Node::items) {
            declared.registries.extend(index.entry("url").and_then(registry));
        }
    }
    let uv = root.get_path(&["tool", "uv"]);
    for table in [uv, uv.and_then(|uv| uv.get("pip"))].into_iter().flatten() {
        declared.registries.extend(table.entry("index-url").and_then(registry));
        for key in ["extra-index-url", "find-links"] {
            let urls = table.get(key).map_or(&[][..], Node::items);
            let places =
                urls.iter().filter_map(|url| Some((without_credentials(url.as_str()?), url.span.line)));
            declared.registries.extend(places);
        }
    }
    declared.registries.sort_by_key(|(_, line)| *line);
    let folders = |key: &str| {
        let list = uv.and_then(|uv| uv.get_path(&["workspace", key])).map_or(&[][..], Node::items);
        list.iter().filter_map(Node::as_str)
    };
    declared.members.extend(folders("members").map(str::to_owned));
    declared.members.extend(folders("exclude").map(|folder| format!("!{folder}")));
    Ok(declared)
}

/// Reads a project file in TOML.
pub(super) fn read(bytes: &[u8]) -> Result<Node, Fault> {
    let documents = document::parse(bytes, Syntax::Toml, &Limits::default())?;
    documents.roots.into_iter().next().ok_or_else(|| Fault::new(1, "the file is empty"))
}

/// Whether classifiers, which only an index reads, are of a project that an index takes: none takes a private one.
fn is_published(classifiers: &[Node]) -> bool {
    let mut texts = classifiers.iter().filter_map(Node::as_str);
    !classifiers.is_empty() && !texts.any(|text| text.starts_with("Private ::"))
}

fn entries(node: Option<&Node>) -> &[Entry] {
    node.map_or(&[], Node::entries)
}

fn registry(url: &Entry) -> Option<(String, u32)> {
    Some((without_credentials(url.value.as_str()?), url.key_span.line))
}

/// Named lists of specifiers; what includes another group is no text, and that group stands there itself.
fn groups(node: Option<&Node>, scope: Scope, to: &mut Vec<Dependency>) {
    for group in entries(node) {
        list(Some(&group.value), scope, to);
    }
}

fn list(node: Option<&Node>, scope: Scope, to: &mut Vec<Dependency>) {
    for item in node.map_or(&[][..], Node::items) {
        let Some(text) = item.as_str() else { continue };
        let (name, requirement, origin) = match pypi::requirement(text) {
            Some(one) => (one.name, one.specifier, one.url.map_or(Origin::Unknown, pypi::origin)),
            None => ("", text, Origin::Unknown),
        };
        to.push(Dependency {
            name: name.to_owned(),
            requirement: requirement.to_owned(),
            scope,
            origin,
            line: item.span.line,
        });
    }
}

/// The tables of Poetry, where a value is a version, a table, or a list of tables for several environments.
fn poetry(root: &Node, to: &mut Vec<Dependency>) {
    let Some(poetry) = root.get_path(&["tool", "poetry"]) else { return };
    table(poetry.get("dependencies"), Scope::Runtime, to);
    table(poetry.get("dev-dependencies"), Scope::Development, to);
    for group in entries(poetry.get("group")) {
        // A group by the name of main is the product's own.
        let scope = if group.key == "main" { Scope::Runtime } else { Scope::Development };
        table(group.value.get("dependencies"), scope, to);
    }
}

fn table(node: Option<&Node>, scope: Scope, to: &mut Vec<Dependency>) {
    for entry in entries(node).iter().filter(|entry| entry.key != "python") {
        let several = entry.value.items();
        let values = if several.is_empty() { std::slice::from_ref(&entry.value) } else { several };
        for value in values {
            let version = value.as_str().or_else(|| value.get("version").and_then(Node::as_str));
            let optional = value.get("optional").and_then(Node::as_bool) == Some(true);
            let scope = if optional && scope == Scope::Runtime { Scope::Optional } else { scope };
            to.push(Dependency {
                name: entry.key.clone(),
                requirement: version.unwrap_or_default().to_owned(),
                scope,
                origin: origin_of(value),
                line: entry.key_span.line,
            });
        }
    }
}

/// Where the tables of Poetry, uv and Pipenv lead: the key says how to get there.
pub(super) fn origin_of(value: &Node) -> Origin {
    let text = |key: &str| value.get(key).and_then(Node::as_str);
    if let Some(url) = text("git") {
        let commit = text("rev").or_else(|| text("ref")).and_then(commit);
        return Origin::Git { url: without_credentials(url), commit };
    }
    if let Some(url) = text("url").or_else(|| text("file")) {
        return pypi::origin(url);
    }
    if let Some(path) = text("path") {
        return Origin::Path(path.to_owned());
    }
    let workspace = value.get("workspace").and_then(Node::as_bool) == Some(true);
    if workspace { Origin::Own } else { Origin::Unknown }
}

/// Files that setuptools takes dependencies from, which nobody reads where their name does not tell what they are.
fn elsewhere(root: &Node, to: &mut Vec<Dependency>) {
    let Some(files) = root.get_path(&["tool", "setuptools", "dynamic", "dependencies", "file"]) else {
        return;
    };
    let list = if files.items().is_empty() { std::slice::from_ref(files) } else { files.items() };
    for file in list {
        let is_read = |path: &str| lockfile::Kind::of_path(path) == Some(lockfile::Kind::Requirements);
        let Some(path) = file.as_str().filter(|path| !is_read(path)) else { continue };
        to.push(Dependency {
            name: String::new(),
            requirement: path.to_owned(),
            scope: Scope::Runtime,
            origin: Origin::Unknown,
            line: file.span.line,
        });
    }
}

/// What `tool.uv.sources` says of where dependencies come from; `index` names a registry of the same file.
fn redirect(root: &Node, to: &mut [Dependency]) {
    let normal = |name: &str| crate::formats::ecosystem::Family::PyPi.normal_name(name).into_owned();
    let indexes: HashMap<&str, String> = root
        .get_path(&["tool", "uv", "index"])
        .map_or(&[][..], Node::items)
        .iter()
        .filter_map(|index| {
            Some((index.get("name")?.as_str()?, without_credentials(index.get("url")?.as_str()?)))
        })
        .collect();
    let mut sources = HashMap::new();
    for entry in entries(root.get_path(&["tool", "uv", "sources"])) {
        // Of several sources for several environments the first one stands for all.
        let value = entry.value.items().first().unwrap_or(&entry.value);
        let index = value.get("index").and_then(Node::as_str).and_then(|name| indexes.get(name));
        let origin = index.map_or_else(|| origin_of(value), |url| Origin::Registry(url.clone()));
        sources.insert(normal(&entry.key), origin);
    }
    for dependency in to {
        if let Some(origin) = sources.get(&normal(&dependency.name)) {
            dependency.origin = origin.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(declared: &Declared) -> Vec<(&str, &str, Scope, u32)> {
        let mut seen = Vec::new();
        for one in &declared.dependencies {
            seen.push((one.name.as_str(), one.requirement.as_str(), one.scope, one.line));
        }
        seen
    }

    #[test]
    fn the_standard_tables() {
        let text = r#"[build-system]
requires = ["hatchling>=1"]

[project]
name = "app"
version = "1.0"
dependencies = [
  "Flask[async]>=2,<4; python_version > '3.8'",
  "tool @ git+https://t:k@h.example/tool.git@main",
  "???",
  "core",
]

[project.optional-dependencies]
docs = ["sphinx"]

[dependency-groups]
test = ["pytest==8.0", {include-group = "lint"}]

[tool.uv]
dev-dependencies = ["ruff"]

[[tool.uv.index]]
name = "own"
url = "https://u:p@h.example/simple"

[tool.uv.sources]
core = { workspace = true }
Sphinx = { index = "own" }

[tool.uv.workspace]
members = ["packages/*"]
exclude = ["packages/old"]
"#;
        let declared = parse(text.as_bytes()).unwrap();
        assert_eq!(
            seen(&declared),
            [
                ("Flask", ">=2,<4", Scope::Runtime, 8),
                ("tool", "", Scope::Runtime, 9),
                ("", "???", Scope::Runtime, 10),
                ("core", "", Scope::Runtime, 11),
                ("sphinx", "", Scope::Optional, 15),
                ("pytest", "==8.0", Scope::Development, 18),
                ("ruff", "", Scope::Development, 21),
            ]
        );
        assert_eq!((declared.name.as_deref(), declared.version.as_deref()), (Some("app"), Some("1.0")));
        assert_eq!(declared.members, ["packages/*", "!packages/old"]);
        assert_eq!((declared.tools[0].name.as_str(), declared.tools[0].line), ("hatchling", 2));
        assert_eq!(declared.registries, [("https://h.example/simple".to_owned(), 25)]);
        let origins: Vec<_> = declared.dependencies.iter().map(|one| &one.origin).collect();
        assert_eq!(origins[1], &Origin::Git { url: "https://h.example/tool.git".to_owned(), commit: None });
        assert_eq!(origins[3], &Origin::Own);
        assert_eq!(origins[4], &Origin::Registry("https://h.example/simple".to_owned()));
    }

    #[test]
    fn what_stands_in_other_files_is_told_without_a_name() {
        let of = |file: &str| {
            let text = format!(
                "[project]\ndynamic = [\"dependencies\"]\n[tool.setuptools.dynamic]\ndependencies = {{ file = {file} }}\n"
            );
            parse(text.as_bytes()).unwrap().dependencies
        };
        for file in ["'deps.txt'", "['requirements.txt', 'deps/run.txt']"] {
            let found = of(file);
            assert_eq!((found.len(), found[0].name.as_str(), found[0].line), (1, "", 4), "{file}");
        }
        // These are read as what they are.
        assert_eq!(of("['requirements.txt', 'requirements/base.txt']"), []);
        let old = "[tool.flit.metadata]\nmodule = \"a\"\nrequires = [\"flask >=1\"]\n";
        assert_eq!(seen(&parse(old.as_bytes()).unwrap()), [("flask", ">=1", Scope::Runtime, 3)]);
    }

    #[test]
    fn the_tables_of_poetry() {
        let text = r#"[tool.poetry]
name = "app"
[tool.poetry.dependencies]
python = "^3.9"
flask = "^2"
extra = {version = "1", optional = true}
both = [{version = "<2", python = "<3.8"}, {version = ">=2", python = ">=3.8"}]
here = {path = "../here", develop = true}
[tool.poetry.group.test.dependencies]
pytest = "*"
[tool.poetry.dev-dependencies]
black = "23"
[[tool.poetry.source]]
name = "own"
url = "https://h.example/simple"
"#;
        let declared = parse(text.as_bytes()).unwrap();
        assert_eq!(
            seen(&declared),
            [
                ("flask", "^2", Scope::Runtime, 5),
                ("extra", "1", Scope::Optional, 6),
                ("both", "<2", Scope::Runtime, 7),
                ("both", ">=2", Scope::Runtime, 7),
                ("here", "", Scope::Runtime, 8),
                ("pytest", "*", Scope::Development, 10),
                ("black", "23", Scope::Development, 12),
            ]
        );
        assert_eq!(declared.dependencies[4].origin, Origin::Path("../here".to_owned()));
        assert_eq!(declared.registries.len(), 1);
        assert!(parse(b"[").is_err());
    }
}
