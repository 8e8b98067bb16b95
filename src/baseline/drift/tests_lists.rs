//! How lists differ: by what their items say, not by their numbers.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::report::DriftChange;

/// What differs between two texts of one YAML file: key, before, after.
fn told(then: &str, now: &str) -> Vec<(String, String, String)> {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let line = |change: DriftChange| (change.key, text(&change.before), text(&change.after));
    changes(&snapshot(then), &snapshot(now)).into_iter().map(line).collect()
}

fn snapshot(text: &str) -> Snapshot {
    let digests = digests::Digests::new(SALT);
    let (state, fits) =
        values::state("a.yaml", text.as_bytes(), &digests, &|_, _| Weights::default(), 500_000);
    assert!(state.parsed && fits);
    Snapshot {
        salt: SALT.to_owned(),
        files: BTreeMap::from([("a.yaml".to_owned(), state)]),
        ..Snapshot::default()
    }
}

const SALT: &str = "000102030405060708090a0b0c0d0e0f";

fn lines(lines: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    lines.iter().map(|(key, then, now)| ((*key).to_owned(), (*then).to_owned(), (*now).to_owned())).collect()
}

#[test]
fn items_with_names_are_known_by_them() {
    let then = "containers:\n- {name: web, image: 'web:1', env: [{name: A, value: x}, {name: B, value: y}]}\n- {name: log, image: 'log:1'}\n";
    let now = "containers:\n- {name: new, image: 'new:1'}\n- {name: web, image: 'web:2', env: [{name: C, value: z}, {name: A, value: x}, {name: B, value: y}]}\n- {name: log, image: 'log:1'}\n";
    assert_eq!(
        told(then, now),
        lines(&[
            ("containers[name=new].image", "-", "new:1"),
            ("containers[name=new].name", "-", "new"),
            ("containers[name=web].env[name=C].name", "-", "C"),
            ("containers[name=web].env[name=C].value", "-", "z"),
            ("containers[name=web].image", "web:1", "web:2"),
        ])
    );
    assert_eq!(
        told("jobs: [{job_name: a, port: 1}, {job_name: b, port: 1}]", "jobs: [{job_name: b, port: 2}]"),
        lines(&[
            ("jobs[job_name=a].job_name", "a", "-"),
            ("jobs[job_name=a].port", "1", "-"),
            ("jobs[job_name=b].port", "1", "2"),
        ])
    );
    // Names that are there twice say nothing; the next key may.
    assert_eq!(
        told(
            "a: [{name: x, id: 1, v: 1}, {name: x, id: 2, v: 1}]",
            "a: [{name: x, id: 2, v: 5}, {name: x, id: 1, v: 1}]"
        ),
        lines(&[("a[id=2].v", "1", "5"), ("a", "1, 2", "2, 1")])
    );
}

#[test]
fn plain_items_are_known_by_what_they_are() {
    assert_eq!(told("a: [x, y, z]", "a: [w, x, y, z]"), lines(&[("a[0]", "-", "w")]));
    assert_eq!(told("a: [x, y, z]", "a: [y, z]"), lines(&[("a[0]", "x", "-")]));
    assert_eq!(told("a: [x, y, z]", "a: [x, v, z]"), lines(&[("a[1]", "y", "v")]));
    assert_eq!(told("a: [x, y, z]", "a: [z, x, y]"), lines(&[("a", "x, y, z", "z, x, y")]));
    assert_eq!(told("a: [x, x, y]", "a: [x, x, x, y]"), lines(&[("a[2]", "-", "x")]));
    assert_eq!(told("a: [x, y]", "a: [x, y]"), []);
    assert_eq!(told("a: [x]", "a: []"), lines(&[("a", "-", "[]"), ("a[0]", "x", "-")]));
    assert_eq!(told("a: [[1, 2], [3]]", "a: [[0], [1, 2], [3]]"), lines(&[("a[0][0]", "-", "0")]));
}

