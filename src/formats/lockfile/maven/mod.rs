//! `pom.xml` (<https://maven.apache.org/pom.html>): what one project file pins by itself.
//!
//! Parents and imported lists of versions are other files, so what they set is not known here: a dependency whose
//! version comes from there is left out, and what dependencies need in turn is not listed at all, which
//! [`Lockfile::partial`] says. A plain version counts as pinned (for a direct dependency it is what Maven takes), a range
//! does not. Managed versions that no dependency of the file uses are listed as packages of which it is not known
//! whether they are direct: modules below use them.

mod properties;
mod xml;

use std::collections::{HashMap, HashSet};

use self::properties::Properties;
use self::xml::Element;
use super::{INHERITED, Lockfile, Unread, text};
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::fault::Fault;
use crate::formats::package::{Origin, Package, Scope};
use crate::formats::source_url::without_credentials;

/// The largest file that is read.
const MAX_BYTES: usize = 16 << 20;

/// The group of plugins that name none.
const PLUGIN_GROUP: &str = "org.apache.maven.plugins";

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(_path: &str, name: &str) -> bool {
    name == "pom.xml"
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let text = text::decode(bytes, MAX_BYTES)?;
    let root = xml::read(&text)?;
    if root.name != "project" {
        return Err(Fault::new(root.line, "the root element is no project"));
    }
    let properties = Properties::new(values(&root), None);
    let mut project = Project {
        group: String::new(),
        has_parent: root.child("parent").is_some(),
        imports: imports(&root),
        lock: Lockfile::default(),
    };
    project.own(&root, &properties);

    let managed = managed(&root, &properties);
    let plugins =
        versions(&root.all(&["build", "pluginManagement", "plugins", "plugin"]), &properties, PLUGIN_GROUP);
    let mut used = HashSet::new();
    project.section(&root, &properties, &[&managed], &[&plugins], Scope::Runtime, &mut used);
    for profile in root.all(&["profiles", "profile"]) {
        let own = profile.child("properties").map(pairs).unwrap_or_default();
        let properties = Properties::new(own, Some(&properties));
        let of_profile = self::managed(profile, &properties);
        let own_plugins = versions(
            &profile.all(&["build", "pluginManagement", "plugins", "plugin"]),
            &properties,
            PLUGIN_GROUP,
        );
        let (managed, plugins) = ([&of_profile, &managed], [&own_plugins, &plugins]);
        project.section(profile, &properties, &managed, &plugins, Scope::Optional, &mut used);
    }
    let mut lock = project.lock;
    if lock.packages.iter().any(|package| package.origin != Origin::Own) || !lock.left_out.is_empty() {
        lock.partial = Some("what dependencies need in turn, and what parents add, is not listed");
    }
    for kind in ["repositories", "pluginRepositories"] {
        for repository in root.all(&[kind]).iter().flat_map(|list| &list.children) {
            if let Some(url) = repository.child("url") {
                lock.registries.push((without_credentials(url.text()), url.line));
            }
        }
    }
    lock.packages.sort_by_key(|package| package.line);
    lock.left_out.sort_by_key(|one| one.line);
    Ok(lock)
}

/// The properties of the file, and those that every project has of itself.
fn values(root: &Element) -> HashMap<&str, &str> {
    let mut values = root.child("properties").map(pairs).unwrap_or_default();
    let parent = root.child("parent");
    let inherited = |name| root.text_of(name).or_else(|| parent?.text_of(name));
    let names: [(&str, &[&'static str]); 3] = [
        ("groupId", &["project.groupId", "pom.groupId", "groupId"]),
        ("artifactId", &["project.artifactId", "pom.artifactId", "artifactId"]),
        ("version", &["project.version", "pom.version", "version"]),
    ];
    for (name, keys) in names {
        let own = if name == "artifactId" { root.text_of(name) } else { inherited(name) };
        for key in keys {
            values.extend(own.map(|value| (*key, value)));
        }
    }
    for (key, short, name) in [
        ("project.parent.groupId", "parent.groupId", "groupId"),
        ("project.parent.artifactId", "parent.artifactId", "artifactId"),
        ("project.parent.version", "parent.version", "version"),
    ] {
        let value = parent.and_then(|parent| parent.text_of(name));
        values.extend(value.into_iter().flat_map(|value| [(key, value), (short, value)]));
    }
    values
}

fn pairs(properties: &Element) -> HashMap<&str, &str> {
    properties.children.iter().map(|one| (one.name.as_str(), one.text())).collect()
}

/// What a dependency is managed by: group, artifact, type and classifier.
type Key = (String, String, String, String);

/// The entry of a managed dependency or plugin: its version and scope as written.
struct Managed<'e> {
    version: Option<&'e str>,
    scope: Option<&'e str>,
}

type Versions<'e> = HashMap<Key, Managed<'e>>;

fn managed<'e>(section: &'e Element, properties: &Properties<'_>) -> Versions<'e> {
    versions(&section.all(&["dependencyManagement", "dependencies", "dependency"]), properties, "")
}

fn versions<'e>(list: &[&'e Element], properties: &Properties<'_>, usual_group: &str) -> Versions<'e> {
    let entry = |one: &&'e Element| {
        let managed = Managed { version: one.text_of("version"), scope: one.text_of("scope") };
        Some((key(one, properties, usual_group)?, managed))
    };
    list.iter().filter_map(entry).collect()
}

