//! Project files of .NET (`*.csproj`, `*.fsproj`, `*.vbproj`, `Directory.Packages.props` and such), and for
//! its lock file kind `packages.config`, which is of the same form.
//!
//! Properties (`$(Name)`) stand as written, and conditions are not judged: what stands under one is asked for somewhere.
//! Nothing of XML is expanded but the predefined entities; a document type definition is refused.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use super::{Declared, Dependency};
use crate::formats::fault::Fault;
use crate::formats::package::{Origin, Scope};
use crate::formats::source_url::without_credentials;

/// How long a project file may be, in bytes.
const MAX_BYTES: usize = 8 << 20;
/// How deep elements may nest.
const MAX_DEPTH: usize = 64;

const NOT_PREDEFINED: &str = "an entity that is not predefined";

/// Whether a file with this name is of the kind.
pub(super) fn is_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    matches!(lower.as_str(), "directory.packages.props" | "directory.build.props" | "directory.build.targets")
        || [".csproj", ".fsproj", ".vbproj"].iter().any(|end| lower.ends_with(end))
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Declared, Fault> {
    if bytes.len() > MAX_BYTES {
        return Err(Fault::new(1, "the file is larger than a project file may be (8 MiB)"));
    }
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes));
    let text = text.map_err(|_| Fault::new(1, "not UTF-8"))?;
    let mut xml = Reader::from_str(text);
    let mut lines = Lines { text, offset: 0, line: 1 };
    let mut walk = Walk::default();
    loop {
        let line = lines.at(xml.buffer_position());
        match xml.read_event() {
            Ok(Event::Start(tag)) => walk.start(&tag, line)?,
            Ok(Event::Empty(tag)) => {
                walk.start(&tag, line)?;
                walk.end();
            }
            Ok(Event::End(_)) => walk.end(),
            Ok(Event::Text(part)) => walk.text.push_str(&part.xml10_content()),
            Ok(Event::CData(part)) => walk.text.push_str(&part.xml10_content()),
            Ok(Event::GeneralRef(entity)) => {
                walk.text.push(character(&entity).ok_or_else(|| Fault::new(line, NOT_PREDEFINED))?);
            }
            Ok(Event::DocType(_)) => return Err(Fault::new(line, "a document type definition")),
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(_) => return Err(Fault::new(lines.at(xml.error_position()), "not well-formed XML")),
        }
    }
    if !walk.path.is_empty() {
        return Err(Fault::new(lines.at(u64::MAX), "an element that does not end"));
    }
    if walk.known { Ok(walk.declared) } else { Err(Fault::new(1, "expected `Project` or `packages`")) }
}

/// The character of a reference, where it is predefined or given by its number.
fn character(entity: &BytesRef<'_>) -> Option<char> {
    if let Ok(Some(by_number)) = entity.resolve_char_ref() {
        return Some(by_number);
    }
    match entity.xml10_content().as_ref() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

/// Lines by offset, asked for in rising order.
struct Lines<'t> {
    text: &'t str,
    offset: usize,
    line: u32,
}

impl Lines<'_> {
    fn at(&mut self, offset: u64) -> u32 {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX).min(self.text.len());
        let between = self.text.as_bytes().get(self.offset..offset).unwrap_or_default();
        let breaks = memchr::memchr_iter(b'\n', between).count();
        self.line = self.line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
        self.offset = self.offset.max(offset);
        self.line
    }
}

/// What is open, and what was found.
#[derive(Default)]
struct Walk {
    /// Names of the open elements, in lower case.
    path: Vec<String>,
    /// Line on which the last element started.
    line: u32,
    /// Text of the innermost element so far.
    text: String,
    /// The dependency whose element is open, and how deep that is.
    open: Option<(usize, Dependency)>,
    declared: Declared,
    known: bool,
}

impl Walk {
    fn start(&mut self, tag: &BytesStart<'_>, line: u32) -> Result<(), Fault> {
        if self.path.len() >= MAX_DEPTH {
            return Err(Fault::new(line, "elements nest too deep"));
        }
        let name = tag.local_name().into_inner().to_ascii_lowercase();
        if self.path.is_empty() {
            self.known = matches!(name.as_str(), "project" | "packages");
        }
        self.text.clear();
        self.line = line;
        self.path.push(name);
        let wanted = match self.path.last().map(String::as_str) {
            Some(
                "packagereference"
                | "packageversion"
                | "globalpackagereference"
                | "packagedownload"
                | "dotnetclitoolreference",
            ) => "include",
            Some("package") if self.path.first().is_some_and(|root| root == "packages") => "id",
            _ => return Ok(()),
        };
        let mut dependency = Dependency {
            name: String::new(),
            requirement: String::new(),
            scope: Scope::Unknown,
            origin: Origin::Unknown,
            line,
        };
        // The check for repeated names compares each with each.
        for attribute in tag.attributes().with_checks(false) {
            let attribute =
                attribute.map_err(|_| Fault::new(line, "an attribute that is not well-formed"))?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|_| Fault::new(line, NOT_PREDEFINED))?;
            let key = attribute.key.local_name().into_inner().to_ascii_lowercase();
            if key == wanted {
                dependency.name = value.trim().to_owned();
            } else {
                set(&mut dependency, &key, &value);
            }
        }
        if matches!(
            self.path.last().map(String::as_str),
            Some("dotnetclitoolreference" | "globalpackagereference")
        ) {
            dependency.scope = Scope::Development;
        }
        self.open = Some((self.path.len(), dependency));
        Ok(())
    }

    fn end(&mut self) {
        let name = self.path.pop().unwrap_or_default();
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        match &mut self.open {
            Some((depth, dependency)) if *depth == self.path.len() => set(dependency, &name, text),
            Some((depth, _)) if *depth == self.path.len() + 1 => {
                let Some((_, dependency)) = self.open.take() else { return };
                let all = &mut self.declared.dependencies;
                if self.path.first().is_some_and(|root| root == "packages") {
                    all.push(dependency);
                    return;
                }
                // Without a name it is an `Update` of one that stands elsewhere; one element may name several.
                for name in dependency.name.split(';').map(str::trim).filter(|name| !name.is_empty()) {
                    all.push(Dependency { name: name.to_owned(), ..dependency.clone() });
                }
            }
            Some(_) => {}
            None if self.path.last().is_some_and(|parent| parent == "propertygroup") && !text.is_empty() => {
                self.property(&name, text);
            }
            None => {}
        }
    }

    fn property(&mut self, name: &str, text: &str) {
        let declared = &mut self.declared;
        match name {
            "packageid" => {
                declared.name = Some(text.to_owned());
                declared.published = true;
            }
            "assemblyname" if declared.name.is_none() => declared.name = Some(text.to_owned()),
            "version" => declared.version = Some(text.to_owned()),
            "versionprefix" if declared.version.is_none() => declared.version = Some(text.to_owned()),
            "restoresources" | "restoreadditionalprojectsources" => {
                let sources = text.split(';').map(str::trim).filter(|source| source.contains("://"));
                declared.registries.extend(sources.map(|source| (without_credentials(source), self.line)));
            }
            _ => {}
        }
    }
}

