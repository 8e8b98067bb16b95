//! GitHub workflows and actions: what they `uses:`, and the images that their jobs run in. One entry for each place.
//!
//! A version is one only where it is exact: a tag of three numbers, or such a tag in the comment beside a commit. Tags
//! like `v4` move to each new release, so that nothing is known of the release that runs; a branch tells even less.
//! These stand among the packages without a version, and are left out with the reason.

use super::reading::document;
use super::{Lockfile, Unread, image_package};
use crate::formats::containerfile::ImageRef;
use crate::formats::document::{Entry, Node, Syntax};
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::fault::Fault;
use crate::formats::package::{Origin, Package, Scope};
use crate::formats::source_url::commit;

/// How much of a comment is looked at, in bytes.
const MAX_COMMENT: usize = 500;

const OTHER_FORM: &str = "not of the form of a workflow";

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(path: &str, name: &str) -> bool {
    if matches!(name, "action.yml" | "action.yaml") {
        return true;
    }
    let folder = path.strip_suffix(name).unwrap_or_default();
    let within =
        folder.strip_suffix(".github/workflows/").is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
    within && (name.ends_with(".yml") || name.ends_with(".yaml"))
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let root = document(bytes, Syntax::Yaml)?;
    root.expect_map()?;
    if root.get("jobs").is_none() && root.get("runs").is_none() {
        return Err(Fault::new(1, "neither `jobs` nor `runs`"));
    }
    let mut reader = Reader { bytes, lock: Lockfile::default() };
    for job in reader.entries(root.get("jobs")) {
        let job = &job.value;
        reader.entries(Some(job));
        reader.uses(job);
        reader.steps(job);
        if let Some(container) = job.get("container") {
            reader.image(container.get("image").unwrap_or(container));
        }
        for service in reader.entries(job.get("services")) {
            reader.image(service.value.get("image").unwrap_or(&service.value));
        }
    }
    if let Some(runs) = root.get("runs") {
        reader.steps(runs);
        // An action in a container is a file beside it, or an image.
        if let Some(image) =
            runs.get("image").filter(|image| image.as_str().is_some_and(|it| it.starts_with("docker:")))
        {
            reader.used(image);
        }
    }
    Ok(reader.lock)
}

struct Reader<'b> {
    bytes: &'b [u8],
    lock: Lockfile,
}

