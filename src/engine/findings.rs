//! The only way to make a finding. A check names a rule and a place; severity comes from the rule, evidence from the
//! file with every secret masked.

use std::ops::Range;

use sha2::{Digest as _, Sha256};

use super::marks::{self, Mark};
use super::{Check, Entry, Language, place};
use crate::formats::hex;
use crate::report::{
    Coverage, Evidence, Finding, Fingerprint, LeftOutKind, Location, PathRole, Region, Rule, Severity,
    Suppression, SuppressionKind, Syntax, Vulnerability, mask_secrets,
};

/// Most findings of one rule listed for one file.
const MOST: usize = 100;
/// Longest message kept, in characters.
const LONGEST: usize = 300;

/// Where a check reports to. Inside [`super::Inspect::file`] it stands for the file at hand.
#[derive(Debug)]
pub struct Findings<'a> {
    pub(super) check: &'static Check,
    pub(super) entry: Option<&'a Entry>,
    pub(super) hits: &'a mut Vec<Hit>,
    pub(super) secrets: &'a mut Vec<Range<usize>>,
    pub(super) coverage: &'a mut Coverage,
    pub(super) unknown_rule: &'a mut Option<String>,
}

/// A finding in the making.
#[derive(Debug)]
pub(super) struct Hit {
    pub(super) rule: &'static Rule,
    pub(super) message: String,
    pub(super) place: Place,
    /// True by structure: no role lowers its severity.
    pub(super) proven: bool,
    /// What the file is for, where it is not the one at hand.
    pub(super) role: Option<PathRole>,
    /// The severity of this case, where it is not the rule's.
    pub(super) severity: Option<Severity>,
    /// What is known of it, if it is a vulnerability.
    pub(super) vulnerability: Option<Box<Vulnerability>>,
}

/// Where a hit is.
#[derive(Debug)]
pub(super) enum Place {
    /// Bytes of the file at hand.
    Bytes(Range<usize>),
    /// The file at hand as a whole.
    File,
    /// A place that the check named itself, with what it saw there.
    Named(Location, Option<Evidence>),
}

