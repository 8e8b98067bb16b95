//! `--with` and `--evidence`: the reports of other scanners. Their programs are found outside the tree, started in an
//! empty folder so that no settings of the tree's own reach them, and kept offline by their own switches.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Error, Variable};
use crate::audit::vulnerabilities::Given;
use crate::cli::{AuditArgs, ScannerArg};
use crate::config::Program;
use crate::crypto::digest::HashAlgorithm;
use crate::formats::document::{self, Limits, Node, Syntax};
use crate::formats::scanner::{self, Scanner, ScannerReport};
use crate::host::files::{path_text, read_bounded};
use crate::host::process::{self, Call, Done};
use crate::report::mask_secrets;

/// Longest that a scanner may take unless the user says otherwise, in seconds.
const LIMIT: u32 = 300;
/// Longest that it may take to say which data it has.
const QUICK: Duration = Duration::from_secs(20);
/// Most characters shown of what a scanner says of its failure.
const SHOWN: usize = 300;

/// Variables that a scanner gets as they are: where its data lies, and nothing that is a secret.
const PASSED: [&str; 7] =
    ["HOME", "XDG_CACHE_HOME", "TMPDIR", "SystemRoot", "USERPROFILE", "LOCALAPPDATA", "TEMP"];

/// What Grype is told beside its arguments: no update of its data or of itself, no look-up, no limit of its own.
/// Whether its data is too old is for it to say: it refuses then.
const GRYPE: &[(&str, &str)] = &[
    ("GRYPE_DB_AUTO_UPDATE", "false"),
    ("GRYPE_DB_REQUIRE_UPDATE_CHECK", "false"),
    ("GRYPE_CHECK_FOR_APP_UPDATE", "false"),
    ("GRYPE_EXTERNAL_SOURCES_ENABLE", "false"),
];

/// What Trivy is told beside its arguments. As variables, switches that a version does not have do no harm.
const TRIVY: &[(&str, &str)] = &[
    ("TRIVY_DISABLE_TELEMETRY", "true"),
    ("TRIVY_SKIP_VERSION_CHECK", "true"),
    ("TRIVY_SKIP_VEX_REPO_UPDATE", "true"),
    ("TRIVY_INCLUDE_DEV_DEPS", "true"),
    ("TRIVY_LIST_ALL_PKGS", "false"),
];

/// A report that the user asked for.
#[derive(Debug)]
pub(super) enum Asked {
    /// One that lies in a file, read.
    Read(Given),
    /// One that is still to be made.
    Run(Box<Run>),
}

/// A scanner to run.
#[derive(Debug)]
pub(super) struct Run {
    scanner: Scanner,
    program: Result<PathBuf, String>,
    sha256: Option<[u8; 32]>,
    tree: PathBuf,
    environment: Vec<(String, OsString)>,
    limit: Duration,
}

/// Finds the programs and reads the files that the user names. `named` are the programs of the configuration, whether that
/// lies inside the tree, and its folder.
///
/// # Errors
/// When a file is no report that is read, or when what is asked for cannot be done at all. That a program is missing is no
/// error: the check tells it.
pub(super) fn asked(
    args: &AuditArgs,
    subject: &Path,
    files: &[PathBuf],
    (named, inside, folder): (&[Program], bool, &Path),
    variable: Variable<'_>,
) -> Result<Vec<Asked>, Error> {
    let mut asked = Vec::new();
    for scanner in Scanner::ALL {
        let named_so = match scanner {
            Scanner::Grype => ScannerArg::Grype,
            Scanner::Trivy => ScannerArg::Trivy,
        };
        if !args.with.contains(&named_so) {
            continue;
        }
        if !subject.is_dir() || !files.is_empty() {
            return Err(Error::usage(
                format!(
                    "--with {}: a scanner judges a folder, and single files are named here",
                    scanner.name()
                ),
                "name the folder as PATH, or give the scanner's report with --evidence",
            ));
        }
        let pin = named.iter().find(|program| program.scanner == scanner);
        if pin.is_some() && inside {
            return Err(Error::usage(
                format!(
                    "--with {}: the tree's own configuration must not choose the program",
                    scanner.name()
                ),
                "put `vulnerabilities.scanners` into a file outside the tree and name it with --config",
            ));
        }
        let path = pin.and_then(|pin| pin.path.as_ref()).map(|path| folder.join(path));
        asked.push(Asked::Run(Box::new(Run {
            scanner,
            program: program(scanner, path, subject, variable),
            sha256: pin.and_then(|pin| pin.sha256),
            tree: subject.to_owned(),
            environment: environment(scanner, subject, variable),
            limit: Duration::from_secs(args.scanner_timeout.unwrap_or(LIMIT).into()),
        })));
    }
    for path in &args.evidence {
        asked.push(Asked::Read(evidence(path, subject)?));
    }
    Ok(asked)
}

/// The reports: those that were read, and those of the programs, which run now.
pub(super) fn given(asked: Vec<Asked>) -> Vec<Given> {
    let given = asked.into_iter().map(|one| match one {
        Asked::Read(given) => given,
        Asked::Run(run) => {
            Given { name: run.scanner.name().to_owned(), evidence: None, digest: None, report: report(&run) }
        }
    });
    given.collect()
}

