//! Expectations by hand, from the description of the format.

use proptest::prelude::*;

use super::*;

const DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn document(entries: &str) -> String {
    format!(r#"{{"schema":1,"created":"2026-11-21T12:00:00Z","algorithm":"sha256","entries":[{entries}]}}"#)
}

fn file(path: &str) -> String {
    format!(r#"{{"path":"{path}","size":0,"sha256":"{DIGEST}","mode":"0644","type":"file"}}"#)
}

fn read(text: &str) -> Result<Manifest, ManifestError> {
    Manifest::parse(text.as_bytes(), &Limits::default())
}

fn problem(entries: &str) -> (usize, EntryProblem) {
    match read(&document(entries)).unwrap_err() {
        ManifestError::Entry { number, problem, .. } => (number, problem),
        other => panic!("{other}"),
    }
}

#[test]
fn a_manifest_is_written_as_documented() {
    let mut sha256 = [0; 32];
    sha256[0] = 0xe3;
    let entries = vec![
        Entry { path: "latest".into(), kind: EntryKind::Symlink { target: "../bin".into() } },
        Entry { path: "bin/t\"\n".into(), kind: EntryKind::File { size: 3, sha256, mode: Some(0o755) } },
        Entry { path: "a".into(), kind: EntryKind::File { size: u64::MAX, sha256, mode: None } },
    ];
    let created = "2026-11-21T12:00:00.987Z".parse().unwrap();
    let zeros = "0".repeat(62);
    let expected = [
        r#"{"schema":1,"created":"2026-11-21T12:00:00Z","algorithm":"sha256","entries":["#,
        &format!(r#"{{"path":"a","type":"file","size":18446744073709551615,"sha256":"e3{zeros}"}},"#),
        &format!(r#"{{"path":"bin/t\"\n","type":"file","size":3,"sha256":"e3{zeros}","mode":"0755"}},"#),
        r#"{"path":"latest","type":"symlink","target":"../bin"}"#,
        "]}\n",
    ]
    .join("\n");
    let manifest = Manifest::new(created, entries).unwrap();
    assert_eq!(String::from_utf8(manifest.to_bytes()).unwrap(), expected);
    assert_eq!(Manifest::parse(&manifest.to_bytes(), &Limits::default()).as_ref(), Ok(&manifest));
    assert_eq!(manifest.get("latest").map(|entry| entry.path.as_str()), Some("latest"));
    assert_eq!(manifest.get("late"), None);
}

#[test]
fn any_order_is_read_and_sorted() {
    let manifest =
        read(&document(&[file("b"), file("a/c"), file("a-b"), file("B"), file("a.c")].join(","))).unwrap();
    let paths: Vec<_> = manifest.entries().iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths, ["B", "a-b", "a.c", "a/c", "b"]);
    assert_eq!(manifest.case_collisions(), [("B", "b")]);
}

#[test]
fn bad_entries_are_refused() {
    use EntryProblem::{BelowEntry, Digest, Duplicate, IncompleteFile, Mode, Path, Target, WrongFields};
    let upper = file("b").replace(DIGEST, &DIGEST.to_uppercase());
    for (entry, expected) in [
        (file("../x"), Path(PathProblem::ParentFolder)),
        (file("/x"), Path(PathProblem::Absolute)),
        (file("./x"), Path(PathProblem::NotNormal)),
        (file("C:x"), Path(PathProblem::DriveLetter)),
        (file("x\\u0000"), Path(PathProblem::Nul)),
        (file(""), Path(PathProblem::Empty)),
        (file("a"), Duplicate),
        (file("a/b"), BelowEntry),
        (upper, Digest),
        (file("b").replace(DIGEST, "ab"), Digest),
        (file("b").replace("0644", "644"), Mode),
        (file("b").replace("0644", "0888"), Mode),
        (file("b").replace("0644", "+644"), Mode),
        (file("b").replace(r#""size":0,"#, ""), IncompleteFile),
        (file("b").replace(r#""size":0,"#, r#""size":0,"target":"x","#), WrongFields),
        (r#"{"path":"b","type":"symlink"}"#.to_owned(), WrongFields),
        (r#"{"path":"b","type":"symlink","target":""}"#.to_owned(), Target),
        (r#"{"path":"b","type":"symlink","target":"c","size":1}"#.to_owned(), WrongFields),
    ] {
        assert_eq!(problem(&[file("a"), entry.clone()].join(",")), (2, expected), "{entry}");
    }
}

#[test]
fn faults_of_the_document_are_refused() {
    let good = document(&file("a"));
    for (text, expected) in [
        (good.replace(r#""schema":1"#, r#""schema":2"#), "manifest schema 2; this version reads schema 1"),
        (
            good.replace(r#""algorithm":"sha256""#, r#""algorithm":"md5""#),
            "manifest algorithm is not `sha256`",
        ),
        (
            good.replace("2026-11-21T12", "2026-13-21T12"),
            "`created` is not a time such as 2026-01-31T12:00:00Z",
        ),
        (good.replace(r#"{"schema""#, r#"{"x":1,"schema""#), "1:4: unknown field"),
        (good.replace(r#"{"schema""#, r#"{"schema":1,"schema""#), "1:22: repeated field `schema`"),
        ("{}".to_owned(), "1:2: missing field `schema`"),
        ("[]".to_owned(), "1:1: invalid type: sequence, expected a manifest"),
    ] {
        assert_eq!(read(&text).unwrap_err().to_string(), expected);
    }
    for text in [
        good.replace(r#""size":0"#, r#""size":-1"#),
        good.replace(r#""size":0"#, r#""size":1.0"#),
        good.replace(r#""size":0"#, r#""size":0,"size":0"#),
        good.replace(r#""size":0"#, r#""size":0,"owner":0"#),
        good.replace(r#""file""#, r#""folder""#),
        format!("{good}{good}"),
        good.replace("\"a\"", "\"\u{1b}\""),
        "[".repeat(100_000),
        String::new(),
    ] {
        let error = read(&text).unwrap_err();
        assert!(matches!(error, ManifestError::Json { .. }), "{error} for {text}");
        assert!(!error.to_string().contains('\u{1b}'));
    }
    assert_eq!(read(&good).unwrap().entries().len(), 1);
    // Between the two in the order of bytes stands `a-b`.
    assert_eq!(problem(&[file("a/b/c"), file("a-b"), file("a")].join(",")), (1, EntryProblem::BelowEntry));
}

#[test]
fn limits_hold() {
    let text = document(&[file("a"), file("b"), file("c")].join(","));
    let limits = Limits { max_entries: 2, ..Limits::default() };
    let error = Manifest::parse(text.as_bytes(), &limits).unwrap_err().to_string();
    assert!(error.ends_with("more than 2 entries"), "{error}");
    let limits = Limits { max_bytes: 10, ..Limits::default() };
    assert_eq!(
        Manifest::parse(text.as_bytes(), &limits),
        Err(ManifestError::TooLarge { size: text.len(), limit: 10 })
    );
}

fn any_entry() -> impl Strategy<Value = Entry> {
    let file = (any::<u64>(), any::<[u8; 32]>(), proptest::option::of(0_u32..=0o7777))
        .prop_map(|(size, sha256, mode)| EntryKind::File { size, sha256, mode });
    let link = "[^\0]{1,20}".prop_map(|target| EntryKind::Symlink { target });
    ("[a-cA-C./\\\\ \n\"ü]{1,8}", prop_oneof![file, link]).prop_map(|(path, kind)| Entry { path, kind })
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Manifest::parse(&bytes, &Limits::default());
    }

    #[test]
    fn what_is_written_is_read(entries in proptest::collection::vec(any_entry(), 0..6), second in 0_i64..4_000_000_000) {
        let created = Timestamp::from_second(second).unwrap();
        if let Ok(manifest) = Manifest::new(created, entries) {
            let bytes = manifest.to_bytes();
            let again = Manifest::parse(&bytes, &Limits::default());
            prop_assert_eq!(again.as_ref(), Ok(&manifest));
            prop_assert_eq!(again.unwrap().to_bytes(), bytes);
        }
    }
}