fn key(element: &Element, properties: &Properties<'_>, usual_group: &str) -> Option<Key> {
    let part = |name: &str, usual: &str| {
        let text = element.text_of(name).unwrap_or(usual);
        properties.resolve(text).filter(|text| !text.chars().any(char::is_whitespace))
    };
    let (group, artifact) = (part("groupId", usual_group)?, part("artifactId", "")?);
    let named = !group.is_empty() && !artifact.is_empty();
    named.then_some((group, artifact, part("type", "jar")?, part("classifier", "")?))
}

struct Project {
    /// The project's own group; empty where it is not known.
    group: String,
    /// Whether a parent sets what the file leaves open.
    has_parent: bool,
    /// Whether it imports lists of versions for its dependencies.
    imports: bool,
    lock: Lockfile,
}

impl Project {
    /// The project itself and its parent.
    fn own(&mut self, root: &Element, properties: &Properties<'_>) {
        self.group = properties.resolve("${project.groupId}").unwrap_or_default();
        if let Some(artifact) = root.child("artifactId") {
            let name = properties.resolve(artifact.text()).unwrap_or_default();
            let version = properties.resolve("${project.version}");
            let own = package(&self.group, &name, version, artifact.line);
            self.lock.packages.push(Package { origin: Origin::Own, ..own });
        }
        let Some(parent) = root.child("parent") else { return };
        let named = key(parent, properties, "");
        let version = parent.text_of("version").and_then(|version| exact(version, properties));
        match (named, version) {
            (Some((group, artifact, ..)), Some(version)) => {
                // A parent of the same group is a folder up, unless the file says that it is none of this tree's.
                let elsewhere = parent.child("relativePath").is_some_and(|path| path.text().is_empty());
                let own = group == self.group && !elsewhere;
                let origin = if own { Origin::Own } else { Origin::Unknown };
                let package = package(&group, &artifact, Some(version), parent.line);
                let direct = (!own).then_some(true);
                self.lock.packages.push(Package { origin, direct, scope: Scope::Development, ..package });
            }
            (named, _) => self.left_out(parent, named, false),
        }
    }