impl Findings<'_> {
    /// Reports a rule at a byte range of the file at hand; the first line of it becomes the evidence.
    pub fn at(&mut self, rule: &str, bytes: Range<usize>, message: impl Into<String>) {
        self.push(rule, Place::Bytes(bytes), &message.into(), false);
    }

    /// Like [`Self::at`], for what is proven by structure (a checksum, a digest): a test file does not excuse it.
    pub fn proven_at(&mut self, rule: &str, bytes: Range<usize>, message: impl Into<String>) {
        self.push(rule, Place::Bytes(bytes), &message.into(), true);
    }

    /// Reports a rule about the file at hand as a whole; about the subject when there is none.
    pub fn on_file(&mut self, rule: &str, message: impl Into<String>) {
        self.push(rule, Place::File, &message.into(), false);
    }

    /// Reports a rule about a file of the tree by path.
    pub fn on_path(&mut self, rule: &str, path: &str, message: impl Into<String>) {
        let place = Location::File { path: path.to_owned(), region: None };
        self.push(rule, Place::Named(place, None), &message.into(), false);
    }

    /// The same, where the case is not as severe as the rule says in general.
    pub fn on_path_rated(&mut self, rule: &str, severity: Severity, path: &str, message: impl Into<String>) {
        let place = Location::File { path: path.to_owned(), region: None };
        if let Some(hit) = self.push(rule, Place::Named(place, None), &message.into(), false) {
            hit.severity = Some(severity);
        }
    }

    /// Reports a rule at a line of another file of the tree, with the line itself if it is at hand.
    pub fn on_line(
        &mut self,
        rule: &str,
        path: &str,
        line: u32,
        evidence: Option<&[u8]>,
        message: impl Into<String>,
    ) {
        let region = Region { line, column: 1, end_line: line, end_column: 1 };
        let place = Location::File { path: path.to_owned(), region: Some(region) };
        let syntax = syntax_of(Language::of_name(path.rsplit('/').next().unwrap_or(path)));
        self.push(
            rule,
            Place::Named(place, evidence.map(|line| Evidence::of_line(line, &[], syntax))),
            &message.into(),
            false,
        );
    }

    /// Reports a rule at a line (from 1) of a file that was judged with others; `role` is what the file is for.
    pub fn on_line_as(
        &mut self,
        rule: &str,
        place: (&str, u32, Option<PathRole>),
        message: impl Into<String>,
    ) {
        self.at_line(rule, place, &message.into());
    }

    /// The same, where the case is not as severe as the rule says in general.
    pub fn on_line_rated(
        &mut self,
        rule: &str,
        severity: Severity,
        place: (&str, u32, Option<PathRole>),
        message: impl Into<String>,
    ) {
        if let Some(hit) = self.at_line(rule, place, &message.into()) {
            hit.severity = Some(severity);
        }
    }

    /// Reports a known vulnerability of a package that a line of a file pins. The severity is the advisory's; where the
    /// file stands outside the product, the rule's own severity for that is the most it can be.
    pub fn vulnerable(
        &mut self,
        rule: &str,
        severity: Severity,
        place: (&str, u32, Option<PathRole>),
        message: impl Into<String>,
        vulnerability: Vulnerability,
    ) {
        if let Some(hit) = self.at_line(rule, place, &message.into()) {
            hit.severity = Some(severity);
            hit.vulnerability = Some(Box::new(vulnerability));
        }
    }

    fn at_line(
        &mut self,
        rule: &str,
        (path, line, role): (&str, u32, Option<PathRole>),
        message: &str,
    ) -> Option<&mut Hit> {
        let line = line.max(1);
        let region = Region { line, column: 1, end_line: line, end_column: 1 };
        let place = Place::Named(Location::File { path: path.to_owned(), region: Some(region) }, None);
        let hit = self.push(rule, place, message, false)?;
        hit.role = role;
        Some(hit)
    }

    /// Reports a rule about the subject as a whole.
    pub fn on_subject(&mut self, rule: &str, message: impl Into<String>) {
        self.push(rule, Place::Named(Location::Subject, None), &message.into(), false);
    }

    /// Reports a rule about a part of the subject that is no file: an endpoint, a command. `severity` is that of the case,
    /// where it is not the rule's.
    pub fn on_part(
        &mut self,
        rule: &str,
        part: &str,
        severity: Option<Severity>,
        message: impl Into<String>,
    ) {
        let place = Place::Named(Location::Part { name: part.to_owned() }, None);
        if let Some(hit) = self.push(rule, place, &message.into(), false) {
            hit.severity = severity;
        }
    }

    /// Says that bytes of the file at hand hold a secret, so that no evidence of any check shows them.
    pub fn mask(&mut self, bytes: Range<usize>) {
        self.secrets.push(bytes);
    }

    /// Counts what was examined, beside the files and bytes that the engine counts.
    pub fn examined(&mut self, unit: &str, count: u64) {
        self.coverage.add(unit, count);
    }

    /// How many of a unit the check has examined: all of them in [`super::Inspect::finish`].
    #[must_use]
    pub fn count(&self, unit: &str) -> u64 {
        self.coverage.count(unit)
    }

    /// Notes that something was not looked at. `path` is relative to the tree.
    pub fn left_out(&mut self, kind: LeftOutKind, reason: &str, path: &str) {
        self.left_out_many(kind, reason, path, 1);
    }

    /// Notes that `count` things of one path were not looked at.
    pub fn left_out_many(&mut self, kind: LeftOutKind, reason: &str, path: &str, count: u64) {
        self.coverage.leave_out_many(kind, reason, path, count);
    }

    /// Notes a hit; none when there is no such rule or no room for it.
    fn push(&mut self, id: &str, place: Place, message: &str, proven: bool) -> Option<&mut Hit> {
        let Some(rule) = (self.check.rules)().iter().find(|rule| rule.id == id) else {
            *self.unknown_rule = Some(id.to_owned());
            return None;
        };
        if self.entry.is_some() && self.hits.iter().filter(|hit| hit.rule.id == id).count() >= MOST {
            let path = self.entry.map_or("", |entry| entry.path.as_str());
            self.coverage.leave_out(
                LeftOutKind::Capped,
                &format!("more than {MOST} findings of {id} in one file"),
                path,
            );
            return None;
        }
        let mut message: String = mask_secrets(message).chars().take(LONGEST).collect();
        // A message stands alone on its line, whichever way its check begins it.
        if let Some(first) = message.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        self.hits.push(Hit { rule, message, place, proven, role: None, severity: None, vulnerability: None });
        self.hits.last_mut()
    }
}

