//! Repositories in every state, and repositories inside repositories.

use super::*;
use crate::rollback::point::{Head, RepositoryKind};

fn state_of<'s>(state: &'s State, path: &str, name: &str) -> Option<&'s Entry> {
    repository(state, path).state.iter().find(|entry| entry.path == raw(name))
}

/// The state files of a repository have the bytes that are on disk.
fn check_state(tree: &Tree, state: &State, path: &str) {
    let repository = repository(state, path);
    let git = tree.root.join(repository.git_dir.to_path());
    for entry in &repository.state {
        if let What::File { object, .. } = entry.what {
            let bytes = fs::read(git.join(entry.path.to_path())).unwrap();
            assert_eq!(object, ObjectId(Sha256::digest(bytes).into()), "{:?}", entry.path);
        }
        assert_eq!(entry.class.source, Source::Git);
    }
    assert!(state_of(state, path, "HEAD").is_some());
}

#[test]
fn branch_refs_and_upstream_are_told() {
    let tree = Tree::with(&[("a", "1")]);
    let first = tree.git(&["rev-parse", "HEAD"]);
    tree.git(&["tag", "-m", "x", "v1"]);
    tree.git(&["branch", "other"]);
    tree.write("a", "2");
    let second = tree.commit("second");
    tree.git(&["config", "branch.main.remote", "."]);
    tree.git(&["config", "branch.main.merge", "refs/heads/other"]);
    tree.write("a", "3");
    tree.git(&["stash", "-q"]);
    let state = tree.complete();
    let one = repository(&state, "");
    assert_eq!(one.head, Head::Branch { name: "refs/heads/main".to_owned(), commit: second.clone() });
    assert_eq!(one.upstream, Some(("refs/heads/other".to_owned(), Some(first.clone()))));
    let listed = tree.git(&["for-each-ref", "--format=%(refname) %(objectname)"]);
    let told: Vec<String> = one.refs.iter().map(|(name, oid)| format!("{name} {oid}")).collect();
    assert_eq!(told.join("\n"), listed);
    assert_eq!(
        (one.kind, one.git_dir.text().as_ref(), one.common_dir.text().as_ref()),
        (RepositoryKind::Root, ".git", ".git")
    );
    assert_eq!(state.point.root.first_commits, [first]);
    assert_eq!(state.point.commit(), Some(second.as_str()));
    assert_eq!(one.operation, None);
    check_state(&tree, &state, "");
}

#[test]
fn a_repository_before_its_first_commit() {
    let tree = Tree::empty();
    tree.write("staged", "1");
    tree.git(&["add", "staged"]);
    tree.write("new", "2");
    let state = tree.complete();
    assert_eq!(repository(&state, "").head, Head::Unborn { name: "refs/heads/main".to_owned() });
    assert_eq!((repository(&state, "").status.staged, repository(&state, "").status.untracked), (1, 1));
    check_state(&tree, &state, "");
}

#[test]
fn a_commit_checked_out_by_itself_and_a_conflict() {
    let tree = Tree::with(&[("a", "1"), ("b", "1")]);
    tree.git(&["checkout", "-qb", "other"]);
    tree.write("a", "theirs");
    let other = tree.commit("other");
    tree.git(&["checkout", "-q", "--detach", "main"]);
    tree.write("a", "ours");
    let ours = tree.commit("ours");
    assert!(!tree.try_git(&tree.root, &["merge", "other"]).status.success());
    let state = tree.complete();
    let one = repository(&state, "");
    assert_eq!(one.head, Head::Detached { commit: ours });
    assert_eq!(one.operation.as_deref(), Some("merge"));
    assert_eq!((one.status.conflicted, one.status.changed), (1, 0));
    assert_eq!(source(&state, "a"), Source::Tracked);
    assert!(unchanged(&state, "b").is_some());
    let merging = state_of(&state, "", "MERGE_HEAD").unwrap();
    assert_eq!(
        merging.what,
        What::File { object: ObjectId(Sha256::digest(format!("{other}\n")).into()), size: 41 }
    );
    check_state(&tree, &state, "");
}

