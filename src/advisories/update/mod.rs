//! Fetching advisory data: OSV's exports by their own layout (`<ECOSYSTEM>/all.zip`), EPSS scores, and CISA's list of
//! exploited vulnerabilities. What comes is checked for its form only; reading it is the work of the import.
//!
//! A folder holds what was fetched, in the layout that the import takes, each file with a `NAME.state.json` that tells
//! which version it is, so that the next update asks for changes alone, and maybe with the part of a broken transfer. Both
//! are ours and no data: see `is_note`.

mod verify;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::formats::ecosystem::Family;
use crate::host::files;
use crate::host::http::{self, Download, Fetched, HttpError, Limits, Progress, Validators};

/// Where OSV publishes its exports (<https://google.github.io/osv.dev/data/#data-dumps>).
pub const OSV_BASE: &str = "https://osv-vulnerabilities.storage.googleapis.com";
/// Where the newest EPSS scores are (<https://www.first.org/epss/data_stats>).
pub const EPSS_URL: &str = "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz";
/// Where CISA publishes the list of exploited vulnerabilities.
pub const KEV_URL: &str =
    "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json";

/// Names of what is fetched.
const ARCHIVE: &str = "all.zip";
const SCORES: &str = "epss_scores-current.csv.gz";
const EXPLOITED: &str = "known_exploited_vulnerabilities.json";
/// What the name of a file's note has behind the file's own.
const STATE: &str = ".state.json";

/// Largest archive of one ecosystem, in bytes.
const ARCHIVE_LIMIT: u64 = 2 << 30;
/// Largest list of scores or exploited vulnerabilities, in bytes.
const LIST_LIMIT: u64 = 64 << 20;
/// Longest state file that is read, in bytes.
const STATE_LIMIT: u64 = 64 << 10;

/// What is fetched besides the ecosystems, each with its address; none is left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extras<'a> {
    /// EPSS scores as gzip-compressed CSV, usually [`EPSS_URL`].
    pub epss: Option<&'a str>,
    /// CISA's list as JSON, usually [`KEV_URL`].
    pub kev: Option<&'a str>,
}

/// How it is fetched.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether plain HTTP to other machines is allowed.
    pub allow_plain: bool,
    /// Bounds; [`Limits::bytes`] is lowered to what each kind of file may have, never raised.
    pub limits: Limits,
}

impl Options {
    /// The usual bounds: two hours and two GiB for a file.
    #[must_use]
    pub fn usual() -> Self {
        let limits =
            Limits { bytes: ARCHIVE_LIMIT, total: Duration::from_secs(2 * 60 * 60), ..Limits::default() };
        Self { allow_plain: false, limits }
    }
}

/// One thing to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// OSV's export of an ecosystem.
    Osv(Family),
    /// EPSS scores.
    Epss,
    /// CISA's list of exploited vulnerabilities.
    Kev,
}

impl Source {
    /// Where it lies below the folder of an update.
    #[must_use]
    pub fn path(self) -> PathBuf {
        match self {
            Self::Osv(family) => Path::new(family.name()).join(ARCHIVE),
            Self::Epss => PathBuf::from(SCORES),
            Self::Kev => PathBuf::from(EXPLOITED),
        }
    }

    const fn limit(self) -> u64 {
        match self {
            Self::Osv(_) => ARCHIVE_LIMIT,
            Self::Epss | Self::Kev => LIST_LIMIT,
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Osv(family) => family.name(),
            Self::Epss => "EPSS",
            Self::Kev => "CISA KEV",
        })
    }
}

/// What became of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Downloaded {
    /// Which.
    pub source: Source,
    /// Where it lies.
    pub path: PathBuf,
    /// Its length in bytes.
    pub bytes: u64,
    /// Whether it differs from what lay there before; an unchanged file was not transferred.
    pub changed: bool,
    /// Bytes of it that an earlier, broken transfer had brought.
    pub resumed_at: u64,
    /// When the server says it was last changed, as it says it.
    pub last_modified: Option<String>,
}

/// Why an update stopped. What was fetched before stays and is not fetched again.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// One download failed.
    #[error("{source_name}: {error}")]
    Http {
        /// Of what.
        source_name: String,
        /// How.
        error: HttpError,
    },
    /// The folder cannot be used.
    #[error("{}: {error}", path.display())]
    File {
        /// The path at fault.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
}

impl UpdateError {
    /// What the user can do.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Http { error, .. } => error.hint(),
            Self::File { .. } => "check the folder's permissions and free space",
        }
    }
}

