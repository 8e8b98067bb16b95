//! Rule files: YAML beside the check that they belong to, embedded when the program is built.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::patterns::{Judge, Pattern, PatternSource, Patterns};
use crate::report::{Confidence, Rule, Severity};

/// The rules of one file, sorted by id, and the patterns of those that have one.
#[derive(Debug, Default)]
pub struct RuleFile {
    /// The rules.
    pub rules: Vec<Rule>,
    /// For the rule at the same place: what to search for, if the rule is a pattern.
    pub searches: Vec<Option<PatternSource>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    id: String,
    title: String,
    severity: Severity,
    #[serde(default)]
    severity_outside_product: Option<Severity>,
    #[serde(default)]
    confidence: Confidence,
    description: String,
    remediation: String,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    mappings: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    bad: Option<String>,
    #[serde(default)]
    good: Option<String>,
    #[serde(default)]
    search: Option<PatternSource>,
}

impl RuleFile {
    /// Reads a rule file.
    ///
    /// # Errors
    /// The first thing wrong with it, with its line.
    pub fn parse(yaml: &str) -> Result<Self, String> {
        let mut sources: Vec<Source> = serde_yaml::from_str(yaml).map_err(|error| error.to_string())?;
        sources.sort_by(|one, other| one.id.cmp(&other.id));
        let mut file = Self::default();
        for source in sources {
            file.searches.push(source.search);
            file.rules.push(Rule {
                id: source.id,
                title: source.title,
                severity: source.severity,
                severity_outside_product: source.severity_outside_product,
                confidence: source.confidence,
                description: source.description.trim().to_owned(),
                remediation: source.remediation.trim().to_owned(),
                references: source.references,
                mappings: source.mappings,
                bad: source.bad,
                good: source.good,
            });
        }
        Ok(file)
    }

    /// The patterns of the file, each with the judge that `judge` knows by its name. `secret` says whether what they
    /// find is a secret to be masked everywhere.
    #[must_use]
    pub fn patterns(&'static self, judge: fn(&str) -> Option<Judge>, secret: bool) -> Patterns {
        let patterns = self.rules.iter().zip(&self.searches).filter_map(|(rule, search)| {
            let search = search.clone()?;
            let judge = search.judge.as_deref().and_then(judge);
            Some(Pattern::new(rule, search, judge, secret))
        });
        patterns.collect()
    }

    /// Reads a rule file that is part of the program.
    ///
    /// # Panics
    /// When the file is not well-formed; a test reads every one of them.
    #[must_use]
    #[expect(clippy::panic, reason = "the file is embedded, and a test reads it")]
    pub fn embedded(yaml: &'static str) -> Self {
        Self::parse(yaml).unwrap_or_else(|error| panic!("embedded rule file: {error}"))
    }
}
