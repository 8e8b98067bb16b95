//! User information in URLs.

use std::ops::Range;

use super::quotes::{is_quote, line_end};

/// Where the passwords of `scheme://user:password@host` stand. A password may hold blanks, slashes and marks that a URL
/// should hold in percent encoding.
pub(super) fn passwords(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for at in memchr::memmem::find_iter(text, b"://") {
        let from = at + 3;
        let rest = text.get(from..line_end(text, from)).unwrap_or_default();
        let rest = rest.get(..memchr::memmem::find(rest, b"://").unwrap_or(rest.len())).unwrap_or_default();
        let Some(colon) = rest.iter().position(|byte| b":/?#@ \t\"'`<>".contains(byte)) else { continue };
        // An address of the sixth version stands in brackets.
        if rest.get(colon) != Some(&b':') || rest.starts_with(b"[") {
            continue;
        }
        let behind = rest.get(colon + 1..).unwrap_or_default();
        let digits = behind.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let port = behind
            .get(digits)
            .is_none_or(|byte| b"/?#\"'`,;)]}>".contains(byte) || byte.is_ascii_whitespace());
        let brief =
            behind.iter().position(|byte| byte.is_ascii_whitespace() || is_quote(*byte) || *byte == b'/');
        let brief = behind.get(..brief.unwrap_or(behind.len())).unwrap_or_default();
        // The host begins behind the last `@` of what is surely the authority, else behind the last one that a host
        // follows.
        let host = memchr::memrchr(b'@', brief).or_else(|| {
            if port {
                return None;
            }
            memchr::memrchr_iter(b'@', behind).find(|at| {
                behind.get(at + 1).is_some_and(|byte| byte.is_ascii_alphanumeric() || b"[$".contains(byte))
            })
        });
        if let Some(host) = host {
            found.push(from + colon + 1..from + colon + 1 + host);
        }
    }
    found
}
