//! What came from the network before it was run.

use memchr::memmem;

use super::accept_if;
use super::commands::runs;
use super::text::{after, before, has, has_any_case, in_name, names, prefix, slice, whole};
use crate::engine::{Candidate, Judgement};

/// Words that mean a digest or a signature is checked.
const VERIFYING: &[&str] = &[
    "sha256",
    "sha512",
    "sha1sum",
    "shasum",
    "sha384",
    "b2sum",
    "md5sum",
    "digest",
    "checksum",
    "gpg",
    "gpgv",
    "cosign",
    "minisign",
    "signify",
    "openssl dgst",
    "get-filehash",
    "slsa-verifier",
    "gh attestation",
    "--integrity",
];
/// What reads from the network, in the languages of the rule.
const NETWORK: &[&str] = &[
    "requests.get(",
    "requests.post(",
    "requests.request(",
    "httpx.",
    "urlopen(",
    "urllib",
    "http.client",
    ".recv(",
    "fetch(",
    "axios",
    "http.get(",
    "https.get(",
    "got(",
    "needle",
    "superagent",
    "XMLHttpRequest",
    "responseText",
    "request(",
    "request.get(",
    "('http",
    "(\"http",
    "curl_exec(",
    "Net::HTTP",
    "URI.open",
    "LWP::",
];

/// Accepts a program that a command just before fetched and nothing checked. Group 1 is its path.
pub(super) fn downloaded_program(candidate: &Candidate<'_>) -> Judgement {
    let path = candidate.value();
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let name = name.strip_suffix(b"}").unwrap_or(name);
    // A short name stands in any text by chance; its whole path does not.
    let name = if name.len() < 3 { path } else { name };
    if name.len() < 2 || name.contains(&b'*') {
        return Judgement::Reject;
    }
    let earlier = before(candidate, 1_500);
    let Some(start) = ["curl", "wget", "Invoke-WebRequest"]
        .iter()
        .filter_map(|tool| {
            // The last call that names the file.
            names(earlier, tool.as_bytes())
                .filter(|at| {
                    let call = earlier.get(*at..).unwrap_or_default();
                    let call = call.get(..end_of_command(call)).unwrap_or_default();
                    memmem::find(call, name).is_some() && has(call, &["http", "$"])
                })
                .last()
        })
        .max()
    else {
        return Judgement::Reject;
    };
    let since = earlier.get(start..).unwrap_or_default();
    let lines = memchr::memchr_iter(b'\n', since).count();
    let later = after(candidate, 300);
    accept_if(lines <= 12 && !has_any_case(since, VERIFYING) && !has_any_case(later, VERIFYING))
}

/// Accepts a download into a file (group 1) that an interpreter runs soon after, unchecked.
pub(super) fn run_afterwards(candidate: &Candidate<'_>) -> Judgement {
    let path = candidate.value();
    let later = after(candidate, 600);
    if path.len() < 2 || !runs(candidate) || has_any_case(whole(candidate), VERIFYING) {
        return Judgement::Reject;
    }
    let run = names(later, path).find(|at| {
        let start = later.get(..*at).unwrap_or_default();
        let start = start.strip_suffix(b"\"").or_else(|| start.strip_suffix(b"./")).unwrap_or(start);
        if !start.last().is_some_and(u8::is_ascii_whitespace) {
            return false;
        }
        let start = start.trim_ascii_end();
        let word = start.rsplit(|byte| byte.is_ascii_whitespace() || matches!(byte, b';' | b'&' | b'('));
        let mut word = word.map(|word| word.rsplit(|byte| *byte == b'/').next().unwrap_or(word));
        // `bash -x file`: the options between are no words of their own.
        let word = word.find(|word| !word.starts_with(b"-")).unwrap_or_default();
        [".", "sh", "bash", "zsh", "dash", "source", "python", "python3", "perl", "ruby", "node", "php"]
            .iter()
            .any(|interpreter| interpreter.as_bytes() == word)
    });
    let Some(run) = run else { return Judgement::Reject };
    let between = later.get(..run).unwrap_or_default();
    accept_if(memchr::memchr_iter(b'\n', between).count() <= 6 && !has_any_case(between, VERIFYING))
}

/// Where a command ends: at a separator, or at an end of line that is not escaped.
fn end_of_command(text: &[u8]) -> usize {
    let mut previous = [0_u8; 2];
    for (at, byte) in text.iter().enumerate() {
        let ends = match byte {
            b';' => true,
            b'&' => previous[1] == b'&',
            b'\n' => previous[1] != b'\\' && !(previous[1] == b'\r' && previous[0] == b'\\'),
            _ => false,
        };
        if ends {
            return at;
        }
        previous = [previous[1], *byte];
    }
    text.len()
}

/// Accepts the evaluation of a variable (group 1) that was filled from the network shortly before.
pub(super) fn fetched_code(candidate: &Candidate<'_>) -> Judgement {
    let prefix = prefix(candidate).trim_ascii_end();
    let method = prefix.ends_with(b".")
        && !["window.", "global.", "globalThis.", "self."]
            .iter()
            .any(|owner| prefix.ends_with(owner.as_bytes()));
    if method || prefix.ends_with(b"def") || prefix.ends_with(b"function") {
        return Judgement::Reject;
    }
    accept_if(filled_from_network(before(candidate, 2_000), candidate.value(), 3))
}

