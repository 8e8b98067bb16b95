//! `readiness release keygen`, `keys` and `rotate-encryption`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Where passphrases come from.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Passphrase")]
pub struct PassphraseArgs {
    /// File whose first line is the passphrase; else READINESS_PASSPHRASE, else it is asked for at the terminal
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

/// The keys with which a release is verified.
#[derive(Clone, Debug, Default, Args)]
pub struct TrustArgs {
    /// Public key (PEM) or key set (YAML) that is trusted; may be given again
    #[arg(long, value_name = "FILE", help_heading = "Keys")]
    pub key: Vec<PathBuf>,
    /// Public key that every key of the key sets must go back to by endorsements
    #[arg(long, value_name = "FILE", help_heading = "Keys")]
    pub root_key: Option<PathBuf>,
    /// AES-256 key: also decrypt, and compare with the digests before encryption
    #[arg(long, value_name = "FILE", env = "READINESS_ENCRYPTION_KEY", help_heading = "Keys")]
    pub encryption_key: Vec<PathBuf>,
    /// Passphrases
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}

const KEYGEN: &str = "Examples:
  readiness release keygen --output keys                               asks for a passphrase
  readiness release keygen --output keys --passphrase-file /run/secrets/p
  readiness release keygen --output keys --no-passphrase --bits 4096   keys in the clear

Writes signing.key, signing.pub and encryption.key; what is there is never overwritten. Publish signing.pub where the releases do not reach it. Keys in the clear are for a machine of their own.";

/// Flags of `readiness release keygen`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = KEYGEN)]
pub struct KeygenArgs {
    /// Folder for the keys; it is made if it is not there
    #[arg(long, short, value_name = "DIR")]
    pub output: PathBuf,
    /// Bits of the RSA key
    #[arg(long, value_name = "BITS", default_value_t = 3072, value_parser = clap::value_parser!(u16).range(3072..=4096))]
    pub bits: u16,
    /// Make the signing key alone
    #[arg(long, conflicts_with = "only_encryption")]
    pub only_signing: bool,
    /// Make the encryption key alone
    #[arg(long)]
    pub only_encryption: bool,
    /// Passphrases
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
    /// Write the keys in the clear
    #[arg(long, conflicts_with = "passphrase_file", help_heading = "Passphrase")]
    pub no_passphrase: bool,
}

const KEYS: &str = "Examples:
  readiness release keys list keys                                       a folder, or a key set
  readiness release keys inspect keys/signing.pub                        size, fingerprint
  readiness release keys rotate --key-set key-set.yaml --id release-2027 \\
      --old keys/signing.key --old-id release-2026 --new new/signing.key
  readiness release keys revoke --key-set key-set.yaml --id release-2026 \\
      --signing-key new/signing.key
  readiness release keys verify key-set.yaml --root keys/signing.pub     back to this one?
  readiness release keys export keys/encryption.key --output tink.json   for Tink, in the clear";

/// Flags of `readiness release keys`.
#[derive(Clone, Debug, Args)]
#[command(after_help = KEYS)]
pub struct KeysArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: KeysCommand,
}

/// Commands of `readiness release keys`.
#[derive(Clone, Debug, Subcommand)]
pub enum KeysCommand {
    /// The keys of a folder, or of a key set
    List(KeysListArgs),
    /// One key: kind, size, fingerprint; nothing of a private key but its public half
    Inspect(KeysInspectArgs),
    /// Add a new signing key to a key set, endorsed by the old one
    Rotate(KeysRotateArgs),
    /// Mark a key of a key set as revoked
    Revoke(KeysRevokeArgs),
    /// Verify the endorsements and the signature of a key set
    Verify(KeysVerifyArgs),
    /// Write an encryption key as a Tink keyset in the clear
    Export(KeysExportArgs),
}

/// Flags of `readiness release keys list`.
#[derive(Clone, Debug, Default, Args)]
pub struct KeysListArgs {
    /// A folder of keys, or a key set; default: the folder here
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
}

/// Flags of `readiness release keys inspect`.
#[derive(Clone, Debug, Default, Args)]
pub struct KeysInspectArgs {
    /// The key
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Passphrases
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}

/// Flags of `readiness release keys rotate`.
#[derive(Clone, Debug, Default, Args)]
pub struct KeysRotateArgs {
    /// The key set; it is made, with the old key in it, if it is not there
    #[arg(long, value_name = "FILE")]
    pub key_set: PathBuf,
    /// Name of the new key in the set
    #[arg(long, value_name = "ID")]
    pub id: String,
    /// The private key that signs until now; it endorses the new one
    #[arg(long, value_name = "FILE")]
    pub old: PathBuf,
    /// Name of the old key, when the set is made
    #[arg(long, value_name = "ID")]
    pub old_id: Option<String>,
    /// The private key that signs from now on; it signs the set
    #[arg(long, value_name = "FILE")]
    pub new: PathBuf,
    /// First day of the new key (default: today)
    #[arg(long, value_name = "DATE")]
    pub not_before: Option<String>,
    /// Last day of the new key
    #[arg(long, value_name = "DATE")]
    pub not_after: Option<String>,
    /// Last day of the old key (default: the day of the change)
    #[arg(long, value_name = "DATE")]
    pub old_not_after: Option<String>,
    /// Passphrases
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}

/// Flags of `readiness release keys revoke`.
#[derive(Clone, Debug, Default, Args)]
pub struct KeysRevokeArgs {
    /// The key set
    #[arg(long, value_name = "FILE")]
    pub key_set: PathBuf,
    /// The key that is revoked
    #[arg(long, value_name = "ID")]
    pub id: String,
    /// A private key of the set that is not revoked; it signs the set
    #[arg(long, value_name = "FILE", env = "READINESS_SIGNING_KEY")]
    pub signing_key: PathBuf,
    /// Passphrases
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}

/// Flags of `readiness release keys verify`.
#[derive(Clone, Debug, Default, Args)]
pub struct KeysVerifyArgs {
    /// The key set
    #[arg(value_name = "FILE")]
    pub key_set: PathBuf,
    /// Public key that every key must go back to
    #[arg(long, value_name = "FILE")]
    pub root: Option<PathBuf>,
}

/// Flags of `readiness release keys export`.
#[derive(Clone, Debug, Default, Args)]
pub struct KeysExportArgs {
    /// The encryption key
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where the keyset goes; it must not be there yet
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Passphrases
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}

const ROTATE: &str = "Examples:
  readiness release rotate-encryption backups --old old/encryption.key --new new/encryption.key \\
      --dry-run
  readiness release rotate-encryption backups --old old/encryption.key --new new/encryption.key

Every file is encrypted anew beside the old one, read back and compared, and only then put in its place. Ended at any moment, each file is whole under one of the two keys; run it again to go on. Exit code 1: a file is not under the new key. Releases are left as they are: prepare them again.";

/// Flags of `readiness release rotate-encryption`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = ROTATE)]
pub struct RotateEncryptionArgs {
    /// The tree with encrypted files
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// The key that the files are under now
    #[arg(long, value_name = "FILE")]
    pub old: PathBuf,
    /// The key that they shall be under
    #[arg(long, value_name = "FILE")]
    pub new: PathBuf,
    /// Names of the files, `*` for any part; default: `*.enc`
    #[arg(long, value_name = "GLOB", default_value = "*.enc")]
    pub files: Vec<String>,
    /// Say what would be done and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Passphrases
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}
