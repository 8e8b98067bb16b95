//! `readiness release prepare`.

use std::path::PathBuf;

use clap::Args;

use super::{PassphraseArgs, TrailFile};
use crate::cli::{OutputArgs, SeverityArg};

const EXAMPLES: &str = "Examples:
  readiness release prepare --dry-run --output-dir release/v1.2.3            the plan, with sizes
  readiness release prepare target/release/app --output-dir release/v1.2.3   without signatures
  readiness release prepare --profile prod --sign --signing-key signing.key \\
      --encrypt --encryption-key encryption.key --include-sbom --include-slsa \\
      --run-security-audit --run-performance-tests --api-url http://127.0.0.1:8080 \\
      --output-dir release/v1.2.3                                            all of it

Artifacts are those named here, or those of `release.artifacts` in readiness.yaml. The directory appears whole or not at all.";

/// Flags of `readiness release prepare`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = EXAMPLES)]
pub struct PrepareArgs {
    /// Files to release; default: those that `release.artifacts` of readiness.yaml names
    #[arg(value_name = "ARTIFACT")]
    pub artifacts: Vec<PathBuf>,

    /// The directory to make; it must not be there yet
    #[arg(long, value_name = "DIR")]
    pub output_dir: PathBuf,
    /// The project: its git history, documents, configuration, and what is audited; default: the folder here
    #[arg(long, value_name = "DIR")]
    pub source: Option<PathBuf>,
    /// Version; default: `release.version`, or the tag of the commit
    #[arg(long, value_name = "VERSION")]
    pub version: Option<String>,
    /// Profile that the release is for, such as prod; it stands in the manifest
    #[arg(long, value_name = "NAME", env = "READINESS_PROFILE")]
    pub profile: Option<String>,
    /// Say what would be done, with sizes, and do nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Put a signature beside every file
    #[arg(long, help_heading = "Protection")]
    pub sign: bool,
    /// The private key that signs (PEM)
    #[arg(long, value_name = "FILE", env = "READINESS_SIGNING_KEY", help_heading = "Protection")]
    pub signing_key: Option<PathBuf>,
    /// Key set that knows the signing key: refuse to sign outside of its time, or when it is revoked
    #[arg(long, value_name = "FILE", help_heading = "Protection")]
    pub key_set: Option<PathBuf>,
    /// Encrypt the artifacts
    #[arg(long, help_heading = "Protection")]
    pub encrypt: bool,
    /// The AES-256 key that encrypts
    #[arg(long, value_name = "FILE", env = "READINESS_ENCRYPTION_KEY", help_heading = "Protection")]
    pub encryption_key: Option<PathBuf>,
    /// Passphrases
    #[command(flatten)]
    pub passphrase: PassphraseArgs,

    /// Add SBOMs (CycloneDX and SPDX) of the source tree and of artifacts that can be looked into
    #[arg(long, help_heading = "Evidence")]
    pub include_sbom: bool,
    /// Add SLSA provenance
    #[arg(long, help_heading = "Evidence")]
    pub include_slsa: bool,
    /// Add provenance that the CI made, beside our own or instead of it; may be given again
    #[arg(long, value_name = "FILE", help_heading = "Evidence")]
    pub provenance: Vec<PathBuf>,
    /// Audit the source tree and add the report
    #[arg(long, help_heading = "Evidence")]
    pub run_security_audit: bool,
    /// Load the server of --api-url and add the report
    #[arg(long, help_heading = "Evidence", requires = "api_url")]
    pub run_performance_tests: bool,
    /// The server of the load test
    #[arg(long, value_name = "URL", env = "READINESS_API_URL", help_heading = "Evidence")]
    pub api_url: Option<String>,
    /// Profile of the load test: quick, standard or stress (default quick)
    #[arg(long, value_name = "PROFILE", value_enum, help_heading = "Evidence")]
    pub performance_profile: Option<crate::cli::ProfileArg>,
    /// Longest that the audit, or the load test, may take: `90s`, `5m` (default 5m)
    #[arg(long, value_name = "TIME", help_heading = "Evidence")]
    pub step_timeout: Option<String>,

    /// Use this configuration instead of the project's readiness.yaml
    #[arg(long, value_name = "FILE", env = "READINESS_CONFIG", help_heading = "Policy")]
    pub config: Option<PathBuf>,
    /// Lowest severity that fails
    #[arg(long, value_name = "SEVERITY", value_enum, env = "READINESS_FAIL_ON", help_heading = "Policy")]
    pub fail_on: Option<SeverityArg>,
    /// Where it is recorded
    #[command(flatten)]
    pub trail: TrailFile,
    /// Where reports go
    #[command(flatten)]
    pub output: OutputArgs,
}
