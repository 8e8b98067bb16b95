//! Tables of versions that other projects hold true, read from the corpora folder when `READINESS_CORPORA` names it. Scores are
//! printed; every line has to agree but for those that are listed with their reason.

use std::cmp::Ordering;
use std::fs;
use std::path::Path;

use readiness::advisories::version::Scheme;
use serde_json::Value;

use super::support::corpora;

/// The tables, the scheme each is about, and how many lines it has at least.
const TABLES: &[(&str, Scheme, usize)] = &[
    ("semver-versions.txt", Scheme::Semver, 80),
    ("pypi-versions.txt", Scheme::Pep440, 35),
    ("maven-versions.txt", Scheme::Maven, 100),
    ("packagist-versions.txt", Scheme::Packagist, 85),
    ("debian-versions.txt", Scheme::Dpkg, 30),
    ("redhat-versions.txt", Scheme::Rpm, 160),
    ("generated/alpine.txt", Scheme::Apk, 3400),
    ("generated/cran.txt", Scheme::Cran, 14),
    ("generated/debian.txt", Scheme::Dpkg, 3500),
    ("generated/maven.txt", Scheme::Maven, 3600),
    ("generated/packagist.txt", Scheme::Packagist, 2600),
    ("generated/pypi.txt", Scheme::Pep440, 3000),
    ("generated/rubygems.txt", Scheme::RubyGems, 1000),
];

/// Lines with which we do not agree, and why.
const DISAGREEMENTS: &[(&str, &str)] = &[
    (
        "stable < 0.11.0",
        "a word without a number names a channel: it moves, so no range can be said to hold it",
    ),
    ("client_hc_no_vehicle < feature_1850_01", "the first one is a word without a number"),
    (
        "v1.9.0-ALPHA.1 = v1.9.0-BETA.1",
        "PHP knows the labels in lower case alone and puts all others first, Composer knows them in any case; \
         in PHP's order 5.0.0-BETA1 would come before 5.0.0-alpha1 and escape a range that begins there",
    ),
];

/// What is claimed of two versions.
struct Claim {
    one: String,
    order: Ordering,
    other: String,
}

/// What speaks against a claim, if anything does.
fn objection(scheme: Scheme, claim: &Claim) -> Option<String> {
    let Claim { one, order, other } = claim;
    let line = format!("{one} {} {other}", sign(*order));
    let found = match (scheme.compare(one, other), scheme.compare(other, one)) {
        (Ok(there), Ok(back)) if there == back.reverse() => {
            if there == *order {
                return None;
            }
            sign(there).to_owned()
        }
        (Ok(_), Ok(_)) => "not the same both ways".to_owned(),
        (Err(error), _) | (_, Err(error)) => error.to_string(),
    };
    Some(format!("{line}: {found}"))
}

fn sign(order: Ordering) -> &'static str {
    match order {
        Ordering::Less => "<",
        Ordering::Equal => "=",
        Ordering::Greater => ">",
    }
}

fn table(path: &Path) -> Vec<Claim> {
    let text = fs::read_to_string(path).unwrap();
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//") && !line.starts_with("# "));
    lines
        .map(|line| {
            let [one, sign, other] = *line.split(' ').collect::<Vec<_>>() else {
                panic!("not a claim: {line}")
            };
            let order = match sign {
                "<" => Ordering::Less,
                "=" => Ordering::Equal,
                ">" => Ordering::Greater,
                _ => panic!("not a claim: {line}"),
            };
            Claim { one: one.to_owned(), order, other: other.to_owned() }
        })
        .collect()
}

#[test]
fn tables_of_versions_are_agreed_with() {
    let Some(corpora) = corpora("tables of versions") else { return };
    let folder = corpora.join("vuln/version-compare");
    let mut objections = Vec::new();
    for (name, scheme, least) in TABLES {
        let claims = table(&folder.join(name));
        let found: Vec<_> = claims.iter().filter_map(|claim| objection(*scheme, claim)).collect();
        eprintln!("{name}: {} of {} lines agree", claims.len() - found.len(), claims.len());
        assert!(claims.len() >= *least, "{name} has {} lines", claims.len());
        objections.extend(found.into_iter().map(|objection| format!("{name}: {objection}")));
    }
    for (line, reason) in DISAGREEMENTS {
        let position = objections.iter().position(|objection| objection.contains(&format!(": {line}: ")));
        let known = objections.remove(position.unwrap_or_else(|| panic!("{line} is agreed with by now")));
        eprintln!("{known}, because {reason}");
    }
    assert!(objections.is_empty(), "{}\n{objections:#?}", objections.len());
}

