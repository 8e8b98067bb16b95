//! Whether attributes or settings can change bytes at all.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use super::Tracked;
use crate::host::files::open_regular;
use crate::host::git_stream::whole;
use crate::rollback::point::RawPath;
use crate::rollback::tree::Place;

/// What attributes files must hold somewhere to change bytes; `crlf` and `eol` are parts of others, too, which is no harm.
const WORDS: [&[u8]; 6] = [b"text", b"crlf", b"eol", b"ident", b"filter", b"encoding"];
/// Largest attributes file that git reads, in bytes.
const LARGEST: u64 = 100 << 20;

/// Whether a setting converts line ends of files that no attribute says anything of: `core.autocrlf`, on whichever way.
pub(super) fn has_line_ends(place: &Place) -> Result<bool, String> {
    let settings = place.settings("core.autocrlf")?;
    let last = settings.iter().rfind(|(name, _)| name == "core.autocrlf");
    Ok(last.is_some_and(|(_, value)| {
        !matches!(value.to_ascii_lowercase().as_str(), "false" | "no" | "off" | "0" | "")
    }))
}

/// Whether any attributes file that git would read may change bytes. Where that cannot be told, it may.
pub(super) fn may_convert(place: &Place, tracked: &[Tracked]) -> bool {
    if says_so(&place.common_dir.join("info/attributes")) {
        return true;
    }
    // A file that is in the index and not on disk is read from there.
    let mut folders: BTreeSet<&[u8]> = BTreeSet::from([&b""[..]]);
    for entry in tracked {
        let mut path = entry.path.bytes();
        if path
            .rsplit(|byte| *byte == b'/')
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(b".gitattributes"))
            && place.work.join(entry.path.to_path()).symlink_metadata().is_err()
        {
            return true;
        }
        while let Some(at) = path.iter().rposition(|byte| *byte == b'/') {
            path = path.get(..at).unwrap_or_default();
            if !folders.insert(path) {
                break;
            }
        }
    }
    let of_folder = |folder: &&[u8]| {
        says_so(&place.work.join(RawPath::from_bytes(folder).to_path()).join(".gitattributes"))
    };
    folders.iter().any(of_folder)
        || of_machine(place, "GIT_ATTR_SYSTEM")
        || of_machine(place, "GIT_ATTR_GLOBAL")
}

/// Whether an attributes file outside the repository may change bytes: that of the machine or of the user.
fn of_machine(place: &Place, variable: &str) -> bool {
    let call = place.about_tree(["var", variable]).within(Duration::from_secs(30)).at_most(1 << 16);
    match whole(&call, None) {
        Ok(output) => {
            let path = RawPath::from_bytes(output.strip_suffix(b"\n").unwrap_or(&output));
            !path.is_empty() && says_so(&place.work.join(path.to_path()))
        }
        // It fails without a word when there is none, and with one when git is too old to know.
        Err(problem) => !problem.contains("it failed"),
    }
}

/// Whether a file may say something that changes bytes; one that is not there does not.
fn says_so(path: &Path) -> bool {
    let file = match open_regular(path) {
        Ok((file, meta)) if meta.len() <= LARGEST => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return false,
        _ => return true,
    };
    let mut bytes = Vec::new();
    if file.take(LARGEST).read_to_end(&mut bytes).is_err() {
        return true;
    }
    bytes.split(|byte| *byte == b'\n').any(|line| {
        !line.trim_ascii_start().starts_with(b"#")
            && WORDS.iter().any(|word| memchr::memmem::find(line, word).is_some())
    })
}