#[test]
fn items_without_names_are_known_by_all_that_they_say() {
    let step = |steps: &[&str]| format!("steps: [{}]", steps.join(", "));
    let (one, two, three) = ("{uses: checkout}", "{run: make}", "{run: test, if: x}");
    assert_eq!(
        told(&step(&[one, two, three]), &step(&["{run: lint}", one, two, three])),
        lines(&[("steps[0].run", "-", "lint")])
    );
    assert_eq!(
        told(&step(&[one, two, three]), &step(&[one, two, "{run: test, if: y}"])),
        lines(&[("steps[2].if", "x", "y")])
    );
}

#[test]
fn a_secret_that_moved_is_not_passed_over() {
    let then = "env: [{name: DB_PASSWORD, value: one}]";
    let now = "env: [{name: A, value: x}, {name: DB_PASSWORD, value: one}]";
    let found = changes(&snapshot(then), &snapshot(now));
    let own = found.iter().find(|change| change.key == "env[name=DB_PASSWORD].value").unwrap();
    assert!(own.words.contains("bound to places"), "{own:?}");
    assert_eq!(told(then, then), []);
}

#[test]
fn another_order_of_named_maps_is_only_a_move() {
    // A small generator of numbers, with known seeds.
    let mut state = 7_u64;
    let mut next = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % bound
    };
    for _ in 0..100 {
        let count = 2 + next(12);
        let items: Vec<String> = (0..count)
            .map(|at| {
                format!(
                    "- {{name: n{at}, value: {}, more: [{}, {}], at: {{x: {}}}}}\n",
                    next(3),
                    next(2),
                    next(2),
                    next(2)
                )
            })
            .collect();
        let mut order: Vec<usize> = (0..count).collect();
        for at in (1..count).rev() {
            order.swap(at, next(at + 1));
        }
        let text = |order: &mut dyn Iterator<Item = usize>| {
            format!("a:\n{}", order.map(|at| items[at].clone()).collect::<String>())
        };
        let found = told(&text(&mut (0..count)), &text(&mut order.iter().copied()));
        let expected: &[&str] = if order.is_sorted() { &[] } else { &["a"] };
        assert_eq!(found.iter().map(|line| line.0.as_str()).collect::<Vec<_>>(), expected, "{order:?}");
    }
}

#[test]
fn long_lists_are_put_side_by_side_in_time() {
    let state = |order: &mut dyn Iterator<Item = usize>, named: bool| {
        let value = |text: String| Value { text, ..Value::default() };
        let key = |at: usize| if named { format!("a[{at}].name") } else { format!("a[{at}]") };
        let values = order.enumerate().map(|(at, own)| (key(at), value(format!("v{own}")))).collect();
        let state = FileState { parsed: true, values, ..FileState::default() };
        Snapshot { files: BTreeMap::from([("a".to_owned(), state)]), ..Snapshot::default() }
    };
    for named in [false, true] {
        let then = state(&mut (0..100_000), named);
        let now = state(&mut (0..100_000).rev(), named);
        let front = state(&mut (0..100_001).map(|at| (at + 100_000) % 100_001), named);
        let begun = Instant::now();
        assert_eq!(changes(&then, &now).len(), 1);
        assert_eq!(changes(&then, &front).len(), 1);
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    }
}

fn stored(values: &[(&str, &str)]) -> Snapshot {
    let value = |text: &str| Value { text: text.to_owned(), ..Value::default() };
    let values = values.iter().map(|(key, text)| ((*key).to_owned(), value(text))).collect();
    let state = FileState { parsed: true, values, ..FileState::default() };
    let salt = SALT.to_owned();
    Snapshot { salt, files: BTreeMap::from([("a".to_owned(), state)]), ..Snapshot::default() }
}

/// A capture that was written by hand may say anything: no stack is long enough for as many levels as a key has dots.
#[test]
fn keys_of_any_depth_are_put_side_by_side() {
    for deep in [".a".repeat(32_000), "[0]".repeat(21_000), format!("a{}", "[0].a".repeat(13_000))] {
        let (then, now) = (stored(&[(&deep, "1")]), stored(&[(&deep, "2"), ("a", "3")]));
        let found = changes(&then, &now);
        let keys: Vec<&str> = found.iter().map(|change| change.key.as_str()).collect();
        assert_eq!(keys.len(), 2);
        assert!(keys.contains(&"a") && keys.contains(&deep.as_str()));
    }
}

