//! Manifests, pins, marks of verification; finding a point.

use std::io::{self, Read as _};
use std::path::PathBuf;

use jiff::Timestamp;

use super::packs::names_in;
use super::{Listed, Store, StoreError, head, io_error};
use crate::crypto::digest::HashAlgorithm;
use crate::host::clock::rfc3339;
use crate::host::disk::Access;
use crate::host::files::{open_regular, read_bounded};
use crate::rollback::point::{
    self, MAX_MANIFEST, ObjectId, Point, PointError, PointId, Reason, State, parse_unchanged,
};

/// Largest list of what git can give back, in bytes: a million files.
const MAX_UNCHANGED: u64 = 256 << 20;
/// Digits of a manifest's digest that are enough to name it.
const LEAST_DIGITS: usize = 4;

impl Store {
    pub(super) fn manifest_file(&self, id: &PointId) -> PathBuf {
        self.folder.join("points").join(format!("{id}.json"))
    }

    pub(super) fn pin_file(&self, id: &PointId) -> PathBuf {
        self.folder.join("pins").join(id.as_str())
    }

    pub(super) fn verified_file(&self, id: &PointId) -> PathBuf {
        self.folder.join("verified").join(id.as_str())
    }

    /// Stores a manifest, whose objects must be there. The store must be locked.
    ///
    /// # Errors
    /// One of its objects is missing, a path in it is none that could be restored, or it cannot be written.
    pub fn save(&self, point: &Point) -> Result<PointId, StoreError> {
        let bytes = point::write(point);
        let digest = HashAlgorithm::Sha256.digest(&bytes);
        let digest = digest.as_bytes().try_into().unwrap_or([0; 32]);
        let id = PointId::new(&point.created, &digest).map_err(|_| StoreError::Form {
            path: self.folder.join("points").display().to_string(),
            reason: format!("{} is no moment to name a point by", point.created),
        })?;
        // What could not be read back must not be taken for a point.
        let sound =
            if bytes.len() as u64 > MAX_MANIFEST { Err(PointError::TooLarge) } else { point::check(point) };
        sound.map_err(|source| StoreError::Manifest { id: id.clone(), source })?;
        self.need(point.objects())?;
        self.put_last(&id)?;
        self.replace(&self.manifest_file(&id), &bytes, Access::Private)?;
        Ok(id)
    }

    /// Sees that objects are there.
    pub(super) fn need(&self, objects: impl Iterator<Item = ObjectId>) -> Result<(), StoreError> {
        let catalog = self.fresh_catalog()?;
        for object in objects {
            if !catalog.has(object) {
                return Err(StoreError::Missing(object));
            }
        }
        Ok(())
    }

    /// The bytes of a manifest, which are those that its name says.
    pub(super) fn manifest(&self, id: &PointId) -> Result<Vec<u8>, StoreError> {
        let path = self.manifest_file(id);
        let unread = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => StoreError::NoPoint(id.to_string()),
            _ => io_error(&path)(error),
        };
        let (file, metadata) = open_regular(&path).map_err(unread)?;
        let too_large = || StoreError::Manifest { id: id.clone(), source: PointError::TooLarge };
        if metadata.len() > MAX_MANIFEST {
            return Err(too_large());
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
        file.take(MAX_MANIFEST + 1).read_to_end(&mut bytes).map_err(unread)?;
        if bytes.len() as u64 > MAX_MANIFEST {
            return Err(too_large());
        }
        let digest = HashAlgorithm::Sha256.digest(&bytes);
        if !digest.as_bytes().try_into().is_ok_and(|digest| id.names(digest)) {
            return Err(StoreError::Changed(id.clone()));
        }
        Ok(bytes)
    }

    /// Reads a point.
    ///
    /// # Errors
    /// There is none, it was changed, or it cannot be read.
    pub fn load(&self, id: &PointId) -> Result<Point, StoreError> {
        let bytes = self.manifest(id)?;
        point::parse(&bytes).map_err(|source| StoreError::Manifest { id: id.clone(), source })
    }

    /// Reads a point and its list of what git can give back.
    ///
    /// # Errors
    /// As [`Self::load`] and [`Self::read`].
    pub fn state(&self, id: &PointId) -> Result<State, StoreError> {
        let point = self.load(id)?;
        let Some(object) = point.unchanged else { return Ok(State { point, unchanged: Vec::new() }) };
        let bytes = self.read(object, &point.contents, MAX_UNCHANGED)?;
        let unchanged = parse_unchanged(&bytes).map_err(|error| StoreError::Form {
            path: format!("the object {object} of the point {id}"),
            reason: error.to_string(),
        })?;
        Ok(State { point, unchanged })
    }

