//! How `RUN` uses its shell.

use std::collections::BTreeSet;

use super::view::{Step, View};
use crate::engine::Findings;
use crate::formats::shell::{Joint, Pipeline, SimpleCommand, Stage};

/// Commands whose failure at the head of a pipe means that something is missing from the image.
const MAY_FAIL: &[&str] = &[
    "curl", "wget", "aws", "gsutil", "git", "ssh", "scp", "gpg", "openssl", "tar", "unzip", "gunzip", "zcat",
    "xzcat", "bzcat", "xz", "zstd", "python", "python3", "node", "npm", "npx", "go", "make", "cargo", "pip",
    "pip3", "mysql", "psql", "apt-get", "apt-key", "dpkg", "rpm2cpio",
];

/// CTR-044: a pipe whose first command may fail unseen.
pub(super) fn lost_failure(view: &View<'_>, findings: &mut Findings<'_>) {
    for step in &view.steps {
        let shell = step.run.shell.as_deref().unwrap_or_default();
        let by_shell = shell.iter().any(|word| word.contains("pipefail"));
        let by_command = step.commands.iter().any(|command| {
            command.words.iter().any(|word| {
                word.text == "pipefail" || word.text.starts_with("-") && word.text.ends_with("pipefail")
            })
        });
        if by_shell || by_command {
            continue;
        }
        if let Some(command) = lossy(&step.script.pipelines) {
            let name = command.program().name;
            findings.at(
                "CTR-044",
                view.place(command),
                format!("if `{name}` fails here, the build goes on with what it wrote"),
            );
        }
    }
}

/// The first command that a pipe in the list loses the failure of. Substitutions and conditions are left alone.
fn lossy(pipelines: &[Pipeline]) -> Option<&SimpleCommand> {
    pipelines.iter().enumerate().find_map(|(index, pipeline)| {
        // `a | b || c` deals with a failure itself.
        let handled =
            pipelines.get(index + 1).is_some_and(|next| next.joint == Joint::Or) || pipeline.negated;
        if let [before @ .., last] = pipeline.stages.as_slice()
            && !before.is_empty()
            && !handled
            // What a shell is fed with is the concern of the code check.
            && !last.commands().iter().any(|command| command.program().is_shell())
        {
            return before
                .iter()
                .flat_map(Stage::commands)
                .find(|command| MAY_FAIL.contains(&command.program().name));
        }
        pipeline.stages.iter().find_map(|stage| match stage {
            Stage::Group(group) => lossy(&group.body),
            Stage::Command(_) => None,
        })
    })
}

/// CTR-045: `cd` at the end of a `RUN`.
pub(super) fn lost_folder(view: &View<'_>, findings: &mut Findings<'_>) {
    for step in &view.steps {
        if let Some(command) = last_command(step)
            && command.program().name == "cd"
            // The way back from another folder is only tidy.
            && step.commands.iter().filter(|one| one.program().name == "cd").count() == 1
        {
            findings.at("CTR-045", view.place(command), "the folder is forgotten at the end of this RUN");
        }
    }
}

fn last_command<'a>(step: &Step<'a>) -> Option<&'a SimpleCommand> {
    let last = step.script.pipelines.last().filter(|last| last.joint != Joint::Or)?;
    match last.stages.as_slice() {
        [Stage::Command(command)] => Some(command),
        _ => None,
    }
}

/// CTR-046: commands that need a person or a running system.
pub(super) fn interactive(view: &View<'_>, findings: &mut Findings<'_>) {
    const USELESS: &[&str] = &[
        "top",
        "htop",
        "ps",
        "free",
        "vim",
        "vi",
        "nano",
        "emacs",
        "less",
        "more",
        "shutdown",
        "reboot",
        "poweroff",
        "halt",
        "ifconfig",
        "systemctl",
    ];
    for step in &view.steps {
        // `ps | grep` looks for something.
        let piped: BTreeSet<usize> = step
            .script
            .pipes()
            .into_iter()
            .flat_map(|pipe| &pipe.stages)
            .flat_map(Stage::commands)
            .map(|command| command.offset)
            .collect();
        for command in &step.commands {
            let program = command.program();
            let name = program.name;
            // `systemctl enable` only makes links.
            let starts = name != "systemctl"
                || program.operands().next().is_some_and(|verb| {
                    matches!(verb.text.as_str(), "start" | "restart" | "reload" | "status")
                });
            if USELESS.contains(&name) && starts && !piped.contains(&command.offset) {
                findings.at("CTR-046", view.place(command), format!("`{name}` does nothing for an image"));
            }
        }
    }
}

/// CTR-047: `/bin/sh` replaced.
pub(super) fn replaced_shell(view: &View<'_>, findings: &mut Findings<'_>) {
    for (_, command) in view.commands() {
        let program = command.program();
        let target = program.operands().last().map(|word| word.text.as_str());
        if matches!(program.name, "ln" | "mv" | "cp") && matches!(target, Some("/bin/sh" | "/usr/bin/sh")) {
            findings.at(
                "CTR-047",
                view.place(command),
                "`/bin/sh` is replaced for everything that runs in the image",
            );
        }
    }
}
