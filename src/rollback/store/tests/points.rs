//! Manifests, and finding them.

use super::*;

fn saved(store: &Store, created: &str, name: Option<&str>, reason: Reason) -> PointId {
    let mut point = point(created, &Contents::Plain {}, &[]);
    point.name = name.map(str::to_owned);
    point.reason = reason;
    store.save(&point).unwrap()
}

#[test]
fn points_are_found_by_what_they_are_called() {
    let folder = workplace();
    let store = store(folder.path(), None);
    let _lock = store.lock(Duration::ZERO).unwrap();
    assert!(matches!(store.find("latest"), Err(StoreError::NoPoint(_))));
    let first = saved(&store, "2026-11-21T10:00:00Z", Some("before"), Reason::Asked);
    let second = saved(&store, "2026-11-22T10:00:00Z", Some("before"), Reason::Asked);
    let safety = saved(&store, "2026-11-22T11:00:00Z", None, Reason::Safety);
    assert_eq!(store.find("latest").unwrap(), second);
    assert_eq!(store.find("before").unwrap(), second);
    for id in [&first, &second, &safety] {
        assert_eq!(&store.find(id.as_str()).unwrap(), id);
        assert_eq!(&store.find(&id.as_str()[17..23]).unwrap(), id);
    }
    assert_eq!(store.find("20261121").unwrap(), first);
    assert!(matches!(store.find("20261122"), Err(StoreError::Ambiguous(_, ids)) if ids.contains(", ")));
    assert!(matches!(store.find(""), Err(StoreError::NoPoint(_))));
    // A name that is also the beginning of another's id.
    let misleading = saved(&store, "2026-11-22T12:00:00Z", Some("20261121"), Reason::Asked);
    assert!(matches!(store.find("20261121"), Err(StoreError::Ambiguous(..))));
    let listed = store.list().unwrap();
    let ids: Vec<_> = listed.iter().map(|listed| listed.id.clone()).collect();
    assert_eq!(ids, [first, second, safety, misleading]);
}

#[test]
fn a_clock_that_goes_back_hides_nothing() {
    let folder = workplace();
    let store = store(folder.path(), None);
    let _lock = store.lock(Duration::ZERO).unwrap();
    let future = saved(&store, "2031-01-01T00:00:00Z", None, Reason::Asked);
    assert_eq!(store.find("latest").unwrap(), future);
    let mut expected = vec![future];
    // Several in one second, in whatever order their digests are.
    for name in ["a", "b", "c", "d", "e"] {
        let id = saved(&store, "2026-11-22T10:00:00Z", Some(name), Reason::Asked);
        assert_eq!(store.find("latest").unwrap(), id);
        expected.push(id);
    }
    let ids: Vec<_> = store.list().unwrap().into_iter().map(|listed| listed.id).collect();
    assert_eq!(ids, expected);
    // The same again is the same point, in its place.
    assert_eq!(saved(&store, "2026-11-22T10:00:00Z", Some("b"), Reason::Asked), expected[2]);
    assert_eq!(store.list().unwrap().len(), 6);
    assert_eq!(store.find("latest").unwrap(), expected[5]);
}

#[test]
fn pins_and_marks_are_listed() {
    let folder = workplace();
    let store = store(folder.path(), None);
    let _lock = store.lock(Duration::ZERO).unwrap();
    let id = saved(&store, "2026-11-21T10:00:00Z", None, Reason::Asked);
    store.pin(&id, true).unwrap();
    store.mark_verified(&id, "2026-11-22T01:02:03.5Z".parse().unwrap()).unwrap();
    let listed = store.list().unwrap();
    assert!(listed[0].pinned);
    assert_eq!(listed[0].verified.as_deref(), Some("2026-11-22T01:02:03Z"));
    store.pin(&id, false).unwrap();
    assert!(!store.list().unwrap()[0].pinned);
    let absent: PointId = "20261122T143500Z-abababababababab".parse().unwrap();
    assert!(matches!(store.pin(&absent, true), Err(StoreError::NoPoint(_))));
    assert!(matches!(store.load(&absent), Err(StoreError::NoPoint(_))));
}

#[test]
fn a_point_without_its_objects_or_with_a_strange_path_is_not_stored() {
    let folder = workplace();
    let store = store(folder.path(), None);
    let _lock = store.lock(Duration::ZERO).unwrap();
    let absent = point("2026-11-22T10:00:00Z", &Contents::Plain {}, &[(ObjectId([1; 32]), 3)]);
    assert!(matches!(store.save(&absent), Err(StoreError::Missing(_))));
    let mut strange = point("2026-11-22T10:00:00Z", &Contents::Plain {}, &[]);
    strange.root.path = RawPath::from_bytes(b"tree");
    assert!(matches!(store.save(&strange), Err(StoreError::Manifest { .. })));
    strange.root.path = RawPath::from_bytes(b"/tree");
    strange.created = "soon".to_owned();
    assert!(matches!(store.save(&strange), Err(StoreError::Form { .. })));
    assert!(store.list().unwrap().is_empty());
}

#[test]
fn a_changed_manifest_is_shown_and_not_read() {
    let folder = workplace();
    let store = store(folder.path(), None);
    let _lock = store.lock(Duration::ZERO).unwrap();
    let mut whole = point("2026-11-21T10:00:00Z", &Contents::Plain {}, &[]);
    whole.gaps.push(Gap { path: RawPath::from_bytes(b"a"), reason: "unreadable".to_owned() });
    whole.environment.push(Variable { name: "A".to_owned(), value: Value::Unset {} });
    let id = store.save(&whole).unwrap();
    assert_eq!(store.load(&id).unwrap(), whole);
    assert!(!store.list().unwrap()[0].head.as_ref().unwrap().complete);
    let path = store.manifest_file(&id);
    let bytes = std::fs::read(&path).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        std::fs::write(&path, &changed).unwrap();
        assert!(matches!(store.load(&id), Err(StoreError::Changed(_))), "byte {at}");
    }
    std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    assert!(matches!(store.load(&id), Err(StoreError::Changed(_))));
    assert!(store.list().unwrap()[0].head.as_ref().unwrap_err().contains("changed"));
    assert!(matches!(store.find("latest"), Err(StoreError::Changed(_))));
}
