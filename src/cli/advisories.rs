//! `readiness advisories`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `readiness advisories`.
#[derive(Debug, Args)]
#[command(
    disable_help_subcommand = true,
    after_help = "Examples:\n  readiness advisories update                                   fetch the newest data and import it\n  readiness advisories import osv/ epss_scores-current.csv.gz   from files that were fetched before\n  readiness advisories status                                   what the database holds, and its age\n  readiness advisories export advisories.bundle                 one file for where there is no network"
)]
pub struct AdvisoriesArgs {
    /// What to do
    #[command(subcommand)]
    pub command: AdvisoriesCommand,
}

/// What to do with the advisory database.
#[derive(Debug, Subcommand)]
pub enum AdvisoriesCommand {
    /// Read OSV records, EPSS scores, CISA's list of exploited vulnerabilities, or a bundle into the database
    Import(ImportArgs),
    /// Fetch the newest data and import it; the one command here that uses the network
    Update(UpdateArgs),
    /// Show what the database holds
    Status(StatusArgs),
    /// Write the database into one file that `import` reads elsewhere
    Export(ExportArgs),
}

/// Where the database is.
#[derive(Debug, Default, Args)]
pub struct DatabaseArg {
    /// The database file; default: $READINESS_ADVISORIES, else advisories.db in the user's cache folder
    #[arg(long, value_name = "FILE")]
    pub advisories: Option<PathBuf>,
}

/// `readiness advisories import`.
#[derive(Debug, Default, Args)]
#[command(
    after_help = "PATH is a folder as OSV's exports are laid out (<ecosystem>/all.zip), a folder or a zip archive of OSV records (JSON), EPSS scores (CSV, also .gz), CISA's list (JSON), or a bundle of `readiness advisories export`; all are recognised by their content. What is imported replaces what was there of the same ecosystem; the rest stays.\n\nExamples:\n  readiness advisories import osv/                         a folder with npm/all.zip, PyPI/all.zip …\n  readiness advisories import npm.zip epss.csv.gz kev.json\n  readiness advisories import a.bundle --public-key a.pub  only if signed by that key\n\nExit codes: 0 imported · 4 not imported, and what was there stays"
)]
pub struct ImportArgs {
    /// What to import
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Start from nothing: what is not imported now is dropped
    #[arg(long)]
    pub replace: bool,
    /// Where it goes
    #[command(flatten)]
    pub database: DatabaseArg,
    /// Public key (PEM) or key set (YAML); takes only bundles with a signature of it beside them (FILE.sig)
    #[arg(long, value_name = "FILE", env = "READINESS_ADVISORIES_KEY", value_delimiter = ',')]
    pub public_key: Vec<PathBuf>,
}

/// `readiness advisories update`.
#[derive(Debug, Default, Args)]
#[command(
    after_help = "Without ECOSYSTEM those of programming languages, and whatever the database holds already. Broken transfers are taken up where they stopped, and unchanged files are not fetched again.\n\nExamples:\n  readiness advisories update\n  readiness advisories update crates.io npm Debian Alpine\n  readiness advisories update --base-url https://mirror.example.net/osv --no-epss --no-kev\n\nExit codes: 0 updated · 4 not updated, and what was there stays"
)]
pub struct UpdateArgs {
    /// Ecosystems, by OSV's names
    #[arg(value_name = "ECOSYSTEM")]
    pub ecosystems: Vec<String>,
    /// Where the exports are: `URL/ECOSYSTEM/all.zip`
    #[arg(long, value_name = "URL", env = "READINESS_OSV_URL")]
    pub base_url: Option<String>,
    /// Where EPSS scores are (CSV, gzip)
    #[arg(long, value_name = "URL", env = "READINESS_EPSS_URL")]
    pub epss_url: Option<String>,
    /// Where CISA's list of exploited vulnerabilities is (JSON)
    #[arg(long, value_name = "URL", env = "READINESS_KEV_URL")]
    pub kev_url: Option<String>,
    /// Leave EPSS scores out
    #[arg(long, conflicts_with = "epss_url")]
    pub no_epss: bool,
    /// Leave CISA's list out
    #[arg(long, conflicts_with = "kev_url")]
    pub no_kev: bool,
    /// Allow plain http to other machines than this one
    #[arg(long)]
    pub allow_http: bool,
    /// Where it goes
    #[command(flatten)]
    pub database: DatabaseArg,
}

/// `readiness advisories status`.
#[derive(Debug, Default, Args)]
#[command(
    after_help = "Examples:\n  readiness advisories status\n  readiness advisories status --format json   dates, counts and digests, for a program"
)]
pub struct StatusArgs {
    /// Which database
    #[command(flatten)]
    pub database: DatabaseArg,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t = StatusFormat::Text)]
    pub format: StatusFormat,
}

/// Forms of `readiness advisories status`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum StatusFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// `readiness advisories export`.
#[derive(Debug, Args)]
#[command(
    after_help = "With a key the signature goes beside the bundle (BUNDLE.sig): RSA-PSS over SHA-256, as `openssl dgst -sign` writes it and `import --public-key` reads it. Without one, a signature of another bundle that stands there is removed.\n\nExamples:\n  readiness advisories export advisories.bundle\n  readiness advisories export advisories.bundle --sign-key release.pem   and advisories.bundle.sig\n  readiness advisories export advisories.bundle --advisories /srv/advisories.db\n\nExit codes: 0 written, and signed if a key is given · 4 not written"
)]
pub struct ExportArgs {
    /// Where the bundle goes
    #[arg(value_name = "BUNDLE")]
    pub bundle: PathBuf,
    /// Private RSA key (PEM, not encrypted, mode 0600) that signs the bundle
    #[arg(long, value_name = "FILE", env = "READINESS_SIGN_KEY")]
    pub sign_key: Option<PathBuf>,
    /// Which database
    #[command(flatten)]
    pub database: DatabaseArg,
}
