//! Expectations from the coreutils manual and, where it is installed, from `sha256sum` itself.

use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::*;

/// SHA-256 of nothing, as published in the NIST examples.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

type Lines<T> = Vec<(u32, T)>;

fn read(text: &str) -> (Lines<String>, Lines<ProblemKind>) {
    let checksums = parse(text.as_bytes(), &Limits::default());
    let entries = checksums.entries.into_iter().map(|entry| (entry.line, entry.path)).collect();
    (entries, checksums.problems.into_iter().map(|problem| (problem.line, problem.kind)).collect())
}

fn paths(text: &str) -> Vec<String> {
    let (entries, problems) = read(text);
    assert_eq!(problems, [], "{text:?}");
    entries.into_iter().map(|(_, path)| path).collect()
}

#[test]
fn both_forms_are_read() {
    let upper = EMPTY.to_uppercase();
    let text = format!(
        "# comment\r\n\r\n{EMPTY}  a b \r\n{upper} *./bin\n\\{EMPTY}  n\\nl\\\\\n  {EMPTY}\t c\n\
         SHA256 (p) (1)) = {EMPTY}\nSHA256(o)= {EMPTY}\n\\SHA256 (r\\r) = {EMPTY}"
    );
    assert_eq!(paths(&text), ["a b ", "bin", "n\nl\\", "c", "p) (1)", "o", "r\r"]);
    let checksums = parse(text.as_bytes(), &Limits::default());
    assert!(
        checksums
            .entries
            .iter()
            .all(|entry| entry.digest.starts_with(&[0xe3, 0xb0]) && entry.digest.len() == 32)
    );
    assert_eq!(checksums.entries.iter().map(|entry| entry.binary).collect::<Vec<_>>()[..2], [false, true]);
}

#[test]
fn the_algorithm_comes_from_the_length_or_the_tag() {
    let (long, longer) = ("a".repeat(96), "b".repeat(128));
    let text = format!("{EMPTY}  a\n{long}  a\n{longer}  a\nSHA384 (b) = {long}\nSHA512 (b) = {longer}\n");
    let algorithms: Vec<_> =
        parse(text.as_bytes(), &Limits::default()).entries.iter().map(|entry| entry.algorithm).collect();
    use Algorithm::{Sha256, Sha384, Sha512};
    assert_eq!(algorithms, [Sha256, Sha384, Sha512, Sha384, Sha512]);
}

#[test]
fn unusable_lines_are_reported() {
    use ProblemKind::{Malformed, Path, UnsupportedAlgorithm};
    let md5 = "d".repeat(32);
    for (line, kind) in [
        ("hello".to_owned(), Malformed),
        (EMPTY.to_owned(), Malformed),
        (format!("{EMPTY}0  a"), Malformed),
        (format!("\\{EMPTY}  a\\t"), Malformed),
        (format!("\\{EMPTY}  a\\"), Malformed),
        (format!("SHA256 (a) = {md5}"), Malformed),
        (format!("SHA256 (a = {EMPTY}"), Malformed),
        (format!("SHA256 (a) {EMPTY}"), Malformed),
        (format!("{md5}  a"), UnsupportedAlgorithm("MD5")),
        (format!("MD5 (a) = {md5}"), UnsupportedAlgorithm("MD5")),
        (format!("{}  a", "c".repeat(40)), UnsupportedAlgorithm("SHA-1")),
        (format!("{EMPTY}  "), Path(PathProblem::Empty)),
        (format!("{EMPTY}  /etc/passwd"), Path(PathProblem::Absolute)),
        (format!("{EMPTY}  a/../../b"), Path(PathProblem::ParentFolder)),
        (format!("{EMPTY}  C:\\a"), Path(PathProblem::DriveLetter)),
        (format!("{EMPTY}  a\0"), Path(PathProblem::Nul)),
        (format!("{EMPTY}  {}", "a".repeat(20_000)), Malformed),
    ] {
        assert_eq!(read(&format!("\n{line}\n")), (vec![], vec![(2, kind)]), "{line:?}");
    }
    let bytes = [EMPTY.as_bytes(), b"  \xFF"].concat();
    assert_eq!(parse(&bytes, &Limits::default()).problems[0].kind, ProblemKind::NameNotUtf8);
}

