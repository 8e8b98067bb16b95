//! A configuration file as the rules see it: every setting with the words of its path, and every section.

use std::borrow::Cow;
use std::ops::Range;

use super::keys::Phrase;
use super::recognise;
use super::stage::Stage;
use super::values;
use crate::formats::document::{Documents, Node, Span, Syntax, Value};

/// How many keys of a path are looked at, counted from its end.
const KEYS: usize = 8;
/// How far around a setting its neighbours are looked for.
const NEIGHBOURHOOD: usize = 20;

/// Words of a key that say whether something is on, without saying what.
const SWITCHES: &[&str] = &[
    "enabled",
    "enable",
    "active",
    "activate",
    "activated",
    "on",
    "use",
    "using",
    "is",
    "require",
    "required",
    "force",
    "forced",
    "should",
    "enforce",
    "enforced",
    "enforcing",
    "want",
    "do",
];
/// Words of a key that turn its value around.
const NEGATIONS: &[&str] =
    &["disabled", "disable", "disabling", "no", "not", "skip", "without", "ignore", "bypass", "off", "dont"];

/// One setting: a scalar (or an empty collection) and where it stands.
#[derive(Debug)]
pub(super) struct Setting<'n> {
    /// The path as written, its end if it is long.
    pub(super) path: String,
    /// All words of the path.
    pub(super) words: Phrase,
    /// The words of the path without those that only switch.
    pub(super) subject: Phrase,
    /// The words of the last key.
    pub(super) key: Phrase,
    /// The last key as written, for units of durations.
    pub(super) raw_key: &'n str,
    /// The words in front of the last key; in `.env` files the first word of the key.
    pub(super) section: Phrase,
    /// Its value as written.
    pub(super) node: &'n Node,
    /// What it amounts to when nothing from outside changes it; none for null and collections.
    pub(super) value: Option<Cow<'n, str>>,
    /// Whether `value` is the default of a reference.
    pub(super) by_default: bool,
    /// The state of `subject`: the value read as yes or no, turned around by the words of the key.
    pub(super) state: Option<bool>,
    /// Whether the key says `enforce`.
    pub(super) enforce: bool,
    /// Whether it belongs to development or testing.
    pub(super) development: bool,
    /// Where the key stands.
    pub(super) key_span: Span,
}

impl Setting<'_> {
    /// The value's text, or nothing.
    pub(super) fn text(&self) -> &str {
        self.value.as_deref().unwrap_or_default().trim()
    }

    /// The bytes a finding points at: the value, or the key where there is none to see.
    pub(super) fn place(&self) -> Span {
        if self.node.span.end > self.node.span.start { self.node.span } else { self.key_span }
    }
}

/// A map (or, in INI files, a section) under a key.
#[derive(Debug)]
pub(super) struct Section {
    /// All words of its path.
    pub(super) words: Phrase,
    /// The words of its key.
    pub(super) key: Phrase,
    /// Its path as written.
    pub(super) path: String,
    /// Where its key stands.
    pub(super) span: Span,
    /// Its settings, as positions in [`Profile::settings`].
    pub(super) settings: Range<usize>,
    /// Whether it belongs to development or testing.
    pub(super) development: bool,
}

/// A configuration file.
#[derive(Debug)]
pub(super) struct Profile<'n> {
    /// All settings in the order of the file.
    pub(super) settings: Vec<Setting<'n>>,
    /// All sections, outer ones first.
    pub(super) sections: Vec<Section>,
    /// What the file is for.
    pub(super) stage: Stage,
    /// Whether the file only changes what another one sets, so that nothing is missing in it.
    pub(super) overlay: bool,
    /// Whether keys are flat, as in `.env` files and properties.
    pub(super) flat: bool,
}

impl<'n> Profile<'n> {
    /// Reads the documents of the file at `path`.
    pub(super) fn new(documents: &'n Documents, path: &str) -> Self {
        let (stage, overlay) = (Stage::of_path(path), recognise::is_overlay(path));
        let flat = matches!(documents.syntax, Syntax::Env | Syntax::Properties);
        let mut profile = Self { settings: Vec::new(), sections: Vec::new(), stage, overlay, flat };
        for root in &documents.roots {
            let development = stage == Stage::Development || is_for_development(root);
            let mut reader = Reader {
                profile: &mut profile,
                env: documents.syntax == Syntax::Env,
                keys: Vec::new(),
                development,
            };
            reader.read(root, Span { end: root.span.start, ..root.span });
        }
        profile
    }