impl Reader<'_> {
    fn leave_out(&mut self, node: &Node, reason: &'static str, name: &str) {
        self.lock.left_out.push(Unread { line: node.span.line, reason, name: name.to_owned() });
    }

    /// The entries of a map, where there is one; anything else may hold what is not seen.
    fn entries<'n>(&mut self, node: Option<&'n Node>) -> &'n [Entry] {
        let node = node.filter(|node| !node.is_null());
        let entries = node.map_or(Ok(&[][..]), |node| node.expect_map().map_err(|_| node));
        entries.unwrap_or_else(|node| {
            self.leave_out(node, OTHER_FORM, "");
            &[]
        })
    }

    fn steps(&mut self, node: &Node) {
        let Some(steps) = node.get("steps").filter(|steps| !steps.is_null()) else { return };
        let Ok(steps) = steps.expect_list() else { return self.leave_out(steps, OTHER_FORM, "") };
        for step in steps {
            self.entries(Some(step));
            self.uses(step);
        }
    }

    fn uses(&mut self, node: &Node) {
        if let Some(used) = node.get("uses") {
            self.used(used);
        }
    }

    fn used(&mut self, node: &Node) {
        let Some(text) = node.text().map(str::trim).filter(|text| !text.is_empty()) else {
            return self.leave_out(node, "a name that is no text", "");
        };
        if text.contains("${{") {
            return self.leave_out(node, "a name that holds an expression", text);
        }
        // Of the repository itself: as it was checked out, or, after `$`, at the commit that runs.
        if ["./", ".\\", "$/"].iter().any(|start| text.starts_with(start)) || text == "." {
            return;
        }
        if let Some(image) = text.strip_prefix("docker://") {
            return self.container(node, image);
        }
        let (path, reference) = match text.split_once('@') {
            Some((path, reference)) => (path, reference.trim()),
            None => (text, ""),
        };
        let mut parts = path.split('/');
        let (Some(owner), Some(repository)) = (parts.next(), parts.next()) else {
            return self.leave_out(node, "no repository", text);
        };
        if owner.is_empty() || repository.is_empty() {
            return self.leave_out(node, "no repository", text);
        }
        let name = format!("{owner}/{repository}");
        let (version, reason) = self.version(node, reference);
        if let Some(reason) = reason {
            self.leave_out(node, reason, &name);
        }
        self.lock.packages.push(Package {
            version,
            ecosystem: Some(Ecosystem::of(Family::GitHubActions)),
            line: node.span.line,
            direct: Some(true),
            scope: Scope::Development,
            origin: Origin::Git { url: format!("https://github.com/{name}"), commit: commit(reference) },
            name,
            ..Package::default()
        });
    }

    fn container(&mut self, node: &Node, image: &str) {
        let image = ImageRef::parse(image);
        if image.repository.is_empty() {
            return self.leave_out(node, "no image", "");
        }
        self.lock.packages.push(image_package::package(&image, node.span.line));
    }

    /// The exact version, or why there is none.
    fn version(&self, node: &Node, reference: &str) -> (Option<String>, Option<&'static str>) {
        if commit(reference).is_some() {
            let version = self.comment(node).and_then(commented);
            let reason = version.is_none().then_some("a commit without a version comment");
            return (version.map(str::to_owned), reason);
        }
        match numbers(reference) {
            _ if reference.is_empty() => (None, Some("no version")),
            3.. => (Some(reference.strip_prefix(['v', 'V']).unwrap_or(reference).to_owned()), None),
            1 | 2 => (None, Some("a tag that moves with releases")),
            _ => (None, Some("a branch, or a tag that is no version")),
        }
    }

    /// The comment behind a value, on its line; only its start, because many values may stand on one line.
    fn comment(&self, node: &Node) -> Option<&str> {
        let rest = self.bytes.get(node.span.end..)?;
        let rest = rest.get(..MAX_COMMENT).unwrap_or(rest);
        let line = rest.get(..memchr::memchr(b'\n', rest).unwrap_or(rest.len()))?;
        let line = line.utf8_chunks().next()?.valid();
        line.trim_start().strip_prefix('#')
    }

    fn image(&mut self, node: &Node) {
        match node.text().map(str::trim) {
            // A job without a container says so with nothing.
            Some("") => {}
            Some(text) if text.contains("${{") => {
                self.leave_out(node, "an image that holds an expression", text);
            }
            Some(text) => {
                self.container(node, text.strip_prefix("docker://").unwrap_or(text));
            }
            None => self.leave_out(node, "a name that is no text", ""),
        }
    }
}

/// The first exact version in a comment such as ` v4.1.2`, `tag=v4.1.2`, `ratchet:owner/repo@v4.1.2`, `pin v4.1.2, checked`.
fn commented(comment: &str) -> Option<&str> {
    comment.split_whitespace().find_map(|word| {
        let word = word.rsplit(['@', '=', ':']).next().unwrap_or(word).trim_end_matches([',', ';', '.', ')']);
        let version = word.strip_prefix(['v', 'V']).unwrap_or(word);
        (numbers(version) >= 3).then_some(version)
    })
}

