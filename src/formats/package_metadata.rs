//! What a package says of itself, in the file that its archive carries for that: `pom.properties` of Maven, `METADATA`
//! and `PKG-INFO` of Python, `package.json` of npm, `*.nuspec` of `NuGet`.

use quick_xml::Reader;
use quick_xml::events::Event;
use serde::Deserialize;
use serde_json::Value;

use super::ecosystem::{Ecosystem, Family};
use super::package::Package;

/// Largest file that is read, in bytes.
const MAX_BYTES: usize = 4 << 20;
/// Longest name, version or licence, in bytes.
const MAX_TEXT: usize = 512;
/// Deepest element of a `nuspec` that matters.
const NUSPEC_DEPTH: usize = 3;

/// What a package says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Name, version, ecosystem and licences.
    pub package: Package,
    /// How many packages it asks for that need not come with it.
    pub asks: usize,
}

/// The kinds of such files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `META-INF/maven/GROUP/ARTIFACT/pom.properties`, as Maven's archiver writes it.
    Maven,
    /// `*.dist-info/METADATA`, `PKG-INFO` (the core metadata of Python packages).
    Python,
    /// `package.json`.
    Npm,
    /// `*.nuspec`.
    NuGet,
}

/// Reads such a file; none when it does not tell at least a name and a version.
#[must_use]
pub fn parse(kind: Kind, bytes: &[u8]) -> Option<Metadata> {
    if bytes.len() > MAX_BYTES {
        return None;
    }
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    match kind {
        Kind::Maven => maven(text),
        Kind::Python => python(text),
        Kind::Npm => npm(text),
        Kind::NuGet => nuget(text),
    }
}

fn metadata(family: Family, name: &str, version: &str, licenses: &[&str], asks: usize) -> Option<Metadata> {
    let is_text = |text: &str| {
        let plain = |letter: char| !letter.is_control() && !letter.is_whitespace();
        !text.is_empty() && text.len() <= MAX_TEXT && text.chars().all(plain)
    };
    let is_license =
        |text: &str| !text.is_empty() && text.len() <= MAX_TEXT && !text.chars().any(char::is_control);
    if !is_text(name) || !is_text(version) {
        return None;
    }
    let licenses = licenses.iter().filter(|text| is_license(text)).map(|text| (*text).to_owned()).collect();
    let package = Package {
        name: name.to_owned(),
        version: Some(version.to_owned()),
        ecosystem: Some(Ecosystem::of(family)),
        licenses,
        ..Package::default()
    };
    Some(Metadata { package, asks })
}

/// A Java properties file with the three coordinates; none of them needs its escapes.
fn maven(text: &str) -> Option<Metadata> {
    let (mut group, mut artifact, mut version) = ("", "", "");
    for line in text.lines() {
        let line = line.trim_start();
        if line.starts_with(['#', '!']) {
            continue;
        }
        let Some((key, value)) = line.split_once(['=', ':']) else { continue };
        match key.trim_end() {
            "groupId" => group = value.trim(),
            "artifactId" => artifact = value.trim(),
            "version" => version = value.trim(),
            _ => {}
        }
    }
    if group.is_empty() || artifact.is_empty() || group.contains(':') || artifact.contains(':') {
        return None;
    }
    metadata(Family::Maven, &format!("{group}:{artifact}"), version, &[], 0)
}

/// Header fields up to the first empty line.
fn python(text: &str) -> Option<Metadata> {
    let (mut name, mut version, mut expression, mut license, mut asks) = ("", "", "", "", 0);
    for line in text.lines().take_while(|line| !line.trim().is_empty()) {
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match key.to_ascii_lowercase().as_str() {
            "name" => name = value,
            "version" => version = value,
            "license-expression" => expression = value,
            "license" => license = value,
            // What only an extra asks for is not needed.
            "requires-dist" => {
                let of_extra = value.split_once(';').is_some_and(|(_, marker)| marker.contains("extra"));
                asks += usize::from(!of_extra);
            }
            _ => {}
        }
    }
    let license = if expression.is_empty() { license } else { expression };
    // Many write "UNKNOWN", and some their whole licence, which is folded over lines.
    let license = Some(license).filter(|text| text.len() <= 64 && *text != "UNKNOWN");
    metadata(Family::PyPi, name, version, license.as_slice(), asks)
}

#[derive(Deserialize)]
struct NpmPackage {
    name: String,
    version: String,
    #[serde(default)]
    license: Value,
}

