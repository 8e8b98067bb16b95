//! The section `rollback` of `readiness.yaml`.

use std::time::Duration;

/// What a configuration says of going back; what is absent keeps its built-in value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `rollback.store`: where points are kept, relative to the configuration's folder; beside the tree when absent.
    pub store: Option<String>,
    /// `rollback.key`: file with the AES-256 key that contents are encrypted with, relative to the configuration's folder.
    pub key: Option<String>,
    /// `rollback.protect.config`: globs over configuration files, relative to the tree; absolute paths lie outside.
    pub config: Vec<String>,
    /// `rollback.protect.security`: globs over security-related files.
    pub security: Vec<String>,
    /// `rollback.ignored`: globs over files that are captured although git ignores them.
    pub ignored: Vec<String>,
    /// `rollback.environment`: names of variables.
    pub environment: Vec<String>,
    /// `rollback.bundle`: whether the history goes into the point as a git bundle.
    pub bundle: bool,
    /// `rollback.validate`: commands that must succeed after a restore.
    pub validate: Vec<Step>,
    /// `rollback.keep`.
    pub keep: Keep,
    /// `rollback.rehearsal`.
    pub rehearsal: Rehearsal,
    /// `rollback.phases`: in the order in which the release was carried out; a rollback goes through them backwards.
    pub phases: Vec<Phase>,
    /// `rollback.emergency`: whom to call and what to say when there is no time for the plan, as free lines.
    pub emergency: Vec<String>,
}

/// A command with its bounds.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What it is called.
    pub name: String,
    /// What it does.
    pub act: Act,
    /// Longest that it may take.
    pub limit: Duration,
    /// Whether a rehearsal carries it out; what cannot be rehearsed is told as untested.
    pub rehearse: bool,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Act {
    /// Runs a program; its words were split as a shell would, and no shell reads them.
    Command {
        /// The program and its arguments; at least one.
        words: Vec<String>,
    },
    /// Restores a part of the point.
    Restore {
        /// As `--only`: `git`, `config`, `security`, or paths; all of it when empty.
        only: Vec<String>,
    },
    /// Something that a person does: the run waits for a confirmation.
    Manual {
        /// What.
        text: String,
    },
}

/// A phase of the release, and how it is reversed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// What it is called.
    pub name: String,
    /// What it reverses.
    pub reverses: Option<String>,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// What shows that it is reversed.
    pub verify: Option<Step>,
    /// How long it should take.
    pub expected: Option<Duration>,
    /// What can go wrong.
    pub risk: Risk,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Whom to tell, and when.
    pub communicate: Vec<String>,
}

/// How much can go wrong.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// It can be repeated without harm.
    Low,
    /// It is noticed by users.
    #[default]
    Medium,
    /// Data can be lost.
    High,
}

/// Which points `prune` keeps: those that any of the two covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// `count`: that many of the newest.
    pub count: u32,
    /// `age`: those that are younger.
    pub age: Duration,
}

/// What a rehearsal is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rehearsal {
    /// `valid_for`: how long its report counts.
    pub valid_for: Duration,
    /// `max_duration`: longest that the whole plan may take.
    pub max_duration: Option<Duration>,
}

/// Configuration files unless others are named: what decides how a program behaves, and is not its source.
pub const DEFAULT_CONFIG: &[&str] = &[
    "readiness.yaml",
    "config/**",
    "conf/**",
    "**/application*.{yml,yaml,properties}",
    "**/appsettings*.json",
    "**/*.conf",
    "**/*.ini",
    "**/*.cfg",
    "**/*.toml",
    "**/docker-compose*.{yml,yaml}",
    "**/compose*.{yml,yaml}",
    "**/values*.{yml,yaml}",
    "**/.env",
    "**/.env.*",
    "deploy/**",
    "k8s/**",
    "helm/**",
];
/// Security-related files unless others are named.
pub const DEFAULT_SECURITY: &[&str] = &[
    "**/*.pem",
    "**/*.key",
    "**/*.crt",
    "**/*.cer",
    "**/*.p12",
    "**/*.pfx",
    "**/*.jks",
    "**/*.keystore",
    "**/*.asc",
    "**/*.sig",
    "**/*.gpg",
    "**/id_{rsa,ecdsa,ed25519}",
    "**/.htpasswd",
    "**/.htaccess",
    "**/authorized_keys",
    "**/known_hosts",
    "**/SECURITY.md",
    "**/CODEOWNERS",
    "**/.gitleaks.toml",
    "**/*policy*.{yml,yaml,json,rego}",
    "**/rbac*.{yml,yaml}",
    "**/secrets*.{yml,yaml}",
];
/// Files that are captured although git ignores them, unless others are named.
pub const DEFAULT_IGNORED: &[&str] = &[
    "**/.env",
    "**/.env.*",
    "**/*.local.{yml,yaml,json,toml,ini,conf}",
    "**/local.{yml,yaml,json,toml,ini,conf}",
    "**/appsettings.*.json",
    "config/**/*.{yml,yaml,json,toml,ini,conf,properties}",
    "**/*.{pem,key,p12,pfx,jks}",
];

impl Default for Settings {
    fn default() -> Self {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Self {
            store: None,
            key: None,
            config: owned(DEFAULT_CONFIG),
            security: owned(DEFAULT_SECURITY),
            ignored: owned(DEFAULT_IGNORED),
            environment: Vec::new(),
            bundle: true,
            validate: Vec::new(),
            keep: Keep { count: 10, age: Duration::from_hours(30 * 24) },
            rehearsal: Rehearsal { valid_for: Duration::from_hours(14 * 24), max_duration: None },
            phases: Vec::new(),
            emergency: Vec::new(),
        }
    }
}
