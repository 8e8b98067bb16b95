//! The check of container files as a whole: what it says when there is nothing to read, and that no file takes it long.

use readiness::report::{LeftOutKind, Status};

use super::support::{audit, findings, write};

fn status(tree: &std::path::Path) -> Status {
    audit(tree, &["containers"]).checks.remove(0).status
}

#[test]
fn a_tree_without_container_files_asks_for_nothing() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "notes.txt", "FROM here\n");
    assert!(matches!(status(tree.path()), Status::NotApplicable { .. }));
}

#[test]
fn a_file_that_is_none_is_left_out_with_its_line() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "Containerfile", "\n\nthis is a letter\n");
    let check = audit(tree.path(), &["containers"]).checks.remove(0);
    assert!(matches!(check.status, Status::NotEvaluated { .. }), "{:?}", check.status);
    let left = &check.coverage.left_out[0];
    assert_eq!(
        (left.kind, left.paths.as_slice()),
        (LeftOutKind::Unparsable, &["Containerfile".to_owned()][..])
    );
    assert!(left.reason.contains("line 3"), "{}", left.reason);
}

#[test]
fn commands_for_another_shell_are_left_out() {
    let tree = tempfile::tempdir().unwrap();
    let file = "FROM debian:12\nUSER 1\nSHELL [\"pwsh\", \"-c\"]\nRUN curl -k https://example.org\nCMD []\n";
    write(tree.path(), "Containerfile", file);
    let check = audit(tree.path(), &["containers"]).checks.remove(0);
    assert_eq!(check.coverage.left_out[0].kind, LeftOutKind::Unsupported);
    assert!(check.findings.iter().all(|finding| finding.rule != "CTR-018"));
}

#[test]
fn a_context_that_is_not_known_is_not_judged() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "Containerfile", "FROM debian:12\nUSER 1\nCOPY . /srv\n");
    let has = |outcome| findings(&outcome).any(|finding| finding.rule == "CTR-014");
    assert!(has(audit(tree.path(), &["containers"])));
    assert!(!has(audit(&tree.path().join("Containerfile"), &["containers"])));
}

#[test]
fn a_secret_is_not_shown() {
    let tree = tempfile::tempdir().unwrap();
    let file = "FROM debian:12\nENV A_TOKEN=first-Value-1 B_TOKEN=\"second Value 2\"\nLABEL db.password 'third-Value-3'\n";
    write(tree.path(), "Containerfile", file);
    let outcome = audit(tree.path(), &["containers"]);
    assert_eq!(findings(&outcome).filter(|finding| finding.rule == "CTR-015").count(), 3);
    let text = serde_json::to_string(&outcome.checks).unwrap();
    for part in ["first-Value", "second Value", "third-Value"] {
        assert!(!text.contains(part), "{part}");
    }
}

/// Every file here is near the largest that is read. A rule that looks at everything for everything would take minutes.
#[test]
fn no_file_takes_long() {
    let size = 1_000_000;
    let repeat = |text: &str| text.repeat(size / text.len());
    let files = [
        format!("FROM a\nRUN {}", repeat("ps;")),
        format!("FROM a\nRUN {}", repeat("curl -k x;")),
        format!("FROM a\nRUN {}", repeat("rm a;apt-get install b;")),
        format!("FROM a\nRUN gem install {}", repeat("-s a b ")),
        format!("FROM a\nRUN cargo install {}", repeat("-j 1 b ")),
        format!("FROM a\nENV {}", repeat("TOKEN=abcdefgh1 ")),
        format!("FROM a\nRUN {}", repeat("a|")),
        repeat("FROM a AS b\nUSER $C\nCOPY --from=b . .\nRUN pip install x|y\n"),
        format!("FROM a\n{}", repeat("NONSENSE\n")),
    ];
    let tree = tempfile::tempdir().unwrap();
    for (index, file) in files.iter().enumerate() {
        write(tree.path(), &format!("{index}.Containerfile"), file);
        let start = std::time::Instant::now();
        audit(&tree.path().join(format!("{index}.Containerfile")), &["containers"]);
        let taken = start.elapsed();
        assert!(taken.as_secs() < 20, "file {index} took {taken:?}");
        eprintln!("file {index}: {taken:?}");
    }
}
