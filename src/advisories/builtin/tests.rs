use std::collections::BTreeSet;

use regex::Regex;

use super::*;
use crate::advisories::matching::{Answer, Query, evaluate};
use crate::formats::osv::Event;

#[test]
fn there_is_enough_of_it() {
    // Notices are no vulnerabilities and do not count.
    let vulnerabilities =
        all().iter().filter(|one| one.affected.iter().all(|one| one.informational.is_none())).count();
    assert!(vulnerabilities >= 150, "{vulnerabilities}");
    assert!(vulnerabilities < all().len());
    let families: BTreeSet<Family> = LIST.by_package.keys().map(|(family, _)| *family).collect();
    assert!(families.len() >= 7, "{families:?}");
    assert_eq!(families.len(), FILES.len());
    assert_eq!(digest().len(), 64);
}

#[test]
fn ids_are_well_formed_and_unique() {
    // CVE and GHSA forms as their authorities define them.
    let form = Regex::new(
        r"^(CVE-[0-9]{4}-[0-9]{4,7}|GHSA(-[23456789cfghjmpqrvwx]{4}){3}|RUSTSEC-[0-9]{4}-[0-9]{4}|GO-[0-9]{4}-[0-9]{4}|PYSEC-[0-9]{4}-[0-9]{1,5}|MAL-[0-9]{4}-[0-9]{1,6})$",
    )
    .unwrap();
    let mut seen = BTreeSet::new();
    for advisory in all() {
        for id in std::iter::once(&advisory.id).chain(&advisory.aliases) {
            assert!(form.is_match(id), "{id}");
        }
        let distinct: BTreeSet<_> = advisory.aliases.iter().collect();
        assert_eq!(distinct.len(), advisory.aliases.len(), "{}: an alias twice", advisory.id);
        assert!(!advisory.aliases.contains(&advisory.id), "{}: its own alias", advisory.id);
        for affected in &advisory.affected {
            let ids = std::iter::once(&advisory.id).chain(&advisory.aliases);
            for id in ids {
                let key = (affected.ecosystem.clone(), affected.name.clone(), id.clone());
                assert!(seen.insert(key), "{id} twice for {}", affected.name);
            }
        }
    }
}

#[test]
fn entries_are_complete() {
    let vector = Regex::new(r"^CVSS:(3\.[01]|4\.0)(/[A-Z]{1,3}:[A-Z])+$").unwrap();
    let cwe = Regex::new(r"^CWE-[1-9][0-9]*$").unwrap();
    for advisory in all() {
        let summary = &advisory.summary;
        assert!((15..=110).contains(&summary.len()) && !summary.ends_with('.'), "{}: {summary}", advisory.id);
        match (advisory.severity.as_slice(), advisory.severity_word.as_deref()) {
            ([score], None) => assert!(vector.is_match(&score.score), "{}", advisory.id),
            ([], Some("LOW" | "MODERATE" | "HIGH" | "CRITICAL")) => {}
            ([], None) => assert!(
                advisory.affected.iter().all(|one| matches!(
                    one.informational.as_deref(),
                    Some("unmaintained" | "unsound" | "notice")
                )),
                "{}",
                advisory.id
            ),
            other => panic!("{}: {other:?}", advisory.id),
        }
        assert!(advisory.cwes.iter().all(|one| cwe.is_match(one)), "{}", advisory.id);
        let published = advisory.published.as_deref().unwrap_or("2000-01-01T00:00:00Z");
        assert!(published.parse::<jiff::Timestamp>().is_ok(), "{}: {published}", advisory.id);
        assert!(published <= advisory.modified.as_str(), "{}", advisory.id);
        assert!(!advisory.affected.is_empty(), "{}", advisory.id);
    }
}

#[test]
fn ranges_are_well_formed() {
    for advisory in all() {
        for affected in &advisory.affected {
            let at = format!("{} {}", advisory.id, affected.name);
            assert!(Ecosystem::parse(&affected.ecosystem).is_some(), "{at}");
            assert!(!affected.ranges.is_empty() || !affected.versions.is_empty(), "{at}");
            let versions: BTreeSet<_> = affected.versions.iter().collect();
            assert_eq!(versions.len(), affected.versions.len(), "{at}: a version twice");
            for range in &affected.ranges {
                // A timeline: introduced first, then ends and starts in turn.
                for (place, event) in range.events.iter().enumerate() {
                    let (starts, version) = match event {
                        Event::Introduced(version) => (true, version),
                        Event::Fixed(version) | Event::LastAffected(version) => (false, version),
                        Event::Limit(_) | Event::Unclear(_) => panic!("{at}: neither start nor end"),
                    };
                    assert_eq!(starts, place % 2 == 0, "{at}: {:?}", range.events);
                    assert!(
                        version.chars().all(|c| c.is_ascii_alphanumeric() || ".+-_~".contains(c)),
                        "{at}"
                    );
                    assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{at}: {version}");
                }
            }
        }
    }
}

#[test]
fn packages_are_found_in_any_spelling() {
    let find = |family, name| -> Vec<&str> {
        advisories(&Ecosystem::of(family), name).iter().map(|one| one.id.as_str()).collect()
    };
    assert!(find(Family::PyPi, "Apache_Superset").contains(&"GHSA-5cx2-vq3h-x52c"));
    assert!(find(Family::NuGet, "newtonsoft.json").contains(&"GHSA-5crp-9r3c-p9vr"));
    assert!(find(Family::Maven, "org.apache.logging.log4j:log4j-core").contains(&"GHSA-jfh8-c2jp-5v3q"));
    assert!(find(Family::Npm, "flatmap-stream").contains(&"GHSA-9x64-5r7x-2q53"));
    assert!(find(Family::Npm, "Flatmap-Stream").is_empty());
    assert!(find(Family::PyPi, "flatmap-stream").is_empty());
    let xz = Ecosystem::parse("Debian:13").unwrap();
    assert_eq!(advisories(&xz, "xz-utils").len(), 1);
}

#[test]
fn entries_of_distributions_hold_for_every_release() {
    // Debian's tracker has the backdoor in 5.6.0-0.2 and out of 5.6.1+really5.4.5-1, and never in bookworm's 5.4.1-0.2.
    for release in ["Debian:12", "Debian:13", "Debian:sid", "Debian:14"] {
        let ecosystem = Ecosystem::parse(release).unwrap();
        let [advisory] = advisories(&ecosystem, "xz-utils")[..] else { panic!("{release}") };
        for (version, expected) in [("5.4.1-0.2", false), ("5.6.0-0.2", true), ("5.6.1+really5.4.5-1", false)]
        {
            let query = Query { ecosystem: &ecosystem, name: "xz-utils", version };
            assert_eq!(
                matches!(evaluate(advisory, &query), Answer::Affected(_)),
                expected,
                "{release} {version}"
            );
        }
        assert_eq!(advisory.affected.len(), 1, "said once");
    }
}

#[test]
fn exploited_ones_are_known_by_every_id() {
    for id in ["CVE-2021-44228", "GHSA-jfh8-c2jp-5v3q", "CVE-2017-5638", "CVE-2018-7600", "CVE-2025-30066"] {
        assert!(exploited(id), "{id}");
    }
    // Critical, but not in the catalogue.
    assert!(!exploited("CVE-2022-42889") && !exploited("CVE-1999-0001"));
}
