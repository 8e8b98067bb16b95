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
    if verifies_itself(candidate) {
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

/// Whether a condition that speaks of verification, or of a machine for development, decides over the line: one on the
/// line itself or the four before it, one that encloses it, or the name of what it is a part of.
fn is_on_request(candidate: &Candidate<'_>) -> bool {
    let earlier = before(candidate, 600);
    let near = earlier.rsplit(|byte| *byte == b'\n').take(5).any(|line| {
        let line = line.to_ascii_lowercase();
        let start = line.trim_ascii_start();
        let start = start.strip_prefix(b"}").unwrap_or(start).trim_ascii_start();
        (is_condition(start) || has(&line, &[" ? ", " && "]))
            && (has(&line, CHOICE) || has(&line, CLEAR_CHOICE))
    });
    near || is_chosen_arm(prefix(candidate)) || is_inside_choice(candidate)
}

/// Whether what encloses the line is a clear choice, by its condition or by its name.
fn is_inside_choice(candidate: &Candidate<'_>) -> bool {
    enclosing(candidate).iter().any(|heading| {
        let lower = heading.to_ascii_lowercase();
        let declares = ["class ", "def ", "async def ", "func ", "fn ", "pub fn ", "function "]
            .iter()
            .any(|word| lower.starts_with(word.as_bytes()));
        let name = lower.split(|byte| b"(:{".contains(byte)).next().unwrap_or_default();
        is_condition(&lower) && has(&lower, CLEAR_CHOICE)
            || is_chosen_arm(&lower)
            || declares && has(name, &["insecure", "unverified", "noverify", "no_verify"])
    })
}

/// Whether a line begins with an arm of a `switch` or `match` whose pattern is a clear choice:
/// `case "insecure_skip_verify":`, `Security::Insecure =>`. Of a list of pairs, `'insecure' => false`, it is none.
fn is_chosen_arm(line: &[u8]) -> bool {
    let lower = line.trim_ascii().to_ascii_lowercase();
    let case = lower.strip_prefix(b"case ").and_then(|rest| rest.split(|byte| *byte == b':').next());
    let pattern = memchr::memmem::find(&lower, b"=>")
        .and_then(|at| lower.get(..at))
        .filter(|pattern| has(pattern, &["::"]) && !pattern.iter().any(|byte| b"\"'(,{=".contains(byte)));
    case.or(pattern).is_some_and(|pattern| has(pattern, CLEAR_CHOICE))
}

/// Words of a condition beside the match under which verification is off because someone chose it.
const CHOICE: &[&str] = &["skip", "trust", "cert", "strict", "valid"];
/// Words that say so of a condition at any distance, too.
const CLEAR_CHOICE: &[&str] = &[
    "insecure",
    "verif",
    "assert_hostname",
    "check_hostname",
    "hostkey",
    "host_key",
    "known_hosts",
    "knownhosts",
    "ignore_cert",
    "ignorecert",
    "('local')",
    "(\"local\")",
    "development",
    "is_dev",
    "isdev",
];

/// Whether a line in lower case begins with a condition.
fn is_condition(line: &[u8]) -> bool {
    ["if ", "if(", "elif ", "else if", "elseif", "unless ", "when ", "elsif "]
        .iter()
        .any(|word| line.starts_with(word.as_bytes()))
}

/// The headings of the blocks around a match, the innermost first, as the indentation shows them. The condition of an
/// `else` is that of its `if`; one over several lines is joined.
fn enclosing(candidate: &Candidate<'_>) -> Vec<Vec<u8>> {
    let indent = |line: &[u8]| line.len() - line.trim_ascii_start().len();
    let mut inner = indent(prefix(candidate));
    // What is open to the top: the rest of a condition that ended on a line of its own, or an `else`.
    let (mut tail, mut other): (Option<Vec<&[u8]>>, bool) = (None, false);
    let mut found: Vec<Vec<u8>> = Vec::new();
    for line in before(candidate, 3_000).rsplit(|byte| *byte == b'\n').skip(1).take(80) {
        if inner == 0 && !other && tail.is_none() {
            break;
        }
        let code = line.trim_ascii();
        if code.is_empty() || found.len() >= 8 {
            continue;
        }
        let at = indent(line);
        if let Some(rest) = tail.as_mut() {
            rest.push(code);
            if at <= inner {
                found
                    .extend(tail.take().map(|lines| lines.into_iter().rev().collect::<Vec<_>>().join(&b' ')));
            }
            continue;
        }
        let start = code.strip_prefix(b"}").unwrap_or(code).trim_ascii_start();
        let branch = other && at == inner && (is_condition(start) || start.starts_with(b"else"));
        if at >= inner && !branch {
            continue;
        }
        inner = at;
        other = start.starts_with(b"el");
        if start.starts_with(b")") {
            tail = Some(vec![start]);
        } else {
            found.push(start.to_vec());
        }
    }
    found
}

/// Whether the code verifies in its own way what it tells the library not to.
fn verifies_itself(candidate: &Candidate<'_>) -> bool {
    let near =
        |most, words: &[&str]| has(before(candidate, most), words) || has(after(candidate, most), words);
    match candidate.language {
        Language::Go => near(
            800,
            &[
                "VerifyPeerCertificate:",
                "VerifyPeerCertificate =",
                "VerifyConnection:",
                "VerifyConnection =",
                "PeerCertSANs:",
            ],
        ),
        Language::Python => near(6_000, &["SecTrustEvaluate", "CertVerifyCertificateChainPolicy"]),
        _ => false,
    }
}

/// Accepts a host key that is not verified whatever the settings say.
pub(super) fn ssh_setting(candidate: &Candidate<'_>) -> Judgement {
    accept_if(is_ssh_setting(candidate) && !is_inside_choice(candidate))
}

/// Accepts a host key that a setting leaves unverified.
pub(super) fn ssh_setting_on_request(candidate: &Candidate<'_>) -> Judgement {
    accept_if(is_ssh_setting(candidate) && is_inside_choice(candidate))
}

/// Rejects documentation and comparisons that name the option, in languages where it is a string.
fn is_ssh_setting(candidate: &Candidate<'_>) -> bool {
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
    !(code && named) || keyword || (in_quotes(prefix) && !compared)
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
