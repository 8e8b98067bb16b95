//! `readiness release verify` and `verify-provenance`.

use std::path::PathBuf;

use clap::Args;

use super::{TrailFile, TrustArgs};
use crate::cli::{OutputArgs, SeverityArg};

const EXAMPLES: &str = "Examples:
  readiness release verify release/v1.2.3 --key signing.pub
  readiness release verify release/v1.2.3 --key key-set.yaml --encryption-key encryption.key
  readiness release verify release/v1.2.3 --key signing.pub --json - | jq .verdict

Nothing but the directory and the keys that you name is trusted. Without --key it can only be said whether the directory agrees with itself, and the verdict is INCOMPLETE.";

/// Flags of `readiness release verify`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = EXAMPLES)]
pub struct VerifyArgs {
    /// The release directory
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// With which keys
    #[command(flatten)]
    pub keys: TrustArgs,
    /// Lowest severity that fails
    #[arg(long, value_name = "SEVERITY", value_enum, env = "READINESS_FAIL_ON", help_heading = "Policy")]
    pub fail_on: Option<SeverityArg>,
    /// Incomplete also when something was left out: artifacts not decrypted, attestations of others not verified, SBOMs
    /// that say themselves what they lack
    #[arg(long, env = "READINESS_STRICT", help_heading = "Policy")]
    pub strict: bool,
    /// Where it is recorded
    #[command(flatten)]
    pub trail: TrailFile,
    /// Where reports go
    #[command(flatten)]
    pub output: OutputArgs,
}

const PROVENANCE: &str = "Examples:
  readiness release verify-provenance app.intoto.jsonl --artifact app --key builder.pub
  readiness release verify-provenance app.sigstore.json --artifact app --root fulcio.pem \\
      --builder 'https://github.com/acme/app/.github/workflows/release.yml@*' \\
      --source-uri https://github.com/acme/app
  readiness release verify-provenance app.intoto.jsonl --artifact app --key ci.pub \\
      --builder https://ci.example.org/acme --level 2

With --root, say whom you trust among all that the root certifies: --builder or --identity.
A file claims; only a key or certificate that you trust for a builder gives its claim a level above 1. Which builder and key give which level stands in `provenance.builders` of readiness.yaml, or in --builder and --level together.";

/// Flags of `readiness release verify-provenance`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = PROVENANCE)]
pub struct VerifyProvenanceArgs {
    /// The provenance: a DSSE envelope, a bundle of them, or a Sigstore bundle
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Artifact that it must vouch for; may be given again
    #[arg(long, value_name = "FILE", required = true)]
    pub artifact: Vec<PathBuf>,
    /// Public key (PEM: RSA, ECDSA, Ed25519), key set or certificate of the signer; may be given again
    #[arg(long, value_name = "FILE", help_heading = "Trust")]
    pub key: Vec<PathBuf>,
    /// Certificate (PEM) that certificates in the bundle must go back to; may be given again
    #[arg(long, value_name = "FILE", help_heading = "Trust")]
    pub root: Vec<PathBuf>,
    /// Whom the certificate of the signer must be made out to, `*` for any part; the builder's id unless given
    #[arg(long, value_name = "NAME", requires = "root", help_heading = "Trust")]
    pub identity: Option<String>,
    /// Who must have built: the builder's id, `*` for any part
    #[arg(long, value_name = "ID", help_heading = "Policy")]
    pub builder: Option<String>,
    /// Where the source must be from: the URI of the repository
    #[arg(long, value_name = "URI", help_heading = "Policy")]
    pub source_uri: Option<String>,
    /// SLSA Build level that is needed, 0 to 3; with --builder also the level that this builder is trusted for
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=3), help_heading = "Policy")]
    pub level: Option<u8>,
    /// Use this configuration instead of the readiness.yaml of the folder here
    #[arg(long, value_name = "FILE", env = "READINESS_CONFIG", help_heading = "Policy")]
    pub config: Option<PathBuf>,
    /// Lowest severity that fails
    #[arg(long, value_name = "SEVERITY", value_enum, env = "READINESS_FAIL_ON", help_heading = "Policy")]
    pub fail_on: Option<SeverityArg>,
    /// Where reports go
    #[command(flatten)]
    pub output: OutputArgs,
}
