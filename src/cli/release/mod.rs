//! `readiness release`.

mod gate;
mod keys;
mod prepare;
mod verify;

pub use gate::{GateArgs, TrailArgs, TrailFile};
pub use keys::{
    KeygenArgs, KeysArgs, KeysCommand, KeysExportArgs, KeysInspectArgs, KeysListArgs, KeysRevokeArgs,
    KeysRotateArgs, KeysVerifyArgs, PassphraseArgs, RotateEncryptionArgs, TrustArgs,
};
pub use prepare::PrepareArgs;
pub use verify::{VerifyArgs, VerifyProvenanceArgs};

use clap::{Args, Subcommand};

const EXAMPLES: &str = "Examples:
  readiness release keygen --output keys                      keys, once
  readiness release prepare target/release/app --sign --signing-key keys/signing.key \\
      --include-sbom --include-slsa --run-security-audit --output-dir release/v1.2.3
  readiness release verify release/v1.2.3 --key signing.pub   is it what was released?
  readiness release gate release/v1.2.3 --key signing.pub     may it ship?
  readiness release trail --verify                            was the record changed?

docs/verifying.md says how to check a release without this program.
Exit codes: 0 ready · 1 high finding · 2 critical finding · 3 incomplete · 4 could not run";

/// Flags of `readiness release`.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReleaseArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ReleaseCommand,
}

/// Commands of `readiness release`.
#[derive(Clone, Debug, Subcommand)]
pub enum ReleaseCommand {
    /// Make a release directory: artifacts, SBOMs, provenance, reports, digests, signatures
    Prepare(Box<PrepareArgs>),
    /// Check every byte of a release directory again, from public keys alone
    Verify(Box<VerifyArgs>),
    /// Check provenance: who built this artifact, from what, and which SLSA Build level that supports
    VerifyProvenance(Box<VerifyProvenanceArgs>),
    /// One verdict over a release and its evidence
    Gate(Box<GateArgs>),
    /// Show or verify the record of what was prepared, verified and judged
    Trail(TrailArgs),
    /// Make keys: RSA for signatures, AES-256 for encryption
    Keygen(KeygenArgs),
    /// List, inspect, endorse and revoke keys
    Keys(KeysArgs),
    /// Encrypt the encrypted files of a tree anew, under another key
    RotateEncryption(RotateEncryptionArgs),
}

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::*;

    /// The width to which clap breaks lines; an example that is broken there cannot be copied, nor read.
    const WIDTH: usize = 100;

    fn check(command: &Command) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        for line in help.lines().filter(|line| line.starts_with(' ')) {
            assert!(line.chars().count() <= WIDTH, "{}: {line}", command.get_name());
        }
        command.get_subcommands().for_each(check);
    }

    #[test]
    fn examples_stay_on_their_lines() {
        let command = ReleaseArgs::augment_args(Command::new("release"));
        assert!(command.get_subcommands().count() > 5);
        check(&command);
    }
}
