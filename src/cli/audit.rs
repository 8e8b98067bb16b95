//! `readiness audit`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::render::Format;
use crate::report::Severity;

const EXAMPLES: &str = "Examples:
  readiness audit --deep .                                        every file of the tree here
  readiness audit --deep --format github --sarif readiness.sarif  as a step of a workflow
  readiness audit --only secrets src/                             one check, one folder
  readiness audit --check-config config/production.yaml           one application profile
  readiness audit --verify-signature app.sig app --public-key release.pub
  readiness audit --write-manifest                                record the tree's digests
  readiness audit --only vulnerabilities --explain                dependencies, and why each match is one
  readiness audit --since main                                    fail on vulnerabilities that are new since main
  readiness audit --with grype --evidence trivy.json              join what other scanners see
  readiness audit --sbom app.cdx.json                             also write an SBOM of what was found

The report goes to standard output, everything else to standard error. Thresholds are inclusive.
Exit codes: 0 ready · 1 high finding (or at --fail-on) · 2 critical finding · 3 incomplete · 4 could not run";

/// Flags of `readiness audit`.
#[derive(Debug, Default, Args)]
#[command(after_help = EXAMPLES)]
pub struct AuditArgs {
    /// The tree (or a single file) to judge; default: the folder here
    pub path: Option<PathBuf>,

    /// Read every file, not only those that declare something
    #[arg(long, env = "READINESS_DEEP")]
    pub deep: bool,
    /// Leave out the paths that this glob matches; may be given again
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Run these checks alone (see `readiness rules`)
    #[arg(long, value_name = "CHECK", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Leave these checks out
    #[arg(long, value_name = "CHECK", value_delimiter = ',', conflicts_with = "only")]
    pub skip: Vec<String>,
    /// Largest file that is searched, such as `16 MiB`; larger ones are hashed
    #[arg(long, value_name = "SIZE")]
    pub max_file_size: Option<String>,

    /// Use this configuration, and give no force to waivers, marks and exclusions inside the tree
    #[arg(long, value_name = "FILE", env = "READINESS_CONFIG", help_heading = "Policy")]
    pub config: Option<PathBuf>,
    /// Ignore the tree's own readiness.yaml and marks (both are still shown)
    #[arg(long, help_heading = "Policy")]
    pub no_tree_config: bool,
    /// Lowest severity that fails
    #[arg(long, value_name = "SEVERITY", value_enum, env = "READINESS_FAIL_ON", help_heading = "Policy")]
    pub fail_on: Option<SeverityArg>,
    /// Oldest advisory data that is taken, in days (default 7)
    #[arg(long, value_name = "DAYS", env = "READINESS_MAX_ADVISORY_AGE", help_heading = "Policy")]
    pub max_advisory_age: Option<u32>,
    /// VEX document (`OpenVEX`, or an SBOM in `CycloneDX` with analyses): what it says does no harm, or is fixed, is waived
    #[arg(long, value_name = "FILE", help_heading = "Policy")]
    pub vex: Vec<PathBuf>,
    /// Incomplete also when files were left out
    #[arg(long, env = "READINESS_STRICT", help_heading = "Policy")]
    pub strict: bool,

    /// Public key (PEM) or key set (YAML) for signatures
    #[arg(long, value_name = "FILE", help_heading = "Keys and inputs")]
    pub public_key: Vec<PathBuf>,
    /// AES-256 key for encrypted files
    #[arg(long, value_name = "FILE", help_heading = "Keys and inputs")]
    pub encryption_key: Vec<PathBuf>,
    /// Manifest to compare the tree with
    #[arg(long, value_name = "FILE", help_heading = "Keys and inputs")]
    pub manifest: Option<PathBuf>,
    /// Also read this SBOM, whatever it is called
    #[arg(long, value_name = "FILE", help_heading = "Keys and inputs")]
    pub scan_sbom: Vec<PathBuf>,
    /// Advisory database; default: the one that `readiness advisories` keeps in the user's cache
    #[arg(long, value_name = "FILE", env = "READINESS_ADVISORIES", help_heading = "Keys and inputs")]
    pub advisories: Option<PathBuf>,
    /// Compare with an earlier revision or JSON report: only vulnerabilities that are new since then fail
    #[arg(long, value_name = "REV|REPORT", help_heading = "Keys and inputs")]
    pub since: Option<String>,
    /// Also run this scanner, found in PATH outside the tree, offline, and join what it sees; may be given again
    #[arg(long, value_name = "SCANNER", value_enum, help_heading = "Keys and inputs")]
    pub with: Vec<ScannerArg>,
    /// Longest that such a scanner may take, in seconds (default 300)
    #[arg(long, value_name = "SECONDS", requires = "with", help_heading = "Keys and inputs")]
    pub scanner_timeout: Option<u32>,
    /// Join this JSON report of grype or trivy with what is found; may be given again
    #[arg(long, value_name = "FILE", help_heading = "Keys and inputs")]
    pub evidence: Vec<PathBuf>,
    /// Audit this application profile
    #[arg(long, value_name = "FILE", help_heading = "Keys and inputs")]
    pub check_config: Vec<PathBuf>,
    /// Verify one detached signature over one file
    #[arg(long, value_names = ["SIG", "FILE"], num_args = 2, help_heading = "Keys and inputs")]
    pub verify_signature: Vec<PathBuf>,
    /// Write readiness.manifest.json for the tree (or to --manifest) and stop
    #[arg(long, help_heading = "Keys and inputs", conflicts_with_all = ["check_config", "verify_signature"])]
    pub write_manifest: bool,

