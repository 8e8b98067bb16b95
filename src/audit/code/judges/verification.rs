//! Verification that is switched off: where it really is, and where it matters.

use super::accept_if;
use super::commands::runs;
use super::text::{after, before, has, has_any_case, in_quotes, prefix, whole};
use crate::engine::{Candidate, Judgement, Language};

/// Words near a bare `verify` that show it to be about a connection.
const CONNECTION: &[&str] = &[
    "request", "session", "http", "url", "client", "ssl", "tls", "api", ".get(", ".post(", ".put(",
    ".delete(",
];

/// Accepts verification that is off whatever the settings say.
pub(super) fn switched_off_here(candidate: &Candidate<'_>) -> Judgement {
    accept_if(is_switched_off(candidate) && !is_on_request(candidate))
}

/// Accepts verification that a setting switches off.
pub(super) fn switched_off_on_request(candidate: &Candidate<'_>) -> Judgement {
    accept_if(is_switched_off(candidate) && is_on_request(candidate))
}

/// Whether the match is neither a comparison, nor a default of a parameter, nor about something else than a connection.
fn is_switched_off(candidate: &Candidate<'_>) -> bool {
    let (prefix, what) = (prefix(candidate), whole(candidate));
    let start = prefix.trim_ascii_start();
    if start.starts_with(b"def ") || start.starts_with(b"async def ") || start.starts_with(b"#define") {
        return false;
    }
    // readiness:ignore COD-040 the words that the rule looks for
    if has(what, &["CERT_NONE", "VERIFY_NONE", "SECURITY_FLAG"]) && !has(what, &["set_verify"]) {
        let compared =
            has(prefix, &["==", "!=", " is ", " in ", "import ", "case ", "assert", "_map", ": {", "NONE:"]);
        let tail = after(candidate, 40).trim_ascii_start();
        let defined = [b"=", b":", b"]"].iter().any(|mark| tail.starts_with(*mark));
        return !compared && !defined && !prefix.trim_ascii().is_empty();
    }
    if what.starts_with(b"check_hostname") {
        // A class gives its own field a default.
        return !prefix.ends_with(b"self.");
    }
    if what.starts_with(b"Insecure") {
        return !in_quotes(prefix);
    }
    if what.starts_with(b"verify") && !what.starts_with(b"verify_") {
        let near = has_any_case(before(candidate, 300), CONNECTION)
            || has_any_case(after(candidate, 100), CONNECTION);
        return near && !has(prefix, &["jwt.", ".decode("]);
    }
    true
}

/// Whether a condition that speaks of verification stands on the line or on one of the four before it.
fn is_on_request(candidate: &Candidate<'_>) -> bool {
    let earlier = before(candidate, 600);
    earlier.rsplit(|byte| *byte == b'\n').take(5).any(|line| {
        let line = line.to_ascii_lowercase();
        let start = line.trim_ascii_start();
        let start = start.strip_prefix(b"}").unwrap_or(start).trim_ascii_start();
        let conditional = ["if ", "if(", "elif ", "else if", "elseif", "unless ", "when ", "elsif "]
            .iter()
            .any(|word| start.starts_with(word.as_bytes()))
            || has(&line, &[" ? ", " && "]);
        conditional
            && has(
                &line,
                &["insecure", "verify", "verif", "skip", "trust", "ssl", "tls", "cert", "strict", "valid"],
            )
    })
}

/// Rejects documentation and comparisons that name the option, in languages where it is a string.
pub(super) fn ssh_setting(candidate: &Candidate<'_>) -> Judgement {
    let code = matches!(
        candidate.language,
        Language::Python
            | Language::JavaScript
            | Language::Ruby
            | Language::Php
            | Language::Go
            | Language::Jvm
    );
    let named = whole(candidate).to_ascii_lowercase().starts_with(b"stricthostkeychecking");
    let prefix = prefix(candidate);
    let compared =
        has(prefix, &[" if ", "\tif ", "if (", "in ", "=="]) && has(candidate.line(), &[" in ", "==", "!="]);
    let keyword = whole(candidate).ends_with(b"'no") || whole(candidate).ends_with(b"\"no");
    accept_if(!(code && named) || keyword || (in_quotes(prefix) && !compared))
}

/// Rejects transfers inside the machine, and commands that are only shown.
pub(super) fn remote_transfer(candidate: &Candidate<'_>) -> Judgement {
    let line = whole(candidate);
    let near = ["localhost", "127.0.0.1", "[::1]", "0.0.0.0", "kubernetes.default", "host.docker.internal"];
    accept_if(runs(candidate) && !has(line, &near))
}

/// Rejects packages that are files at hand: no repository signs those.
pub(super) fn own_package(candidate: &Candidate<'_>) -> Judgement {
    let line = candidate.line();
    let file = has(line, &[".apk", "file:", "localhost", "--assumeno"])
        || (has(line, &[".rpm"]) && !has(line, &["http"]));
    accept_if(!file && runs(candidate))
}

/// Rejects a policy that ends with the process.
pub(super) fn lasting_policy(candidate: &Candidate<'_>) -> Judgement {
    accept_if(!has_any_case(candidate.line(), &["-scope process", "-scope:process"]))
}
