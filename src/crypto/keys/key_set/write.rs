//! A key set as this program writes it: always the same text for the same keys.

use base64::Engine as _;

use super::{Endorsement, KeySetEntry, KeySetError, KeySource, parse_key_set};
use crate::crypto::pem::BASE64;
use crate::crypto::rsa_pss::SaltPolicy;

const HEAD: &str = "# Key set of `readiness release`. It is written anew at every change, without comments, and signed: \
                    docs/keys.md.\nkeys:\n";

/// The file of these entries, in their order. Comments and layout of a file that they came from are not in it.
///
/// # Errors
/// [`parse_key_set`] would refuse it, for example because two entries have one id.
pub fn write_key_set(entries: &[KeySetEntry]) -> Result<String, KeySetError> {
    let mut text = HEAD.to_owned();
    entries.iter().for_each(|entry| write(&mut text, entry));
    let again = parse_key_set(text.as_bytes())?;
    let same = again.len() == entries.len() && again.iter().zip(entries).all(|(one, other)| same(one, other));
    let unlike =
        KeySetError::Shape { line: 0, what: "an entry cannot be written so that it is read back".to_owned() };
    if same { Ok(text) } else { Err(unlike) }
}

fn write(text: &mut String, entry: &KeySetEntry) {
    let mut line =
        |mark: &str, name: &str, value: &str| text.push_str(&format!("  {mark} {name}: {value}\n"));
    line("-", "id", &quoted(&entry.id));
    match &entry.source {
        KeySource::Inline(key) => {
            let pem = key.to_pem();
            let indented: Vec<String> = pem.lines().map(|line| format!("      {line}")).collect();
            line(" ", "pem", &format!("|\n{}", indented.join("\n")));
        }
        KeySource::File(file) => line(" ", "file", &quoted(file)),
    }
    let window = &entry.validity;
    for (name, value) in [("not_before", window.start_text()), ("not_after", window.end_text())] {
        if !value.is_empty() {
            line(" ", name, &value);
        }
    }
    if entry.revoked {
        line(" ", "revoked", "true");
    }
    for (name, hash) in [("hash", entry.hash), ("mgf1", entry.mgf1)] {
        if let Some(hash) = hash {
            line(" ", name, hash.name());
        }
    }
    match entry.salt {
        SaltPolicy::Any => {}
        SaltPolicy::DigestLength => line(" ", "salt", "digest"),
        SaltPolicy::Exactly(bytes) => line(" ", "salt", &bytes.to_string()),
    }
    if let Some(Endorsement { by, window, signature }) = &entry.endorsement {
        line(" ", "endorsed_by", &quoted(by));
        if *window != entry.validity {
            line(" ", "endorsed_window", &quoted(&window.to_text()));
        }
        line(" ", "endorsement", &quoted(&BASE64.encode(signature)));
    }
}

/// A double-quoted scalar; what YAML could take for a line break or not print is escaped.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            other => out.push_str(&format!("\\U{:08X}", u32::from(other))),
        }
    }
    out.push('"');
    out
}

fn same(one: &KeySetEntry, other: &KeySetEntry) -> bool {
    let source = match (&one.source, &other.source) {
        (KeySource::Inline(one), KeySource::Inline(other)) => one.fingerprint() == other.fingerprint(),
        (KeySource::File(one), KeySource::File(other)) => one == other,
        _ => false,
    };
    let rest = |entry: &KeySetEntry| {
        (entry.id.clone(), entry.validity, entry.revoked, entry.hash, entry.mgf1, entry.endorsement.clone())
    };
    source && one.salt == other.salt && rest(one) == rest(other)
}
