//! `readiness perf`.

mod exec;

pub use exec::ExecArgs;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{OutputArgs, SeverityArg};

const EXAMPLES: &str = "Examples:
  readiness perf --url http://127.0.0.1:8080                              30 s, 50 connections, numbers
  readiness perf --url http://127.0.0.1:8080 --rate 500 --duration 1m     500 requests a second, response times
  readiness perf --url http://127.0.0.1:8080 --runs 5 --output-json last.json
  readiness perf --url http://127.0.0.1:8080 --baseline last.json         is this build slower? five runs
  readiness perf --url http://127.0.0.1:8080 --against http://127.0.0.1:8081
                                                                          two running builds in turn: the best answer
  readiness perf --config shop.yaml --auth-token \"$TOKEN\"                 a scenario of several endpoints
  readiness perf --url https://staging.example --profile stress           raise the load until something breaks
  readiness perf compare old.json new.json                                reports of earlier runs
  readiness perf exec --before './old --version' --after './new --version'

A closed loop (--concurrency) shows how much the server can do; a constant rate (--rate) shows how long users wait.
Exit codes: 0 ready · 1 slower, or too many errors · 2 nothing but errors · 3 invalid or inconclusive · 4 could not run";

/// Flags of `readiness perf`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct PerfArgs {
    /// Commands beside the load itself.
    #[command(subcommand)]
    pub command: Option<PerfCommand>,
    /// The load.
    #[command(flatten)]
    pub load: LoadArgs,
}

/// Commands of `readiness perf`.
#[derive(Clone, Debug, Subcommand)]
pub enum PerfCommand {
    /// Compare two earlier reports
    Compare(CompareArgs),
    /// Add up the reports of several generators that loaded one server at the same time
    Merge(MergeArgs),
    /// Benchmark commands: before against after, or one against a baseline
    Exec(Box<ExecArgs>),
}

/// Flags of a load.
#[derive(Clone, Debug, Default, Args)]
pub struct LoadArgs {
    /// The server: http:// or https://, and the path that is asked for unless a scenario names others
    #[arg(long, value_name = "URL", env = "READINESS_PERF_URL")]
    pub url: Option<String>,

    /// Measured time of each run: `30`, `30s`, `2m` (default 30s)
    #[arg(long, short = 'd', value_name = "TIME", help_heading = "Load")]
    pub duration: Option<String>,
    /// Measured requests of each run, instead of a time
    #[arg(long, short = 'n', value_name = "N", help_heading = "Load", conflicts_with = "duration")]
    pub requests: Option<u64>,
    /// Requests under way at the most, 1 to 10,000: connections, or streams with HTTP/2 (default 50)
    #[arg(long, short = 'c', value_name = "N", help_heading = "Load")]
    pub concurrency: Option<u32>,
    /// Requests due per second, however slow the server is
    #[arg(long, short = 'r', value_name = "PER_SECOND", help_heading = "Load")]
    pub rate: Option<f64>,
    /// Named settings: quick (10 s, 10 connections), standard (30 s, 50), stress (rising until something breaks)
    #[arg(long, value_enum, value_name = "PROFILE", env = "READINESS_PERF_PROFILE", help_heading = "Load")]
    pub profile: Option<ProfileArg>,
    /// Steps of a rising load, as connections or, with --rate-steps, requests per second: `10,50,100`
    #[arg(long, value_name = "N,…", value_delimiter = ',', help_heading = "Load", conflicts_with_all = ["concurrency", "rate"])]
    pub steps: Vec<u32>,
    /// Take --steps as requests per second
    #[arg(long, help_heading = "Load", requires = "steps")]
    pub rate_steps: bool,
    /// Time before each measurement that is not counted (default: a tenth of the duration, at most 3 s)
    #[arg(long, value_name = "TIME", help_heading = "Load")]
    pub warm_up: Option<String>,
    /// Time in which the load rises from nothing, before the warm-up
    #[arg(long, value_name = "TIME", help_heading = "Load")]
    pub ramp: Option<String>,
    /// Times that the load is run (default 1; with --baseline or --against 5)
    #[arg(long, value_name = "N", help_heading = "Load")]
    pub runs: Option<u32>,
    /// The part of the load that is this generator's, from 0: `0/4` of four that are started together, see `perf merge`
    #[arg(long, value_name = "I/N", help_heading = "Load")]
    pub share: Option<String>,
    /// Begin at this moment (RFC 3339), or at the next full minute: `next-minute`
    #[arg(long, value_name = "TIME", help_heading = "Load")]
    pub start_at: Option<String>,
    /// Longest wait for one answer (default 30s)
    #[arg(long, value_name = "TIME", help_heading = "Load")]
    pub timeout: Option<String>,
    /// Times that a request is sent again that got no answer, or 429, 502, 503, 504: after 100 ms, 200 ms, … (default 0)
    #[arg(long, value_name = "N", help_heading = "Load")]
    pub retries: Option<u32>,

