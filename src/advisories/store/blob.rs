//! How a piece of JSON is kept: as it is, or deflated against a dictionary of the words that every advisory holds.

use std::borrow::Cow;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// Largest piece of JSON kept, in bytes: as large as the largest record that is imported.
pub(crate) const MAX_BYTES: usize = 16 << 20;

/// Shorter pieces are not worth the work.
const MIN_DEFLATED: usize = 100;
const PLAIN: u8 = 0;
const DEFLATED: u8 = 1;

/// What advisories share, the most common last, where references are shortest. Part of the layout: a change of it needs a
/// new [`super::schema::LAYOUT`].
const DICTIONARY: &[u8] = br#"pkg:https://github.com/advisories/https://nvd.nist.gov/vuln/detail/https://rustsec.org/advisories/https://osv.dev/vulnerability/Malicious code in package cross-site scripting denial of service remote code execution arbitrary code improper input validation information disclosure path traversal SQL injection buffer overflow use after free allows attackers to vulnerable to vulnerability in 1.0.0","1.1.0","1.2.0","2.0.0","3.0.0","alpha","beta","rc1"],"severity_word":"LOW""severity_word":"CRITICAL""severity_word":"MODERATE""severity_word":"HIGH","page":"https://","cwes":["CWE-79","CWE-20","CWE-400","CWE-22"]"withdrawn":"202"upstream":["CVE-20"related":["CVE-20"informational":"unmaintained"{"introduced":"0"},{"last_affected":"{"fixed":"0.{"fixed":"1."}]},{"type":"GIT","events":[{"introduced":"{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"{"ecosystem":"npm","name":"{"ecosystem":"Go","name":"github.com/{"ecosystem":"PyPI","name":"","ranges":[{"type":"SEMVER","events":[{"introduced":"0.0.0-0"},{"fixed":""}]}],"versions":["0.1.0","CVSS_V4","score":"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N"}{"id":"MAL-202{"id":"GHSA-","modified":"202","published":"202T00:00:00Z","aliases":["CVE-202","GHSA-"],"summary":"","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],"affected":[],"severity_word":"#;

/// Packs pieces, keeping its work space.
pub(crate) struct Packer {
    compress: Compress,
    space: Vec<u8>,
}

impl Packer {
    pub(crate) fn new() -> Self {
        Self { compress: Compress::new(Compression::new(5), false), space: Vec::new() }
    }

    /// The form in which a piece is kept.
    pub(crate) fn pack(&mut self, json: &[u8]) -> &[u8] {
        self.space.clear();
        if json.len() >= MIN_DEFLATED && self.deflate(json) {
            return &self.space;
        }
        self.space.clear();
        self.space.push(PLAIN);
        self.space.extend_from_slice(json);
        &self.space
    }

    fn deflate(&mut self, json: &[u8]) -> bool {
        self.compress.reset();
        if self.compress.set_dictionary(DICTIONARY).is_err() {
            return false;
        }
        // Room for less than the piece itself: what does not shrink is not worth inflating.
        self.space.reserve(json.len());
        self.space.push(DEFLATED);
        let done = self.compress.compress_vec(json, &mut self.space, FlushCompress::Finish);
        matches!(done, Ok(Status::StreamEnd))
    }
}

/// The JSON of a kept piece; none for what is none, or is larger than [`MAX_BYTES`].
pub(crate) fn unpack(kept: &[u8]) -> Option<Cow<'_, [u8]>> {
    let (kind, piece) = kept.split_first()?;
    match *kind {
        PLAIN => Some(Cow::Borrowed(piece)),
        DEFLATED => inflate(piece).map(Cow::Owned),
        _ => None,
    }
}

fn inflate(piece: &[u8]) -> Option<Vec<u8>> {
    let mut decompress = Decompress::new(false);
    decompress.set_dictionary(DICTIONARY).ok()?;
    let mut json = Vec::with_capacity(piece.len().saturating_mul(4).clamp(1 << 10, MAX_BYTES));
    loop {
        let consumed = usize::try_from(decompress.total_in()).ok()?;
        let rest = piece.get(consumed..)?;
        let before = (consumed, json.len());
        match decompress.decompress_vec(rest, &mut json, FlushDecompress::Finish) {
            Ok(Status::StreamEnd) => return Some(json),
            Ok(_)
                if json.len() < json.capacity()
                    && before == (usize::try_from(decompress.total_in()).ok()?, json.len()) =>
            {
                return None;
            }
            Ok(_) if json.len() >= MAX_BYTES => return None,
            Ok(_) => json.reserve(json.len().clamp(1 << 10, MAX_BYTES - json.len())),
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_back() {
        let mut packer = Packer::new();
        let long: String = (0..200_000).map(|n| format!("\"{n}.0\",")).collect();
        for piece in [
            "",
            "{}",
            &"a".repeat(5_000_000),
            &long,
            &"\u{1F512}".repeat(40),
            "{\"id\":\"GHSA-".repeat(9).as_str(),
        ] {
            let kept = packer.pack(piece.as_bytes()).to_vec();
            assert_eq!(unpack(&kept).unwrap(), piece.as_bytes());
            assert!(kept.len() <= piece.len() + 1);
        }
    }

    #[test]
    fn what_is_no_piece() {
        let kept = Packer::new().pack("{\"id\":\"GHSA-".repeat(90).as_bytes()).to_vec();
        for length in 0..kept.len() {
            assert_eq!(unpack(&kept[..length]), None, "{length}");
        }
        assert_eq!(unpack(&[7, 1, 2]), None);
        // A bomb: 64 MiB of one letter.
        let mut compress = Compress::new(Compression::best(), false);
        let mut bomb = vec![DEFLATED];
        bomb.reserve(1 << 20);
        compress.compress_vec(&vec![b'a'; 64 << 20], &mut bomb, FlushCompress::Finish).unwrap();
        assert_eq!(unpack(&bomb), None);
    }
}
