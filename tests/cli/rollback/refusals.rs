//! What must not happen does not, and says so.

use std::path::Path;

use super::scenes::SCENES;
use super::seen::tree;
use crate::support::{NOW, readiness};

fn made(folder: &Path) -> std::path::PathBuf {
    let root = folder.canonicalize().unwrap();
    let (_, clean) = SCENES.iter().find(|(name, _)| *name == "clean").unwrap();
    clean(&root);
    root
}

fn run(root: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let arguments: Vec<&str> = ["rollback"].iter().chain(arguments).copied().collect();
    let done = readiness(root, &arguments, NOW);
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    (done.status.code(), said)
}

#[test]
fn a_point_of_another_repository_is_refused() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, two) = (made(one.path()), {
        let root = two.path().canonicalize().unwrap();
        super::seen::git(&root, &["init", "-q", "-b", "main"]);
        std::fs::write(root.join("a.txt"), "another project\n").unwrap();
        super::seen::git(&root, &["add", "-A"]);
        super::seen::git(&root, &["commit", "-qm", "unrelated"]);
        root
    });
    let store = one.join(".readiness/rollback");
    let store = store.to_str().unwrap();
    assert_eq!(run(&one, &["capture", "--no-trail"]).0, Some(0));
    let before = tree(&two);
    let (code, said) = run(&two, &["restore", "latest", "--yes", "--no-trail", "--store", store]);
    assert!(code == Some(4) && said.contains("--into-other-tree"), "{said}");
    assert_eq!(tree(&two), before);
}

#[test]
fn a_changed_manifest_or_pack_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let root = made(folder.path());
    std::fs::write(root.join("src/file1.txt"), "dirty\n").unwrap();
    assert_eq!(run(&root, &["capture", "--no-trail"]).0, Some(0));
    std::fs::write(root.join("src/file1.txt"), "later\n").unwrap();
    let before = tree(&root);
    for kind in ["points", "packs"] {
        let place = root.join(".readiness/rollback").join(kind);
        let file = std::fs::read_dir(&place)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.is_file())
            .unwrap();
        let good = std::fs::read(&file).unwrap();
        let mut bad = good.clone();
        let at = bad.len() / 2;
        bad[at] ^= 1;
        std::fs::write(&file, &bad).unwrap();
        let (code, said) = run(&root, &["verify", "latest", "--no-trail"]);
        assert!(matches!(code, Some(2 | 4)), "{kind}: {said}");
        let (code, said) = run(&root, &["restore", "latest", "--yes", "--no-trail"]);
        if kind == "packs" && code == Some(0) {
            // What is damaged was not needed: the history, which the repository still has.
            assert_eq!(std::fs::read_to_string(root.join("src/file1.txt")).unwrap(), "dirty\n", "{said}");
            std::fs::write(root.join("src/file1.txt"), "later\n").unwrap();
        } else {
            assert_eq!(code, Some(4), "{kind}: {said}");
            assert_eq!(tree(&root), before, "{kind}: {said}");
        }
        std::fs::write(&file, &good).unwrap();
    }
    assert_eq!(run(&root, &["verify", "latest", "--no-trail"]).0, Some(0));
}

