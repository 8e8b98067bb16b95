use super::*;
use crate::formats::osv::{Affected, Event, Range, RangeKind};

/// `i` introduced, `f` fixed, `l` last affected, `t` limit.
fn range(kind: RangeKind, events: &[(char, &str)]) -> Range {
    let event = |(letter, bound): &(char, &str)| {
        let bound = (*bound).to_owned();
        match letter {
            'i' => Event::Introduced(bound),
            'f' => Event::Fixed(bound),
            'l' => Event::LastAffected(bound),
            't' => Event::Limit(bound),
            _ => Event::Unclear(bound),
        }
    };
    Range { kind, events: events.iter().map(event).collect() }
}

fn affected(ecosystem: &str, name: &str, ranges: Vec<Range>, versions: &[&str]) -> Affected {
    Affected {
        ecosystem: ecosystem.to_owned(),
        name: name.to_owned(),
        ranges,
        versions: versions.iter().map(|version| (*version).to_owned()).collect(),
        ..Affected::default()
    }
}

fn advisory(affected: Vec<Affected>) -> Advisory {
    Advisory { id: "X-1".to_owned(), affected, ..Advisory::default() }
}

fn semver(events: &[(char, &str)]) -> Advisory {
    advisory(vec![affected("crates.io", "one", vec![range(RangeKind::Semver, events)], &[])])
}

fn ask(advisory: &Advisory, ecosystem: &str, name: &str, version: &str) -> Answer {
    let ecosystem = Ecosystem::parse(ecosystem).unwrap();
    evaluate(advisory, &Query { ecosystem: &ecosystem, name, version })
}

/// Y affected, N not, ? unknown.
fn letter(answer: &Answer) -> char {
    match answer {
        Answer::Affected(_) => 'Y',
        Answer::NotAffected => 'N',
        Answer::Unknown(_) => '?',
    }
}

fn letters(advisory: &Advisory, ecosystem: &str, name: &str, versions: &[&str]) -> String {
    versions.iter().map(|version| letter(&ask(advisory, ecosystem, name, version))).collect()
}

fn reason(answer: Answer) -> String {
    match answer {
        Answer::Unknown(reason) => reason,
        other => panic!("{other:?}"),
    }
}

fn explanation(answer: Answer) -> Explanation {
    match answer {
        Answer::Affected(explanation) => explanation,
        other => panic!("{other:?}"),
    }
}

#[test]
fn events_are_a_timeline() {
    let versions =
        ["0.0.0-0", "0.9.0", "1.0.0-rc.1", "1.0.0", "1.1.0", "1.2.0", "1.2.1", "2.0.0", "2.1.0", "3.0.0"];
    for (events, expected) in [
        (&[('i', "0"), ('f', "1.2.0")][..], "YYYYYNNNNN"),
        // In any order of the record.
        (&[('f', "1.2.0"), ('i', "1.0.0")], "NNNYYNNNNN"),
        (&[('i', "1.0.0"), ('l', "1.2.0")], "NNNYYYNNNN"),
        (&[('i', "2.0.0"), ('f', "2.1.0"), ('i', "0"), ('f', "1.1.0")], "YYYYNNNYNN"),
        (&[('i', "1.0.0")], "NNNYYYYYYY"),
        // Several beginnings before an end are one.
        (&[('i', "1.0.0"), ('i', "1.1.0"), ('f', "1.2.0")], "NNNYYNNNNN"),
        // At one version: begun and ended at once is nothing; ended and begun again goes on.
        (&[('i', "1.0.0"), ('f', "1.0.0")], "NNNNNNNNNN"),
        (&[('f', "1.0.0"), ('i', "1.0.0")], "NNNNNNNNNN"),
        (&[('i', "1.0.0"), ('l', "1.0.0")], "NNNYNNNNNN"),
        (&[('i', "0"), ('f', "1.0.0"), ('i', "1.0.0"), ('f', "2.0.0")], "YYYYYYYNNN"),
        (&[('i', "0"), ('i', "1.0.0"), ('l', "1.0.0"), ('f', "2.0.0")], "YYYYYYYNNN"),
        // Limits: before any of them, `*` being none.
        (&[('i', "0"), ('t', "1.1.0")], "YYYYNNNNNN"),
        (&[('i', "0"), ('t', "1.1.0"), ('t', "2.0.0")], "YYYYYYYNNN"),
        (&[('i', "0"), ('t', "1.1.0"), ('t', "*"), ('f', "2.1.0")], "YYYYYYYYNN"),
    ] {
        assert_eq!(letters(&semver(events), "crates.io", "one", &versions), expected, "{events:?}");
    }
}

