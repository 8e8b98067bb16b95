//! Models in zip archives: what `torch.save` writes, rows of `NumPy` arrays, Keras 3.

use std::io::{self, Cursor, Read, Seek};

use super::super::zip::{Archive, ArchiveError};
use super::pickle::{self, Code};
use super::stream::Stream;
use super::{Fault, Format, Head, counted, hdf5, npy};

/// Largest pickle inside an archive that is walked, in bytes.
const PICKLE: u64 = 64 << 20;
/// Largest configuration of a Keras model that is searched, in bytes.
const CONFIGURATION: u64 = 16 << 20;
/// Most pickles and arrays of one archive that are looked into.
const MEMBERS: u64 = 10_000;

/// What is gathered of an archive.
#[derive(Default)]
struct Members {
    all: u64,
    arrays: u64,
    pickles: u64,
    looked_into: u64,
    has_torch: bool,
    has_script: bool,
    has_keras: bool,
    code: Option<Code>,
    damage: Option<String>,
}

pub(super) fn look<R: Read + Seek>(stream: &mut Stream<R>) -> io::Result<Head> {
    let mut members = Members::default();
    let surveyed = Archive::open(stream.inner()).and_then(|mut archive| {
        archive.survey(|archive, member| {
            members.all += 1;
            let name = member.name().to_owned();
            let base = name.rsplit('/').next().unwrap_or(&name);
            let extension = base.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
            members.has_torch |= base == "data.pkl";
            members.has_script |= base == "constants.pkl" || name.contains("/code/");
            members.has_keras |= name == "model.weights.h5";
            if members.looked_into >= MEMBERS {
                return Ok(());
            }
            match extension.as_str() {
                "pkl" | "pickle" => {
                    members.pickles += 1;
                    members.looked_into += 1;
                    match archive.read(member, PICKLE) {
                        Ok(bytes) => members.walk(&name, bytes)?,
                        Err(reason) => {
                            members.add(Code::unseen());
                            members.fault(format!("{}: {reason}", super::shown(&name)));
                        }
                    }
                }
                "npy" => {
                    members.arrays += 1;
                    members.looked_into += 1;
                    // The header alone says whether there are objects; the numbers stay where they are. Of a record of
                    // many fields it is longer than what is looked at, and the array is read.
                    if npy::holds_objects(&archive.start(member, 1024)) {
                        match archive.read(member, PICKLE).map(|bytes| super::look(Cursor::new(bytes))) {
                            Ok(head) => members.add_array(head?),
                            Err(_) => members.add(Code::unseen()),
                        }
                    }
                }
                "json" if base == "config.json" => {
                    let text = archive.read(member, CONFIGURATION).unwrap_or_default();
                    if hdf5::has_lambda(&text) {
                        members.add(hdf5::lambda());
                    }
                }
                _ => {}
            }
            Ok(())
        })
    });
    stream.returned()?;
    let damage = match surveyed {
        Ok(()) => members.damage.take(),
        Err(ArchiveError::Read(error)) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
        Err(ArchiveError::Read(_)) => Some("it ends in the middle".to_owned()),
        Err(error) => Some(error.to_string()),
    };
    let (format, about) = members.describe();
    match damage {
        // What is in an archive that cannot be opened is not known: it may be what it should be.
        Some(words) if format.is_none() => Ok(Head {
            about: "a zip archive".to_owned(),
            damage: Some(words),
            code: members.code,
            ..Head::default()
        }),
        damage => Ok(Head { format, about, damage, code: members.code }),
    }
}

impl Members {
    fn describe(&self) -> (Option<Format>, String) {
        if self.has_torch {
            let script = if self.has_script { ", TorchScript: it holds code" } else { "" };
            (Some(Format::Pytorch), format!("PyTorch, {}{script}", counted(self.all, "member")))
        } else if self.has_keras {
            (Some(Format::Keras), "Keras 3".to_owned())
        } else if self.arrays > 0 && self.arrays == self.all {
            (Some(Format::Npz), format!("NumPy, {}", counted(self.arrays, "array")))
        } else {
            (None, format!("a zip archive of {}", counted(self.all, "member")))
        }
    }

    fn walk(&mut self, name: &str, bytes: Vec<u8>) -> Result<(), ArchiveError> {
        let mut inner = Stream::new(Cursor::new(bytes))?;
        match pickle::walk(&mut inner) {
            Ok(walk) => {
                self.add(walk.code);
                if let Some(words) = walk.damage {
                    self.fault(format!("{}: {words}", super::shown(name)));
                }
                Ok(())
            }
            Err(Fault::Read(error)) => Err(error.into()),
            Err(Fault::Damaged(words)) => {
                self.fault(words);
                Ok(())
            }
        }
    }

    /// An array that may hold objects, read whole.
    fn add_array(&mut self, head: Head) {
        let is_sound = head.format == Some(Format::Npy) && head.damage.is_none();
        match head.code {
            Some(code) => self.add(code),
            None if is_sound => {}
            None => self.add(Code::unseen()),
        }
    }

    fn add(&mut self, code: Code) {
        match &mut self.code {
            Some(known) => known.join(code),
            None => self.code = Some(code),
        }
    }

    fn fault(&mut self, words: String) {
        self.damage.get_or_insert(words);
    }
}
