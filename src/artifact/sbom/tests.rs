//! Bills written and read back by the reader, which holds documents to the published schemas.

use super::*;
use crate::formats::ecosystem::Family;
use crate::formats::package::{HashFunction, Origin};
use crate::formats::sbom::{self as reader, GapKind, completeness};

const CREATED: &str = "2026-06-15T12:00:00Z";

fn package(family: Family, name: &str, version: &str) -> Package {
    Package {
        name: name.to_owned(),
        version: Some(version.to_owned()),
        ecosystem: Some(Ecosystem::of(family)),
        ..Package::default()
    }
}

fn hash(algorithm: HashFunction, digits: usize) -> Hash {
    Hash { algorithm, hex: "ab".repeat(digits / 2) }
}

/// A Rust workspace of one crate: `app` needs `net` to run and `mock` for its tests, and both need `bytes`.
fn rust() -> Vec<Package> {
    let mut app = package(Family::CratesIo, "app", "0.3.0");
    app.origin = Origin::Own;
    app.depends_on = Some(vec![1, 2]);
    let mut net = package(Family::CratesIo, "net", "1.2.3");
    net.scope = Scope::Runtime;
    net.direct = Some(true);
    net.hashes = vec![hash(HashFunction::Sha256, 64)];
    net.licenses = vec!["MIT/Apache-2.0".to_owned()];
    net.depends_on = Some(vec![3]);
    let mut mock = package(Family::CratesIo, "mock", "0.1.0");
    mock.scope = Scope::Development;
    mock.direct = Some(true);
    mock.depends_on = Some(vec![3]);
    mock.origin =
        Origin::Git { url: "https://example.org/mock?branch=main".to_owned(), commit: Some("1f".repeat(20)) };
    let mut bytes = package(Family::CratesIo, "bytes", "1.0.0");
    bytes.scope = Scope::Runtime;
    bytes.direct = Some(false);
    bytes.depends_on = Some(Vec::new());
    vec![app, net, mock, bytes]
}

/// Packages of several ecosystems without a graph.
fn mixed() -> Vec<Package> {
    let mut scoped = package(Family::Npm, "@scope/tool", "2.0.0");
    scoped.scope = Scope::Development;
    scoped.hashes = vec![hash(HashFunction::Sha512, 128), hash(HashFunction::Sha1, 40)];
    let mut vendor = package(Family::Packagist, "vendor/lib", "3.1.0");
    vendor.licenses = vec!["MIT".to_owned(), "GPL-2.0-or-later".to_owned()];
    let mut odd = package(Family::Packagist, "vendor/odd", "1.0");
    odd.licenses = vec!["proprietary".to_owned()];
    let mut nuget = package(Family::NuGet, "Some.Package", "1.0.0");
    nuget.hashes = vec![hash(HashFunction::Sha512, 128)];
    let mut module = package(Family::Go, "example.org/Mod", "v1.0.0");
    module.hashes = vec![hash(HashFunction::Other, 64)];
    let mut short = package(Family::PyPi, "Some_Thing", "4");
    short.hashes = vec![hash(HashFunction::Sha256, 40), hash(HashFunction::Sha256, 64)];
    let maven = package(Family::Maven, "org.example:core", "5.0");
    let nameless = package(Family::Bioconductor, "limma", "3.0");
    vec![scoped, vendor, odd, nuget, module, short, maven, nameless]
}

fn bill(lists: &[(&str, &[Package])]) -> Bill {
    let lists: Vec<List<'_>> = lists.iter().map(|(path, packages)| List { path, packages }).collect();
    Bill::of("shop", CREATED.to_owned(), &lists)
}

fn both(bill: &Bill) -> [reader::Sbom; 2] {
    [cyclonedx(bill), spdx(bill)].map(|bytes| {
        let read = reader::parse(&bytes).unwrap();
        assert_eq!(read.invalid, [], "{}", String::from_utf8_lossy(&bytes));
        read
    })
}

fn identities(packages: &[Package]) -> Vec<String> {
    let mut list: Vec<String> = packages
        .iter()
        .map(|one| one.purl.as_ref().map_or_else(|| one.name.clone(), ToString::to_string))
        .collect();
    list.sort();
    list
}

fn find<'p>(packages: &'p [Package], name: &str) -> &'p Package {
    packages.iter().find(|one| one.name == name).unwrap_or_else(|| panic!("{name}"))
}

