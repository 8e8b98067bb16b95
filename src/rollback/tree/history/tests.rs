//! Histories in every condition.
#![cfg(unix)]

use super::*;
use crate::rollback::tree::place;
use crate::rollback::tree::place::trial::{Trial, put};

fn states(place: &Place) -> Vec<String> {
    state_files(place).unwrap().iter().map(|path| path.text().into_owned()).collect()
}

#[test]
fn unborn_branch_and_detached() {
    let trial = Trial::with_repository();
    let place = trial.place();
    let first = history(&place).unwrap();
    assert_eq!(first.head, Head::Unborn { name: "refs/heads/main".to_owned() });
    assert_eq!((first.refs, first.gaps, first.operation), (vec![], vec![], None));
    assert!(first_commits(&place).is_empty());
    let one = trial.commit("a", "one");
    let two = trial.commit("a", "two");
    let then = history(&place).unwrap();
    assert_eq!(then.head, Head::Branch { name: "refs/heads/main".to_owned(), commit: two.clone() });
    assert_eq!(then.refs, [("refs/heads/main".to_owned(), two)]);
    assert_eq!(first_commits(&place), std::slice::from_ref(&one));
    trial.git(&["pack-refs", "--all"]);
    assert_eq!(history(&place).unwrap().head, then.head);
    trial.git(&["checkout", "-q", "HEAD~"]);
    assert_eq!(history(&place).unwrap().head, Head::Detached { commit: one });
}

#[test]
fn refs_upstream_and_symbolic_ones() {
    let trial = Trial::with_repository();
    let commit = trial.commit("a", "one");
    trial.git(&["tag", "-m", "annotated", "v1"]);
    let cloned = trial.path("clone");
    trial.git(&["clone", "-q", trial.root.to_str().unwrap(), cloned.to_str().unwrap()]);
    let place = place(&cloned).unwrap().unwrap();
    let found = history(&place).unwrap();
    assert_eq!(found.upstream, Some(("refs/remotes/origin/main".to_owned(), Some(commit.clone()))));
    let tag = trial.git(&["rev-parse", "v1"]);
    let expected = [
        ("refs/heads/main", &commit),
        ("refs/remotes/origin/HEAD", &commit),
        ("refs/remotes/origin/main", &commit),
        ("refs/tags/v1", &tag),
    ];
    assert_eq!(found.refs, expected.map(|(name, oid)| (name.to_owned(), oid.clone())));
    let leads = [("refs/remotes/origin/HEAD".to_owned(), "refs/remotes/origin/main".to_owned())];
    assert_eq!(found.symbolic, leads);
    assert!(found.gaps.is_empty());
    // The branch that it leads to goes away: git says nothing of such a ref.
    trial.git_at("clone", &["update-ref", "-d", "refs/remotes/origin/main"]);
    let found = history(&place).unwrap();
    assert_eq!(found.refs.len(), 2);
    assert_eq!(found.symbolic, leads);
    let upstream = Some(("refs/remotes/origin/main".to_owned(), None));
    assert_eq!((found.upstream, found.gaps), (upstream, vec![]));
}

#[test]
fn what_cannot_be_captured_is_named() {
    let trial = Trial::with_repository();
    trial.commit("a", "one");
    put(&trial.root.join(".git/refs/heads/broken"), b"garbage\n");
    put(&trial.root.join(".git/index.lock"), b"");
    put(&trial.root.join(".git/objects/pack/pack-1.promisor"), b"");
    let gaps = history(&trial.place()).unwrap().gaps;
    assert_eq!(gaps.len(), 3, "{gaps:?}");
    for (gap, text) in gaps.iter().zip(["refs/heads/broken", "partial clone", "index.lock"]) {
        assert!(gap.contains(text), "{gap}");
    }
}

#[test]
fn names_that_are_no_text_are_named() {
    let trial = Trial::with_repository();
    let commit = trial.commit("a", "one");
    use std::os::unix::ffi::OsStrExt as _;
    let name = std::ffi::OsStr::from_bytes(b"\xffodd");
    put(&trial.root.join(".git/refs/heads").join(name), format!("{commit}\n").as_bytes());
    let found = history(&trial.place()).unwrap();
    assert_eq!(found.refs.len(), 1);
    assert!(found.gaps[0].contains("refs/heads/\\xFFodd"), "{:?}", found.gaps);
}

#[test]
fn refs_in_another_form_are_read_and_named() {
    let trial = Trial::new();
    // Older versions of git have no other form.
    if !trial.may(&["init", "-q", "--ref-format=reftable", "."]) {
        return;
    }
    let place = trial.place();
    assert_eq!(history(&place).unwrap().head, Head::Unborn { name: "refs/heads/main".to_owned() });
    let one = trial.commit("a", "one");
    let found = history(&place).unwrap();
    assert_eq!(found.head, Head::Branch { name: "refs/heads/main".to_owned(), commit: one.clone() });
    assert!(found.gaps.iter().any(|gap| gap.contains("reftable")), "{:?}", found.gaps);
    trial.git(&["checkout", "-q", "--detach"]);
    assert_eq!(history(&place).unwrap().head, Head::Detached { commit: one });
}

