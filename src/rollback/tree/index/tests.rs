//! What git says of work trees in every condition, against what git itself says in other ways.
#![cfg(unix)]

use std::os::unix::ffi::OsStrExt as _;

use super::*;
use crate::rollback::tree::place::trial::{Trial, put};

fn texts(paths: &[RawPath]) -> Vec<String> {
    paths.iter().map(|path| path.text().into_owned()).collect()
}

fn names(place: &Place) -> Vec<String> {
    tracked(place).unwrap().iter().map(|entry| entry.path.text().into_owned()).collect()
}

/// Bytes of the index and times of what a look might touch.
fn marks(place: &Place) -> Vec<(Vec<u8>, i64, i64)> {
    use std::os::unix::fs::MetadataExt as _;
    let paths = [place.git_dir.join("index"), place.git_dir.clone(), place.git_dir.join("objects")];
    let of = |path: &std::path::PathBuf| {
        let meta = path.symlink_metadata().unwrap();
        (std::fs::read(path).unwrap_or_default(), meta.mtime(), meta.mtime_nsec())
    };
    paths.iter().map(of).collect()
}

#[test]
fn entries_have_modes_stages_and_marks() {
    use std::os::unix::fs::PermissionsExt as _;
    let trial = Trial::with_repository();
    trial.write("plain", "one\n");
    trial.write("program", "two\n");
    std::fs::set_permissions(trial.root.join("program"), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink("plain", trial.root.join("link")).unwrap();
    put(&trial.root.join(std::ffi::OsStr::from_bytes(b"\xff\n")), b"x");
    for name in ["assumed", "skipped"] {
        trial.write(name, "x");
    }
    trial.git(&["add", "-A"]);
    trial.git(&["update-index", "--assume-unchanged", "assumed"]);
    trial.git(&["update-index", "--skip-worktree", "skipped"]);
    let list = tracked(&trial.place()).unwrap();
    let found: Vec<(String, u32, bool)> =
        list.iter().map(|entry| (entry.path.text().into_owned(), entry.mode, entry.hidden)).collect();
    let expected = [
        ("assumed", 0o100_644, true),
        ("link", 0o120_000, false),
        ("plain", 0o100_644, false),
        ("program", 0o100_755, false),
        ("skipped", 0o100_644, true),
        ("\\xFF\\x0A", 0o100_644, false),
    ]
    .map(|(name, mode, hidden)| (name.to_owned(), mode, hidden));
    assert_eq!(found, expected);
    assert_eq!(list[2].oid, trial.git(&["hash-object", "plain"]));
    assert!(list.iter().all(|entry| entry.stage == 0));
}

#[test]
fn what_differs_is_told_and_nothing_is_touched() {
    let trial = Trial::with_repository();
    for name in ["same", "changed", "gone", "retyped", "mode", "touched"] {
        trial.write(name, "one\n");
    }
    trial.commit("last", "one\n");
    trial.write("changed", "two\n");
    trial.write("new", "two\n");
    trial.write("planned", "two\n");
    trial.git(&["add", "-N", "planned"]);
    // Another second: many a git looks at no smaller parts of the time.
    let touched = std::fs::File::options().write(true).open(trial.root.join("touched")).unwrap();
    touched.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(1_700_000_000)).unwrap();
    std::fs::remove_file(trial.root.join("gone")).unwrap();
    std::fs::remove_file(trial.root.join("retyped")).unwrap();
    std::os::unix::fs::symlink("same", trial.root.join("retyped")).unwrap();
    let place = trial.place();
    let before = marks(&place);
    assert_eq!(texts(&differing(&place).unwrap()), ["changed", "gone", "planned", "retyped", "touched"]);
    tracked(&place).unwrap();
    ignored(&place).unwrap();
    staged(&place).unwrap();
    converted(&place, &tracked(&place).unwrap()).unwrap();
    assert_eq!(marks(&place), before);
}

