//! A point as a report has it.

use super::{Contents, Head, Point, PointId, What};
use crate::report::RollbackPoint;

/// What a report says of a point. `unchanged` counts the files that git can give back.
#[must_use]
pub fn describe(point: &Point, unchanged: usize, id: &PointId) -> RollbackPoint {
    let root = point.repositories.first().filter(|first| first.path.is_empty());
    let files = point.entries.iter().filter(|entry| !matches!(entry.what, What::Folder {}));
    let bytes = point.entries.iter().map(|entry| match entry.what {
        What::File { size, .. } => size,
        What::Link { .. } | What::Folder {} => 0,
    });
    let mut status = [0_u64; 4];
    for repository in &point.repositories {
        let counts = repository.status;
        let counts = [counts.staged, counts.changed, counts.untracked, counts.conflicted];
        for (sum, count) in status.iter_mut().zip(counts) {
            *sum = sum.saturating_add(count);
        }
    }
    RollbackPoint {
        id: id.to_string(),
        name: point.name.clone(),
        created: point.created.clone(),
        commit: point.commit().map(str::to_owned),
        branch: root.map(|root| root.head.branch_words()),
        operation: root.and_then(|root| root.operation.clone()),
        complete: point.is_complete(),
        encrypted: matches!(point.contents, Contents::Encrypted { .. }),
        captured: files.count() as u64,
        bytes: bytes.fold(0, u64::saturating_add),
        stored: None,
        in_git: unchanged as u64,
        repositories: point.repositories.len() as u64,
        status,
        environment: point.environment.iter().map(|variable| variable.name.clone()).collect(),
        notes: point.notes.clone(),
    }
}

impl Head {
    /// The branch, or what stands for it, in words: `main`, `main (no commit yet)`, `detached`.
    #[must_use]
    pub fn branch_words(&self) -> String {
        let short = |name: &str| name.strip_prefix("refs/heads/").unwrap_or(name).to_owned();
        match self {
            Self::Branch { name, .. } => short(name),
            Self::Unborn { name } => short(name) + " (no commit yet)",
            Self::Detached { .. } => "detached".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollback::restore::testing::{file, point, repository};

    #[test]
    fn counts_are_those_of_the_point() {
        let mut value = point();
        let mut inner = repository("lib");
        value.entries = vec![file("a", 1, 10), file("b", 2, 5)];
        let mut root = repository("");
        root.status.changed = 2;
        inner.status.changed = 1;
        inner.status.conflicted = 4;
        root.operation = Some("merge".to_owned());
        value.repositories = vec![root, inner];
        let id: PointId = "20261122T143500Z-0123456789abcdef".parse().unwrap();
        let told = describe(&value, 7, &id);
        assert_eq!((told.captured, told.bytes, told.in_git, told.repositories), (2, 15, 7, 2));
        assert_eq!(told.status, [0, 3, 0, 4]);
        assert_eq!((told.branch.as_deref(), told.operation.as_deref()), (Some("main"), Some("merge")));
        assert_eq!(told.commit, Some("1".repeat(40)));
        assert!(told.complete && !told.encrypted);
        assert_eq!(Head::Unborn { name: "refs/heads/x/y".to_owned() }.branch_words(), "x/y (no commit yet)");
    }
}
