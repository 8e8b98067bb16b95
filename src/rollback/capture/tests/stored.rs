//! Captures into a store, with their history.

use super::*;
use crate::host::disk::Disk;
use crate::rollback::store::Store;

fn store(tree: &Tree) -> Store {
    Store::at(tree.folder.path().canonicalize().unwrap().join("store"), None, Disk::default())
}

/// Captures into the store; the bundles of earlier points are told.
fn captured(tree: &Tree, store: &Store, earlier: &[(RawPath, Vec<Bundle>)]) -> State {
    let _lock = store.lock(std::time::Duration::ZERO).unwrap();
    let mut sink = Sink::Store(store.writer().unwrap());
    let state = capture_into(&mut sink, &tree.root, &settings(), earlier, None);
    let Sink::Store(writer) = sink else { unreachable!() };
    writer.finish().unwrap();
    assert_eq!(state.point.gaps, []);
    tree.check(&state);
    for entry in state.point.entries.iter().chain(state.point.repositories.iter().flat_map(|one| &one.state))
    {
        if let What::File { object, size } = entry.what {
            let bytes = store.read(object, &state.point.contents, size).unwrap();
            assert_eq!(bytes.len() as u64, size);
        }
    }
    state
}

/// Clones the bundles of a repository into a new one by git alone, one after the other.
fn unbundled(tree: &Tree, store: &Store, state: &State, path: &str, into: &str) -> PathBuf {
    let folder = tree.folder.path().join(into);
    fs::create_dir(&folder).unwrap();
    assert!(tree.try_git(&folder, &["init", "-q", "--bare", "."]).status.success());
    for (number, bundle) in repository(state, path).bundles.iter().enumerate() {
        let file = folder.join(format!("{number}.bundle"));
        let bytes = store.read(bundle.object, &state.point.contents, bundle.size).unwrap();
        assert_eq!(bytes.len() as u64, bundle.size);
        fs::write(&file, bytes).unwrap();
        let done = tree.try_git(&folder, &["bundle", "unbundle", file.to_str().unwrap()]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    folder
}

fn has(tree: &Tree, folder: &Path, object: &str) -> bool {
    // Everything that a commit reaches is looked for.
    tree.try_git(folder, &["rev-list", "--objects", "--quiet", object]).status.success()
}

#[test]
fn bundles_hold_every_commit_and_what_is_staged() {
    let tree = Tree::with(&[("a", "1")]);
    let first = tree.git(&["rev-parse", "HEAD"]);
    tree.git(&["tag", "-m", "x", "v1"]);
    tree.write("b", "staged once");
    tree.git(&["add", "b"]);
    let blob = tree.git(&["rev-parse", ":b"]);
    let store = store(&tree);
    let state = captured(&tree, &store, &[]);
    let bundles = repository(&state, "").bundles.clone();
    assert_eq!(bundles.len(), 1);
    assert!(bundles[0].tips.contains(&first) && bundles[0].needs.is_empty());
    let folder = unbundled(&tree, &store, &state, "", "one");
    assert!(has(&tree, &folder, &first) && has(&tree, &folder, &blob));
    assert!(has(&tree, &folder, &tree.git(&["rev-parse", "v1"])));

    // What there is already is not made again.
    tree.git(&["reset", "-q", "b"]);
    let earlier = [(raw(""), bundles.clone())];
    let again = captured(&tree, &store, &earlier);
    assert_eq!(repository(&again, "").bundles, bundles);

    // What is new is built upon it.
    tree.write("a", "2");
    let second = tree.commit("second");
    let next = captured(&tree, &store, &earlier);
    let chain = &repository(&next, "").bundles;
    assert_eq!((chain.len(), chain.first()), (2, bundles.first()));
    assert_eq!(chain[1].tips, std::slice::from_ref(&second));
    assert!(chain[1].needs.contains(&first));
    let folder = unbundled(&tree, &store, &next, "", "two");
    assert!(has(&tree, &folder, &second) && has(&tree, &folder, &first));

    // When the repository has none of it any more, everything is made anew.
    let other = [(raw(""), vec![Bundle { tips: vec!["1".repeat(40)], ..bundles[0].clone() }])];
    let anew = captured(&tree, &store, &other);
    assert_eq!(repository(&anew, "").bundles.len(), 1);
    assert!(has(&tree, &unbundled(&tree, &store, &anew, "", "three"), &second));
}

#[test]
fn what_is_staged_before_the_first_commit_is_bundled() {
    let tree = Tree::empty();
    tree.write("a", "staged");
    tree.git(&["add", "a"]);
    let blob = tree.git(&["rev-parse", ":a"]);
    tree.write("a", "changed");
    let store = store(&tree);
    let state = captured(&tree, &store, &[]);
    let folder = unbundled(&tree, &store, &state, "", "one");
    assert!(has(&tree, &folder, &blob));
    // Without anything there is no bundle.
    let empty = Tree::empty();
    let state = captured(&empty, &self::store(&empty), &[]);
    assert_eq!(repository(&state, "").bundles, []);
}

#[test]
fn linked_work_trees_share_bundles_with_their_repository() {
    let tree = Tree::with(&[("a", "1")]);
    tree.git(&["worktree", "add", "-q", "--detach", "trees/side"]);
    tree.write("trees/side/a", "2");
    tree.git_in("trees/side", &["commit", "-qam", "side"]);
    let commit = tree.git_in("trees/side", &["rev-parse", "HEAD"]);
    let store = store(&tree);
    let state = captured(&tree, &store, &[]);
    let (main, side) = (&repository(&state, "").bundles, &repository(&state, "trees/side").bundles);
    assert_eq!((main.len(), side.len(), main.first()), (1, 2, side.first()));
    assert!(has(&tree, &unbundled(&tree, &store, &state, "trees/side", "side"), &commit));
}
