//! Files, links and folders of all kinds.

use super::*;
use crate::rollback::point::StatusCounts;

#[test]
fn every_kind_of_file_is_there_with_its_bytes_and_mode() {
    let tree = Tree::with(&[("clean", "1"), ("program", "2"), ("secret", "3"), ("folder/deep/file", "4")]);
    tree.mode("program", 0o755);
    tree.link("clean", "to-file");
    tree.link("folder", "to-folder");
    tree.link("nowhere/at/all", "dangling");
    tree.write_raw(b"caf\xe9 \xff\\x41", "5");
    tree.commit("second");
    tree.mode("secret", 0o600);
    tree.mode("program", 0o4755);
    fs::create_dir_all(tree.path("empty/inner")).unwrap();
    tree.mode("empty", 0o700);
    tree.write_raw(b"new/\xfe\n\"", "6");
    tree.write("new/setgid", "7");
    tree.mode("new/setgid", 0o2640);
    tree.link("../folder", "new/link");
    tree.write("empty file", "");
    let state = tree.complete();
    for clean in ["clean", "to-file", "to-folder", "dangling", "folder/deep/file"] {
        assert!(unchanged(&state, clean).is_some(), "{clean}");
    }
    for folder in ["folder", "folder/deep", "empty", "empty/inner", "new"] {
        assert_eq!(unchanged(&state, folder).unwrap().origin, Origin::Folder, "{folder}");
    }
    assert_eq!(unchanged(&state, "empty").unwrap().meta.mode, 0o700);
    assert_eq!(source(&state, "new/link"), Source::Untracked);
    assert_eq!(state.point.repositories.len(), 1);
    assert_eq!(state.point.reason, Reason::Asked);
    assert_eq!(
        (state.point.created.as_str(), state.point.name.as_deref()),
        ("2026-11-22T14:35:00Z", Some("test"))
    );
}

#[test]
fn changes_of_all_kinds_are_seen() {
    let names =
        ["both", "deleted", "from", "staged", "touched", "replaced", "linked", "exec", "hidden", "clean"];
    let files: Vec<(&str, &str)> = names.iter().map(|name| (*name, *name)).collect();
    let tree = Tree::with(&files);
    tree.write("both", "staged");
    tree.write("staged", "otherwise");
    tree.git(&["add", "both", "staged"]);
    tree.git(&["mv", "from", "to"]);
    tree.write("both", "and changed");
    fs::remove_file(tree.path("deleted")).unwrap();
    fs::remove_file(tree.path("replaced")).unwrap();
    tree.write("replaced/inner", "now a folder");
    fs::remove_file(tree.path("linked")).unwrap();
    tree.link("clean", "linked");
    tree.mode("exec", 0o755);
    tree.git(&["update-index", "--assume-unchanged", "hidden"]);
    tree.write("hidden", "changed");
    fs::File::open(tree.path("touched")).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    let state = tree.complete();
    for changed in ["both", "linked", "exec", "hidden"] {
        assert_eq!(source(&state, changed), Source::Tracked, "{changed}");
    }
    assert_eq!(source(&state, "replaced/inner"), Source::Untracked);
    for absent in ["deleted", "from"] {
        assert!(entry(&state, absent).is_none() && unchanged(&state, absent).is_none(), "{absent}");
    }
    assert!(unchanged(&state, "clean").is_some() && unchanged(&state, "to").is_some());
    let StatusCounts { staged, changed, untracked, conflicted } = repository(&state, "").status;
    // Without renames `from` and `to` are two. Git tells what it was told not to look at as unchanged.
    assert_eq!((staged, untracked, conflicted), (4, 1, 0));
    // both, deleted, replaced, linked, exec; what was only touched may count.
    assert!((5..=6).contains(&changed), "{changed}");
}

#[test]
fn bytes_that_git_converts_are_captured_as_they_are() {
    let tree =
        Tree::with(&[(".gitattributes", "*.txt text eol=crlf\n*.u text working-tree-encoding=UTF-16LE\n")]);
    tree.write("a.txt", "one\r\ntwo\r\n");
    tree.write("plain", "x");
    tree.commit("second");
    assert_eq!(tree.git(&["cat-file", "-s", "HEAD:a.txt"]), "8", "the blob has other line ends");
    let state = tree.complete();
    assert_eq!(source(&state, "a.txt"), Source::Tracked);
    assert!(unchanged(&state, "plain").is_some());
}

#[test]
fn what_no_file_can_hold_is_a_gap() {
    let tree = Tree::with(&[("a", "1"), (".gitignore", "ignored/\n")]);
    fs::create_dir(tree.path("ignored")).unwrap();
    for name in ["pipe", "ignored/pipe"] {
        assert!(Command::new("mkfifo").arg(tree.path(name)).status().unwrap().success());
    }
    let _socket = std::os::unix::net::UnixListener::bind(tree.path("socket")).unwrap();
    tree.write("sub/.GIT/hooks/x", "1");
    fs::hard_link(tree.path("a"), tree.path("b")).unwrap();
    tree.write("a", "2");
    let state = tree.capture();
    let gaps: Vec<String> = state.point.gaps.iter().map(|gap| gap.path.text().into_owned()).collect();
    assert_eq!(gaps, ["pipe", "sub/.GIT"]);
    assert!(state.point.notes.iter().any(|note| note.contains("sockets") && note.contains("socket")));
    assert!(
        state.point.notes.iter().any(|note| note.contains("of their own: a, b")),
        "{:?}",
        state.point.notes
    );
}

