//! Application configuration: profiles in YAML, JSON, TOML, `.env`, INI and properties files.
//!
//! A file counts when the settings name it, or when `recognise` takes it for application configuration; then its
//! document tree becomes a `profile` in which every setting has the words of its path (`keys`), and the rules
//! (`themes`) look at that. A profile for development may relax what the rules ask for: one note says so.

mod keys;
mod profile;
mod recognise;
mod required;
mod stage;
mod themes;
mod values;
mod weigh;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};

use self::profile::Profile;
pub use self::required::Environment;
use self::stage::Stage;
use self::themes::Concern;
pub use self::weigh::{Weighed, WeighedConcern, weigh};
use super::wanted::Wanted;
use crate::engine::{Check, Conclusion, Entry, File, Findings, Inspect, Reads, RuleFile, Start, Tree, Want};
use crate::formats::document::{self, Documents, Limits, ParseError, Syntax};
use crate::host::files::{path_text, read_bounded};
use crate::report::{LeftOutKind, Status};

static FILE: LazyLock<RuleFile> = LazyLock::new(|| RuleFile::embedded(CHECK.rule_file));

/// The check.
pub static CHECK: Check = Check {
    id: "configuration",
    title: "Configuration",
    about: "Application profiles that switch protections off, keep secrets, or lack what a release needs.",
    reads: Reads::Declarations,
    rules: || &FILE.rules,
    rule_file: include_str!("rules.yaml"),
};

/// Bounds on a profile; what is larger is not one.
const LIMITS: Limits =
    Limits { max_bytes: 2 << 20, max_depth: 64, max_nodes: 50_000, max_alias_bytes: 1 << 20 };
/// What is counted as examined.
const PROFILES: &str = "profiles";

/// What the check is told.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Globs over paths of the tree that are application profiles whatever they look like; `*` does not cross a `/`.
    pub files: Vec<String>,
    /// Profiles that the user named for this run (`--check-config`), as absolute paths without links, in the tree or
    /// not. One that cannot be read or parsed is an error of the check.
    pub named: Vec<PathBuf>,
    /// Environment variables that a release needs.
    pub required_env: Vec<String>,
    /// The environment in which they may be defined.
    pub environment: Environment,
}

/// Makes the check ready for one run.
#[must_use]
pub fn start(settings: &super::Settings) -> Start {
    let settings = settings.configuration.clone();
    match Wanted::new(&settings.files) {
        Ok(files) => Start::Run(Box::new(Configuration {
            files,
            settings,
            root: OnceLock::new(),
            seen: Mutex::default(),
        })),
        Err(error) => Start::Skip(Status::Errored { reason: format!("configuration.files: {error}") }),
    }
}

struct Configuration {
    files: Wanted,
    settings: Settings,
    root: OnceLock<PathBuf>,
    seen: Mutex<Seen>,
}

/// What has been seen in all files so far.
#[derive(Default)]
struct Seen {
    /// Of the files named for this run, those that were met.
    named: BTreeSet<PathBuf>,
    /// Required variables that have a value.
    defined: BTreeSet<String>,
    /// How many files could not be read that are application configuration by their name.
    unread: u64,
    /// What went wrong with files that were named.
    errors: BTreeSet<String>,
}

impl Inspect for Configuration {
    fn begin(&self, tree: &Tree<'_>) {
        let _ = self.root.set(tree.root.to_owned());
    }

    fn named(&self) -> Vec<String> {
        self.root.get().map(|root| self.files.on_disk(root).into_iter().collect()).unwrap_or_default()
    }

    fn wants(&self, entry: &Entry) -> Want {
        if entry.is_file() && (self.is_named(entry) || recognise::by_name(&entry.path).is_some()) {
            Want::Text
        } else {
            Want::Nothing
        }
    }