#[test]
fn repositories_inside_are_captured_on_their_own() {
    let outer = Tree::with(&[("a", "1"), (".gitignore", "/left/\n")]);
    let library = Tree::with(&[("lib.c", "1"), ("lib.h", "2")]);
    let commit = library.git(&["rev-parse", "HEAD"]);
    outer.git(&["submodule", "--quiet", "add", library.root.to_str().unwrap(), "vendor/lib"]);
    outer.git(&["submodule", "--quiet", "add", library.root.to_str().unwrap(), "absent"]);
    outer.commit("with submodules");
    outer.git(&["submodule", "--quiet", "deinit", "-f", "absent"]);
    // Dirty in every way, and on another commit.
    outer.git_in("vendor/lib", &["checkout", "-qb", "work"]);
    outer.write("vendor/lib/lib.h", "3");
    outer.git_in("vendor/lib", &["commit", "-qam", "local"]);
    let local = outer.git_in("vendor/lib", &["rev-parse", "HEAD"]);
    outer.write("vendor/lib/lib.c", "changed");
    outer.write("vendor/lib/new", "4");
    outer.git(&["init", "-q", "-b", "main", "nested"]);
    outer.write("nested/file", "5");
    outer.git_in("nested", &["init", "-q", "deep/inner"]);
    outer.write("nested/deep/inner/file", "6");
    outer.git(&["worktree", "add", "-q", "-b", "side", "trees/side"]);
    outer.write("trees/side/a", "side");
    outer.git(&["init", "-q", "left"]);
    outer.write("left/file", "7");
    let state = outer.complete();
    let list: Vec<(String, RepositoryKind, String, String)> = state
        .point
        .repositories
        .iter()
        .map(|one| {
            (
                one.path.text().into_owned(),
                one.kind,
                one.git_dir.text().into_owned(),
                one.common_dir.text().into_owned(),
            )
        })
        .collect();
    let expected = [
        ("", RepositoryKind::Root, ".git", ".git"),
        ("nested", RepositoryKind::Nested, "nested/.git", "nested/.git"),
        ("nested/deep/inner", RepositoryKind::Nested, "nested/deep/inner/.git", "nested/deep/inner/.git"),
        ("trees/side", RepositoryKind::Nested, ".git/worktrees/side", ".git"),
        ("vendor/lib", RepositoryKind::Submodule, ".git/modules/vendor/lib", ".git/modules/vendor/lib"),
    ];
    assert_eq!(
        list,
        expected.map(|(path, kind, git, common)| (path.to_owned(), kind, git.to_owned(), common.to_owned()))
    );
    assert_eq!(
        repository(&state, "").submodules,
        [(raw("absent"), commit.clone()), (raw("vendor/lib"), commit)]
    );
    assert_eq!(repository(&state, "vendor/lib").head.commit(), Some(local.as_str()));
    assert_eq!(source(&state, "vendor/lib/lib.c"), Source::Tracked);
    assert_eq!(source(&state, "vendor/lib/new"), Source::Untracked);
    assert!(unchanged(&state, "vendor/lib/lib.h").is_some());
    assert_eq!(source(&state, "nested/deep/inner/file"), Source::Untracked);
    assert_eq!(source(&state, "trees/side/a"), Source::Tracked);
    // The files that say where their git directories are belong to the work tree.
    assert_eq!(source(&state, "vendor/lib/.git"), Source::Untracked);
    assert_eq!(source(&state, "trees/side/.git"), Source::Untracked);
    assert!(entry(&state, "left/file").is_none());
    assert!(state.point.notes.iter().any(|note| note.contains("that git ignores are left out: left")));
    for path in ["", "nested", "nested/deep/inner", "trees/side", "vendor/lib"] {
        check_state(&outer, &state, path);
    }
}

#[test]
fn a_repository_that_git_cannot_read_is_a_gap_and_its_files_are_captured() {
    let tree = Tree::with(&[("a", "1")]);
    tree.git(&["init", "-q", "nested"]);
    tree.write("nested/file", "2");
    fs::write(tree.path("nested/.git/HEAD"), "nonsense").unwrap();
    let state = tree.capture();
    assert_eq!(state.point.gaps.iter().map(|gap| gap.path.clone()).collect::<Vec<_>>(), [raw("nested")]);
    assert_eq!(source(&state, "nested/file"), Source::Untracked);
    assert_eq!(state.point.repositories.len(), 1);
}

#[test]
fn another_git_command_at_work_is_a_gap() {
    let tree = Tree::with(&[("a", "1")]);
    fs::write(tree.path(".git/index.lock"), "").unwrap();
    let state = tree.capture();
    assert_eq!(state.point.gaps.len(), 1, "{:?}", state.point.gaps);
    assert!(state.point.gaps[0].reason.contains("index.lock"));
}

#[test]
fn a_git_command_during_the_capture_has_it_begun_anew() {
    let tree = Tree::with(&[("a", "1")]);
    let first = tree.git(&["rev-parse", "HEAD"]);
    let told = std::sync::atomic::AtomicU32::new(0);
    let moved = |often: u32| {
        told.store(0, std::sync::atomic::Ordering::Relaxed);
        let order = Order {
            root: &tree.root,
            settings: &settings(),
            variable: &|_| None,
            name: None,
            reason: Reason::Look,
            now: "2026-11-22T14:35:00Z".parse().unwrap(),
            bundles: &[],
            bundle: false,
            outside: None,
            progress: &|what, done, _| {
                if what == "storing files"
                    && done == 0
                    && told.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < often
                {
                    tree.git(&["commit", "-q", "--allow-empty", "-m", "meanwhile"]);
                }
            },
        };
        capture(&order, &mut Sink::Digest(None)).unwrap()
    };
    let once = moved(1);
    assert_eq!(once.point.gaps, []);
    assert_ne!(once.point.commit(), Some(first.as_str()));
    assert_eq!(once.point.commit(), Some(tree.git(&["rev-parse", "HEAD"]).as_str()));
    let twice = moved(2);
    assert!(
        twice.point.gaps.iter().any(|gap| gap.reason.contains("during the capture")),
        "{:?}",
        twice.point.gaps
    );
}
