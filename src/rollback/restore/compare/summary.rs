//! Changes as a report has them.

use super::{Change, Changes, Content, RefChange, Thing};
use crate::report::{RollbackChange, RollbackChangeKind, RollbackChanges};
use crate::rollback::point::{RawPath, Source};

/// Longest target of a link that is told whole, in characters.
const TARGET: usize = 60;

/// Counts of changes, and the first `limit` of them: paths, then refs. `exact` says whether what was made since is removed
/// instead of put aside. Where it was put is for who did it to fill in.
#[must_use]
pub fn summary(changes: &Changes, exact: bool, limit: usize) -> RollbackChanges {
    let mut told = RollbackChanges {
        refs: changes.refs.len() as u64,
        environment: changes.environment.clone(),
        ..RollbackChanges::default()
    };
    for change in &changes.paths {
        let count = match kind(change, exact) {
            RollbackChangeKind::Added => &mut told.added,
            RollbackChangeKind::Described => &mut told.described,
            RollbackChangeKind::PutAside | RollbackChangeKind::Removed => &mut told.since,
            RollbackChangeKind::Replaced | RollbackChangeKind::Ref => &mut told.replaced,
        };
        *count += 1;
    }
    let paths = changes.paths.iter().map(|change| RollbackChange {
        path: change.path.text().into_owned(),
        kind: kind(change, exact),
        detail: detail(change),
    });
    told.list = paths.chain(changes.refs.iter().map(told_ref)).take(limit).collect();
    told.more = (changes.paths.len() + changes.refs.len()).saturating_sub(told.list.len()) as u64;
    told
}

fn kind(change: &Change, exact: bool) -> RollbackChangeKind {
    match (&change.before, &change.after) {
        (None, _) => RollbackChangeKind::Added,
        // What git can give back need not be kept, nor can an empty folder hold anything, nor is a file of git's own made by
        // anyone: the safety point has it.
        (Some(before), None)
            if exact
                || change.in_git
                || change.class.source == Source::Git
                || before.content == Content::Folder =>
        {
            RollbackChangeKind::Removed
        }
        (Some(_), None) => RollbackChangeKind::PutAside,
        (Some(_), Some(_)) if change.is_description() => RollbackChangeKind::Described,
        (Some(_), Some(_)) => RollbackChangeKind::Replaced,
    }
}

