//! The user that the image runs as.

use super::base_user::{BaseUser, base_user};
use super::view::{View, command};
use crate::engine::Findings;
use crate::formats::containerfile::{Base, Instruction, InstructionKind, Source, Stage, User};
use crate::report::LeftOutKind;

/// Programs that start another one as another user.
const CHANGES_USER: &[&str] =
    &["gosu", "su-exec", "setpriv", "s6-setuidgid", "setuidgid", "runuser", "chpst", "fixuid", "s6-overlay"];

/// CTR-001 to CTR-004, and CTR-049: the last stage, and what is known of the user it ends with.
pub(super) fn runs_as_root(view: &View<'_>, findings: &mut Findings<'_>) {
    let lineage = view.final_lineage();
    let (Some(last), Some(root)) = (lineage.first(), lineage.last()) else { return };
    let place = view.head(&last.head);
    if let Some((instruction, user)) = user_in_effect(view, last) {
        let name = user.name.as_str();
        let Some(first) = name.chars().next() else { return };
        if first == '$' || name.contains("${") {
            let reason = "the user of the image is a variable without a known value";
            findings.left_out(LeftOutKind::Unsupported, reason, view.path);
            return;
        }
        if !is_root(name) {
            return;
        }
        let place = view.head(instruction);
        if let Some(program) = changes_user(&lineage) {
            return findings.at("CTR-003", place, deferred(&program));
        }
        let message = format!("the last USER of the image is `{name}`, so its processes run as root");
        return findings.at("CTR-001", place, message);
    }
    match &root.from.base {
        Base::Scratch if starts(view, last) => findings.at(
            "CTR-004",
            place,
            "the image is built from scratch and sets no USER, so its program runs as root",
        ),
        Base::Scratch | Base::Stage(_) => {}
        Base::Unresolved => {
            let reason = "the base image is a variable without a known value, so its user is not known";
            findings.left_out(LeftOutKind::Unsupported, reason, view.path);
        }
        Base::Image(image) => {
            let name = image.name();
            match base_user(image) {
                BaseUser::Other => {}
                BaseUser::Deferred => findings.at(
                    "CTR-003",
                    place,
                    format!(
                        "the image starts as root and leaves it to `{name}` to change the user at run time"
                    ),
                ),
                _ if changes_user(&lineage).is_some() => {
                    let program = changes_user(&lineage).unwrap_or_default();
                    findings.at("CTR-003", place, deferred(&program));
                }
                BaseUser::Root if !starts(view, last) => findings.at(
                    "CTR-049",
                    place,
                    format!("no USER is set and `{name}` has none either; what is started in the image runs as root"),
                ),
                BaseUser::Root => findings.at(
                    "CTR-001",
                    place,
                    format!("no USER is set and `{name}` has none either, so the image runs as root"),
                ),
                BaseUser::Unknown => findings.at(
                    "CTR-002",
                    place,
                    format!("no USER is set; the image runs as root unless `{name}` sets one"),
                ),
            }
        }
    }
}

fn deferred(program: &str) -> String {
    format!("the image starts as root and changes the user only at run time, with `{program}`")
}

fn user_in_effect<'a>(view: &View<'a>, last: &Stage) -> Option<(&'a Instruction, &'a User)> {
    let is_user = |kind: &InstructionKind| matches!(kind, InstructionKind::User(_));
    let instruction = view.file.in_effect(last.index, is_user)?;
    match &instruction.kind {
        InstructionKind::User(user) => Some((instruction, user)),
        _ => None,
    }
}

fn is_root(name: &str) -> bool {
    let number = name.bytes().all(|byte| byte == b'0');
    name == "root" || number || name.eq_ignore_ascii_case("ContainerAdministrator")
}

/// Whether the stage says what runs; an image from scratch without that is a bundle of files.
fn starts(view: &View<'_>, stage: &Stage) -> bool {
    let is_start =
        |kind: &InstructionKind| matches!(kind, InstructionKind::Cmd(_) | InstructionKind::Entrypoint(_));
    view.file.in_effect(stage.index, is_start).is_some()
}

/// The program by which the image changes its user when it starts, if some instruction names one.
fn changes_user(lineage: &[&Stage]) -> Option<String> {
    let known = |text: &str| {
        let name = text.rsplit('/').next().unwrap_or_default();
        let is = |program: &&&str| {
            name.strip_prefix(**program)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '=', '_', '.']))
        };
        CHANGES_USER.iter().find(is).copied()
    };
    for stage in lineage {
        for instruction in &stage.instructions {
            if let InstructionKind::Copy(transfer) | InstructionKind::Add(transfer) = &instruction.kind {
                let paths = transfer.sources.iter().filter_map(|source| match source {
                    Source::Path(value) => known(&value.text),
                    Source::Heredoc(_) => None,
                });
                if let Some(program) = paths.chain(known(&transfer.destination.text)).next() {
                    return Some(program.to_owned());
                }
            }
            let script = command(&instruction.kind).and_then(|command| command.script.as_ref());
            let words = script.into_iter().flat_map(|script| script.commands());
            let found = words.flat_map(|command| &command.words).find_map(|word| known(&word.text));
            if let Some(program) = found {
                return Some(program.to_owned());
            }
        }
    }
    None
}