#[test]
fn lists_ranges_and_packages_are_joined_by_or() {
    let advisory = advisory(vec![
        affected("npm", "other", vec![range(RangeKind::Semver, &[('i', "0")])], &[]),
        affected("npm", "one", vec![range(RangeKind::Semver, &[('i', "1.0.0"), ('f', "1.1.0")])], &["3.0.0"]),
        affected(
            "npm",
            "one",
            vec![
                range(RangeKind::Semver, &[('i', "2.0.0"), ('f', "2.1.0")]),
                range(RangeKind::Semver, &[('i', "2.5.0"), ('l', "2.6.0")]),
            ],
            &[],
        ),
        affected("PyPI", "one", vec![range(RangeKind::Ecosystem, &[('i', "0")])], &[]),
    ]);
    let versions = ["0.9.0", "1.0.0", "1.1.0", "2.0.0", "2.1.0", "2.6.0", "3.0.0", "3.0.1"];
    assert_eq!(letters(&advisory, "npm", "one", &versions), "NYNYNYYN");
    assert_eq!(letters(&advisory, "npm", "One", &["1.0.0"]), "N");
    assert_eq!(letters(&advisory, "npm", "two", &["1.0.0"]), "N");
    assert_eq!(letters(&advisory, "PyPI", "One", &["0"]), "Y");
}

#[test]
fn ranges_are_ordered_as_their_type_says() {
    let events = [('i', "0"), ('f', "1.10.0rc1")];
    let pypi = advisory(vec![affected("PyPI", "one", vec![range(RangeKind::Ecosystem, &events)], &[])]);
    assert_eq!(letters(&pypi, "PyPI", "one", &["1.9", "1.10.dev1", "1.10", "1!0"]), "YYNN");
    // SemVer in an ecosystem without an order of its own that we know.
    let events = [('i', "1.0.0"), ('f', "2.0.0")];
    let action = |kind| advisory(vec![affected("GitHub Actions", "a/b", vec![range(kind, &events)], &[])]);
    assert_eq!(letters(&action(RangeKind::Semver), "GitHub Actions", "A/b", &["1.5.0", "2.0.0"]), "YN");
    assert_eq!(
        reason(ask(&action(RangeKind::Ecosystem), "GitHub Actions", "a/b", "1.5.0")),
        "no order of the ecosystem's versions is known"
    );
}

#[test]
fn a_list_holds_equal_versions() {
    let pypi = advisory(vec![affected("PyPI", "one", Vec::new(), &["1.0.0", "2.0rc1"])]);
    assert_eq!(letters(&pypi, "PyPI", "one", &["1.0.0", "1.0", "v1", "2.0-rc.1", "1.0.1"]), "YYYYN");
    let explained = explanation(ask(&pypi, "PyPI", "one", "1.0"));
    assert_eq!((explained.range.as_str(), explained.fixed), ("1.0 is listed", None));
}

