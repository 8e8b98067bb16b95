//! The textual armour around keys and signatures (RFC 7468), read leniently: explanatory text around the blocks,
//! any line width, trailing space and both line ends occur in real files.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// Standard alphabet, padding optional.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// URL-safe alphabet, padding optional.
pub(crate) const BASE64_URL: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Most blocks that one file may hold.
pub const MAX_BLOCKS: usize = 256;

/// One `-----BEGIN label-----` … `-----END label-----` block.
#[derive(Clone, PartialEq, Eq)]
pub struct PemBlock {
    /// The label, for example `PUBLIC KEY`.
    pub label: String,
    /// Line of the `BEGIN` line, counted from 1.
    pub line: usize,
    /// The decoded content; empty for labels of private keys, which are never decoded.
    pub der: Vec<u8>,
}

/// Why the armour could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// A block has no end line of its own label.
    #[error("line {line}: the block `{label}` has no matching end line")]
    Unclosed {
        /// Line of the `BEGIN` line.
        line: usize,
        /// Its label.
        label: String,
    },
    /// The content is not base64.
    #[error("line {line}: the content of the block `{label}` is not base64")]
    NotBase64 {
        /// Line of the `BEGIN` line.
        line: usize,
        /// Its label.
        label: String,
    },
    /// More blocks than any key file has.
    #[error("more than {MAX_BLOCKS} blocks")]
    TooMany,
}

/// Whether the bytes hold at least one `-----BEGIN` line.
pub fn is_armoured(bytes: &[u8]) -> bool {
    lines(bytes).any(|line| boundary(line, "BEGIN ").is_some())
}

/// Whether a label is that of a secret key, whatever its encoding or encryption.
pub fn is_private_label(label: &str) -> bool {
    label.contains("PRIVATE KEY")
}

/// All blocks of a file, in order; none when there is no `BEGIN` line.
///
/// # Errors
/// A block without its end line, content that is not base64 (blocks of private keys are skipped unread), or more
/// than [`MAX_BLOCKS`].
pub fn blocks(bytes: &[u8]) -> Result<Vec<PemBlock>, PemError> {
    let mut found = Vec::new();
    each_block(bytes, |label, line, body| {
        let der = if is_private_label(label) {
            Vec::new()
        } else {
            let dense: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
            BASE64.decode(&dense).map_err(|_| PemError::NotBase64 { line, label: label.to_owned() })?
        };
        found.push(PemBlock { label: label.to_owned(), line, der });
        Ok(())
    })?;
    Ok(found)
}

/// A block of a private key, decoded. Its content leaves memory with it.
pub(crate) struct PrivateBlock {
    /// The label, for example `RSA PRIVATE KEY`.
    pub(crate) label: String,
    /// The decoded content; empty when it is encrypted by its headers.
    pub(crate) der: Zeroizing<Vec<u8>>,
    /// Whether and how a passphrase protects it.
    pub(crate) encryption: Encryption,
}

/// How the content of a block is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// Not at all.
    None,
    /// By what its structure says (`ENCRYPTED PRIVATE KEY`, RFC 5958 section 3).
    Structure,
    /// By what its headers say (RFC 1421 section 4.6.1.1), or in a way of others: it is not decoded.
    Headers,
}

/// The blocks of private keys of a file, in order; other blocks are passed over unread.
///
/// # Errors
/// As [`blocks`], but for the content of private keys.
pub(crate) fn private_blocks(bytes: &[u8]) -> Result<Vec<PrivateBlock>, PemError> {
    let mut found = Vec::new();
    each_block(bytes, |label, line, body| {
        if !is_private_label(label) {
            return Ok(());
        }
        // Room for all of it at once: a vector that grows leaves copies behind.
        let mut dense = Zeroizing::new(Vec::with_capacity(body.len()));
        let mut encryption = match label {
            "ENCRYPTED PRIVATE KEY" => Encryption::Structure,
            other if other.contains("ENCRYPTED") => Encryption::Headers,
            _ => Encryption::None,
        };
        for line in lines(body) {
            // Headers have a colon, which base64 has not.
            if memchr::memchr(b':', line).is_some() {
                if line.starts_with(b"Proc-Type:") && line.trim_ascii().ends_with(b"ENCRYPTED") {
                    encryption = Encryption::Headers;
                }
            } else {
                dense.extend(line.iter().copied().filter(|byte| !byte.is_ascii_whitespace()));
            }
        }
        let mut der = Zeroizing::new(Vec::with_capacity(dense.len()));
        if encryption != Encryption::Headers {
            BASE64
                .decode_vec(&*dense, &mut der)
                .map_err(|_| PemError::NotBase64 { line, label: label.to_owned() })?;
        }
        found.push(PrivateBlock { label: label.to_owned(), der, encryption });
        Ok(())
    })?;
    Ok(found)
}

/// One block, lines of 64 characters (RFC 7468 section 3). The text leaves memory with it: it may be a private key.
pub(crate) fn armoured(label: &str, der: &[u8]) -> Zeroizing<String> {
    // Room for all of it at once: a text that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(2 * label.len() + der.len() * 3 / 2 + 64));
    let boundary = |text: &mut String, word| {
        for part in ["-----", word, label, "-----\n"] {
            text.push_str(part);
        }
    };
    boundary(&mut text, "BEGIN ");
    // 48 bytes make 64 characters.
    for line in der.chunks(48) {
        BASE64.encode_string(line, &mut text);
        text.push('\n');
    }
    boundary(&mut text, "END ");
    text
}