#[test]
fn filters_of_a_repository_never_run() {
    let trial = Trial::with_repository();
    trial.write(".gitattributes", "a filter=evil\nb filter=e=vil\nc filter=e.V.il\n");
    for name in ["a", "b", "c"] {
        trial.write(name, "one\n");
    }
    trial.commit("d", "one\n");
    let mark = trial.path("mark");
    let touch = format!("touch {}; cat", mark.display());
    for name in ["evil", "e=vil", "e.V.il"] {
        trial.git(&["config", &format!("filter.{name}.clean"), &touch]);
        trial.git(&["config", &format!("filter.{name}.process"), &touch]);
        trial.git(&["config", &format!("filter.{name}.required"), "true"]);
    }
    // The files have the length and the time that the index has: only their contents can tell, and git must read them.
    let racy = || {
        for name in ["a", "b", "c"] {
            trial.write(name, "two\n");
            let index = std::fs::metadata(trial.root.join(".git/index")).unwrap().modified().unwrap();
            let file = std::fs::File::options().write(true).open(trial.root.join(name)).unwrap();
            file.set_modified(index).unwrap();
        }
        trial.may(&["update-index", "--refresh"]);
    };
    racy();
    assert!(mark.exists(), "this is how they are run");
    std::fs::remove_file(&mark).unwrap();
    let place = trial.place();
    let list = differing(&place).unwrap();
    assert_eq!(texts(&list), ["a", "b", "c"]);
    staged(&place).unwrap();
    converted(&place, &tracked(&place).unwrap()).unwrap();
    assert!(!mark.exists());
}

#[test]
fn a_racy_file_is_compared_by_its_contents() {
    let trial = Trial::with_repository();
    trial.commit("a", "one\n");
    let place = trial.place();
    // Same length, same time as the index: only the contents tell.
    let index = std::fs::metadata(place.git_dir.join("index")).unwrap().modified().unwrap();
    let at_index = |text: &str| {
        trial.write("a", text);
        let file = std::fs::File::options().write(true).open(trial.root.join("a")).unwrap();
        file.set_modified(index).unwrap();
    };
    at_index("one\n");
    let before = marks(&place);
    at_index("two\n");
    assert_eq!(texts(&differing(&place).unwrap()), ["a"]);
    assert_eq!(marks(&place), before);
}

#[test]
fn ignored_folders_hold_nothing_else() {
    let trial = Trial::with_repository();
    trial.write(".gitignore", "/build/\n*.o\n/node/\n");
    trial.write("build/kept/file", "x");
    trial.write("src/main.c", "x");
    trial.git(&["add", "-f", "build/kept/file", "src/main.c", ".gitignore"]);
    trial.write("build/kept/other", "x");
    trial.write("build/deep/er/file", "x");
    trial.write("node/a/b", "x");
    trial.write("src/main.o", "x");
    trial.write("objects/a.o", "x");
    trial.write("mixed/a.o", "x");
    trial.write("mixed/a.c", "x");
    trial.write("with/a.o", "x");
    trial.git(&["init", "-q", "with/repository"]);
    trial.git(&["init", "-q", "node/repository"]);
    trial.git(&["init", "-q", "build/repository"]);
    trial.write("with/repository/own.c", "x");
    let answer = ignored(&trial.place()).unwrap();
    assert_eq!(texts(&answer.folders), ["build/deep", "build/repository", "node"]);
    let files = ["build/kept/other", "mixed/a.o", "objects/a.o", "src/main.o", "with/a.o"];
    assert_eq!(texts(&answer.files), files);
    // Everything below those folders is what git lists as ignored one by one.
    let others = trial.git(&["ls-files", "--others", "--exclude-standard"]);
    assert!(others.lines().all(|line| !line.starts_with("build/") && !line.starts_with("node/")), "{others}");
}

