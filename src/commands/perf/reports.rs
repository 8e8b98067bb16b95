//! Reports of earlier runs, read back.

use std::path::Path;

use super::super::Error;
use crate::host::files::read_bounded;
use crate::perf::measure;
use crate::perf::regression;
use crate::report::{Details, Report, SCHEMA};

/// Largest report read, in bytes.
const LARGEST: u64 = 256 << 20;

/// A report of `readiness perf` from a file.
pub(super) fn read(path: &Path) -> Result<Report, Error> {
    let shown = path.display().to_string();
    let bytes = read_bounded(path, LARGEST).map_err(|source| Error::File { path: shown.clone(), source })?;
    let hint = "a report of `readiness perf --output-json FILE` is needed";
    let report: Report = serde_json::from_slice(&bytes)
        .map_err(|error| Error::usage(format!("{shown}: this is no report ({error})"), hint))?;
    if report.schema != SCHEMA {
        let form = report.schema;
        let message = format!("{shown}: a report of form {form}, where this version reads {SCHEMA}");
        return Err(Error::usage(message, "make it anew with this version"));
    }
    if report.details.is_none() {
        return Err(Error::usage(format!("{shown}: the report holds no measurements"), hint));
    }
    Ok(report)
}

/// The load test of a report, with its sums made anew.
pub(super) fn load(path: &Path) -> Result<(Report, crate::report::Perf), Error> {
    let mut report = read(path)?;
    match report.details.take() {
        Some(Details::Perf(mut perf)) => {
            // The runs are what was measured; what is said of them together follows from them.
            if !perf.runs.is_empty() {
                let sums = measure::pool(&perf.runs, perf.headline);
                (perf.total, perf.endpoints) =
                    sums.map_err(|error| Error::usage(format!("{}: {error}", path.display()), ""))?;
            }
            Ok((report, *perf))
        }
        _ => Err(Error::usage(
            format!("{}: this is a benchmark of commands, not a load test", path.display()),
            "`readiness perf exec --baseline` reads it",
        )),
    }
}

/// The load test of a report that is going to be compared, every histogram of which can be read: a baseline that is
/// damaged is refused before the load, whose numbers would be lost after it.
pub(super) fn comparable(path: &Path) -> Result<(Report, crate::report::Perf), Error> {
    let (report, perf) = load(path)?;
    regression::check(&perf, &path.display().to_string())
        .map_err(|error| Error::usage(error.to_string(), ""))?;
    Ok((report, perf))
}