/// One piece of metadata, as an attribute or as an element.
fn set(dependency: &mut Dependency, key: &str, value: &str) {
    let value = value.trim();
    match key {
        "version" | "versionoverride" if !value.is_empty() => dependency.requirement = value.to_owned(),
        "privateassets" if value.eq_ignore_ascii_case("all") => dependency.scope = Scope::Development,
        "developmentdependency" if value.eq_ignore_ascii_case("true") => {
            dependency.scope = Scope::Development;
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read() {
        let text = b"\xEF\xBB\xBF<?xml version=\"1.0\"?>
<Project Sdk=\"Microsoft.NET.Sdk\">
  <PropertyGroup>
    <PackageId>Acme &amp; Co</PackageId>
    <Version>1.2.0</Version>
    <RestoreSources>$(RestoreSources);https://u:hunter2@feed.example.org/v3</RestoreSources>
  </PropertyGroup>
  <ItemGroup Condition=\"'$(X)' == 'y'\">
    <!-- <PackageReference Include=\"Gone\" Version=\"1\" /> -->
    <PackageReference Include=\"Acme.Json\" Version=\"13.0.1\" />
    <PackageReference
      Include=\"Acme.Analyzers\">
      <Version>[2.0,3.0)</Version>
      <PrivateAssets> all </PrivateAssets>
    </PackageReference>
    <PackageReference Update=\"Acme.Json\" Version=\"13.0.2\" />
    <PackageReference Include=\"Central\" />
    <ProjectReference Include=\"..\\b\\b.csproj\" />
    <PackageVersion Include=\"Pinned\" Version=\"$(PinnedVersion)\" />
  </ItemGroup>
</Project>";
        let declared = parse(text).unwrap();
        let seen: Vec<_> = declared
            .dependencies
            .iter()
            .map(|one| (one.name.as_str(), one.requirement.as_str(), one.scope, one.line))
            .collect();
        let (unknown, development) = (Scope::Unknown, Scope::Development);
        assert_eq!(
            seen,
            [
                ("Acme.Json", "13.0.1", unknown, 10),
                ("Acme.Analyzers", "[2.0,3.0)", development, 11),
                ("Central", "", unknown, 17),
                ("Pinned", "$(PinnedVersion)", unknown, 19),
            ]
        );
        assert_eq!(
            (declared.name.as_deref(), declared.version.as_deref()),
            (Some("Acme & Co"), Some("1.2.0"))
        );
        assert_eq!(declared.registries, [("https://feed.example.org/v3".to_owned(), 6)]);
    }

    #[test]
    fn several_names_of_one_reference_are_several() {
        let text = b"<Project><PackageReference Include=\"A; B;\" Version=\"1\" /></Project>";
        let found = parse(text).unwrap().dependencies;
        let seen: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.requirement.as_str())).collect();
        assert_eq!(seen, [("A", "1"), ("B", "1")]);
    }

    #[test]
    fn a_list_of_packages_is_read() {
        let text = b"<packages>
  <package id=\"Acme.Json\" version=\"6.0.4\" targetFramework=\"net45\" />
  <package id=\"Acme.Test\" version=\"3.0\" developmentDependency=\"true\" />
</packages>";
        let found = parse(text).unwrap().dependencies;
        assert_eq!(
            (found[0].name.as_str(), found[0].requirement.as_str(), found[0].line),
            ("Acme.Json", "6.0.4", 2)
        );
        assert_eq!((found[1].scope, found[1].line), (Scope::Development, 3));
    }

    #[test]
    fn hostile_files_are_refused() {
        for text in [
            "",
            "<html/>",
            "<Project>",
            "<Project></Item></Project>",
            "<!DOCTYPE x [<!ENTITY a \"b\">]><Project/>",
            "<Project><PropertyGroup><Version>&a;</Version></PropertyGroup></Project>",
            "<Project><PackageReference Include=\"&a;\"/></Project>",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse("<Project>".repeat(100_000).as_bytes()).is_err());
        let names: String = (0..200_000).map(|index| format!("a{index}=\"\" ")).collect();
        assert!(parse(format!("<Project><PackageReference {names}/></Project>").as_bytes()).is_ok());
    }
}
