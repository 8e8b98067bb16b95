//! From what the trusted keys say of a signature to the one rule that it breaks, or keeps.

use crate::artifact::signature::{Attempt, Bar, KeyVerdict, SignatureCheck, TrustedKey};
use crate::crypto::digest::HashAlgorithm;

/// A rule and what to say.
pub(super) type Remark = (&'static str, String);

/// What is said of a signature.
pub(super) struct Judged {
    /// Whether it is accepted.
    pub(super) accepted: bool,
    /// The rules to report; one that says why not when it is not accepted.
    pub(super) remarks: Vec<Remark>,
}

/// Judges a signature of `length` bytes.
pub(super) fn judge(check: &SignatureCheck, keys: &[TrustedKey], length: usize) -> Judged {
    if let Some(attempt) = check.verified()
        && let KeyVerdict::Verified { hash, mgf1, salt_len } = attempt.verdict
    {
        let mut remarks = vec![("SIG-014", verified(attempt, keys, hash, mgf1, salt_len))];
        if salt_len != hash.output_len() {
            let than = if salt_len > hash.output_len() { "longer" } else { "shorter" };
            let digest = hash.output_len();
            remarks.push((
                "SIG-009",
                format!("the salt has {salt_len} bytes, {than} than the digest's {digest}"),
            ));
        }
        return Judged { accepted: true, remarks };
    }
    let remark = check
        .attempts
        .iter()
        .filter_map(|attempt| refused(attempt, length))
        .min_by_key(|(telling, _)| *telling)
        .map_or_else(|| none_matches(check, length), |(_, remark)| remark);
    Judged { accepted: false, remarks: vec![remark] }
}

/// The name of a hash function as standards write it.
pub(super) fn hash_name(hash: HashAlgorithm) -> &'static str {
    match hash {
        HashAlgorithm::Sha256 => "SHA-256",
        HashAlgorithm::Sha384 => "SHA-384",
        HashAlgorithm::Sha512 => "SHA-512",
    }
}

fn verified(
    attempt: &Attempt,
    keys: &[TrustedKey],
    hash: HashAlgorithm,
    mgf1: HashAlgorithm,
    salt_len: usize,
) -> String {
    let bits = keys
        .iter()
        .find(|key| *key.key.fingerprint() == attempt.fingerprint)
        .map_or(0, |key| key.key.modulus_bits());
    let (hash, mgf1) = (hash_name(hash), hash_name(mgf1));
    format!("verified by {} (RSA-{bits}, {hash}, MGF1 {mgf1}, salt {salt_len})", attempt.key_id)
}

/// What a key says that knows the signature as its own; the lower number tells more.
fn refused(attempt: &Attempt, length: usize) -> Option<(u8, Remark)> {
    let key = &attempt.key_id;
    Some(match &attempt.verdict {
        KeyVerdict::Barred { bar: Bar::Revoked, signed: true } => {
            (0, ("SIG-004", format!("made with {key}, which is revoked")))
        }
        KeyVerdict::Barred { bar: Bar::Expired(at), signed: true } => {
            (1, ("SIG-005", format!("made with {key}, which was valid until {}", moment(*at))))
        }
        KeyVerdict::Barred { bar: Bar::NotYetValid(at), signed: true } => {
            (1, ("SIG-005", format!("made with {key}, which is valid from {}", moment(*at))))
        }
        KeyVerdict::Pkcs1v15 { hash: Some(hash), matches: true } => {
            let hash = hash_name(*hash);
            (2, ("SIG-006", format!("a PKCS#1 v1.5 signature ({hash}) made with {key}, not RSA-PSS")))
        }
        KeyVerdict::HashNotAllowed { hash, mgf1 } => {
            let (hash, mgf1) = (hash_name(*hash), hash_name(*mgf1));
            (
                3,
                (
                    "SIG-007",
                    format!("made with {key} using {hash} and MGF1 {mgf1}, which the key does not allow"),
                ),
            )
        }
        KeyVerdict::SaltNotAllowed { salt_len, demanded } => {
            let demanded = match demanded.to_string().as_str() {
                "any" => "more, by the key's own parameters".to_owned(),
                "digest" => "as many as the digest".to_owned(),
                bytes => bytes.to_owned(),
            };
            (
                4,
                (
                    "SIG-008",
                    format!("made with {key}, but the salt has {salt_len} bytes; demanded: {demanded}"),
                ),
            )
        }
        KeyVerdict::Pkcs1v15 { hash: Some(hash), matches: false } => {
            let hash = hash_name(*hash);
            (5, ("SIG-001", format!("a PKCS#1 v1.5 signature ({hash}) made with {key} over other content")))
        }
        KeyVerdict::Pkcs1v15 { hash: None, .. } => (
            5,
            ("SIG-006", format!("a PKCS#1 v1.5 signature made with {key} and an unsupported hash function")),
        ),
        KeyVerdict::NoDigest(hash) => {
            let hash = hash_name(*hash);
            (
                6,
                (
                    "SIG-001",
                    format!("{key} wants {hash}, for which the file of {length} bytes was not hashed"),
                ),
            )
        }
        _ => return None,
    })
}

/// No key knows the signature.
fn none_matches(check: &SignatureCheck, length: usize) -> Remark {
    let tried = check.attempts.len();
    let mut expected: Vec<usize> = Vec::new();
    for attempt in &check.attempts {
        match attempt.verdict {
            KeyVerdict::WrongLength { expected: bytes, .. } => expected.push(bytes),
            _ => {
                let keys = if tried == 1 {
                    "the trusted key".to_owned()
                } else {
                    format!("any of {tried} trusted keys")
                };
                return (
                    "SIG-001",
                    format!(
                        "not made over this file with {keys}: file or signature was changed, or the key is another"
                    ),
                );
            }
        }
    }
    expected.sort_unstable();
    expected.dedup();
    if matches!(length, 256 | 384 | 512 | 768 | 1024 | 2048) {
        return (
            "SIG-002",
            format!("made with an RSA key of {} bits, and no trusted key has that size", length * 8),
        );
    }
    let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
    (
        "SIG-003",
        format!(
            "the signature has {length} bytes; the trusted keys make signatures of {}",
            expected.join(" or ")
        ),
    )
}

fn moment(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
