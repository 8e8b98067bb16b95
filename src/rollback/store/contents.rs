//! Objects given out again, each checked against its name.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

use super::object::{Fault, Unpacker};
use super::packs::{Catalog, Located, read_at};
use super::{Store, StoreError, StoreKey, io_error};
use crate::rollback::point::{Contents, ObjectId};

/// Bytes that are read at a time.
const PIECE: u64 = 128 << 10;

/// An object that was found, in a pack that is open.
pub(super) struct Found {
    pub(super) located: Located,
    file: Arc<File>,
}

impl Found {
    /// Everything that is stored of it, piece by piece.
    pub(super) fn stored<E>(
        &self,
        unread: impl Fn(io::Error) -> E,
        mut each: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let record = self.located.record;
        let mut buffer = vec![0; usize::try_from(record.stored.min(PIECE)).unwrap_or(0)];
        let (mut at, end) = (record.offset, record.offset + record.stored);
        while at < end {
            let length = usize::try_from((end - at).min(PIECE)).unwrap_or(0);
            let piece = buffer.get_mut(..length).unwrap_or_default();
            read_at(&self.file, piece, at).map_err(&unread)?;
            each(piece)?;
            at += length as u64;
        }
        Ok(())
    }
}

/// The key that contents are encrypted with, if it is this one; none if they are not.
pub(super) fn key_for<'k>(
    key: Option<&'k StoreKey>,
    contents: &Contents,
) -> Result<Option<&'k StoreKey>, StoreError> {
    match contents {
        Contents::Plain {} => Ok(None),
        Contents::Encrypted { key: mark } => {
            let own = key.filter(|own| own.mark() == mark);
            own.map(Some).ok_or_else(|| StoreError::Key(mark.clone()))
        }
    }
}

impl Store {
    /// Whether the store has an object; its bytes are not looked at.
    ///
    /// # Errors
    /// The list of objects cannot be read.
    pub fn has(&self, object: ObjectId) -> Result<bool, StoreError> {
        Ok(self.catalog()?.has(object) || self.fresh_catalog()?.has(object))
    }

    /// Copies the contents of an object of a point and sees that they are right; its bytes. What was written is to be thrown
    /// away when this fails.
    ///
    /// # Errors
    /// It is missing, damaged, encrypted with another key, or the writer fails.
    pub fn copy_to(
        &self,
        object: ObjectId,
        contents: &Contents,
        out: &mut dyn Write,
    ) -> Result<u64, StoreError> {
        self.copy_bounded(object, contents, u64::MAX, out)
    }

    /// The contents of an object of at most `limit` bytes.
    ///
    /// # Errors
    /// As [`Self::copy_to`]; it is larger.
    pub fn read(&self, object: ObjectId, contents: &Contents, limit: u64) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        self.copy_bounded(object, contents, limit, &mut bytes)?;
        Ok(bytes)
    }

    /// Whether an object of this store, kept as its key says, can be read and is right.
    pub(super) fn is_sound(&self, object: ObjectId) -> bool {
        let contents = match &self.key {
            None => Contents::Plain {},
            Some(key) => Contents::Encrypted { key: key.mark().to_owned() },
        };
        self.copy_to(object, &contents, &mut io::sink()).is_ok()
    }

    fn copy_bounded(
        &self,
        object: ObjectId,
        contents: &Contents,
        limit: u64,
        out: &mut dyn Write,
    ) -> Result<u64, StoreError> {
        let key = self.key_of(contents)?;
        let found = self.found(object, key)?;
        if found.located.record.plain > limit {
            return Err(StoreError::TooLarge(object));
        }
        self.unpack(&found, key, out)?;
        Ok(found.located.record.plain)
    }

    /// The key that contents are encrypted with; none if they are not.
    pub(super) fn key_of(&self, contents: &Contents) -> Result<Option<&StoreKey>, StoreError> {
        key_for(self.key.as_ref(), contents)
    }

    /// The place of an object. Where there are several, one whose bytes are right.
    pub(super) fn found(&self, object: ObjectId, key: Option<&StoreKey>) -> Result<Found, StoreError> {
        let catalog = self.catalog()?;
        if let Some(found) = self.found_in(&catalog, object, key)? {
            return Ok(found);
        }
        // Another command may have added or rewritten packs since they were looked at.
        let catalog = self.fresh_catalog()?;
        if let Some(found) = self.found_in(&catalog, object, key)? {
            return Ok(found);
        }
        Err(match catalog.broken.first() {
            // It may be in there.
            Some((name, reason)) => {
                let path = self.packs().join(name).display().to_string();
                StoreError::Form { path, reason: format!("{reason}; it may hold the object {object}") }
            }
            None => StoreError::Missing(object),
        })
    }

    fn found_in(
        &self,
        catalog: &Catalog,
        object: ObjectId,
        key: Option<&StoreKey>,
    ) -> Result<Option<Found>, StoreError> {
        let places = catalog.places(object);
        let mut last = None;
        for located in places {
            let found = match self.open_place(catalog, located) {
                Ok(found) => found,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(io_error(&self.packs())(error)),
            };
            if places.len() == 1 || self.unpack(&found, key, &mut io::sink()).is_ok() {
                return Ok(Some(found));
            }
            last = Some(found);
        }
        Ok(last)
    }

    /// Opens the pack that an object is in.
    pub(super) fn open_place(&self, catalog: &Catalog, place: &Located) -> io::Result<Found> {
        Ok(Found { located: *place, file: self.open_pack(catalog, place.pack)? })
    }

    /// Unpacks an object and sees that it is right.
    pub(super) fn unpack(
        &self,
        found: &Found,
        key: Option<&StoreKey>,
        out: &mut dyn Write,
    ) -> Result<(), StoreError> {
        let record = found.located.record;
        let fault = |fault| match fault {
            Fault::Damaged => StoreError::Damaged(record.id),
            Fault::Out(source) => {
                StoreError::Io { path: format!("what the object {} is written to", record.id), source }
            }
        };
        let mut unpacker = Unpacker::new(record.id, record.flags, record.plain, key, out).map_err(fault)?;
        let unread = |error: io::Error| match error.kind() {
            // It was cut after it was opened.
            io::ErrorKind::UnexpectedEof => StoreError::Damaged(record.id),
            _ => io_error(&self.packs())(error),
        };
        found.stored(unread, |piece| unpacker.feed(piece).map_err(fault))?;
        unpacker.finish().map_err(fault)
    }
}
