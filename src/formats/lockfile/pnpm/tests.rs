use super::*;

fn read(text: &str) -> Lockfile {
    parse(text.as_bytes()).unwrap()
}

/// Name, version, line and what is depended on.
fn short(lockfile: &Lockfile) -> Vec<(&str, Option<&str>, u32, Vec<usize>)> {
    let packages = lockfile.packages.iter();
    packages
        .map(|of| (of.name.as_str(), of.version.as_deref(), of.line, of.depends_on.clone().unwrap()))
        .collect()
}

fn marks(lockfile: &Lockfile) -> Vec<(Option<bool>, Scope)> {
    lockfile.packages.iter().map(|of| (of.direct, of.scope)).collect()
}

#[test]
fn format_five_is_read() {
    let lockfile = read(
        "lockfileVersion: 5.4

specifiers:
  a: ^1.0.0

dependencies:
  a: 1.0.0_b@2.0.0
  alias: /@s/real/3.0.0
  g: github.com/x/g/0123456789abcdef0123456789abcdef01234567

devDependencies:
  d: 1.0.0

packages:

  /a/1.0.0_b@2.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
    requiresBuild: true
    dependencies:
      b: 2.0.0
    dev: false

  /b/2.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
    dev: false

  /@s/real/3.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=, tarball: 'https://npm.example.org/@s/real/-/real-3.0.0.tgz'}
    dev: false
    optional: true

  /d/1.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
    dev: true

  github.com/x/g/0123456789abcdef0123456789abcdef01234567:
    resolution: {tarball: https://codeload.github.com/x/g/tar.gz/0123456789abcdef0123456789abcdef01234567}
    name: g
    version: 0.1.0
    dev: false

  npm.example.org/@s/p/1.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
    dev: false
",
    );
    assert_eq!(
        short(&lockfile),
        [
            ("a", Some("1.0.0"), 16, vec![1]),
            ("b", Some("2.0.0"), 23, vec![]),
            ("@s/real", Some("3.0.0"), 27, vec![]),
            ("d", Some("1.0.0"), 32, vec![]),
            ("g", Some("0.1.0"), 36, vec![]),
            ("@s/p", Some("1.0.0"), 42, vec![]),
        ]
    );
    use Scope::{Development, Optional, Runtime};
    assert_eq!(
        marks(&lockfile),
        [
            (Some(true), Runtime),
            (Some(false), Runtime),
            (Some(true), Optional),
            (Some(true), Development),
            (Some(true), Runtime),
            (Some(false), Runtime),
        ]
    );
    let a = &lockfile.packages[0];
    assert_eq!((a.install_script, a.hashes.len(), &a.origin), (true, 1, &Origin::Registry(String::new())));
    assert_eq!(lockfile.packages[2].origin, Origin::Registry("https://npm.example.org/".to_owned()));
    assert!(matches!(&lockfile.packages[4].origin, Origin::Git { commit: Some(_), .. }));
    assert_eq!(lockfile.packages[5].origin, Origin::Registry("https://npm.example.org/".to_owned()));
    assert_eq!(lockfile.left_out, []);
}

#[test]
fn format_six_is_read() {
    let lockfile = read(
        "lockfileVersion: '6.0'
importers:
  .:
    dependencies:
      a:
        specifier: ^1.0.0
        version: 1.0.0(b@2.0.0)
  packages/m:
    dependencies:
      own:
        specifier: workspace:*
        version: link:../own
packages:
  /a@1.0.0(b@2.0.0):
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
    dependencies:
      b: 2.0.0
    dev: false
  /b@2.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
    dev: false
  file:vendor/v:
    resolution: {directory: vendor/v, type: directory}
    name: v
    dev: false
",
    );
    assert_eq!(
        short(&lockfile),
        [("a", Some("1.0.0"), 14, vec![1]), ("b", Some("2.0.0"), 19, vec![]), ("v", None, 22, vec![])]
    );
    assert_eq!(marks(&lockfile)[0], (Some(true), Scope::Runtime));
    assert_eq!(lockfile.packages[2].origin, Origin::Path("vendor/v".to_owned()));
}

#[test]
fn format_nine_has_scopes_by_its_graph() {
    let lockfile = read(
        "---
lockfileVersion: '9.0'
importers:
  .:
    packageManagerDependencies:
      pnpm:
        specifier: 11.0.0
        version: 11.0.0
packages:
  pnpm@11.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
snapshots:
  pnpm@11.0.0: {}
---
lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      '@s/a':
        specifier: ^1.0.0
        version: 1.0.0(b@2.0.0)
    devDependencies:
      d:
        specifier: npm:real@^1
        version: real@1.0.0
packages:
  '@s/a@1.0.0':
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
  b@2.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
  c@3.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
  real@1.0.0:
    resolution: {integrity: sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=}
  odd@https://example.org/odd.tgz:
    resolution: {tarball: https://example.org/odd.tgz}
    version: 5.0.0
snapshots:
  '@s/a@1.0.0(b@2.0.0)':
    dependencies:
      b: 2.0.0
    optionalDependencies:
      c: 3.0.0
  b@2.0.0: {}
  c@3.0.0:
    optional: true
  real@1.0.0:
    dependencies:
      b: 2.0.0
  odd@https://example.org/odd.tgz: {}
",
    );
    assert_eq!(
        short(&lockfile),
        [
            ("pnpm", Some("11.0.0"), 10, vec![]),
            ("@s/a", Some("1.0.0"), 27, vec![2, 3]),
            ("b", Some("2.0.0"), 29, vec![]),
            ("c", Some("3.0.0"), 31, vec![]),
            ("real", Some("1.0.0"), 33, vec![2]),
            ("odd", Some("5.0.0"), 35, vec![]),
        ]
    );
    use Scope::{Development, Optional, Runtime, Unknown};
    assert_eq!(
        marks(&lockfile),
        [
            (Some(true), Development),
            (Some(true), Runtime),
            (Some(false), Runtime),
            (Some(false), Optional),
            (Some(true), Development),
            (Some(false), Unknown),
        ]
    );
    assert_eq!(lockfile.packages[5].origin, Origin::Url("https://example.org/odd.tgz".to_owned()));
}

#[test]
fn other_files_are_faults() {
    assert!(parse(b"").is_err());
    assert!(parse(b"a: 1\n").is_err());
    assert!(parse(b"- 1\n").is_err());
    assert_eq!(parse(b"lockfileVersion: 99\n").unwrap_err().line, 1);
    for key in ["packages", "snapshots", "importers"] {
        assert!(parse(format!("lockfileVersion: '9.0'\n{key}:\n- a@1.0.0\n").as_bytes()).is_err(), "{key}");
        assert!(parse(format!("lockfileVersion: '9.0'\n{key}:\n").as_bytes()).is_ok(), "{key}");
    }
    let empty = parse(b"lockfileVersion: '9.0'\n").unwrap();
    assert!(empty.packages.is_empty() && empty.left_out.is_empty());
}

#[test]
fn keys_that_name_nothing_are_told() {
    let lockfile = read(
        "lockfileVersion: '9.0'\npackages:\n  /x:\n    resolution: {integrity: x}\n  b@^1:\n    resolution: {integrity: x}\n",
    );
    let left: Vec<_> = lockfile.left_out.iter().map(|of| (of.line, of.reason, of.name.as_str())).collect();
    assert_eq!(left, [(3, "neither name nor version", ""), (5, "no exact version", "b")]);
}
