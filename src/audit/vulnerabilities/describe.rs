//! A group of matching advisories as the report tells it.

use super::judge::Group;
use crate::formats::ecosystem::Ecosystem;
use crate::formats::package::{Package, Scope};
use crate::report::{AdvisoryMatch, Decimal, Epss, Exploited, PackageRef, Vulnerability};

/// Longest summary kept, in characters: summaries are other people's text.
pub(super) const SUMMARY: usize = 160;

/// The vulnerability of a package.
pub(super) fn vulnerability(
    group: &Group,
    package: &Package,
    ecosystem: &Ecosystem,
    version: &str,
    via: Vec<String>,
) -> Vulnerability {
    Vulnerability {
        id: group.id.clone(),
        aliases: group.aliases.clone(),
        summary: group.summary.chars().take(SUMMARY).collect(),
        page: group.page.clone(),
        package: PackageRef {
            ecosystem: ecosystem.to_string(),
            name: package.name.clone(),
            version: package.version.clone().unwrap_or_else(|| version.to_owned()),
            purl: package.purl.as_ref().map(ToString::to_string),
            direct: package.direct,
            development: package.scope == Scope::Development,
            via,
        },
        rating: group.rating.clone(),
        exploited: group
            .exploited
            .as_ref()
            .map(|known| Exploited { added: known.added.clone(), ransomware: known.ransomware }),
        epss: group.epss.map(|score| Epss {
            probability: Decimal::of(score.probability),
            percentile: Decimal::of(score.percentile),
        }),
        fixed: group.fixed.clone(),
        upgrade: group.upgrade.clone(),
        matches: group
            .hits
            .iter()
            .map(|hit| AdvisoryMatch {
                advisory: hit.advisory.id.clone(),
                source: hit.source.clone(),
                modified: hit.advisory.modified.clone(),
                range: hit.explanation.range.clone(),
                events: hit.explanation.events.clone(),
                scheme: hit.explanation.scheme.to_owned(),
            })
            .collect(),
        seen_by: vec!["readiness".to_owned()],
        change: None,
    }
}

/// The line of a finding: the package, the id, what it is.
pub(super) fn message(known: &Vulnerability) -> String {
    let package = &known.package;
    let summary = without_id(&known.summary, &known.id);
    let what = if summary.is_empty() { String::new() } else { format!(": {summary}") };
    format!("{} in {} {}{what}", known.id, package.name, package.version)
}

/// A summary without the id that some databases put before it: the line has said it already.
fn without_id<'a>(summary: &'a str, id: &str) -> &'a str {
    match summary.strip_prefix(id).and_then(|rest| rest.strip_prefix(':')) {
        Some(rest) => rest.trim_start(),
        None => summary,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_said_once() {
        let mut known = Vulnerability { id: "CVE-2024-50345".to_owned(), ..Vulnerability::default() };
        known.package.name = "symfony/http-foundation".to_owned();
        known.package.version = "6.4.12".to_owned();
        for (summary, end) in [
            ("CVE-2024-50345: Open redirect", ": Open redirect"),
            ("CVE-2024-503451: Another", ": CVE-2024-503451: Another"),
            ("Open redirect", ": Open redirect"),
            ("CVE-2024-50345:", ""),
            ("", ""),
        ] {
            known.summary = summary.to_owned();
            assert_eq!(message(&known), format!("CVE-2024-50345 in symfony/http-foundation 6.4.12{end}"));
        }
    }
}
