//! Vulnerabilities, advisory data and comparisons in the words that all formats for people share.

use super::{visible, words};
use crate::report::{AdvisoryData, AdvisoryMatch, Change, Comparison, ScannerData, Vulnerability};

/// Most steps of a way to a package that are shown.
const STEPS: usize = 6;
/// Most other ids that are shown.
const ALIASES: usize = 4;

/// What is known of a vulnerability beside its summary: what clears it, how severe it is and who says so, how likely
/// it is used, how the package came in.
pub(super) fn facts(known: &Vulnerability) -> Vec<String> {
    let mut facts = Vec::new();
    facts.extend(known.change.map(|change| match change {
        Change::Introduced => "new".to_owned(),
        Change::Remaining => "was there before".to_owned(),
    }));
    facts.push(match (&known.fixed, &known.upgrade) {
        (Some(fixed), Some(upgrade)) if fixed != upgrade => {
            format!("fixed in {}, {} clears all of the package", visible::line(fixed), visible::line(upgrade))
        }
        (Some(fixed), _) => format!("fixed in {}", visible::line(fixed)),
        (None, _) => "no fixed version known".to_owned(),
    });
    let source = visible::line(&known.rating.source);
    facts.push(match known.rating.score {
        Some(score) => format!("{source} {score}"),
        None if known.rating.severity.is_none() => "severity unknown".to_owned(),
        None => source.into_owned(),
    });
    if let Some(exploited) = &known.exploited {
        let since = if exploited.added.is_empty() {
            String::new()
        } else {
            format!(" since {}", visible::line(&exploited.added))
        };
        let ransomware = if exploited.ransomware { ", by ransomware too" } else { "" };
        facts.push(format!("exploited{since}{ransomware} (KEV)"));
    }
    facts.extend(known.epss.map(|epss| format!("EPSS {}", epss.probability)));
    let package = &known.package;
    if package.via.len() > 1 {
        let mut steps: Vec<_> = package.via.iter().map(|name| visible::line(name)).collect();
        if steps.len() > STEPS {
            steps.splice(STEPS - 2..steps.len() - 1, std::iter::once("…".into()));
        }
        facts.push(format!("via {}", steps.join(" > ")));
    } else if package.direct == Some(true) {
        facts.push("direct".to_owned());
    }
    if package.development {
        facts.push("development only".to_owned());
    }
    if !known.aliases.is_empty() {
        let more = if known.aliases.len() > ALIASES { ", …" } else { "" };
        let shown: Vec<_> = known.aliases.iter().take(ALIASES).map(|id| visible::line(id)).collect();
        facts.push(format!("also {}{more}", shown.join(", ")));
    }
    let others: Vec<_> =
        known.seen_by.iter().filter(|name| *name != "readiness").map(|name| visible::line(name)).collect();
    if !others.is_empty() {
        facts.push(if known.seen_by.len() == others.len() {
            format!("seen by {} alone", others.join(" and "))
        } else {
            format!("seen by {} too", others.join(" and "))
        });
    }
    facts
}

/// Why one advisory matches, in one line.
pub(super) fn why(because: &AdvisoryMatch) -> String {
    let mut text = format!("{}: {}", visible::line(&because.advisory), visible::line(&because.range));
    if !because.scheme.is_empty() {
        text.push_str(&format!(" by {}", visible::line(&because.scheme)));
    }
    if !because.events.is_empty() {
        let events: Vec<_> = because.events.iter().map(|event| visible::line(event)).collect();
        text.push_str(&format!(" [{}]", events.join(", ")));
    }
    text.push_str(&format!(" · {}", visible::line(&because.source)));
    if !because.modified.is_empty() {
        text.push_str(&format!(", changed {}", visible::line(&because.modified)));
    }
    text
}

/// The advisory data in one line: how much, how old, which.
pub(super) fn data(data: &AdvisoryData) -> String {
    let count: u64 = data.sources.iter().map(|source| source.count).sum();
    let newest = data.sources.iter().map(|source| source.newest.as_str()).max().unwrap_or_default();
    let digest: String = data.digest.chars().take(12).collect();
    let age = match &data.imported {
        Some(imported) => {
            format!("newest entry {}, imported {}", visible::line(newest), visible::line(imported))
        }
        None => format!("the built-in list alone, as of {}", visible::line(newest)),
    };
    let faults: Vec<String> = data
        .sources
        .iter()
        .filter(|source| source.faults > 0)
        .map(|source| format!("{} of {}", words::number(source.faults), visible::line(&source.name)))
        .collect();
    let faults = match faults.as_slice() {
        [] => String::new(),
        [only] => format!(", records at fault: {only}"),
        [first @ .., last] => format!(", records at fault: {} and {last}", first.join(", ")),
    };
    format!("{}, {age}{faults}, digest {}", words::count(count, "entries"), visible::line(&digest))
}

