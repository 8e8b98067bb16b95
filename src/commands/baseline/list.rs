//! `readiness baseline list`.

use super::open::Session;
use crate::baseline::store::Summary;
use crate::cli::{BaselineListArgs, ListFormat};
use crate::commands::table::{table_within, visible};
use crate::commands::{Error, World};
use crate::host::clock;

/// Most rows of a table without `--all`.
const ROWS: usize = 50;

/// A capture as the list has it in JSON.
#[derive(serde::Serialize)]
struct Line<'a> {
    id: &'a str,
    created: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
    machine: &'a str,
    reference: bool,
}

/// Runs the command; the exit code is 1 when a capture cannot be read.
pub(super) fn run(args: &BaselineListArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let session = Session::open(&args.store)?;
    let shelf = session.store.look()?;
    let (reference, doubtful) = match session.store.reference() {
        Ok(approval) => (approval.map(|approval| approval.capture), false),
        Err(error) => {
            writeln!(world.err, "the reference cannot be relied upon: {}", visible(&error.to_string()))?;
            (None, true)
        }
    };
    let is_reference = |summary: &Summary| reference.as_deref() == Some(summary.id.as_str());
    for skipped in &shelf.skipped {
        writeln!(world.err, "left out: {}: {}", visible(&skipped.file), visible(&skipped.reason))?;
    }
    match args.format {
        ListFormat::Json => {
            let line = |summary| Line {
                reference: is_reference(summary),
                id: &summary.id,
                created: clock::rfc3339(summary.created),
                label: summary.label.as_deref(),
                commit: summary.commit.as_deref(),
                machine: &summary.machine,
            };
            let lines: Vec<Line<'_>> = shelf.captures.iter().map(line).collect();
            serde_json::to_writer_pretty(&mut *world.out, &lines).map_err(std::io::Error::from)?;
            writeln!(world.out)?;
        }
        ListFormat::Table if shelf.captures.is_empty() => {
            writeln!(world.err, "no captures yet: `readiness baseline capture` makes one")?;
        }
        ListFormat::Table => {
            let most = if args.all { usize::MAX } else { ROWS };
            let row = |summary: &Summary| {
                [
                    summary.id.clone(),
                    summary.label.clone().unwrap_or_default(),
                    clock::rfc3339(summary.created),
                    summary.commit.as_deref().unwrap_or_default().chars().take(12).collect(),
                    summary.machine.chars().take(8).collect(),
                    if is_reference(summary) { "reference".to_owned() } else { String::new() },
                ]
            };
            let rows: Vec<[String; 6]> = shelf.captures.iter().rev().take(most).map(row).collect();
            let heading = ["CAPTURE", "LABEL", "MADE", "COMMIT", "MACHINE", "NOTES"];
            write!(world.out, "{}", table_within(heading, &rows, world.terminal))?;
            let hidden = shelf.captures.len().saturating_sub(rows.len());
            if hidden > 0 {
                writeln!(world.err, "and {hidden} older ones: --all shows them")?;
            }
        }
    }
    Ok(u8::from(doubtful || !shelf.skipped.is_empty()))
}
