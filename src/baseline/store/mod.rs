//! Captures in a folder: one JSON document each, found by id, label or commit, and what was approved of them.
//!
//! ```text
//! .readiness/baselines/ID.json          captures; written whole, never changed
//! .readiness/baselines/reference.json   which one was approved as the reference, by whom and why
//! ```
//!
//! What is in the captures also stands in an index, so that thousands are looked at in no time. It is only a cache, and lies
//! elsewhere ([`Store::with_index`]): nothing that came with the folder says what its captures hold.
//!
//! A document that cannot be read is told, and hides no other.

mod folder;
mod id;
mod index;
mod shelf;

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use self::folder::Fault;
pub use self::id::{is_id, new_id};
use self::shelf::{Filler, Row, summed_up};
pub use self::shelf::{Shelf, Summary};
use super::capture::Capture;
use crate::formats::hex;
use crate::host::clock::{self, rfc3339};
use crate::host::disk::{Access, Disk};
use crate::host::files::{open_regular, path_text, read_bounded};
use crate::host::lock::FolderLock;
use crate::report::BaselineApproval;

/// Name of the approval in the folder.
const REFERENCE: &str = "reference.json";
/// Largest approval, in bytes, and longest owner and reason.
const APPROVAL: u64 = 64 << 10;
const WORDS: usize = 2_000;
/// Fewest digits by which a commit is known.
const COMMIT: usize = 7;
/// How long another program is waited for that approves or prunes.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many captures are named where a text fits several.
const NAMED: usize = 5;

/// A folder with captures. Nothing is made before the first one is kept.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
    disk: Disk,
    index: Option<PathBuf>,
}

/// Why a store does not do what it is asked for.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// What the system says.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// There is no such capture.
    #[error("{0}")]
    Unknown(String),
    /// Another program changes it.
    #[error("{0}: another program approves or removes captures")]
    Busy(String),
    /// A document is not what it should be.
    #[error("{file}: {reason}")]
    Damaged {
        /// Its file.
        file: String,
        /// What is wrong.
        reason: String,
    },
}

impl StoreError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path_text(path);
        move |source| Self::Io { path, source }
    }

    fn damaged(path: &Path, reason: impl Into<String>) -> Self {
        Self::Damaged { file: path_text(path), reason: reason.into() }
    }

    /// Whether a capture was not kept because something has its id: with another id it can be.
    #[must_use]
    pub fn is_collision(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::AlreadyExists)
    }
}

impl Store {
    /// A store in a folder.
    #[must_use]
    pub const fn at(folder: PathBuf) -> Self {
        Self { folder, disk: Disk::real(), index: None }
    }

    /// A store whose changes go through `disk`.
    #[must_use]
    pub const fn on(folder: PathBuf, disk: Disk) -> Self {
        Self { folder, disk, index: None }
    }

