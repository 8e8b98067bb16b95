//! The form of the built-in files, and how it becomes OSV records.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::formats::osv::{Advisory, Affected, Event, Range, RangeKind, Score};

/// A file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    ecosystem: String,
    advisories: Vec<Written>,
}

/// Malicious code put into a product.
const EMBEDDED_CODE: &str = "CWE-506";

/// An entry as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    #[serde(default)]
    aliases: Vec<String>,
    summary: String,
    #[serde(default)]
    severity: String,
    /// The kind of a notice that is no vulnerability: `unmaintained`, `unsound`, `notice`.
    informational: Option<String>,
    published: Option<String>,
    #[serde(default)]
    cwes: Vec<String>,
    #[serde(default)]
    exploited: bool,
    affected: BTreeMap<String, Vec<String>>,
}

/// An entry as used.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) advisory: Advisory,
    pub(super) exploited: bool,
}

/// The entries of a file; `as_of` is the day of their last change.
pub(super) fn entries(text: &str, as_of: &str) -> Result<Vec<Entry>, String> {
    let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    file.advisories.into_iter().map(|written| entry(written, &file.ecosystem, as_of)).collect()
}

fn entry(written: Written, ecosystem: &str, as_of: &str) -> Result<Entry, String> {
    let mut affected = Vec::new();
    for (name, lines) in &written.affected {
        let one = package(ecosystem, name, lines).map_err(|line| format!("{}: {line}", written.id))?;
        affected.push(Affected { informational: written.informational.clone(), ..one });
    }
    let vector = written.severity.starts_with("CVSS:");
    let kind = if written.severity.starts_with("CVSS:4") { "CVSS_V4" } else { "CVSS_V3" };
    let severity = vector.then(|| Score { kind: kind.to_owned(), score: written.severity.clone() });
    let midnight = |day: &str| format!("{day}T00:00:00Z");
    let mut ids = std::iter::once(&written.id).chain(&written.aliases);
    let malicious =
        written.cwes.iter().any(|cwe| cwe == EMBEDDED_CODE) || ids.any(|id| id.starts_with("MAL-"));
    let advisory = Advisory {
        malicious,
        modified: midnight(as_of),
        published: written.published.as_deref().map(midnight),
        aliases: written.aliases,
        summary: written.summary,
        severity: severity.into_iter().collect(),
        severity_word: (!vector && !written.severity.is_empty()).then_some(written.severity),
        affected,
        page: Some(format!("https://osv.dev/vulnerability/{}", written.id)),
        cwes: written.cwes,
        id: written.id,
        ..Advisory::default()
    };
    Ok(Entry { advisory, exploited: written.exploited })
}

fn package(ecosystem: &str, name: &str, lines: &[String]) -> Result<Affected, String> {
    let kind = match ecosystem {
        "npm" | "crates.io" | "Go" => RangeKind::Semver,
        _ => RangeKind::Ecosystem,
    };
    let mut affected =
        Affected { ecosystem: ecosystem.to_owned(), name: name.to_owned(), ..Affected::default() };
    for line in lines {
        match line.strip_prefix('=') {
            Some(version) => affected.versions.push(version.to_owned()),
            None => affected.ranges.push(Range { kind, events: events(line)? }),
        }
    }
    Ok(affected)
}

fn events(line: &str) -> Result<Vec<Event>, String> {
    line.split_whitespace()
        .map(|word| {
            if let Some(version) = word.strip_prefix(">=") {
                Ok(Event::Introduced(version.to_owned()))
            } else if let Some(version) = word.strip_prefix("<=") {
                Ok(Event::LastAffected(version.to_owned()))
            } else if let Some(version) = word.strip_prefix('<') {
                Ok(Event::Fixed(version.to_owned()))
            } else {
                Err(format!("no range: {line}"))
            }
        })
        .collect()
}
