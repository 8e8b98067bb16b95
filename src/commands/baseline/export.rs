//! `readiness baseline export`.

use std::path::Path;

use super::open::Session;
use crate::baseline::export::{Form, export};
use crate::cli::{BaselineExportArgs, ExportForm};
use crate::commands::{Error, World};
use crate::host::files;

/// Runs the command.
pub(super) fn run(args: &BaselineExportArgs, world: &mut World<'_>) -> Result<u8, Error> {
    if let Some(file) = &args.textfile {
        textfile_name(file)?;
        if args.format != ExportForm::Prometheus {
            return Err(Error::usage("--textfile is Prometheus text", "leave --format out, or use --output"));
        }
    }
    let session = Session::open(&args.store)?;
    let shelf = session.store.look()?;
    let named = session.named(&shelf, &args.capture)?;
    let form = match args.format {
        ExportForm::Prometheus => Form::Prometheus,
        ExportForm::Openmetrics => Form::OpenMetrics,
        ExportForm::Json => Form::Json,
        ExportForm::Csv => Form::Csv,
    };
    let text = export(&named.capture, form);
    match args.textfile.as_ref().or(args.output.as_ref()) {
        Some(path) if path.as_os_str() != "-" => write(path, &text)?,
        _ => world.out.write_all(text.as_bytes())?,
    }
    Ok(0)
}

/// Writes a file whole or not at all.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Error> {
    files::write_atomic(path, text.as_bytes())
        .map_err(|source| Error::File { path: path.display().to_string(), source })
}

/// The textfile collector reads `*.prom` alone.
pub(super) fn textfile_name(path: &Path) -> Result<(), Error> {
    if std::fs::symlink_metadata(path).is_ok_and(|found| !found.is_file()) {
        let message = format!("{}: this is no regular file", path.display());
        return Err(Error::usage(message, "--textfile replaces a file whole, or makes one"));
    }
    if path.extension().is_some_and(|extension| extension == "prom") {
        return Ok(());
    }
    let message = format!("{}: the textfile collector reads files that end with .prom", path.display());
    Err(Error::usage(message, "such as --textfile /var/lib/prometheus/node-exporter/readiness.prom"))
}
