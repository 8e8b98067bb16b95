//! What a rollback point says. A point is a value: what a tree was at one moment, with the digests of its contents. The
//! manifest of a stored point is its JSON; nothing else describes it.

mod codec;
mod describe;
mod id;
mod path;
mod state;
mod unchanged;
mod variable;

pub use codec::{MAX_MANIFEST, PointError, check, is_state, parse, write};
pub use describe::describe;
pub use id::{IdError, ObjectId, PointId};
pub use path::RawPath;
pub use state::State;
pub use unchanged::{Origin, Unchanged, UnchangedError, parse_unchanged, write_unchanged};

use serde::{Deserialize, Serialize};

/// Version of the manifest's form.
pub const SCHEMA: u32 = 1;

/// A rollback point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Version of this form, see [`SCHEMA`].
    pub schema: u32,
    /// The program that made it, and its version.
    pub tool: String,
    /// When, RFC 3339 in UTC.
    pub created: String,
    /// What the user calls it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Why it was made.
    pub reason: Reason,
    /// The tree.
    pub root: Root,
    /// How contents are named and kept.
    pub contents: Contents,
    /// The repositories of the tree: its own first, if it has one, then those inside it, by path.
    pub repositories: Vec<Repository>,
    /// Everything that was captured byte by byte, by path; relative to the tree, or absolute for what lies outside.
    pub entries: Vec<Entry>,
    /// The object that lists what git can give back, and folders; see [`Unchanged`]. None without any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unchanged: Option<ObjectId>,
    /// Environment variables that were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub environment: Vec<Variable>,
    /// What could not be captured. A point with any is incomplete.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub gaps: Vec<Gap>,
    /// What is worth knowing and speaks against nothing.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
}

/// Why a point was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The user asked for it.
    Asked,
    /// A restore made it of the state that it was about to leave.
    Safety,
    /// Only to look at, never stored: a dry run, a comparison.
    Look,
}

/// The tree that a point is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Root {
    /// Its absolute path, without links.
    pub path: RawPath,
    /// Tells the folder from another that has the same path later: its inode and the moment it was made, where the system
    /// tells both.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub folder: Option<String>,
    /// First commits of its repository's history, as far as they could be found quickly: they tell repositories apart.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub first_commits: Vec<String>,
}

/// How the contents of a point are named and kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Contents {
    /// Named by SHA-256, in the clear.
    Plain {},
    /// Named by HMAC-SHA256 under a key derived from the encryption key, and encrypted.
    Encrypted {
        /// Tells keys apart: the first 8 bytes (hex) of what the key derives for this purpose.
        key: String,
    },
}

/// A git repository at or inside the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    /// Its work tree, relative to the tree; empty for the tree itself.
    pub path: RawPath,
    /// What it is to the tree.
    pub kind: RepositoryKind,
    /// Its own git directory (of a linked work tree, the one under `worktrees`): relative to the tree when inside, else
    /// absolute.
    pub git_dir: RawPath,
    /// The git directory that holds refs and objects; the same as `git_dir` but for linked work trees.
    pub common_dir: RawPath,
    /// What is checked out.
    pub head: Head,
    /// The branch's upstream: its ref, and the commit that it was at.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub upstream: Option<(String, Option<String>)>,
    /// All refs with their object ids (hex), by name; what is symbolic among them is resolved in `symbolic`.
    pub refs: Vec<(String, String)>,
    /// Symbolic refs besides `HEAD`, and what they lead to.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub symbolic: Vec<(String, String)>,
    /// Files of the git directory, byte by byte, relative to `git_dir`: `HEAD`, `index`, and whatever a merge, rebase,
    /// cherry-pick, revert or bisect in progress keeps. Folders of these that are there and empty stand as such.
    pub state: Vec<Entry>,
    /// Operation in progress, in git's words: `merge`, `rebase`, `cherry-pick`, `revert`, `bisect`, `am`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub operation: Option<String>,
    /// Git bundles, oldest first, that together hold every commit the refs lead to, and everything that only the index
    /// knows. Empty when none was asked for.
    pub bundles: Vec<Bundle>,
    /// Counts of what `git status` would have told.
    pub status: StatusCounts,
    /// Commits that submodules are recorded at in the index: path relative to the tree, and commit.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub submodules: Vec<(RawPath, String)>,
    /// Files that Git LFS manages: what their pointers name.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub lfs: Vec<LfsFile>,
    /// Files and whole folders that git ignored, relative to the tree: they were there and were not captured, so that no
    /// restore takes them for something made since, whatever git says of them by then.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub ignored: Vec<RawPath>,
}

/// What a repository is to the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepositoryKind {
    /// The tree itself.
    Root,
    /// A submodule: the index above it records its commit.
    Submodule,
    /// A repository, or a linked work tree, that the one above it knows nothing of.
    Nested,
}

