//! How severe an advisory is for a package, and by whose word.
//!
//! What decides, first that there is: malicious code is critical; a CVSS vector for the package alone; a CVSS vector for the
//! whole advisory; the database's word for the package; its word for the advisory. Of several vectors the newest version of
//! CVSS decides (4.0, 3.1, 3.0, 2.0), and of several of one version the highest score.

use super::cvss::{self, Band};
use crate::formats::osv::{Advisory, Affected, Score, WORD};

/// How severe something is, in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nobody says. Not the same as harmless: a policy has to choose what it comes to.
    Unknown,
    /// A score of 0.0.
    None,
    /// To 3.9; `low`, `negligible`.
    Low,
    /// To 6.9; `medium`, `moderate`.
    Medium,
    /// To 8.9 (all from 7.0 in CVSS 2); `high`, `important`.
    High,
    /// From 9.0; `critical`; malicious code.
    Critical,
}

/// A severity with where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    /// The level.
    pub level: Level,
    /// Whether it is about malicious code.
    pub malicious: bool,
    /// The score in tenths, 0 to 100, where a vector decided.
    pub score_tenths: Option<u8>,
    /// The vector that decided.
    pub vector: Option<String>,
    /// The version of CVSS of that vector.
    pub version: Option<&'static str>,
    /// Where it comes from, in words: `CVSS 3.1 of the advisory`, `word of the database for the package`, `malicious`.
    pub source: String,
    /// Vectors that were passed over as invalid or misnamed, each with the reason.
    pub faults: Vec<String>,
}

/// The severity of an advisory for one of its packages.
#[must_use]
pub fn severity(advisory: &Advisory, affected: &Affected) -> Rating {
    let mut faults = Vec::new();
    let vector = scored(&affected.severity, "the package", &mut faults)
        .or_else(|| scored(&advisory.severity, "the advisory", &mut faults));
    let mut rating = if advisory.malicious || advisory.id.starts_with("MAL-") {
        Rating { malicious: true, ..said(Level::Critical, "malicious") }
    } else if let Some(rating) = vector {
        rating
    } else {
        worded(&affected.severity, "word of the database for the package")
            .or_else(|| worded(&advisory.severity, "word of the database"))
            .or_else(|| by_word(advisory.severity_word.as_deref()?, "word of the database"))
            .unwrap_or_else(|| said(Level::Unknown, "no severity is given"))
    };
    rating.faults = faults;
    rating
}

fn said(level: Level, source: &str) -> Rating {
    let source = source.to_owned();
    Rating {
        level,
        malicious: false,
        score_tenths: None,
        vector: None,
        version: None,
        source,
        faults: Vec::new(),
    }
}

/// The rating of the vector that decides among several.
fn scored(scores: &[Score], of: &str, faults: &mut Vec<String>) -> Option<Rating> {
    let mut best: Option<(cvss::Cvss, &str)> = None;
    for score in scores.iter().filter(|score| score.kind.starts_with("CVSS")) {
        let vector: String = score.score.chars().take(80).collect();
        match cvss::score(&score.score) {
            Err(error) => faults.push(format!("{} of {of} is invalid (`{vector}`): {error}", score.kind)),
            Ok(one) => {
                // A vector tells its version itself; a wrong label is no reason to know less.
                let named = one.version.split('.').next().map(|major| format!("CVSS_V{major}"));
                if named.as_deref() != Some(score.kind.as_str()) {
                    faults.push(format!(
                        "{} of {of} is a vector of version {} (`{vector}`)",
                        shown(&score.kind),
                        one.version
                    ));
                }
                // The versions sort as texts.
                if best.as_ref().is_none_or(|(old, _)| (old.version, old.tenths) < (one.version, one.tenths))
                {
                    best = Some((one, &score.score));
                }
            }
        }
    }
    let (score, vector) = best?;
    Some(Rating {
        malicious: false,
        level: match cvss::band(score.version, score.tenths) {
            Band::None => Level::None,
            Band::Low => Level::Low,
            Band::Medium => Level::Medium,
            Band::High => Level::High,
            Band::Critical => Level::Critical,
        },
        score_tenths: Some(score.tenths),
        vector: Some(vector.to_owned()),
        version: Some(score.version),
        source: format!("CVSS {} of {of}", score.version),
        faults: Vec::new(),
    })
}

/// A kind cut to what can be shown.
fn shown(kind: &str) -> String {
    kind.chars().take(20).collect()
}

