//! The textual armour around keys and signatures (RFC 7468), read leniently: explanatory text around the blocks,
//! any line width, trailing space and both line ends occur in real files.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

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
    let mut open: Option<(String, usize, Vec<u8>)> = None;
    for (index, line) in lines(bytes).enumerate() {
        if let Some((label, start, body)) = &mut open {
            if boundary(line, "END ").is_some_and(|end| end == label.as_str()) {
                if found.len() == MAX_BLOCKS {
                    return Err(PemError::TooMany);
                }
                let der = if is_private_label(label) {
                    Vec::new()
                } else {
                    BASE64
                        .decode(body)
                        .map_err(|_| PemError::NotBase64 { line: *start, label: label.clone() })?
                };
                found.push(PemBlock { label: std::mem::take(label), line: *start, der });
                open = None;
            } else if boundary(line, "BEGIN ").is_some() {
                return Err(PemError::Unclosed { line: *start, label: std::mem::take(label) });
            } else if !is_private_label(label) {
                body.extend(line.iter().filter(|byte| !byte.is_ascii_whitespace()));
            }
        } else if let Some(label) = boundary(line, "BEGIN ") {
            open = Some((label.to_owned(), index + 1, Vec::new()));
        }
    }
    match open {
        Some((label, line, _)) => Err(PemError::Unclosed { line, label }),
        None => Ok(found),
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
    fn private_content_is_not_decoded() {
        let found =
            blocks(b"-----BEGIN RSA PRIVATE KEY-----\nAAEC\n-----END RSA PRIVATE KEY-----\n").unwrap();
        assert!(found[0].der.is_empty());
        assert!(is_private_label(&found[0].label));
    }
}
