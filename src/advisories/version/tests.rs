//! The schemes against examples from their own documents, and the laws of an order.

use std::cmp::Ordering;

use proptest::prelude::*;

use super::{MAX_BYTES, Scheme};
use crate::formats::ecosystem::{FAMILIES, Family};

/// Every version comes before all that follow, whichever way it is asked.
fn ascending(scheme: Scheme, versions: &[&str]) {
    for (index, lesser) in versions.iter().enumerate() {
        assert_eq!(scheme.compare(lesser, lesser), Ok(Ordering::Equal), "{lesser}");
        for greater in &versions[index + 1..] {
            assert_eq!(
                scheme.compare(lesser, greater),
                Ok(Ordering::Less),
                "{scheme:?}: {lesser} < {greater}"
            );
            assert_eq!(
                scheme.compare(greater, lesser),
                Ok(Ordering::Greater),
                "{scheme:?}: {greater} > {lesser}"
            );
        }
    }
}

fn equal(scheme: Scheme, versions: &[&str]) {
    for one in versions {
        for other in versions {
            assert_eq!(scheme.compare(one, other), Ok(Ordering::Equal), "{scheme:?}: {one} = {other}");
        }
    }
}

fn uncomparable(scheme: Scheme, versions: &[&str]) {
    for version in versions {
        let error = scheme.compare("1", version).unwrap_err();
        assert_eq!((error.version.as_str(), error.scheme), (*version, scheme.name()));
        assert_eq!(scheme.compare(version, "1").unwrap_err().version, *version);
    }
}

#[test]
fn semver_orders_by_section_11() {
    ascending(
        Scheme::Semver,
        &[
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "2.0.0",
            "2.1.0",
            "2.1.1",
        ],
    );
    // A Go pseudo-version lies between the release before it and the release it leads to.
    ascending(Scheme::Semver, &["v1.2.2", "v1.2.3-0.20191109021931-daa7c04131f5", "v1.2.3"]);
    equal(
        Scheme::Semver,
        &["1", "v1", "1.0", "1.0.0", "1.0.0+build", "v1.0.0+incompatible", "=1.0.0", " 1.0.0\n"],
    );
    ascending(Scheme::Semver, &["1.0.0.rc1", "1.0.0", "1.0.0.1", "1.0.1rc1", "1.0.1"]);
    uncomparable(
        Scheme::Semver,
        &["latest", "1.x", "1.2.X", "^1.2", "1.2 || 3", "1a2b3c4", "main", "v", "1..2", ""],
    );
}

#[test]
fn dart_orders_build_metadata() {
    ascending(
        Scheme::Pub,
        &["1.0.0-rc", "1.0.0-rc+1", "1.0.0", "1.0.0+1", "1.0.0+2", "1.0.0+10", "1.0.0+a", "1.0.1"],
    );
}

#[test]
fn pep440_orders_as_its_summary_does() {
    // PEP 440, "Summary of permitted suffixes and relative ordering", and "Local version identifiers".
    ascending(
        Scheme::Pep440,
        &[
            "1.dev0",
            "1.0.dev456",
            "1.0a1",
            "1.0a2.dev456",
            "1.0a12.dev456",
            "1.0a12",
            "1.0b1.dev456",
            "1.0b2",
            "1.0b2.post345.dev456",
            "1.0b2.post345",
            "1.0rc1.dev456",
            "1.0rc1",
            "1.0",
            "1.0+abc.5",
            "1.0+abc.7",
            "1.0+5",
            "1.0.post456.dev34",
            "1.0.post456",
            "1.0.15",
            "1.1.dev1",
            "1!0.1",
        ],
    );
    equal(
        Scheme::Pep440,
        &["1.1rc1", "1.1.RC1", "1.1-c-1", "v1.1pre1", "1.1_preview_1", "01.1.0rc01", "0!1.1rc1"],
    );
    equal(Scheme::Pep440, &["1.0-4", "1.0.post4", "1.0r4", "1.0-REV-4"]);
    ascending(Scheme::Pep440, &["1.0-final-patch-bulbasaur9", "0.dev0"]);
    uncomparable(Scheme::Pep440, &["latest", "${project.version}", "dev-branch", "==1.0", ""]);
}

