//! A capture writes to nothing but its sink.

use super::*;

/// Mode, bytes, times and number.
type Seen = (u32, Vec<u8>, [i64; 4], u64);

/// Everything of a folder: kind, bytes, mode, times of change; reading alone may show in the time of access.
fn everything(folder: &Path, out: &mut BTreeMap<PathBuf, Seen>) {
    let metadata = folder.symlink_metadata().unwrap();
    let bytes = if metadata.is_file() {
        fs::read(folder).unwrap()
    } else if metadata.is_symlink() {
        fs::read_link(folder).unwrap().into_os_string().into_encoded_bytes()
    } else {
        Vec::new()
    };
    let times = [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()];
    out.insert(folder.to_owned(), (metadata.mode(), bytes, times, metadata.ino()));
    if metadata.is_dir() {
        for entry in fs::read_dir(folder).unwrap() {
            everything(&entry.unwrap().path(), out);
        }
    }
}

#[test]
fn a_dirty_repository_is_the_same_before_and_after() {
    let tree = Tree::with(&[("a", "1"), ("b", "2"), ("touched", "3"), (".gitignore", "*.log\n")]);
    let library = Tree::with(&[("lib.c", "1"), ("lib.h", "2")]);
    tree.git(&["submodule", "--quiet", "add", library.root.to_str().unwrap(), "lib"]);
    tree.write(".gitattributes", "*.f filter=evil\n*.txt text=auto eol=crlf\n");
    tree.write("x.txt", "1\r\n");
    tree.write("y.f", "1");
    tree.commit("second");
    tree.git(&["branch", "side"]);
    tree.git(&["worktree", "add", "-q", "trees/side", "side"]);
    tree.git(&["checkout", "-qb", "other"]);
    tree.write("a", "theirs");
    tree.commit("other");
    tree.git(&["checkout", "-q", "main"]);
    tree.write("a", "ours");
    tree.commit("ours");
    tree.git(&["gc", "-q"]);
    tree.write("b", "staged");
    tree.git(&["add", "b"]);
    assert!(!tree.try_git(&tree.root, &["merge", "other"]).status.success());
    // Dirty by its times alone, which makes git want to write the index.
    fs::File::open(tree.path("touched")).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    fs::File::open(tree.path("y.f")).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    fs::File::open(tree.path("lib/lib.h")).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    tree.write("lib/lib.c", "changed");
    tree.write("new/file", "4");
    tree.write("a.log", "5");
    // Programs that a repository's own configuration names.
    let mark = tree.folder.path().join("mark");
    let program = format!("touch {}; cat", mark.display());
    for name in ["filter.evil.clean", "filter.evil.smudge", "core.fsmonitor", "diff.external", "core.pager"] {
        tree.git(&["config", name, &program]);
    }
    tree.write(".git/hooks/post-index-change", &format!("#!/bin/sh\ntouch {}\n", mark.display()));
    tree.mode(".git/hooks/post-index-change", 0o755);
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    everything(&tree.root, &mut before);
    let state = tree.capture();
    everything(&tree.root, &mut after);
    assert_eq!(before, after);
    assert!(!mark.exists(), "a program of the repository's configuration was run");
    assert_eq!(state.point.gaps, []);
    assert_eq!(state.point.repositories.len(), 3);
    tree.git(&["config", "--unset", "core.fsmonitor"]);
    tree.check(&state);
}
