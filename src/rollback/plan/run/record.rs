//! How far a run came: one file, written whole and forced to the disk before and after every step, so that whoever ends the
//! program leaves a file that says which step was begun last.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Plan, RunError};
use crate::formats::hex;
use crate::host::disk::{Access, Disk};
use crate::host::files::{open_regular, path_text};
use crate::host::lock::FolderLock;

/// Folder of the record, relative to the tree; whoever runs a plan holds it.
pub const FOLDER: &str = ".readiness/rollback/run";
/// The record's name in it.
const NAME: &str = "run.json";
/// What it is written as first.
const NEW: &str = "run.json.new";
/// Version of its form.
const SCHEMA: u32 = 1;
/// Largest record, in bytes.
const LIMIT: u64 = 16 << 20;

/// How far a run came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    schema: u32,
    /// Id of the point.
    pub point: String,
    /// SHA-256 (hex) of the phases.
    pub plan: String,
    /// When the run was begun, RFC 3339 in UTC.
    pub begun: String,
    /// For each phase its steps, and its verification last.
    pub phases: Vec<Vec<Mark>>,
}

/// How far a step came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// How far.
    pub state: Progress,
    /// When it was begun last, RFC 3339 in UTC.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub begun: Option<String>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended: Option<String>,
    /// What it took, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub millis: Option<u64>,
    /// The end of what it said; secrets masked.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub words: String,
}

/// How far a step came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// It was not begun.
    #[default]
    Waiting,
    /// It was begun, and nobody knows whether it ended.
    Begun,
    /// It succeeded.
    Done,
    /// It failed.
    Failed,
}

impl Record {
    /// That of a run that is about to begin.
    pub(super) fn new(plan: &Plan, begun: String) -> Self {
        let marks = |phase: &super::Phase| {
            vec![Mark::default(); phase.steps.len() + usize::from(phase.verify.is_some())]
        };
        Self {
            schema: SCHEMA,
            point: plan.facts.point.id.clone(),
            plan: digest(plan),
            begun,
            phases: plan.phases.iter().map(marks).collect(),
        }
    }

    /// Whether every step of a phase, counted from 0, succeeded; one without steps did.
    pub(super) fn is_done(&self, phase: usize) -> bool {
        self.phases.get(phase).is_some_and(|marks| marks.iter().all(|mark| mark.state == Progress::Done))
    }

    /// Whether every phase is done.
    pub(super) fn is_over(&self) -> bool {
        (0..self.phases.len()).all(|phase| self.is_done(phase))
    }

    fn fits(&self, plan: &Plan) -> bool {
        let blank = Self::new(plan, String::new());
        let counts = |record: &Self| record.phases.iter().map(Vec::len).collect::<Vec<_>>();
        self.plan == blank.plan && self.point == blank.point && counts(self) == counts(&blank)
    }
}

/// SHA-256 (hex) of what a plan does.
fn digest(plan: &Plan) -> String {
    // Texts, numbers and durations alone: nothing that JSON cannot hold.
    let text = serde_json::to_vec(&plan.phases).unwrap_or_default();
    hex::encode(&Sha256::digest(text))
}

/// The place of the record, held against other runs.
#[derive(Debug)]
pub(super) struct Place<'d> {
    folder: PathBuf,
    disk: &'d Disk,
    _lock: FolderLock,
}

impl<'d> Place<'d> {
    /// Takes the place, making its folders.
    pub(super) fn take(root: &Path, disk: &'d Disk) -> Result<Self, RunError> {
        let folder = folders(root, disk)?;
        let lock = FolderLock::take(&folder).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => RunError::Busy,
            _ => failed(&folder, error),
        })?;
        Ok(Self { folder, disk, _lock: lock })
    }

    /// The record of the run that is to go on; none when there is none, or it came to its end with another point.
    pub(super) fn read(&self, plan: &Plan) -> Result<Option<Record>, RunError> {
        let path = self.folder.join(NAME);
        let form = |reason: &str| RunError::Form { path: path_text(&path), reason: reason.to_owned() };
        let file = match open_regular(&path) {
            Ok((file, _)) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&path, error)),
        };
        let mut bytes = Vec::new();
        file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(|error| failed(&path, error))?;
        if bytes.len() as u64 > LIMIT {
            return Err(form("it is larger than a record can be"));
        }
        let record: Record =
            serde_json::from_slice(&bytes).map_err(|error| form(&format!("this is no record: {error}")))?;
        if record.schema != SCHEMA {
            return Err(form("it was written by another version of this program"));
        }
        if record.point != plan.facts.point.id {
            return if record.is_over() { Ok(None) } else { Err(RunError::OtherPoint(shown(&record.point))) };
        }
        if record.fits(plan) { Ok(Some(record)) } else { Err(RunError::Changed) }
    }

    /// Writes the record: afterwards it is the new one or, when this fails, the old one or the new one.
    pub(super) fn write(&self, root: &Path, record: &Record) -> Result<(), RunError> {
        // A step may have cleaned the tree.
        folders(root, self.disk)?;
        let (path, new) = (self.folder.join(NAME), self.folder.join(NEW));
        let mut bytes = serde_json::to_vec_pretty(record).unwrap_or_default();
        bytes.push(b'\n');
        let written = || -> io::Result<()> {
            self.disk.remove_file(&new)?;
            self.disk.write_new(&new, &bytes, Access::Private)?;
            self.disk.rename(&new, &path)?;
            self.disk.sync_folder(&self.folder)
        };
        written().map_err(|error| failed(&path, error))
    }
}

/// The folder of the record, made when it is not there. Links are no part of the way to it.
fn folders(root: &Path, disk: &Disk) -> Result<PathBuf, RunError> {
    let mut folder = root.to_owned();
    for part in FOLDER.split('/') {
        let above = folder.clone();
        folder.push(part);
        match folder.symlink_metadata() {
            Ok(there) if there.is_dir() => {}
            Ok(_) => {
                let error =
                    io::Error::new(io::ErrorKind::NotADirectory, "this must be a folder, and no link");
                return Err(failed(&folder, error));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                match disk.create_private_folder(&folder) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                        return Err(failed(&folder, error));
                    }
                    _ => disk.sync_folder(&above).map_err(|error| failed(&above, error))?,
                }
            }
            Err(error) => return Err(failed(&folder, error)),
        }
    }
    // Git knows nothing of what lies beside a tree for going back.
    let mark = root.join(crate::rollback::FOLDER).join(".gitignore");
    if mark.symlink_metadata().is_err() {
        match disk.write_new(&mark, b"*\n", Access::Public) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(&mark, error)),
            _ => {}
        }
    }
    Ok(folder)
}

fn failed(path: &Path, source: io::Error) -> RunError {
    RunError::Io { path: path_text(path), source }
}

fn shown(text: &str) -> String {
    crate::host::terminal::clean(&text.chars().take(80).collect::<String>())
}
