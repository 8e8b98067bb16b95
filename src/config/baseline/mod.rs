//! The section `baseline`. What each key means stands in `docs/configuration.md`.

mod amount;
mod probe;
mod reach;
mod reading;
mod source;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use super::decode::{Section, Sink};
use super::pattern::{self, Where};
use super::value::{real, time, whole};
use super::{command, variables};
use crate::baseline::files::FORMATS;
use crate::baseline::settings::{Bands, DEFAULT_CONFIG, DataFile, Drift, Module, Settings, Version};
use crate::formats::document::{Node, Span};
use crate::formats::{hex, size};

/// The keys of the section.
pub(super) const KEYS: &[&str] =
    &["store", "defaults", "limit", "keep", "bands", "probes", "modules", "files", "drift"];

/// Longest that a module may be given.
const LONGEST: Duration = Duration::from_hours(1);
/// Most items of one list.
const MOST: usize = 2_000;

/// Reads the section.
pub(super) fn read(section: Section<'_>, sink: &mut Sink) -> Settings {
    let usual = Settings::default();
    let second = Duration::from_secs(1);
    Settings {
        store: section.text("store", sink),
        defaults: section.boolean("defaults", sink),
        limit: time(section, "limit", second..=LONGEST, sink).unwrap_or(usual.limit),
        keep: whole(section, "keep", 1..=100_000, sink),
        bands: bands(section, usual.bands, sink),
        probes: probe::read(section, sink),
        modules: list(section, "modules", sink, module),
        files: list(section, "files", sink, data_file),
        drift: drift(section, usual.drift, sink),
    }
}

fn bands(section: Section<'_>, usual: Bands, sink: &mut Sink) -> Bands {
    let Some(bands) = section.section("bands", &["k", "margin", "window"], sink) else { return usual };
    Bands {
        k: real(bands, "k", 1.0..=100.0, sink).unwrap_or(usual.k),
        margin: super::value::percentage(bands, "margin", 10.0, sink).unwrap_or(usual.margin),
        window: whole(bands, "window", 10..=100_000, sink).unwrap_or(usual.window),
    }
}

/// The items of a list, each a mapping that `one` reads.
fn list<T>(
    section: Section<'_>,
    key: &str,
    sink: &mut Sink,
    one: fn(&Node, &mut Names, &mut Sink) -> Option<T>,
) -> Vec<T> {
    let Some(node) = section.get(key) else { return Vec::new() };
    let mut names = Names::default();
    match node.expect_list() {
        Ok(items) if items.len() > MOST => {
            sink.add(node.span, format!("`{key}` has more than {MOST} items"), None);
            Vec::new()
        }
        Ok(items) => items.iter().filter_map(|item| one(item, &mut names, sink)).collect(),
        Err(error) => {
            sink.add(node.span, error.message, Some(format!("each of `{key}` is an item of a list: `- …`")));
            Vec::new()
        }
    }
}

/// Names that stand already, with their lines.
#[derive(Default)]
struct Names(BTreeMap<String, u32>);

impl Names {
    /// Takes one: letters, digits and `_`, beginning with a letter, at most 64, each once.
    fn take(&mut self, section: Section<'_>, what: &str, sink: &mut Sink) -> Option<String> {
        let Some(node) = section.get("name") else {
            sink.add(section.span(), format!("{what} needs `name`"), None);
            return None;
        };
        let name = section.text("name", sink)?;
        if !is_name(&name) {
            let hint = "letters, digits and `_`, beginning with a letter, at most 64: `api_latency`";
            sink.add(node.span, "this is no name", Some(hint.to_owned()));
            return None;
        }
        if let Some(line) = self.0.insert(name.clone(), node.span.line) {
            sink.add(node.span, format!("this name stands on line {line} already"), None);
            return None;
        }
        Some(name)
    }
}

