//! Notes from commits: grouped where they follow Conventional Commits 1.0.0, a plain list where they do not.

use std::fmt::Write as _;

use super::markdown;
use crate::host::git_history::{Commit, Log};

/// Digits of a commit's id that are shown.
const SHOWN: usize = 10;
/// Longest type and scope, in bytes.
const MOST_WORD: usize = 64;

/// The groups in the order of the notes, and the types of commit that are in each; the last takes all others.
const GROUPS: &[(&str, &[&str])] = &[
    ("Breaking changes", &[]),
    ("Security", &["security", "sec"]),
    ("Features", &["feat", "feature"]),
    ("Fixes", &["fix", "bugfix", "hotfix"]),
    ("Performance", &["perf"]),
    ("Reverts", &["revert"]),
    ("Other changes", &[]),
];

/// Types besides those of the groups that show that a project follows the convention; `http: …` alone does not.
const OTHER_TYPES: &[&str] = &[
    "build", "chore", "ci", "dep", "deps", "doc", "docs", "i18n", "refactor", "release", "style", "test",
    "tests",
];

/// A subject in parts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts<'s> {
    pub(super) kind: &'s str,
    pub(super) scope: Option<&'s str>,
    pub(super) is_breaking: bool,
    pub(super) description: &'s str,
}

/// The notes from commits, and where they are from.
pub(super) fn notes(log: &Log, since: Option<&str>) -> (String, String) {
    let commits = if log.count == 1 { "1 commit".to_owned() } else { format!("{} commits", log.count) };
    let (words, origin) = match since {
        Some(tag) => (format!("{commits} since {}", markdown::line(tag)), format!("{commits} since {tag}")),
        None => (format!("{commits}; no earlier tag is known"), format!("{commits}, no earlier tag")),
    };
    let mut notes = format!("{words}.\n");
    if log.is_shallow {
        notes.push_str("The repository was cloned without its older commits, so there may be more.\n");
    }
    let parts: Vec<Option<Parts<'_>>> = log.commits.iter().map(|commit| parts(&commit.subject)).collect();
    let told = parts.iter().flatten().filter(|parts| is_known(parts.kind)).count();
    if told > 0 && told * 2 >= log.commits.len() {
        grouped(&log.commits, &parts, &mut notes);
    } else if !log.commits.is_empty() {
        notes.push('\n');
        log.commits.iter().for_each(|commit| entry(commit, None, &mut notes));
    }
    let more = log.count.saturating_sub(log.commits.len() as u64);
    if more > 0 {
        let _ = write!(notes, "\n… and {more} more.\n");
    }
    (notes, origin)
}

fn grouped(commits: &[Commit], parts: &[Option<Parts<'_>>], notes: &mut String) {
    let others = GROUPS.len() - 1;
    let group_of = |commit: &Commit, parts: Option<&Parts<'_>>| {
        if parts.is_some_and(|parts| parts.is_breaking) || has_breaking_footer(&commit.body) {
            return 0;
        }
        let kind = parts.map(|parts| parts.kind.to_ascii_lowercase()).unwrap_or_default();
        GROUPS.iter().position(|(_, kinds)| kinds.contains(&kind.as_str())).unwrap_or(others)
    };
    let placed: Vec<(usize, &Commit, Option<&Parts<'_>>)> = commits
        .iter()
        .zip(parts)
        .map(|(commit, parts)| (group_of(commit, parts.as_ref()), commit, parts.as_ref()))
        .collect();
    for (group, (title, _)) in GROUPS.iter().enumerate() {
        let mut members = placed.iter().filter(|(of, ..)| *of == group).peekable();
        if members.peek().is_none() {
            continue;
        }
        let _ = write!(notes, "\n## {title}\n\n");
        for (_, commit, parts) in members {
            // The type says more than its group only where the group has several.
            let parts = if group == others { None } else { *parts };
            entry(commit, parts, notes);
        }
    }
}

fn entry(commit: &Commit, parts: Option<&Parts<'_>>, notes: &mut String) {
    let id: String = commit.id.chars().filter(char::is_ascii_hexdigit).take(SHOWN).collect();
    let text = markdown::line(parts.map_or(commit.subject.as_str(), |parts| parts.description));
    let text = if text.is_empty() { "(no message)".to_owned() } else { text };
    let scope = parts.and_then(|parts| parts.scope).map(markdown::line).filter(|scope| !scope.is_empty());
    let scope = scope.map(|scope| format!("**{scope}:** ")).unwrap_or_default();
    let _ = writeln!(notes, "- {scope}{text} (`{id}`)");
}

/// Takes a subject apart: `type(scope)!: description`.
pub(super) fn parts(subject: &str) -> Option<Parts<'_>> {
    let (head, description) = subject.split_once(": ")?;
    let (head, is_breaking) = head.strip_suffix('!').map_or((head, false), |head| (head, true));
    let (kind, scope) = match head.split_once('(') {
        Some((kind, rest)) => (kind, Some(rest.strip_suffix(')')?)),
        None => (head, None),
    };
    let is_kind = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    let is_scope = |scope: &str| !scope.trim().is_empty() && !scope.contains(['(', ')']);
    let fits = head.len() <= MOST_WORD && scope.is_none_or(is_scope) && !description.trim().is_empty();
    (is_kind && fits).then_some(Parts { kind, scope, is_breaking, description })
}

fn is_known(kind: &str) -> bool {
    let kinds = GROUPS.iter().flat_map(|(_, kinds)| *kinds).chain(OTHER_TYPES);
    kinds.into_iter().any(|known| kind.eq_ignore_ascii_case(known))
}

/// Whether a message ends with the footer that marks a breaking change; its words are in capitals.
fn has_breaking_footer(body: &str) -> bool {
    body.lines().any(|line| line.starts_with("BREAKING CHANGE: ") || line.starts_with("BREAKING-CHANGE: "))
}