/// How many numbers a text that is a version in full has in front: 3 for `v1.2.3-rc.1`, 1 for `v4`, 0 for `main` or `v1-beta`
/// (a branch as likely as a tag).
fn numbers(text: &str) -> usize {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let (core, tail) = text.split_at_checked(end).unwrap_or((text, ""));
    let digits =
        |part: &str| !part.is_empty() && part.len() <= 12 && part.bytes().all(|byte| byte.is_ascii_digit());
    let suffix = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+');
    let count = core.split('.').count();
    if !core.split('.').all(digits) || !tail.bytes().all(suffix) || (count < 3 && !tail.is_empty()) {
        return 0;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKFLOW: &str = "\
on: push
jobs:
  build:
    runs-on: x
    container: node:20
    services:
      db: {image: 'postgres:16'}
    steps:
      - uses: actions/checkout@v4.1.2
      - uses: actions/cache/restore@0123456789abcdef0123456789abcdef01234567 # v4.0.2
      - uses: \"actions/cache@0123456789abcdef0123456789abcdef01234567\"   # ratchet:actions/cache@v3.3.1
      - uses: a/b@0123456789abcdef0123456789abcdef01234567 # main, as of v4
      - uses: a/c@main
      - uses: a/d@v4
      - uses: docker://alpine:3.20
      - uses: ./local
      - uses: a/${{ x }}@v1.0.0
      - uses: nothing
      - run: echo
  call:
    uses: o/r/.github/workflows/x.yml@2.0.0-rc.1
";

    #[test]
    fn every_use_is_read() {
        let lock = parse(WORKFLOW.as_bytes()).unwrap();
        let seen: Vec<_> = lock
            .packages
            .iter()
            .map(|one| (one.name.as_str(), one.version.as_deref(), one.line, one.ecosystem.is_some()))
            .collect();
        assert_eq!(
            seen,
            [
                ("actions/checkout", Some("4.1.2"), 9, true),
                ("actions/cache", Some("4.0.2"), 10, true),
                ("actions/cache", Some("3.3.1"), 11, true),
                ("a/b", None, 12, true),
                ("a/c", None, 13, true),
                ("a/d", None, 14, true),
                ("alpine", Some("3.20"), 15, false),
                ("node", Some("20"), 5, false),
                ("postgres", Some("16"), 7, false),
                ("o/r", Some("2.0.0-rc.1"), 21, true),
            ]
        );
        let left: Vec<_> = lock.left_out.iter().map(|one| (one.line, one.reason)).collect();
        assert_eq!(
            left,
            [
                (12, "a commit without a version comment"),
                (13, "a branch, or a tag that is no version"),
                (14, "a tag that moves with releases"),
                (17, "a name that holds an expression"),
                (18, "no repository"),
            ]
        );
        assert!(matches!(&lock.packages[1].origin, Origin::Git { commit: Some(_), .. }));
    }

    #[test]
    fn actions_are_read() {
        let action = b"name: x\nruns:\n  using: composite\n  steps:\n    - uses: a/b@v1.2.3\n";
        assert_eq!(parse(action).unwrap().packages.len(), 1);
        let own =
            b"jobs:\n  a:\n    uses: $/.github/workflows/x.yml\n  b:\n    steps:\n    - uses: $/a/b/c\n";
        assert_eq!(parse(own).unwrap(), Lockfile::default());
        let action = b"runs:\n  using: docker\n  image: docker://a/b:1\n";
        assert_eq!(parse(action).unwrap().packages[0].name, "a/b");
        let action = b"runs:\n  using: docker\n  image: Dockerfile\n";
        assert_eq!(parse(action).unwrap(), Lockfile::default());
        assert!(parse(b"name: x\n").is_err() && parse(b"").is_err());
    }

    #[test]
    fn what_is_of_another_form_is_told() {
        for (text, expected) in [
            ("jobs: [a]\n", 1),
            ("jobs:\n  a: b\n", 1),
            ("jobs:\n  a:\n    steps: {uses: a/b@v1.2.3}\n    services: [x]\n", 2),
            ("jobs:\n  a:\n    steps: [uses]\n", 1),
            ("jobs:\n  a:\n    steps:\n    - uses: docker://\n", 1),
            ("runs: {steps: x}\n", 1),
            ("jobs:\n  a:\n    steps:\n    container:\n", 0),
        ] {
            let lock = parse(text.as_bytes()).unwrap();
            assert_eq!((lock.left_out.len(), lock.packages.len()), (expected, 0), "{text}");
        }
    }

    #[test]
    fn many_uses_on_one_line_stay_cheap() {
        let one = "{uses: a/b@0123456789abcdef0123456789abcdef01234567},".repeat(50_000);
        let lock = parse(format!("runs: {{steps: [{one}]}}").as_bytes()).unwrap();
        assert_eq!((lock.packages.len(), lock.left_out.len()), (50_000, 50_000));
    }

    #[test]
    fn names_and_versions() {
        for (path, expected) in [
            (".github/workflows/ci.yml", true),
            ("sub/.github/workflows/ci.yaml", true),
            (".github/workflows/README.md", false),
            (".github/workflows/old/ci.yml", false),
            ("x.github/workflows/ci.yml", false),
            ("tools/action.yml", true),
            ("ci.yml", false),
        ] {
            assert_eq!(is_name(path, path.rsplit('/').next().unwrap()), expected, "{path}");
        }
        for (text, expected) in [
            ("v1.2.3", 3),
            ("1.2.3.4", 4),
            ("v1.2.3-rc.1+x", 3),
            ("v4", 1),
            ("v1.2", 2),
            ("main", 0),
            ("v1-beta", 0),
            ("release/v1.2.3", 0),
            ("", 0),
            ("v", 0),
        ] {
            assert_eq!(numbers(text), expected, "{text}");
        }
    }
}
