//! Where captured contents go: into a pack of a store, or nowhere but through the digest.

use std::collections::HashSet;
use std::io::{self, Read, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use super::key::{Naming, StoreKey, contents_of};
use super::object::{Packed, Packer};
use super::packs::{Catalog, Making};
use super::take::{Moment, Outcome, RESTLESS, Room, TRIES, Work, taken, unread};
use super::{Store, StoreError, Taken, WHOLE, io_error};
use crate::crypto::streaming::EncryptError;
use crate::host::files::open_regular;
use crate::rollback::point::{Contents, ObjectId};

/// Threads that read files, at the most.
const WORKERS: usize = 4;

/// Where captured contents go: into a store, or nowhere but through the digest.
#[derive(Debug)]
pub enum Sink<'s> {
    /// Into a pack of a store.
    Store(Writer<'s>),
    /// Only digested, as the store with this key would name them; none for plain names.
    Digest(Option<StoreKey>),
}

/// New objects of one capture, in the making; nothing of them is there until [`Writer::finish`]. Dropped without that, it
/// leaves nothing behind.
#[derive(Debug)]
pub struct Writer<'s> {
    /// The store.
    pub store: &'s Store,
    catalog: Arc<Catalog>,
    /// New objects, those too that are about to be written.
    fresh: Mutex<HashSet<ObjectId>>,
    /// The pack, from the first new object on.
    making: Option<Box<Making>>,
}