#[test]
fn comparisons_of_the_version_range_specification_are_agreed_with() {
    let Some(corpora) = corpora("comparisons of the version range specification") else { return };
    let folder = corpora.join("vuln/vers-spec");
    let mut objections = Vec::new();
    for (name, scheme, least) in [("maven", Scheme::Maven, 970), ("alpine", Scheme::Apk, 700)] {
        let cases = cases(&folder.join(format!("{name}_version_cmp_test.json")));
        let mut agreed = 0;
        for case in &cases {
            let given = texts(&case["input"]["versions"]);
            let claim =
                |one: &String, order, other: &String| Claim { one: one.clone(), order, other: other.clone() };
            let objection = match case["test_type"].as_str().unwrap() {
                "equality" if case["expected_output"] == true => {
                    objection(scheme, &claim(&given[0], Ordering::Equal, &given[1]))
                }
                "equality" => (scheme.compare(&given[0], &given[1]) == Ok(Ordering::Equal))
                    .then(|| format!("{given:?} are not equal")),
                "comparison" => {
                    let sorted = texts(&case["expected_output"]);
                    objection(scheme, &claim(&sorted[0], Ordering::Less, &sorted[1]))
                }
                other => panic!("a case of type {other}"),
            };
            agreed += usize::from(objection.is_none());
            objections.extend(objection);
        }
        eprintln!("{name}: {agreed} of {} cases agree", cases.len());
        assert!(cases.len() >= least, "{name} has {} cases", cases.len());
    }
    assert!(objections.is_empty(), "{}\n{objections:#?}", objections.len());
}

/// The ranges of the specification need the order of versions in two ways: a version lies in a range, and the parts of a
/// range stand sorted. Cases that translate a native notation are about syntax alone and are not for an order.
#[test]
fn ranges_of_the_version_range_specification_are_agreed_with() {
    let Some(corpora) = corpora("ranges of the version range specification") else { return };
    let folder = corpora.join("vuln/vers-spec");
    let mut scored = 0;
    for (name, scheme) in [
        ("pypi_range_containment_test.json", Scheme::Pep440),
        ("pypi_range_validate_test.json", Scheme::Pep440),
        ("npm_range_containment_test.json", Scheme::Semver),
    ] {
        for case in cases(&folder.join(name)) {
            let expected = &case["expected_output"];
            match case["test_type"].as_str().unwrap() {
                "containment" => {
                    let range = case["input"]["vers"].as_str().unwrap();
                    let version = case["input"]["version"].as_str().unwrap();
                    assert_eq!(
                        contains(scheme, range, version),
                        expected.as_bool().unwrap(),
                        "{version} in {range}"
                    );
                }
                "validate" if expected.is_string() => {
                    let parts = parts(expected.as_str().unwrap());
                    let sorted =
                        parts.is_sorted_by(|one, other| scheme.compare(one.1, other.1).unwrap().is_le());
                    assert!(sorted, "{expected}");
                }
                _ => continue,
            }
            scored += 1;
        }
    }
    eprintln!("ranges: {scored} cases agree");
    assert!(scored >= 10, "{scored}");
}

/// The constraints of a `vers:` range: a comparator and a version each.
fn parts(range: &str) -> Vec<(&str, &str)> {
    let (_, constraints) = range.split_once('/').unwrap();
    let comparators = ["<=", ">=", "!=", "<", ">", "="];
    constraints
        .split('|')
        .map(|constraint| {
            let of = |sign: &&'static str| constraint.strip_prefix(*sign).map(|version| (*sign, version));
            comparators.iter().find_map(of).unwrap_or(("=", constraint))
        })
        .collect()
}

/// Whether a range holds a version: a constraint on that very version decides, else the bounds next to it.
fn contains(scheme: Scheme, range: &str, version: &str) -> bool {
    let mut constraints = parts(range);
    if constraints == [("=", "*")] {
        return true;
    }
    constraints.sort_by(|one, other| scheme.compare(one.1, other.1).unwrap());
    let mut below = None;
    for (sign, bound) in constraints {
        match scheme.compare(version, bound).unwrap() {
            Ordering::Equal => return sign.contains('=') && sign != "!=",
            Ordering::Greater if !matches!(sign, "=" | "!=") => below = Some(sign),
            Ordering::Less if !matches!(sign, "=" | "!=") => {
                return below.map_or(sign.starts_with('<'), |below: &str| below.starts_with('>'));
            }
            _ => {}
        }
    }
    below.is_some_and(|sign| sign.starts_with('>'))
}

fn cases(path: &Path) -> Vec<Value> {
    let document: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    document["tests"].as_array().unwrap().clone()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}
