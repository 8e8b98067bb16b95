//! What goes, and what has to stay.

use super::*;

const NONE: Keep = Keep { count: 1, age: Duration::ZERO };

fn now() -> jiff::Timestamp {
    "2026-12-01T00:00:00Z".parse().unwrap()
}

#[test]
fn what_no_point_needs_goes_and_all_else_stays() {
    for key in [None, Some(one())] {
        let folder = workplace();
        let keyed = store(folder.path(), key.clone());
        let _lock = keyed.lock(Duration::ZERO).unwrap();
        let (shared, large) = (noise(1_000, 1), noise(60_000, 2));
        let first = captured(&keyed, "2026-11-01T00:00:00Z", &[shared.clone(), large, Vec::new()]).unwrap();
        let second = captured(&keyed, "2026-11-02T00:00:00Z", &[noise(4_000, 3)]).unwrap();
        let last = [shared, Vec::new(), noise(2_000, 4)];
        let third = captured(&keyed, "2026-11-03T00:00:00Z", &last).unwrap();
        assert_eq!(packs_of(&keyed), 3);
        let before = names_below(folder.path());
        // Without the key, too: what is stored is carried over as it is.
        let store = store(folder.path(), None);
        let planned = store.prune(NONE, now(), true).unwrap();
        assert_eq!(names_below(folder.path()), before);
        let pruned = store.prune(NONE, now(), false).unwrap();
        assert_eq!((&planned.removed, &planned.kept), (&pruned.removed, &pruned.kept));
        assert_eq!(pruned.removed, [first, second]);
        assert_eq!(pruned.kept, std::slice::from_ref(&third));
        assert!(pruned.notes.is_empty(), "{:?}", pruned.notes);
        assert!(
            pruned.freed > 63_000 && planned.freed.abs_diff(pruned.freed) < 500,
            "{planned:?} {pruned:?}"
        );
        assert_eq!(packs_of(&store), 2, "the pack of the third, and what is left of the first");
        assert_whole(&super::store(folder.path(), key), &third, &last);
        // Nothing more is to be done.
        let again = store.prune(NONE, now(), false).unwrap();
        assert_eq!((again.freed, again.removed.len()), (0, 0));
    }
}

#[test]
fn a_point_that_cannot_be_read_keeps_all_packs() {
    let folder = workplace();
    let store = store(folder.path(), None);
    let _lock = store.lock(Duration::ZERO).unwrap();
    let all = [noise(2_000, 1)];
    let broken = captured(&store, "2026-11-01T00:00:00Z", &all).unwrap();
    let second = captured(&store, "2026-11-02T00:00:00Z", &[noise(2_000, 2)]).unwrap();
    let third = captured(&store, "2026-11-03T00:00:00Z", &[noise(2_000, 3)]).unwrap();
    let bytes = std::fs::read(store.manifest_file(&broken)).unwrap();
    std::fs::write(store.manifest_file(&broken), b"{}").unwrap();
    let pruned = store.prune(NONE, now(), false).unwrap();
    assert_eq!((pruned.removed, pruned.kept), (vec![second], vec![broken.clone(), third]));
    assert!(pruned.notes.iter().any(|note| note.contains("nothing was removed from the packs")));
    assert_eq!(packs_of(&store), 3);
    std::fs::write(store.manifest_file(&broken), bytes).unwrap();
    assert_whole(&store, &broken, &all);
    assert_eq!(store.prune(Keep { count: 2, ..NONE }, now(), false).unwrap().notes.len(), 0);
    assert_eq!(packs_of(&store), 2);
}

#[test]
fn pins_keep_and_marks_go_with_their_points() {
    let folder = workplace();
    let store = store(folder.path(), None);
    let _lock = store.lock(Duration::ZERO).unwrap();
    let ids: Vec<PointId> = (1..=4_u64)
        .map(|day| captured(&store, &format!("2026-11-0{day}T00:00:00Z"), &[noise(500, day)]).unwrap())
        .collect();
    store.pin(&ids[0], true).unwrap();
    store.mark_verified(&ids[1], now()).unwrap();
    store.mark_verified(&ids[2], now()).unwrap();
    let pruned = store.prune(NONE, now(), false).unwrap();
    assert_eq!(pruned.kept, [ids[0].clone(), ids[2].clone(), ids[3].clone()]);
    assert!(!store.verified_file(&ids[1]).exists() && store.verified_file(&ids[2]).exists());
    assert_eq!(assert_all_whole(&store), pruned.kept);
}

#[test]
fn of_two_copies_the_right_one_stays() {
    let folder = workplace();
    let store = store(folder.path(), None);
    let _lock = store.lock(Duration::ZERO).unwrap();
    let all = [noise(400, 1), noise(300, 2)];
    let id = captured(&store, "2026-11-01T00:00:00Z", &all).unwrap();
    let first = std::fs::read_dir(store.packs()).unwrap().next().unwrap().unwrap().path();
    let bytes = std::fs::read(&first).unwrap();
    std::fs::remove_file(&first).unwrap();
    // The same again, in a pack that is mostly waste.
    let more = [all[0].clone(), all[1].clone(), noise(9_000, 3)];
    let store = super::store(folder.path(), None);
    let second = captured(&store, "2026-11-02T00:00:00Z", &more).unwrap();
    std::fs::remove_file(store.manifest_file(&second)).unwrap();
    let mut damaged = bytes;
    damaged[20] ^= 1;
    std::fs::write(&first, damaged).unwrap();
    let store = super::store(folder.path(), None);
    assert_whole(&store, &id, &all);
    store.prune(NONE, now(), false).unwrap();
    assert_whole(&store, &id, &all);
    store.prune(NONE, now(), false).unwrap();
    assert_whole(&super::store(folder.path(), None), &id, &all);
}
