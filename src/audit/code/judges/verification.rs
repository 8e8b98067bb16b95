//! Verification that is switched off: where it really is, and where it matters.

use super::accept_if;
use super::commands::runs;
use super::text::{after, before, has, has_any_case, prefix, whole};
use crate::engine::{Candidate, Judgement};

/// Words near a bare `verify` that show it to be about a connection.
const CONNECTION: &[&str] = &[
    "request", "session", "http", "url", "client", "ssl", "tls", "api", ".get(", ".post(", ".put(",
    ".delete(",
];

/// Rejects comparisons, definitions of parameters, and a `verify` that is not about a connection.
pub(super) fn switched_off_here(candidate: &Candidate<'_>) -> Judgement {
    let (prefix, what) = (prefix(candidate), whole(candidate));
    let start = prefix.trim_ascii_start();
    if start.starts_with(b"def ") || start.starts_with(b"async def ") || start.starts_with(b"#define") {
        return Judgement::Reject;
    }
    let constant = has(what, &["CERT_NONE", "VERIFY_NONE", "SECURITY_FLAG"]);
    if constant && !has(what, &["set_verify"]) {
        let compared =
            has(prefix, &["==", "!=", " is ", " in ", "import ", "case ", "assert", "_map", ": {"]);
        let tail = after(candidate, 40).trim_ascii_start();
        let defined = tail.starts_with(b"=") || tail.starts_with(b":") || tail.starts_with(b"]");
        return accept_if(!compared && !defined && !prefix.trim_ascii().is_empty());
    }
    if what.starts_with(b"verify") && !what.starts_with(b"verify_") {
        let near = has_any_case(before(candidate, 300), CONNECTION)
            || has_any_case(after(candidate, 100), CONNECTION);
        return accept_if(near && !has(prefix, &["jwt.", ".decode("]));
    }
    Judgement::Accept
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
    let file = has(line, &[".apk", "file:/", "file://", "localhost"])
        || (has(line, &[".rpm"]) && !has(line, &["http"]));
    accept_if(!file && runs(candidate))
}

/// Rejects a policy that ends with the process.
pub(super) fn lasting_policy(candidate: &Candidate<'_>) -> Judgement {
    accept_if(!has_any_case(candidate.line(), &["-scope process", "-scope:process"]))
}
