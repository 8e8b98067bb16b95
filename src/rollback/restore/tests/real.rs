//! Restores between captured states of real repositories, judged by git.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::*;
use crate::rollback::capture::{self, capture};
use crate::rollback::point::Reason;
use crate::rollback::settings::Settings;
use crate::rollback::store::Sink;

fn git(root: &Path, arguments: &[&str]) -> String {
    let done = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "gc.auto=0"])
        .args(arguments)
        .current_dir(root)
        .env("HOME", root)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// Captures into a store; what is there, and the name of the point.
fn captured(root: &Path, store: &Store, reason: Reason) -> (State, PointId) {
    let mut sink = Sink::Store(store.writer().unwrap());
    let order = capture::Order {
        root,
        settings: &Settings::default(),
        variable: &|_| None,
        name: None,
        reason,
        now: "2026-11-22T14:35:00Z".parse().unwrap(),
        bundles: &[],
        bundle: reason == Reason::Asked,
        outside: None,
        progress: &|_, _, _| {},
    };
    let state = capture(&order, &mut sink).unwrap();
    let Sink::Store(writer) = sink else { unreachable!() };
    writer.finish().unwrap();
    assert_eq!(state.point.gaps, []);
    let id = store.save(&state.point).unwrap();
    (state, id)
}

/// Everything that git says of a repository.
fn told(root: &Path) -> [String; 5] {
    [
        git(root, &["--no-optional-locks", "status", "--porcelain=v2", "--branch", "--untracked-files=all"]),
        git(root, &["for-each-ref"]),
        git(root, &["ls-files", "--stage"]),
        git(root, &["--no-optional-locks", "diff", "--binary"]),
        git(root, &["--no-optional-locks", "diff", "--binary", "--cached"]),
    ]
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::io::Write::write_all(&mut fs::File::create(&path).unwrap(), text.as_bytes()).unwrap();
}

