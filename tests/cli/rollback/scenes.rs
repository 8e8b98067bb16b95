//! States that repositories get into.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::seen::{git, git_command};

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn mode(root: &Path, path: &str, mode: u32) {
    fs::set_permissions(root.join(path), fs::Permissions::from_mode(mode)).unwrap();
}

/// A repository with two commits, a branch and a tag.
fn base(root: &Path) {
    git(root, &["init", "-q", "-b", "main"]);
    for number in 0..12 {
        write(root, &format!("src/file{number}.txt"), &format!("one {number}\ntwo\nthree\n"));
    }
    write(root, "run.sh", "#!/bin/sh\n");
    mode(root, "run.sh", 0o755);
    write(root, "config/app.yaml", "jwt:\n  expiry: 15m\n");
    write(root, ".gitignore", "*.log\nbuild/\n.env\n");
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "first"]);
    git(root, &["tag", "v1"]);
    git(root, &["branch", "other"]);
    write(root, "src/file1.txt", "one 1\ntwo changed\nthree\n");
    git(root, &["commit", "-qam", "second"]);
}

fn plain(root: &Path) {
    fs::create_dir(root.join("empty")).unwrap();
    write(root, "a/b.txt", "no git here\n");
    write(root, ".env", "TOKEN=abc\n");
    symlink("b.txt", root.join("a/link")).unwrap();
}

fn clean(root: &Path) {
    base(root);
}

fn dirty(root: &Path) {
    base(root);
    // Staged and changed again; staged alone; changed alone; deleted; deleted and staged; renamed; added and deleted.
    write(root, "src/file0.txt", "staged\n");
    git(root, &["add", "src/file0.txt"]);
    write(root, "src/file0.txt", "staged\nand changed\n");
    write(root, "src/file2.txt", "staged\n");
    git(root, &["add", "src/file2.txt"]);
    write(root, "src/file3.txt", "changed\n");
    fs::remove_file(root.join("src/file4.txt")).unwrap();
    git(root, &["rm", "-q", "src/file5.txt"]);
    git(root, &["mv", "src/file6.txt", "src/renamed.txt"]);
    git(root, &["mv", "src/file7.txt", "src/FILE7.txt"]);
    write(root, "added.txt", "added\n");
    git(root, &["add", "added.txt"]);
    fs::remove_file(root.join("added.txt")).unwrap();
    write(root, "intended.txt", "later\n");
    git(root, &["add", "-N", "intended.txt"]);
    // What git does not know, and what it ignores.
    write(root, "new/untracked.txt", "untracked\n");
    write(root, ".env", "TOKEN=abc\n");
    write(root, "noise.log", "ignored\n");
    // Kinds, modes, names.
    fs::create_dir_all(root.join("empty/below")).unwrap();
    write(root, "private.txt", "private\n");
    mode(root, "private.txt", 0o600);
    mode(root, "src/file8.txt", 0o600);
    mode(root, "src/file9.txt", 0o755);
    symlink("file1.txt", root.join("src/link")).unwrap();
    symlink("/nowhere/at/all", root.join("dangling")).unwrap();
    symlink("src", root.join("folder-link")).unwrap();
    let odd = Path::new(std::ffi::OsStr::from_bytes(b"odd\xff\n name"));
    fs::write(root.join(odd), "odd").unwrap();
    write(root, "back\\slash", "slash");
    // A file in place of a folder, a folder in place of a file, a link in place of a file.
    fs::remove_file(root.join("src/file10.txt")).unwrap();
    write(root, "src/file10.txt/inside", "inside\n");
    fs::remove_file(root.join("src/file11.txt")).unwrap();
    symlink("file1.txt", root.join("src/file11.txt")).unwrap();
    // Told to git not to look at.
    git(root, &["update-index", "--assume-unchanged", "run.sh"]);
    write(root, "run.sh", "#!/bin/sh\nchanged in secret\n");
    git(root, &["stash", "list"]);
}

fn conflict(root: &Path) {
    base(root);
    git(root, &["checkout", "-q", "other"]);
    write(root, "src/file1.txt", "one 1\ntwo otherwise\nthree\n");
    git(root, &["commit", "-qam", "other"]);
    assert!(!git_command(root, &["merge", "main"]).output().unwrap().status.success());
    write(root, "src/file2.txt", "dirty in a merge\n");
}