    fn file(&self, file: &File<'_>, findings: &mut Findings<'_>) {
        let entry = file.entry;
        let by_flag = self.settings.named.contains(&entry.location);
        if by_flag {
            self.with_seen(|seen| seen.named.insert(entry.location.clone()));
        }
        if !file.whole {
            // The engine notes that it is too large; whether it is a profile only its name can say.
            let certain = recognise::by_name(&entry.path).is_some_and(|candidate| candidate.evidence < 2);
            self.with_seen(|seen| seen.unread += u64::from(certain || self.is_named(entry)));
            return;
        }
        let bytes = file.contents.bytes();
        let documents = match self.read(entry, bytes) {
            Ok(Some(documents)) => documents,
            Ok(None) => return,
            Err(error) if by_flag => {
                self.with_seen(|seen| seen.errors.insert(format!("{}:{error}", entry.path)));
                return;
            }
            Err(error) => {
                self.with_seen(|seen| seen.unread += 1);
                return findings.left_out(LeftOutKind::Unparsable, &error.to_string(), &entry.path);
            }
        };
        findings.examined(PROFILES, 1);
        let profile = Profile::new(&documents, &entry.path);
        if entry.role.is_none() {
            self.with_seen(|seen| required::note(&profile, &self.settings.required_env, &mut seen.defined));
        }
        report(themes::concerns(&profile), &profile, bytes, findings);
    }

    fn finish(&self, findings: &mut Findings<'_>) -> Conclusion {
        let met = self.with_seen(|seen| seen.named.clone());
        for path in self.settings.named.iter().filter(|path| !met.contains(*path)) {
            if let Err(reason) = self.outside(path, findings) {
                self.with_seen(|seen| seen.errors.insert(reason));
            }
        }
        self.files.note_unsearched(findings);
        // A file named in the settings that is not there is a hole: something was to be looked at.
        if self.root.get().is_some() {
            for glob in self.files.unused() {
                findings.left_out(
                    LeftOutKind::Unreadable,
                    "no file is what `configuration.files` names",
                    glob,
                );
            }
        }
        let required = &self.settings.required_env;
        if !required.is_empty() {
            findings.examined("required variables", required.len() as u64);
        }
        let (errors, defined) = self.with_seen(|seen| (seen.errors.clone(), seen.defined.clone()));
        for name in required {
            if !defined.contains(name) && !self.settings.environment.defines(name) {
                let name: String = name.chars().filter(|next| !next.is_control()).collect();
                findings.on_subject(
                    "CFG-041",
                    format!("No profile that was read and not the environment gives a value to `{name}`."),
                );
            }
        }
        if !errors.is_empty() {
            let reason = errors.into_iter().collect::<Vec<_>>().join("; ");
            return Conclusion::Instead(Status::Errored { reason });
        }
        if findings.count(PROFILES) == 0 {
            let unread = self.with_seen(|seen| seen.unread);
            if unread > 0 || !self.files.is_empty() {
                return Conclusion::Instead(Status::not_evaluated(
                    "no application profile could be read",
                    "",
                ));
            }
            if required.is_empty() {
                return Conclusion::Instead(nothing_found());
            }
        }
        Conclusion::Evaluated
    }
}

fn nothing_found() -> Status {
    Status::not_applicable(
        "no file of the tree was recognised as application configuration",
        "name profiles under `configuration.files` in readiness.yaml, or with --check-config",
    )
}