    /// Form of the report
    #[arg(long, short, value_enum, env = "READINESS_FORMAT", help_heading = "Output")]
    pub format: Option<FormatArg>,
    /// Where the report goes; `-` is standard output
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Also write JSON
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub json: Option<PathBuf>,
    /// Also write Markdown
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub markdown: Option<PathBuf>,
    /// Also write SARIF 2.1.0
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub sarif: Option<PathBuf>,
    /// Leave waived findings out of SARIF, for readers that do not know `suppressions`
    #[arg(long, help_heading = "Output")]
    pub sarif_omit_suppressed: bool,
    /// Also write JUnit XML
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub junit: Option<PathBuf>,
    /// Also write an SBOM of the tree's packages: SPDX 2.3 if it is called *.spdx.json, else CycloneDX 1.6 (JSON)
    #[arg(long, value_name = "FILE", help_heading = "Output", conflicts_with = "write_manifest")]
    pub sbom: Option<PathBuf>,
    /// Also write what is known of each vulnerability as `OpenVEX`: waived, open, and fixed since `--since`
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub vex_out: Option<PathBuf>,
    /// Lowest severity shown on the terminal; default: high, or what fails if that is lower; with --explain, info
    #[arg(long, value_name = "SEVERITY", value_enum, help_heading = "Output")]
    pub show: Option<SeverityArg>,
    /// Show every finding, folded ones too
    #[arg(long, help_heading = "Output")]
    pub all: bool,
    /// Say of every vulnerability which range holds the version, how it was compared, and by which data; shows all
    /// severities unless --show says otherwise
    #[arg(long, help_heading = "Output")]
    pub explain: bool,
    /// Colours: auto obeys NO_COLOR and whether standard output is a terminal
    #[arg(long, value_enum, default_value_t = Colour::Auto, value_name = "WHEN", help_heading = "Output")]
    pub color: Colour,
    /// Say on standard error what is done and with which settings
    #[arg(long, short, help_heading = "Output")]
    pub verbose: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// A severity on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum SeverityArg {
    Critical,
    High,
    Medium,
    Low,
    Info,
}

impl From<SeverityArg> for Severity {
    fn from(argument: SeverityArg) -> Self {
        match argument {
            SeverityArg::Critical => Self::Critical,
            SeverityArg::High => Self::High,
            SeverityArg::Medium => Self::Medium,
            SeverityArg::Low => Self::Low,
            SeverityArg::Info => Self::Info,
        }
    }
}

/// A scanner on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScannerArg {
    /// Anchore's Grype.
    Grype,
    /// Aqua's Trivy.
    Trivy,
}

/// A format on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// For people.
    Terminal,
    /// The whole report, see docs/report.schema.json.
    Json,
    /// A pull-request comment.
    Markdown,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML, for test reports.
    Junit,
    /// Workflow annotations, and the step summary where GitHub asks for one.
    Github,
    /// One page for a browser, with everything in it.
    Html,
}

impl From<FormatArg> for Format {
    fn from(argument: FormatArg) -> Self {
        match argument {
            FormatArg::Terminal => Self::Terminal,
            FormatArg::Json => Self::Json,
            FormatArg::Markdown => Self::Markdown,
            FormatArg::Sarif => Self::Sarif,
            FormatArg::Junit => Self::Junit,
            FormatArg::Github => Self::Github,
            FormatArg::Html => Self::Html,
        }
    }
}
