//! Bytes as hexadecimal digits.

/// Writes bytes as digits in lower case.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    text
}

/// Reads pairs of digits in any case.
///
/// # Errors
/// The index of the first byte that is no digit, or the text's length when the last digit has no partner.
pub fn decode(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut high = None;
    for (index, &byte) in text.iter().enumerate() {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            _ => return Err(index),
        };
        high = match high {
            None => Some(digit << 4),
            Some(high) => {
                bytes.push(high | digit);
                None
            }
        };
    }
    if high.is_some() { Err(text.len()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 4648 section 10.
    #[test]
    fn published_vectors_in_both_directions() {
        for (bytes, text) in [("", ""), ("f", "66"), ("fo", "666F"), ("foobar", "666F6F626172")] {
            assert_eq!(decode(text.as_bytes()), Ok(bytes.as_bytes().to_vec()));
            assert_eq!(encode(bytes.as_bytes()), text.to_lowercase());
        }
    }

    #[test]
    fn the_first_wrong_byte_is_told() {
        assert_eq!(decode(b"66g6"), Err(2));
        assert_eq!(decode(b"666"), Err(3));
        assert_eq!(decode("6ä".as_bytes()), Err(1));
    }
}
