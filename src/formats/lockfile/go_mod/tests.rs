//! Tests of the reader.

use super::*;

const FILE: &str = r#"// Deprecated: use the other.
module h.example/app // comment

go 1.21
toolchain go1.22.1

require h.example/single v1.2.3 // indirect; kept
require (
	"h.example/quoted" v0.0.0-20190628185345-da137c7871d7
	h.example/old v2.0.0+incompatible // indirect
	h.example/fork v1.0.0
	h.example/near v1.0.0
	h.example/once v1.0.0
	h.example/not v1.0.0
	h.example/branch master
	// a comment
)
exclude h.example/not v1.0.0
replace h.example/fork => h.example/forked v1.0.1
replace (
	h.example/near v1.0.0 => ../near
	h.example/once v9.9.9 => h.example/never v1.0.0
	h.example/unused => h.example/unused2 v1.0.0
)
retract [v1.0.0, v1.0.5] // wrong
retract (
	v0.9.0
)
tool h.example/single/cmd/x
godebug default=go1.21
novelty x
"#;

#[test]
fn what_is_built_is_listed() {
    let lock = parse(FILE.replace('\n', "\r\n").as_bytes()).unwrap();
    let seen: Vec<_> = lock
        .packages
        .iter()
        .map(|one| (one.name.as_str(), one.version.as_deref(), one.line, one.direct))
        .collect();
    assert_eq!(
        seen,
        [
            ("h.example/app", None, 2, None),
            ("h.example/single", Some("v1.2.3"), 7, Some(false)),
            ("h.example/quoted", Some("v0.0.0-20190628185345-da137c7871d7"), 9, Some(true)),
            ("h.example/old", Some("v2.0.0+incompatible"), 10, Some(false)),
            ("h.example/forked", Some("v1.0.1"), 11, Some(true)),
            ("h.example/near", None, 12, Some(true)),
            ("h.example/once", Some("v1.0.0"), 13, Some(true)),
        ]
    );
    assert_eq!(lock.packages[0].origin, Origin::Own);
    assert_eq!(lock.packages[5].origin, Origin::Path("../near".to_owned()));
    let left: Vec<_> = lock.left_out.iter().map(|one| (one.line, one.reason, one.name.as_str())).collect();
    assert_eq!(
        left,
        [
            (14, "the required version is excluded", "h.example/not"),
            (15, "no exact version", "h.example/branch"),
            (31, "a directive that is not known", ""),
        ]
    );
    let platform: Vec<_> =
        lock.platform.iter().map(|(name, version, _)| (name.as_str(), version.as_str())).collect();
    assert_eq!(platform, [("go", "1.21"), ("toolchain", "go1.22.1")]);
    assert_eq!(lock.partial, None);
}

#[test]
fn blocks_on_one_line_are_told() {
    let text = "module a\ngo 1.21\nrequire ( b.example/c v1.0.0 )\nrequire ( b.example/d v1.0.0\n\
                exclude ()\nreplace (\n)\n";
    let lock = parse(text.as_bytes()).unwrap();
    assert_eq!(lock.packages.len(), 1);
    assert_eq!(lock.left_out.iter().map(|one| one.line).collect::<Vec<_>>(), [3, 4]);
}

#[test]
fn old_files_are_partial() {
    for (go, partial) in [
        ("", true),
        ("go 1.16\n", true),
        ("go 1.17\n", false),
        ("go 1.23.4\n", false),
        ("go 1.21rc2\n", false),
    ] {
        let text = format!("module a\n{go}require b.example/c v1.0.0\n");
        assert_eq!(parse(text.as_bytes()).unwrap().partial.is_some(), partial, "{go}");
    }
    assert_eq!(parse(b"module a\n").unwrap().partial, None);
}

#[test]
fn what_is_no_go_mod_is_refused() {
    assert!(parse(b"").is_err());
    assert!(parse(b"<html>\n").is_err());
    assert_eq!(parse(b"module a\nrequire \"b v1.0.0\n").unwrap_err().line, 2);
}

#[test]
fn hostile_files_stay_fast() {
    for text in [
        format!("module a\nrequire {}", "(".repeat(1_000_000)),
        format!("module a\nrequire (\n{})", "a v1.0.0\n".repeat(100_000)),
        format!("module a\n{}", "replace a => b v1.0.0\n".repeat(100_000)),
        format!("module {}", "a/".repeat(1_000_000)),
    ] {
        let start = std::time::Instant::now();
        let _ = parse(text.as_bytes());
        assert!(start.elapsed().as_secs() < 10);
    }
}
