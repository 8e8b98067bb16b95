//! What git knows of the commits before a release: the tag before it, and what was committed since.

use std::path::Path;

use super::git::{repository_root, run};

/// One commit; merges are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// Its id, in full.
    pub id: String,
    /// The first paragraph of its message, in one line.
    pub subject: String,
    /// The rest of its message.
    pub body: String,
}

/// Commits between a tag and a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The newest of them, newest first.
    pub commits: Vec<Commit>,
    /// How many there are.
    pub count: u64,
    /// Whether older commits are missing here because the repository was cloned without them.
    pub is_shallow: bool,
}

/// The tag before version `version` (with or without its `v`) whose commit is `commit`: the nearest reachable one that
/// looks like a version and is not of this very version; before a release that is no pre-release, pre-releases only if
/// there is nothing else; and a tag of any form only if none looks like a version.
#[must_use]
pub fn tag_before(root: &Path, version: &str, commit: &str) -> Option<String> {
    if !is_id(commit) {
        return None;
    }
    let plain = escaped(version.strip_prefix(['v', 'V']).unwrap_or(version));
    let own = [
        format!("--exclude={plain}"),
        format!("--exclude=[vV]{plain}"),
        format!("--exclude=*[-_/@]{plain}"),
        format!("--exclude=*[-_/@][vV]{plain}"),
    ];
    let versions = ["--match=[vV][0-9]*", "--match=[0-9]*"];
    let releases = ["--exclude=[vV][0-9]*-*", "--exclude=[0-9]*-*"];
    let is_release = !version.contains('-');
    let mut tries: Vec<Vec<&str>> = Vec::new();
    if is_release {
        tries.push([versions, releases].concat());
    }
    tries.push(versions.to_vec());
    tries.push(Vec::new());
    tries.into_iter().find_map(|rules| {
        let mut arguments = vec!["describe", "--tags", "--abbrev=0"];
        arguments.extend(rules);
        arguments.extend(own.iter().map(String::as_str));
        arguments.push(commit);
        // It fails where there is none.
        let output = run(root, &arguments).ok()?;
        let tag = String::from_utf8(output).ok()?.trim_end_matches('\n').to_owned();
        (!tag.is_empty() && !tag.chars().any(char::is_control)).then_some(tag)
    })
}

/// The commits that lead to `commit` and not to the tag `since`; of them the newest `most` with their messages. Below the
/// root of a repository, only those that changed something there.
///
/// # Errors
/// When git fails, in words.
pub fn log(root: &Path, since: Option<&str>, commit: &str, most: u32) -> Result<Log, String> {
    if !is_id(commit) {
        return Err("this is no id of a commit".to_owned());
    }
    let without = since.map(|tag| format!("^refs/tags/{tag}"));
    let most = format!("--max-count={most}");
    let below = repository_root(root).is_some_and(|top| top != root);
    let ask = |more: &[&str]| {
        // A plumbing command: no configuration changes what it prints, or runs a program to check signatures.
        let mut arguments = vec!["rev-list", "--no-merges", "--topo-order"];
        arguments.extend(more);
        arguments.push(commit);
        arguments.extend(without.as_deref());
        arguments.push("--");
        arguments.extend(below.then_some("."));
        run(root, &arguments)
    };
    let count = ask(&["--count"])?;
    let count = String::from_utf8_lossy(&count).trim().parse().map_err(|_| "git rev-list: no number")?;
    let output = ask(&[&most, "--encoding=UTF-8", "--format=%x00%H%x00%s%x00%b%x00"])?;
    let output = String::from_utf8_lossy(&output);
    // Before each stands a line `commit ID`; no message holds a NUL.
    let mut parts = output.split('\0').skip(1);
    let mut commits = Vec::new();
    while let (Some(id), Some(subject), Some(body)) = (parts.next(), parts.next(), parts.next()) {
        commits.push(Commit { id: id.to_owned(), subject: subject.to_owned(), body: body.trim().to_owned() });
        parts.next();
    }
    let shallow = run(root, &["rev-parse", "--is-shallow-repository"])?;
    Ok(Log { commits, count, is_shallow: shallow.starts_with(b"true") })
}

/// Whether a text is the full id of a commit, and thus no option and no other revision.
fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A text as a pattern for itself.
fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|letter| "*?[]\\".contains(letter).then_some('\\').into_iter().chain([letter]))
        .collect()
}