#[test]
fn without_a_terminal_nothing_is_done_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let root = made(folder.path());
    assert_eq!(run(&root, &["capture", "--no-trail"]).0, Some(0));
    std::fs::write(root.join("src/file1.txt"), "later\n").unwrap();
    let before = tree(&root);
    for command in [&["restore", "latest", "--no-trail"][..], &["emergency", "--no-trail"]] {
        let (code, said) = run(&root, command);
        assert!(code == Some(4) && said.contains("--yes"), "{said}");
        assert_eq!(tree(&root), before);
    }
    let (code, said) = run(&root, &["emergency", "--yes", "--no-trail"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(std::fs::read_to_string(root.join("src/file1.txt")).unwrap(), "one 1\ntwo changed\nthree\n");
}

#[test]
fn one_command_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let root = made(folder.path());
    assert_eq!(run(&root, &["capture", "--no-trail"]).0, Some(0));
    let mut children: Vec<_> = (0..4)
        .map(|number| {
            std::process::Command::new(env!("CARGO_BIN_EXE_readiness"))
                .args(["rollback", "capture", "--no-trail", "--name", &format!("n{number}")])
                .current_dir(&root)
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    assert!(children.iter_mut().all(|child| child.wait().unwrap().success()));
    let (code, said) = run(&root, &["list", "--format", "json"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said.matches("\"id\"").count(), 5, "{said}");
}

#[test]
fn what_is_damaged_in_the_store_is_stored_again_before_it_is_relied_upon() {
    let folder = tempfile::tempdir().unwrap();
    let root = made(folder.path());
    // Nothing that could be compressed, so that it is found in its pack.
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    let precious: Vec<u8> = (0..20_000).map(|_| next()).collect();
    std::fs::write(root.join("n.bin"), "old").unwrap();
    assert_eq!(run(&root, &["capture", "--no-trail", "--name", "old"]).0, Some(0));
    std::fs::write(root.join("n.bin"), &precious).unwrap();
    assert_eq!(run(&root, &["capture", "--no-trail", "--name", "x"]).0, Some(0));
    // Every pack loses some bytes in its middle, where contents lie.
    for entry in std::fs::read_dir(root.join(".readiness/rollback/packs")).unwrap() {
        let file = entry.unwrap().path();
        let mut bytes = std::fs::read(&file).unwrap();
        if let Some(at) = bytes.windows(64).position(|part| part == &precious[..64]) {
            bytes[at..at + 32].fill(0);
            std::fs::write(&file, bytes).unwrap();
        }
    }
    assert_eq!(run(&root, &["verify", "x", "--no-trail"]).0, Some(2), "it is damaged");
    assert_eq!(run(&root, &["restore", "old", "--yes", "--exact", "--no-trail"]).0, Some(0));
    assert_eq!(std::fs::read(root.join("n.bin")).unwrap(), b"old");
    let list = run(&root, &["list", "--all", "--format", "json"]).1;
    let points: serde_json::Value = serde_json::from_str(&list).unwrap();
    let safety = points.as_array().unwrap().iter().find(|point| point["safety"] == true).unwrap();
    let (code, said) = run(&root, &["restore", safety["id"].as_str().unwrap(), "--yes", "--no-trail"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(std::fs::read(root.join("n.bin")).unwrap() == precious);
}

#[test]
fn a_journal_that_comes_along_is_not_carried_out() {
    let folder = tempfile::tempdir().unwrap();
    let root = made(folder.path());
    let own = root.join(".readiness/rollback");
    std::fs::create_dir_all(&own).unwrap();
    let mark = folder.path().join("mark");
    let journal = serde_json::json!({
        "schema": 1, "phase": "validating", "id": "x1", "point": "20260101T000000Z-0000000000000000",
        "safety": "20260101T000001Z-0000000000000000", "root": root.to_str().unwrap(), "tree": 1,
        "slots": [{"path": ".readiness/rollback/restoring/x1", "git": false}], "locks": [], "operations": [],
        "folders": [], "validate": [{"name": "evil", "act": {"kind": "command", "words": ["touch", mark.to_str().unwrap()]},
        "limit": {"secs": 10, "nanos": 0}, "rehearse": false}],
    });
    std::fs::write(own.join("journal.json"), journal.to_string()).unwrap();
    for command in [&["recover", "--no-trail"][..], &["capture", "--no-trail"]] {
        let (code, said) = run(&root, command);
        assert_eq!(code, Some(4), "{said}");
        assert!(!mark.exists(), "{said}");
    }
}

#[test]
fn a_path_that_is_nowhere_is_a_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let root = made(folder.path());
    assert_eq!(run(&root, &["capture", "--no-trail"]).0, Some(0));
    for command in
        [&["restore", "latest", "--only", "confg", "--yes", "--no-trail"][..], &["diff", "--only", "nope/"]]
    {
        let (code, said) = run(&root, command);
        assert!(code == Some(4) && said.contains("neither the point nor the tree"), "{said}");
    }
    let (code, said) = run(&root.join("src"), &["capture", "--no-trail"]);
    assert!(code == Some(4) && said.contains("--tree"), "{said}");
}