#[test]
fn a_tree_without_git_is_captured_whole() {
    let tree = Tree::bare();
    tree.write("a/b", "1");
    tree.write("node_modules/x", "2");
    let state = tree.complete();
    assert_eq!((state.point.repositories.len(), state.point.entries.len()), (0, 2));
    assert!(state.point.notes.iter().any(|note| note.contains("no git repository")));
    // A `.git` that is none is told.
    fs::create_dir(tree.path(".git")).unwrap();
    let state = tree.capture();
    assert_eq!(state.point.gaps.len(), 1, "{:?}", state.point.gaps);
    assert_eq!(state.point.entries.len(), 2);
}

#[test]
fn files_that_cannot_be_read_are_gaps() {
    let tree = Tree::with(&[("a", "1")]);
    tree.write("closed", "2");
    tree.write("shut/in", "3");
    tree.mode("closed", 0o000);
    tree.mode("shut", 0o000);
    // Whoever may read everything has no such gaps.
    let open = fs::read(tree.path("closed")).is_ok();
    let state = tree.capture();
    let gaps: Vec<String> = state.point.gaps.iter().map(|gap| gap.path.text().into_owned()).collect();
    tree.mode("shut", 0o755);
    assert_eq!(gaps, if open { vec![] } else { vec!["closed", "shut"] });
}

#[test]
fn only_patterns_bring_ignored_files() {
    let ignore = "*.log\nsecret/\nconf/local/\nnode_modules/\n";
    let tree =
        Tree::with(&[(".gitignore", ignore), ("conf/app.yml", "1"), ("keys/a.pem", "2"), ("src/x", "3")]);
    tree.write("app.log", "1");
    tree.write("kept.log", "2");
    tree.write("secret/x.pem", "3");
    tree.write("conf/local/deep/db.yml", "4");
    tree.write("conf/local/node_modules/x.yml", "5");
    tree.write("conf/local/other.bin", "6");
    tree.write("node_modules/kept.log", "7");
    fs::create_dir_all(tree.path("conf/local/none")).unwrap();
    tree.mode("conf/local", 0o700);
    let owned = |text: &str| vec![text.to_owned()];
    let settings = Settings {
        config: owned("conf/**/*.yml"),
        security: owned("**/*.pem"),
        ignored: owned("**/kept.log"),
        ..settings()
    };
    let state = tree.capture_with(&settings);
    tree.check(&state);
    let ignored: Vec<(String, u32)> = state
        .point
        .entries
        .iter()
        .filter(|entry| entry.class.source == Source::Ignored)
        .map(|entry| (entry.path.text().into_owned(), entry.meta.mode & 0o700))
        .collect();
    let expected = [
        ("conf/local", 0o700),
        ("conf/local/deep", 0o700),
        ("conf/local/deep/db.yml", 0o600),
        ("kept.log", 0o600),
    ];
    assert_eq!(ignored, expected.map(|(path, mode)| (path.to_owned(), mode)));
    // Protected files are captured although they are clean.
    let class = |path: &str| {
        entry(&state, path).map(|entry| (entry.class.source, entry.class.config, entry.class.security))
    };
    assert_eq!(class("conf/app.yml"), Some((Source::Tracked, true, false)));
    assert_eq!(class("keys/a.pem"), Some((Source::Tracked, false, true)));
    assert!(unchanged(&state, "src/x").is_some() && entry(&state, "src/x").is_none());
    assert_eq!(tree.capture().point.entries, [], "without patterns nothing is");
}

#[test]
fn files_that_git_was_told_to_leave_out_are_no_deletions() {
    let tree = Tree::with(&[("a/x", "1"), ("b/y", "2"), ("c", "3")]);
    tree.git(&["sparse-checkout", "set", "--cone", "a"]);
    assert!(!tree.path("b").exists());
    let state = tree.complete();
    assert!(unchanged(&state, "a/x").is_some() && unchanged(&state, "b/y").is_none());
    assert_eq!(repository(&state, "").status, StatusCounts::default());
    let state_files: Vec<_> = repository(&state, "").state.iter().map(|entry| entry.path.text()).collect();
    assert!(state_files.iter().any(|path| path == "info/sparse-checkout"), "{state_files:?}");
    // Present all the same, and so captured byte by byte. With another content: git compares whole seconds here, and rightly
    // calls the same content unchanged when it is back on the same inode within the second.
    tree.write("b/y", "3");
    assert_eq!(source(&tree.complete(), "b/y"), Source::Tracked);
}

#[test]
fn what_lfs_manages_is_captured_and_told() {
    let content = "large\n".repeat(100);
    let digest: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 600\n");
    let tree = Tree::with(&[("a.bin", &pointer), ("b.bin", &pointer)]);
    tree.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
    tree.commit("second");
    tree.write("a.bin", &content);
    let state = tree.complete();
    let lfs = |state: &State| -> Vec<_> {
        repository(state, "")
            .lfs
            .iter()
            .map(|file| (file.path.text().into_owned(), file.size, file.present))
            .collect()
    };
    assert_eq!(lfs(&state), [("a.bin".to_owned(), 600, false), ("b.bin".to_owned(), 600, false)]);
    assert_eq!((source(&state, "a.bin"), source(&state, "b.bin")), (Source::Tracked, Source::Tracked));
    tree.write(&format!(".git/lfs/objects/{}/{}/{digest}", &digest[..2], &digest[2..4]), &content);
    assert_eq!(lfs(&tree.complete()), [("a.bin".to_owned(), 600, true), ("b.bin".to_owned(), 600, true)]);
}