    /// The ids of all points, in the order in which they were stored.
    pub(super) fn ids(&self) -> Result<Vec<PointId>, StoreError> {
        let names = names_in(&self.folder.join("points"))?;
        Ok(self.sort(names.iter().filter_map(|name| name.strip_suffix(".json")?.parse().ok()).collect()))
    }

    fn listed(&self, id: PointId) -> Listed {
        let head = open_regular(&self.manifest_file(&id))
            .map_err(|error| format!("the manifest cannot be read: {error}"))
            .and_then(|(file, metadata)| {
                if metadata.len() > MAX_MANIFEST {
                    return Err(PointError::TooLarge.to_string());
                }
                head::read(file.take(MAX_MANIFEST), &id)
            });
        let verified = read_bounded(&self.verified_file(&id), 64).ok();
        let verified = verified.and_then(|bytes| String::from_utf8(bytes).ok());
        Listed {
            head,
            pinned: self.pin_file(&id).symlink_metadata().is_ok(),
            verified: verified.and_then(|text| text.trim().parse::<Timestamp>().ok()).map(rfc3339),
            id,
        }
    }

    /// All points, oldest first (in the order in which they were stored, whatever the clock showed); those that cannot be
    /// read too.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> Result<Vec<Listed>, StoreError> {
        Ok(self.ids()?.into_iter().map(|id| self.listed(id)).collect())
    }

    /// The point that a text names: an id, the beginning of one or of its digest (four digits at least), a name (the newest
    /// of that name), or `latest` (the newest that the user asked for). A text that is the name of one point and the
    /// beginning of another's id is refused, and so is `latest` when a point behind the one that it would be cannot be read.
    ///
    /// # Errors
    /// None, or more than one.
    pub fn find(&self, text: &str) -> Result<PointId, StoreError> {
        let ids = self.ids()?;
        if let Some(id) = ids.iter().find(|id| id.as_str() == text) {
            return Ok(id.clone());
        }
        if text == "latest" {
            for id in ids.into_iter().rev() {
                match self.listed(id.clone()).head {
                    Ok(head) if head.reason == Reason::Asked => return Ok(id),
                    Ok(_) => {}
                    // It may be the one that is meant; another must not be taken for it. Loading it says what is wrong.
                    Err(_) => return self.load(&id).map(|_| id),
                }
            }
            return Err(StoreError::NoPoint(text.to_owned()));
        }
        let begins = |id: &&PointId| {
            let digest = id.as_str().rsplit_once('-').map_or("", |(_, digest)| digest);
            !text.is_empty()
                && (id.as_str().starts_with(text) || (text.len() >= LEAST_DIGITS && digest.starts_with(text)))
        };
        let mut fitting: Vec<PointId> = ids.iter().filter(begins).cloned().collect();
        let named = |id: &&PointId| {
            self.listed((*id).clone()).head.is_ok_and(|head| head.name.as_deref() == Some(text))
        };
        if let Some(id) = ids.iter().rev().find(named)
            && !fitting.contains(id)
        {
            fitting.push(id.clone());
        }
        match fitting.as_slice() {
            [] => Err(StoreError::NoPoint(text.to_owned())),
            [id] => Ok(id.clone()),
            several => {
                let several: Vec<&str> = several.iter().map(PointId::as_str).take(5).collect();
                Err(StoreError::Ambiguous(text.to_owned(), several.join(", ")))
            }
        }
    }

    fn exists(&self, id: &PointId) -> Result<(), StoreError> {
        let found = self.manifest_file(id).symlink_metadata();
        found.map(drop).map_err(|_| StoreError::NoPoint(id.to_string()))
    }

    /// Pins a point, or lets it go. The store must be locked.
    ///
    /// # Errors
    /// There is none, or it cannot be written.
    pub fn pin(&self, id: &PointId, pinned: bool) -> Result<(), StoreError> {
        self.exists(id)?;
        let path = self.pin_file(id);
        if pinned {
            return self.replace(&path, b"", Access::Private);
        }
        let removed = self.disk.remove_file(&path).and_then(|()| self.disk.sync_name(&path));
        removed.map_err(io_error(&path))
    }

    /// Notes that a point was verified and found good. The store must be locked.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn mark_verified(&self, id: &PointId, now: Timestamp) -> Result<(), StoreError> {
        self.exists(id)?;
        self.replace(&self.verified_file(id), format!("{}\n", rfc3339(now)).as_bytes(), Access::Private)
    }
}