/// Turns the hits of one file (or, without an entry, of a conclusion) into findings and empties the list.
pub(super) fn settle(
    hits: &mut Vec<Hit>,
    secrets: &[Range<usize>],
    entry: Option<&Entry>,
    text: &[u8],
    language: Language,
) -> Vec<Finding> {
    if hits.is_empty() {
        return Vec::new();
    }
    let marks = if entry.is_some() { marks::read(text, language) } else { Vec::new() };
    let mut lines = Lines::new(text, language);
    // A path that speaks for the whole file needs no second look at what is inside.
    let asides = match entry {
        Some(entry) if entry.role.is_none() && is_elixir(entry.name()) => place::elixir_documentation(text),
        Some(entry) if entry.role.is_none() => place::asides(text, language),
        _ => Vec::new(),
    };
    // In order of place, so that lines are counted once.
    hits.sort_by_key(|hit| match &hit.place {
        Place::Bytes(bytes) => bytes.start,
        _ => 0,
    });
    hits.drain(..)
        .map(|hit| {
            let inside = match &hit.place {
                Place::Bytes(bytes) => place::role_at(&asides, bytes.start),
                _ => None,
            };
            let severity = hit.severity.unwrap_or(hit.rule.severity);
            let role = entry.and_then(|entry| entry.role).or(inside).or(hit.role).filter(|_| !hit.proven);
            let lowered = role.and(hit.rule.severity_outside_product).filter(|lower| *lower < severity);
            let (location, evidence) = match hit.place {
                Place::Bytes(bytes) => lines.locate(entry, &bytes, secrets),
                Place::File => (
                    entry.map_or(Location::Subject, |entry| Location::File {
                        path: entry.path.clone(),
                        region: None,
                    }),
                    None,
                ),
                Place::Named(location, evidence) => (location, evidence),
            };
            let suppression = mark_for(&marks, &hit.rule.id, location.region());
            Finding {
                rule: hit.rule.id.clone(),
                severity: lowered.unwrap_or(severity),
                message: hit.message,
                location,
                evidence,
                role: lowered.and(role),
                vulnerability: hit.vulnerability,
                failing: false,
                fingerprint: Fingerprint(String::new()),
                suppression,
                said_by: Vec::new(),
            }
        })
        .collect()
}

fn mark_for(marks: &[Mark], rule: &str, region: Option<Region>) -> Option<Suppression> {
    let region = region?;
    let speaks = |mark: &&Mark| {
        (region.line..=region.end_line).contains(&mark.line) && mark.rules.iter().any(|named| named == rule)
    };
    marks.iter().find(speaks).map(|mark| Suppression {
        kind: SuppressionKind::Mark,
        reason: mask_secrets(&mark.reason),
        owner: None,
        expires: None,
        justification: None,
        in_force: false,
    })
}

