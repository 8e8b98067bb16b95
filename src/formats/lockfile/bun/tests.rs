use super::*;
use crate::formats::package::HashFunction;

const TEXT: &str = r#"{
  "lockfileVersion": 1,
  "workspaces": {
    "": {
      "name": "own",
      "dependencies": { "a": "^1.0.0", "@s/m": "workspace:*", },
      "devDependencies": { "d": "^1.0.0", },
    },
    "packages/m": { "name": "@s/m", "version": "0.1.0", "dependencies": { "b": "^1.0.0", }, },
  },
  "trustedDependencies": ["a"],
  "packages": {
    "@s/m": ["@s/m@workspace:packages/m"],
    "@s/m/b": ["b@1.0.0", "", {}, "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="],

    "a": ["a@1.0.0", "", { "dependencies": { "b": "^2" }, "optionalDependencies": { "o": "*" } }, "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="],
    "b": ["b@2.0.0", "https://npm.example.org/", {}, ""],
    "d": ["real@1.0.0", "", { "dependencies": { "o": "*" } }, ""],
    "g": ["g@github:x/g#0123456", {}, "x-g-0123456"],
    "o": ["o@1.0.0", "", { "os": "linux" }, ""],
    "odd": [1],
    "range": ["range@^1", "", {}, ""],
  }
}
"#;

#[test]
fn entries_are_read() {
    let lockfile = parse(TEXT.as_bytes()).unwrap();
    let found: Vec<_> = lockfile
        .packages
        .iter()
        .map(|of| (of.name.as_str(), of.version.as_deref(), of.line, of.direct, of.scope))
        .collect();
    use Scope::{Development, Optional, Runtime, Unknown};
    assert_eq!(
        found,
        [
            ("own", None, 4, None, Unknown),
            ("@s/m", Some("0.1.0"), 9, None, Unknown),
            ("b", Some("1.0.0"), 14, Some(true), Runtime),
            ("a", Some("1.0.0"), 16, Some(true), Runtime),
            ("b", Some("2.0.0"), 17, Some(false), Runtime),
            ("real", Some("1.0.0"), 18, Some(true), Development),
            ("g", None, 19, Some(false), Unknown),
            ("o", Some("1.0.0"), 20, Some(false), Optional),
        ]
    );
    let edges: Vec<_> = lockfile.packages.iter().map(|of| of.depends_on.clone().unwrap()).collect();
    assert_eq!(edges[0], [1, 3, 5]);
    assert_eq!(edges[1], [2]);
    assert_eq!(edges[3], [4, 7]);
    let a = &lockfile.packages[3];
    assert_eq!((a.install_script, a.hashes[0].algorithm), (true, HashFunction::Sha1));
    assert_eq!(a.origin, Origin::Registry(String::new()));
    assert_eq!(lockfile.packages[4].origin, Origin::Registry("https://npm.example.org/".to_owned()));
    assert_eq!(
        lockfile.packages[6].origin,
        Origin::Git { url: "https://github.com/x/g".to_owned(), commit: None }
    );
    let left: Vec<_> = lockfile.left_out.iter().map(|of| (of.line, of.reason, of.name.as_str())).collect();
    assert_eq!(left, [(21, "neither name nor version", "odd"), (22, "no exact version", "range")]);
}

#[test]
fn other_files_are_faults() {
    for text in [
        "",
        "[]",
        "{}",
        r#"{"packages": {}}"#,
        r#"{"lockfileVersion": 1, "packages": []}"#,
        r#"{"lockfileVersion": 1, "workspaces": []}"#,
    ] {
        assert!(parse(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn deep_keys_are_told() {
    let text = format!(
        r#"{{"lockfileVersion": 1, "packages": {{"{}a": ["a@1.0.0", "", {{}}, ""]}}}}"#,
        "a/".repeat(1000)
    );
    let lockfile = parse(text.as_bytes()).unwrap();
    assert_eq!(lockfile.left_out[0].reason, "nested too deep");
}