/// Gives every block to `each`: its label, the line of its `BEGIN` line, and what stands between the two lines.
fn each_block<'a>(
    bytes: &'a [u8],
    mut each: impl FnMut(&str, usize, &'a [u8]) -> Result<(), PemError>,
) -> Result<(), PemError> {
    let mut count = 0;
    let mut open: Option<(&str, usize, usize)> = None;
    let mut offset = 0;
    for (index, line) in lines(bytes).enumerate() {
        // Behind the line and its end.
        let next = offset + line.len() + 1;
        if let Some((label, start, from)) = open {
            if boundary(line, "END ") == Some(label) {
                if count == MAX_BLOCKS {
                    return Err(PemError::TooMany);
                }
                count += 1;
                each(label, start, bytes.get(from..offset).unwrap_or_default())?;
                open = None;
            } else if boundary(line, "BEGIN ").is_some() {
                return Err(PemError::Unclosed { line: start, label: label.to_owned() });
            }
        } else if let Some(label) = boundary(line, "BEGIN ") {
            open = Some((label, index + 1, next));
        }
        offset = next;
    }
    match open {
        Some((label, line, _)) => Err(PemError::Unclosed { line, label: label.to_owned() }),
        None => Ok(()),
    }
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|&byte| byte == b'\n')
}

/// The label of a `-----BEGIN label-----` or `-----END label-----` line.
fn boundary<'a>(line: &'a [u8], word: &str) -> Option<&'a str> {
    let label =
        line.trim_ascii().strip_prefix(b"-----")?.strip_prefix(word.as_bytes())?.strip_suffix(b"-----")?;
    // RFC 7468 section 3: printable characters; the bound keeps a label fit for a message.
    let printable = label.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    if label.is_empty() || label.len() > 64 || !printable {
        return None;
    }
    std::str::from_utf8(label).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_blocks_with_text_around_them_and_any_line_end() {
        let text = b"subject=x\r\n-----BEGIN A-----\r\nAA\r\n EC \r\n-----END A-----\r\nnote\n-----BEGIN B B-----\nAwQ=\n-----END B B-----";
        let found = blocks(text).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].label.as_str(), found[0].line, found[0].der.as_slice()),
            ("A", 2, &[0, 1, 2][..])
        );
        assert_eq!(
            (found[1].label.as_str(), found[1].line, found[1].der.as_slice()),
            ("B B", 7, &[3, 4][..])
        );
        assert!(is_armoured(text));
        assert!(!is_armoured(b"-----BEGIN \n"));
    }

    #[test]
    fn broken_armour_is_named_by_line() {
        let label = "A".to_owned();
        assert_eq!(
            blocks(b"\n-----BEGIN A-----\nAA==\n").err(),
            Some(PemError::Unclosed { line: 2, label: label.clone() })
        );
        assert_eq!(
            blocks(b"-----BEGIN A-----\n-----BEGIN A-----\n-----END A-----").err(),
            Some(PemError::Unclosed { line: 1, label: label.clone() })
        );
        assert_eq!(
            blocks(b"-----BEGIN A-----\n!!\n-----END A-----").err(),
            Some(PemError::NotBase64 { line: 1, label })
        );
        assert_eq!(
            blocks("-----BEGIN A-----\n-----END A-----\n".repeat(257).as_bytes()).err(),
            Some(PemError::TooMany)
        );
    }

    #[test]
    fn private_content_is_decoded_only_on_demand_and_only_in_the_clear() {
        let block =
            |label: &str, body: &str| format!("-----BEGIN {label}-----\n{body}-----END {label}-----\n");
        let text = [
            block("CERTIFICATE", "!!\n"),
            block("RSA PRIVATE KEY", "AA\r\nEC\r\n"),
            block("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAEC\n"),
            block("ENCRYPTED PRIVATE KEY", "AAEC\n"),
            block("ENCRYPTED COSIGN PRIVATE KEY", "!!\n"),
            block("PRIVATE KEY", "Comment: a\n\nAwQ=\n"),
        ]
        .concat();
        let found = private_blocks(text.as_bytes()).unwrap();
        let seen: Vec<_> = found
            .iter()
            .map(|block| (block.label.as_str(), block.der.as_slice(), block.encryption))
            .collect();
        let expected: [(&str, &[u8], Encryption); 5] = [
            ("RSA PRIVATE KEY", &[0, 1, 2], Encryption::None),
            ("RSA PRIVATE KEY", &[], Encryption::Headers),
            ("ENCRYPTED PRIVATE KEY", &[0, 1, 2], Encryption::Structure),
            ("ENCRYPTED COSIGN PRIVATE KEY", &[], Encryption::Headers),
            ("PRIVATE KEY", &[3, 4], Encryption::None),
        ];
        assert_eq!(seen, expected);
        let damaged = block("PRIVATE KEY", "!!\n");
        let label = "PRIVATE KEY".to_owned();
        assert_eq!(private_blocks(damaged.as_bytes()).err(), Some(PemError::NotBase64 { line: 1, label }));
    }

    #[test]
    fn what_is_written_is_read() {
        let der: Vec<u8> = (0..=100).collect();
        let text = armoured("PUBLIC KEY", &der);
        let lengths: Vec<usize> = text.lines().map(str::len).collect();
        assert_eq!(lengths, [26, 64, 64, 8, 24]);
        assert_eq!(blocks(text.as_bytes()).unwrap()[0].der, der);
        assert!(text.len() <= 2 * 10 + 101 * 3 / 2 + 64, "it grew");
    }

    #[test]
    fn private_content_is_not_decoded() {
        let found =
            blocks(b"-----BEGIN RSA PRIVATE KEY-----\nAAEC\n-----END RSA PRIVATE KEY-----\n").unwrap();
        assert!(found[0].der.is_empty());
        assert!(is_private_label(&found[0].label));
    }
}
