//! The command line: types that clap fills in. No I/O, and no default that the settings also have.

mod advisories;
mod audit;
mod baseline;
mod output;
mod perf;
mod release;
mod rollback;
mod tree;

pub use advisories::{
    AdvisoriesArgs, AdvisoriesCommand, DatabaseArg, ExportArgs, ImportArgs, StatusArgs, StatusFormat,
    UpdateArgs,
};
pub use audit::{AuditArgs, Colour, FormatArg, ScannerArg, SeverityArg};
pub use baseline::{
    BaselineApproveArgs, BaselineArgs, BaselineCaptureArgs, BaselineCommand, BaselineCompareArgs,
    BaselineDriftArgs, BaselineExportArgs, BaselineHistoryArgs, BaselineListArgs, BaselineStoreArgs,
    BaselineWatchArgs, ExportForm,
};
pub use output::OutputArgs;
pub use perf::{
    CompareArgs, EngineArg, ExecArgs, HttpArg, JudgingArgs, LoadArgs, MergeArgs, PerfArgs, PerfCommand,
    ProfileArg,
};

pub use release::{
    GateArgs, KeygenArgs, KeysArgs, KeysCommand, KeysExportArgs, KeysInspectArgs, KeysListArgs,
    KeysRevokeArgs, KeysRotateArgs, KeysVerifyArgs, PassphraseArgs, PrepareArgs, ReleaseArgs, ReleaseCommand,
    RotateEncryptionArgs, TrailArgs, TrailFile, TrustArgs, VerifyArgs, VerifyProvenanceArgs,
};

pub use rollback::{
    ListFormat, RollbackArgs, RollbackCaptureArgs, RollbackCommand, RollbackDiffArgs, RollbackEmergencyArgs,
    RollbackExportArgs, RollbackImportArgs, RollbackListArgs, RollbackPinArgs, RollbackPlanArgs,
    RollbackPruneArgs, RollbackRecoverArgs, RollbackRehearseArgs, RollbackRestoreArgs, RollbackRunArgs,
    RollbackShowArgs, RollbackStoreArgs, RollbackVerifyArgs,
};
pub use tree::TreeArgs;

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// May this ship?
#[derive(Debug, Parser)]
#[command(
    name = "readiness",
    version,
    about = "Answers one question about a software release, offline and from evidence: may this ship?",
    after_help = "Examples:\n  readiness audit --deep .                    judge the tree here, every file\n  readiness audit --deep --format github      the same, as a step of a workflow\n  readiness rules SEC-001                     explain a rule\n\nExit codes: 0 ready · 1 high finding (or at --fail-on) · 2 critical finding · 3 incomplete · 4 could not run",
    disable_help_subcommand = true,
    propagate_version = false
)]
pub struct Cli {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Judge a tree: integrity, configuration, secrets, code, containers, dependencies, vulnerabilities
    Audit(Box<AuditArgs>),
    /// Measure: load on a server, or runs of a command; is this build slower?
    Perf(Box<PerfArgs>),
    /// Baseline: what is normal, what has moved out of it, what is configured differently
    Baseline(BaselineArgs),
    /// Release: prepare a directory that anyone can verify, verify it, judge it
    Release(ReleaseArgs),
    /// Roll back: capture the state of a tree, prove it can be restored, go back without losing anything
    Rollback(RollbackArgs),
    /// Import, show or export the advisory database
    Advisories(AdvisoriesArgs),
    /// Explain one rule, or list all
    Rules(RulesArgs),
    /// Write a commented readiness.yaml fitted to what is found
    Init(InitArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
}

/// `readiness rules`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  readiness rules                    all rules, by check\n  readiness rules CTR-001            one rule, with a bad and a good example\n  readiness rules --format json      all rules, for a program"
)]
pub struct RulesArgs {
    /// Id of a rule or of a check
    pub id: Option<String>,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t = RulesFormat::Text)]
    pub format: RulesFormat,
}

/// Forms of `readiness rules`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RulesFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// `docs/rules.md`.
    Markdown,
}

/// `readiness init`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  readiness init                     write readiness.yaml here\n  readiness init --baseline web      with probes for a web service\n  readiness init --output - service  print what would be written for ./service"
)]
pub struct InitArgs {
    /// The tree
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// Where to write; `-` is standard output; default: readiness.yaml in the tree
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// With probes for a common stack: llm, rag, web, queue
    #[arg(long, value_name = "PRESET", value_enum)]
    pub baseline: Option<PresetArg>,
    /// Replace a file that is there
    #[arg(long)]
    pub force: bool,
}

/// Probe sets for common stacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PresetArg {
    /// A server of language models: Ollama, vLLM, llama.cpp, OpenAI-compatible ones.
    Llm,
    /// Retrieval: an embedding model, Qdrant, a cache.
    Rag,
    /// A web service: HTTP, `PostgreSQL`, Redis, the machine.
    Web,
    /// Workers and queues: Redis, `RabbitMQ`, processes.
    Queue,
}

/// `readiness completions`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  readiness completions bash > ~/.local/share/bash-completion/completions/readiness\n  readiness completions zsh > ~/.zfunc/_readiness"
)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}