fn rebase(root: &Path) {
    base(root);
    git(root, &["checkout", "-q", "other"]);
    write(root, "src/file1.txt", "one 1\ntwo otherwise\nthree\n");
    git(root, &["commit", "-qam", "other"]);
    write(root, "src/file3.txt", "further\n");
    git(root, &["commit", "-qam", "further"]);
    assert!(!git_command(root, &["rebase", "main"]).output().unwrap().status.success());
}

fn cherry_pick(root: &Path) {
    base(root);
    git(root, &["checkout", "-q", "other"]);
    write(root, "src/file1.txt", "one 1\ntwo otherwise\nthree\n");
    git(root, &["commit", "-qam", "other"]);
    assert!(!git_command(root, &["cherry-pick", "main"]).output().unwrap().status.success());
}

fn bisect(root: &Path) {
    base(root);
    for number in 0..4 {
        write(root, "src/file2.txt", &format!("step {number}\n"));
        git(root, &["commit", "-qam", "step"]);
    }
    git(root, &["bisect", "start", "HEAD", "v1"]);
}

fn detached(root: &Path) {
    base(root);
    git(root, &["checkout", "-q", "--detach", "v1"]);
    write(root, "src/file3.txt", "changed\n");
    git(root, &["stash", "-q"]);
    write(root, "src/file3.txt", "changed again\n");
}

fn unborn(root: &Path) {
    git(root, &["init", "-q", "-b", "main"]);
    write(root, "staged.txt", "staged\n");
    git(root, &["add", "staged.txt"]);
    write(root, "staged.txt", "staged, and changed\n");
    write(root, "untracked.txt", "untracked\n");
}

fn line_ends(root: &Path) {
    base(root);
    write(root, ".gitattributes", "*.txt text eol=crlf\n*.id ident\n");
    write(root, "src/ident.id", "$Id$\n");
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "attributes"]);
    fs::remove_dir_all(root.join("src")).unwrap();
    git(root, &["checkout", "-q", "--", "src"]);
    assert!(fs::read(root.join("src/file2.txt")).unwrap().ends_with(b"\r\n"));
    write(root, "src/file3.txt", "line feeds alone\n");
}

fn sparse(root: &Path) {
    base(root);
    write(root, "other/place.txt", "elsewhere\n");
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "other place"]);
    git(root, &["sparse-checkout", "set", "--cone", "src"]);
    assert!(!root.join("other").exists());
    write(root, "src/file3.txt", "changed\n");
}

fn submodule(root: &Path) {
    let library = root.parent().unwrap().join("library");
    fs::create_dir(&library).unwrap();
    base(&library);
    base(root);
    git(root, &["submodule", "add", "-q", library.to_str().unwrap(), "vendor/lib"]);
    git(root, &["commit", "-qm", "library"]);
    let inside = root.join("vendor/lib");
    write(&inside, "src/file2.txt", "staged inside\n");
    git(&inside, &["add", "-A"]);
    write(&inside, "src/file3.txt", "changed inside\n");
    write(&inside, "new.txt", "new inside\n");
    git(&inside, &["checkout", "-q", "--detach"]);
}

fn nested(root: &Path) {
    base(root);
    fs::create_dir_all(root.join("inner")).unwrap();
    git(&root.join("inner"), &["init", "-q", "-b", "main"]);
    write(root, "inner/without-commits.txt", "kept\n");
    fs::create_dir_all(root.join("second")).unwrap();
    base(&root.join("second"));
    write(root, "second/src/file2.txt", "dirty inside\n");
}

fn linked_work_tree(root: &Path) {
    let main = root.parent().unwrap().join("main-tree");
    fs::create_dir(&main).unwrap();
    base(&main);
    fs::remove_dir(root).unwrap();
    git(&main, &["worktree", "add", "-q", "-b", "linked", root.to_str().unwrap()]);
    write(root, "src/file2.txt", "staged\n");
    git(root, &["add", "-A"]);
    write(root, "src/file3.txt", "changed\n");
}

fn sha256(root: &Path) {
    git(root, &["init", "-q", "-b", "main", "--object-format=sha256"]);
    write(root, "a.txt", "one\n");
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "first"]);
    write(root, "a.txt", "staged\n");
    git(root, &["add", "-A"]);
    write(root, "a.txt", "changed\n");
}