#[test]
fn repeated_paths_are_reported() {
    let other = "f".repeat(64);
    let (entries, problems) = read(&format!("{EMPTY}  a\n{EMPTY}  ./a\n{other}  a\n"));
    assert_eq!(entries, [(1, "a".to_owned())]);
    let expected = [(2, ProblemKind::Repeated { first: 1 }), (3, ProblemKind::Contradicts { first: 1 })];
    assert_eq!(problems, expected);
}

#[test]
fn lines_beyond_the_bound_are_not_read() {
    let text = format!("{EMPTY}  a\n{EMPTY}  b\n{EMPTY}  c\n{EMPTY}  d\n");
    let checksums = parse(text.as_bytes(), &Limits { max_lines: 2, ..Limits::default() });
    assert_eq!(checksums.entries.len(), 2);
    assert_eq!(checksums.problems, [Problem { line: 3, kind: ProblemKind::TooManyLines }]);
}

const AWKWARD: [&str; 12] = [
    "plain",
    " lead",
    "trail ",
    "new\nline",
    "car\rriage",
    "back\\slash",
    "a\\n",
    "quo'te\"",
    "*star",
    "(p) = x",
    "ünï",
    "-d",
];

/// What the program writes for awkward names is read back, and what is written here the program accepts.
#[test]
fn the_program_agrees_on_awkward_names() {
    let folder = tempfile::tempdir().unwrap();
    for name in AWKWARD {
        std::fs::File::create(folder.path().join(name)).unwrap();
    }
    let run = |arguments: &[&str], input: &str| {
        let mut child = Command::new("sha256sum")
            .args(arguments)
            .current_dir(&folder)
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes())?;
        child.wait_with_output()
    };
    let mut names = vec!["--"];
    names.extend(AWKWARD);
    let Ok(written) = run(&names, "") else {
        println!("skipped: no program `sha256sum`");
        return;
    };
    assert!(written.status.success(), "{written:?}");
    let lines: String =
        AWKWARD.iter().map(|name| gnu_line(&hex::decode(EMPTY.as_bytes()).unwrap(), name)).collect();
    assert_eq!(lines, String::from_utf8(written.stdout).unwrap());
    assert_eq!(paths(&lines), AWKWARD);
    let tagged = run(&[&["--tag"], names.as_slice()].concat(), "").unwrap();
    assert_eq!(paths(&String::from_utf8(tagged.stdout).unwrap()), AWKWARD);
    assert!(run(&["--check", "--strict"], &lines).unwrap().status.success());
}

/// Lines that one of the two takes for well formed, the other does too.
#[test]
fn the_program_agrees_on_what_is_malformed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::File::create(folder.path().join("a")).unwrap();
    for line in [
        format!("{EMPTY}  a"),
        format!("{EMPTY} *a"),
        format!(" {EMPTY}  a"),
        format!("{EMPTY}  a\r"),
        format!("{EMPTY} a"),
        format!("{EMPTY}\ta"),
        format!("{EMPTY}  a\n{EMPTY} a"),
        format!("{EMPTY} a\n{EMPTY} a"),
        format!("\\{EMPTY}  a"),
        format!("SHA256 (a) = {EMPTY}"),
        format!("SHA256 (a)= {EMPTY}"),
        format!("SHA256(a) = {EMPTY}"),
        format!("{EMPTY}0  a"),
        format!("\\{EMPTY}  a\\t"),
        format!("SHA256 (a) = {EMPTY}0"),
        format!("SHA256 a = {EMPTY}"),
        format!("sha256 (a) = {EMPTY}"),
        "a".to_owned(),
        format!("{}  a", &EMPTY[1..]),
    ] {
        let child = Command::new("sha256sum")
            .args(["--check", "--strict"])
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = child else {
            println!("skipped: no program `sha256sum`");
            return;
        };
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), line.as_bytes()).unwrap();
        let accepted = child.wait().unwrap().success();
        let checksums = parse(line.as_bytes(), &Limits::default());
        let malformed = checksums.problems.iter().any(|problem| problem.kind == ProblemKind::Malformed);
        assert_eq!(!malformed, accepted, "{line:?}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes, &Limits::default());
    }

    #[test]
    fn what_is_written_is_read(digest: [u8; 32], name in "[a-z\\\\\n\r *()=ü]{1,20}") {
        prop_assume!(entry_path::check(&name).is_ok());
        let checksums = parse(gnu_line(&digest, &name).as_bytes(), &Limits::default());
        prop_assert_eq!(checksums.problems, []);
        prop_assert_eq!(&checksums.entries[0].path, &name);
        prop_assert_eq!(&checksums.entries[0].digest, &digest);
    }
}