/// The rating of the first word that is known.
fn worded(scores: &[Score], source: &str) -> Option<Rating> {
    let ubuntu = scores.iter().filter(|score| score.kind == "Ubuntu");
    let named = ubuntu.filter_map(|score| by_word(&score.score, "priority of Ubuntu")).next();
    named.or_else(|| {
        let own = scores.iter().filter(|score| score.kind == WORD);
        own.filter_map(|score| by_word(&score.score, source)).next()
    })
}

/// What databases call their levels, in any case.
fn by_word(word: &str, source: &str) -> Option<Rating> {
    let level = match word.trim().to_ascii_lowercase().as_str() {
        "none" => Level::None,
        "negligible" | "low" | "minor" | "unimportant" => Level::Low,
        "medium" | "moderate" => Level::Medium,
        "high" | "important" => Level::High,
        "critical" => Level::Critical,
        _ => return None,
    };
    Some(said(level, source))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(kind: &str, score: &str) -> Score {
        Score { kind: kind.to_owned(), score: score.to_owned() }
    }

    fn rate(package: &[Score], advisory: &[Score], word: Option<&str>) -> Rating {
        let advisory = Advisory {
            severity: advisory.to_vec(),
            severity_word: word.map(str::to_owned),
            ..Advisory::default()
        };
        severity(&advisory, &Affected { severity: package.to_vec(), ..Affected::default() })
    }

    const V2: &str = "AV:N/AC:L/Au:N/C:C/I:C/A:C";
    const V30: &str = "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N";
    const V31: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
    const V4: &str = "CVSS:4.0/AV:N/AC:L/AT:N/PR:H/UI:N/VC:L/VI:L/VA:N/SC:N/SI:N/SA:N";

    #[test]
    fn the_package_goes_before_the_advisory_and_newer_before_older() {
        let all = [score("CVSS_V2", V2), score("CVSS_V3", V30), score("CVSS_V4", V4), score("CVSS_V3", V31)];
        let rating = rate(&[], &all, Some("LOW"));
        assert_eq!(
            (rating.level, rating.score_tenths, rating.version),
            (Level::Medium, Some(51), Some("4.0"))
        );
        assert_eq!(
            (rating.source.as_str(), rating.vector.as_deref()),
            ("CVSS 4.0 of the advisory", Some(V4))
        );
        let rating = rate(&all[..1], &all, None);
        assert_eq!((rating.level, rating.source.as_str()), (Level::High, "CVSS 2.0 of the package"));
        let rating = rate(&[], &[score("CVSS_V3", V30), score("CVSS_V3", V31)], None);
        assert_eq!((rating.level, rating.score_tenths), (Level::Critical, Some(98)));
    }

    #[test]
    fn invalid_vectors_are_passed_over_and_named() {
        let broken = score("CVSS_V4", "CVSS:4.0/AV:N");
        let rating = rate(&[], &[broken.clone(), score("CVSS_V3", V30)], None);
        assert_eq!((rating.score_tenths, rating.faults.len()), (Some(61), 1));
        let rating = rate(&[broken], &[], Some("MODERATE"));
        assert_eq!((rating.level, rating.source.as_str()), (Level::Medium, "word of the database"));
        assert!(rating.faults[0].contains("AC is missing"), "{:?}", rating.faults);
        let rating = rate(&[], &[score("CVSS_V4", V31)], None);
        assert_eq!((rating.level, rating.version, rating.faults.len()), (Level::Critical, Some("3.1"), 1));
    }

    #[test]
    fn words_and_malice_decide_without_vectors() {
        for (word, level) in
            [("negligible", Level::Low), ("medium", Level::Medium), ("critical", Level::Critical)]
        {
            let rating = rate(&[], &[score("Ubuntu", word)], Some("HIGH"));
            assert_eq!((rating.level, rating.source.as_str()), (level, "priority of Ubuntu"));
        }
        assert_eq!(rate(&[score(WORD, "High")], &[score("Ubuntu", "low")], None).level, Level::High);
        assert_eq!(rate(&[], &[score("Ubuntu", "untriaged")], Some("odd")).level, Level::Unknown);
        let malicious =
            Advisory { id: "MAL-1".to_owned(), severity: vec![score("CVSS_V3", V30)], ..Advisory::default() };
        let rating = severity(&malicious, &Affected::default());
        assert_eq!((rating.level, rating.malicious), (Level::Critical, true));
    }
}
