//! Rights: of files in the image, of its users, and of the build itself.

use super::view::View;
use crate::engine::Findings;
use crate::formats::shell::{SimpleCommand, Word};

/// CTR-031: `sudo` in a `RUN`; once for each.
pub(super) fn sudo(view: &View<'_>, findings: &mut Findings<'_>) {
    for step in &view.steps {
        if let Some(command) = step.commands.iter().find(|command| command.name() == "sudo") {
            findings.at("CTR-031", view.place(command), "`sudo` is called during the build");
        }
    }
}

/// CTR-032 and CTR-033: modes that let everyone write, or that make a program run as its owner.
pub(super) fn modes(view: &View<'_>, findings: &mut Findings<'_>) {
    for (step, command) in view.commands().filter(|(step, _)| view.ships(step.stage)) {
        let _ = step;
        let Some(mode) = mode_of(command) else { continue };
        if writable_by_all(&mode.text) && !in_temporary_folder(command) {
            findings.at(
                "CTR-032",
                view.place(command),
                format!("mode `{}` lets every user write", mode.text),
            );
        }
        if set_user_id(&mode.text) {
            findings.at(
                "CTR-033",
                view.place(command),
                format!("mode `{}` makes a program run as its owner", mode.text),
            );
        }
    }
    for (placed, transfer, _) in view.transfers().filter(|(placed, ..)| view.ships(placed.stage)) {
        let Some(mode) = &transfer.chmod else { continue };
        if writable_by_all(&mode.text) {
            findings.at(
                "CTR-032",
                view.head(placed.instruction),
                format!("mode `{}` lets every user write", mode.text),
            );
        }
        if set_user_id(&mode.text) {
            findings.at(
                "CTR-033",
                view.head(placed.instruction),
                format!("mode `{}` makes a program run as its owner", mode.text),
            );
        }
    }
}

/// The mode that a command sets.
fn mode_of(command: &SimpleCommand) -> Option<&Word> {
    let program = command.program();
    let words = program.args;
    match program.name {
        "chmod" => words.iter().find(|word| !word.text.starts_with('-') || is_symbolic(&word.text)),
        "install" | "mkdir" => {
            let at = words.iter().position(|word| {
                matches!(word.text.as_str(), "-m" | "--mode")
                    || word.text.starts_with('-') && !word.text.starts_with("--") && word.text.ends_with('m')
            })?;
            words.get(at + 1)
        }
        _ => None,
    }
    .filter(|word| !word.dynamic)
}

/// `-x` and `-w` are modes too, not options.
fn is_symbolic(text: &str) -> bool {
    text.strip_prefix('-')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| b"rwxXst".contains(&byte)))
}

fn octal(text: &str) -> Option<u32> {
    (text.bytes().all(|byte| (b'0'..=b'7').contains(&byte)) && (1..=5).contains(&text.len()))
        .then(|| u32::from_str_radix(text, 8).ok())
        .flatten()
}

fn writable_by_all(mode: &str) -> bool {
    if let Some(bits) = octal(mode) {
        return bits & 0o002 != 0 && bits & 0o1000 == 0;
    }
    !mode.contains('t')
        && mode.split(',').any(|clause| {
            let Some(at) = clause.find(['+', '=']) else { return false };
            let (who, what) = clause.split_at(at);
            who.contains(['o', 'a']) && what.contains('w')
        })
}

fn set_user_id(mode: &str) -> bool {
    if let Some(bits) = octal(mode) {
        return bits & 0o4000 != 0;
    }
    mode.split(',').any(|clause| {
        let Some(at) = clause.find(['+', '=']) else { return false };
        let (who, what) = clause.split_at(at);
        what.contains('s') && (who.is_empty() || who.contains(['u', 'a']))
    })
}

/// Temporary folders are everyone's.
fn in_temporary_folder(command: &SimpleCommand) -> bool {
    let program = command.program();
    let mut targets = program.operands().skip(1).peekable();
    targets.peek().is_some()
        && targets.all(|word| {
            matches!(
                word.text.trim_end_matches('/'),
                "/tmp" | "/var/tmp" | "/dev/shm" | "/dev/null" | "/dev/stdout" | "/dev/stderr"
            )
        })
}

/// CTR-034: a user who becomes root without a password.
pub(super) fn passwordless(view: &View<'_>, findings: &mut Findings<'_>) {
    for (step, command) in view.commands() {
        let says = command.words.iter().any(|word| word.text.contains("NOPASSWD"));
        // Taking the line out, or looking for it, is something else.
        if says
            && view.ships(step.stage)
            && matches!(command.program().name, "echo" | "printf" | "sed" | "tee")
        {
            findings.at(
                "CTR-034",
                view.place(command),
                "a user of the image may become root without a password",
            );
        }
    }
}

/// CTR-035 and CTR-036: build steps with the rights of the machine that builds.
pub(super) fn build_rights(view: &View<'_>, findings: &mut Findings<'_>) {
    for placed in &view.placed {
        let value = |name: &str| placed.instruction.flag(name).and_then(|flag| flag.value.as_deref());
        let place = view.head(placed.instruction);
        if value("security") == Some("insecure") {
            findings.at(
                "CTR-035",
                place.clone(),
                "this build step runs with every right on the machine that builds",
            );
        }
        if value("network") == Some("host") {
            findings.at("CTR-036", place, "this build step shares the network of the machine that builds");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{set_user_id, writable_by_all};

    #[test]
    fn modes_by_their_bits() {
        for mode in ["777", "0777", "666", "a+w", "o+rw", "ugo=rwx", "u=rwx,o=rwx", "002"] {
            assert!(writable_by_all(mode), "{mode}");
        }
        for mode in ["755", "1777", "01777", "+x", "+w", "g+w", "u+w,o-w", "a+rwxt", "a+x", "770", "go=rX"] {
            assert!(!writable_by_all(mode), "{mode}");
        }
        for mode in ["4755", "u+s", "+s", "6755", "04711"] {
            assert!(set_user_id(mode), "{mode}");
        }
        for mode in ["0755", "2775", "g+s", "a-s", "u-s", "1777"] {
            assert!(!set_user_id(mode), "{mode}");
        }
    }
}
