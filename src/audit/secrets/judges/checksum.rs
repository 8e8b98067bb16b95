//! Formats that carry a checksum: what fails it was never issued.

use super::{accept_if, is_whole};
use crate::audit::secrets::shape;
use crate::engine::{Candidate, Judgement};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// GitHub's tokens: after `ghp_` and its siblings, random characters and their CRC-32 in six base-62 digits.
/// Source: <https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/>.
pub(super) fn github(candidate: &Candidate<'_>) -> Judgement {
    base62_crc(candidate, 4)
}

/// npm's tokens: the same scheme after `npm_`.
pub(super) fn npm(candidate: &Candidate<'_>) -> Judgement {
    base62_crc(candidate, 4)
}

fn base62_crc(candidate: &Candidate<'_>, prefix: usize) -> Judgement {
    let body = candidate.value().get(prefix..).unwrap_or_default();
    let Some((random, sum)) = body.split_last_chunk::<6>() else { return Judgement::Reject };
    let right = is_whole(candidate) && base62(crc32fast::hash(random)) == *sum && !shape::is_regular(random);
    if right { Judgement::Proven } else { Judgement::Reject }
}

/// Six base-62 digits, most significant first.
fn base62(mut number: u32) -> [u8; 6] {
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = usize::try_from(number % 62).ok().and_then(|at| BASE62.get(at)).copied().unwrap_or(b'0');
        number /= 62;
    }
    digits
}

/// Grafana's service-account tokens: `glsa_`, 32 characters, `_`, and the CRC-32 of all before it, little-endian hex.
pub(super) fn grafana(candidate: &Candidate<'_>) -> Judgement {
    let value = candidate.value();
    let Some((signed, sum)) = value.split_last_chunk::<8>() else { return Judgement::Reject };
    let signed = signed.strip_suffix(b"_").unwrap_or(signed);
    let mut expected = [0_u8; 8];
    for (pair, byte) in expected.chunks_exact_mut(2).zip(crc32fast::hash(signed).to_le_bytes()) {
        for (digit, nibble) in pair.iter_mut().zip([byte >> 4, byte & 15]) {
            *digit = b"0123456789abcdef".get(usize::from(nibble)).copied().unwrap_or(b'0');
        }
    }
    let right = is_whole(candidate) && sum.eq_ignore_ascii_case(&expected);
    if right { Judgement::Proven } else { Judgement::Reject }
}

/// age's secret keys: Bech32 (BIP 173) of 32 bytes, upper case, with the part before the last `1` as its name.
pub(super) fn age(candidate: &Candidate<'_>) -> Judgement {
    let lower = candidate.value().to_ascii_lowercase();
    if !is_whole(candidate) || !bech32(&lower) {
        return Judgement::Reject;
    }
    accept_if(true)
}

/// Whether a lower-case Bech32 string has the right checksum.
fn bech32(text: &[u8]) -> bool {
    const CHARS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    let Some(separator) = text.iter().rposition(|byte| *byte == b'1') else { return false };
    let (name, data) = text.split_at_checked(separator).unwrap_or_default();
    let mut sum = 1_u32;
    let mut feed = |value: u32| {
        let top = sum >> 25;
        sum = ((sum & 0x1ff_ffff) << 5) ^ value;
        for (bit, generator) in
            [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3].iter().enumerate()
        {
            if (top >> bit) & 1 == 1 {
                sum ^= generator;
            }
        }
    };
    name.iter().for_each(|byte| feed(u32::from(*byte >> 5)));
    feed(0);
    name.iter().for_each(|byte| feed(u32::from(*byte & 31)));
    for byte in data.iter().skip(1) {
        let Some(value) = CHARS.iter().position(|known| known == byte).and_then(|at| u32::try_from(at).ok())
        else {
            return false;
        };
        feed(value);
    }
    sum == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bech32_of_the_standard() {
        // Valid strings of BIP 173, and one with a digit changed.
        assert!(bech32(b"a12uel5l"));
        assert!(bech32(b"abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw"));
        assert!(!bech32(b"abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxq"));
    }

    #[test]
    fn base62_of_a_published_token() {
        // The token that GitHub's own documentation of the format showed, long revoked.
        assert_eq!(base62(crc32fast::hash(b"zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ")), *b"0mLq17");
    }
}