    /// The same store with a file for its index, which must lie where only this user writes; it and its folder are made when
    /// needed. Without one every capture is read each time.
    #[must_use]
    pub fn with_index(self, file: PathBuf) -> Self {
        Self { index: Some(file), ..self }
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps a capture: whole or not at all, and never in the place of another. Returns its file. What earlier writers left
    /// behind that were ended goes, an hour later.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is changed then. [`StoreError::is_collision`] tells that another one has its id.
    pub fn keep(&self, capture: &Capture) -> Result<PathBuf, StoreError> {
        let bytes = capture.write().map_err(|reason| StoreError::Damaged {
            file: format!("capture {}", crate::host::terminal::clean(&capture.id)),
            reason,
        })?;
        let path = self.path(&capture.id)?;
        std::fs::create_dir_all(&self.folder).map_err(StoreError::io(&self.folder))?;
        self.put(&path, &bytes, false).map_err(StoreError::io(&path))?;
        for rest in folder::rests(&self.folder, clock::now()) {
            // One that stays does no harm.
            let _ = self.disk.remove_file(&rest);
        }
        Ok(path)
    }

    /// Writes a file beside its place, forces it to the disk, and gives it its name.
    fn put(&self, path: &Path, bytes: &[u8], replace: bool) -> io::Result<()> {
        let temporary = self.folder.join(format!(".{}.tmp", new_id(Timestamp::UNIX_EPOCH)));
        let written = self.disk.write_new(&temporary, bytes, Access::Public).and_then(|()| {
            if replace { self.disk.rename(&temporary, path) } else { self.disk.rename_new(&temporary, path) }
        });
        if let Err(error) = written {
            // What was written is not to be found under any name; a rest of it is nobody's document.
            let _ = std::fs::remove_file(&temporary);
            return Err(error);
        }
        self.disk.sync_folder(&self.folder).inspect_err(|_| {
            // It may be gone after a crash: nobody is told that it is kept.
            if !replace {
                let _ = std::fs::remove_file(path);
            }
        })
    }

    /// The file of a capture. Only an id is let into a path.
    fn path(&self, id: &str) -> Result<PathBuf, StoreError> {
        if is_id(id) {
            Ok(self.folder.join(format!("{id}.json")))
        } else {
            Err(StoreError::Unknown(format!("`{}` is no id of a capture", shown(id))))
        }
    }

    /// What is in it. An empty store is one without captures.
    ///
    /// # Errors
    /// [`StoreError`] when the folder cannot be listed.
    pub fn look(&self) -> Result<Shelf, StoreError> {
        self.look_by(self.index.as_deref())
    }

    fn look_by(&self, index: Option<&Path>) -> Result<Shelf, StoreError> {
        let listing = folder::list(&self.folder).map_err(StoreError::io(&self.folder))?;
        let there: HashSet<&str> = listing.documents.iter().map(|(id, _)| id.as_str()).collect();
        let index::Known { captures: mut known, table, more } =
            index.map_or_else(index::Known::default, |file| index::read(file, &there));
        let mut skipped = listing.skipped;
        let mut found = Vec::with_capacity(listing.documents.len());
        let mut fresh = Vec::new();
        for (id, stamp) in &listing.documents {
            match known.remove(id) {
                Some((then, summary, row)) if then == *stamp => found.push((then, summary, row)),
                _ => fresh.push(id.as_str()),
            }
        }
        let mut table = table;
        let mut stale = !known.is_empty() || more;
        if !fresh.is_empty() {
            let mut filler = Filler::new(table);
            for read in folder::read_all(&self.folder, &fresh).into_iter().flatten() {
                match read {
                    Ok((stamp, summary, values)) => {
                        let row = filler.add(&values);
                        found.push((stamp, summary, row));
                        // Of one that cannot be read there is nothing to write.
                        stale = true;
                    }
                    Err(reason) => skipped.push(reason),
                }
            }
            table = filler.done();
        }
        if stale && let Some(file) = index {
            let lines: Vec<(folder::Stamp, &Summary, Row)> =
                found.iter().map(|(stamp, summary, row)| (*stamp, summary, *row)).collect();
            index::write(file, &lines, &table);
        }
        let captures = found.into_iter().map(|(_, summary, row)| (summary, row)).collect();
        Ok(Shelf::sorted(captures, table, folder::told(skipped)))
    }

    /// The id that a text names: an id or the beginning of one, `latest`, `reference`, a label (its newest capture), or a commit
    /// (its first seven hex digits or more; its newest capture).
    ///
    /// # Errors
    /// [`StoreError::Unknown`], with what there is; [`StoreError::Damaged`] for a reference that is not what was approved.
    pub fn find(&self, shelf: &Shelf, text: &str) -> Result<String, StoreError> {
        let id = self.found(shelf, text)?;
        // The shelf may be that of an index: what it says of this one is what its document says, or it counts for nothing.
        let fits = |capture: &Capture| {
            let (summary, _) = summed_up(capture);
            shelf.captures.iter().find(|known| known.id == id).is_none_or(|known| *known == summary)
        };
        if text == "reference" || self.load(&id).is_ok_and(|capture| fits(&capture)) {
            return Ok(id);
        }
        self.found(&self.look_by(None)?, text)
    }

    /// The id that a text names by what a shelf says.
    fn found(&self, shelf: &Shelf, text: &str) -> Result<String, StoreError> {
        let captures = &shelf.captures;
        // What is dated in the future is the newest only where nothing else fits.
        let latest = shelf::latest(clock::now());
        let newest = |fits: &dyn Fn(&Summary) -> bool| {
            let now = captures.iter().rev().find(|capture| capture.created <= latest && fits(capture));
            let known = now.or_else(|| captures.iter().rev().find(|capture| fits(capture)));
            known.map(|capture| capture.id.clone())
        };
        if text == "reference" {
            let approved = self.reference()?.map(|approval| approval.capture);
            let hint = "no capture was approved as the reference: `readiness baseline approve` does that";
            return approved.ok_or_else(|| StoreError::Unknown(hint.to_owned()));
        }
        let labelled = |capture: &Summary| capture.label.as_deref() == Some(text);
        let whole = if text == "latest" {
            newest(&|_| true)
        } else {
            newest(&|capture| capture.id == text).or_else(|| newest(&labelled))
        };
        if let Some(id) = whole {
            return Ok(id);
        }
        if captures.is_empty() {
            let folder = path_text(&self.folder);
            return Err(StoreError::Unknown(format!(
                "there is no capture in {folder}: `readiness baseline capture` makes one"
            )));
        }
        let mut fits: Vec<&Summary> = Vec::new();
        if !text.is_empty() {
            fits.extend(captures.iter().filter(|capture| capture.id.starts_with(text)));
        }
        if let [only] = fits.as_slice() {
            return Ok(only.id.clone());
        }
        if fits.is_empty() && text.len() >= COMMIT && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let wanted = text.to_ascii_lowercase();
            let of =
                |capture: &Summary| capture.commit.as_ref().is_some_and(|commit| commit.starts_with(&wanted));
            fits.extend(captures.iter().filter(|capture| of(capture)));
            if fits.windows(2).all(|two| matches!(two, [one, other] if one.commit == other.commit))
                && let Some(id) = newest(&of)
            {
                return Ok(id);
            }
        }
        Err(StoreError::Unknown(self.not_found(shelf, text, &fits)))
    }