#[test]
fn what_is_written_is_read_back() {
    let bill = bill(&[("Cargo.lock", &rust()), ("web/list", &mixed())]);
    for read in both(&bill) {
        assert_eq!(
            identities(&read.packages),
            [
                "limma".to_owned(),
                "pkg:cargo/bytes@1.0.0".to_owned(),
                format!(
                    "pkg:cargo/mock@0.1.0?vcs_url=git%2Bhttps:%2F%2Fexample.org%2Fmock%40{}",
                    "1f".repeat(20)
                ),
                "pkg:cargo/net@1.2.3".to_owned(),
                "pkg:composer/vendor/lib@3.1.0".to_owned(),
                "pkg:composer/vendor/odd@1.0".to_owned(),
                "pkg:golang/example.org/mod@v1.0.0".to_owned(),
                "pkg:maven/org.example/core@5.0".to_owned(),
                "pkg:npm/%40scope/tool@2.0.0".to_owned(),
                "pkg:nuget/Some.Package@1.0.0".to_owned(),
                "pkg:pypi/some-thing@4".to_owned(),
            ],
            "{}",
            read.format
        );
        let subject = read.subject.as_ref().unwrap();
        assert_eq!((subject.name.as_str(), subject.version.as_deref()), ("app", Some("0.3.0")));
        assert_eq!(read.created.as_deref(), Some(CREATED));
    }
}

#[test]
fn the_graph_is_what_the_lists_tell() {
    for read in both(&bill(&[("Cargo.lock", &rust()), ("web/list", &mixed())])) {
        let needs = |package: &Package| -> Option<Vec<&str>> {
            let list = package.depends_on.as_ref()?;
            Some(list.iter().map(|at| read.packages[*at].name.as_str()).collect())
        };
        let mut direct = needs(read.subject.as_ref().unwrap()).unwrap();
        direct.sort_unstable();
        assert_eq!(direct, ["mock", "net"], "{}", read.format);
        assert_eq!(needs(find(&read.packages, "net")), Some(vec!["bytes"]));
        assert_eq!(needs(find(&read.packages, "bytes")), Some(vec![]), "that it needs nothing is known");
        assert_eq!(needs(find(&read.packages, "limma")), None, "what it needs is not known");
        assert_eq!(find(&read.packages, "mock").scope, Scope::Development, "{}", read.format);
        assert_ne!(find(&read.packages, "net").scope, Scope::Development, "{}", read.format);
    }
}

#[test]
fn only_digests_of_archives_stand_in_it() {
    for read in both(&bill(&[("list", &mixed()), ("Cargo.lock", &rust())])) {
        let lengths = |name: &str| -> Vec<usize> {
            find(&read.packages, name).hashes.iter().map(|hash| hash.hex.len()).collect()
        };
        assert_eq!(lengths("net"), [64]);
        assert_eq!(lengths("@scope/tool"), [40, 128]);
        assert_eq!(lengths("some-thing"), [64], "a digest that does not fit its function is left out");
        assert_eq!((lengths("Some.Package"), lengths("example.org/mod")), (vec![], vec![]));
    }
}

#[test]
fn licences_are_expressions_or_names() {
    let [cyclonedx, spdx] = both(&bill(&[("Cargo.lock", &rust()), ("list", &mixed())]));
    for read in [&cyclonedx, &spdx] {
        assert_eq!(find(&read.packages, "net").licenses, ["MIT OR Apache-2.0"]);
        assert_eq!(find(&read.packages, "vendor/lib").licenses, ["MIT OR GPL-2.0-or-later"]);
        assert!(find(&read.packages, "mock").licenses.is_empty());
    }
    assert_eq!(find(&cyclonedx.packages, "vendor/odd").licenses, ["proprietary"]);
    let reference = &find(&spdx.packages, "vendor/odd").licenses[0];
    assert!(reference.starts_with("LicenseRef-proprietary-"), "{reference}");
}

#[test]
fn several_files_make_one_entry_and_a_use_that_runs_outweighs_development() {
    let mut other = rust();
    for package in &mut other {
        package.scope = Scope::Development;
        package.hashes = vec![hash(HashFunction::Sha512, 128)];
    }
    let bill = bill(&[("Cargo.lock", &rust()), ("tool/Cargo.lock", &other)]);
    let net = bill.packages.iter().find(|entry| entry.name == "net").unwrap();
    assert_eq!(net.files.iter().collect::<Vec<_>>(), ["Cargo.lock", "tool/Cargo.lock"]);
    assert_eq!((net.scope, net.hashes.len(), bill.packages.len()), (Scope::Runtime, 2, 3));
}

#[test]
fn several_projects_are_parts_of_the_tree() {
    let mut other = rust();
    other[0].name = "cli".to_owned();
    let bill = bill(&[("Cargo.lock", &rust()), ("cli/Cargo.lock", &other)]);
    assert_eq!((bill.subject.name.as_str(), &bill.subject.purl), ("shop", &None));
    let own: Vec<&str> = bill
        .packages
        .iter()
        .filter(|entry| entry.kind == Kind::Application)
        .map(|entry| entry.name.as_str())
        .collect();
    assert_eq!(own, ["app", "cli"]);
    let needed = bill.subject.depends_on.as_ref().unwrap();
    assert_eq!(needed.iter().map(|at| bill.packages[*at].name.as_str()).collect::<Vec<_>>(), own);
    for read in both(&bill) {
        assert_eq!(read.subject.unwrap().name, "shop");
    }
}

