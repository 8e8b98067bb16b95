//! What is known of a project: its name, the versions that tags say, its lock files, and the CI that runs this.

use std::path::Path;

use super::super::super::Variable;
use crate::crypto::digest::HashAlgorithm;
use crate::formats::declared;
use crate::formats::lockfile::{Kind, UNREADABLE};
use crate::host::files::{path_text, read_bounded};
use crate::host::git::WorkTree;

/// Largest project file or lock file read, in bytes.
const LIMIT: u64 = 32 << 20;
/// Files whose name for the project counts, the first that has one.
const PROJECTS: &[&str] = &["Cargo.toml", "package.json", "pyproject.toml", "composer.json", "pubspec.yaml"];
/// CI systems: the variable that each sets, and what it is called.
const CI: &[(&str, &str)] = &[
    ("GITHUB_ACTIONS", "github-actions"),
    ("GITLAB_CI", "gitlab-ci"),
    ("BUILDKITE", "buildkite"),
    ("CIRCLECI", "circleci"),
    ("TF_BUILD", "azure-pipelines"),
    ("JENKINS_URL", "jenkins"),
    ("TEAMCITY_VERSION", "teamcity"),
    ("BITBUCKET_BUILD_NUMBER", "bitbucket-pipelines"),
];

/// What the project is called: as the configuration says, as its project file does, as its repository is, or as its
/// folder. The folder comes last: it is another one in every checkout.
pub(super) fn name(configured: Option<&str>, source: &Path, tree: Option<&WorkTree>) -> String {
    let published = || {
        let url = tree?.remote.as_deref()?;
        let last = url.trim_end_matches('/').rsplit('/').next()?;
        Some(last.strip_suffix(".git").unwrap_or(last).to_owned()).filter(|name| !name.is_empty())
    };
    let folder = || source.file_name().map(|name| path_text(Path::new(name)));
    configured
        .map(str::to_owned)
        .filter(|name| !name.trim().is_empty())
        .or_else(|| PROJECTS.iter().find_map(|file| declared_name(source, file)))
        .or_else(published)
        .or_else(folder)
        .unwrap_or_else(|| "release".to_owned())
}

fn declared_name(source: &Path, file: &str) -> Option<String> {
    let kind = declared::Kind::of_name(file)?;
    let bytes = read_bounded(&source.join(file), LIMIT).ok()?;
    let name = declared::parse(kind, &bytes).ok()?.name?;
    (!name.trim().is_empty() && name.len() <= 200 && !name.contains(char::is_control)).then_some(name)
}

/// The version that a tag says: `v1.2.3`, `1.2.3`, `1.2.3-rc.1`, `2026.11`; none for any other tag.
pub(super) fn version_of_tag(tag: &str) -> Option<&str> {
    let version = tag.strip_prefix('v').unwrap_or(tag);
    let (core, rest) = version.split_at(version.find(['-', '+']).unwrap_or(version.len()));
    let numbers: Vec<&str> = core.split('.').collect();
    let plain = (2..=4).contains(&numbers.len())
        && numbers.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    (plain && rest.len() != 1).then_some(version)
}

/// The lock files at the root of the project, with the SHA-256 (hex) of each, by name.
pub(super) fn lock_files(source: &Path) -> Result<Vec<(String, String)>, String> {
    let unread = |error: std::io::Error| format!("the project cannot be listed: {error}");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(source).map_err(unread)? {
        let entry = entry.map_err(unread)?;
        let name = path_text(Path::new(&entry.file_name()));
        let is_lock = Kind::of_path(&name).is_some_and(|kind| {
            !matches!(kind, Kind::Workflow | Kind::Containerfile | Kind::Dpkg | Kind::Apk)
        }) || UNREADABLE.iter().any(|(known, _)| *known == name);
        if !is_lock || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        let bytes = read_bounded(&entry.path(), LIMIT).map_err(|error| format!("{name}: {error}"))?;
        found.push((name, HashAlgorithm::Sha256.digest(&bytes).to_string()));
    }
    found.sort_unstable();
    Ok(found)
}

/// The CI that runs this, as its own variables say; anyone can set them, so it is a claim.
pub(super) fn ci(variable: Variable<'_>) -> Option<String> {
    let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty() && value != "false");
    CI.iter().find(|(name, _)| set(name)).map(|(_, system)| (*system).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_versions_are_told_from_others() {
        for (tag, expected) in [
            ("v1.2.3", Some("1.2.3")),
            ("1.2.3", Some("1.2.3")),
            ("v1.2", Some("1.2")),
            ("2026.11", Some("2026.11")),
            ("v1.2.3-rc.1", Some("1.2.3-rc.1")),
            ("v1.2.3+5", Some("1.2.3+5")),
            ("latest", None),
            ("v1", None),
            ("v1.2.", None),
            ("v1.2.3-", None),
            ("release-1.2.3", None),
            ("v1.x", None),
        ] {
            assert_eq!(version_of_tag(tag), expected, "{tag}");
        }
    }

    #[test]
    fn a_folder_is_the_last_to_give_a_name() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let mut file = std::fs::File::create(folder.path().join(name)).unwrap();
            std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        };
        let own = folder.path().file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(name(None, folder.path(), None), own);
        let remote = Some("https://host/acme/thing.git".to_owned());
        let tree = WorkTree { remote, ..WorkTree::default() };
        assert_eq!(name(None, folder.path(), Some(&tree)), "thing");
        write("package.json", r#"{"name": "@acme/web", "version": "1.0.0"}"#);
        assert_eq!(name(None, folder.path(), Some(&tree)), "@acme/web");
        assert_eq!(name(Some("shop"), folder.path(), Some(&tree)), "shop");
        write("Cargo.lock", "abc");
        write("Dockerfile", "FROM x");
        // printf abc | sha256sum
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(lock_files(folder.path()).unwrap(), [("Cargo.lock".to_owned(), abc.to_owned())]);
    }
}
