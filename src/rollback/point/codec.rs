//! Manifests: written whole, read with bounds, refused when anything in them could lead out of the tree.

use super::{Entry, Point, RawPath, SCHEMA, Source, What};

/// Largest manifest, in bytes: some hundred thousand captured files.
pub const MAX_MANIFEST: u64 = 256 << 20;

/// Why a manifest is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointError {
    /// Larger than [`MAX_MANIFEST`].
    #[error("larger than {MAX_MANIFEST} bytes")]
    TooLarge,
    /// Not JSON, or not of this form. What it holds is not repeated.
    #[error("line {0}, column {1}: this is no manifest of a rollback point that this version reads")]
    Form(usize, usize),
    /// Of a later form.
    #[error("it has form {0}, and this version reads form {SCHEMA}: use a later version of the program")]
    Later(u32),
    /// A path that leads out of where it should be.
    #[error("the path {0} does not stay where it belongs")]
    Path(String),
    /// The same path twice, or not in order.
    #[error("the path {0} stands twice, or not in its place")]
    Order(String),
}

/// The bytes of a manifest: JSON with a line end, the same for the same point.
#[must_use]
pub fn write(point: &Point) -> Vec<u8> {
    // Texts and numbers alone: nothing that JSON cannot hold.
    let mut bytes = serde_json::to_vec(point).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// Reads a manifest.
///
/// # Errors
/// Why it is none.
pub fn parse(bytes: &[u8]) -> Result<Point, PointError> {
    #[derive(serde::Deserialize)]
    struct Version {
        schema: u32,
    }
    if bytes.len() as u64 > MAX_MANIFEST {
        return Err(PointError::TooLarge);
    }
    let form = |error: serde_json::Error| PointError::Form(error.line(), error.column());
    if let Ok(Version { schema }) = serde_json::from_slice(bytes)
        && schema != SCHEMA
    {
        return Err(PointError::Later(schema));
    }
    let point: Point = serde_json::from_slice(bytes).map_err(form)?;
    check(&point)?;
    Ok(point)
}

/// Every path must be one that a capture can have made: whoever wrote the manifest must not choose others.
///
/// # Errors
/// The first that is none, or does not stand in its place.
pub fn check(point: &Point) -> Result<(), PointError> {
    let bad = |path: &RawPath| PointError::Path(path.text().into_owned());
    if !point.root.path.is_safe_absolute() && point.root.path.bytes() != b"/" {
        return Err(bad(&point.root.path));
    }
    ordered(point.entries.iter().map(|entry| &entry.path))?;
    ordered(point.repositories.iter().map(|repository| &repository.path))?;
    for entry in &point.entries {
        let sound = match entry.class.source {
            Source::Outside => entry.path.is_safe_absolute(),
            Source::Tracked | Source::Untracked | Source::Ignored => is_in_tree(&entry.path),
            Source::Git => false,
        };
        if !sound
            || !is_sound(entry)
            || (ends_in_git(&entry.path) && !matches!(entry.what, What::File { .. }))
        {
            return Err(bad(&entry.path));
        }
    }
    for repository in &point.repositories {
        if !repository.path.is_empty() && !is_in_tree(&repository.path) {
            return Err(bad(&repository.path));
        }
        for folder in [&repository.git_dir, &repository.common_dir] {
            if !folder.is_safe() && !folder.is_safe_absolute() {
                return Err(bad(folder));
            }
        }
        ordered(repository.state.iter().map(|entry| &entry.path))?;
        for entry in &repository.state {
            let leads_away = match &entry.what {
                What::Link { target } => !target.is_safe(),
                What::File { .. } | What::Folder {} => false,
            };
            if !is_state(&entry.path) || !is_sound(entry) || leads_away {
                return Err(bad(&entry.path));
            }
        }
        let paths = repository.submodules.iter().map(|(path, _)| path);
        if let Some(path) =
            paths.chain(repository.lfs.iter().map(|file| &file.path)).find(|path| !is_in_tree(path))
        {
            return Err(bad(path));
        }
        for (name, _) in repository.refs.iter().chain(&repository.symbolic) {
            if !is_ref_name(name) {
                return Err(PointError::Path(RawPath::from_bytes(name.as_bytes()).text().into_owned()));
            }
        }
    }
    Ok(())
}

/// Whether a path is relative, stays in the tree, and goes into no folder of git's: what is captured of those stands in
/// `state`. The file `.git` of a submodule or a linked work tree is an ordinary file.
pub(super) fn is_in_tree(path: &RawPath) -> bool {
    let mut parts = path.bytes().split(|byte| *byte == b'/').rev();
    // The last part may be a file of that name; none above it may.
    let _last = parts.next();
    path.is_safe()
        && parts.all(|part| !part.eq_ignore_ascii_case(b".git"))
        && !path.lies_in(&RawPath::from_bytes(b".readiness"))
}

/// Whether a path is the file that leads to a git directory elsewhere.
fn ends_in_git(path: &RawPath) -> bool {
    path.bytes().rsplit(|byte| *byte == b'/').next().is_some_and(|last| last.eq_ignore_ascii_case(b".git"))
}

/// Files and folders of a git directory that are captured; nothing else of it is ever written to. `config` and `hooks` are
/// not among them: they make git run programs.
const STATE: &[&str] = &[
    "HEAD",
    "index",
    "ORIG_HEAD",
    "FETCH_HEAD",
    "MERGE_HEAD",
    "MERGE_MODE",
    "MERGE_MSG",
    "MERGE_RR",
    "MERGE_AUTOSTASH",
    "AUTO_MERGE",
    "SQUASH_MSG",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "REBASE_HEAD",
    "BISECT_LOG",
    "BISECT_NAMES",
    "BISECT_START",
    "BISECT_TERMS",
    "BISECT_EXPECTED_REV",
    "BISECT_ANCESTORS_OK",
    "BISECT_HEAD",
    "BISECT_RUN",
    "BISECT_FIRST_PARENT",
    "NOTES_MERGE_PARTIAL",
    "NOTES_MERGE_REF",
    "COMMIT_EDITMSG",
    "shallow",
    "info/sparse-checkout",
    "rebase-merge",
    "rebase-apply",
    "sequencer",
    "NOTES_MERGE_WORKTREE",
];

/// Whether a path of a git directory is one that points capture: `HEAD`, `index`, and what operations in progress keep.
#[must_use]
pub fn is_state(path: &RawPath) -> bool {
    let text = path.bytes();
    let split_index =
        text.strip_prefix(b"sharedindex.").is_some_and(|rest| rest.iter().all(u8::is_ascii_hexdigit));
    path.is_safe()
        && (split_index || STATE.iter().any(|name| path.lies_in(&RawPath::from_bytes(name.as_bytes()))))
}

/// Whether a ref has a name that is a path below the git directory and nothing else.
fn is_ref_name(name: &str) -> bool {
    let path = RawPath::from_bytes(name.as_bytes());
    // See git check-ref-format.
    let odd = |c: char| c.is_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\');
    name.starts_with("refs/")
        && path.is_safe()
        && !name.contains(odd)
        && !name.contains("..")
        && !name.contains("@{")
        && !name.ends_with(".lock")
}

fn is_sound(entry: &Entry) -> bool {
    entry.meta.mode <= 0o7777
        && entry.meta.nanoseconds < 1_000_000_000
        && match &entry.what {
            What::Link { target } => !target.is_empty() && !target.bytes().contains(&0),
            What::File { .. } | What::Folder {} => true,
        }
}

/// Whether paths stand in order, none twice.
fn ordered<'p>(paths: impl Iterator<Item = &'p RawPath>) -> Result<(), PointError> {
    let mut before: Option<&RawPath> = None;
    for path in paths {
        if before.is_some_and(|before| before >= path) {
            return Err(PointError::Order(path.text().into_owned()));
        }
        before = Some(path);
    }
    Ok(())
}
