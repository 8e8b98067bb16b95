//! From a record as it is written to what we keep of it.

use super::wire;
use super::{Advisory, Affected, Event, Range, RangeKind, Score, WORD};
use crate::formats::fault::Fault;
use crate::formats::osv::lenient::Text;

/// The longest record that is read, in bytes. The longest real ones (kernels, with every version listed) have under 4 MiB.
pub const MAX_BYTES: usize = 16 << 20;

/// Characters that are kept of the one line that says what a record is about.
const MAX_SUMMARY: usize = 200;

/// Reads one record.
///
/// Lists that are `null`, and fields of the databases' own that are not what others make them, are read as empty. What
/// changes the meaning of a range and is not understood is kept as [`Event::Unclear`] and [`RangeKind::Other`], so that
/// nothing is taken from such a range. What is skipped is skipped without recursion, however deep it is nested.
///
/// # Errors
/// When it is longer than [`MAX_BYTES`], no JSON, names a field twice, or has no `id`, no
/// `modified`, or a field of another type than the schema gives it.
pub fn parse(bytes: &[u8]) -> Result<Advisory, Fault> {
    if bytes.len() > MAX_BYTES {
        return Err(Fault::new(1, format!("the record is longer than {MAX_BYTES} bytes")));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let record: wire::Record = serde_json::from_slice(bytes).map_err(|error| {
        let line = u32::try_from(error.line()).unwrap_or(u32::MAX).max(1);
        Fault::new(line, message(&error))
    })?;
    if record.id.trim().is_empty() {
        return Err(Fault::new(1, "the record has no id"));
    }
    Ok(advisory(record))
}

/// What is wrong, without the values that the library's own message quotes.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let named = ["missing field `", "duplicate field `"].iter().find(|start| text.starts_with(**start));
    match (error.classify(), named) {
        // These names are ours, not the record's.
        (serde_json::error::Category::Data, Some(_)) => {
            text.split(" at line ").next().unwrap_or(&text).to_owned()
        }
        (serde_json::error::Category::Data, None) => {
            "a field is of another type than the OSV schema gives it".to_owned()
        }
        (serde_json::error::Category::Eof, _) => "the JSON ends too early".to_owned(),
        _ => "this is no JSON".to_owned(),
    }
}

fn advisory(record: wire::Record) -> Advisory {
    let malicious = record.id.starts_with("MAL-")
        || record.aliases.iter().any(|alias| alias.starts_with("MAL-"))
        || record.database_specific.malicious_origins.is_some();
    let mut cwes = record.database_specific.cwe_ids;
    cwes.retain(|id| id.starts_with("CWE-"));
    Advisory {
        id: record.id,
        modified: record.modified,
        published: record.published.given(),
        withdrawn: record.withdrawn.filter(|moment| !moment.trim().is_empty()),
        aliases: record.aliases,
        upstream: record.upstream,
        related: record.related,
        summary: summary(record.summary, record.details),
        severity: record.severity.into_iter().filter_map(score).collect(),
        affected: record.affected.into_iter().map(affected).collect(),
        severity_word: record.database_specific.severity.given().map(|word| word.to_uppercase()),
        page: page(record.references),
        cwes,
        malicious,
    }
}

/// The summary, or the first line of the details that says something.
fn summary(summary: Text, details: Text) -> String {
    let said = |text: Text| {
        let text = text.given()?;
        let line =
            text.lines().map(|line| line.trim_start_matches('#').trim()).find(|line| !line.is_empty())?;
        let mut letters = line.chars();
        let mut kept: String = letters.by_ref().take(MAX_SUMMARY).collect();
        if letters.next().is_some() {
            kept.push('…');
        }
        Some(kept)
    };
    said(summary).or_else(|| said(details)).unwrap_or_default()
}

fn page(references: Vec<wire::Reference>) -> Option<String> {
    let mut page = None;
    for reference in references {
        let (Text::Given(kind), Text::Given(url)) = (reference.kind, reference.url) else { continue };
        if !(url.starts_with("https://") || url.starts_with("http://")) {
            continue;
        }
        match kind.as_str() {
            "ADVISORY" => return Some(url),
            "WEB" if page.is_none() => page = Some(url),
            _ => {}
        }
    }
    page
}

fn score(severity: wire::Severity) -> Option<Score> {
    Some(Score { kind: severity.kind.given()?, score: severity.score.given()? })
}

fn affected(affected: wire::Affected) -> Affected {
    let mut severity: Vec<Score> = affected.severity.into_iter().filter_map(score).collect();
    let words = [affected.ecosystem_specific.severity, affected.database_specific.severity];
    severity.extend(
        words.into_iter().filter_map(Text::given).map(|score| Score { kind: WORD.to_owned(), score }),
    );
    let (ecosystem, name) =
        affected.package.map(|package| (package.ecosystem, package.name)).unwrap_or_default();
    Affected {
        ecosystem,
        name,
        ranges: affected.ranges.into_iter().map(range).collect(),
        versions: affected.versions,
        severity,
        informational: affected
            .database_specific
            .informational
            .given()
            .or_else(|| affected.ecosystem_specific.informational.given()),
    }
}

fn range(range: wire::Range) -> Range {
    let kind = match range.kind.given().as_deref() {
        Some("SEMVER") => RangeKind::Semver,
        Some("ECOSYSTEM") => RangeKind::Ecosystem,
        Some("GIT") => RangeKind::Git,
        _ => RangeKind::Other,
    };
    Range { kind, events: range.events.into_iter().map(event).collect() }
}

/// An event has one key alone: with two, no one can tell which comes first.
fn event(event: wire::Event) -> Event {
    let keys = [
        (event.introduced, Event::Introduced as fn(String) -> Event),
        (event.fixed, Event::Fixed),
        (event.last_affected, Event::LastAffected),
        (event.limit, Event::Limit),
    ];
    let mut found = None;
    for (text, make) in keys {
        match text {
            Text::Missing => {}
            Text::Odd => return Event::Unclear("an event whose version is no text".to_owned()),
            Text::Given(_) if found.is_some() => {
                return Event::Unclear("an event with two keys".to_owned());
            }
            Text::Given(version) => found = Some(make(version)),
        }
    }
    found.unwrap_or_else(|| Event::Unclear("an event of no known kind".to_owned()))
}