/// The program's file: the one that the configuration names, or the first in `PATH`; never one inside the tree.
fn program(
    scanner: Scanner,
    named: Option<PathBuf>,
    tree: &Path,
    variable: Variable<'_>,
) -> Result<PathBuf, String> {
    match named {
        Some(path) if !process::is_program(&path) => {
            Err(format!("{} is no program that can be run", path.display()))
        }
        Some(path) if process::lies_in(&path, tree) => {
            Err(format!("{} lies inside the tree that it is to judge", path.display()))
        }
        Some(path) => Ok(path),
        None => {
            let search = variable("PATH").unwrap_or_default();
            process::find(scanner.name(), OsStr::new(&search), tree)
                .ok_or_else(|| "there is no such program in PATH outside the tree".to_owned())
        }
    }
}

fn environment(scanner: Scanner, tree: &Path, variable: Variable<'_>) -> Vec<(String, OsString)> {
    let (data, told) = match scanner {
        Scanner::Grype => ("GRYPE_DB_CACHE_DIR", GRYPE),
        Scanner::Trivy => ("TRIVY_CACHE_DIR", TRIVY),
    };
    // It is started elsewhere, where a relative path would mean another place.
    let place = |name: &str| {
        let value = variable(name).filter(|value| !value.is_empty())?;
        Some((
            name.to_owned(),
            std::path::absolute(&value).map_or_else(|_| value.into(), PathBuf::into_os_string),
        ))
    };
    let mut environment: Vec<(String, OsString)> =
        PASSED.iter().copied().chain([data]).filter_map(place).collect();
    let search = variable("PATH").unwrap_or_default();
    environment.push(("PATH".to_owned(), process::search_path(OsStr::new(&search), tree)));
    environment.extend(
        [("LC_ALL", "C.UTF-8"), ("NO_COLOR", "1")].map(|(name, value)| (name.to_owned(), value.into())),
    );
    environment.extend(told.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())));
    environment
}

/// Runs a scanner; the error says in words why there is no report.
fn report(run: &Run) -> Result<ScannerReport, String> {
    let program = run.program.clone()?;
    let folder = tempfile::tempdir().map_err(|error| format!("it has no folder to run in ({error})"))?;
    let mut call = Call {
        program,
        sha256: run.sha256,
        arguments: arguments(run.scanner, &run.tree),
        environment: run.environment.clone(),
        folder: folder.path().to_owned(),
        limit: run.limit,
        output: scanner::MAX_BYTES as u64,
        tracked: false,
        leaves: false,
    };
    let done = process::run(&call).map_err(|error| error.to_string())?;
    let finished = match run.scanner {
        // 2 says that something is as severe as the user's own settings ask for; the report is whole.
        Scanner::Grype => matches!(done.code, Some(0 | 2)),
        Scanner::Trivy => done.code == Some(0),
    };
    if !finished {
        return Err(failure(&done));
    }
    let mut report =
        scanner::parse(&done.output).map_err(|fault| format!("what it wrote is not read ({fault})"))?;
    if report.scanner != run.scanner {
        return Err(format!("what it wrote is a report of {}", report.scanner.name()));
    }
    if run.scanner == Scanner::Trivy {
        call.arguments = ["version", "--format", "json"].map(OsString::from).to_vec();
        call.limit = QUICK;
        report.database = process::run(&call).ok().and_then(|done| trivy_database(&done.output));
    }
    Ok(report)
}

fn arguments(scanner: Scanner, tree: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = match scanner {
        Scanner::Grype => vec![],
        Scanner::Trivy => [
            "fs",
            "--format",
            "json",
            "--scanners",
            "vuln",
            "--offline-scan",
            "--skip-db-update",
            "--skip-java-db-update",
            "--no-progress",
        ]
        .map(OsString::from)
        .to_vec(),
    };
    match scanner {
        Scanner::Grype => {
            let mut subject = OsString::from("dir:");
            subject.push(tree);
            arguments.extend([subject, "-o".into(), "json".into(), "--quiet".into()]);
        }
        Scanner::Trivy => arguments.push(tree.into()),
    }
    arguments
}

/// When Trivy's database was made, as `trivy version` tells.
fn trivy_database(output: &[u8]) -> Option<String> {
    let documents = document::parse(output, Syntax::Json, &Limits::default()).ok()?;
    let updated = documents.first()?.get_path(&["VulnerabilityDB", "UpdatedAt"]).and_then(Node::as_str)?;
    Some(updated.chars().take(40).collect())
}

/// Why a program failed, by its exit code and the last that it said.
fn failure(done: &Done) -> String {
    let code = done.code.map_or_else(|| "by a signal".to_owned(), |code| format!("with code {code}"));
    let said = done.errors.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    let said = mask_secrets(&said.chars().take(SHOWN).collect::<String>());
    if said.is_empty() { format!("it ended {code}") } else { format!("it ended {code}: {said}") }
}

/// The report in a file.
fn evidence(path: &Path, tree: &Path) -> Result<Given, Error> {
    let shown = path.display().to_string();
    let bytes = read_bounded(path, scanner::MAX_BYTES as u64)
        .map_err(|source| Error::File { path: shown.clone(), source })?;
    let report = scanner::parse(&bytes).map_err(|fault| {
        Error::usage(
            format!("--evidence {shown}: {fault}"),
            "a report of `grype -o json` or `trivy fs --format json`",
        )
    })?;
    let real = path.canonicalize().ok();
    let inside = real.as_deref().and_then(|real| real.strip_prefix(tree).ok());
    Ok(Given {
        name: shown,
        evidence: Some(path_text(inside.unwrap_or(path))),
        digest: Some(HashAlgorithm::Sha256.digest(&bytes).to_string()),
        report: Ok(report),
    })
}