    fn not_found(&self, shelf: &Shelf, text: &str, fits: &[&Summary]) -> String {
        let some = |captures: &mut dyn Iterator<Item = &Summary>| {
            let name = |capture: &Summary| match &capture.label {
                Some(label) => format!("{} ({label})", capture.id),
                None => capture.id.clone(),
            };
            captures.take(NAMED).map(name).collect::<Vec<_>>().join(", ")
        };
        let text = shown(text);
        if fits.is_empty() {
            let (count, folder) = (shelf.captures.len(), path_text(&self.folder));
            let newest = some(&mut shelf.captures.iter().rev());
            format!("no capture is called `{text}`: of {count} in {folder} the newest are {newest}")
        } else {
            format!("`{text}` fits {} captures: {}", fits.len(), some(&mut fits.iter().rev().copied()))
        }
    }

    /// A capture of the store.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load(&self, id: &str) -> Result<Capture, StoreError> {
        self.document(id).map(|(_, capture)| capture)
    }

    /// The bytes of a document and what they say.
    fn document(&self, id: &str) -> Result<(Vec<u8>, Capture), StoreError> {
        let path = self.path(id)?;
        match folder::document(&self.folder, id) {
            Ok((_, bytes, capture)) => Ok((bytes, capture)),
            Err(Fault::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                Err(StoreError::Unknown(format!("there is no capture {id} in {}", path_text(&self.folder))))
            }
            Err(fault) => Err(told(&path, fault)),
        }
    }

    /// Waits until no other program approves or prunes, so that none removes what another one approves. None where the folder
    /// cannot be held.
    fn alone(&self) -> Result<Option<FolderLock>, StoreError> {
        // A pipe in its place would be waited for without end.
        if !self.folder.is_dir() {
            return Ok(None);
        }
        match FolderLock::wait(&self.folder, PATIENCE) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                Err(StoreError::Busy(path_text(&self.folder)))
            }
            taken => Ok(taken.ok()),
        }
    }

    /// Marks a capture as the reference. The time is the caller's.
    ///
    /// # Errors
    /// [`StoreError`]; what was the reference stays it then.
    pub fn approve(
        &self,
        id: &str,
        owner: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<BaselineApproval, StoreError> {
        let _lock = self.alone()?;
        let (bytes, _) = self.document(id)?;
        for (what, text) in [("owner", owner), ("reason", reason)] {
            if text.trim().is_empty() || text.len() > WORDS {
                let reason = format!("an approval needs an {what} of at most {WORDS} bytes");
                return Err(StoreError::Unknown(reason.replace("an reason", "a reason")));
            }
        }
        let approval = BaselineApproval {
            capture: id.to_owned(),
            sha256: hex::encode(&Sha256::digest(&bytes)),
            owner: owner.trim().to_owned(),
            reason: reason.trim().to_owned(),
            time: rfc3339(now),
        };
        let path = self.folder.join(REFERENCE);
        let mut text = serde_json::to_vec_pretty(&approval)
            .map_err(|error| StoreError::damaged(&path, error.to_string()))?;
        text.push(b'\n');
        self.put(&path, &text, true).map_err(StoreError::io(&path))?;
        Ok(approval)
    }

    /// The reference; none when nothing was approved.
    ///
    /// # Errors
    /// [`StoreError`] when the approval cannot be read, or its capture is not the one that was approved (other SHA-256).
    pub fn reference(&self) -> Result<Option<BaselineApproval>, StoreError> {
        let path = self.folder.join(REFERENCE);
        let (file, _) = match open_regular(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(StoreError::io(&path))?,
        };
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut io::Read::take(file, APPROVAL + 1), &mut bytes)
            .map_err(StoreError::io(&path))?;
        if bytes.len() as u64 > APPROVAL {
            return Err(StoreError::damaged(&path, format!("larger than {APPROVAL} bytes")));
        }
        let approval: BaselineApproval = serde_json::from_slice(&bytes)
            .map_err(|error| StoreError::damaged(&path, format!("this is no approval: {error}")))?;
        if !is_id(&approval.capture) {
            return Err(StoreError::damaged(&path, "it names no capture"));
        }
        let (document, _) = match self.document(&approval.capture) {
            Err(StoreError::Unknown(_)) => {
                let reason =
                    format!("the approved capture {} is gone: approve another one", approval.capture);
                return Err(StoreError::damaged(&path, reason));
            }
            read => read?,
        };
        if !hex::encode(&Sha256::digest(&document)).eq_ignore_ascii_case(&approval.sha256) {
            let reason = "it is not the document that was approved: its SHA-256 is another one; bring it back, or approve anew";
            return Err(StoreError::damaged(&self.path(&approval.capture)?, reason));
        }
        Ok(Some(approval))
    }

    /// Removes the oldest captures beyond the `keep` newest; the reference, labelled ones, what cannot be read, and `spare` (the
    /// id of the capture that was just kept) stay. Captures that are dated later than `spare` neither count nor go: a date in
    /// the future pushes nothing out. Returns how many went.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is removed when it is not known which one is the reference.
    pub fn prune(&self, keep: u32, spare: &str) -> Result<u64, StoreError> {
        let _lock = self.alone()?;
        let shelf = self.look()?;
        let reference = self.reference()?.map(|approval| approval.capture);
        let keep = usize::try_from(keep).unwrap_or(usize::MAX);
        let until = shelf.captures.iter().position(|capture| capture.id == spare);
        let count = until.map_or(shelf.captures.len(), |place| place + 1);
        let surplus = count.saturating_sub(keep);
        let mut removed = 0;
        for capture in shelf.captures.iter().take(surplus) {
            if capture.label.is_some() || reference.as_ref() == Some(&capture.id) || capture.id == spare {
                continue;
            }
            // Nothing goes by what an index says of it.
            if self.load(&capture.id).map_or(true, |document| document.label.is_some()) {
                continue;
            }
            let path = self.path(&capture.id)?;
            self.disk.remove_file(&path).map_err(StoreError::io(&path))?;
            removed += 1;
        }
        Ok(removed)
    }
}

fn told(path: &Path, fault: Fault) -> StoreError {
    match fault {
        Fault::Io(source) => StoreError::io(path)(source),
        Fault::Document(reason) => StoreError::damaged(path, reason),
    }
}

/// What someone typed, as it can be shown.
fn shown(text: &str) -> String {
    crate::host::terminal::clean(text).chars().take(100).collect()
}

/// A capture of a file, wherever it lies.
///
/// # Errors
/// [`StoreError`].
pub fn read_file(path: &Path) -> Result<Capture, StoreError> {
    let limit = super::capture::MAX_BYTES as u64;
    let bytes = read_bounded(path, limit).map_err(StoreError::io(path))?;
    Capture::read(&bytes).map_err(|reason| StoreError::damaged(path, reason))
}

#[cfg(test)]
mod tests;
