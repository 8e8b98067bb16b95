//! Random trees and changes.

use proptest::prelude::*;

use super::*;

/// Something that is done to a tree.
#[derive(Clone, Debug)]
enum Deed {
    Write(usize, u8),
    Remove(usize),
    Mode(usize, bool),
    Link(usize, usize),
    Stage(usize),
    Hide(usize),
    Commit,
    Folder(usize),
}

const NAMES: [&[u8]; 10] =
    [b"a", b"b/c", b"b.d", b"b/d/e", b"\xff\xfe", b"x y", b"out.log", b"ign/x", b"b/ign/y", b"sub/in"];

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let name = || 0..NAMES.len();
    let deed = prop_oneof![
        4 => (name(), any::<u8>()).prop_map(|(name, text)| Deed::Write(name, text)),
        1 => name().prop_map(Deed::Remove),
        1 => (name(), any::<bool>()).prop_map(|(name, on)| Deed::Mode(name, on)),
        1 => (name(), name()).prop_map(|(name, other)| Deed::Link(name, other)),
        2 => name().prop_map(Deed::Stage),
        1 => name().prop_map(Deed::Hide),
        1 => Just(Deed::Commit),
        1 => name().prop_map(Deed::Folder),
    ];
    proptest::collection::vec(deed, 1..25)
}

fn carry_out(tree: &Tree, deed: &Deed) {
    let path = |name: usize| tree.root.join(OsStr::from_bytes(NAMES[name]));
    let clear = |name: usize| {
        let path = path(name);
        let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
        let _ = fs::create_dir_all(path.parent().unwrap());
    };
    let git = |arguments: &[&str], name: usize| {
        let mut command = Command::new("git");
        let _ = command.args(arguments).arg(path(name)).current_dir(&tree.root).output().unwrap();
    };
    match *deed {
        Deed::Write(name, text) => {
            let _ = fs::create_dir_all(path(name).parent().unwrap());
            let _ = fs::write(path(name), [text]);
        }
        Deed::Remove(name) => clear(name),
        Deed::Mode(name, on) => {
            use std::os::unix::fs::PermissionsExt as _;
            if path(name).symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
                let mode = if on { 0o750 } else { 0o600 };
                fs::set_permissions(path(name), fs::Permissions::from_mode(mode)).unwrap();
            }
        }
        Deed::Link(name, other) => {
            clear(name);
            let _ = std::os::unix::fs::symlink(OsStr::from_bytes(NAMES[other]), path(name));
        }
        Deed::Stage(name) => git(&["add", "-A", "--"], name),
        Deed::Hide(name) => git(&["update-index", "--assume-unchanged", "--"], name),
        Deed::Commit => {
            tree.try_git(&tree.root, &["commit", "-qm", "next"]);
        }
        Deed::Folder(name) => {
            clear(name);
            let _ = fs::create_dir_all(path(name));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 30, ..ProptestConfig::default() })]

    #[test]
    fn every_file_is_told_as_it_is(deeds in deeds()) {
        let tree = Tree::empty();
        tree.write(".gitignore", "*.log\nign/\n");
        for deed in &deeds {
            carry_out(&tree, deed);
        }
        tree.complete();
    }
}
