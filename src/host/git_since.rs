//! What git knows of the way from one commit to another: the tags on it, and what was committed for each.

use std::collections::HashMap;
use std::path::Path;

use super::git::run;
use super::terminal::clean;

/// Most commits that are looked at.
const COMMITS: usize = 20_000;
/// Most tags that are told.
const TAGS: usize = 200;
/// Subjects of commits that are told for each stretch.
const SUBJECTS: usize = 5;
/// Longest subject, in characters.
const SUBJECT: usize = 120;

/// The way from one commit to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// Stretches, newest first. The first ends at the later commit itself and has a tag only when that commit has one.
    pub stretches: Vec<Stretch>,
    /// Tags of the earlier commit, sorted.
    pub base: Vec<String>,
    /// Commits that the earlier one has and the later one has not: above 0 when the later does not descend from it.
    pub elsewhere: u64,
    /// Whether there are more commits or tags than are told.
    pub is_cut: bool,
}

/// The commits that one tag has and the tag before it has not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// The tag, or the tags of one commit with `, ` between; none for what no tag has yet.
    pub tag: Option<String>,
    /// Commits, merges included.
    pub commits: u64,
    /// The first lines of the newest of them, newest first; nothing in them speaks to a terminal.
    pub subjects: Vec<String>,
}

/// A commit as the walk sees it.
struct Seen {
    parents: Vec<String>,
    subject: String,
    stretch: Option<usize>,
}

/// The way from `from` to `to`, both full ids of commits. A commit belongs to the oldest tag that has it.
///
/// # Errors
/// A commit is not in the repository, or git fails; in words.
pub fn way(root: &Path, from: &str, to: &str) -> Result<Way, String> {
    for id in [from, to] {
        let sound = matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !sound {
            return Err("this is no id of a commit".to_owned());
        }
        run(root, &["cat-file", "-e", &format!("{id}^{{commit}}")])
            .map_err(|_| format!("the repository has no commit {id}"))?;
    }
    let without = format!("^{from}");
    let most = format!("--max-count={}", COMMITS + 1);
    let listed = run(
        root,
        &[
            "rev-list",
            "--topo-order",
            &most,
            "--encoding=UTF-8",
            "--format=%x00%H%x00%P%x00%s%x00",
            to,
            &without,
            "--",
        ],
    )?;
    let listed = String::from_utf8_lossy(&listed);
    let mut order = Vec::new();
    let mut commits: HashMap<&str, Seen> = HashMap::new();
    // Before each stands a line `commit ID`; no subject holds a NUL.
    let mut fields = listed.split('\0').skip(1);
    while let (Some(id), Some(parents), Some(subject)) = (fields.next(), fields.next(), fields.next()) {
        let parents = parents.split(' ').filter(|id| !id.is_empty()).map(str::to_owned).collect();
        commits.insert(id, Seen { parents, subject: told(subject), stretch: None });
        order.push(id);
        fields.next();
    }
    let mut way = Way { is_cut: order.len() > COMMITS, ..Way::default() };
    let elsewhere = run(root, &["rev-list", "--count", from, &format!("^{to}"), "--"])?;
    way.elsewhere =
        String::from_utf8_lossy(&elsewhere).trim().parse().map_err(|_| "git rev-list: no number")?;

    let mut tags = tags(root)?;
    way.base = tags.remove(from).unwrap_or_default();
    let mut ends: Vec<(&str, Option<String>)> =
        order.iter().filter_map(|id| Some((*id, Some(tags.get(*id)?.join(", "))))).collect();
    if let Some(newest) = order.first()
        && ends.first().is_none_or(|(id, _)| id != newest)
    {
        ends.insert(0, (newest, None));
    }
    way.is_cut |= ends.len() > TAGS;
    ends.truncate(TAGS);
    // Oldest first: whatever a tag leads to and no older one had is its own.
    for (number, (end, _)) in ends.iter().enumerate().rev() {
        let mut open = vec![(*end).to_owned()];
        while let Some(id) = open.pop() {
            if let Some(seen) = commits.get_mut(id.as_str())
                && seen.stretch.is_none()
            {
                seen.stretch = Some(number);
                open.extend(seen.parents.iter().cloned());
            }
        }
    }
    way.stretches = ends.into_iter().map(|(_, tag)| Stretch { tag, ..Stretch::default() }).collect();
    for id in order {
        let Some(seen) = commits.get(id) else { continue };
        let Some(stretch) = seen.stretch.and_then(|number| way.stretches.get_mut(number)) else { continue };
        stretch.commits += 1;
        if stretch.subjects.len() < SUBJECTS {
            stretch.subjects.push(seen.subject.clone());
        }
    }
    Ok(way)
}