fn cloned(root: &Path) {
    let origin = root.parent().unwrap().join("origin");
    fs::create_dir(&origin).unwrap();
    base(&origin);
    symlink("src/file1.txt", origin.join("link")).unwrap();
    git(&origin, &["add", "-A"]);
    git(&origin, &["commit", "-qm", "link"]);
    fs::remove_dir(root).unwrap();
    git(root.parent().unwrap(), &["clone", "-q", "origin", root.to_str().unwrap()]);
    // Which branch follows which stands in git's configuration, which points do not hold.
    git(root, &["branch", "--unset-upstream"]);
    write(root, "src/file2.txt", "changed\n");
}

fn packed(root: &Path) {
    base(root);
    git(root, &["gc", "-q", "--prune=now"]);
    write(root, "src/file2.txt", "staged\n");
    git(root, &["add", "-A"]);
}

/// A name, and what makes the state in an empty folder.
type Scene = (&'static str, fn(&Path));

/// All of them, by name.
pub(super) const SCENES: &[Scene] = &[
    ("plain", plain),
    ("clean", clean),
    ("dirty", dirty),
    ("conflict", conflict),
    ("rebase", rebase),
    ("cherry-pick", cherry_pick),
    ("bisect", bisect),
    ("detached", detached),
    ("unborn", unborn),
    ("line-ends", line_ends),
    ("sparse", sparse),
    ("submodule", submodule),
    ("nested", nested),
    ("linked-work-tree", linked_work_tree),
    ("sha256", sha256),
    ("packed", packed),
    ("cloned", cloned),
];

/// Does what people do on a bad day.
pub(super) fn havoc(root: &Path, seed: u32) {
    let repository = root.join(".git").exists();
    if repository && seed.is_multiple_of(2) {
        // Whatever was going on is thrown away, committed over, and collected.
        for arguments in [
            &["merge", "--abort"][..],
            &["rebase", "--abort"],
            &["cherry-pick", "--abort"],
            &["bisect", "reset"],
            &["reset", "-q", "--hard"],
            &["stash", "clear"],
            &["clean", "-q", "-fd"],
        ] {
            let _ = git_command(root, arguments).output().unwrap();
        }
        write(root, "after.txt", "committed since\n");
        // A repository without commits inside stops git in the middle of adding.
        git(root, &["add", "-A", "--", ".", ":!inner"]);
        git(root, &["commit", "-qm", "since", "--no-verify"]);
        git(root, &["branch", "-f", "since"]);
        if git_command(root, &["checkout", "-q", "-B", "elsewhere"]).output().unwrap().status.success() {
            let _ = git_command(root, &["branch", "-D", "main", "other"]).output().unwrap();
            let _ = git_command(root, &["tag", "-d", "v1"]).output().unwrap();
        }
        let _ = git_command(root, &["remote", "set-head", "origin", "-d"]).output().unwrap();
        git(root, &["reflog", "expire", "--expire=now", "--all"]);
        git(root, &["gc", "-q", "--prune=now"]);
    }
    // Files: every third is changed, every fourth removed, every fifth gets another mode.
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_owned();
            let meta = path.symlink_metadata().unwrap();
            if name == ".git"
                || name == ".readiness"
                || path.extension().is_some_and(|ending| ending == "log")
            {
                continue;
            }
            if meta.is_dir() {
                folders.push(path);
            } else {
                files.push((path, meta.is_symlink()));
            }
        }
    }
    files.sort();
    for (number, (path, is_link)) in files.iter().enumerate() {
        let number = number as u32 + seed;
        if number.is_multiple_of(4) || (*is_link && number.is_multiple_of(2)) {
            fs::remove_file(path).unwrap();
        } else if number.is_multiple_of(3) && !is_link {
            fs::write(path, format!("havoc {number}\n")).unwrap();
        } else if number.is_multiple_of(5) && !is_link {
            fs::set_permissions(path, fs::Permissions::from_mode(0o640)).unwrap();
        }
    }
    write(root, "made-since/deep/file.txt", "made since\n");
    fs::create_dir_all(root.join("made-since/nothing")).unwrap();
    write(root, "zzz.txt", "made since\n");
    if root.join("src").is_dir() && !root.join("src/file2.txt").exists() {
        fs::create_dir(root.join("src/file2.txt")).unwrap();
        write(root, "src/file2.txt/now-a-folder", "x");
    }
    let _ = fs::remove_dir_all(root.join("empty"));
}
