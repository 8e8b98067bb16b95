//! `Cargo.toml`.

use super::{Declared, Dependency};
use crate::formats::document::{self, Entry, Limits, Node, Syntax};
use crate::formats::fault::Fault;
use crate::formats::package::{Origin, Scope};
use crate::formats::source_url::{commit, without_credentials};

/// Whether a file with this name is of the kind.
pub(super) fn is_name(name: &str) -> bool {
    name == "Cargo.toml"
}

/// Tables of dependencies, in a package or a target. The spellings with an underscore are old and still read.
const TABLES: [(&str, Scope); 5] = [
    ("dependencies", Scope::Runtime),
    ("dev-dependencies", Scope::Development),
    ("dev_dependencies", Scope::Development),
    ("build-dependencies", Scope::Development),
    ("build_dependencies", Scope::Development),
];

/// Reads it. What is inherited from a workspace is looked up where the workspace is of the same file; otherwise a
/// dependency's requirement is `workspace = true`, as written. `[workspace.dependencies]`, `[patch]` and `[replace]` are
/// listed with an unknown scope: they say what others get.
pub(super) fn parse(bytes: &[u8]) -> Result<Declared, Fault> {
    let documents = document::parse(bytes, Syntax::Toml, &Limits::default())?;
    let root = documents.single()?;
    let workspace = root.get("workspace");
    let shared = workspace.and_then(|workspace| workspace.get("dependencies"));
    let mut declared = Declared::default();
    if let Some(package) = root.get("package").or_else(|| root.get("project")) {
        let inherited = workspace.and_then(|workspace| workspace.get("package"));
        declared.name = field(package, "name");
        declared.version = field(package, "version")
            .or_else(|| field(inherited.filter(|_| is_inherited(package))?, "version"));
    }
    let folders = |key: &str| workspace.and_then(|workspace| workspace.get(key)).map_or(&[][..], Node::items);
    declared.members = folders("members").iter().filter_map(Node::as_str).map(str::to_owned).collect();
    declared.members.extend(folders("exclude").iter().filter_map(Node::as_str).map(|one| format!("!{one}")));
    add_tables(root, shared, &mut declared);
    for target in root.get("target").map(Node::entries).unwrap_or_default() {
        add_tables(&target.value, shared, &mut declared);
    }
    if let Some(shared) = shared {
        add(shared, Scope::Unknown, None, &mut declared);
    }
    for registry in root.get("patch").map(Node::entries).unwrap_or_default() {
        add(&registry.value, Scope::Unknown, None, &mut declared);
    }
    if let Some(replaced) = root.get("replace") {
        add(replaced, Scope::Unknown, None, &mut declared);
    }
    declared.published = root.get("lib").is_some() && root.get("bin").is_none();
    declared.dependencies.sort_by_key(|dependency| dependency.line);
    Ok(declared)
}

fn field(node: &Node, key: &str) -> Option<String> {
    node.get(key).and_then(Node::as_str).map(str::to_owned)
}

/// Whether the version is the workspace's.
fn is_inherited(package: &Node) -> bool {
    package.get_path(&["version", "workspace"]).and_then(Node::as_bool) == Some(true)
}

fn add_tables(of: &Node, shared: Option<&Node>, declared: &mut Declared) {
    for (table, scope) in TABLES {
        if let Some(table) = of.get(table) {
            add(table, scope, shared, declared);
        }
    }
}

fn add(table: &Node, scope: Scope, shared: Option<&Node>, declared: &mut Declared) {
    for entry in table.entries() {
        let dependency = dependency(entry, scope, shared);
        let registry = ["registry-index", "registry"].iter().find_map(|key| entry.value.entry(key));
        if let Some((url, line)) = registry.and_then(|at| Some((at.value.as_str()?, at.key_span.line))) {
            declared.registries.push((without_credentials(url), line));
        }
        declared.dependencies.push(dependency);
    }
}

fn dependency(entry: &Entry, scope: Scope, shared: Option<&Node>) -> Dependency {
    let value = &entry.value;
    let is_shared = value.get("workspace").and_then(Node::as_bool) == Some(true);
    let is_optional = value.get("optional").and_then(Node::as_bool) == Some(true);
    let found = shared.filter(|_| is_shared).and_then(|shared| shared.get(&entry.key));
    let source = found.unwrap_or(value);
    // A key of `[replace]` is `name:version`.
    let key = entry.key.split(':').next().unwrap_or(&entry.key);
    let requirement = match (requirement(source), is_shared && found.is_none()) {
        (_, true) => "workspace = true".to_owned(),
        (requirement, false) => requirement,
    };
    Dependency {
        name: field(source, "package").unwrap_or_else(|| key.to_owned()),
        requirement,
        scope: if is_optional && scope == Scope::Runtime { Scope::Optional } else { scope },
        origin: origin(source),
        line: entry.key_span.line,
    }
}

/// The version as written; for git without one, the reference as written: `tag = v1`.
fn requirement(value: &Node) -> String {
    if let Some(version) = value.as_str().or_else(|| value.get("version")?.as_str()) {
        return version.to_owned();
    }
    let reference = ["rev", "tag", "branch"].iter().find_map(|kind| Some((kind, value.get(kind)?.as_str()?)));
    reference.map(|(kind, name)| format!("{kind} = {name}")).unwrap_or_default()
}