    /// Scenario, or a readiness.yaml with one under `perf`; default: the readiness.yaml here
    #[arg(long, value_name = "FILE", env = "READINESS_CONFIG", help_heading = "Requests")]
    pub config: Option<PathBuf>,
    /// Ignore the readiness.yaml here
    #[arg(long, help_heading = "Requests", conflicts_with = "config")]
    pub no_tree_config: bool,
    /// Bearer token, for `${token}` of a scenario or for every request; better in READINESS_AUTH_TOKEN than in a process list
    #[arg(
        long,
        value_name = "TOKEN",
        env = "READINESS_AUTH_TOKEN",
        hide_env_values = true,
        help_heading = "Requests"
    )]
    pub auth_token: Option<String>,
    /// Protocol: auto takes HTTP/2 where TLS offers it
    #[arg(long, value_enum, value_name = "VERSION", help_heading = "Requests")]
    pub http: Option<HttpArg>,
    /// Requests under way on one HTTP/2 connection (default 1)
    #[arg(long, value_name = "N", help_heading = "Requests")]
    pub streams: Option<u32>,
    /// A new connection for every request
    #[arg(long, help_heading = "Requests")]
    pub no_keep_alive: bool,
    /// Trust the certificates of this PEM file and no others
    #[arg(long, value_name = "FILE", help_heading = "Requests", conflicts_with = "insecure")]
    pub cacert: Option<PathBuf>,
    /// Take any certificate
    #[arg(long, help_heading = "Requests")]
    pub insecure: bool,
    /// Sends HTTP/1.1: fast is the program's own path, hyper a library's, to check the other
    #[arg(long, value_enum, value_name = "ENGINE", help_heading = "Requests")]
    pub engine: Option<EngineArg>,
    /// Threads of the generator (default: one a core, half of them when the server is on this machine)
    #[arg(long, value_name = "N", help_heading = "Requests")]
    pub threads: Option<u32>,
    /// Let the system move threads between cores
    #[arg(long, help_heading = "Requests")]
    pub no_pin: bool,

    /// Every answer must have this header: a run against another server is no measurement
    #[arg(long, value_name = "NAME[=VALUE]", help_heading = "Trust")]
    pub expect_header: Option<String>,
    /// Process of the server, for its processor time and memory; found by itself on this machine
    #[arg(long, value_name = "PID", help_heading = "Trust")]
    pub target_pid: Option<u32>,
    /// What is measured, as `build=1.4.2`; reports with other labels do not compare unless --vary names the key
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Trust")]
    pub label: Vec<String>,
    /// Largest share of errors, such as `1%` (default 1%)
    #[arg(long, value_name = "SHARE", help_heading = "Trust")]
    pub max_error_rate: Option<String>,

    /// Report of an earlier run to compare with
    #[arg(long, value_name = "FILE", help_heading = "Regression")]
    pub baseline: Option<PathBuf>,
    /// URL of the build before, running now: both are loaded in turn
    #[arg(long, value_name = "URL", help_heading = "Regression", conflicts_with_all = ["baseline", "steps"])]
    pub against: Option<String>,
    /// How comparisons are judged.
    #[command(flatten)]
    pub judging: JudgingArgs,

    /// Where reports go.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// How comparisons are judged.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Regression")]
pub struct JudgingArgs {
    /// Change that is a regression: `p95=10%`, `p99=15%`, `throughput=10%`, `error-rate=1%` (points), `floor=0.1ms`
    #[arg(long, value_name = "METRIC=LIMIT")]
    pub threshold: Vec<String>,
    /// Label that may differ between the two
    #[arg(long, value_name = "KEY")]
    pub vary: Vec<String>,
    /// Lowest severity that fails
    #[arg(long, value_name = "SEVERITY", value_enum, env = "READINESS_FAIL_ON")]
    pub fail_on: Option<SeverityArg>,
}

/// `readiness perf compare`.
#[derive(Clone, Debug, Default, Args)]
#[command(
    after_help = "Examples:\n  readiness perf compare old.json new.json\n  readiness perf compare off.json on.json --vary encryption     what does encryption cost?\n  readiness perf compare old.json new.json --threshold p95=5% --output-html verdict.html"
)]
pub struct CompareArgs {
    /// JSON report of the build before
    pub before: PathBuf,
    /// JSON report of the new build
    pub after: PathBuf,
    /// How comparisons are judged.
    #[command(flatten)]
    pub judging: JudgingArgs,
    /// Configuration for thresholds, waivers and policy; default: the readiness.yaml here
    #[arg(long, value_name = "FILE", env = "READINESS_CONFIG")]
    pub config: Option<PathBuf>,
    /// Ignore the readiness.yaml here
    #[arg(long, conflicts_with = "config")]
    pub no_tree_config: bool,
    /// Where reports go.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `readiness perf merge`.
#[derive(Clone, Debug, Default, Args)]
#[command(
    after_help = "Examples:\n  readiness perf merge pod-*.json --output-json all.json        exact: histograms are added, not averaged\n  readiness perf merge a.json b.json --baseline last.json"
)]
pub struct MergeArgs {
    /// JSON reports of the generators
    #[arg(required = true, num_args = 1..)]
    pub reports: Vec<PathBuf>,
    /// Report of an earlier run, itself merged from as many, to compare with
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// How comparisons are judged.
    #[command(flatten)]
    pub judging: JudgingArgs,
    /// Configuration for thresholds, waivers and policy; default: the readiness.yaml here
    #[arg(long, value_name = "FILE", env = "READINESS_CONFIG")]
    pub config: Option<PathBuf>,
    /// Ignore the readiness.yaml here
    #[arg(long, conflicts_with = "config")]
    pub no_tree_config: bool,
    /// Where reports go.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Named settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProfileArg {
    /// 10 s, 10 connections.
    Quick,
    /// 30 s, 50 connections.
    Standard,
    /// Rising load.
    Stress,
}

/// Protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum HttpArg {
    /// What the server offers.
    Auto,
    /// HTTP/1.1.
    #[value(name = "1.1", alias = "1")]
    One,
    /// HTTP/2, without TLS by prior knowledge.
    #[value(name = "2")]
    Two,
}

/// Who sends HTTP/1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineArg {
    /// The program's own path.
    Fast,
    /// The library hyper.
    Hyper,
}