/// Accepts a variable (group 1) that a request fills, as it is: assigned from it, or, in the way of old PHP, named by
/// a field of the page's own form and assigned nowhere.
pub(super) fn filled_by_request(candidate: &Candidate<'_>) -> Judgement {
    let called = prefix(candidate).trim_ascii_end();
    let other = ["->", "::", "function"].iter().any(|mark| called.ends_with(mark.as_bytes()));
    let variable = candidate.value();
    // In a very long file only the near surroundings are looked at, so that its length does not count twice.
    let short = candidate.text.len() <= 512 << 10;
    let earlier = before(candidate, if short { 32 << 10 } else { 2_000 });
    // The same call just before has been judged already.
    let repeated = memmem::rfind(before(candidate, 500), whole(candidate)).is_some();
    if other || repeated || variable == b"$this" {
        return Judgement::Reject;
    }
    let name = variable.get(1..).unwrap_or_default();
    let assigned = names(earlier, name)
        .filter_map(|at| {
            let value = earlier.get(at + name.len()..).unwrap_or_default().trim_ascii_start();
            let value = value.strip_prefix(b"=").filter(|rest| !rest.starts_with(b"="))?;
            at.checked_sub(1).filter(|before| earlier.get(*before) == Some(&b'$'))?;
            Some(value.get(..end_of_statement(value)).unwrap_or_default())
        })
        .last();
    let request = ["$_GET", "$_POST", "$_REQUEST", "$_COOKIE", "$HTTP_GET_VARS", "$HTTP_POST_VARS"];
    if let Some(value) = assigned {
        return accept_if(
            has(value, &request) && !has(value, &["escapeshell", "(int)", "intval", " . ", "\".", "'."]),
        );
    }
    let parameter = memmem::find_iter(earlier, variable).any(|at| {
        let line = slice(earlier, at.saturating_sub(200)..at);
        let line = memchr::memrchr(b'\n', line).map_or(line, |end| line.get(end + 1..).unwrap_or_default());
        has_any_case(line, &["function", "foreach", "fn(", "global ", " as ", "list("])
    });
    let text = slice(candidate.text, 0..if short { 64 << 10 } else { 2_000 });
    let field = ["name=\"", "name='", "name=", "name=\\\""].iter().any(|start| {
        let field = [start.as_bytes(), name].concat();
        names(text, &field).next().is_some()
    });
    accept_if(!parameter && field && name.len() >= 3)
}

/// Whether the last assignment to a name in a text reads from the network, itself or through another name.
fn filled_from_network(text: &[u8], name: &[u8], depth: u8) -> bool {
    let bare = name.strip_prefix(b"$").unwrap_or(name);
    if bare.is_empty() || depth == 0 {
        return false;
    }
    let assigned = names(text, bare).filter_map(|at| {
        let value = text.get(at + bare.len()..).unwrap_or_default().trim_ascii_start();
        let value = value.strip_prefix(b":").unwrap_or(value);
        // Not a comparison, and not an arrow: its value is not the parameter's.
        let value =
            value.strip_prefix(b"=").filter(|rest| !rest.starts_with(b"=") && !rest.starts_with(b">"))?;
        Some((at, value.get(..end_of_statement(value)).unwrap_or_default()))
    });
    if let Some((at, value)) = assigned.last() {
        let earlier = text.get(..at).unwrap_or_default();
        return has(value, NETWORK)
            || first_names(value)
                .any(|other| other != bare && filled_from_network(earlier, other, depth - 1));
    }
    // `with urlopen(url) as name`
    let opened = [b" as ".as_slice(), bare].concat();
    memmem::find(text, &opened).is_some_and(|at| {
        let line = text.get(..at).unwrap_or_default();
        let start = memchr::memrchr(b'\n', line).map_or(0, |at| at + 1);
        has(line.get(start..).unwrap_or_default(), NETWORK)
    })
}

fn end_of_statement(text: &[u8]) -> usize {
    memchr::memchr2(b'\n', b';', text).unwrap_or(text.len()).min(400)
}

/// The first few names in an expression.
fn first_names(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| !in_name(*byte))
        .filter(|word| word.first().is_some_and(|byte| !byte.is_ascii_digit()))
        .take(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_assignments() {
        let text = b"r = requests.get(u)\ncode = r.text\nother = open(p).read()\n";
        assert!(filled_from_network(text, b"code", 3));
        assert!(!filled_from_network(text, b"other", 3));
        assert!(!filled_from_network(text, b"missing", 3));
        assert!(filled_from_network(b"with urlopen(u) as f:\n  x = f.read()\n", b"x", 3));
    }

    #[test]
    fn a_command_ends_at_its_separator() {
        assert_eq!(end_of_command(b"curl a && b"), 8);
        assert_eq!(end_of_command(b"curl \\\n a\nb"), 9);
    }
}