/// Names of tags, sorted, by the commit that they lead to.
fn tags(root: &Path) -> Result<HashMap<String, Vec<String>>, String> {
    let format = "--format=%(objectname)%00%(*objectname)%00%(refname:strip=2)%00";
    let listed = run(root, &["for-each-ref", format, "refs/tags"])?;
    let listed = String::from_utf8_lossy(&listed);
    let mut tags: HashMap<String, Vec<String>> = HashMap::new();
    let mut fields = listed.split('\0');
    while let (Some(object), Some(peeled), Some(name)) = (fields.next(), fields.next(), fields.next()) {
        let object = object.trim_start_matches('\n');
        let commit = if peeled.is_empty() { object } else { peeled };
        tags.entry(commit.to_owned()).or_default().push(told(name));
    }
    tags.values_mut().for_each(|names| names.sort_unstable());
    Ok(tags)
}

fn told(text: &str) -> String {
    clean(&text.chars().take(SUBJECT).collect::<String>()).replace('\n', " ")
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::process::Command;

    use super::*;

    struct Repository(tempfile::TempDir);

    impl Repository {
        fn new() -> Self {
            let made = Self(tempfile::tempdir().unwrap());
            made.git(&["init", "-q", "-b", "main"]);
            made
        }

        fn git(&self, arguments: &[&str]) -> String {
            let settings = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "tag.gpgSign=false"];
            let done = Command::new("git").args(settings).args(arguments).current_dir(self.0.path()).output();
            let done = done.unwrap();
            assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
            String::from_utf8(done.stdout).unwrap().trim().to_owned()
        }

        fn commit(&self, subject: &str) -> String {
            self.git(&["commit", "-q", "--allow-empty", "-m", subject]);
            self.git(&["rev-parse", "HEAD"])
        }
    }

    #[test]
    fn commits_belong_to_the_oldest_tag_that_has_them() {
        let at = Repository::new();
        at.commit("zero");
        at.git(&["tag", "v1"]);
        let from = at.commit("base");
        at.git(&["tag", "-m", "annotated", "v2"]);
        at.git(&["checkout", "-q", "-b", "side"]);
        at.commit("side");
        at.git(&["checkout", "-q", "main"]);
        at.commit("one\u{1b}[31m");
        at.git(&["tag", "v3"]);
        at.git(&["merge", "-q", "--no-ff", "-m", "merged", "side"]);
        at.git(&["tag", "v4"]);
        at.git(&["tag", "-m", "annotated", "live"]);
        let to = at.commit("untagged");
        let way = way(at.0.path(), &from, &to).unwrap();
        let told: Vec<(Option<&str>, u64)> =
            way.stretches.iter().map(|part| (part.tag.as_deref(), part.commits)).collect();
        assert_eq!(told, [(None, 1), (Some("live, v4"), 2), (Some("v3"), 1)]);
        assert_eq!(way.stretches[0].subjects, ["untagged"]);
        assert_eq!(way.stretches[1].subjects, ["merged", "side"]);
        assert!(!way.stretches[2].subjects[0].contains('\u{1b}'));
        assert_eq!((way.base.as_slice(), way.elsewhere, way.is_cut), (&["v2".to_owned()][..], 0, false));

        let back = super::way(at.0.path(), &to, &from).unwrap();
        assert_eq!((back.stretches.len(), back.elsewhere), (0, 4), "the earlier one is ahead");
        assert!(super::way(at.0.path(), &from, "--all").is_err());
        assert!(super::way(at.0.path(), &"0".repeat(40), &to).unwrap_err().contains("no commit"));
    }
}
