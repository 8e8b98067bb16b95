//! `readiness release trail`: show or verify the record.

use std::io;
use std::path::PathBuf;

use super::super::judge::{self, Judged};
use super::super::output::{self, Wanted};
use super::super::words::{Words, moment};
use super::super::{Error, World};
use crate::cli::{OutputArgs, TrailArgs};
use crate::config::Config;
use crate::gate::Area;
use crate::host::files::path_text;
use crate::release::trail::{self, Record, Verified};
use crate::render::visible;
use crate::report::{Details, Invocation, Release, ReleaseAction, Subject};

/// Records shown without `--all`.
const SHOWN: usize = 200;

/// Runs the command; the exit code is the verdict's, whether the record is shown or verified.
pub(super) fn run(args: &TrailArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let file = args.trail.clone().unwrap_or_else(|| PathBuf::from(trail::FILE_NAME));
    let name = path_text(&file);
    let head = args.head.as_deref().map(noted).transpose()?;
    let targets = output::targets(&Wanted::of(&args.output), world)?;
    let table = !args.verify && plain(&args.output);
    let most = if args.output.all { usize::MAX } else { SHOWN };
    let mut records = Last { most, records: std::collections::VecDeque::new(), left: 0 };
    let mut keep = |record: Record| {
        if table {
            records.push(record);
        }
    };
    let verified = trail::read(&file, head.as_deref(), &mut keep)
        .map_err(|source| Error::File { path: file.display().to_string(), source })?;
    let checks = vec![trail::conclude(&verified, &name)];
    let details = Release {
        action: ReleaseAction::Trail,
        directory: name.clone(),
        trail: Some(verified.trail.clone()),
        ..Release::default()
    };
    let judged = Judged {
        subject: Subject { name, ..Subject::default() },
        areas: &[Area::Releases],
        details: Details::Release(Box::new(details)),
        checks,
        invocation: invocation(args, world),
    };
    // Nothing of the project's own policy has force over the record of what the project did.
    if !table {
        if args.output.verbose {
            warn(&verified, world)?;
            writeln!(world.err, "{} records, head {}", verified.trail.records, verified.trail.head)?;
        }
        return judge::finish(judged, Config::default(), None, (&targets, &args.output), world);
    }
    let report = judge::report(judged, Config::default(), None, world);
    if verified.trail.records == 0 && verified.faults.is_empty() {
        writeln!(world.err, "{}: no record", visible::line(&report.subject.name))?;
        return Ok(report.verdict.exit_code);
    }
    show(&records, world)?;
    warn(&verified, world)?;
    Ok(report.verdict.exit_code)
}

/// Whether nothing is said of a form of the report, or of a file for it: then the record itself is printed.
const fn plain(args: &OutputArgs) -> bool {
    args.format.is_none()
        && args.output.is_none()
        && args.output_json.is_none()
        && args.output_md.is_none()
        && args.output_html.is_none()
        && args.output_junit.is_none()
}

/// A head as it was noted, in any case.
fn noted(text: &str) -> Result<String, Error> {
    let plain = text.trim().to_ascii_lowercase();
    if plain.len() == 64 && plain.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(plain)
    } else {
        Err(Error::usage("--head: a SHA-256 has 64 hex digits", "`release trail --verify` prints the head"))
    }
}

pub(super) fn invocation(args: &TrailArgs, world: &World<'_>) -> Invocation {
    let TrailArgs { trail, verify, head, output: _ } = args;
    let mut words = Words::of(&["release", "trail"]);
    words.switch("--verify", *verify);
    words.add("--head", head.as_ref());
    Invocation { arguments: words.ending(trail.as_slice()), environment: moment(world.now, world.variable) }
}

/// The last records of a trail.
struct Last {
    most: usize,
    records: std::collections::VecDeque<Record>,
    left: u64,
}

impl Last {
    fn push(&mut self, record: Record) {
        if self.records.len() >= self.most {
            self.records.pop_front();
            self.left += 1;
        }
        self.records.push_back(record);
    }
}

/// Prints records as a table, newest last; texts of the file are made safe.
fn show(last: &Last, world: &mut World<'_>) -> io::Result<()> {
    if last.left > 0 {
        writeln!(world.out, "… {} earlier records: --all shows them", last.left)?;
    }
    let rows: Vec<[String; 7]> = last
        .records
        .iter()
        .map(|record| {
            let safe = |text: &str| visible::line(text).into_owned();
            let short = |text: &Option<String>| {
                text.as_deref().map_or_else(|| "-".to_owned(), |text| safe(text).chars().take(12).collect())
            };
            let mut outcome = safe(&record.outcome);
            if record.recovered {
                outcome.push_str(" (a torn record was removed before this one)");
            }
            [
                record.seq.to_string(),
                safe(&record.time),
                safe(&record.action),
                short(&record.commit),
                short(&record.release),
                safe(&record.subject),
                format!("{outcome} [{}]", record.exit_code),
            ]
        })
        .collect();
    let titles = ["#", "time", "action", "commit", "release", "subject", "outcome"].map(str::to_owned);
    let width = |column: usize| {
        let cells = rows.iter().chain([&titles]).filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0).min(60)
    };
    let widths: Vec<usize> = (0..titles.len()).map(width).collect();
    for row in std::iter::once(&titles).chain(&rows) {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        writeln!(world.out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

/// Says on standard error what speaks against what was shown.
fn warn(verified: &Verified, world: &mut World<'_>) -> io::Result<()> {
    for fault in &verified.faults {
        writeln!(world.err, "{}: {}", fault.rule, fault.message)?;
    }
    for note in &verified.trail.notes {
        writeln!(world.err, "{note}")?;
    }
    Ok(())
}
