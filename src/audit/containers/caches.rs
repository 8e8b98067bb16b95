//! What package managers leave behind in the image.

use super::install::Manager;
use super::packages::calls;
use super::view::{Step, View};
use crate::engine::Findings;
use crate::formats::containerfile::InstructionKind;

/// CTR-028 and CTR-029: lists and caches of the system's package manager.
pub(super) fn system_packages(view: &View<'_>, findings: &mut Findings<'_>) {
    for step in view.steps.iter().filter(|step| view.ships(step.stage)) {
        let calls = calls(step);
        let Some((command, call)) = calls.iter().find(|(_, call)| {
            matches!(call.manager, Manager::Apt | Manager::Apk | Manager::Yum | Manager::Zypper)
                && call.installs()
                && !call.packages.is_empty()
        }) else {
            continue;
        };
        let (rule, folders): (_, &[&str]) = match call.manager {
            Manager::Apt => ("CTR-028", &["/var/lib/apt", "/var/cache/apt", "/var/lib/apt/lists"]),
            Manager::Yum => ("CTR-028", &["/var/cache/yum", "/var/cache/dnf", "/var/cache/libdnf5"]),
            Manager::Zypper => ("CTR-028", &["/var/cache/zypp"]),
            _ => ("CTR-029", &["/var/cache/apk", "/etc/apk/cache"]),
        };
        let cleaned = calls.iter().any(|(_, other)| {
            other.manager == call.manager
                && matches!(other.verb, "clean" | "autoclean" | "distclean" | "cc" | "cache")
        });
        let mounted = folders.iter().any(|folder| step.caches(folder)) || step.caches("/var/cache");
        if cleaned
            || mounted
            || removes(step, folders)
            || call.manager == Manager::Apk && call.has(&["--no-cache"])
        {
            continue;
        }
        let message = format!("what `{} {}` downloads stays in the image", call.program, call.verb);
        findings.at(rule, view.place(command), message);
    }
}

/// Whether a `RUN` removes one of some folders, or what is in it.
fn removes(step: &Step<'_>, folders: &[&str]) -> bool {
    let named = |text: &str| {
        let above = text.trim_end_matches(['/', '*']);
        folders
            .iter()
            .any(|folder| text.starts_with(folder) || text.starts_with("/var/") && folder.starts_with(above))
    };
    // `cd /var/lib && rm -rf apt dpkg` says it in two commands.
    let relative = step.commands.iter().any(|command| {
        let program = command.program();
        program.name == "cd"
            && program
                .args
                .first()
                .is_some_and(|word| word.text.starts_with("/var/lib") || word.text.starts_with("/var/cache"))
    });
    step.commands.iter().any(|command| {
        let program = command.program();
        matches!(program.name, "rm" | "find" | "truncate")
            && program.args.iter().any(|word| {
                named(&word.text)
                    || relative && matches!(word.text.as_str(), "apt" | "lists" | "apk" | "yum" | "dnf" | "*")
            })
    })
}

/// CTR-030: the cache of pip.
pub(super) fn pip(view: &View<'_>, findings: &mut Findings<'_>) {
    let off_in = |stage: usize| {
        view.file.lineage(stage).into_iter().flat_map(|stage| &stage.instructions).any(|instruction| {
            match &instruction.kind {
                InstructionKind::Env(pairs) => pairs.iter().any(|pair| is_off(&pair.name, &pair.value.text)),
                InstructionKind::Arg(arguments) => arguments.iter().any(|argument| {
                    argument.default.as_ref().is_some_and(|value| is_off(&argument.name, &value.text))
                }),
                _ => false,
            }
        })
    };
    for step in view.steps.iter().filter(|step| view.ships(step.stage)) {
        let found = calls(step).into_iter().find(|(command, call)| {
            call.manager == Manager::Pip
                && call.program != "uv"
                && call.installs()
                && !call.has(&["--no-cache-dir", "--no-cache"])
                && !command
                    .assignments
                    .iter()
                    .any(|assignment| is_off(&assignment.name, &assignment.value.text))
        });
        let Some((command, call)) = found else { continue };
        let cleaned = step.commands.iter().any(|command| {
            let words = || command.program().args.iter().map(|word| word.text.as_str());
            command.program().name == "rm" && words().any(|word| word.contains(".cache"))
                || words().any(|word| word == "cache") && words().any(|word| word == "purge")
                || command.program().name == "export"
                    && words()
                        .any(|word| word.split_once('=').is_some_and(|(name, value)| is_off(name, value)))
        });
        if !cleaned && !step.caches("cache") && !off_in(step.stage) {
            findings.at(
                "CTR-030",
                view.place(command),
                format!("`{} install` keeps its cache in the image", call.program),
            );
        }
    }
}

/// Any value but an empty one turns the cache off: pip reads a false one as well as a true one that way.
fn is_off(name: &str, value: &str) -> bool {
    name == "PIP_NO_CACHE_DIR" && !value.trim().is_empty()
}
