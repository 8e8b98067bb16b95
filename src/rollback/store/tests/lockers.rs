//! Several commands at once.

use super::*;

#[test]
fn one_at_a_time_and_the_other_waits() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = workplace();
    let store = store(folder.path(), None);
    let lock = store.lock(Duration::ZERO).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(store.folder()), 0o700);
    assert_eq!(mode(&folder.path().join(".readiness")), 0o755);
    assert_eq!(std::fs::read(store.folder().join(".gitignore")).unwrap(), b"*\n");
    let second = super::store(folder.path(), None);
    assert!(matches!(second.lock(Duration::from_millis(60)), Err(StoreError::Locked(_))));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| second.lock(Duration::from_secs(20)).map(drop));
        std::thread::sleep(Duration::from_millis(60));
        drop(lock);
        waiting.join().unwrap().unwrap();
    });
}

#[test]
fn many_captures_at_once_all_stand() {
    let folder = workplace();
    let ids = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for worker in 0..4_u64 {
            let (ids, folder) = (&ids, folder.path());
            scope.spawn(move || {
                for round in 0..5 {
                    let all =
                        vec![noise(3_000, worker), noise(30_000, worker * 10 + round), b"same".to_vec()];
                    let store = store(folder, None);
                    let _lock = store.lock(Duration::from_secs(60)).unwrap();
                    let id = captured(&store, "2026-11-22T10:00:00Z", &all).unwrap();
                    ids.lock().unwrap().push((id, all));
                }
            });
        }
    });
    let store = store(folder.path(), None);
    let ids = ids.into_inner().unwrap();
    assert_eq!((ids.len(), store.list().unwrap().len()), (20, 20));
    for (id, all) in &ids {
        assert_whole(&store, id, all);
    }
    assert_eq!(&store.find("latest").unwrap(), &ids[19].0);
}

#[test]
fn what_is_open_sees_what_others_write_and_remove() {
    let folder = workplace();
    let reader = store(folder.path(), None);
    let other = store(folder.path(), None);
    let _lock = other.lock(Duration::ZERO).unwrap();
    let all = vec![noise(5_000, 1), noise(50, 2)];
    let first = captured(&other, "2026-11-20T10:00:00Z", &all).unwrap();
    assert_whole(&reader, &first, &all);
    let second = captured(&other, "2026-11-22T10:00:00Z", &all[1..]).unwrap();
    // The pack is rewritten under the reader.
    let keep = Keep { count: 1, age: Duration::ZERO };
    let pruned = other.prune(keep, "2026-11-22T11:00:00Z".parse().unwrap(), false).unwrap();
    assert_eq!(pruned.removed, [first]);
    assert_whole(&reader, &second, &all[1..]);
}

#[test]
fn a_link_in_the_place_of_the_store_is_refused() {
    let folder = workplace();
    let elsewhere = workplace();
    std::fs::create_dir(folder.path().join(".readiness")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), folder.path().join(".readiness/rollback")).unwrap();
    assert!(matches!(store(folder.path(), None).lock(Duration::ZERO), Err(StoreError::Form { .. })));
    let folder = workplace();
    std::fs::create_dir(elsewhere.path().join("rollback")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), folder.path().join(".readiness")).unwrap();
    assert!(matches!(store(folder.path(), None).lock(Duration::ZERO), Err(StoreError::Form { .. })));
    assert_eq!(names_below(elsewhere.path()).len(), 1);
}