#[test]
fn a_dirty_repository_comes_back_after_its_history_was_thrown_away() {
    let folder = workplace();
    let root = &folder.path().canonicalize().unwrap().join("tree");
    fs::create_dir(root).unwrap();
    git(root, &["init", "-q", "-b", "main"]);
    write(root, "clean", "clean text");
    write(root, "staged", "one");
    write(root, "both", "one");
    write(root, "deep/er/file", "one");
    std::os::unix::fs::symlink("clean", root.join("link")).unwrap();
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", "first"]);
    let first = git(root, &["rev-parse", "HEAD"]);
    write(root, "clean", "clean text of the second commit");
    git(root, &["commit", "-qam", "second"]);
    git(root, &["tag", "v1"]);
    write(root, "staged", "two, staged");
    write(root, "both", "two, staged");
    git(root, &["add", "staged", "both"]);
    write(root, "both", "three, not staged");
    write(root, "untracked", "untracked");
    fs::set_permissions(root.join("untracked"), fs::Permissions::from_mode(0o600)).unwrap();
    let store = Store::at(folder.path().join("store"), None, Disk::real());
    let _lock = store.lock(std::time::Duration::ZERO).unwrap();
    let before = told(root);
    let (then, id) = captured(root, &store, Reason::Asked);
    // The commit and what was staged are gone for good.
    git(root, &["reset", "-q", "--hard", first.trim()]);
    git(root, &["tag", "-d", "v1"]);
    git(root, &["reflog", "expire", "--expire=now", "--all"]);
    git(root, &["gc", "-q", "--prune=now"]);
    fs::remove_file(root.join("link")).unwrap();
    write(root, "link/now/folder", "other");
    fs::remove_dir_all(root.join("deep")).unwrap();
    write(root, "deep", "a file");
    fs::remove_file(root.join("untracked")).unwrap();
    write(root, "since", "made since");
    git(root, &["add", "deep"]);
    let (now, safety) = captured(root, &store, Reason::Safety);
    let changes = compare(&now, &then, &Scope::whole(), false);
    let order = Order {
        place: Place { root, outside: None },
        store: &store,
        id: &id,
        then: &then,
        safety: &safety,
        now: &now,
        changes: &changes,
        exact: false,
        validate: &[],
        run: &|_| unreachable!(),
        disk: &Disk::real(),
        progress: &|_, _, _| {},
    };
    let restored = restore(&order).unwrap();
    assert!(restored.done, "{restored:?}");
    // Nothing is left to do; `git diff` below writes the index.
    let (again, _) = captured(root, &store, Reason::Look);
    let left = compare(&again, &then, &Scope::whole(), true);
    // Git has not looked at the files since, so that they are captured byte by byte where the point names a blob.
    for change in &left.paths {
        let (Some(is), Some(should)) = (&change.before, &change.after) else { panic!("{change:?}") };
        let other_source = matches!(should.content, Content::Blob { .. } | Content::LinkBlob { .. });
        assert!(other_source && is.meta == should.meta, "{change:?}");
    }
    assert!(left.refs.is_empty(), "{left:?}");
    assert_eq!(told(root), before);
    git(root, &["fsck", "--strict", "--no-dangling"]);
    assert_eq!(fs::read_to_string(root.join("both")).unwrap(), "three, not staged");
    assert_eq!(root.join("untracked").metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let kept = restored.kept.unwrap();
    assert_eq!(fs::read_to_string(kept.join("since")).unwrap(), "made since");
    assert_eq!(fs::read_to_string(kept.join("link/now/folder")).unwrap(), "other");
}

#[test]
fn what_stands_in_the_way_is_told_and_nothing_is_changed() {
    let world = World::whole();
    let refused = |prepare: &dyn Fn(&Path)| {
        let folder = place(&world);
        prepare(&folder.path().join("tree"));
        let before = read(folder.path());
        let error = world.restore(folder.path(), &Disk::real()).unwrap_err();
        assert!(matches!(error, RestoreError::Refused { .. }), "{error}");
        same(&read(folder.path()).0, &before.0, "refused");
        error.to_string()
    };
    let words = refused(&|root| write(root, ".git/index.lock", ""));
    assert!(words.contains("git is at work"), "{words}");
    let words = refused(&|root| write(root, "replaced.txt", "written after the safety point"));
    assert!(words.contains("after the safety point"), "{words}");
    let words = refused(&|root| write(root, ".git/refs/heads/main", NEW_OID));
    assert!(words.contains("the ref changed"), "{words}");
    let words = refused(&|root| write(root, ".git/reftable/tables.list", ""));
    assert!(words.contains("file by file"), "{words}");
    let words = refused(&|root| write(root, JOURNAL, "{}"));
    assert!(words.contains("interrupted"), "{words}");
    // A folder became a link to another one of the same contents.
    let words = refused(&|root| {
        fs::rename(root.join("closed"), root.join("elsewhere")).unwrap();
        std::os::unix::fs::symlink("elsewhere", root.join("closed")).unwrap();
    });
    assert!(words.contains("through it") || words.contains("after the safety point"), "{words}");
}

#[test]
fn a_journal_of_another_folder_does_nothing() {
    let world = World::small();
    let folder = place(&world);
    let ends = Disk::watched(|operation, path| {
        let applying = operation == crate::host::disk::Operation::Exchange && path.ends_with("replaced");
        if applying { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    });
    // Neither forwards nor back.
    let error = world.restore(folder.path(), &ends).unwrap_err();
    assert!(matches!(error, RestoreError::Undone { .. }), "{error}");
    for text in ["", "{", "{\"schema\":1}", "[]", "null"] {
        write(&folder.path().join("tree"), JOURNAL, text);
        let error = world.recover(folder.path(), &Disk::real()).unwrap_err();
        assert!(error.to_string().contains("damaged"), "{error}");
        assert!(is_pending(&folder.path().join("tree")));
    }
    fs::remove_file(folder.path().join("tree").join(JOURNAL)).unwrap();
    judge(&world, folder.path(), "nothing was touched");
    // A whole journal, which came with a copy.
    let count = std::sync::atomic::AtomicUsize::new(0);
    let ends = Disk::watched(move |operation, _| {
        let exchange = operation == crate::host::disk::Operation::Exchange;
        let over = count.load(std::sync::atomic::Ordering::SeqCst) > 0 || exchange;
        if over {
            count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        Ok(())
    });
    let error = world.restore(folder.path(), &ends).unwrap_err();
    assert!(matches!(error, RestoreError::Pending { .. }), "{error}");
    let copy = workplace();
    let done =
        Command::new("cp").arg("-a").arg(folder.path().join("tree")).arg(copy.path()).status().unwrap();
    assert!(done.success());
    fs::create_dir(copy.path().join("out")).unwrap();
    let before = read(copy.path());
    let error = world.recover(copy.path(), &Disk::real()).unwrap_err();
    assert!(error.to_string().contains("came here with a copy"), "{error}");
    assert_eq!(read(copy.path()), before);
    world.recover(folder.path(), &Disk::real()).unwrap();
    judge(&world, folder.path(), "recovered");
}
