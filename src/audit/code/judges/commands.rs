//! Whether a command line found in a file is one that runs, or one that is only shown.

use super::accept_if;
use super::text::{before, has, has_any_case, in_name, in_quotes, prefix, slice, whole};
use crate::engine::{Candidate, Judgement, Language};

/// Words that print what follows them.
const PRINTING: &[&str] = &[
    "echo",
    "printf",
    "print",
    "println",
    "puts",
    "say",
    "info",
    "warn",
    "warning",
    "error",
    "err",
    "fail",
    "die",
    "abort",
    "log",
    "debug",
    "notice",
    "msg",
    "message",
    "usage",
    "help",
    "success",
    "write-host",
    "write-output",
    "write-warning",
    "fmt_error",
    "log_info",
    "log_error",
    "ohai",
    "raise",
    "throw",
];
/// Keys whose values are read by people.
const SHOWN_KEYS: &[&str] =
    &["description", "name", "title", "help", "message", "comment", "summary", "hint", "note", "label"];
/// What starts a process, in languages where a command is a string.
const STARTING: &[&str] = &[
    "system",
    "exec",
    "spawn",
    "popen",
    "Popen",
    "subprocess",
    "run(",
    "call(",
    "check_output",
    "shell",
    "Shell",
    "Command",
    "Process",
    "sh '",
    "sh \"",
    "sh(",
    "bash",
    "qx",
    "%x",
    "`",
    "execa",
    "provision",
];

/// Accepts what runs.
pub(super) fn command(candidate: &Candidate<'_>) -> Judgement {
    accept_if(runs(candidate))
}

/// Accepts what runs and reaches a host that is not this machine or its own network (group 1, if it took part).
pub(super) fn public_command(candidate: &Candidate<'_>) -> Judgement {
    let host = (candidate.part != candidate.whole).then(|| candidate.value());
    accept_if(runs(candidate) && host.is_none_or(is_public))
}

/// Whether a command at the match runs.
pub(super) fn runs(candidate: &Candidate<'_>) -> bool {
    let prefix = prefix(candidate);
    if is_shown(prefix) && !is_written(candidate) {
        return false;
    }
    match candidate.language {
        Language::Json => {
            matches!(
                candidate.entry.name(),
                "package.json"
                    | "composer.json"
                    | "tasks.json"
                    | "devcontainer.json"
                    | "deno.json"
                    | "settings.json"
            ) || has_any_case(prefix, &["command", "\"cmd", "\"run", "script", "\"exec"])
        }
        Language::Python
        | Language::JavaScript
        | Language::Php
        | Language::Ruby
        | Language::Perl
        | Language::Go
        | Language::Rust
        | Language::DotNet
        | Language::C
        | Language::Lua => has(prefix, STARTING) || has(before(candidate, 200), STARTING),
        // The shell steps of a pipeline are long quoted texts.
        Language::Jvm => has(before(candidate, 2_000), STARTING),
        _ => true,
    }
}

/// Whether what is printed goes into a file, or into a program.
fn is_written(candidate: &Candidate<'_>) -> bool {
    let end = candidate.whole.start.saturating_add(2_000);
    let rest = slice(candidate.text, candidate.whole.start..end);
    let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let closed = line.iter().rposition(|byte| matches!(byte, b'"' | b'\'')).unwrap_or(0);
    has(line.get(closed..).unwrap_or_default(), &[">", "| tee", "| sudo tee", "|tee"])
}

/// Whether what follows on the line is printed, or is the value of a key that people read.
fn is_shown(prefix: &[u8]) -> bool {
    let lower = prefix.to_ascii_lowercase();
    let line = lower.trim_ascii_start();
    let line = line.strip_prefix(b"- ").unwrap_or(line);
    let key = line.split(|byte| !byte.is_ascii_alphabetic() && *byte != b'"').next().unwrap_or_default();
    let rest = line.get(key.len()..).unwrap_or_default();
    let bare = key.strip_prefix(b"\"").unwrap_or(key);
    let bare = bare.strip_suffix(b"\"").unwrap_or(bare);
    if SHOWN_KEYS.iter().any(|shown| shown.as_bytes() == bare) && rest.trim_ascii_start().starts_with(b":") {
        return true;
    }
    // The last command of the line before the match, when its text is still open.
    let mut at = 0;
    let mut last = None;
    while let Some(start) = lower.get(at..).and_then(|rest| rest.iter().position(|byte| in_word(*byte))) {
        let start = at + start;
        let end = lower
            .get(start..)
            .and_then(|rest| rest.iter().position(|byte| !in_word(*byte)))
            .map_or(lower.len(), |length| start + length);
        let word = lower.get(start..end).unwrap_or_default();
        if PRINTING.iter().any(|printing| printing.as_bytes() == word) {
            last = Some(end);
        }
        at = end;
    }
    last.is_some_and(|end| in_quotes(lower.get(end..).unwrap_or_default()))
}