    /// Dependencies and plugins of the project or of one profile.
    fn section(
        &mut self,
        section: &Element,
        properties: &Properties<'_>,
        managed: &[&Versions<'_>],
        plugins: &[&Versions<'_>],
        usual: Scope,
        used: &mut HashSet<Key>,
    ) {
        for dependency in section.all(&["dependencies", "dependency"]) {
            if let Some(key) = self.dependency(dependency, properties, managed, usual, Some(true)) {
                used.insert(key);
            }
        }
        for dependency in section.all(&["dependencyManagement", "dependencies", "dependency"]) {
            if key(dependency, properties, "").is_none_or(|key| !used.contains(&key)) {
                self.dependency(dependency, properties, &[], usual, None);
            }
        }
        let mut named = HashSet::new();
        for path in [&["build", "plugins", "plugin"][..], &["reporting", "plugins", "plugin"]] {
            for plugin in section.all(path) {
                named.extend(self.plugin(plugin, properties, plugins, Some(true)));
            }
        }
        for plugin in section.all(&["build", "pluginManagement", "plugins", "plugin"]) {
            // Without a version it only configures, and one that is used stands there already; what it is given to run
            // with has force in both cases.
            let is_used = key(plugin, properties, PLUGIN_GROUP).is_some_and(|key| named.contains(&key));
            if is_used || plugin.child("version").is_none() {
                self.of_plugin(plugin, properties);
            } else {
                self.plugin(plugin, properties, &[], None);
            }
        }
        for extension in section.all(&["build", "extensions", "extension"]) {
            self.plugin(extension, properties, &[], Some(true));
        }
    }

    fn dependency(
        &mut self,
        element: &Element,
        properties: &Properties<'_>,
        managed: &[&Versions<'_>],
        usual: Scope,
        direct: Option<bool>,
    ) -> Option<Key> {
        let named = key(element, properties, "");
        let from_list = named.as_ref().and_then(|key| managed.iter().find_map(|list| list.get(key)));
        let raw = element.text_of("version").or_else(|| from_list?.version);
        let (Some(key), Some(version)) = (named.clone(), raw.and_then(|raw| exact(raw, properties))) else {
            let inherited = match raw {
                None => self.has_parent || self.imports,
                Some(raw) => self.is_parents(raw, properties),
            };
            self.left_out(element, named.clone(), inherited);
            return named;
        };
        let scope = element.text_of("scope").or_else(|| from_list?.scope);
        let optional = element.text_of("optional") == Some("true");
        let mut package = package(&key.0, &key.1, Some(version), element.line);
        package.direct = direct;
        package.scope = match scope.and_then(|scope| properties.resolve(scope)).as_deref() {
            Some("test" | "import") => Scope::Development,
            // The surroundings bring it: a container, a JDK.
            Some("provided" | "system") => Scope::Optional,
            _ if optional => Scope::Optional,
            // A managed version alone needs nothing.
            None if direct.is_none() => Scope::Unknown,
            _ => usual,
        };
        if scope == Some("system") {
            package.origin = Origin::Path(element.text_of("systemPath").unwrap_or_default().to_owned());
        } else if self.is_sibling(&key, raw.unwrap_or_default()) {
            package.origin = Origin::Own;
            package.direct = None;
        }
        self.lock.packages.push(package);
        Some(key)
    }

    /// A module of the same build: of the project's own group, in the project's own version.
    fn is_sibling(&self, key: &Key, version: &str) -> bool {
        key.0 == self.group
            && matches!(
                version,
                "${project.version}"
                    | "${project.parent.version}"
                    | "${pom.version}"
                    | "${version}"
                    | "${revision}"
            )
    }

    fn plugin(
        &mut self,
        element: &Element,
        properties: &Properties<'_>,
        managed: &[&Versions<'_>],
        direct: Option<bool>,
    ) -> Option<Key> {
        let named = key(element, properties, PLUGIN_GROUP);
        let from_list = named.as_ref().and_then(|key| managed.iter().find_map(|list| list.get(key)));
        let raw = element.text_of("version").or_else(|| from_list?.version);
        match (&named, raw.and_then(|raw| exact(raw, properties))) {
            (Some(key), Some(version)) => {
                let mut package = package(&key.0, &key.1, Some(version), element.line);
                (package.direct, package.scope) = (direct, Scope::Development);
                if self.is_sibling(key, raw.unwrap_or_default()) {
                    package.origin = Origin::Own;
                }
                self.lock.packages.push(package);
            }
            _ => {
                let inherited = raw.map_or(self.has_parent, |raw| self.is_parents(raw, properties));
                self.left_out(element, named.clone(), inherited);
            }
        }
        self.of_plugin(element, properties);
        named
    }

    /// What a plugin is given to run with.
    fn of_plugin(&mut self, element: &Element, properties: &Properties<'_>) {
        for dependency in element.all(&["dependencies", "dependency"]) {
            self.dependency(dependency, properties, &[], Scope::Development, Some(true));
        }
    }

    /// Whether a version as written is a property that only the parent can set.
    fn is_parents(&self, version: &str, properties: &Properties<'_>) -> bool {
        self.has_parent && version.contains("${") && properties.resolve(version).is_none()
    }

    fn left_out(&mut self, element: &Element, named: Option<Key>, inherited: bool) {
        let reason = match named {
            Some(_) if inherited => INHERITED,
            Some(_) => "no exact version",
            None => "neither group nor artifact is known",
        };
        let name = named.map(|(group, artifact, ..)| format!("{group}:{artifact}")).unwrap_or_default();
        self.lock.left_out.push(Unread { line: element.line, reason, name });
    }
}

/// Whether a project, in itself or in a profile, imports lists of versions.
fn imports(root: &Element) -> bool {
    let list = &["dependencyManagement", "dependencies", "dependency"];
    let mut all = root.all(list);
    all.extend(root.all(&["profiles", "profile"]).iter().flat_map(|profile| profile.all(list)));
    all.iter().any(|one| one.text_of("scope") == Some("import"))
}

fn package(group: &str, artifact: &str, version: Option<String>, line: u32) -> Package {
    Package {
        name: format!("{group}:{artifact}"),
        version,
        ecosystem: Some(Ecosystem::of(Family::Maven)),
        line,
        ..Package::default()
    }
}

/// The one version that a text stands for: `1.0`, `[1.0]`; not a range, a word for the newest, or an unknown property.
fn exact(text: &str, properties: &Properties<'_>) -> Option<String> {
    let text = properties.resolve(text)?;
    let text = text.trim();
    let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text).trim();
    let unusual = |letter: char| letter.is_whitespace() || "[](),${}<>@".contains(letter);
    let moving = matches!(text, "LATEST" | "RELEASE");
    (!text.is_empty() && !moving && !text.contains(unusual)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests;
