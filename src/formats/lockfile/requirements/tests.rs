//! Tests of the whole reader.

use super::*;
use crate::formats::package::HashFunction;

fn seen(lock: &Lockfile) -> Vec<(&str, Option<&str>, u32)> {
    lock.packages.iter().map(|one| (one.name.as_str(), one.version.as_deref(), one.line)).collect()
}

#[test]
fn names_of_files() {
    for (path, expected) in [
        ("requirements.txt", true),
        ("a/requirements-dev.txt", true),
        ("requirements_test.txt", true),
        ("requirements3.txt", true),
        ("dev-requirements.txt", true),
        ("test_requirements.txt", true),
        ("requirements/base.txt", true),
        ("requirements/constraints.txt", false),
        ("requirements.lock", true),
        ("requirements-dev.lock", true),
        ("requirements.in", false),
        ("requirementsanalysis.txt", false),
        ("constraints.txt", false),
        ("docs/base.txt", false),
        ("poetry.lock", false),
    ] {
        let name = path.rsplit('/').next().unwrap();
        assert_eq!(is_name(path, name), expected, "{path}");
    }
}

#[test]
fn the_forms_of_a_requirement() {
    let digest = "0".repeat(64);
    let text = format!(
        r#"# -*- coding: utf-8 -*-
--index-url https://u:p@h.example/simple --extra-index-url=https://other.example/simple
-i ${{INDEX}}
--trusted-host h.example
-r base.txt
-c pins.txt
--requirement=more.txt
Django==4.2.1 \
    --hash=sha256:{digest} \
    --hash sha256:{digest}
requests [security] == 2.8.* ; python_version < "3"
pinned[a,b]==1.0;python_version<"3"
odd===2004d
loose>=1,<2
bare
var==${{V}}
git+https://h.example/a/tool.git@4e095dd9119858e90fd21560e5618c6347e4ef1b#egg=tool[x]&subdirectory=y
-e git+https://tok@h.example/a/edit.git@main
-e .[dev]
-e ./libs/mine
other @ https://h.example/other-2.0-py3-none-any.whl#sha256={digest}
https://h.example/third-3.0%2Bcpu-py3-none-any.whl
./wheels/fourth-4.0.tar.gz
some words of prose
--weird
"#
    );
    let lock = parse(text.as_bytes()).unwrap();
    assert_eq!(
        seen(&lock),
        [
            ("Django", Some("4.2.1"), 8),
            ("pinned", Some("1.0"), 12),
            ("odd", Some("2004d"), 13),
            ("tool", None, 17),
            ("edit", None, 18),
            (".", None, 19),
            ("mine", None, 20),
            ("other", Some("2.0"), 21),
            ("third", Some("3.0+cpu"), 22),
            ("fourth", Some("4.0"), 23),
        ]
    );
    assert_eq!(lock.packages[0].hashes, lock.packages[7].hashes);
    assert_eq!(lock.packages[0].hashes[0].algorithm, HashFunction::Sha256);
    let commit = Some("4e095dd9119858e90fd21560e5618c6347e4ef1b".to_owned());
    assert_eq!(
        lock.packages[3].origin,
        Origin::Git { url: "https://h.example/a/tool.git".to_owned(), commit }
    );
    let edit = Origin::Git { url: "https://h.example/a/edit.git".to_owned(), commit: None };
    assert_eq!(lock.packages[4].origin, edit);
    assert_eq!(lock.packages[5].origin, Origin::Own);
    assert_eq!(lock.packages[6].origin, Origin::Path("./libs/mine".to_owned()));
    let left: Vec<_> = lock.left_out.iter().map(|one| (one.line, one.reason, one.name.as_str())).collect();
    assert_eq!(
        left,
        [
            (11, "no exact version", "requests"),
            (14, "no exact version", "loose"),
            (15, "no exact version", "bare"),
            (16, "no exact version", "var"),
            (24, "not a requirement", ""),
            (25, "an option that is not known", ""),
        ]
    );
    assert_eq!(lock.includes, [("base.txt".to_owned(), 5), ("more.txt".to_owned(), 7)]);
    let registries: Vec<_> = lock.registries.iter().map(|(url, line)| (url.as_str(), *line)).collect();
    assert_eq!(
        registries,
        [
            ("https://h.example/simple", 2),
            ("https://other.example/simple", 2),
            ("${INDEX}", 3),
            ("h.example", 4)
        ]
    );
    assert!(lock.partial.is_some());
}

#[test]
fn compiled_files_have_a_graph() {
    let text = "flask==3.0\n    # via -r requirements.in\nclick==8.1  # via flask, black\njinja2==3.1\n    # via\n    #   -c pins.txt\n    #   flask\nblack==24.1\n    # via app (pyproject.toml)\nold==1\n    # from https://h.example/simple\n";
    let lock = parse(text.as_bytes()).unwrap();
    let direct: Vec<_> = lock.packages.iter().map(|one| one.direct).collect();
    assert_eq!(direct, [Some(true), Some(false), Some(false), Some(true), Some(true)]);
    assert_eq!(lock.packages[0].depends_on, Some(vec![1, 2]));
    assert_eq!(lock.packages[3].depends_on, Some(vec![1]));
    assert_eq!(lock.packages[4].origin, Origin::Registry("https://h.example/simple".to_owned()));
    assert_eq!(lock.partial, None);
}

#[test]
fn encodings_and_empty_files() {
    let wide: Vec<u8> = "\u{FEFF}a==1\r\nb==2\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(seen(&parse(&wide).unwrap()), [("a", Some("1"), 1), ("b", Some("2"), 2)]);
    assert_eq!(seen(&parse(b"\xEF\xBB\xBFa==1").unwrap()), [("a", Some("1"), 1)]);
    assert_eq!(seen(&parse(b"# Andr\xE9\na==1\n").unwrap()), [("a", Some("1"), 2)]);
    assert_eq!(parse(b"").unwrap(), Lockfile::default());
    assert_eq!(parse(b"-r base.txt\n").unwrap().includes.len(), 1);
    // Prose of that name is no list of packages.
    assert!(parse(b"You need a computer.\nAnd a chair.\n").is_err());
}

#[test]
fn hostile_files_stay_fast() {
    for text in [
        "a==1 \\\n".repeat(200_000),
        "#".repeat(1_000_000),
        format!("a==1{}", " -".repeat(500_000)),
        format!("a=={}", "1,==".repeat(300_000)),
        "a==1\n# via a\n".repeat(50_000),
        "-e ".repeat(300_000),
        "[".repeat(1_000_000),
        format!("a @ {}", ";".repeat(1_000_000)),
    ] {
        let start = std::time::Instant::now();
        let _ = parse(text.as_bytes());
        assert!(start.elapsed().as_secs() < 10);
    }
}