#[test]
fn what_the_project_asks_for_hangs_on_the_project() {
    // A file that names no project, as requirements do not.
    let mut asked = package(Family::PyPi, "web", "1");
    asked.direct = Some(true);
    let mut other = package(Family::PyPi, "deep", "1");
    other.direct = Some(false);
    let bill = bill(&[("requirements.txt", &[asked, other])]);
    let needed = bill.subject.depends_on.as_ref().unwrap();
    assert_eq!(needed.iter().map(|at| bill.packages[*at].name.as_str()).collect::<Vec<_>>(), ["web"]);
    // And one that tells nothing of who asks for what.
    let untold = self::bill(&[("list", &mixed())]);
    assert_eq!(untold.subject.depends_on, None);
}

#[test]
fn identical_input_gives_identical_bytes() {
    let (rust, mixed) = (rust(), mixed());
    let one = bill(&[("Cargo.lock", &rust), ("web/list", &mixed)]);
    let turned = bill(&[("web/list", &mixed), ("Cargo.lock", &rust)]);
    assert_eq!(cyclonedx(&one), cyclonedx(&turned));
    assert_eq!(spdx(&one), spdx(&turned));
    let mut changed = one.clone();
    changed.packages[0].version = Some("9".to_owned());
    let serial = |bill: &Bill| {
        let document: serde_json::Value = serde_json::from_slice(&cyclonedx(bill)).unwrap();
        document["serialNumber"].as_str().unwrap().to_owned()
    };
    let namespace = |bill: &Bill| {
        let document: serde_json::Value = serde_json::from_slice(&spdx(bill)).unwrap();
        document["documentNamespace"].as_str().unwrap().to_owned()
    };
    assert_ne!(serial(&one), serial(&changed));
    assert_ne!(namespace(&one), namespace(&changed));
    assert!(namespace(&one).starts_with("https://spdx.org/spdxdocs/app-"));
}

#[test]
fn hostile_names_stay_values() {
    let mut odd = package(Family::CratesIo, "a\"\n\u{7f}\u{202e}<b>/../x", "1\n2");
    odd.licenses = vec!["\"\u{0}(MIT".to_owned(), "MIT OR ".repeat(3_000), "LicenseRef-a OR MIT".to_owned()];
    odd.origin = Origin::Url("https://example.org/\"><script>".to_owned());
    odd.depends_on = Some(vec![0, 7, usize::MAX]);
    let long = package(Family::Npm, "long", &"9".repeat(2_000));
    let nothing = package(Family::Npm, "", "1");
    let bill = bill(&[("a\"b/Cargo.lock", &[odd, long, nothing])]);
    assert_eq!(bill.packages.len(), 2);
    let [_, spdx] = both(&bill);
    assert!(spdx.packages.iter().all(|package| package.depends_on.as_ref().is_none_or(Vec::is_empty)));
    let document: serde_json::Value = serde_json::from_slice(&cyclonedx(&bill)).unwrap();
    let long = document["components"].as_array().unwrap().iter().find(|one| one["name"] == "long").unwrap();
    assert_eq!(long.get("version"), None, "the schema's bound is 1024");
}

#[test]
fn what_is_missing_is_said() {
    let mut bill = bill(&[("Cargo.lock", &rust())]);
    let aggregate = |bill: &Bill| {
        let document: serde_json::Value = serde_json::from_slice(&cyclonedx(bill)).unwrap();
        document["compositions"][0]["aggregate"].as_str().unwrap().to_owned()
    };
    assert_eq!(aggregate(&bill), "unknown", "that nothing is missing is never known");
    bill.missing.push("web/bun.lockb: it is binary".to_owned());
    bill.outside.push("tests/Cargo.lock, in a test".to_owned());
    assert_eq!(aggregate(&bill), "incomplete");
    for bytes in [cyclonedx(&bill), spdx(&bill)] {
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("web/bun.lockb: it is binary") && text.contains("tests/Cargo.lock, in a test"));
    }
    both(&bill);
}

#[test]
fn of_the_minimum_elements_only_what_no_lock_file_holds_is_missing() {
    let mut packages = rust();
    for package in &mut packages {
        package.hashes = vec![hash(HashFunction::Sha256, 64)];
    }
    for read in both(&bill(&[("Cargo.lock", &packages)])) {
        let gaps: BTreeSet<GapKind> = completeness(&read)
            .into_iter()
            .filter(|gap| gap.package.as_deref() != Some("app"))
            .map(|gap| gap.kind)
            .collect();
        assert_eq!(gaps.into_iter().collect::<Vec<_>>(), [GapKind::NoSupplier], "{}", read.format);
    }
}

#[test]
fn a_bill_of_nothing_is_valid() {
    for read in both(&bill(&[])) {
        assert_eq!((read.packages.len(), read.subject.unwrap().name.as_str()), (0, "shop"));
    }
}
