//! How lists differ: by what their items say, not by their numbers.

use std::time::{Duration, Instant};

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

#[test]
fn the_rights_of_the_administrator_are_about_security() {
    let rules = |then: &str, now: &str| {
        changes(&snapshot(then), &snapshot(now)).into_iter().map(|change| change.rule).collect::<Vec<_>>()
    };
    assert_eq!(rules("web: {user: '1000'}", "web: {user: root}"), ["BSL-031"]);
    assert_eq!(rules("web: {user: '0:0'}", "web: {user: '1000'}"), ["BSL-031"]);
    assert_eq!(rules("web: {user: ann}", "web: {user: bob}"), ["BSL-032"]);
}