fn origin(value: &Node) -> Origin {
    let text = |key: &str| value.get(key).and_then(Node::as_str);
    if let Some(url) = text("git") {
        return Origin::Git { url: without_credentials(url), commit: text("rev").and_then(commit) };
    }
    if let Some(path) = text("path") {
        return Origin::Path(path.to_owned());
    }
    match text("registry-index").or_else(|| text("registry")) {
        Some(registry) => Origin::Registry(without_credentials(registry)),
        None => Origin::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Declared {
        parse(text.as_bytes()).unwrap()
    }

    /// What a test compares of a dependency.
    fn short(declared: &Declared) -> Vec<(&str, &str, Scope, u32)> {
        let one = |of: &'_ Dependency| (of.scope, of.line);
        declared
            .dependencies
            .iter()
            .map(|of| (of.name.as_str(), of.requirement.as_str(), one(of).0, one(of).1))
            .collect()
    }

    #[test]
    fn every_table_is_read() {
        let declared = read(
            "[package]\nname = \"own\"\nversion = \"0.1.0\"\n\n[dependencies]\na = \"1\"\n\
             b = { version = \"2\", optional = true }\nrenamed = { package = \"c\", version = \"=3.0.0\" }\n\n\
             [dev-dependencies]\nd = \"*\"\n\n[build-dependencies.e]\nversion = \"5\"\n\n\
             [target.'cfg(unix)'.dependencies]\nf = \"6\"\n\n[target.x86_64-pc-windows-gnu.dev-dependencies]\ng = \"7\"\n",
        );
        assert_eq!((declared.name.as_deref(), declared.version.as_deref()), (Some("own"), Some("0.1.0")));
        use Scope::{Development, Optional, Runtime};
        assert_eq!(
            short(&declared),
            [
                ("a", "1", Runtime, 6),
                ("b", "2", Optional, 7),
                ("c", "=3.0.0", Runtime, 8),
                ("d", "*", Development, 11),
                ("e", "5", Development, 13),
                ("f", "6", Runtime, 17),
                ("g", "7", Development, 20),
            ]
        );
    }

    #[test]
    fn workspaces_are_inherited_from() {
        let declared = read(
            "[workspace]\nmembers = [\"crates/*\", \"xtask\"]\nexclude = [\"crates/old\"]\n[workspace.package]\nversion = \"1.2.3\"\n\
             [workspace.dependencies]\na = \"1.0\"\nown = { path = \"crates/own\" }\n\
             [package]\nname = \"root\"\nversion.workspace = true\n\
             [dependencies]\na.workspace = true\nown = { workspace = true, optional = true }\nz = { workspace = true }\n",
        );
        assert_eq!(declared.members, ["crates/*", "xtask", "!crates/old"]);
        assert_eq!(declared.version.as_deref(), Some("1.2.3"));
        assert_eq!(
            short(&declared),
            [
                ("a", "1.0", Scope::Unknown, 7),
                ("own", "", Scope::Unknown, 8),
                ("a", "1.0", Scope::Runtime, 13),
                ("own", "", Scope::Optional, 14),
                ("z", "workspace = true", Scope::Runtime, 15),
            ]
        );
        assert_eq!(declared.dependencies[3].origin, Origin::Path("crates/own".to_owned()));
    }

    #[test]
    fn origins_are_told_apart() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let declared = read(&format!(
            "[dependencies]\na = {{ git = \"https://u:p@example.org/a\", rev = \"{commit}\" }}\n\
             b = {{ git = \"https://example.org/b\", branch = \"main\" }}\nc = {{ path = \"../c\" }}\n\
             d = {{ version = \"1\", registry = \"mine\" }}\n\
             [patch.crates-io]\ne = {{ git = \"https://example.org/e\", tag = \"v1\" }}\n\
             [replace]\n\"f:1.0.0\" = {{ path = \"f\" }}\n"
        ));
        let origins: Vec<_> = declared.dependencies.iter().map(|of| of.origin.clone()).collect();
        let git = |url: &str, commit: Option<&str>| Origin::Git {
            url: format!("https://example.org/{url}"),
            commit: commit.map(str::to_owned),
        };
        assert_eq!(
            origins,
            [
                git("a", Some(commit)),
                git("b", None),
                Origin::Path("../c".to_owned()),
                Origin::Registry("mine".to_owned()),
                git("e", None),
                Origin::Path("f".to_owned()),
            ]
        );
        let names: Vec<_> = short(&declared).iter().map(|of| (of.0, of.1)).collect();
        assert_eq!(names[1], ("b", "branch = main"));
        assert_eq!(names[4..], [("e", "tag = v1"), ("f", "")]);
        assert_eq!(declared.registries, [("mine".to_owned(), 5)]);
    }

    #[test]
    fn what_is_not_toml_is_a_fault() {
        assert_eq!(parse(b"[package]\nname = \n").unwrap_err().line, 2);
    }
}
