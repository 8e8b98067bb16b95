//! Where packages come from, as package URLs and download locations say it.

use super::Place;
use crate::formats::package::{Origin, Package};
use crate::formats::purl::{MAX_BYTES, Purl};

/// Registries that lock files name although they are the usual ones, by type and host.
const USUAL: &[(&str, &str)] = &[("gem", "rubygems.org"), ("pypi", "pypi.org"), ("pub", "pub.dev")];

/// Longest URL that is written, in bytes.
const MAX_URL: usize = 2_000;

/// The place to get a package from, where the file names it in full.
pub(super) fn place(origin: &Origin) -> Option<Place> {
    match origin {
        Origin::Url(url) => Some(Place::Archive(web_address(url)?.to_owned())),
        Origin::Git { url, commit } => {
            let url = repository(url)?;
            let commit =
                commit.as_ref().filter(|commit| commit.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            Some(Place::Git(url.to_owned(), commit.cloned()))
        }
        _ => None,
    }
}

/// The location in the form that SPDX and the qualifier `vcs_url` share.
pub(super) fn location(place: &Place) -> String {
    match place {
        Place::Archive(url) => url.clone(),
        Place::Git(url, Some(commit)) => format!("git+{url}@{commit}"),
        Place::Git(url, None) => format!("git+{url}"),
    }
}

/// The package URL, with qualifiers for what the plain one does not tell: an origin other than the usual registry, the
/// platform, and the source package of a distribution's package.
pub(super) fn purl(package: &Package) -> Option<Purl> {
    let plain = package.purl.clone().or_else(|| {
        let ecosystem = package.ecosystem.as_ref()?;
        Purl::of(ecosystem, &package.name, package.version.as_deref())
    })?;
    let mut purl = plain.clone();
    let kind = plain.kind.as_str();
    let mut add = |key: &str, value: String| {
        if !value.is_empty() {
            purl.qualifiers.entry(key.to_owned()).or_insert(value);
        }
    };
    let from = place(&package.origin);
    match (&package.origin, &from) {
        // Their names are their places.
        _ if matches!(kind, "golang" | "swift" | "github" | "oci") => {}
        (_, Some(place @ Place::Git(..))) => add("vcs_url", location(place)),
        (_, Some(Place::Archive(url))) => add("download_url", url.clone()),
        (Origin::Registry(url), None) => {
            if let Some(url) = web_address(url).filter(|url| !is_usual(kind, url)) {
                add("repository_url", url.to_owned());
            }
        }
        _ => {}
    }
    if let Some(platform) = &package.platform {
        match kind {
            "gem" => add("platform", platform.clone()),
            "deb" | "apk" => add("arch", platform.clone()),
            _ => {}
        }
    }
    if let Some(source) = &package.source
        && matches!(kind, "deb" | "apk")
        && (source.name != package.name || source.version.is_some())
    {
        let version = source.version.as_ref().map(|version| format!("@{version}")).unwrap_or_default();
        add("upstream", format!("{}{version}", source.name));
    }
    Some(if purl.to_string().len() <= MAX_BYTES { purl } else { plain })
}

/// Whether a URL is of the registry that the type of package URL stands for anyway.
fn is_usual(kind: &str, url: &str) -> bool {
    let host = url.split_once("://").map_or("", |(_, rest)| rest).split('/').next();
    USUAL.iter().any(|(known, usual)| *known == kind && host == Some(usual))
}

/// An address of the web, if a text is one that needs no further quoting.
fn web_address(url: &str) -> Option<&str> {
    has_scheme(url, &["https", "http"]).then_some(url)
}

/// The repository of a text such as `git+https://host/path?branch=b#commit`.
fn repository(url: &str) -> Option<&str> {
    let url = url.strip_prefix("git+").unwrap_or(url);
    let url = url.split(['?', '#']).next().unwrap_or(url);
    has_scheme(url, &["https", "http", "ssh", "git"]).then_some(url)
}

fn has_scheme(url: &str, schemes: &[&str]) -> bool {
    let quoted = |byte: u8| matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}');
    url.len() <= MAX_URL
        && url.bytes().all(|byte| byte.is_ascii_graphic() && !quoted(byte))
        && url.split_once("://").is_some_and(|(scheme, rest)| schemes.contains(&scheme) && !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::ecosystem::{Ecosystem, Family};
    use crate::formats::package::SourcePackage;

    fn of(family: Family, change: impl FnOnce(&mut Package)) -> String {
        let mut package = Package {
            name: "a".to_owned(),
            version: Some("1.0".to_owned()),
            ecosystem: Some(Ecosystem::of(family)),
            ..Package::default()
        };
        change(&mut package);
        purl(&package).unwrap().to_string()
    }

    #[test]
    fn a_package_url_tells_an_unusual_origin() {
        let git = of(Family::CratesIo, |package| {
            let url = "https://example.org/a?branch=b#0123".to_owned();
            package.origin = Origin::Git { url, commit: Some("0123".to_owned()) };
        });
        assert_eq!(git, "pkg:cargo/a@1.0?vcs_url=git%2Bhttps:%2F%2Fexample.org%2Fa%400123");
        let registry = of(Family::Npm, |package| {
            package.origin = Origin::Registry("https://npm.example.org/".to_owned());
        });
        assert_eq!(registry, "pkg:npm/a@1.0?repository_url=https:%2F%2Fnpm.example.org%2F");
        let archive = of(Family::PyPi, |package| {
            package.origin = Origin::Url("https://example.org/a-1.0.tar.gz".to_owned());
        });
        assert_eq!(archive, "pkg:pypi/a@1.0?download_url=https:%2F%2Fexample.org%2Fa-1.0.tar.gz");
        let usual = of(Family::Npm, |package| package.origin = Origin::Registry(String::new()));
        assert_eq!(usual, "pkg:npm/a@1.0");
        let written = format!("https://{}/", USUAL[0].1);
        let usual = of(Family::RubyGems, |package| package.origin = Origin::Registry(written.clone()));
        assert_eq!(usual, "pkg:gem/a@1.0");
        let other = of(Family::Npm, |package| package.origin = Origin::Registry(written));
        assert!(other.contains("repository_url"), "the usual one of others");
        let folder = of(Family::Npm, |package| package.origin = Origin::Path("/home/me/a".to_owned()));
        assert_eq!(folder, "pkg:npm/a@1.0");
    }

    #[test]
    fn a_package_url_tells_platform_and_source() {
        let gem = of(Family::RubyGems, |package| package.platform = Some("java".to_owned()));
        assert_eq!(gem, "pkg:gem/a@1.0?platform=java");
        let deb = of(Family::Debian, |package| {
            package.platform = Some("amd64".to_owned());
            package.source = Some(SourcePackage { name: "src".to_owned(), version: Some("2".to_owned()) });
        });
        assert_eq!(deb, "pkg:deb/debian/a@1.0?arch=amd64&upstream=src%402");
    }

    #[test]
    fn addresses_with_what_needs_quoting_are_not_written() {
        for url in [
            "https://example.org/a b",
            "file:///etc/passwd",
            "C:\\x",
            "https://",
            "https://e.org/\"",
            "git@h:a",
        ] {
            assert_eq!(place(&Origin::Url(url.to_owned())), None, "{url}");
            assert_eq!(place(&Origin::Git { url: url.to_owned(), commit: None }), None, "{url}");
        }
    }
}