#[test]
fn operations_and_their_files() {
    let trial = Trial::with_repository();
    let base = trial.commit("a", "base\n");
    trial.git(&["checkout", "-q", "-b", "other"]);
    trial.commit("a", "theirs\n");
    trial.git(&["checkout", "-q", "main"]);
    trial.commit("a", "ours\n");
    let place = trial.place();
    let operation = || history(&place).unwrap().operation;
    assert_eq!(operation(), None);
    assert_eq!(states(&place), ["COMMIT_EDITMSG", "HEAD", "index"]);
    assert!(!trial.may(&["merge", "other"]));
    assert_eq!(operation().as_deref(), Some("merge"));
    for name in ["AUTO_MERGE", "MERGE_HEAD", "MERGE_MODE", "MERGE_MSG", "ORIG_HEAD", "index"] {
        assert!(states(&place).iter().any(|path| path == name), "{name}");
    }
    trial.git(&["merge", "--abort"]);
    assert!(!trial.may(&["rebase", "other"]));
    assert_eq!(operation().as_deref(), Some("rebase"));
    let files = states(&place);
    let mut listed: Vec<String> = std::fs::read_dir(place.git_dir.join("rebase-merge"))
        .unwrap()
        .map(|entry| format!("rebase-merge/{}", entry.unwrap().file_name().to_str().unwrap()))
        .collect();
    listed.sort();
    assert!(listed.len() > 5, "{listed:?}");
    let found: Vec<&String> = files.iter().filter(|path| path.starts_with("rebase-merge/")).collect();
    assert_eq!(found, listed.iter().collect::<Vec<_>>());
    trial.git(&["rebase", "--abort"]);
    assert!(!trial.may(&["cherry-pick", "other"]));
    assert_eq!(operation().as_deref(), Some("cherry-pick"));
    trial.git(&["cherry-pick", "--abort"]);
    assert!(!trial.may(&["revert", &base]));
    assert_eq!(operation().as_deref(), Some("revert"));
    trial.git(&["revert", "--abort"]);
    trial.git(&["bisect", "start"]);
    assert_eq!(operation().as_deref(), Some("bisect"));
    assert!(states(&place).contains(&"BISECT_LOG".to_owned()));
    trial.git(&["bisect", "reset"]);
    std::fs::create_dir_all(place.git_dir.join("rebase-apply/applying")).unwrap();
    assert_eq!(operation().as_deref(), Some("am"));
    assert!(states(&place).contains(&"rebase-apply/applying".to_owned()), "an empty folder stands as such");
}

#[test]
fn linked_work_trees_have_a_state_of_their_own() {
    let trial = Trial::with_repository();
    let commit = trial.commit("a", "one");
    let linked = trial.path("linked");
    trial.git(&["worktree", "add", "-q", "-b", "side", linked.to_str().unwrap()]);
    trial.git(&["bisect", "start", "HEAD"]);
    put(&trial.root.join(".git/refs/bisect/mark"), b"ref: refs/heads/nowhere\n");
    let place = place(&linked).unwrap().unwrap();
    let found = history(&place).unwrap();
    assert_eq!(found.head, Head::Branch { name: "refs/heads/side".to_owned(), commit });
    assert_eq!((found.operation, found.symbolic), (None, vec![]), "the other one bisects");
    let files = states(&place);
    assert!(files.contains(&"HEAD".to_owned()) && files.contains(&"index".to_owned()), "{files:?}");
    assert!(!files.contains(&"BISECT_LOG".to_owned()));
}

#[test]
fn split_and_sparse_and_shallow() {
    let trial = Trial::with_repository();
    trial.commit("in/a", "one");
    trial.commit("out/b", "two");
    trial.git(&["update-index", "--split-index"]);
    trial.git(&["sparse-checkout", "set", "--cone", "in"]);
    let place = trial.place();
    let files = states(&place);
    assert!(files.contains(&"info/sparse-checkout".to_owned()), "{files:?}");
    let count = std::fs::read_dir(&place.git_dir)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_str().unwrap().starts_with("sharedindex."))
        .count();
    assert!(count > 0);
    assert_eq!(files.iter().filter(|path| path.starts_with("sharedindex.")).count(), count);
    // Of many, the one in use.
    let used = trial.git(&["rev-parse", "--shared-index-path"]);
    let used = used.rsplit('/').next().unwrap();
    for number in 0..12 {
        put(&place.git_dir.join(format!("sharedindex.{number:040x}")), b"old");
    }
    let files = states(&place);
    let parts: Vec<&String> = files.iter().filter(|path| path.starts_with("sharedindex.")).collect();
    assert_eq!(parts, [used]);
    let shallow = trial.path("shallow");
    let url = format!("file://{}", trial.root.display());
    trial.git(&["clone", "-q", "--depth=1", &url, shallow.to_str().unwrap()]);
    let place = crate::rollback::tree::place(&shallow).unwrap().unwrap();
    assert!(states(&place).contains(&"shallow".to_owned()));
    assert!(first_commits(&place).is_empty(), "where it begins is not known");
    assert!(history(&place).unwrap().gaps.is_empty());
}
