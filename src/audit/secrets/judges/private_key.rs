//! Private keys in their textual armour: the body is decoded, and what it holds decides.

use memchr::memmem;

use super::accept_if;
use super::structure::decode;
use crate::engine::{Candidate, Judgement};

/// Longest armoured body looked at, in bytes; an RSA key of 16384 bits takes 12 KiB.
const LONGEST: usize = 32 << 10;

/// What OpenSSH's own format begins with.
const OPENSSH: &[u8] = b"openssh-key-v1\0";

/// What the body of an armoured key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    /// A key that anyone who has the file can use.
    Plain,
    /// A key behind a passphrase.
    Encrypted,
    /// Cut, masked or made up.
    Nothing,
}

/// A key that needs no passphrase.
pub(super) fn plain(candidate: &Candidate<'_>) -> Judgement {
    accept_if(body(candidate) == Body::Plain)
}

/// A key that needs one.
pub(super) fn encrypted(candidate: &Candidate<'_>) -> Judgement {
    accept_if(body(candidate) == Body::Encrypted)
}

fn body(candidate: &Candidate<'_>) -> Body {
    let Some(armoured) = armoured(candidate) else { return Body::Nothing };
    let label = candidate.text.get(candidate.whole.start..candidate.part.start).unwrap_or_default();
    let holds = |word: &[u8]| memmem::find(label, word).is_some();
    let legacy = memmem::find(armoured, b"Proc-Type:").is_some();
    let bytes = decode(&base64_of(armoured, legacy)).unwrap_or_default();
    if legacy {
        let marked = memmem::find(armoured, b"ENCRYPTED").is_some() && bytes.len() >= 32;
        return if marked { Body::Encrypted } else { Body::Nothing };
    }
    // OpenSSH's format turns up under other labels too.
    if bytes.starts_with(OPENSSH) {
        return openssh(&bytes);
    }
    if !is_der_sequence(&bytes) {
        return Body::Nothing;
    }
    if holds(b"ENCRYPTED") { Body::Encrypted } else { Body::Plain }
}

/// The text between the first line and the last of an armoured block.
fn armoured<'a>(candidate: &Candidate<'a>) -> Option<&'a [u8]> {
    let from = candidate.part.start;
    let rest = candidate.text.get(from..candidate.text.len().min(from + LONGEST))?;
    let end = memmem::find(rest, b"-----END").or_else(|| memmem::find(rest, b"-----"))?;
    rest.get(..end)
}

/// The base64 characters of a body, without line ends, escaped line ends, quotes and what else languages put between
/// the lines of a string. Headers (`Name: value`) end at an empty line.
fn base64_of(armoured: &[u8], headers: bool) -> Vec<u8> {
    let blank = [&b"\n\n"[..], b"\r\n\r\n", b"\\n\\n", b"\\r\\n\\r\\n"];
    let from = blank
        .iter()
        .filter(|_| headers)
        .filter_map(|blank| memmem::find(armoured, blank).map(|at| at + blank.len()))
        .min()
        .unwrap_or(0);
    let mut out = Vec::with_capacity(armoured.len());
    let mut bytes = armoured.get(from..).unwrap_or_default().iter().peekable();
    let mut before = b'\n';
    while let Some(byte) = bytes.next() {
        match byte {
            // `\n` and `\\n`: the letter belongs to the escape.
            b'\\' => {
                while bytes.next_if(|next| **next == b'\\').is_some() {}
                bytes.next_if(|next| matches!(next, b'n' | b'r' | b't'));
            }
            // Strings joined by `+`; within the body it is a digit.
            b'+' if matches!(before, b' ' | b'"' | b'\'') => {}
            byte if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=') => out.push(*byte),
            _ => {}
        }
        before = *byte;
    }
    out
}

/// Whether bytes are one DER SEQUENCE that ends where they do and begins with an INTEGER or a SEQUENCE, as all private
/// key formats do (RFC 8017, 5915, 5958).
fn is_der_sequence(bytes: &[u8]) -> bool {
    let (length, header) = match bytes {
        [0x30, 0x82, high, low, ..] => (usize::from(*high) << 8 | usize::from(*low), 4),
        [0x30, 0x81, length, ..] => (usize::from(*length), 3),
        [0x30, length, ..] if *length < 0x80 => (usize::from(*length), 2),
        _ => return false,
    };
    length >= 32
        && (length + header..=length + header + 3).contains(&bytes.len())
        && matches!(bytes.get(header), Some(0x02 | 0x30))
}

/// OpenSSH's own format: a magic word, then the cipher's name.
fn openssh(bytes: &[u8]) -> Body {
    let Some(rest) = bytes.strip_prefix(OPENSSH) else { return Body::Nothing };
    let Some((length, rest)) = rest.split_first_chunk::<4>() else { return Body::Nothing };
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    match rest.get(..length) {
        Some(b"none") if rest.len() > 100 => Body::Plain,
        Some(cipher) if !cipher.is_empty() && cipher != b"none" => Body::Encrypted,
        _ => Body::Nothing,
    }
}

/// An armoured key that is base64 once more, as environment variables and Kubernetes secrets carry it.
pub(super) fn wrapped(candidate: &Candidate<'_>) -> Judgement {
    let text = decode(candidate.value()).unwrap_or_default();
    let Some(at) = memmem::find(&text, b"PRIVATE KEY-----") else { return Judgement::Reject };
    let body = text.get(at + b"PRIVATE KEY-----".len()..).unwrap_or_default();
    let end = memmem::find(body, b"-----END").unwrap_or(0);
    let bytes = decode(&base64_of(body.get(..end).unwrap_or_default(), false)).unwrap_or_default();
    accept_if(is_der_sequence(&bytes) || openssh(&bytes) == Body::Plain)
}

/// An OpenPGP block that begins with a secret-key packet (RFC 9580, section 5.5.3) and is long enough to hold one.
pub(super) fn pgp(candidate: &Candidate<'_>) -> Judgement {
    let Some(armoured) = armoured(candidate) else { return Judgement::Reject };
    let text = base64_of(armoured, true);
    // The checksum line (`=abcd`) follows the padding or, where there is none, stands at the end.
    let end = memchr::memchr(b'=', &text).unwrap_or(text.len());
    let bytes = decode(text.get(..end).unwrap_or_default()).unwrap_or_default();
    // Tag 5 in the old packet format (0x94..0x97) or the new one (0xC5).
    let secret = matches!(bytes.first(), Some(0x94..=0x97 | 0xC5));
    accept_if(secret && bytes.len() >= 100)
}