impl Sink<'_> {
    /// Takes bytes.
    ///
    /// # Errors
    /// The pack cannot be written.
    pub fn add_bytes(&mut self, bytes: &[u8]) -> Result<ObjectId, StoreError> {
        match self {
            Self::Store(writer) => writer.add_bytes(bytes),
            Self::Digest(key) => Ok(Naming::of(key.as_ref(), bytes)),
        }
    }

    /// Takes all that a reader gives, whose length need not be known; the object and its bytes.
    ///
    /// # Errors
    /// The reader fails, or the pack cannot be written.
    pub fn add_reader(&mut self, reader: &mut dyn Read) -> Result<(ObjectId, u64), StoreError> {
        let source = Path::new("what is captured");
        match self {
            Self::Digest(key) => digest(key.as_ref(), reader).map_err(io_error(source)),
            Self::Store(writer) => {
                let whole = writer.store.whole;
                let mut bytes = Vec::new();
                reader.take(whole + 1).read_to_end(&mut bytes).map_err(io_error(source))?;
                if bytes.len() as u64 <= whole {
                    return Ok((writer.add_bytes(&bytes)?, bytes.len() as u64));
                }
                writer.add_stream(io::Cursor::new(bytes).chain(reader)).map_err(|error| match error {
                    StreamFault::Source(error) => io_error(source)(error),
                    StreamFault::Store(error) => error,
                })
            }
        }
    }

    /// Takes regular files, several at a time; the answers are in the order of the paths. A file that changes while it is
    /// read is read again, three times at the most. `taken` is told how many of them are done, as they are.
    ///
    /// # Errors
    /// The pack cannot be written. What is wrong with a single file is its own answer, in words.
    pub fn add_files(
        &mut self,
        paths: &[PathBuf],
        taken: &mut dyn FnMut(u64),
    ) -> Result<Vec<Result<Taken, String>>, StoreError> {
        let mut answers: Vec<Option<Result<Taken, String>>> = Vec::new();
        answers.resize_with(paths.len(), || None);
        let mut large = Vec::new();
        let mut done = 0;
        self.add_small(paths, &mut |at, answer| match answer {
            None => large.push(at),
            Some(answer) => {
                if let Some(place) = answers.get_mut(at) {
                    *place = Some(answer);
                }
                done += 1;
                taken(done);
            }
        })?;
        large.sort_unstable();
        for at in large {
            if let (Some(place), Some(path)) = (answers.get_mut(at), paths.get(at)) {
                *place = Some(self.add_large(path)?);
                done += 1;
                taken(done);
            }
        }
        Ok(answers
            .into_iter()
            .map(|answer| answer.unwrap_or_else(|| Err("it was not read".to_owned())))
            .collect())
    }

    /// Takes the files that fit in memory; the others are answered with none.
    fn add_small(
        &mut self,
        paths: &[PathBuf],
        answer: &mut dyn FnMut(usize, Option<Result<Taken, String>>),
    ) -> Result<(), StoreError> {
        // What is new is asked by the workers, while this thread alone writes.
        let (key, asked, making, whole) = match self {
            Self::Digest(key) => (key.as_ref(), None, None, WHOLE),
            Self::Store(Writer { store, catalog, fresh, making }) => {
                let whole = store.whole;
                (store.key.as_ref(), Some((&*catalog, &*fresh, *store)), Some((*store, making)), whole)
            }
        };
        let is_new = asked.map(|(catalog, fresh, store)| {
            // What is there is read before it is relied upon: a damaged one is stored again.
            move |id| {
                !(catalog.has(id) && store.is_sound(id))
                    && fresh.lock().unwrap_or_else(PoisonError::into_inner).insert(id)
            }
        });
        let work = Work {
            paths,
            next: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            room: Room::new(),
            key,
            whole,
            is_new: is_new.as_ref().map(|is_new| is_new as &(dyn Fn(ObjectId) -> bool + Sync)),
        };
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let (to, from) = mpsc::channel();
        let mut making = making;
        std::thread::scope(|scope| {
            let mut started = Ok(());
            for number in 0..cores.min(WORKERS).min(paths.len()) {
                let (work, to) = (&work, to.clone());
                let spawned = std::thread::Builder::new().spawn_scoped(scope, move || work.run(&to));
                if let Err(error) = spawned
                    && number == 0
                {
                    started = Err(io_error(Path::new("a thread"))(error));
                }
            }
            drop(to);
            let mut result = started;
            for (at, outcome, held) in from {
                // After a failure only what is on its way is taken in, so that nobody waits for room.
                if result.is_ok() {
                    result = match outcome {
                        Outcome::Large => {
                            answer(at, None);
                            Ok(())
                        }
                        Outcome::Failed(error) => Err(io_error(Path::new("a file"))(io::Error::other(error))),
                        Outcome::Done(Err(reason)) => {
                            answer(at, Some(Err(reason)));
                            Ok(())
                        }
                        Outcome::Done(Ok((taken, packed))) => {
                            let stored = match (&mut making, packed) {
                                (Some((store, making)), Some(packed)) => store_packed(store, making, &packed),
                                _ => Ok(()),
                            };
                            answer(at, Some(Ok(taken)));
                            stored
                        }
                    };
                    work.stop.store(result.is_err(), Relaxed);
                }
                work.room.give_back(held);
            }
            result
        })
    }

    /// Takes a file of any size: digested first, and read again only if it is new.
    fn add_large(&mut self, path: &Path) -> Result<Result<Taken, String>, StoreError> {
        for _ in 0..TRIES {
            let (mut file, before) = match open_regular(path) {
                Ok(opened) => opened,
                Err(error) => return Ok(Err(unread(&error))),
            };
            let key = match self {
                Self::Store(writer) => writer.store.key.as_ref(),
                Self::Digest(key) => key.as_ref(),
            };
            // One that grows without end is not read to its end.
            let length = before.len();
            let mut found = match digest(key, &mut (&file).take(length + 1)) {
                Ok(found) => found,
                Err(error) => return Ok(Err(unread(&error))),
            };
            if let Self::Store(writer) = self
                && found.1 == length
                && !writer.has(found.0)
            {
                if let Err(error) = file.rewind() {
                    return Ok(Err(unread(&error)));
                }
                let again = match writer.add_stream((&file).take(length + 1)) {
                    Ok(again) => again,
                    Err(StreamFault::Source(error)) => return Ok(Err(unread(&error))),
                    Err(StreamFault::Store(error)) => return Err(error),
                };
                if again != found {
                    found.1 = u64::MAX;
                }
            }
            let after = match file.metadata() {
                Ok(after) => after,
                Err(error) => return Ok(Err(unread(&error))),
            };
            if found.1 == length && Moment::of(&before) == Moment::of(&after) {
                return Ok(taken(found.0, &file, &before));
            }
        }
        Ok(Err(RESTLESS.to_owned()))
    }

    /// How contents are named and kept.
    #[must_use]
    pub fn contents(&self) -> Contents {
        match self {
            Self::Store(writer) => contents_of(writer.store.key.as_ref()),
            Self::Digest(key) => contents_of(key.as_ref()),
        }
    }
}

/// Name and bytes of all that a reader gives.
fn digest(key: Option<&StoreKey>, from: &mut dyn Read) -> io::Result<(ObjectId, u64)> {
    let mut source = Source::new(from, key);
    io::copy(&mut source, &mut io::sink())?;
    Ok((source.naming.finish(), source.bytes))
}

/// Adds what is stored of an object, to the pack that is begun if there is none yet.
fn store_packed(store: &Store, making: &mut Option<Box<Making>>, packed: &Packed) -> Result<(), StoreError> {
    begun(store, making)?.add(packed)
}

