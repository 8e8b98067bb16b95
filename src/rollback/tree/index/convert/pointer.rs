//! Pointers of Git LFS, see its specification (docs/spec.md of git-lfs): what stands in a blob instead of a large file.

use super::Conversion;
use crate::rollback::tree::Place;

/// Pointers are shorter than this, in bytes.
pub(super) const LONGEST: u64 = 1024;

/// SHA-256 (hex) and bytes of the file that a pointer stands for; none when it is no pointer.
pub(super) fn parse(blob: &[u8]) -> Option<(String, u64)> {
    let mut lines = std::str::from_utf8(blob).ok()?.lines();
    let version = lines.next()?.strip_prefix("version ")?;
    // The second is what it was before its first release.
    if !matches!(version, "https://git-lfs.github.com/spec/v1" | "https://hawser.github.com/spec/v1") {
        return None;
    }
    let (mut sha256, mut size) = (None, None);
    for line in lines {
        let (key, value) = line.split_once(' ')?;
        match key {
            "oid" => sha256 = Some(value.strip_prefix("sha256:")?),
            "size" => size = Some(value.parse::<u64>().ok()?),
            // Extensions are programs that change the contents once more.
            _ => return None,
        }
    }
    let sha256 = sha256.filter(|hex| {
        hex.len() == 64 && hex.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    })?;
    Some((sha256.to_owned(), size?))
}

/// What a pointer says, and the file that the repository keeps for it.
pub(super) fn conversion(place: &Place, (sha256, size): (String, u64)) -> Conversion {
    let folders = (sha256.get(..2).unwrap_or_default(), sha256.get(2..4).unwrap_or_default());
    let file = place.common_dir.join("lfs/objects").join(folders.0).join(folders.1).join(&sha256);
    let is_there = file.symlink_metadata().is_ok_and(|meta| meta.is_file() && meta.len() == size);
    Conversion::Lfs { sha256, size, file: is_there.then_some(file) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_and_what_is_none() {
        let oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
        // The example of the specification.
        let text = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 12345\n");
        assert_eq!(parse(text.as_bytes()), Some((oid.to_owned(), 12345)));
        for bad in [
            String::new(),
            text.replace("v1", "v2"),
            text.replace("sha256:", "md5:"),
            text.replace("4d7a", "4D7A"),
            text.replace("4d7a", "../."),
            text.replace("12345", "-1"),
            text.replace("size 12345\n", ""),
            text.replace("oid", "ext-0-foo sha256:00\noid"),
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