#[test]
fn what_does_not_compare_is_unknown() {
    let advisory_of = |events: &[(char, &str)], versions: &[&str]| {
        advisory(vec![affected("PyPI", "one", vec![range(RangeKind::Ecosystem, events)], versions)])
    };
    let bounded = advisory_of(&[('i', "0"), ('f', "2.0")], &["weird!"]);
    assert!(reason(ask(&bounded, "PyPI", "one", "no version!")).contains("`no version!`"));
    assert_eq!(letters(&bounded, "PyPI", "one", &["weird!", "1.0"]), "YY");
    // All versions, so nothing need be compared.
    let all = advisory_of(&[('i', "0")], &[]);
    let explained = explanation(ask(&all, "PyPI", "one", "no version!"));
    assert_eq!((explained.range.as_str(), explained.scheme), ("0 ≤ no version!", ""));
    // No list says that it does not hold what is no version, such as the name of a branch.
    let listed = advisory(vec![affected("PyPI", "one", Vec::new(), &["1.0", "weird!"])]);
    assert_eq!(letters(&listed, "PyPI", "one", &["weird!", "2.0", "main"]), "YN?");
    assert!(reason(ask(&listed, "PyPI", "one", "main")).contains("`main` cannot be compared"));
    // Where no order is known, writing alone decides.
    let action = advisory(vec![affected("GitHub Actions", "a/b", Vec::new(), &["v1"])]);
    assert_eq!(letters(&action, "GitHub Actions", "a/b", &["v1", "main"]), "YN");
    // A bound that is none, unless something else says affected.
    let broken = advisory_of(&[('i', "0"), ('f', "!!")], &["1.0"]);
    assert_eq!(letters(&broken, "PyPI", "one", &["1.0", "2.0"]), "Y?");
    let unclear = advisory_of(&[('i', "0"), ('?', "an event with two keys")], &[]);
    assert_eq!(reason(ask(&unclear, "PyPI", "one", "1")), "a range has an event with two keys");
    let other = advisory(vec![affected("PyPI", "one", vec![range(RangeKind::Other, &[('i', "0")])], &[])]);
    assert_eq!(reason(ask(&other, "PyPI", "one", "1")), "the type of a range is not known");
    let endless = advisory_of(&[('f', "1")], &[]);
    assert_eq!(reason(ask(&endless, "PyPI", "one", "1")), "a range has no beginning");
}

#[test]
fn commits_decide_nothing() {
    let commits = || range(RangeKind::Git, &[('i', "0"), ('f', "abc")]);
    let alone = advisory(vec![affected("PyPI", "one", vec![commits()], &[])]);
    assert_eq!(reason(ask(&alone, "PyPI", "one", "1")), "only commits are given");
    let listed = advisory(vec![affected("PyPI", "one", vec![commits()], &["1.0"])]);
    assert_eq!(letters(&listed, "PyPI", "one", &["1.0", "1.1"]), "YN");
    let ranged = range(RangeKind::Ecosystem, &[('i', "0"), ('f', "2")]);
    let both = advisory(vec![affected("PyPI", "one", vec![commits(), ranged], &[])]);
    assert_eq!(letters(&both, "PyPI", "one", &["1.0", "2"]), "YN");
    let nothing = advisory(vec![affected("PyPI", "one", Vec::new(), &[])]);
    assert_eq!(reason(ask(&nothing, "PyPI", "one", "1")), "no versions are given");
    assert_eq!(letters(&nothing, "PyPI", "two", &["1"]), "N");
}

#[test]
fn withdrawn_advisories_never_match() {
    let mut advisory = semver(&[('i', "0")]);
    assert_eq!(explanation(ask(&advisory, "crates.io", "one", "1.0.0")).range, "0 ≤ 1.0.0");
    advisory.withdrawn = Some("2024-01-01T00:00:00Z".to_owned());
    assert_eq!(ask(&advisory, "crates.io", "one", "1.0.0"), Answer::NotAffected);
}

#[test]
fn a_distribution_is_matched_by_release() {
    let fixed = |version: &'static str| vec![range(RangeKind::Ecosystem, &[('i', "0"), ('f', version)])];
    let debian = advisory(vec![
        affected("Debian:11", "curl", fixed("7.74.0-1.3+deb11u1"), &[]),
        affected("Debian:12", "curl", fixed("7.88.1-10+deb12u4"), &[]),
    ]);
    assert_eq!(letters(&debian, "Debian:12", "curl", &["7.88.1-10+deb12u3", "7.88.1-10+deb12u4"]), "YN");
    assert_eq!(letters(&debian, "Debian:11", "curl", &["7.88.1-10+deb12u3"]), "N");
    assert_eq!(letters(&debian, "Debian:13", "curl", &["1"]), "N");
    assert_eq!(letters(&debian, "Ubuntu:12", "curl", &["1"]), "N");
    assert_eq!(reason(ask(&debian, "Debian", "curl", "7.80")), "release of the distribution is not known");
    // Above the fix of every release.
    assert_eq!(letters(&debian, "Debian", "curl", &["8.0"]), "N");
}