/// Gives every finding its fingerprint. `findings` are sorted; equal ones are told apart by their order.
pub(super) fn fingerprint(findings: &mut [Finding]) {
    let mut seen: std::collections::BTreeMap<[u8; 32], u32> = std::collections::BTreeMap::new();
    for finding in findings {
        let mut hasher = Sha256::new();
        let evidence = finding.evidence.as_ref().map_or("", |evidence| evidence.as_str());
        // Messages name positions and counts in places; the line they speak of is what makes a finding the same one.
        // A vulnerability is the same one whatever version of the package has it.
        let known =
            finding.vulnerability.as_ref().map(|known| format!("{} {}", known.id, known.package.name));
        // So is what a measurement says of an endpoint: its message is made of numbers.
        let detail = match known.as_deref().or(finding.location.part()) {
            Some(known) => known,
            None if evidence.is_empty() => finding.message.as_str(),
            None => evidence,
        };
        for part in [finding.rule.as_str(), finding.location.path().unwrap_or("")] {
            hasher.update(part);
            hasher.update([0]);
        }
        for word in detail.split_whitespace() {
            hasher.update(word);
            hasher.update(b" ");
        }
        let base: [u8; 32] = hasher.finalize().into();
        let count = seen.entry(base).or_default();
        let mut named = Sha256::new();
        named.update(base);
        named.update(count.to_be_bytes());
        *count += 1;
        finding.fingerprint = Fingerprint(hex::encode(&named.finalize()).chars().take(32).collect());
    }
}

/// Finds lines by byte position, moving forward only.
struct Lines<'a> {
    text: &'a [u8],
    syntax: Syntax,
    line: u32,
    counted: usize,
}

impl<'a> Lines<'a> {
    const fn new(text: &'a [u8], language: Language) -> Self {
        Self { text, syntax: syntax_of(language), line: 1, counted: 0 }
    }

    fn locate(
        &mut self,
        entry: Option<&Entry>,
        bytes: &Range<usize>,
        secrets: &[Range<usize>],
    ) -> (Location, Option<Evidence>) {
        let start = bytes.start.min(self.text.len());
        let end = bytes.end.clamp(start, self.text.len());
        if start >= self.counted {
            self.line = self
                .line
                .saturating_add(marks::newlines(self.text.get(self.counted..start).unwrap_or_default()));
            self.counted = start;
        }
        let line_start =
            self.text.get(..start).and_then(|before| memchr::memrchr(b'\n', before)).map_or(0, |at| at + 1);
        let line_end = self
            .text
            .get(start..)
            .and_then(|after| memchr::memchr(b'\n', after))
            .map_or(self.text.len(), |at| start + at);
        let inside = self.text.get(start..end).unwrap_or_default();
        let last_start = memchr::memrchr(b'\n', inside).map_or(line_start, |at| start + at + 1);
        let region = Region {
            line: self.line,
            column: columns(self.text.get(line_start..start).unwrap_or_default()),
            end_line: self.line.saturating_add(marks::newlines(inside)),
            end_column: columns(self.text.get(last_start..end).unwrap_or_default()),
        };
        // A line can be a megabyte long: keep the part around the finding.
        let shown = line_start.max(start.saturating_sub(120))
            ..line_end.min(end.max(start).saturating_add(160)).max(line_start);
        let evidence = Evidence::of_place(self.text, shown, secrets, self.syntax);
        let path = entry.map_or_else(String::new, |entry| entry.path.clone());
        (Location::File { path, region: Some(region) }, Some(evidence))
    }
}

/// Whether a file is a program in Elixir, of which no rule speaks in particular.
fn is_elixir(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| matches!(extension, "ex" | "exs"))
}

/// How far values without quotation marks reach in a language.
const fn syntax_of(language: Language) -> Syntax {
    match language {
        Language::Shell => Syntax::Shell,
        Language::Container => Syntax::Container,
        Language::Yaml => Syntax::Yaml,
        Language::Batch
        | Language::Json
        | Language::Toml
        | Language::Env
        | Language::Ini
        | Language::Make => Syntax::Configuration,
        Language::Markup | Language::Xml | Language::Prose | Language::Lock | Language::Other => {
            Syntax::Unknown
        }
        _ => Syntax::Code,
    }
}

/// The column after some text of a line: characters plus one.
fn columns(text: &[u8]) -> u32 {
    let characters = text.iter().filter(|byte| (**byte & 0xC0) != 0x80).count();
    u32::try_from(characters).unwrap_or(u32::MAX - 1) + 1
}
