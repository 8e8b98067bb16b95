use super::*;
use crate::formats::lockfile::node::source::USUAL;
use crate::formats::package::HashFunction;

fn read(text: &str) -> Lockfile {
    parse(text.replace("REGISTRY", USUAL[0]).as_bytes()).unwrap()
}

/// Name, version, line and whether direct.
fn short(lockfile: &Lockfile) -> Vec<(&str, Option<&str>, u32, Option<bool>)> {
    let packages = lockfile.packages.iter();
    packages.map(|of| (of.name.as_str(), of.version.as_deref(), of.line, of.direct)).collect()
}

fn left(lockfile: &Lockfile) -> Vec<(u32, &str, &str)> {
    lockfile.left_out.iter().map(|of| (of.line, of.reason, of.name.as_str())).collect()
}

const PLACED: &str = r#"{
  "name": "own", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "own", "version": "1.0.0", "workspaces": ["packages/*"],
      "dependencies": {"a": "^1", "alias": "npm:real@^3"}, "devDependencies": {"d": "^1"}},
    "node_modules/a": {
      "version": "1.0.0", "resolved": "https://REGISTRY/a/-/a-1.0.0.tgz",
      "integrity": "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "hasInstallScript": true,
      "dependencies": {"b": "^2"}, "peerDependencies": {"absent": "*"}},
    "node_modules/a/node_modules/b": {"version": "2.0.0", "inBundle": true},
    "node_modules/alias": {"name": "real", "version": "3.0.0", "resolved": "https://REGISTRY/real/-/real-3.0.0.tgz"},
    "node_modules/b": {"version": "1.0.0", "optional": true},
    "node_modules/d": {"version": "1.0.0", "dev": true, "dependencies": {"b": "^1"}},
    "node_modules/g": {"version": "1.0.0",
      "resolved": "git+ssh://git@github.com/x/g.git#0123456789abcdef0123456789abcdef01234567"},
    "node_modules/@s/m": {"resolved": "packages/m", "link": true},
    "node_modules/lost": {"resolved": "packages/lost", "link": true},
    "node_modules/none": {},
    "packages/m": {"name": "@s/m", "version": "0.1.0", "dependencies": {"b": "^1"}, "devDependencies": {"d": "*"}},
    "vendor/v": {"version": "9.0.0"}
  }
}"#;

#[test]
fn places_are_read_with_lines_and_marks() {
    let lockfile = read(PLACED);
    assert_eq!(
        short(&lockfile),
        [
            ("own", Some("1.0.0"), 4, None),
            ("a", Some("1.0.0"), 6, Some(true)),
            ("b", Some("2.0.0"), 10, Some(false)),
            ("real", Some("3.0.0"), 11, Some(true)),
            ("b", Some("1.0.0"), 12, Some(true)),
            ("d", Some("1.0.0"), 13, Some(true)),
            ("g", Some("1.0.0"), 14, Some(false)),
            ("@s/m", Some("0.1.0"), 19, None),
            ("v", Some("9.0.0"), 20, Some(false)),
        ]
    );
    assert_eq!(
        left(&lockfile),
        [(18, "no exact version", "none"), (17, "a link to a folder that the file does not hold", "lost"),]
    );
    use Scope::{Development, Optional, Runtime, Unknown};
    let scopes: Vec<_> = lockfile.packages.iter().map(|of| of.scope).collect();
    assert_eq!(
        scopes,
        [Unknown, Runtime, Runtime, Runtime, Optional, Development, Runtime, Unknown, Runtime]
    );
    let a = &lockfile.packages[1];
    assert_eq!((a.install_script, a.hashes[0].algorithm), (true, HashFunction::Sha1));
    let origins: Vec<_> = lockfile.packages.iter().map(|of| of.origin.clone()).collect();
    assert_eq!(origins[1], Origin::Registry(String::new()));
    assert_eq!(origins[2], Origin::Unknown);
    assert!(matches!(&origins[6], Origin::Git { commit: Some(_), .. }));
    assert_eq!(origins[7], Origin::Own);
    assert_eq!(origins[8], Origin::Path("vendor/v".to_owned()));
}

#[test]
fn the_nearest_place_answers() {
    let lockfile = read(PLACED);
    let edges: Vec<_> = lockfile.packages.iter().map(|of| of.depends_on.clone().unwrap()).collect();
    assert_eq!(edges[0], [1, 3, 5]);
    assert_eq!(edges[1], [2]);
    assert_eq!(edges[5], [4]);
    assert_eq!(edges[7], [4, 5]);
}