#[test]
fn an_explanation_names_range_events_and_fix() {
    let advisory = advisory(vec![affected(
        "crates.io",
        "one",
        vec![
            // The first fix lies inside of the second range.
            range(RangeKind::Semver, &[('f', "1.2.9"), ('i', "0")]),
            range(RangeKind::Semver, &[('i', "1.2.5"), ('f', "1.3.0"), ('i', "2.0.0"), ('f', "2.0.1")]),
        ],
        &[],
    )]);
    assert_eq!(
        explanation(ask(&advisory, "crates.io", "one", "1.2.3")),
        Explanation {
            range: "0 ≤ 1.2.3 < 1.2.9".to_owned(),
            events: vec!["introduced 0".to_owned(), "fixed 1.2.9".to_owned()],
            scheme: "SemVer",
            fixed: Some("1.3.0".to_owned()),
            affected: 0,
        }
    );
    let explained = explanation(ask(&advisory, "crates.io", "one", "2.0.0"));
    assert_eq!(
        (explained.range.as_str(), explained.fixed.as_deref()),
        ("2.0.0 ≤ 2.0.0 < 2.0.1", Some("2.0.1"))
    );
    let last = semver(&[('i', "1.0.0"), ('l', "1.4.0")]);
    let explained = explanation(ask(&last, "crates.io", "one", "1.2.0"));
    assert_eq!((explained.range.as_str(), explained.fixed), ("1.0.0 ≤ 1.2.0 ≤ 1.4.0", None));
}

#[test]
fn the_upgrade_clears_every_advisory() {
    let ecosystem = Ecosystem::parse("crates.io").unwrap();
    let query = Query { ecosystem: &ecosystem, name: "one", version: "1.0.0" };
    let one = semver(&[('i', "0"), ('f', "1.1.0"), ('i', "2.0.0"), ('f', "2.0.5")]);
    let other = semver(&[('i', "0"), ('f', "2.0.1")]);
    let last = semver(&[('i', "0"), ('l', "2.0.5")]);
    let never = semver(&[('i', "0")]);
    let far = semver(&[('i', "3.0.0"), ('f', "3.1.0")]);
    let named = |advisories: &[&Advisory]| upgrade(advisories, &query);
    assert_eq!(named(&[&one]).as_deref(), Some("1.1.0"));
    assert_eq!(named(&[&one, &other]).as_deref(), Some("2.0.5"));
    assert_eq!(named(&[&other, &one]).as_deref(), Some("2.0.5"));
    assert_eq!(named(&[&one, &other, &last]), None);
    assert_eq!(named(&[&one, &other, &last, &far]).as_deref(), Some("3.1.0"));
    assert_eq!(named(&[&one, &never]), None);
    let withdrawn = Advisory { withdrawn: Some(String::new()), ..never };
    assert_eq!(named(&[&one, &withdrawn]).as_deref(), Some("1.1.0"));
}

#[test]
fn groups_are_joined_by_aliases() {
    let list = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    let (a, b, c, d) = (
        list(&["CVE-2024-10", "CVE-2024-9"]),
        list(&["CVE-2024-9"]),
        list(&["CVE-2024-10"]),
        list(&["GHSA-zzzz"]),
    );
    let groups = group(&[("RUSTSEC-1", &a), ("GHSA-b", &b), ("MAL-2024-1", &d), ("PYSEC-1", &c), ("X", &[])]);
    let groups: Vec<_> = groups.iter().map(|group| (group.id.as_str(), group.members.clone())).collect();
    assert_eq!(groups, [("CVE-2024-9", vec![0, 1, 3]), ("MAL-2024-1", vec![2]), ("X", vec![4])]);
}

#[test]
fn hostile_records_end_soon() {
    let events: Vec<(char, String)> =
        (0..20_000).map(|at| (if at % 2 == 0 { 'i' } else { 'f' }, format!("{at}.0.0"))).collect();
    let events: Vec<(char, &str)> =
        events.iter().rev().map(|(letter, bound)| (*letter, bound.as_str())).collect();
    let one = semver(&events);
    let ranges = (0..20_000).map(|_| range(RangeKind::Semver, &[('i', "0"), ('f', "9.9.9")])).collect();
    let many = advisory(vec![affected("crates.io", "one", ranges, &[])]);
    let start = std::time::Instant::now();
    assert_eq!(letters(&one, "crates.io", "one", &["500.1.0", "501.1.0"]), "YN");
    assert_eq!(letters(&many, "crates.io", "one", &["1.0.0"]), "Y");
    let ecosystem = Ecosystem::parse("crates.io").unwrap();
    let query = Query { ecosystem: &ecosystem, name: "one", version: "1.0.0" };
    assert_eq!(upgrade(&[&one, &many], &query).as_deref(), Some("9.9.9"));
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}
