//! What `readiness rollback` captured, tried or carried out, beside its findings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rollback point, and what was done with it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rollback {
    /// What was done.
    pub action: RollbackAction,
    /// The point that it was done with; none where there was none to name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub point: Option<RollbackPoint>,
    /// Id of the point that was made of the state before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub safety: Option<String>,
    /// What changed, or would.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub changes: Option<RollbackChanges>,
    /// Commands that were to succeed after a restore.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub validation: Vec<RollbackStep>,
    /// Phases, in the order in which a rollback goes through them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub phases: Vec<RollbackPhase>,
    /// What to see to before the first phase.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub before: Vec<String>,
    /// What to see to after the last one.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub after: Vec<String>,
    /// Whom to tell, and when.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub communication: Vec<String>,
    /// What to do when there is no time for the plan.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub emergency: Vec<String>,
    /// Expected durations of all phases together, in seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expected_seconds: Option<f64>,
    /// What all phases together took, in seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub measured_seconds: Option<f64>,
    /// Longest that they may take together, in seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub limit_seconds: Option<f64>,
    /// Until when a rehearsal counts, RFC 3339 in UTC.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires: Option<String>,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RollbackAction {
    /// A point was captured.
    #[default]
    Captured,
    /// A point was verified.
    Verified,
    /// What a restore would do was told, and nothing done.
    Compared,
    /// A point was restored.
    Restored,
    /// A restore was begun and undone: the tree is what it was before.
    Undone,
    /// A restore that had been interrupted was brought to its end.
    Recovered,
    /// The plan was told.
    Planned,
    /// The plan, or a phase of it, was carried out.
    Run,
    /// The plan was carried out in a scratch copy.
    Rehearsed,
}

/// A rollback point.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackPoint {
    /// Its id.
    pub id: String,
    /// What the user calls it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// When it was made, RFC 3339 in UTC.
    pub created: String,
    /// The commit that was checked out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<String>,
    /// The branch, or what stands for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub branch: Option<String>,
    /// Operation that was in progress: `merge`, `rebase` and so on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub operation: Option<String>,
    /// Whether everything was captured.
    pub complete: bool,
    /// Whether its contents are encrypted.
    pub encrypted: bool,
    /// Files and links that were captured byte by byte.
    pub captured: u64,
    /// Bytes of these.
    pub bytes: u64,
    /// Bytes that the store grew by; none where nothing was stored.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stored: Option<u64>,
    /// Files that git can give back.
    pub in_git: u64,
    /// Repositories, the tree's own included.
    pub repositories: u64,
    /// How many files were staged, changed, untracked, in conflict.
    pub status: [u64; 4],
    /// Names of the environment variables that were captured.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub environment: Vec<String>,
    /// What is worth knowing and speaks against nothing.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
}

/// What changed between a state and a point, or would.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackChanges {
    /// Files, links and folders that were not there.
    pub added: u64,
    /// Those with other contents.
    pub replaced: u64,
    /// Those that differ in mode, owner or time alone.
    pub described: u64,
    /// Those that were made since the point.
    pub since: u64,
    /// Refs with another value.
    pub refs: u64,
    /// Environment variables that differ; nothing is done about them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub environment: Vec<String>,
    /// Folder that files made since were put into; none when they were removed, or there are none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kept: Option<String>,
    /// The first of the changes, by path.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub list: Vec<RollbackChange>,
    /// Changes that the list leaves out.
    pub more: u64,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackChange {
    /// Where: a path, or the name of a ref.
    pub path: String,
    /// What becomes of it.
    pub kind: RollbackChangeKind,
    /// From what to what, where that can be said in a few words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
}

/// What becomes of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RollbackChangeKind {
    /// It is made.
    Added,
    /// It gets other contents.
    Replaced,
    /// It gets another mode, owner or time.
    Described,
    /// It was made since, and is put aside.
    PutAside,
    /// It was made since, and is removed.
    Removed,
    /// A ref gets another value.
    Ref,
}

/// A step: a command, a restore, or something that a person does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackStep {
    /// What it is called.
    pub name: String,
    /// What it does, in words; secrets masked.
    pub act: String,
    /// How it ended.
    pub outcome: RollbackOutcome,
    /// What it took, in seconds; none when it was not carried out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seconds: Option<f64>,
    /// Why it ended so; the end of what it said, secrets masked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
}

/// How a step or a phase ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RollbackOutcome {
    /// It would be carried out.
    #[default]
    Planned,
    /// As it should.
    Done,
    /// It was done by an earlier run.
    Already,
    /// It did not succeed.
    Failed,
    /// It was not carried out.
    Skipped,
}

/// A phase.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackPhase {
    /// Its place in the rollback, from 1.
    pub number: u32,
    /// What it is called.
    pub name: String,
    /// What it reverses.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reverses: Option<String>,
    /// `low`, `medium` or `high`.
    pub risk: String,
    /// Who answers for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    /// Whom to tell.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub communicate: Vec<String>,
    /// How long it should take, in seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expected_seconds: Option<f64>,
    /// What it took, in seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub measured_seconds: Option<f64>,
    /// How it ended.
    pub outcome: RollbackOutcome,
    /// What is done, in order.
    pub steps: Vec<RollbackStep>,
    /// What shows that it is reversed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verify: Option<RollbackStep>,
}
