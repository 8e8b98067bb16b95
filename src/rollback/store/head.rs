//! What a list shows of a manifest, without holding the manifest: it may be far larger than the list.

use std::fmt;
use std::io::{self, BufReader, Read};

use serde::Deserialize;
use serde::de::{IgnoredAny, SeqAccess, Visitor};

use super::Head;
use crate::crypto::digest::{HashAlgorithm, Hasher};
use crate::rollback::point::{self, Contents, PointId, Reason, RepositoryKind, SCHEMA};

/// Bytes that are read at a time.
const BUFFER: usize = 64 << 10;

#[derive(Deserialize)]
struct Summary {
    schema: u32,
    created: String,
    #[serde(default)]
    name: Option<String>,
    reason: Reason,
    contents: Contents,
    repositories: First<Repository>,
    entries: Tally,
    #[serde(default)]
    gaps: First<IgnoredAny>,
}

#[derive(Deserialize)]
struct Repository {
    kind: RepositoryKind,
    head: point::Head,
}

/// The first of a list.
struct First<T>(Option<T>);

impl<T> Default for First<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for First<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct One<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for One<T> {
            type Value = First<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<First<T>, A::Error> {
                let first = list.next_element()?;
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(First(first))
            }
        }
        deserializer.deserialize_seq(One(std::marker::PhantomData))
    }
}

/// How many files and links, and how many bytes.
struct Tally {
    captured: u64,
    bytes: u64,
}

impl<'de> Deserialize<'de> for Tally {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Entry {
            what: What,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case", tag = "kind")]
        enum What {
            File { size: u64 },
            Link {},
            Folder {},
        }
        struct Counted;
        impl<'de> Visitor<'de> for Counted {
            type Value = Tally;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list of entries")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tally, A::Error> {
                let mut tally = Tally { captured: 0, bytes: 0 };
                while let Some(Entry { what }) = list.next_element()? {
                    match what {
                        What::File { size } => {
                            tally.captured += 1;
                            tally.bytes = tally.bytes.saturating_add(size);
                        }
                        What::Link {} => tally.captured += 1,
                        What::Folder {} => {}
                    }
                }
                Ok(tally)
            }
        }
        deserializer.deserialize_seq(Counted)
    }
}

/// A reader that digests.
struct Digesting<R>(R, Hasher);

impl<R: Read> Read for Digesting<R> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(piece)?;
        self.1.update(piece.get(..count).unwrap_or_default());
        Ok(count)
    }
}

/// Reads the head of the manifest of a point; why not, in words.
pub(super) fn read(from: impl Read, id: &PointId) -> Result<Head, String> {
    let mut from = BufReader::with_capacity(BUFFER, Digesting(from, Hasher::new(HashAlgorithm::Sha256)));
    let summary = {
        let mut reader = serde_json::Deserializer::from_reader(&mut from);
        Summary::deserialize(&mut reader)
    };
    io::copy(&mut from, &mut io::sink()).map_err(|error| format!("the manifest cannot be read: {error}"))?;
    let digest = from.into_inner().1.finish();
    if !digest.as_bytes().try_into().is_ok_and(|digest| id.names(digest)) {
        return Err("the manifest was changed: its digest is not the one in its name".to_owned());
    }
    let summary =
        summary.map_err(|_| "this is no manifest of a rollback point that this version reads".to_owned())?;
    if summary.schema != SCHEMA {
        return Err(point::PointError::Later(summary.schema).to_string());
    }
    let head =
        summary.repositories.0.filter(|first| first.kind == RepositoryKind::Root).map(|first| first.head);
    Ok(Head {
        name: summary.name,
        created: summary.created,
        reason: summary.reason,
        commit: head.as_ref().and_then(|head| head.commit()).map(str::to_owned),
        branch: head.map(|head| match head {
            point::Head::Branch { name, .. } | point::Head::Unborn { name } => {
                name.strip_prefix("refs/heads/").unwrap_or(&name).to_owned()
            }
            point::Head::Detached { .. } => "detached".to_owned(),
        }),
        complete: summary.gaps.0.is_none(),
        captured: summary.entries.captured,
        bytes: summary.entries.bytes,
        encrypted: matches!(summary.contents, Contents::Encrypted { .. }),
    })
}