/// What is checked out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Head {
    /// A branch, with its commit.
    Branch {
        /// Full name of the ref.
        name: String,
        /// The commit, hex.
        commit: String,
    },
    /// A commit and no branch.
    Detached {
        /// The commit, hex.
        commit: String,
    },
    /// A branch without a commit yet.
    Unborn {
        /// Full name of the ref.
        name: String,
    },
}

impl Head {
    /// The commit, if there is one.
    #[must_use]
    pub fn commit(&self) -> Option<&str> {
        match self {
            Self::Branch { commit, .. } | Self::Detached { commit } => Some(commit),
            Self::Unborn { .. } => None,
        }
    }
}

/// A git bundle among the objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// The object.
    pub object: ObjectId,
    /// Its bytes.
    pub size: u64,
    /// Commits (hex) that it reaches: what a later bundle need not hold again.
    pub tips: Vec<String>,
    /// Commits (hex) that it builds upon, which the bundles before it hold.
    pub needs: Vec<String>,
}

/// How many files were in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusCounts {
    /// The index differs from the commit.
    pub staged: u64,
    /// The file differs from the index, or may.
    pub changed: u64,
    /// Git knows nothing of it and does not ignore it.
    pub untracked: u64,
    /// In conflict.
    pub conflicted: u64,
}

/// A file that Git LFS manages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LfsFile {
    /// Relative to the tree.
    pub path: RawPath,
    /// SHA-256 (hex) of the contents, from the pointer.
    pub sha256: String,
    /// Its bytes, from the pointer.
    pub size: u64,
    /// Whether the repository has the contents, so that they need no network.
    pub present: bool,
}

/// A file, a link or a folder that was captured byte by byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Where.
    pub path: RawPath,
    /// What it is.
    pub what: What,
    /// What it is besides its bytes.
    pub meta: Meta,
    /// Why it was captured.
    pub class: Class,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum What {
    /// A regular file.
    File {
        /// Its contents.
        object: ObjectId,
        /// Its bytes.
        size: u64,
    },
    /// A symbolic link.
    Link {
        /// What it leads to, as it stands in the link.
        target: RawPath,
    },
    /// A folder.
    Folder {},
}

/// What a file, link or folder is besides its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meta {
    /// Permissions: the twelve low bits of the mode; of a link without meaning.
    pub mode: u32,
    /// Number of the user that owns it.
    pub uid: u32,
    /// Number of the group that owns it.
    pub gid: u32,
    /// When it was modified: seconds since 1970.
    pub seconds: i64,
    /// And nanoseconds.
    pub nanoseconds: u32,
}

/// Why an entry was captured, and what it is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// How git sees it.
    pub source: Source,
    /// A configuration file, by the patterns of the settings.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub config: bool,
    /// A security-related file, by the patterns of the settings.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub security: bool,
}

/// How git sees an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// In the index.
    #[default]
    Tracked,
    /// Not in the index, and not ignored; or there is no git.
    Untracked,
    /// Ignored, and captured because a pattern asks for it.
    Ignored,
    /// Outside the tree.
    Outside,
    /// In a git directory.
    Git,
}

/// An environment variable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What is kept of its value.
    pub value: Value,
}

/// What is kept of a variable's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Value {
    /// It was not set.
    Unset {},
    /// A digest: whether it changed can be told, and not what it was.
    Digest {
        /// Random bytes, hex.
        salt: String,
        /// SHA-256 (hex) of the salt's bytes and the value's.
        sha256: String,
    },
    /// The value, as an encrypted object.
    Encrypted {
        /// The object.
        object: ObjectId,
    },
}

/// Something that could not be captured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// Where, relative to the tree or absolute; empty for the tree as a whole.
    pub path: RawPath,
    /// Why, in words.
    pub reason: String,
}

impl Point {
    /// Every object that it needs, some perhaps more than once: contents of captured files and of state files of
    /// repositories, bundles, the list of what git can give back, encrypted variables.
    pub fn objects(&self) -> impl Iterator<Item = ObjectId> {
        let of_entry = |entry: &Entry| match entry.what {
            What::File { object, .. } => Some(object),
            What::Link { .. } | What::Folder {} => None,
        };
        let of_repositories = self.repositories.iter().flat_map(move |repository| {
            let bundles = repository.bundles.iter().map(|bundle| bundle.object);
            repository.state.iter().filter_map(of_entry).chain(bundles)
        });
        let of_environment = self.environment.iter().filter_map(|variable| match variable.value {
            Value::Encrypted { object } => Some(object),
            Value::Unset {} | Value::Digest { .. } => None,
        });
        let of_entries = self.entries.iter().filter_map(of_entry);
        of_entries.chain(of_repositories).chain(self.unchanged).chain(of_environment)
    }

    /// Whether everything was captured.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }

    /// The commit that was checked out in the tree itself.
    #[must_use]
    pub fn commit(&self) -> Option<&str> {
        self.repositories.first().filter(|first| first.kind == RepositoryKind::Root)?.head.commit()
    }
}