fn npm(text: &str) -> Option<Metadata> {
    let read: NpmPackage = serde_json::from_str(text).ok()?;
    metadata(Family::Npm, &read.name, &read.version, read.license.as_str().as_slice(), 0)
}

/// `package/metadata/id` and `version`; nothing of the document is expanded.
fn nuget(text: &str) -> Option<Metadata> {
    let mut reader = Reader::from_str(text);
    let (mut id, mut version, mut license, mut asks) = (String::new(), String::new(), String::new(), 0);
    let mut open: Vec<String> = Vec::new();
    let mut depth = 0_usize;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                depth += 1;
                if depth <= NUSPEC_DEPTH {
                    open.push(start.local_name().as_ref().to_owned());
                }
                asks += usize::from(start.local_name().as_ref() == "dependency");
            }
            Event::Empty(start) => asks += usize::from(start.local_name().as_ref() == "dependency"),
            Event::End(_) => {
                depth = depth.checked_sub(1)?;
                open.truncate(depth);
            }
            Event::Text(written) if depth == NUSPEC_DEPTH => {
                let path: Vec<&str> = open.iter().map(String::as_str).collect();
                let field = match path.as_slice() {
                    ["package", "metadata", "id"] => &mut id,
                    ["package", "metadata", "version"] => &mut version,
                    ["package", "metadata", "license"] => &mut license,
                    _ => continue,
                };
                field.push_str(written.xml10_content().trim());
            }
            Event::Eof => break,
            _ => {}
        }
    }
    metadata(Family::NuGet, &id, &version, &[&license], asks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, text: &str) -> Option<(String, String, Vec<String>, usize)> {
        let Metadata { package, asks } = parse(kind, text.as_bytes())?;
        Some((package.name, package.version?, package.licenses, asks))
    }

    #[test]
    fn packages_say_what_they_are() {
        let maven = "#Generated by Maven\n#Tue\nversion=1.2.3\ngroupId = org.example\nartifactId:lib\r\n";
        assert_eq!(of(Kind::Maven, maven), Some(("org.example:lib".into(), "1.2.3".into(), vec![], 0)));
        let python = "Metadata-Version: 2.1\nName: Zope.Thing\nVersion: 1.0\nLicense: MIT\nRequires-Dist: a (>=1)\n\
            Requires-Dist: b; extra == 'test'\n\nName: not this one\n";
        let expected = ("Zope.Thing".into(), "1.0".into(), vec!["MIT".to_owned()], 1);
        assert_eq!(of(Kind::Python, python), Some(expected));
        let npm = r#"{"name":"@a/b","version":"2.0.0","license":"Apache-2.0","dependencies":{"c":"^1"}}"#;
        let expected = ("@a/b".into(), "2.0.0".into(), vec!["Apache-2.0".to_owned()], 0);
        assert_eq!(of(Kind::Npm, npm), Some(expected));
        let nuspec = "\u{FEFF}<?xml version=\"1.0\"?><package xmlns=\"x\"><metadata minClientVersion=\"2\">\
            <id>A.B</id><version>3.1.0</version><license type=\"expression\">MIT</license><dependencies>\
            <group targetFramework=\"net8.0\"><dependency id=\"C\" version=\"1\" /></group></dependencies>\
            <owners><id>other</id></owners></metadata></package>";
        let expected = ("A.B".into(), "3.1.0".into(), vec!["MIT".to_owned()], 1);
        assert_eq!(of(Kind::NuGet, nuspec), Some(expected));
    }

    #[test]
    fn what_does_not_tell_name_and_version_tells_nothing() {
        for (kind, text) in [
            (Kind::Maven, "groupId=a\nartifactId=b\n"),
            (Kind::Maven, "groupId=a\nversion=1\n"),
            (Kind::Maven, "groupId=a:b\nartifactId=c\nversion=1\n"),
            (Kind::Python, "\nName: a\nVersion: 1\n"),
            (Kind::Python, "Name: a b\nVersion: 1\n"),
            (Kind::Python, "Name: a\u{1b}[2J\nVersion: 1\n"),
            (Kind::Npm, "{\"name\":\"a\"}"),
            (Kind::Npm, "[]"),
            (Kind::Npm, "{\"name\":\"a\",\"version\":1}"),
            (Kind::NuGet, "<package><id>a</id><version>1</version></package>"),
            (Kind::NuGet, "<package><metadata><id>a</id>"),
            (Kind::NuGet, "</a></b>"),
        ] {
            assert_eq!(of(kind, text), None, "{kind:?} {text:?}");
        }
        assert_eq!(parse(Kind::Npm, &vec![b' '; MAX_BYTES + 1]), None);
    }
}