/// Fetches the exports of `ecosystems` below `base`, and `extras`, into the folder `into`; unchanged files are left as
/// they are, broken transfers are taken up where they stopped. `progress` is called often, with what is under way.
///
/// # Errors
/// [`UpdateError`] at the first that fails. No file is ever in place that is not whole.
pub fn download(
    base: &str,
    ecosystems: &[Family],
    extras: Extras<'_>,
    into: &Path,
    options: &Options,
    progress: &mut dyn FnMut(Source, Progress),
) -> Result<Vec<Downloaded>, UpdateError> {
    let archives = ecosystems.iter().map(|family| (Source::Osv(*family), archive_url(base, *family)));
    let epss = extras.epss.map(|url| (Source::Epss, url.to_owned()));
    let kev = extras.kev.map(|url| (Source::Kev, url.to_owned()));
    archives.chain(epss).chain(kev).map(|(source, url)| one(source, &url, into, options, progress)).collect()
}

/// Whether a file of this name is a note on what was fetched, or the part of it that a broken transfer left.
pub(super) fn is_note(name: &str) -> bool {
    [STATE, http::PART, http::PART_STATE]
        .iter()
        .filter_map(|end| name.strip_suffix(end))
        .any(|of| [ARCHIVE, SCORES, EXPLOITED].contains(&of))
}

/// Where the export of an ecosystem is below `base`.
fn archive_url(base: &str, family: Family) -> String {
    let mut url = format!("{}/", base.trim_end_matches('/'));
    for byte in family.name().bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url.push_str("/all.zip");
    url
}

/// Which version of a file lies there.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    url: String,
    bytes: u64,
    validators: Validators,
}

fn one(
    source: Source,
    url: &str,
    into: &Path,
    options: &Options,
    progress: &mut dyn FnMut(Source, Progress),
) -> Result<Downloaded, UpdateError> {
    let path = into.join(source.path());
    let fault = |path: &Path, error: std::io::Error| UpdateError::File { path: path.to_owned(), error };
    let folder = path.parent().unwrap_or(into);
    fs::create_dir_all(folder).map_err(|error| fault(folder, error))?;
    let state_path = path.with_file_name(format!(
        "{}{STATE}",
        path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default()
    ));
    let state = known(&state_path, url, &path);
    let limits = Limits { bytes: options.limits.bytes.min(source.limit()), ..options.limits.clone() };
    let fetched = http::download(
        &Download {
            url,
            into: &path,
            known: state.as_ref().map(|state| &state.validators),
            allow_plain: options.allow_plain,
            limits: &limits,
            verify: &|file| verify::form(source, file),
        },
        &mut |step| progress(source, step),
    )
    .map_err(|error| UpdateError::Http { source_name: source.to_string(), error })?;
    let (bytes, resumed_at, changed, validators) = match (fetched, state) {
        (Fetched::New { bytes, resumed_at, validators }, _) => {
            let state = State { url: http::shown(url), bytes, validators };
            let text = serde_json::to_vec_pretty(&state).map_err(|error| fault(&state_path, error.into()))?;
            files::write_atomic(&state_path, &text).map_err(|error| fault(&state_path, error))?;
            (bytes, resumed_at, true, state.validators)
        }
        (Fetched::Unchanged, state) => {
            let (bytes, validators) = state.map(|state| (state.bytes, state.validators)).unwrap_or_default();
            (bytes, 0, false, validators)
        }
    };
    Ok(Downloaded { source, path, bytes, changed, resumed_at, last_modified: validators.last_modified })
}

/// The state of the file that lies there, if it is still that of this address and of the same length.
fn known(state_path: &Path, url: &str, path: &Path) -> Option<State> {
    let bytes = files::read_bounded(state_path, STATE_LIMIT).ok()?;
    let state: State = serde_json::from_slice(&bytes).ok()?;
    let metadata = fs::symlink_metadata(path).ok()?;
    let same = state.url == http::shown(url) && metadata.is_file() && metadata.len() == state.bytes;
    same.then_some(state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded() {
        assert_eq!(archive_url("https://h/x/", Family::RedHat), "https://h/x/Red%20Hat/all.zip");
        assert_eq!(archive_url(OSV_BASE, Family::Npm), format!("{OSV_BASE}/npm/all.zip"));
        assert_eq!(archive_url("http://h", Family::CratesIo), "http://h/crates.io/all.zip");
    }
}
