//! Package URLs: parts, rules of types, and the way to ecosystems and back.

use proptest::prelude::*;

use super::{MAX_BYTES, Purl};
use crate::formats::ecosystem::{Ecosystem, Family};

fn purl(text: &str) -> Purl {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn canonical(text: &str) -> String {
    purl(text).to_string()
}

fn refusal(text: &str) -> String {
    text.parse::<Purl>().unwrap_err().to_string()
}

#[test]
fn parts_are_told_apart() {
    let purl =
        purl("pkg:deb/Debian/Zlib1g@1:1.2.13.dfsg-1%2Bb1?distro=debian-12&arch=amd64#usr/lib/./x86%20y/");
    assert_eq!(
        (purl.kind.as_str(), purl.namespace.as_deref(), purl.name.as_str()),
        ("deb", Some("debian"), "zlib1g")
    );
    assert_eq!(purl.version.as_deref(), Some("1:1.2.13.dfsg-1+b1"));
    assert_eq!(purl.qualifier("arch"), Some("amd64"));
    assert_eq!(purl.qualifier("distro"), Some("debian-12"));
    assert_eq!(purl.subpath.as_deref(), Some("usr/lib/x86 y"));
    let text = "pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1%2Bb1?arch=amd64&distro=debian-12#usr/lib/x86%20y";
    assert_eq!(purl.to_string(), text);
}

#[test]
fn loose_texts_become_canonical() {
    for (text, expected) in [
        ("PKG:///Cargo/serde@1.0.200", "pkg:cargo/serde@1.0.200"),
        (" pkg:npm/%40types/node@20.1.0\n", "pkg:npm/%40types/node@20.1.0"),
        ("pkg:npm/@types/node@20.1.0", "pkg:npm/%40types/node@20.1.0"),
        ("pkg:npm/@types/node", "pkg:npm/%40types/node"),
        ("pkg:npm/%40types%2Fnode", "pkg:npm/%40types/node"),
        ("pkg:pypi/Ruamel.YAML_clib@0.2.8", "pkg:pypi/ruamel.yaml-clib@0.2.8"),
        ("pkg:golang/github.com%2FBurntSushi%2Ftoml@v1.3.2", "pkg:golang/github.com/burntsushi/toml@v1.3.2"),
        ("pkg:golang/stdlib@1.22.1", "pkg:golang/stdlib@1.22.1"),
        ("pkg:golang/example.com/a@v2.0.0+incompatible", "pkg:golang/example.com/a@v2.0.0%2Bincompatible"),
        ("pkg:composer/Symfony%2FHttp-Kernel@v5.4.0", "pkg:composer/symfony/http-kernel@v5.4.0"),
        ("pkg:maven/org.slf4j:slf4j-api@2.0.9", "pkg:maven/org.slf4j/slf4j-api@2.0.9"),
        ("pkg:nuget/Newtonsoft.Json@13.0.1?", "pkg:nuget/Newtonsoft.Json@13.0.1"),
        ("pkg:generic//x//y//@1?b=&A=%2f", "the name is missing"),
        ("pkg:generic//x//y@1?b=&A=%2f#../a//b", "pkg:generic/x/y@1?a=%2F#a/b"),
        ("pkg:generic/x?download_url=https://h/?q=1", "pkg:generic/x?download_url=https:%2F%2Fh%2F%3Fq%3D1"),
        ("pkg:git/codeberg.org/Forgejo/forgejo@v1", "pkg:git/codeberg.org/forgejo/forgejo@v1"),
        ("pkg:pub/Http-Parser@1", "pkg:pub/http_parser@1"),
        ("pkg:oci/App@sha256%3AABCD?tag=Latest", "pkg:oci/app@sha256:abcd?tag=Latest"),
        ("pkg:generic/größe@1", "pkg:generic/gr%C3%B6%C3%9Fe@1"),
        ("pkg:brew/openssl@3@3.2.0", "pkg:brew/openssl%403@3.2.0"),
    ] {
        let found = text.parse::<Purl>().map_or_else(|error| error.to_string(), |purl| purl.to_string());
        assert_eq!(found, expected, "{text}");
        if expected.starts_with("pkg:") {
            assert_eq!(canonical(expected), expected);
        }
    }
}

#[test]
fn what_is_none_is_refused_with_the_reason() {
    for (text, reason) in [
        ("", "does not begin with `pkg:`"),
        ("serde@1.0", "does not begin with `pkg:`"),
        ("pkg%3Acargo/serde", "does not begin with `pkg:`"),
        ("pkg:cargo", "the type or the name is missing"),
        ("pkg:cargo/", "the name is missing"),
        ("pkg:cargo/@1.0", "the name is missing"),
        ("pkg:npm/@types", "the name is missing"),
        ("pkg:7zip/x", "the type must be a letter and then letters, digits, dots and hyphens"),
        ("pkg:a b/x", "the type must be a letter and then letters, digits, dots and hyphens"),
        ("pkg:cargo/a/serde", "the type `cargo` has no namespace"),
        ("pkg:deb/curl", "the type `deb` needs a namespace"),
        ("pkg:julia/Dates@1", "the type `julia` needs the qualifier `uuid`"),
        ("pkg:cargo/serde?a", "a qualifier has no value"),
        ("pkg:cargo/serde?a%20b=1", "a qualifier has a key that is none"),
        ("pkg:cargo/serde?a=1&A=2", "the qualifier `a` stands twice"),
        ("pkg:cargo/ser%2", "a percent sign does not encode a character"),
        ("pkg:cargo/ser%zz", "a percent sign does not encode a character"),
        ("pkg:cargo/ser%FF", "a percent sign does not encode a character"),
        ("pkg:cpan/URI::Escape", "the name of the type `cpan` is that of a distribution, not of a module"),
    ] {
        assert_eq!(refusal(text), reason, "{text}");
    }
    let fits = format!("pkg:cargo/{}", "a".repeat(MAX_BYTES - 10));
    assert_eq!(canonical(&fits), fits);
    assert_eq!(refusal(&format!("{fits}a")), "longer than 8192 bytes");
    // It fits as it is written, but not when it is encoded.
    assert_eq!(refusal(&format!("pkg:cargo/{}", "+".repeat(4096))), "longer than 8192 bytes");
}

#[test]
fn packages_have_purls_and_back() {
    for (ecosystem, name, version, expected) in [
        ("crates.io", "serde", "1.0.0", "pkg:cargo/serde@1.0.0"),
        ("npm", "@babel/core", "7.0.0", "pkg:npm/%40babel/core@7.0.0"),
        ("npm", "left-pad", "1.3.0", "pkg:npm/left-pad@1.3.0"),
        ("PyPI", "zope.interface", "6.0", "pkg:pypi/zope.interface@6.0"),
        ("Go", "golang.org/x/net", "v0.17.0", "pkg:golang/golang.org/x/net@v0.17.0"),
        ("Go", "stdlib", "1.22.1", "pkg:golang/stdlib@1.22.1"),
        ("Maven", "org.yaml:snakeyaml", "2.0", "pkg:maven/org.yaml/snakeyaml@2.0"),
        ("NuGet", "Newtonsoft.Json", "13.0.1", "pkg:nuget/Newtonsoft.Json@13.0.1"),
        ("RubyGems", "rails", "7.1.0", "pkg:gem/rails@7.1.0"),
        ("Packagist", "symfony/http-kernel", "v5.4.0", "pkg:composer/symfony/http-kernel@v5.4.0"),
        ("Pub", "http", "1.1.0", "pkg:pub/http@1.1.0"),
        ("Hex", "phoenix", "1.7.0", "pkg:hex/phoenix@1.7.0"),
        ("SwiftURL", "github.com/apple/swift-nio", "2.60.0", "pkg:swift/github.com/apple/swift-nio@2.60.0"),
        ("CRAN", "readxl", "1.4.2", "pkg:cran/readxl@1.4.2"),
        ("Hackage", "aeson", "2.1", "pkg:hackage/aeson@2.1"),
        ("ConanCenter", "zlib", "1.2.13", "pkg:conan/zlib@1.2.13"),
        ("Bitnami", "redis", "7.2.0", "pkg:bitnami/redis@7.2.0"),
        ("GitHub Actions", "actions/checkout", "v4", "pkg:github/actions/checkout@v4"),
        ("Debian:12", "curl", "7.88.1-10", "pkg:deb/debian/curl@7.88.1-10?distro=debian-12"),
        ("Ubuntu:22.04", "bash", "5.1", "pkg:deb/ubuntu/bash@5.1?distro=ubuntu-22.04"),
        ("Alpine:v3.20", "musl", "1.2.5-r0", "pkg:apk/alpine/musl@1.2.5-r0?distro=alpine-3.20"),
        ("Wolfi", "busybox", "1.36-r1", "pkg:apk/wolfi/busybox@1.36-r1"),
        ("Rocky Linux:9", "bash", "5.1-2.el9", "pkg:rpm/rocky/bash@5.1-2.el9?distro=rocky-9"),
        ("openSUSE:Leap 15.5", "bash", "5.1-2", "pkg:rpm/opensuse/bash@5.1-2?distro=opensuse-leap-15.5"),
        ("AlmaLinux:9", "tar", "2:1.34-6.el9", "pkg:rpm/almalinux/tar@1.34-6.el9?distro=almalinux-9&epoch=2"),
    ] {
        let ecosystem = Ecosystem::parse(ecosystem).unwrap();
        let purl = Purl::of(&ecosystem, name, Some(version)).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(purl.to_string(), expected);
        let again: Purl = expected.parse().unwrap();
        assert_eq!(again, purl);
        assert_eq!(again.package(), Some((ecosystem, name.to_owned())));
        assert_eq!(again.package_version().as_deref(), Some(version));
    }
}

#[test]
fn some_packages_have_a_purl_that_says_less() {
    let of = |ecosystem: &str, name| {
        Purl::of(&Ecosystem::parse(ecosystem).unwrap(), name, None).map(|purl| purl.to_string())
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        of("GitHub Actions", "github/codeql-action/init"),
        text("pkg:github/github/codeql-action#init")
    );
    assert_eq!(of("SwiftURL", "https://github.com/a/B.git"), text("pkg:swift/github.com/a/B"));
    assert_eq!(of("Ubuntu:Pro:18.04:LTS", "bash"), text("pkg:deb/ubuntu/bash?distro=ubuntu-18.04"));
    assert_eq!(of("Debian", "bash"), text("pkg:deb/debian/bash"));
    assert_eq!(of("Maven", "junit"), None);
    assert_eq!(of("Linux", "Kernel"), None);
    assert_eq!(of("Julia", "Dates"), None);
    assert_eq!(of("npm", ""), None);
}

#[test]
fn distributions_are_known_by_their_releases() {
    for (distro, expected) in [
        ("deb/debian/x?distro=debian-12", "Debian:12"),
        ("deb/debian/x?distro=debian-12.5", "Debian:12"),
        ("deb/debian/x?distro=bookworm", "Debian:12"),
        ("deb/debian/x?distro=Debian-bullseye", "Debian:11"),
        ("deb/debian/x?distro=11", "Debian:11"),
        ("deb/debian/x?distro=debian-6.0", "Debian:6.0"),
        ("deb/debian/x?distro=debian-sid", "Debian"),
        ("deb/debian/x?distro=ubuntu-22.04", "Debian"),
        ("deb/debian/x", "Debian"),
        ("deb/ubuntu/x?distro=ubuntu-22.04", "Ubuntu:22.04"),
        ("deb/ubuntu/x?distro=ubuntu-22.04.3", "Ubuntu:22.04"),
        ("deb/ubuntu/x?distro=jammy", "Ubuntu:22.04"),
        ("deb/ubuntu/x?distro=ubuntu-22", "Ubuntu"),
        ("apk/alpine/x?distro=alpine-3.20.1", "Alpine:v3.20"),
        ("apk/alpine/x?distro=3.20", "Alpine:v3.20"),
        ("apk/alpine/x?distro=alpine-v3.20", "Alpine:v3.20"),
        ("apk/alpine/x?distro=alpine-edge", "Alpine"),
        ("apk/wolfi/x?distro=wolfi-20230201", "Wolfi"),
        ("rpm/rocky-linux/x?distro=rocky-9.3", "Rocky Linux:9"),
        ("rpm/opensuse/x?distro=opensuse-tumbleweed", "openSUSE:Tumbleweed"),
        ("rpm/openeuler/x?distro=openeuler-22.03-lts-sp1", "openEuler:22.03-LTS-SP1"),
        ("rpm/redhat/x?distro=rhel-9.2", "Red Hat"),
    ] {
        let (ecosystem, _) = purl(&format!("pkg:{distro}")).package().unwrap();
        assert_eq!(ecosystem.to_string(), expected, "{distro}");
    }
    for unknown in ["pkg:rpm/fedora/x@1", "pkg:generic/x@1", "pkg:oci/x@1", "pkg:deb/kali/x@1"] {
        assert_eq!(purl(unknown).package(), None, "{unknown}");
    }
}

#[test]
fn sources_are_named_by_upstream() {
    let source = |text: &str| purl(text).source().map(|source| (source.name, source.version));
    let named = |name: &str, version: Option<&str>| Some((name.to_owned(), version.map(str::to_owned)));
    assert_eq!(source("pkg:deb/debian/libc6@2.36-9?upstream=glibc"), named("glibc", None));
    assert_eq!(source("pkg:deb/debian/x@1?upstream=glibc%402.36-9"), named("glibc", Some("2.36-9")));
    assert_eq!(
        source("pkg:rpm/rocky/x@1?upstream=openssl-3.0.7-25.el9.src.rpm"),
        named("openssl", Some("3.0.7-25.el9"))
    );
    assert_eq!(source("pkg:deb/debian/x@1"), None);
    assert_eq!(source("pkg:npm/x@1?upstream=y"), None);
}

#[test]
fn every_family_is_written_as_it_is_read() {
    for (family, _) in crate::formats::ecosystem::FAMILIES {
        for name in ["alpha", "a/b", "a:b", "a.b"] {
            if let Some(purl) = Purl::of(&Ecosystem::of(*family), name, Some("1")) {
                assert_eq!(purl.package().unwrap().0.family, *family, "{purl}");
                assert_eq!(canonical(&purl.to_string()), purl.to_string());
            }
        }
    }
    assert!(Purl::of(&Ecosystem::of(Family::Linux), "a/b", None).is_none());
}

/// Types with rules of their own and without.
fn kinds() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "apk",
        "brew",
        "cargo",
        "composer",
        "cpan",
        "generic",
        "git",
        "github",
        "golang",
        "hex",
        "huggingface",
        "maven",
        "mlflow",
        "npm",
        "oci",
        "otp",
        "pub",
        "pypi",
        "rpm",
        "swift",
        "x-y.z",
    ])
}

fn part() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z0-9./:@%?#&=+ _-]{0,12}", "\\PC{0,6}"]
}

proptest! {
    #[test]
    fn what_is_made_reads_as_the_same(
        kind in kinds(),
        namespace in prop::option::of(part()),
        name in part(),
        version in prop::option::of(part()),
        qualifiers in prop::collection::vec(("[a-z][a-z0-9._-]{0,4}", part()), 0..3),
        subpath in prop::option::of(part()),
    ) {
        let made = Purl::new(kind, namespace.as_deref(), &name, version.as_deref(), qualifiers, subpath.as_deref());
        if let Ok(purl) = made {
            let text = purl.to_string();
            let again: Purl = text.parse().map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
            prop_assert_eq!(&again, &purl);
            prop_assert_eq!(again.to_string(), text);
        }
    }

    #[test]
    fn what_is_read_is_stable(text in "pkg:[a-z]{2,6}/[a-zA-Z0-9./:@%?#&=+ _-]{0,40}") {
        if let Ok(purl) = text.parse::<Purl>() {
            let canonical = purl.to_string();
            prop_assert_eq!(canonical.parse::<Purl>().unwrap(), purl);
        }
    }
}