/// All that a list says may be said in any way: keys that look like places, and like items that are known by a name.
#[test]
fn paths_that_look_alike_are_told_from_each_other() {
    let then = [
        ("a[0]", "1"),
        ("a.[0]", "2"),
        ("a[0].name", "web"),
        ("a[name=web].name", "3"),
        ("a..b", "4"),
        ("a.b", "5"),
        (".b", "6"),
        ("b", "7"),
        ("", "8"),
        ("[0]", "9"),
        ("[0].[0]", "10"),
        ("[0][0]", "11"),
        ("a[00]", "12"),
    ];
    for at in 0..then.len() {
        let mut now = then;
        now[at].1 = "other";
        let found = changes(&stored(&then), &stored(&now));
        assert!(
            found.iter().any(|change| change.after.as_deref() == Some("other")),
            "{}: {found:?}",
            then[at].0
        );
    }
}

/// A document of keys and lists; few words, so that names are there twice, and items stand at several places.
fn documents() -> impl Strategy<Value = serde_json::Value> {
    let word = prop::sample::select(vec![
        "a",
        "b",
        "name",
        "id",
        "port",
        "x.y",
        "[0]",
        "[name=a]",
        "password",
        "\u{1b}[1m",
        "",
    ]);
    let leaf = prop_oneof![
        word.clone().prop_map(|word| serde_json::Value::String(word.to_owned())),
        (0..3_u8).prop_map(serde_json::Value::from),
        Just(serde_json::Value::Null),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::Array),
            prop::collection::btree_map(word.clone().prop_map(str::to_owned), inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

/// What a value says, without where: a secret says another thing at another place.
fn said<'v>(values: impl Iterator<Item = &'v Value>) -> BTreeMap<&'v str, i64> {
    let mut counts = BTreeMap::new();
    values.for_each(|value| *counts.entry(value.text.as_str()).or_default() += 1);
    counts
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// Nothing gets lost: put together, what is told takes the old values to the new ones; and where nothing is told, nothing
    /// differs path by path.
    #[test]
    fn what_is_told_takes_the_old_to_the_new(then in documents(), now in documents()) {
        let (then, now) = (snapshot(&then.to_string()), snapshot(&now.to_string()));
        let (old, new) = (&then.files["a.yaml"].values, &now.files["a.yaml"].values);
        let (pairs, moved) = align::align(old, new);
        // Each value is in one pair, once.
        prop_assert_eq!(pairs.iter().filter(|pair| pair.then.is_some()).count(), old.len());
        prop_assert_eq!(pairs.iter().filter(|pair| pair.now.is_some()).count(), new.len());
        prop_assert_eq!(said(pairs.iter().filter_map(|pair| pair.then)), said(old.values()));
        prop_assert_eq!(said(pairs.iter().filter_map(|pair| pair.now)), said(new.values()));
        let found = changes(&then, &now);
        let differ = pairs.iter().filter(|pair| pair.then.map(|value| &value.text) != pair.now.map(|value| &value.text));
        prop_assert_eq!(found.len(), differ.count() + moved.len());
        if found.is_empty() {
            prop_assert_eq!(old, new, "nothing is told");
        }
    }

    #[test]
    fn nothing_differs_from_itself(document in documents()) {
        let one = snapshot(&document.to_string());
        prop_assert_eq!(changes(&one, &one), []);
    }
}

#[test]
fn the_rights_of_the_administrator_are_about_security() {
    let rules = |then: &str, now: &str| {
        changes(&snapshot(then), &snapshot(now)).into_iter().map(|change| change.rule).collect::<Vec<_>>()
    };
    assert_eq!(rules("web: {user: '1000'}", "web: {user: root}"), ["BSL-031"]);
    assert_eq!(rules("web: {user: '0:0'}", "web: {user: '1000'}"), ["BSL-031"]);
    assert_eq!(rules("web: {user: ann}", "web: {user: bob}"), ["BSL-032"]);
}