/// Whether a text can be a part of a metric's name (Prometheus data model).
fn is_name(text: &str) -> bool {
    text.len() <= 64
        && text.bytes().next().is_some_and(|first| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The words of a command, and whether a shell was asked for.
fn words(section: Section<'_>, sink: &mut Sink) -> Option<Vec<String>> {
    let node = section.get("command")?;
    let text = section.text("command", sink)?;
    if section.boolean("shell", sink).unwrap_or(false) {
        return Some(vec!["sh".to_owned(), "-c".to_owned(), text]);
    }
    command::words_or(node.span, &text, "shell: true", sink)
}

/// The command of something that is nothing without.
fn needed(section: Section<'_>, what: &str, sink: &mut Sink) -> Option<Vec<String>> {
    if section.get("command").is_none() {
        sink.add(section.span(), format!("{what} needs `command`"), None);
    }
    words(section, sink)
}

fn module(node: &Node, names: &mut Names, sink: &mut Sink) -> Option<Module> {
    let section = Section::of(node, "a module", &["name", "command", "shell", "within", "timeout"], sink)?;
    let name = names.take(section, "a module", sink);
    let words = needed(section, "a module", sink);
    let range = Duration::from_millis(1)..=LONGEST;
    let within = time(section, "within", range.clone(), sink).unwrap_or(Duration::from_secs(5));
    let timeout =
        time(section, "timeout", range, sink).unwrap_or_else(|| (within * 2).max(Duration::from_secs(30)));
    if timeout < within {
        sink.add(section.span(), "`timeout` is shorter than `within`", None);
    }
    Some(Module { name: name?, words: words?, within, timeout })
}

fn data_file(node: &Node, _: &mut Names, sink: &mut Sink) -> Option<DataFile> {
    const KEYS: &[&str] = &["path", "sha256", "format", "min_bytes", "allow_executable"];
    let section = Section::of(node, "a file", KEYS, sink)?;
    let path = section.text("path", sink);
    match (&path, section.get("path")) {
        (Some(path), Some(node)) => inside(path, node.span, sink),
        (_, None) => sink.add(section.span(), "a file needs `path`", None),
        _ => {}
    }
    let sha256 = section.text("sha256", sink).and_then(|text| {
        let digest = hex::decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        if let (None, Some(node)) = (digest, section.get("sha256")) {
            sink.add(node.span, "`sha256` is 64 hex digits", None);
        }
        digest
    });
    let formats: Vec<(&str, &str)> = FORMATS.iter().map(|format| (*format, *format)).collect();
    let min_bytes = section.text("min_bytes", sink).and_then(|text| match size::bytes(&text) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            sink.add(section.get("min_bytes")?.span, error.to_string(), None);
            None
        }
    });
    Some(DataFile {
        path: path?,
        sha256,
        format: section.one_of("format", &formats, sink).map(str::to_owned),
        min_bytes: min_bytes.unwrap_or(1),
        allow_executable: section.boolean("allow_executable", sink).unwrap_or(false),
    })
}

/// Says so when a path has parts that lead elsewhere.
fn inside(path: &str, span: Span, sink: &mut Sink) {
    if path.split('/').any(|part| part == "..") {
        sink.add(span, "a path has no parts `..`", Some("write it whole, or from this file on".to_owned()));
    }
}

fn drift(section: Section<'_>, usual: Drift, sink: &mut Sink) -> Drift {
    let keys = &["files", "environment", "versions", "ports", "findings"];
    let Some(drift) = section.section("drift", keys, sink) else { return usual };
    Drift {
        files: pattern::read(drift, "files", DEFAULT_CONFIG, Where::Inside, sink).unwrap_or(usual.files),
        environment: variables::names(drift, "environment", sink),
        versions: list(drift, "versions", sink, version),
        ports: drift.boolean("ports", sink).unwrap_or(usual.ports),
        findings: drift.boolean("findings", sink).unwrap_or(usual.findings),
    }
}

fn version(node: &Node, names: &mut Names, sink: &mut Sink) -> Option<Version> {
    let section = Section::of(node, "a version", &["name", "command", "shell"], sink)?;
    let name = names.take(section, "a version", sink);
    let words = needed(section, "a version", sink);
    Some(Version { name: name?, words: words? })
}