const fn in_word(byte: u8) -> bool {
    in_name(byte) || byte == b'-'
}

/// Whether a host is reached over a network that others can be on.
pub(super) fn is_public(host: &[u8]) -> bool {
    let host = String::from_utf8_lossy(host).to_ascii_lowercase();
    let name = host.split('@').next_back().unwrap_or_default();
    if name.starts_with(['$', '{', '<', '%', '[']) || !name.contains('.') {
        return false;
    }
    let private = ["127.", "10.", "192.168.", "169.254.", "0.0.0.0", "localhost."]
        .iter()
        .any(|start| name.starts_with(start));
    let middle = name
        .strip_prefix("172.")
        .and_then(|rest| rest.split('.').next())
        .and_then(|part| part.parse::<u8>().ok())
        .is_some_and(|part| (16..32).contains(&part));
    let own = [".local", ".internal", ".svc", ".localdomain", ".lan"].iter().any(|end| name.ends_with(end))
        || name.contains(".svc.")
        || name.ends_with(".docker.internal");
    !private && !middle && !own
}

/// Accepts install hooks of a manifest, except the idiom that loads a file of the package if it is there.
pub(super) fn install_hook(candidate: &Candidate<'_>) -> Judgement {
    let hook = whole(candidate);
    let line = candidate.line();
    let idiom = has(hook, &["node -e", "node --eval", "node -p"])
        && !has(
            line,
            &["http", "child_process", "Buffer", "eval(", "fetch(", "net.", "dgram", "process.env", "atob"],
        );
    accept_if(matches!(candidate.entry.name(), "package.json" | "composer.json") && !idiom)
}

/// Accepts what stands in a build script of a Python package.
pub(super) fn setup_file(candidate: &Candidate<'_>) -> Judgement {
    accept_if(candidate.entry.name() == "setup.py")
}

/// Rejects methods that share the name of a function, and regular expressions whose modifiers hold no `e`.
pub(super) fn php_call(candidate: &Candidate<'_>) -> Judgement {
    let prefix = prefix(candidate).trim_ascii_end();
    if prefix.ends_with(b"->") || prefix.ends_with(b"::") || prefix.ends_with(b"function") {
        return Judgement::Reject;
    }
    if candidate.part == candidate.whole {
        return Judgement::Accept;
    }
    let closing = match candidate.value().first() {
        Some(b'(') => b')',
        Some(b'{') => b'}',
        Some(b'[') => b']',
        Some(b'<') => b'>',
        Some(delimiter) => *delimiter,
        None => return Judgement::Reject,
    };
    let expression = whole(candidate).strip_suffix(b",").unwrap_or_default().trim_ascii_end();
    let expression = expression.get(..expression.len().saturating_sub(1)).unwrap_or_default();
    let modifiers = expression.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let end = expression.len().saturating_sub(modifiers);
    accept_if(expression.get(..end).is_some_and(|body| body.last() == Some(&closing)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_shown() {
        for (prefix, shown) in [
            ("echo \"run ", true),
            ("  log_info 'try: ", true),
            ("description: Install with ", true),
            ("console.log(\"", true),
            ("echo done; ", false),
            ("echo 'a' && ", false),
            ("RUN ", false),
            ("- run: ", false),
        ] {
            assert_eq!(is_shown(prefix.as_bytes()), shown, "{prefix}");
        }
    }

    #[test]
    fn hosts_of_other_people() {
        for (host, public) in [
            ("get.example.net", true),
            ("192.0.2.7", true),
            ("172.32.0.1", true),
            ("127.0.0.1", false),
            ("172.16.3.4", false),
            ("localhost", false),
            ("$HOST", false),
            ("db.prod.svc.cluster.local", false),
        ] {
            assert_eq!(is_public(host.as_bytes()), public, "{host}");
        }
    }
}