/// The report of another scanner in one line: which data it used, and how much of it is seen here too.
pub(super) fn scanner(data: &ScannerData) -> String {
    let mut text = visible::line(&data.name).into_owned();
    let from = data.evidence.as_ref().map(|path| format!("report {}", visible::line(path)));
    let made = data.created.as_ref().map(|moment| format!("made {}", visible::line(moment)));
    let database = match &data.database {
        Some(moment) => format!("database of {}", visible::line(moment)),
        None => "database of unknown date".to_owned(),
    };
    let told: Vec<String> = from.into_iter().chain(made).chain([database]).collect();
    text.push_str(&format!(
        " ({}): {} seen, {} of them seen here too, {} by it alone",
        told.join(", "),
        words::number(data.reported),
        words::number(data.shared),
        words::number(data.reported.saturating_sub(data.shared)),
    ));
    if data.suppressed > 0 {
        text.push_str(&format!("; {} held back by its own settings", words::number(data.suppressed)));
    }
    text
}

/// A comparison in one line.
pub(super) fn since(since: &Comparison) -> String {
    format!(
        "since {}: {} introduced, {} remaining, {} fixed",
        visible::line(&since.against),
        words::number(since.introduced),
        words::number(since.remaining),
        words::number(u64::try_from(since.fixed.len()).unwrap_or(u64::MAX)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{AdvisorySource, Decimal, PackageRef, Rating};

    #[test]
    fn facts_say_what_clears_it_first() {
        let known = Vulnerability {
            fixed: Some("2.15.0".to_owned()),
            upgrade: Some("2.17.1".to_owned()),
            rating: Rating {
                score: Some(Decimal::of(10.0)),
                source: "CVSS 3.1".to_owned(),
                ..Rating::default()
            },
            package: PackageRef {
                via: ["app", "web", "log4j-core"].map(str::to_owned).to_vec(),
                ..PackageRef::default()
            },
            seen_by: vec!["readiness".to_owned(), "grype".to_owned()],
            ..Vulnerability::default()
        };
        assert_eq!(
            facts(&known).join(" · "),
            "fixed in 2.15.0, 2.17.1 clears all of the package · CVSS 3.1 10.0 · via app > web > log4j-core · seen by grype too"
        );
        assert_eq!(facts(&Vulnerability::default()).join(" · "), "no fixed version known · severity unknown");
    }

    #[test]
    fn scanners_say_what_they_saw() {
        let mut data = ScannerData {
            name: "grype 0.118.0".to_owned(),
            reported: 12,
            shared: 9,
            ..ScannerData::default()
        };
        assert_eq!(
            scanner(&data),
            "grype 0.118.0 (database of unknown date): 12 seen, 9 of them seen here too, 3 by it alone"
        );
        data.database = Some("2026-11-20T01:31:41Z".to_owned());
        data.evidence = Some("ci/grype.json".to_owned());
        data.suppressed = 2;
        assert_eq!(
            scanner(&data),
            "grype 0.118.0 (report ci/grype.json, database of 2026-11-20T01:31:41Z): 12 seen, 9 of them seen here too, 3 by it alone; 2 held back by its own settings"
        );
    }

    #[test]
    fn the_data_says_what_was_at_fault() {
        let source = |name: &str, faults| AdvisorySource {
            name: name.to_owned(),
            count: 10,
            faults,
            ..AdvisorySource::default()
        };
        let line = |sources: Vec<AdvisorySource>| {
            data(&AdvisoryData {
                sources,
                imported: Some("2026-11-20".to_owned()),
                ..AdvisoryData::default()
            })
        };
        assert_eq!(line(vec![source("npm", 0)]), "10 entries, newest entry , imported 2026-11-20, digest ");
        let two = line(vec![source("Go", 3), source("PyPI", 0), source("npm", 1_200)]);
        assert!(two.contains(", records at fault: 3 of Go and 1,200 of npm, digest"), "{two}");
        let one = line(vec![source("Go", 3)]);
        assert!(one.contains(", records at fault: 3 of Go, digest"), "{one}");
    }

    #[test]
    fn long_ways_are_cut_in_the_middle() {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let package = PackageRef { via: names.map(str::to_owned).to_vec(), ..PackageRef::default() };
        let told = facts(&Vulnerability { package, ..Vulnerability::default() });
        assert_eq!(told.last().map(String::as_str), Some("via a > b > c > d > … > h"));
    }
}