fn begun<'m>(store: &Store, making: &'m mut Option<Box<Making>>) -> Result<&'m mut Making, StoreError> {
    let begun = match making.take() {
        Some(begun) => begun,
        None => Box::new(Making::begin(&store.disk, &store.packs())?),
    };
    Ok(making.insert(begun))
}

/// What fails when a stream is added.
enum StreamFault {
    /// What it is read from.
    Source(io::Error),
    /// The pack.
    Store(StoreError),
}

impl<'s> Writer<'s> {
    /// A writer that knows what is in the store.
    pub(super) fn new(store: &'s Store, catalog: Arc<Catalog>) -> Self {
        Self { store, catalog, fresh: Mutex::default(), making: None }
    }

    /// Whether an object is in the store, and right, or new.
    pub(super) fn has(&self, id: ObjectId) -> bool {
        (self.catalog.has(id) && self.store.is_sound(id))
            || self.fresh.lock().unwrap_or_else(PoisonError::into_inner).contains(&id)
    }

    fn add_bytes(&mut self, bytes: &[u8]) -> Result<ObjectId, StoreError> {
        let id = Naming::of(self.store.key.as_ref(), bytes);
        if self.has(id) {
            return Ok(id);
        }
        if bytes.len() as u64 > self.store.whole {
            return match self.add_stream(bytes) {
                Ok((id, _)) => Ok(id),
                Err(StreamFault::Source(error)) => Err(io_error(Path::new("what is captured"))(error)),
                Err(StreamFault::Store(error)) => Err(error),
            };
        }
        let packed = Packer::new(self.store.key.clone()).pack(id, bytes.to_vec());
        let packed = packed.map_err(|error| io_error(&self.store.packs())(io::Error::other(error)))?;
        self.add_packed(&packed)?;
        Ok(id)
    }

    /// Adds an object as it is stored, which must not be there yet.
    pub(super) fn add_packed(&mut self, packed: &Packed) -> Result<(), StoreError> {
        store_packed(self.store, &mut self.making, packed)?;
        self.fresh.get_mut().unwrap_or_else(PoisonError::into_inner).insert(packed.id);
        Ok(())
    }

    /// Adds all that a reader gives; it becomes an object only if there is no such one.
    fn add_stream(&mut self, from: impl Read) -> Result<(ObjectId, u64), StreamFault> {
        let key = self.store.key.clone();
        let mut source = Source::new(from, key.as_ref());
        let making = begun(self.store, &mut self.making).map_err(StreamFault::Store)?;
        let offset = making.at();
        let flags = Packer::new(key.clone()).stream(&mut source, making).map_err(|error| match error {
            EncryptError::Read(error) => StreamFault::Source(error),
            EncryptError::Write(error) => StreamFault::Store(io_error(making.path())(error)),
            other => StreamFault::Store(io_error(making.path())(io::Error::other(other))),
        })?;
        let (id, bytes) = (source.naming.finish(), source.bytes);
        if self.has(id) {
            return Ok((id, bytes));
        }
        let making = begun(self.store, &mut self.making).map_err(StreamFault::Store)?;
        making.record(id, flags, offset, bytes).map_err(StreamFault::Store)?;
        self.fresh.get_mut().unwrap_or_else(PoisonError::into_inner).insert(id);
        Ok((id, bytes))
    }

    /// Makes the new objects part of the store, and durable; the bytes that it grew by.
    ///
    /// # Errors
    /// The pack cannot be written.
    pub fn finish(self) -> Result<u64, StoreError> {
        let fresh = self.fresh.into_inner().unwrap_or_else(PoisonError::into_inner).len();
        if fresh != self.making.as_ref().map_or(0, |making| making.count()) {
            // Whoever goes on after an error must not get a pack without what is said to be in it.
            let reason = "not everything could be written into it".to_owned();
            return Err(StoreError::Form { path: self.store.packs().display().to_string(), reason });
        }
        match self.making {
            Some(making) if fresh > 0 => {
                let bytes = making.finish()?;
                self.store.fresh_catalog()?;
                Ok(bytes)
            }
            _ => Ok(0),
        }
    }
}

/// A reader that digests and counts.
struct Source<R> {
    from: R,
    naming: Naming,
    bytes: u64,
}

impl<R: Read> Source<R> {
    fn new(from: R, key: Option<&StoreKey>) -> Self {
        Self { from, naming: Naming::new(key), bytes: 0 }
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(piece)?;
        self.naming.update(piece.get(..count).unwrap_or_default());
        self.bytes += count as u64;
        Ok(count)
    }
}
