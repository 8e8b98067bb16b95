//! Tests of the reader.

use super::*;

const LOCK: &str = r#"version = 1
requires-python = ">=3.12"

[manifest]
members = ["app", "core"]

[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [
    { name = "core", extra = ["fast"] },
    { name = "torch", version = "2.0", source = { registry = "https://h.example/simple" }, marker = "x" },
]

[package.dev-dependencies]
dev = [{ name = "pytest" }]

[[package]]
name = "core"
source = { editable = "packages/core" }

[package.optional-dependencies]
fast = [{ name = "speed" }]
slow = [{ name = "snail" }]

[[package]]
name = "pytest"
version = "8.0"
source = { registry = "https://h.example/simple" }
sdist = { url = "https://h.example/x", hash = "sha256:21128f47e4e3b9d597a3e8521a329bf56909b690fcc3fa3e477725aa81367638", size = 1 }
dependencies = [{ name = "speed" }, { name = "pluggy" }]

[[package]]
name = "speed"
version = "1"
source = { git = "https://u:p@h.example/s?rev=v1#4e095dd9119858e90fd21560e5618c6347e4ef1b" }

[[package]]
name = "snail"
version = "1"
source = { path = "snail-1.whl" }

[[package]]
name = "pluggy"
version = "1"
source = { registry = "https://h.example/simple" }

[[package]]
name = "torch"
version = "1.0"
source = { registry = "https://h.example/simple" }

[[package]]
name = "torch"
version = "2.0"
source = { registry = "https://h.example/simple" }
"#;

#[test]
fn roles_follow_the_graph() {
    let lock = parse(LOCK.as_bytes()).unwrap();
    let seen: Vec<_> = lock.packages.iter().map(|one| (one.name.as_str(), one.direct, one.scope)).collect();
    assert_eq!(
        seen,
        [
            ("app", None, Scope::Unknown),
            ("core", None, Scope::Unknown),
            ("pytest", Some(true), Scope::Development),
            ("speed", Some(true), Scope::Runtime),
            ("snail", Some(true), Scope::Optional),
            ("pluggy", Some(false), Scope::Development),
            ("torch", Some(false), Scope::Unknown),
            ("torch", Some(true), Scope::Runtime),
        ]
    );
    assert_eq!(lock.packages[0].depends_on, Some(vec![1, 2, 7]));
    assert_eq!(lock.packages[1].origin, Origin::Own);
    let commit = Some("4e095dd9119858e90fd21560e5618c6347e4ef1b".to_owned());
    assert_eq!(lock.packages[3].origin, Origin::Git { url: "https://h.example/s".to_owned(), commit });
    assert_eq!(lock.packages[4].origin, Origin::Path("snail-1.whl".to_owned()));
    assert_eq!((lock.packages[2].line, lock.packages[2].hashes.len()), (28, 1));
    assert!(lock.left_out.is_empty());
}

#[test]
fn a_cycle_ends() {
    let one = |name: &str, other: &str| {
        format!(
            "[[package]]\nname='{name}'\nversion='1'\nsource={{virtual='.'}}\ndependencies=[{{name='{other}',extra=['e']}}]\n[package.optional-dependencies]\ne=[{{name='{name}',extra=['e']}}]\n"
        )
    };
    let lock = parse((one("a", "b") + &one("b", "a")).as_bytes()).unwrap();
    assert_eq!(lock.packages[0].depends_on, Some(vec![0, 1]));
}

#[test]
fn what_is_no_lock_file_is_refused() {
    assert!(parse(b"").is_err());
    assert!(parse(b"package = 1").is_err());
    assert_eq!(parse(b"version = 1\n").unwrap(), Lockfile::default());
}
