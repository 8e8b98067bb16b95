//! Steps: commands, restores and what a person does.

use std::time::Duration;

use super::super::command;
use super::super::decode::{Section, Sink};
use super::super::read::plain;
use super::time;
use crate::formats::document::{Node, Value};
use crate::rollback::settings::{Act, Step};

/// Longest that a step of a phase may take unless it says otherwise.
const STEP: Duration = Duration::from_mins(5);
/// Longest that a command may take that only looks.
const LOOK: Duration = Duration::from_mins(1);
/// Longest that any command may be allowed to take.
const MOST: Duration = Duration::from_hours(24);
/// Longest name that is made of what a step does, in characters.
const NAME: usize = 60;
/// Stands for everything in `restore`.
const ALL: &str = "all";

/// The commands of `validate`.
pub(super) fn commands(section: Section<'_>, sink: &mut Sink) -> Vec<Step> {
    let hint = "each command is an item of a list: `- app --check`";
    let items = super::items(section, "validate", hint, sink);
    items.iter().filter_map(|item| looking(item, "validate", &["name", "command", "timeout"], sink)).collect()
}

/// The steps of a phase.
pub(super) fn steps(phase: Section<'_>, sink: &mut Sink) -> Vec<Step> {
    let hint = "each step is an item of a list: `- make migrate-down`, `- restore: config` or `- manual: …`";
    let items = super::items(phase, "steps", hint, sink);
    items.iter().filter_map(|item| step(item, sink)).collect()
}

/// The command `verify` of a phase.
pub(super) fn verify(phase: Section<'_>, sink: &mut Sink) -> Option<Step> {
    looking(phase.get("verify")?, "verify", &["name", "command", "timeout", "rehearse"], sink)
}

/// A command that only looks.
fn looking(node: &Node, what: &str, keys: &[&str], sink: &mut Sink) -> Option<Step> {
    if let Value::String(text) = &node.value {
        return of_text(node, text, LOOK, sink);
    }
    let section = mapping(node, what, keys, sink)?;
    let Some(written) = section.get("command") else {
        sink.add(section.span(), format!("`{what}` needs `command`"), None);
        return None;
    };
    let text = section.text("command", sink)?;
    let step = of_text(written, &text, LOOK, sink);
    finish(section, step?, sink)
}

/// A step of a phase: one of three kinds.
fn step(node: &Node, sink: &mut Sink) -> Option<Step> {
    const KINDS: [&str; 3] = ["command", "restore", "manual"];
    const KEYS: &[&str] = &["name", "command", "restore", "manual", "timeout", "rehearse"];
    if let Value::String(text) = &node.value {
        return of_text(node, text, STEP, sink);
    }
    let section = mapping(node, "step", KEYS, sink)?;
    let mut kinds = KINDS.iter().filter(|kind| section.get(kind).is_some());
    let (kind, other) = (kinds.next().copied(), kinds.next());
    if let Some(node) = other.and_then(|other| section.get(other)) {
        sink.add(node.span, "a step does one thing: `command`, `restore` or `manual`", None);
    }
    let step = match kind {
        Some("command") => {
            let written = section.get("command")?;
            of_text(written, &section.text("command", sink)?, STEP, sink)?
        }
        Some("restore") => restore(section, sink)?,
        Some(_) => {
            let text = section.text("manual", sink)?;
            Step { name: short(&text), act: Act::Manual { text }, limit: STEP, rehearse: false }
        }
        None => {
            let hint = "`command: …`, `restore: config`, or `manual: …` for what a person does".to_owned();
            sink.add(section.span(), "the step does not say what is done", Some(hint));
            return None;
        }
    };
    if !matches!(step.act, Act::Command { .. })
        && let Some(node) = section.get("timeout")
    {
        sink.add(node.span, "`timeout` bounds a command; nothing ends a restore or a person half-way", None);
        return None;
    }
    if matches!(step.act, Act::Manual { .. })
        && let Some(node) = section.get("rehearse").filter(|node| node.as_bool() == Some(true))
    {
        sink.add(node.span, "what a person does is not rehearsed", None);
        return None;
    }
    finish(section, step, sink)
}

/// A mapping, or a problem that says what may stand here.
fn mapping<'n>(node: &'n Node, what: &str, keys: &[&str], sink: &mut Sink) -> Option<Section<'n>> {
    if !matches!(node.value, Value::Map(_)) {
        let hint = format!("a command as text, or keys: {}", keys.join(", "));
        sink.add(node.span, node.unexpected("a command").message, Some(hint));
        return None;
    }
    Section::of(node, what, keys, sink)
}

/// A step with what else a mapping says of it.
fn finish(section: Section<'_>, step: Step, sink: &mut Sink) -> Option<Step> {
    let name = section.text("name", sink);
    let limit = time(section, "timeout", Duration::from_millis(1)..=MOST, sink);
    let rehearse = section.boolean("rehearse", sink);
    Some(Step {
        name: name.unwrap_or(step.name),
        act: step.act,
        limit: limit.unwrap_or(step.limit),
        rehearse: rehearse.unwrap_or(step.rehearse),
    })
}

/// A step of a command as it is written, at its place.
fn of_text(node: &Node, text: &str, limit: Duration, sink: &mut Sink) -> Option<Step> {
    let words = command::words(node.span, text, sink)?;
    Some(Step { name: short(text.trim()), act: Act::Command { words }, limit, rehearse: true })
}

/// What `restore` names: parts as `--only` has them, or `all`.
fn restore(section: Section<'_>, sink: &mut Sink) -> Option<Step> {
    let node = section.get("restore")?;
    let texts = section.texts("restore", sink);
    if texts.is_empty() {
        if matches!(&node.value, Value::List(items) if items.is_empty()) {
            sink.add(
                node.span,
                "it names nothing to restore",
                Some("`restore: all` restores all".to_owned()),
            );
        }
        return None;
    }
    let before = sink.0.len();
    for (text, span) in &texts {
        let parts = text.strip_prefix('/').unwrap_or(text).trim_end_matches('/').split('/');
        if text == ALL && texts.len() > 1 {
            sink.add(*span, "`all` is everything: nothing stands beside it", None);
        } else if parts.clone().any(|part| matches!(part, "" | "." | "..")) {
            let message = "a path has no parts that are empty, `.` or `..`";
            sink.add(
                *span,
                message,
                Some("parts are `all`, `git`, `config`, `security`, or paths".to_owned()),
            );
        }
    }
    if sink.0.len() > before {
        return None;
    }
    let mut only = plain(texts);
    let name = short(&format!("restore {}", only.join(", ")));
    only.retain(|part| part != ALL);
    Some(Step { name, act: Act::Restore { only }, limit: STEP, rehearse: true })
}

/// A name made of what a step does: one line, not too long.
fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= NAME {
        return line;
    }
    line.chars().take(NAME - 1).chain(['…']).collect()
}