#[test]
fn nested_entries_are_read() {
    let lockfile = read(
        r#"{
  "name": "own", "version": "1.0.0", "lockfileVersion": 1, "requires": true,
  "dependencies": {
    "a": {"version": "1.0.0", "resolved": "https://REGISTRY/a/-/a-1.0.0.tgz",
      "requires": {"b": "^2", "c": "*"},
      "dependencies": {
        "b": {"version": "2.0.0", "bundled": true, "dev": true}
      }},
    "b": {"version": "1.0.0", "optional": true},
    "c": {"version": "npm:real@3.0.0-rc.1", "requires": {"b": "^1"}},
    "g": {"version": "github:x/g#0123456789abcdef0123456789abcdef01234567", "from": "github:x/g"},
    "f": {"version": "file:../f"},
    "bad": {"resolved": "https://REGISTRY/bad/-/bad-1.0.0.tgz"}
  }
}"#,
    );
    assert_eq!(
        short(&lockfile),
        [
            ("own", Some("1.0.0"), 2, None),
            ("a", Some("1.0.0"), 4, None),
            ("b", Some("2.0.0"), 7, None),
            ("b", Some("1.0.0"), 9, None),
            ("real", Some("3.0.0-rc.1"), 10, None),
            ("g", None, 11, None),
            ("f", None, 12, None),
        ]
    );
    assert_eq!(lockfile.packages[1].depends_on, Some(vec![2, 4]));
    assert_eq!(lockfile.packages[4].depends_on, Some(vec![3]));
    assert_eq!(lockfile.packages[2].scope, Scope::Development);
    assert_eq!(left(&lockfile), [(13, "no exact version", "bad")]);
}

#[test]
fn other_files_are_faults() {
    for text in ["", "[]", "{}", r#"{"packages": []}"#, r#"{"name": "a", "version": "1"}"#] {
        assert!(parse(text.as_bytes()).is_err(), "{text}");
    }
    assert_eq!(parse(br#"{"lockfileVersion": 3}"#).unwrap(), Lockfile::default());
}

#[test]
fn deep_and_broad_trees_stay_fast() {
    let start = std::time::Instant::now();
    // A place some thousand levels deep.
    let deep = format!(
        r#"{{"packages": {{"{}node_modules/last": {{"version": "1.0.0"}}}}}}"#,
        "node_modules/a/".repeat(5000)
    );
    assert_eq!(left(&read(&deep)), [(1, "nested too deep", "last")]);
    // Nested entries beyond the bound on depth.
    let nested = format!(
        r#"{{"dependencies": {}{}}}"#,
        r#"{"a": {"version": "1.0.0", "dependencies": "#.repeat(500),
        "}}".repeat(500)
    );
    assert!(parse(nested.as_bytes()).is_err());
    // Every package asks for every name, none of which is there.
    let wanted: Vec<String> = (0..300).map(|name| format!(r#""absent{name}": "*""#)).collect();
    let prefix = "node_modules/x/".repeat(60);
    let entries: Vec<String> = (0..300)
        .map(|name| {
            format!(
                r#""{prefix}node_modules/p{name}": {{"version": "1.0.0", "dependencies": {{{}}}}}"#,
                wanted.join(",")
            )
        })
        .collect();
    let broad = format!(r#"{{"packages": {{{}}}}}"#, entries.join(","));
    assert_eq!(read(&broad).packages.len(), 300);
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}

#[test]
fn nameless_entries_are_told_and_a_nameless_project_is_none() {
    let placed = read(
        r#"{"packages": {"": {"dependencies": {"a": "*"}}, "node_modules/a": {"version": "1.0.0"},
"vendor/": {"version": "1.0.0"}}}"#,
    );
    assert_eq!(short(&placed), [("a", Some("1.0.0"), 1, Some(true))]);
    assert_eq!(left(&placed), [(2, "neither name nor version", "")]);
    let nested = read(r#"{"dependencies": {"": {"version": "1.0.0"}}}"#);
    assert_eq!(left(&nested), [(1, "neither name nor version", "")]);
}

#[test]
fn cycles_are_edges_like_others() {
    let lockfile = read(
        r#"{"packages": {
"node_modules/a": {"version": "1.0.0", "dependencies": {"b": "*"}},
"node_modules/b": {"version": "1.0.0", "dependencies": {"a": "*", "b": "*"}},
"node_modules/l": {"link": true, "resolved": "node_modules/l"}}}"#,
    );
    assert_eq!(lockfile.packages[0].depends_on, Some(vec![1]));
    assert_eq!(lockfile.packages[1].depends_on, Some(vec![0, 1]));
    assert_eq!(lockfile.left_out.len(), 1);
}
