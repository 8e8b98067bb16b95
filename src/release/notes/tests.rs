//! Notes of projects that are made here, with git and fixed dates.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::*;

struct Project(tempfile::TempDir);

impl Project {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn with_git() -> Self {
        let project = Self::new();
        project.git(&["init", "-q", "-b", "main"]);
        project
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let date = "2026-06-15T12:00:00Z";
        let output = Command::new("git")
            .args(["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgSign=false"])
            .args(arguments)
            .current_dir(self.root())
            .env("GIT_AUTHOR_DATE", date)
            .env("GIT_COMMITTER_DATE", date)
            .env("GIT_CONFIG_GLOBAL", self.root().join("none"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Commits nothing but a message.
    fn commit(&self, message: &str) -> &Self {
        self.git(&["commit", "-q", "--allow-empty", "--cleanup=verbatim", "-m", message]);
        self
    }

    fn tag(&self, name: &str) -> &Self {
        self.git(&["tag", name]);
        self
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.root().join(name), text).unwrap();
    }

    fn documents(&self, version: &str) -> Documents {
        let head = self.git(&["rev-parse", "HEAD"]);
        documents(self.root(), version, Some(&head)).unwrap()
    }
}

/// The notes without the ids of commits, which stand between backticks.
fn without_ids(notes: &str) -> String {
    let line = |line: &str| match line.rsplit_once(" (`") {
        Some((text, id)) => {
            assert!(id.len() == 12 && id.ends_with("`)"), "{line}");
            text.to_owned()
        }
        None => line.to_owned(),
    };
    notes.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn conventional_commits_are_grouped() {
    let project = Project::with_git();
    project.commit("feat: begin").tag("v1.0.0");
    project
        .commit("fix(parser): stop at the end")
        .commit("chore: tidy")
        .commit("feat!: drop the old form")
        .commit("feat(cli): add a flag")
        .commit("perf: read once\n\nLess is more.\n\nBREAKING CHANGE: buffers are shared")
        .commit("Security: bound the depth")
        .commit("no form at all")
        .tag("v1.1.0");
    let documents = project.documents("v1.1.0");
    assert_eq!(documents.previous_tag.as_deref(), Some("v1.0.0"));
    assert_eq!(documents.origin, "7 commits since v1.0.0");
    assert_eq!(
        without_ids(&documents.notes),
        "# Release v1.1.0\n\n7 commits since v1.0.0.\n\n\
         ## Breaking changes\n\n- read once\n- drop the old form\n\n\
         ## Security\n\n- bound the depth\n\n\
         ## Features\n\n- **cli:** add a flag\n\n\
         ## Fixes\n\n- **parser:** stop at the end\n\n\
         ## Other changes\n\n- no form at all\n- chore: tidy"
    );
    assert_eq!(documents, project.documents("v1.1.0"), "the same again");
}

#[test]
fn other_commits_are_listed_and_merges_are_not() {
    let project = Project::with_git();
    project.commit("http: first");
    project.git(&["checkout", "-q", "-b", "side"]);
    project.commit("Second");
    project.git(&["checkout", "-q", "main"]);
    project.git(&["merge", "-q", "--no-ff", "-m", "Merge side", "side"]);
    let documents = project.documents("0.1.0");
    assert_eq!(documents.previous_tag, None);
    assert_eq!(documents.origin, "2 commits, no earlier tag");
    let notes = without_ids(&documents.notes);
    assert_eq!(notes, "# Release 0.1.0\n\n2 commits; no earlier tag is known.\n\n- Second\n- http: first");
}

#[test]
fn the_tag_before_is_the_nearest_that_fits() {
    let project = Project::with_git();
    project.commit("1").tag("v1.0.0").commit("2").tag("v1.1.0-rc.1").commit("3").tag("nightly").commit("4");
    let before = |version: &str| project.documents(version).previous_tag;
    assert_eq!(before("1.1.0").as_deref(), Some("v1.0.0"), "a release is compared with a release");
    assert_eq!(before("v1.1.0-rc.2").as_deref(), Some("v1.1.0-rc.1"));
    project.tag("v1.1.0");
    assert_eq!(before("1.1.0").as_deref(), Some("v1.0.0"), "not with itself");
    assert_eq!(before("v1.1.0").as_deref(), Some("v1.0.0"));
    assert_eq!(before("1.2.0").as_deref(), Some("v1.1.0"));
    let other = Project::with_git();
    other.commit("1").tag("nightly").commit("2");
    assert_eq!(other.documents("1.0").previous_tag.as_deref(), Some("nightly"));
    assert_eq!(other.documents("nightly").previous_tag, None);
    assert_eq!(other.documents("*").previous_tag.as_deref(), Some("nightly"), "no pattern");
}

#[test]
fn subjects_are_harmless() {
    let project = Project::with_git();
    project
        .commit("Thank @team, closes #12 and GH-7 <script>alert(1)</script> [x](https://example.org) `id`");
    project.commit("- # \u{1b}[31m\u{202e}desrever **bold** www.example.org");
    project.commit("1. first");
    project.commit(&"long ".repeat(100));
    let notes = without_ids(&project.documents("1.0").notes);
    let lines: Vec<&str> = notes.lines().skip(4).collect();
    assert_eq!(
        lines,
        [
            &format!("- {}…", "long ".repeat(40).trim_end()),
            "- 1\\. first",
            "- \\- \\# \\[31mdesrever \\*\\*bold\\*\\* www.&#8203;example.org",
            "- Thank @&#8203;team, closes \\#&#8203;12 and GH-&#8203;7 &lt;script&gt;alert(1)&lt;/script&gt; \
             \\[x\\](https:&#8203;//example.org) \\`id\\`",
        ]
    );
}

#[test]
fn configuration_of_the_repository_runs_nothing() {
    let project = Project::with_git();
    project.commit("feat: a");
    let trap = project.root().join("trap.sh");
    let sprung = project.root().join("sprung");
    fs::write(&trap, format!("#!/bin/sh\ntouch {}\n", sprung.display())).unwrap();
    let trap_path = trap.display().to_string();
    for key in ["gpg.program", "core.pager", "core.fsmonitor", "core.sshCommand", "diff.external"] {
        project.git(&["config", key, &trap_path]);
    }
    project.git(&["config", "log.showSignature", "true"]);
    project.git(&["config", "alias.rev-list", &format!("!{trap_path}")]);
    assert!(project.documents("1.0").notes.contains("- a ("));
    assert!(!sprung.exists());
}

#[test]
fn what_is_not_known_is_said() {
    let project = Project::new();
    let without = documents(project.root(), "1.0", None).unwrap();
    assert!(without.notes.contains("What changed is not known"));
    assert_eq!((without.readme, without.changelog, without.previous_tag), (None, None, None));
    // A commit that git does not have is no empty history.
    let project = Project::with_git();
    project.commit("a");
    assert!(documents(project.root(), "1.0", Some(&"0".repeat(40))).is_err());
    assert!(documents(project.root(), "1.0", Some("--all")).is_err());
    // Nothing since the last tag.
    project.tag("v1.0.0");
    assert_eq!(project.documents("1.0.1").notes, "# Release 1.0.1\n\n0 commits since v1.0.0.\n");
}

#[test]
fn a_long_history_is_cut_and_counted() {
    let project = Project::with_git();
    // One import instead of a thousand processes.
    let mut stream = String::new();
    for number in 1..=1003 {
        let text = format!("fix: number {number}");
        let message = format!("data {}\n{text}\n", text.len());
        stream += &format!("commit refs/heads/main\ncommitter A <a@example.org> {number} +0000\n{message}");
    }
    let mut child = Command::new("git")
        .args(["fast-import", "--quiet"])
        .current_dir(project.root())
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), stream.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    let notes = project.documents("1.0").notes;
    assert!(notes.contains("1003 commits; no earlier tag"));
    assert_eq!(notes.matches("\n- ").count(), 1000);
    assert!(notes.ends_with("\n… and 3 more.\n"), "{}", &notes[notes.len() - 100..]);
}

#[test]
fn a_folder_of_a_repository_has_its_own_history() {
    let project = Project::with_git();
    for (folder, message) in [("one", "Change one"), ("two", "Change two")] {
        fs::create_dir(project.root().join(folder)).unwrap();
        project.write(&format!("{folder}/a"), "a");
        project.git(&["add", "."]);
        project.git(&["commit", "-q", "-m", message]);
    }
    let head = project.git(&["rev-parse", "HEAD"]);
    let below = documents(&project.root().join("one"), "1.0", Some(&head)).unwrap();
    assert_eq!(below.origin, "1 commit, no earlier tag");
    assert!(below.notes.contains("Change one") && !below.notes.contains("Change two"));
}

#[test]
fn sections_of_changelogs_are_found() {
    let keep = "# Changelog\n\n## [Unreleased]\n\n- soon\n\n## [1.2.3] - 2026-01-02\n\n### Added\n\n- a\n\n```\n## 1.2.2\n```\n\n\
        ## [1.2.2](https://example.org/compare/v1.2.1...v1.2.2) (2025-01-01)\n- b\n## v1.2.0\n\n## 1.1.0-rc.1\n- c\n";
    let found = |text: &str, version: &str| changelog::section(text, version);
    let body = "### Added\n\n- a\n\n```\n## 1.2.2\n```\n";
    assert_eq!(found(keep, "1.2.3").as_deref(), Some(body));
    assert_eq!(found(keep, "v1.2.3").as_deref(), Some(body));
    assert_eq!(found(keep, "1.2.2").as_deref(), Some("- b\n"));
    assert_eq!(found(keep, "1.2.0"), None, "nothing in it");
    assert_eq!(found(keep, "1.1.0"), None, "a pre-release is another version");
    assert_eq!(found(keep, "1.1.0-rc.1").as_deref(), Some("- c\n"));
    assert_eq!(found(keep, "1.2.1"), None, "only in a link");
    assert_eq!(found(keep, "1.2"), None);
    let setext = "Changes\n=======\n\n2.0.0 / 2026-01-01\n------------------\n\n * a\n\n1.9.0\n-----\n * b\n";
    assert_eq!(found(setext, "2.0.0").as_deref(), Some(" * a\n"));
    assert_eq!(found(setext, "v1.9.0").as_deref(), Some(" * b\n"));
    let tilde = "Changelog\n=========\n\n6.1 (01.05.2026)\n~~~~~~~~~~~~~~~~\n\n * a\n\n6.0\n~~~\n\n * b\n";
    assert_eq!(found(tilde, "6.1").as_deref(), Some(" * a\n"));
    assert_eq!(found("## Version 1.0 (old)\n\u{1b}[2Ja\r\n", "1.0").as_deref(), Some("[2Ja\n"));
    assert_eq!(found("### pkg@1.0.0\n\na\n", "1.0.0").as_deref(), Some("a\n"));
}

#[test]
fn documents_are_found_whatever_their_case_and_stay_in_the_folder() {
    let project = Project::new();
    project.write("Readme.RST", "Read me");
    project.write("readme.txt", "Not this one");
    project.write("NEWS.rst", "1.0\n===\n\n* ```a```\n");
    project.write("HISTORY.md", "# 0.9\n\nold\n");
    let found = documents(project.root(), "0.9", None).unwrap();
    assert_eq!(found.readme.as_deref(), Some(&b"Read me"[..]));
    assert_eq!(found.origin, "HISTORY.md, section 0.9");
    assert_eq!(found.notes, "# Release 0.9\n\nold\n");
    fs::remove_file(project.root().join("HISTORY.md")).unwrap();
    let news = documents(project.root(), "1.0", None).unwrap();
    assert_eq!(news.notes, "# Release 1.0\n\n````text\n* ```a```\n````\n");
    project.write("CHANGELOG.md", &"x".repeat((4 << 20) + 1));
    let error = documents(project.root(), "1.0", None).unwrap_err();
    assert!(error.starts_with("CHANGELOG.md: larger than 4 MiB"), "{error}");
}

#[cfg(unix)]
#[test]
fn links_out_of_the_folder_are_not_followed() {
    let project = Project::new();
    fs::create_dir(project.root().join("docs")).unwrap();
    project.write("docs/log.md", "## 1.0\n\nin\n");
    std::os::unix::fs::symlink("docs/log.md", project.root().join("CHANGELOG.md")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", project.root().join("README.md")).unwrap();
    let found = documents(project.root(), "1.0", None).unwrap();
    assert_eq!(found.readme, None);
    assert_eq!(found.notes, "# Release 1.0\n\nin\n");
}