#[test]
fn maven_orders_as_its_specification_does() {
    ascending(
        Scheme::Maven,
        &[
            "1-alpha-1",
            "1-beta2",
            "1-m3",
            "1-rc-4",
            "1-SNAPSHOT",
            "1.0.0",
            "1-sp",
            "1-foo2",
            "1-foo10",
            "1-jre8",
            "1-1",
            "1.0.1",
            "1.1",
        ],
    );
    ascending(Scheme::Maven, &["2.0-rc1", "2.0.RELEASE", "2.0.1.RELEASE"]);
    ascending(Scheme::Maven, &["31.0-android", "31.0-jre", "31.0.1-android"]);
    equal(Scheme::Maven, &["1", "1.0", "1.0-ga", "1-final", "1.0.RELEASE", "1-0", "1."]);
    equal(Scheme::Maven, &["1-1.foo-bar1baz-.1", "1-1.foo-bar-1-baz-0.1"]);
    uncomparable(Scheme::Maven, &["LATEST", "RELEASE", "${project.version}", "${v1}", "[1.0,2.0)", ""]);
}

#[test]
fn gems_order_letters_before_numbers() {
    ascending(
        Scheme::RubyGems,
        &["1.0.a.2", "1.0.b1", "1.0.pre.rc2", "1.0-1", "1.0.rc1", "1.0", "1.0.0.1", "1.1.a", "1.1"],
    );
    equal(Scheme::RubyGems, &["1", "1.0", "1.0.0"]);
    equal(Scheme::RubyGems, &["1.a", "1.0.a", "1.0.0.a.0"]);
    uncomparable(Scheme::RubyGems, &["latest", "v1.0", "1.0+x", "1..0", "main", ""]);
}

#[test]
fn nuget_has_a_fourth_number_and_no_case() {
    ascending(
        Scheme::NuGet,
        &["1.0.0-Alpha", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.10", "1.0.0", "1.0.0.1", "1.0.1"],
    );
    equal(Scheme::NuGet, &["1.0", "1.0.0.0", "1.0.0+meta"]);
    equal(Scheme::NuGet, &["1.0.0-RC1", "1.0.0-rc1"]);
}

#[test]
fn packagist_orders_as_php_does() {
    ascending(
        Scheme::Packagist,
        &[
            "dev-main",
            "1.0-dev",
            "1.0a1",
            "1.0b1",
            "1.0RC1",
            "1.0",
            "1.0.0",
            "1.0.1-BETA1",
            "1.0.1-RC1",
            "1.0.1",
            "1.0.1pl1",
        ],
    );
    equal(Scheme::Packagist, &["v1.0-beta.1", "1.0b1", "1.0_BETA-1"]);
    uncomparable(Scheme::Packagist, &["latest", "master", "^1.0", "1.x-dev", "dev-", "1.0 as 2.0", ""]);
}

#[test]
fn dpkg_orders_as_policy_does() {
    // Debian policy 5.6.12: `~~`, `~~a`, `~`, the empty part, `a`.
    ascending(
        Scheme::Dpkg,
        &["1~~", "1~~a", "1~", "1", "1a", "1+", "1.0", "1.0-1~bpo1", "1.0-1", "1.0-1+deb12u1", "1:0.1"],
    );
    equal(Scheme::Dpkg, &["1.0", "0:1.0", "1.0-0", "01.00-00"]);
    uncomparable(Scheme::Dpkg, &["latest", "1.0-", "a:1", ":1", "1 2", "${v}", ""]);
}

#[test]
fn apk_orders_suffixes_and_revisions() {
    ascending(
        Scheme::Apk,
        &[
            "1.0_alpha",
            "1.0_alpha2",
            "1.0_beta",
            "1.0_pre1",
            "1.0_rc1-r3",
            "1.0",
            "1.0-r1",
            "1.0_git20240101",
            "1.0_p1",
            "1.0a",
            "1.0.0",
            "1.01",
            "1.1",
            "1.10",
        ],
    );
    uncomparable(Scheme::Apk, &["latest", "1.0_foo", "1.0-1", "1.0-r", "1.A", ""]);
}

#[test]
fn rpm_orders_tilde_and_caret() {
    ascending(
        Scheme::Rpm,
        &["1.0~rc1-1", "1.0", "1.0-1.el9", "1.0-1.1.el9", "1.0^git1-1", "1.0.1", "1.2a", "1.2.1", "1:0.1"],
    );
    equal(Scheme::Rpm, &["1.0-1", "0:1.0-1", "1_0-1", "01.0-1"]);
    uncomparable(Scheme::Rpm, &["latest", "${v}", "1.0 || 2", ""]);
}

#[test]
fn lists_of_numbers_order_by_length_at_last() {
    ascending(Scheme::Cran, &["0.9", "1.0", "1.0-4", "1.0.5", "1.0.5-1", "1.10"]);
    ascending(Scheme::Hackage, &["0.9", "1", "1.0", "1.0.0.2", "1.10"]);
    uncomparable(Scheme::Cran, &["1.0a", "1..0", "latest", ""]);
    uncomparable(Scheme::Hackage, &["1.0-1", "1.0.", "latest", ""]);
}

#[test]
fn numbers_have_no_limit_but_versions_do() {
    let long = |last: char| format!("1.{}{last}", "9".repeat(600));
    for scheme in Scheme::ALL {
        assert_eq!(scheme.compare(&long('8'), &long('9')), Ok(Ordering::Less), "{scheme:?}");
        let error = scheme.compare("1", &"1".repeat(MAX_BYTES + 1)).unwrap_err();
        assert_eq!(error.version.len(), 120);
        assert!(scheme.compare("1", "0123456789abcdef0123456789abcdef01234567").is_err(), "{scheme:?}");
        assert!(scheme.compare(" \t", "1").is_err(), "{scheme:?}");
    }
}

#[test]
fn families_have_the_scheme_of_their_packages() {
    assert_eq!(Scheme::of(Family::CratesIo), Some(Scheme::Semver));
    assert_eq!(Scheme::of(Family::Ubuntu), Some(Scheme::Dpkg));
    assert_eq!(Scheme::of(Family::Wolfi), Some(Scheme::Apk));
    assert_eq!(Scheme::of(Family::GitHubActions), None);
    for scheme in Scheme::ALL {
        assert!(FAMILIES.iter().any(|(family, _)| Scheme::of(*family) == Some(*scheme)), "{scheme:?}");
    }
}

/// Versions as people write them, in every ecosystem's manner.
fn versions() -> impl Strategy<Value = String> {
    "(v|1:|2!)?[0-9]{1,2}(\\.[0-9]{1,2}){0,3}\
     ([-._~^+]?(a|b|c|rc|RC|alpha|dev|p|pl|post|pre|git|final|snapshot|sp|xyz)[-.]?[0-9]{0,2}){0,2}(-r?[0-9])?(\\+[a-b1-2])?"
}

/// Texts of which few are versions.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![versions(), "[0-2a-bvr.:~^+_#!-]{0,8}", "\\PC{0,12}"]
}