#[test]
fn staged_objects_are_those_that_the_commit_has_not() {
    let trial = Trial::with_repository();
    trial.write("a", "one\n");
    trial.git(&["add", "a"]);
    let one = trial.git(&["hash-object", "a"]);
    assert_eq!(staged(&trial.place()).unwrap(), (vec![one], 1), "before the first commit");
    trial.write("gone", "x\n");
    trial.commit("b", "two\n");
    assert_eq!(staged(&trial.place()).unwrap(), (vec![], 0));
    trial.write("a", "staged\n");
    trial.git(&["add", "a"]);
    let oid = trial.git(&["hash-object", "a"]);
    trial.write("a", "and changed again\n");
    trial.git(&["rm", "-q", "--cached", "gone"]);
    assert_eq!(staged(&trial.place()).unwrap(), (vec![oid], 2));
}

#[test]
fn conflicts_have_stages_and_their_objects() {
    let trial = Trial::with_repository();
    trial.commit("a", "base\n");
    trial.git(&["checkout", "-q", "-b", "other"]);
    trial.commit("a", "theirs\n");
    trial.git(&["checkout", "-q", "main"]);
    trial.commit("a", "ours\n");
    assert!(!trial.may(&["merge", "-q", "other"]));
    let place = trial.place();
    let stages: Vec<(String, u8)> = tracked(&place)
        .unwrap()
        .into_iter()
        .map(|entry| (entry.path.text().into_owned(), entry.stage))
        .collect();
    assert_eq!(stages, [("a".to_owned(), 1), ("a".to_owned(), 2), ("a".to_owned(), 3)]);
    assert_eq!(texts(&differing(&place).unwrap()), ["a"]);
    let (oids, count) = staged(&place).unwrap();
    assert_eq!(count, 0);
    for named in [":1:a", ":2:a", ":3:a", "MERGE_HEAD", "AUTO_MERGE"] {
        let oid = trial.git(&["rev-parse", named]);
        assert!(oids.contains(&oid), "{named}");
    }
    // Resolved, git can still undo it.
    let base = trial.git(&["rev-parse", ":1:a"]);
    trial.write("a", "resolved\n");
    trial.git(&["add", "a"]);
    let (oids, count) = staged(&place).unwrap();
    assert_eq!(count, 1);
    assert!(oids.contains(&base) && oids.contains(&trial.git(&["hash-object", "a"])));
}

#[test]
fn a_sparse_index_is_told_whole() {
    let trial = Trial::with_repository();
    for name in ["in/a", "out/b", "out/deep/c"] {
        trial.write(name, "x\n");
    }
    trial.commit("top", "x\n");
    trial.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
    assert!(trial.git(&["ls-files", "--sparse"]).contains("out/\n"), "it is a sparse one");
    let place = trial.place();
    assert_eq!(names(&place), ["in/a", "out/b", "out/deep/c", "top"]);
    let hidden: Vec<bool> = tracked(&place).unwrap().iter().map(|entry| entry.hidden).collect();
    assert_eq!(hidden, [false, true, true, false]);
    assert!(differing(&place).unwrap().is_empty());
    assert_eq!(staged(&place).unwrap(), (vec![], 0));
}

#[test]
fn submodules_are_entries_and_their_commits_no_objects() {
    let trial = Trial::with_repository();
    trial.commit("a", "x\n");
    trial.git(&["init", "-q", trial.path("outer").to_str().unwrap()]);
    let origin = trial.root.to_str().unwrap();
    trial
        .git_at("outer", &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", origin, "sub"]);
    let place = crate::rollback::tree::place(&trial.path("outer")).unwrap().unwrap();
    let list = tracked(&place).unwrap();
    let sub = list.iter().find(|entry| entry.path.bytes() == b"sub").unwrap();
    assert_eq!((sub.mode, &sub.oid), (0o160_000, &trial.git(&["rev-parse", "HEAD"])));
    put(&trial.path("outer/sub/a"), b"dirty\n");
    assert!(differing(&place).unwrap().is_empty());
    let (oids, count) = staged(&place).unwrap();
    assert_eq!(oids, [trial.git_at("outer", &["rev-parse", ":.gitmodules"])]);
    assert_eq!(count, 2);
}
