//! Permission bits against those listed. Which bits group and others get depends on the umask under which a tree was
//! unpacked; when one umask explains every difference of the tree, that is said once and not for every file.

use std::collections::BTreeMap;

use super::problems::{Problems, Sample};

/// How a file's permissions differ.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Not at all, or in a way that a umask may explain; the two umasks, `None` when no umask makes such bits.
    Umask(Option<(u32, u32)>),
    /// It gained a set-id bit or became writable for everyone.
    Dangerous,
    /// In another way.
    Other,
}

/// Compares permission bits (`0o7777`).
pub(super) fn compare(listed: u32, found: u32) -> Change {
    if found & !listed & 0o6002 != 0 {
        return Change::Dangerous;
    }
    match (umask(listed), umask(found)) {
        (Some(before), Some(after)) if (listed ^ found) & 0o7700 == 0 => Change::Umask(Some((before, after))),
        _ if listed == found => Change::Umask(None),
        _ => Change::Other,
    }
}

/// The umask, as far as it speaks of reading and writing by group and others, under which a newly made file or program
/// has these bits. None if no usual umask does.
fn umask(mode: u32) -> Option<u32> {
    let is_program = mode & 0o100 != 0;
    let base = if is_program { 0o777 } else { 0o666 };
    let follows = |shift: u32| (mode >> shift & 1) == (mode >> (shift + 2) & 1);
    let plain = mode & !base == 0 && mode & 0o600 == 0o600;
    (plain && (!is_program || (follows(0) && follows(3)))).then_some(0o066 & !mode)
}

/// The umasks that the files of a tree speak of.
#[derive(Debug, Default)]
pub(super) struct Umasks(BTreeMap<(u32, u32), Sample>);

impl Umasks {
    /// Notes one file.
    pub(super) fn note(&mut self, umasks: (u32, u32), path: &str, message: String) {
        let sample = self.0.entry(umasks).or_default();
        if umasks.0 == umasks.1 {
            // Only that there is one counts.
            sample.count += 1;
        } else {
            sample.add(path.to_owned(), 0, message);
        }
    }

    /// Reports the differences: once, if the whole tree has one other umask, else file by file.
    pub(super) fn settle(&mut self, problems: &mut Problems) {
        let all = std::mem::take(&mut self.0);
        if let [(umasks, sample)] = all.iter().collect::<Vec<_>>().as_slice()
            && umasks.0 != umasks.1
            && sample.count > 1
        {
            let message = format!(
                "{} files, as if umask {:03o} had been {:03o} when the manifest was written",
                sample.count, umasks.1, umasks.0
            );
            problems.add("INT-015", "", 0, message);
            return;
        }
        for (_, sample) in all.into_iter().filter(|(umasks, _)| umasks.0 != umasks.1) {
            problems.absorb("INT-005", sample);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_of_permissions() {
        for (listed, found, expected) in [
            (0o644, 0o644, Change::Umask(Some((0o022, 0o022)))),
            (0o644, 0o664, Change::Umask(Some((0o022, 0o002)))),
            (0o755, 0o700, Change::Umask(Some((0o022, 0o066)))),
            (0o444, 0o444, Change::Umask(None)),
            (0o644, 0o755, Change::Other),
            (0o755, 0o644, Change::Other),
            (0o644, 0o444, Change::Other),
            (0o755, 0o744, Change::Other),
            (0o644, 0o646, Change::Dangerous),
            (0o755, 0o4755, Change::Dangerous),
            (0o755, 0o2755, Change::Dangerous),
            (0o4755, 0o755, Change::Other),
            (0o666, 0o666, Change::Umask(Some((0, 0)))),
            (0o666, 0o644, Change::Umask(Some((0, 0o022)))),
        ] {
            assert_eq!(compare(listed, found), expected, "{listed:o} {found:o}");
        }
    }
}
