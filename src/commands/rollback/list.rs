//! `readiness rollback list`.

use indicatif::HumanBytes;

use super::open::Session;
use crate::cli::{ListFormat, RollbackListArgs};
use crate::commands::table::table;
use crate::commands::{Error, World};
use crate::rollback::point::Reason;
use crate::rollback::restore;
use crate::rollback::store::Listed;

/// A point as the list has it in JSON.
#[derive(serde::Serialize)]
struct Line<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<&'a str>,
    safety: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<&'a str>,
    complete: bool,
    encrypted: bool,
    captured: u64,
    bytes: u64,
    pinned: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified: Option<&'a str>,
    /// Why it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
}

/// Runs the command; the exit code is 1 when a point cannot be read.
pub(super) fn run(args: &RollbackListArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let session = Session::open(&args.store, world)?;
    if restore::is_pending(&session.root) {
        writeln!(
            world.err,
            "an interrupted restore is pending: `readiness rollback recover` brings it to its end"
        )?;
    }
    let listed = session.store.list()?;
    let is_safety = |listed: &Listed| listed.head.as_ref().is_ok_and(|head| head.reason == Reason::Safety);
    let shown: Vec<&Listed> = listed.iter().filter(|listed| args.all || !is_safety(listed)).collect();
    match args.format {
        ListFormat::Json => {
            let lines: Vec<Line<'_>> = shown.iter().map(|listed| line(listed)).collect();
            serde_json::to_writer_pretty(&mut *world.out, &lines).map_err(std::io::Error::from)?;
            writeln!(world.out)?;
        }
        ListFormat::Table if shown.is_empty() => {
            writeln!(world.err, "no points yet: `readiness rollback capture` makes one")?;
        }
        ListFormat::Table => {
            let rows: Vec<[String; 8]> = shown.iter().rev().map(|listed| row(listed)).collect();
            let heading = ["POINT", "NAME", "MADE", "BRANCH", "COMMIT", "FILES", "SIZE", "NOTES"];
            write!(world.out, "{}", table(heading, &rows))?;
        }
    }
    let hidden = listed.len() - shown.len();
    if hidden > 0 && args.format == ListFormat::Table {
        writeln!(world.err, "and {hidden} safety points, which restores made: --all shows them")?;
    }
    Ok(u8::from(shown.iter().any(|listed| listed.head.is_err())))
}

fn line(listed: &Listed) -> Line<'_> {
    let head = listed.head.as_ref().ok();
    Line {
        id: listed.id.as_str(),
        name: head.and_then(|head| head.name.as_deref()),
        created: head.map(|head| head.created.as_str()),
        safety: head.is_some_and(|head| head.reason == Reason::Safety),
        commit: head.and_then(|head| head.commit.as_deref()),
        branch: head.and_then(|head| head.branch.as_deref()),
        complete: head.is_some_and(|head| head.complete),
        encrypted: head.is_some_and(|head| head.encrypted),
        captured: head.map_or(0, |head| head.captured),
        bytes: head.map_or(0, |head| head.bytes),
        pinned: listed.pinned,
        verified: listed.verified.as_deref(),
        problem: listed.head.as_ref().err().map(String::as_str),
    }
}

fn row(listed: &Listed) -> [String; 8] {
    let id = listed.id.to_string();
    match &listed.head {
        Err(problem) => {
            let none = String::new;
            [id, none(), none(), none(), none(), none(), none(), format!("CANNOT BE READ: {problem}")]
        }
        Ok(head) => {
            let notes = [
                (head.reason == Reason::Safety, "safety point".to_owned()),
                (!head.complete, "INCOMPLETE".to_owned()),
                (listed.pinned, "pinned".to_owned()),
                (head.encrypted, "encrypted".to_owned()),
                (listed.verified.is_some(), "verified".to_owned()),
            ];
            let notes: Vec<String> =
                notes.into_iter().filter(|(holds, _)| *holds).map(|(_, text)| text).collect();
            let branch = head.branch.clone().unwrap_or_default();
            [
                id,
                head.name.clone().unwrap_or_default(),
                head.created.clone(),
                branch.strip_prefix("refs/heads/").unwrap_or(&branch).to_owned(),
                head.commit.as_deref().unwrap_or_default().chars().take(12).collect(),
                head.captured.to_string(),
                HumanBytes(head.bytes).to_string(),
                notes.join(", "),
            ]
        }
    }
}