impl Configuration {
    fn with_seen<T>(&self, act: impl FnOnce(&mut Seen) -> T) -> T {
        act(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_named(&self, entry: &Entry) -> bool {
        self.files.matches(&entry.path) || self.settings.named.contains(&entry.location)
    }

    /// The documents of a file that is application configuration; none if it is something else.
    fn read(&self, entry: &Entry, bytes: &[u8]) -> Result<Option<Documents>, ParseError> {
        if self.is_named(entry) {
            return parse_named(entry.name(), bytes).map(Some);
        }
        let Some(candidate) = recognise::by_name(&entry.path) else { return Ok(None) };
        match document::parse(bytes, candidate.syntax, &LIMITS) {
            Ok(documents) => Ok(recognise::by_content(&documents, candidate.evidence).then_some(documents)),
            // A likely name alone does not make configuration of a file that nothing is known of.
            Err(_) if candidate.evidence > 1 => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Looks at a named file that the walk did not meet.
    fn outside(&self, path: &Path, findings: &mut Findings<'_>) -> Result<(), String> {
        let shown = path_text(path);
        let bytes =
            read_bounded(path, LIMITS.max_bytes as u64).map_err(|error| format!("{shown}: {error}"))?;
        let name = path.file_name().map_or_else(String::new, |name| path_text(Path::new(name)));
        let documents = parse_named(&name, &bytes).map_err(|error| format!("{shown}:{error}"))?;
        findings.examined(PROFILES, 1);
        let profile = Profile::new(&documents, &shown);
        self.with_seen(|seen| required::note(&profile, &self.settings.required_env, &mut seen.defined));
        let (concerns, relaxed) = settle(themes::concerns(&profile), &profile);
        for concern in concerns {
            // The engine knows no columns of files that it has not read.
            let message =
                format!("{} (column {})", concern.message.trim_end_matches('.'), concern.span.column);
            findings.on_line(concern.rule, &shown, concern.span.line, None, format!("{message}."));
        }
        if let Some((_, message)) = relaxed {
            findings.on_path("CFG-045", &shown, &message);
        }
        Ok(())
    }
}

/// Reads a file that the user says is a profile: in the syntax of its name, or in the first that fits.
fn parse_named(name: &str, bytes: &[u8]) -> Result<Documents, ParseError> {
    if let Some(syntax) = Syntax::of_file_name(name) {
        return document::parse(bytes, syntax, &LIMITS);
    }
    let fits = |documents: &Documents| {
        documents.problems.is_empty() && documents.roots.iter().any(|root| !root.entries().is_empty())
    };
    for syntax in [Syntax::Json, Syntax::Toml, Syntax::Yaml, Syntax::Env] {
        if let Ok(documents) = document::parse(bytes, syntax, &LIMITS)
            && fits(&documents)
        {
            return Ok(documents);
        }
    }
    document::parse(bytes, Syntax::Ini, &LIMITS)
}

/// Parts what is reported from what a profile for development may do; the second is told in one message.
fn settle(concerns: Vec<Concern>, profile: &Profile<'_>) -> (Vec<Concern>, Option<(Concern, String)>) {
    let (relaxed, counted): (Vec<_>, Vec<_>) =
        concerns.into_iter().partition(|concern| concern.development || profile.stage == Stage::Development);
    let rules: BTreeSet<&str> = relaxed.iter().map(|concern| concern.rule).collect();
    let rules: Vec<&str> = rules.into_iter().collect();
    let note = relaxed.first().map(|first| {
        let message = format!(
            "{} settings for development or testing would be findings in production ({}).",
            relaxed.len(),
            rules.join(", ")
        );
        (first.clone(), message)
    });
    (counted, note)
}

fn report(concerns: Vec<Concern>, profile: &Profile<'_>, bytes: &[u8], findings: &mut Findings<'_>) {
    for secret in concerns.iter().filter_map(|concern| concern.secret.clone()) {
        findings.mask(secret);
    }
    let (concerns, note) = settle(concerns, profile);
    for concern in concerns {
        findings.at(concern.rule, one_line(&concern, bytes), concern.message);
    }
    if let Some((first, message)) = note {
        findings.at("CFG-045", one_line(&first, bytes), message);
    }
}

/// The first line of what a concern is about.
fn one_line(concern: &Concern, bytes: &[u8]) -> std::ops::Range<usize> {
    let (start, end) = (concern.span.start, concern.span.end);
    let inside = bytes.get(start..end).unwrap_or_default();
    start..memchr::memchr(b'\n', inside).map_or(end, |at| start + at)
}

#[cfg(test)]
mod tests;