    /// Settings near one that share its section.
    pub(super) fn neighbours(&self, at: usize) -> impl Iterator<Item = &Setting<'n>> {
        let around = at.saturating_sub(NEIGHBOURHOOD)..(at + NEIGHBOURHOOD).min(self.settings.len());
        let section = self.settings.get(at).map(|setting| &setting.section);
        self.settings
            .get(around)
            .unwrap_or_default()
            .iter()
            .filter(move |near| Some(&near.section) == section)
    }
}

/// A document of a Spring file that is activated by a profile.
fn is_for_development(root: &Node) -> bool {
    let paths: [&[&str]; 6] = [
        &["spring", "config", "activate", "on-profile"],
        &["spring.config.activate.on-profile"],
        &["spring", "profiles"],
        &["spring.profiles"],
        &["profiles"],
        &["%dev"],
    ];
    paths
        .iter()
        .filter_map(|path| root.get_path(path)?.text())
        .any(|profile| Stage::of_words(&Phrase::of([profile])) == Stage::Development)
}

struct Reader<'p, 'n> {
    profile: &'p mut Profile<'n>,
    env: bool,
    keys: Vec<&'n str>,
    development: bool,
}

impl<'n> Reader<'_, 'n> {
    fn read(&mut self, node: &'n Node, key_span: Span) {
        match &node.value {
            Value::Map(entries) if !entries.is_empty() => {
                let first = self.profile.settings.len();
                let place = self.profile.sections.len();
                if let Some(key) = self.keys.last() {
                    self.profile.sections.push(Section {
                        words: Phrase::of(self.last_keys()),
                        key: Phrase::of([*key]),
                        path: self.path(),
                        span: key_span,
                        settings: first..first,
                        development: self.development,
                    });
                }
                for entry in entries {
                    let before = self.development;
                    // `development:` and `test:` at the top are how Rails and others keep environments in one file.
                    if self.keys.is_empty() && matches!(entry.key.as_str(), "development" | "test" | "dev") {
                        self.development = true;
                    }
                    self.keys.push(&entry.key);
                    self.read(&entry.value, entry.key_span);
                    self.keys.pop();
                    self.development = before;
                }
                let end = self.profile.settings.len();
                if !self.keys.is_empty()
                    && let Some(section) = self.profile.sections.get_mut(place)
                {
                    section.settings.end = end;
                }
            }
            Value::List(items) if !items.is_empty() => {
                for item in items {
                    self.read(item, key_span);
                }
            }
            _ => self.setting(node, key_span),
        }
    }

    fn last_keys(&self) -> impl Iterator<Item = &'n str> {
        self.keys.iter().skip(self.keys.len().saturating_sub(KEYS)).copied()
    }

    fn path(&self) -> String {
        let parts: Vec<String> = self
            .last_keys()
            .map(|key| key.chars().filter(|next| !next.is_control()).take(60).collect())
            .collect();
        parts.join(".")
    }

    fn setting(&mut self, node: &'n Node, key_span: Span) {
        let Some(whole_key) = self.keys.last().copied() else { return };
        // Dotted keys are paths too; those of `.env` files are one key.
        let dotted = if self.env { None } else { whole_key.rsplit_once('.') };
        let (front, raw_key) = dotted.map_or((None, whole_key), |(front, last)| (Some(front), last));
        let before = self.keys.len().saturating_sub(1);
        let parents = self.last_keys().take(before.min(KEYS - 1)).chain(front);
        let mut section = Phrase::of(parents);
        let key = Phrase::of([raw_key]);
        let mut words = section.clone();
        words.append(&key.0);
        let mut subject = section.clone();
        let (mut negated, mut enforce) = (false, false);
        for word in key.words() {
            let switches = SWITCHES.contains(&word);
            enforce |= switches && word.starts_with("enforc");
            if NEGATIONS.contains(&word) {
                negated = true;
            } else if !switches {
                subject.append(word);
            }
        }
        if self.env {
            section = Phrase(key.words().next().unwrap_or_default().to_owned());
        }
        let (value, by_default) =
            values::effective(node).map_or((None, false), |(value, by_default)| (Some(value), by_default));
        let state = value.as_deref().and_then(values::flag).map(|state| state != negated);
        self.profile.settings.push(Setting {
            path: self.path(),
            words,
            subject,
            key,
            raw_key,
            section,
            node,
            value,
            by_default,
            state,
            enforce,
            development: self.development,
            key_span,
        });
    }
}
