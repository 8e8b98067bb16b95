//! Capture, wild change, restore: bytes, modes, links, times, index, head, refs and `git status` are what they were.

use std::path::{Path, PathBuf};
use std::process::Output;

use super::scenes::{SCENES, havoc};
use super::seen::{Git, Tree, difference, repository, tree};
use crate::support::{NOW, readiness};

/// All that is compared.
struct State {
    tree: Tree,
    repositories: Vec<(PathBuf, Git)>,
}

fn state(root: &Path) -> State {
    let inside = ["", "vendor/lib", "inner", "second"].map(|path| root.join(path));
    let repositories = inside
        .into_iter()
        .filter(|path| path.join(".git").exists())
        .map(|path| (path.clone(), repository(&path)))
        .collect();
    State { tree: tree(root), repositories }
}

fn same(what: &str, then: &State, now: &State) {
    let lines = difference(&then.tree, &now.tree);
    assert!(lines.is_empty(), "{what}:\n{}", lines.join("\n"));
    assert_eq!(then.repositories, now.repositories, "{what}");
}

fn told(done: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr))
}

fn run(root: &Path, arguments: &[&str], code: i32) -> String {
    let arguments: Vec<&str> = ["rollback"].iter().chain(arguments).copied().collect();
    let done = readiness(root, &arguments, NOW);
    assert_eq!(done.status.code(), Some(code), "{arguments:?} in {}: {}", root.display(), told(&done));
    told(&done)
}

fn round_trip(name: &str, make: fn(&Path), seed: u32) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap().join("tree");
    std::fs::create_dir(&root).unwrap();
    make(&root);
    let what = format!("{name}, {seed}");
    let before = state(&root);
    run(&root, &["capture", "--name", "good", "--no-trail"], 0);
    same(&format!("{what}: capture changed something"), &before, &state(&root));
    havoc(&root, seed);
    let wild = state(&root);
    run(&root, &["verify", "good", "--no-trail"], 0);
    run(&root, &["restore", "good", "--dry-run", "--exact"], 0);
    same(&format!("{what}: looking changed something"), &wild, &state(&root));
    // Refs made since would show in what git says; `--exact` takes them away, too.
    run(&root, &["restore", "good", "--exact", "--yes", "--no-trail"], 0);
    same(&format!("{what}: restored"), &before, &state(&root));
    // And the way back from there: the safety point is the wild state.
    let list = run(&root, &["list", "--all", "--format", "json"], 0);
    let json = list.get(list.find('[').unwrap()..=list.rfind(']').unwrap()).unwrap();
    let points: serde_json::Value = serde_json::from_str(json).unwrap();
    let safety = points.as_array().unwrap().iter().find(|point| point["safety"] == true).unwrap();
    run(&root, &["restore", safety["id"].as_str().unwrap(), "--exact", "--yes", "--no-trail"], 0);
    same(&format!("{what}: and back to the wild state"), &wild, &state(&root));
}

#[test]
fn every_scene_comes_back() {
    for (name, make) in SCENES {
        for seed in 0..4 {
            round_trip(name, *make, seed);
        }
    }
    println!("rollback: {} states of repositories, four ways of havoc each", SCENES.len());
}

#[test]
fn nothing_to_change_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let (_, dirty) = SCENES.iter().find(|(name, _)| *name == "dirty").unwrap();
    dirty(&root);
    run(&root, &["capture", "--no-trail"], 0);
    let before = state(&root);
    run(&root, &["restore", "latest", "--yes", "--no-trail"], 0);
    same("twice the same", &before, &state(&root));
}

#[test]
fn files_made_since_are_put_aside_and_parts_alone_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let (_, clean) = SCENES.iter().find(|(name, _)| *name == "clean").unwrap();
    clean(&root);
    run(&root, &["capture", "--no-trail"], 0);
    let write = |path: &str, text: &str| {
        std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        std::fs::write(root.join(path), text).unwrap();
    };
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap_or_default();
    write("config/app.yaml", "jwt:\n  expiry: 0\n");
    write("src/file2.txt", "changed\n");
    write("made/since.txt", "precious\n");
    run(&root, &["restore", "latest", "--only", "config", "--yes", "--no-trail"], 0);
    assert_eq!(read("config/app.yaml"), "jwt:\n  expiry: 15m\n");
    assert_eq!(
        (read("src/file2.txt"), read("made/since.txt")),
        ("changed\n".to_owned(), "precious\n".to_owned())
    );
    run(&root, &["restore", "latest", "--only", "src/file2.txt", "--yes", "--no-trail"], 0);
    assert_eq!(read("src/file2.txt"), "one 2\ntwo\nthree\n");
    assert_eq!(read("made/since.txt"), "precious\n");
    let said = run(&root, &["restore", "latest", "--yes", "--no-trail"], 0);
    assert!(!root.join("made").exists() && said.contains("made/since.txt"), "{said}");
    let kept: Vec<PathBuf> = walk(&root.join(".readiness/rollback/kept"));
    let kept = kept.iter().find(|path| path.ends_with("made/since.txt")).expect("it is kept");
    assert_eq!(std::fs::read_to_string(kept).unwrap(), "precious\n");
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}

