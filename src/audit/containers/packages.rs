//! How packages are installed.

use std::collections::BTreeSet;

use super::install::{Call, Manager, Version, call, version};
use super::view::{Step, View, some_of};
use crate::engine::Findings;

/// Commands beside a package manager that install nothing themselves.
const HARMLESS: &[&str] = &[
    "set", "echo", "true", ":", "rm", "mkdir", "cd", "export", "printf", "tee", "cat", "sed", "chmod",
    "chown", "ln", "cp", "mv", "date", "touch",
];

/// CTR-021: an index update that no installation follows in the same instruction.
pub(super) fn update_alone(view: &View<'_>, findings: &mut Findings<'_>) {
    for step in &view.steps {
        let calls = calls(step);
        let known = step.commands.iter().all(|command| {
            let name = command.program().name;
            call(command).is_some() || HARMLESS.contains(&name) || name.is_empty() && command.words.is_empty()
        });
        if !known {
            continue;
        }
        let refreshes = |call: &Call<'_>| match call.manager {
            Manager::Apt | Manager::Apk => call.verb == "update",
            Manager::Zypper => matches!(call.verb, "refresh" | "ref"),
            Manager::Yum => matches!(call.verb, "makecache" | "check-update"),
            _ => false,
        };
        let Some(last) = calls.iter().rposition(|(_, call)| refreshes(call)) else { continue };
        let Some((command, update)) = calls.get(last) else { continue };
        let used = calls.iter().skip(last + 1).any(|(_, later)| {
            later.manager == update.manager
                && (later.installs()
                    || later.verb.contains("upgrade")
                    || later.verb == "build-dep"
                    || later.verb == "satisfy"
                    || later.verb == "update"
                    || later.verb == "fix")
        });
        let cached = step.caches("/var/lib/apt") || step.caches("/var/cache");
        if !used && !cached {
            let message = format!(
                "`{} {}` is not followed by an installation in the same RUN",
                update.program, update.verb
            );
            findings.at("CTR-021", view.place(command), message);
        }
    }
}

/// CTR-022: `apt-get install` without `--no-install-recommends`.
pub(super) fn recommended(view: &View<'_>, findings: &mut Findings<'_>) {
    // A setting of apt, written to a file by an earlier command.
    let is_setting = |text: &str| {
        let lower = text.to_ascii_lowercase();
        ["\"false\"", "\"0\"", "0"].iter().any(|value| lower.contains(&format!("install-recommends {value}")))
    };
    let switched_off: BTreeSet<usize> = view
        .commands()
        .filter(|(_, command)| command.words.iter().any(|word| is_setting(&word.text)))
        .map(|(step, _)| step.stage)
        .collect();
    for step in view.steps.iter().filter(|step| view.ships(step.stage)) {
        for (command, call) in calls(step) {
            let off = call.options.iter().any(|(option, value)| {
                let text = format!("{option} {}", value.unwrap_or_default()).to_ascii_lowercase();
                text.starts_with("--no-install-recommends")
                    || text.starts_with("-r ")
                    || text.contains("install-recommends=false")
                    || text.contains("install-recommends=0")
            });
            if call.manager == Manager::Apt
                && call.installs()
                && !call.packages.is_empty()
                && !off
                && !switched_off.contains(&step.stage)
            {
                findings.at("CTR-022", view.place(command), "recommended packages are installed too");
            }
        }
    }
}

/// CTR-023, CTR-024 and CTR-025: packages without a version, and those by a tag that moves.
pub(super) fn unpinned(view: &View<'_>, findings: &mut Findings<'_>) {
    for step in &view.steps {
        for (command, call) in calls(step) {
            if !call.installs() || constrained(&call) {
                continue;
            }
            let of = |wanted: Version| -> Vec<&str> {
                call.packages
                    .iter()
                    .filter(|word| version(&call, word) == wanted)
                    .map(|word| word.text.as_str())
                    .collect()
            };
            let missing = of(Version::Missing);
            if !missing.is_empty() {
                let system =
                    matches!(call.manager, Manager::Apt | Manager::Apk | Manager::Yum | Manager::Zypper);
                let rule = if system { "CTR-023" } else { "CTR-024" };
                findings.at(
                    rule,
                    view.place(command),
                    format!("`{}` installs {} in whatever version there is", call.program, some_of(&missing)),
                );
            }
            let moving = of(Version::Moving);
            if !moving.is_empty() {
                findings.at(
                    "CTR-025",
                    view.place(command),
                    format!(
                        "`{}` installs {}, which moves with every release",
                        call.program,
                        some_of(&moving)
                    ),
                );
            }
        }
    }
}

/// Whether a file beside the packages fixes their versions.
fn constrained(call: &Call<'_>) -> bool {
    call.manager == Manager::Pip && call.has(&["-c", "--constraint", "--require-hashes"])
        || call.manager == Manager::Cargo && call.has(&["--version", "--vers", "--git", "--path"])
        // A project's own lock file.
        || call.manager == Manager::Npm && call.has(&["--frozen-lockfile"])
}

/// CTR-026: `apt`, whose command line is for people.
pub(super) fn apt_front_end(view: &View<'_>, findings: &mut Findings<'_>) {
    for step in &view.steps {
        if let Some((command, _)) = calls(step).into_iter().find(|(_, call)| call.program == "apt") {
            findings.at(
                "CTR-026",
                view.place(command),
                "`apt` is made for people; its options and output may change",
            );
        }
    }
}

/// CTR-027: the whole distribution is brought to another state.
pub(super) fn whole_upgrade(view: &View<'_>, findings: &mut Findings<'_>) {
    for step in &view.steps {
        for (command, call) in calls(step) {
            let whole = match call.manager {
                Manager::Apt => matches!(call.verb, "dist-upgrade" | "full-upgrade"),
                Manager::Yum => matches!(call.verb, "distro-sync" | "distribution-synchronization"),
                Manager::Zypper => matches!(call.verb, "dup" | "dist-upgrade"),
                _ => false,
            };
            if whole {
                let message = format!(
                    "`{} {}` may replace and remove any package of the base image",
                    call.program, call.verb
                );
                findings.at("CTR-027", view.place(command), message);
            }
        }
    }
}

/// The calls of package managers in a `RUN`, with their commands.
pub(super) fn calls<'a>(step: &Step<'a>) -> Vec<(&'a crate::formats::shell::SimpleCommand, Call<'a>)> {
    step.commands.iter().filter_map(|command| call(command).map(|call| (*command, call))).collect()
}
