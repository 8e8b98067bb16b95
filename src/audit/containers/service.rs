//! How the image starts, what it listens on, and how one learns that it works.

use super::install::{Call, call};
use super::view::{View, command};
use crate::engine::Findings;
use crate::formats::containerfile::{Command, Form, Instruction, InstructionKind};

/// CTR-037: an SSH server; the first sign of it.
pub(super) fn ssh_server(view: &View<'_>, findings: &mut Findings<'_>) {
    let sign = view.placed.iter().filter(|placed| view.ships(placed.stage)).find_map(|placed| {
        let head = || view.head(placed.instruction);
        match &placed.instruction.kind {
            InstructionKind::Expose(ports) => ports
                .iter()
                .any(|port| matches!(port.text.as_str(), "22" | "22/tcp"))
                .then(|| (head(), "port 22 is exposed".to_owned())),
            kind => {
                let script = command(kind)?.script.as_ref()?;
                let commands = script.commands();
                let starts = !matches!(kind, InstructionKind::Run(_))
                    && commands.iter().any(|command| matches!(command.program().name, "sshd" | "dropbear"));
                if starts {
                    return Some((head(), "an SSH server is started".to_owned()));
                }
                commands.into_iter().find_map(|command| {
                    let call = call(command).filter(Call::installs)?;
                    let server = call.packages.iter().find(|word| {
                        let name = word.text.split(['=', '<', '>', '~']).next().unwrap_or_default();
                        matches!(name, "openssh-server" | "dropbear" | "sshd")
                    })?;
                    Some((view.word(server), format!("`{}` is installed", server.text)))
                })
            }
        }
    });
    if let Some((place, message)) = sign {
        findings.at("CTR-037", place, message);
    }
}

/// CTR-038: a service without a health check.
pub(super) fn no_health_check(view: &View<'_>, findings: &mut Findings<'_>) {
    let lineage = view.final_lineage();
    let Some(last) = lineage.first() else { return };
    let has = |wanted: &dyn Fn(&InstructionKind) -> bool| view.file.in_effect(last.index, wanted);
    let exposes = has(&|kind| matches!(kind, InstructionKind::Expose(ports) if !ports.is_empty()));
    // HEALTHCHECK NONE is a decision.
    let checked = has(&|kind| matches!(kind, InstructionKind::Healthcheck(_)));
    if exposes.is_some() && checked.is_none() {
        findings.at(
            "CTR-038",
            view.head(&last.head),
            "the image exposes a port, and nothing says how to see whether it works",
        );
    }
}

/// CTR-039: `CMD`, `ENTRYPOINT` and `HEALTHCHECK` that a later one of the same stage replaces.
pub(super) fn overridden(view: &View<'_>, findings: &mut Findings<'_>) {
    let name = |kind: &InstructionKind| match kind {
        InstructionKind::Cmd(_) => Some("CMD"),
        InstructionKind::Entrypoint(_) => Some("ENTRYPOINT"),
        InstructionKind::Healthcheck(_) => Some("HEALTHCHECK"),
        _ => None,
    };
    for stage in view.file.stages.iter().filter(|stage| view.ships(stage.index)) {
        let mut last: std::collections::BTreeMap<&str, u32> = std::collections::BTreeMap::new();
        for instruction in stage.instructions.iter().rev() {
            let Some(name) = name(&instruction.kind) else { continue };
            if let Some(line) = last.get(name) {
                findings.at(
                    "CTR-039",
                    view.head(instruction),
                    format!("the {name} in line {line} replaces this one"),
                );
            } else {
                last.insert(name, instruction.line);
            }
        }
    }
}

/// CTR-040: the start command of the image runs inside a shell.
pub(super) fn shell_entry_point(view: &View<'_>, findings: &mut Findings<'_>) {
    let lineage = view.final_lineage();
    let Some(last) = lineage.first() else { return };
    let shell_set = lineage
        .iter()
        .flat_map(|stage| &stage.instructions)
        .any(|instruction| matches!(instruction.kind, InstructionKind::Shell(_)));
    let entry = view.file.in_effect(last.index, |kind| matches!(kind, InstructionKind::Entrypoint(_)));
    let start =
        entry.or_else(|| view.file.in_effect(last.index, |kind| matches!(kind, InstructionKind::Cmd(_))));
    let Some((instruction, started)) = start.and_then(|start| Some((start, command(&start.kind)?))) else {
        return;
    };
    if let Form::Shell(text) = &started.form
        && !shell_set
        && !text.trim().is_empty()
        && !text.contains("exec ")
        && !is_broken(started)
    {
        let name = if entry.is_some() { "ENTRYPOINT" } else { "CMD" };
        findings.at(
            "CTR-040",
            view.head(instruction),
            format!("{name} is given to a shell, which keeps signals from the program"),
        );
    }
}

/// CTR-041: what looks like the exec form and is none.
pub(super) fn broken_exec_form(view: &View<'_>, findings: &mut Findings<'_>) {
    let broken = |instruction: &Instruction| command(&instruction.kind).is_some_and(is_broken);
    for placed in view.placed.iter().filter(|placed| broken(placed.instruction)) {
        let message = "this is no JSON list, so the brackets and quotes are given to a shell";
        findings.at("CTR-041", view.head(placed.instruction), message);
    }
}

/// Whether a shell form is a list in brackets; the test `[ "$A" = b ]` is none.
fn is_broken(command: &Command) -> bool {
    let Form::Shell(text) = &command.form else { return false };
    let text = text.trim();
    let inside = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    command.malformed_exec
        && inside.is_some_and(|inside| {
            let quoted = inside.trim_start().starts_with(['\'', '"', '\u{201c}', '\u{2018}']);
            let test = inside.starts_with(' ') && inside.ends_with(' ') && !inside.contains(',');
            quoted && !test && !inside.contains(']')
        })
}