#[test]
fn a_validation_that_fails_puts_everything_back() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let (_, clean) = SCENES.iter().find(|(name, _)| *name == "clean").unwrap();
    clean(&root);
    std::fs::write(
        root.join("readiness.yaml"),
        "rollback:\n  validate:\n    - name: works\n      command: grep -q changed src/file3.txt\n",
    )
    .unwrap();
    run(&root, &["capture", "--no-trail"], 0);
    std::fs::write(root.join("src/file3.txt"), "changed\n").unwrap();
    let before = state(&root);
    let said = run(&root, &["restore", "latest", "--yes", "--no-trail"], 1);
    assert!(said.contains("RBK-020"), "{said}");
    same("put back", &before, &state(&root));
    run(&root, &["restore", "latest", "--yes", "--no-trail", "--no-validate"], 0);
    assert_eq!(std::fs::read_to_string(root.join("src/file3.txt")).unwrap(), "one 3\ntwo\nthree\n");
}

#[test]
fn encrypted_points_tell_nothing_and_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap().join("tree");
    std::fs::create_dir(&root).unwrap();
    let (_, dirty) = SCENES.iter().find(|(name, _)| *name == "dirty").unwrap();
    dirty(&root);
    let secret = "TOKEN=hunter2-correct-horse-battery\n";
    std::fs::write(root.join(".env"), secret).unwrap();
    let key = folder.path().join("encryption.key");
    std::fs::write(&key, format!("{}\n", "0123456789abcdef".repeat(4))).unwrap();
    let mut permissions = std::fs::metadata(&key).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o600);
    std::fs::set_permissions(&key, permissions).unwrap();
    let key = key.to_str().unwrap();
    let before = state(&root);
    run(&root, &["capture", "--no-trail", "--key", key], 0);
    for file in walk(&root.join(".readiness")) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(
            !bytes.windows(12).any(|part| secret.as_bytes().windows(12).any(|other| other == part)),
            "{}",
            file.display()
        );
    }
    havoc(&root, 1);
    run(&root, &["restore", "latest", "--yes", "--exact", "--no-trail"], 4);
    run(&root, &["restore", "latest", "--yes", "--exact", "--no-trail", "--key", key], 0);
    same("from an encrypted point", &before, &state(&root));
}

#[test]
fn a_point_travels_as_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap().join("tree");
    std::fs::create_dir(&root).unwrap();
    let (_, dirty) = SCENES.iter().find(|(name, _)| *name == "dirty").unwrap();
    dirty(&root);
    let before = state(&root);
    let file = folder.path().join("point");
    run(&root, &["capture", "--no-trail", "--name", "good"], 0);
    run(&root, &["export", "good", "--output", file.to_str().unwrap()], 0);
    std::fs::remove_dir_all(root.join(".readiness")).unwrap();
    havoc(&root, 2);
    run(&root, &["import", file.to_str().unwrap()], 0);
    run(&root, &["restore", "good", "--yes", "--exact", "--no-trail"], 0);
    same("from a file", &before, &state(&root));
}

#[test]
fn a_validation_that_changes_what_it_validates_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let (_, clean) = SCENES.iter().find(|(name, _)| *name == "clean").unwrap();
    clean(&root);
    let text = "rollback:\n  validate:\n    - name: spoils\n      command: cp src/file1.txt src/file3.txt\n";
    std::fs::write(root.join("readiness.yaml"), text).unwrap();
    run(&root, &["capture", "--no-trail"], 0);
    std::fs::write(root.join("src/file3.txt"), "changed\n").unwrap();
    let said = run(&root, &["restore", "latest", "--yes", "--no-trail", "--no-validate"], 0);
    assert!(said.contains("are not run") && !said.contains("RBK-025"), "{said}");
    std::fs::write(root.join("src/file3.txt"), "changed\n").unwrap();
    let said = run(&root, &["restore", "latest", "--yes", "--no-trail"], 2);
    assert!(said.contains("RBK-021") && said.contains("src/file3.txt"), "{said}");
}

#[test]
fn protected_files_outside_are_compared_and_come_back_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    let top = folder.path().canonicalize().unwrap();
    let (root, outside) = (top.join("tree"), top.join("app.conf"));
    std::fs::create_dir(&root).unwrap();
    let (_, clean) = SCENES.iter().find(|(name, _)| *name == "clean").unwrap();
    clean(&root);
    std::fs::write(&outside, "port: 1\n").unwrap();
    run(&root, &["capture", "--no-trail", "--protect", outside.to_str().unwrap()], 0);
    std::fs::write(&outside, "port: 2\n").unwrap();
    let said = run(&root, &["diff", "latest"], 0);
    assert!(said.contains("-port: 2") && said.contains("+port: 1"), "{said}");
    // Not on the point's word alone.
    run(&root, &["restore", "latest", "--yes", "--no-trail"], 4);
    run(&root, &["restore", "latest", "--yes", "--no-trail", "--outside"], 0);
    assert_eq!(std::fs::read_to_string(&outside).unwrap(), "port: 1\n");
    let list = run(&root, &["list", "--all", "--format", "json"], 0);
    let points: serde_json::Value = serde_json::from_str(&list).unwrap();
    let safety = points.as_array().unwrap().iter().find(|point| point["safety"] == true).unwrap();
    run(&root, &["restore", safety["id"].as_str().unwrap(), "--yes", "--no-trail", "--outside"], 0);
    assert_eq!(std::fs::read_to_string(&outside).unwrap(), "port: 2\n");
}