/// From what to what, in a few words.
fn detail(change: &Change) -> Option<String> {
    let (before, after) = match (&change.before, &change.after) {
        (Some(before), Some(after)) => (before, after),
        (Some(one), None) | (None, Some(one)) => return Some(words(one)),
        (None, None) => return None,
    };
    let mut parts = Vec::new();
    if !before.content.is_same(&after.content) {
        let (one, other) = (words(before), words(after));
        if one != other {
            parts.push(format!("{one} → {other}"));
        }
    }
    let are_links = is_link(&before.content) || is_link(&after.content);
    let is_other_kind = (before.content == Content::Folder) != (after.content == Content::Folder);
    if before.meta.mode != after.meta.mode && !are_links && !is_other_kind {
        parts.push(format!("{:04o} → {:04o}", before.meta.mode, after.meta.mode));
    }
    let (one, other) = ((before.meta.uid, before.meta.gid), (after.meta.uid, after.meta.gid));
    if one != other {
        parts.push(format!("owner {}:{} → {}:{}", one.0, one.1, other.0, other.1));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

const fn is_link(content: &Content) -> bool {
    matches!(content, Content::Link(_) | Content::LinkBlob { .. })
}

fn words(thing: &Thing) -> String {
    match &thing.content {
        Content::Object(_) | Content::Blob { .. } | Content::Lfs { .. } => size_words(thing.size),
        Content::Link(target) => {
            let target = target.text();
            let mut short: String = target.chars().take(TARGET).collect();
            if short.len() < target.len() {
                short.push('…');
            }
            format!("link to {short}")
        }
        Content::LinkBlob { .. } => "link".to_owned(),
        Content::Folder => "folder".to_owned(),
    }
}

/// A size in decimal units, with one digit after the point from a kilobyte on.
pub(in crate::rollback) fn size_words(bytes: u64) -> String {
    let mut tenths = u128::from(bytes) / 100;
    if tenths < 10 {
        return if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") };
    }
    let mut unit = "kB";
    for larger in ["MB", "GB", "TB"] {
        if tenths >= 10_000 {
            tenths /= 1_000;
            unit = larger;
        }
    }
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

fn told_ref(change: &RefChange) -> RollbackChange {
    let words = |value: &Option<String>| match value {
        None => "none".to_owned(),
        Some(value) if value.starts_with("ref: ") => {
            RawPath::from_bytes(value.as_bytes()).text().into_owned()
        }
        Some(oid) => oid.chars().take(7).collect(),
    };
    let name = RawPath::from_bytes(change.name.as_bytes());
    let path = if change.repository.is_empty() {
        name.text().into_owned()
    } else {
        format!("{}: {}", change.repository.text(), name.text())
    };
    let detail = format!("{} → {}", words(&change.before), words(&change.after));
    RollbackChange { path, kind: RollbackChangeKind::Ref, detail: Some(detail) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollback::point::{Source, What};
    use crate::rollback::restore::compare::{Scope, compare};
    use crate::rollback::restore::testing::{clean, entry, file, folder, repository, state};

    #[test]
    fn sizes_are_read_at_a_glance() {
        for (bytes, words) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (1290, "1.2 kB"),
            (999_999, "999.9 kB"),
            (1_000_000, "1.0 MB"),
            (2_500_000_000, "2.5 GB"),
            (7_000_000_000_000_000, "7000.0 TB"),
        ] {
            assert_eq!(size_words(bytes), words);
        }
    }

    #[test]
    fn every_kind_of_change_is_counted_and_told() {
        let mut private = file("mode", 1, 5);
        private.meta.mode = 0o600;
        let mut given = file("owner", 1, 5);
        given.meta.uid = 0;
        let link =
            entry("link", What::Link { target: super::super::super::testing::path("a") }, Source::Tracked);
        let mut now = state(
            vec![file("big", 1, 1290), file("mode", 1, 5), file("owner", 1, 5), file("since", 1, 7), link],
            vec![clean("dropped", 9), folder("swap")],
        );
        let mut then = state(
            vec![
                file("big", 2, 1490),
                private,
                given,
                file("made", 3, 2000),
                file("link", 1, 3),
                file("swap", 1, 4),
            ],
            vec![],
        );
        let mut before = repository("");
        before.refs[0].1 = "2".repeat(40);
        before.symbolic = vec![("refs/remotes/origin/HEAD".to_owned(), "refs/remotes/origin/x".to_owned())];
        now.point.repositories = vec![before];
        then.point.repositories = vec![repository("")];
        let changes = compare(&now, &then, &Scope::whole(), true);
        let told = summary(&changes, false, 100);
        let lines: Vec<String> = told
            .list
            .iter()
            .map(|one| format!("{:?} {} {}", one.kind, one.path, one.detail.as_deref().unwrap_or("-")))
            .collect();
        assert_eq!(
            lines,
            [
                "Replaced big 1.2 kB → 1.4 kB",
                "Removed dropped 9 bytes",
                "Replaced link link to a → 3 bytes",
                "Added made 2.0 kB",
                "Described mode 0644 → 0600",
                "Described owner owner 1000:1000 → 0:1000",
                "PutAside since 7 bytes",
                "Replaced swap folder → 4 bytes",
                "Ref refs/heads/main 2222222 → 1111111",
                "Ref refs/remotes/origin/HEAD ref: refs/remotes/origin/x → none",
            ]
        );
        assert_eq!((told.added, told.replaced, told.described, told.since, told.refs), (1, 3, 2, 2, 2));
        let short = summary(&changes, true, 3);
        assert_eq!((short.list.len(), short.more), (3, 7));
        assert_eq!(summary(&changes, true, 10).list[6].kind, RollbackChangeKind::Removed);
    }
}