/// Maven's order is none on all versions, but on those with a usual form: numbers, then a qualifier behind a hyphen.
fn usual() -> impl Strategy<Value = String> {
    "[0-9]{1,2}(\\.[0-9]{1,2}){0,3}(-(alpha|beta|m|rc|SNAPSHOT|ga|sp|jre|xyz)(-?[0-9]{1,2})?(-SNAPSHOT)?)?"
}

fn transitive(scheme: Scheme, one: &str, two: &str, three: &str) -> Result<(), TestCaseError> {
    let mut sorted = [one, two, three];
    if sorted.iter().any(|version| scheme.compare(version, "1").is_err()) {
        return Ok(());
    }
    // Whichever order the three are sorted from, the first and the last keep their places.
    sorted.sort_by(|one, other| scheme.compare(one, other).unwrap_or(Ordering::Equal));
    let [low, middle, high] = sorted;
    let order = |one: &str, other: &str| scheme.compare(one, other).unwrap();
    prop_assert!(order(low, middle).is_le() && order(middle, high).is_le(), "{scheme:?}: {sorted:?}");
    prop_assert_eq!(
        order(low, high),
        order(low, middle).then(order(middle, high)),
        "{:?}: {:?}",
        scheme,
        sorted
    );
    Ok(())
}

proptest! {
    #[test]
    fn both_ways_give_one_answer(one in texts(), other in texts()) {
        for scheme in Scheme::ALL {
            match (scheme.compare(&one, &other), scheme.compare(&other, &one)) {
                (Ok(there), Ok(back)) => prop_assert_eq!(there, back.reverse(), "{:?}", scheme),
                (there, back) => prop_assert!(there.is_err() && back.is_err(), "{scheme:?}"),
            }
            if let Ok(order) = scheme.compare(&one, &one) {
                prop_assert_eq!(order, Ordering::Equal);
            }
        }
    }

    #[test]
    fn orders_are_transitive(one in versions(), two in versions(), three in versions()) {
        for scheme in Scheme::ALL.iter().filter(|scheme| **scheme != Scheme::Maven) {
            transitive(*scheme, &one, &two, &three)?;
        }
    }

    #[test]
    fn maven_is_transitive_on_usual_versions(one in usual(), two in usual(), three in usual()) {
        transitive(Scheme::Maven, &one, &two, &three)?;
    }
}
