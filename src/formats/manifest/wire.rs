//! The JSON of a manifest.

use std::fmt;

use jiff::Timestamp;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::{Entry, EntryKind, EntryProblem, Limits, Manifest, ManifestError, SCHEMA, entry_error};
use crate::formats::hex;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireEntry {
    path: String,
    #[serde(rename = "type")]
    kind: WireKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mode: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<String>,
}

#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum WireKind {
    File,
    Symlink,
}

struct Document {
    schema: u64,
    created: String,
    algorithm: String,
    entries: Vec<WireEntry>,
}

/// The fields of a manifest; entries in the order of the file, paths not checked yet.
pub(super) fn read(input: &[u8], limits: &Limits) -> Result<(Timestamp, Vec<Entry>), ManifestError> {
    if input.len() > limits.max_bytes {
        return Err(ManifestError::TooLarge { size: input.len(), limit: limits.max_bytes });
    }
    let mut reader = serde_json::Deserializer::from_slice(input);
    let document = DocumentSeed { max_entries: limits.max_entries }
        .deserialize(&mut reader)
        .and_then(|document| reader.end().map(|()| document))
        .map_err(|error| json_error(&error))?;
    if document.schema != u64::from(SCHEMA) {
        return Err(ManifestError::UnknownSchema(document.schema));
    }
    if document.algorithm != "sha256" {
        return Err(ManifestError::UnknownAlgorithm);
    }
    let created = document.created.parse().map_err(|_| ManifestError::Created)?;
    let entries = document.entries.into_iter().enumerate().map(|(index, entry)| convert(index, entry));
    Ok((created, entries.collect::<Result<_, _>>()?))
}

fn json_error(error: &serde_json::Error) -> ManifestError {
    // The message may quote the input; what it quotes shall neither be long nor steer a terminal.
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let message = message.chars().take(200).map(|next| if next.is_control() { ' ' } else { next }).collect();
    ManifestError::Json { line: error.line().max(1), column: error.column().max(1), message }
}

fn convert(index: usize, entry: WireEntry) -> Result<Entry, ManifestError> {
    match convert_kind(&entry) {
        Ok(kind) => Ok(Entry { path: entry.path, kind }),
        Err(problem) => Err(entry_error(index, &entry.path, problem)),
    }
}

fn convert_kind(entry: &WireEntry) -> Result<EntryKind, EntryProblem> {
    match (entry.kind, &entry.size, &entry.sha256, &entry.mode, &entry.target) {
        (WireKind::File, Some(size), Some(sha256), mode, None) => Ok(EntryKind::File {
            size: *size,
            sha256: decode_digest(sha256).ok_or(EntryProblem::Digest)?,
            mode: mode.as_deref().map(|mode| decode_mode(mode).ok_or(EntryProblem::Mode)).transpose()?,
        }),
        (WireKind::Symlink, None, None, None, Some(target)) => {
            Ok(EntryKind::Symlink { target: target.clone() })
        }
        (WireKind::File, _, _, _, None) => Err(EntryProblem::IncompleteFile),
        _ => Err(EntryProblem::WrongFields),
    }
}

fn decode_digest(text: &str) -> Option<[u8; 32]> {
    // One way of writing it, so that equal manifests are equal bytes.
    if text.bytes().any(|digit| digit.is_ascii_uppercase()) {
        return None;
    }
    hex::decode(text.as_bytes()).ok()?.try_into().ok()
}

fn decode_mode(text: &str) -> Option<u32> {
    let octal = text.len() == 4 && text.bytes().all(|digit| matches!(digit, b'0'..=b'7'));
    octal.then(|| u32::from_str_radix(text, 8).ok()).flatten()
}

/// Writes the head on the first line, an entry a line, and the closing brackets.
pub(super) fn write(manifest: &Manifest) -> Vec<u8> {
    let mut text =
        format!(r#"{{"schema":{SCHEMA},"created":"{}","algorithm":"sha256","entries":["#, manifest.created);
    for (index, entry) in manifest.entries.iter().enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        let empty = WireEntry {
            path: entry.path.clone(),
            kind: WireKind::File,
            size: None,
            sha256: None,
            mode: None,
            target: None,
        };
        let wire = match &entry.kind {
            EntryKind::File { size, sha256, mode } => WireEntry {
                size: Some(*size),
                sha256: Some(hex::encode(sha256)),
                mode: mode.map(|mode| format!("{mode:04o}")),
                ..empty
            },
            EntryKind::Symlink { target } => {
                WireEntry { kind: WireKind::Symlink, target: Some(target.clone()), ..empty }
            }
        };
        // Strings and numbers always have their JSON.
        text.push_str(&serde_json::to_string(&wire).unwrap_or_default());
    }
    text.push_str("\n]}\n");
    text.into_bytes()
}

/// Reads a [`Document`] and stops at one entry beyond the bound, so that no more than that is ever held.
struct DocumentSeed {
    max_entries: usize,
}

impl<'de> DeserializeSeed<'de> for DocumentSeed {
    type Value = Document;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Document, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for DocumentSeed {
    type Value = Document;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a manifest")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let (mut schema, mut created, mut algorithm, mut entries) = (None, None, None, None);
        while let Some(key) = map.next_key::<String>()? {
            let repeated = match key.as_str() {
                "schema" => schema.replace(map.next_value()?).is_some(),
                "created" => created.replace(map.next_value()?).is_some(),
                "algorithm" => algorithm.replace(map.next_value()?).is_some(),
                "entries" => {
                    let seed = EntriesSeed { max_entries: self.max_entries };
                    entries.replace(map.next_value_seed(seed)?).is_some()
                }
                _ => return Err(A::Error::custom("unknown field")),
            };
            if repeated {
                return Err(A::Error::custom(format!("repeated field `{key}`")));
            }
        }
        Ok(Document {
            schema: schema.ok_or_else(|| A::Error::missing_field("schema"))?,
            created: created.ok_or_else(|| A::Error::missing_field("created"))?,
            algorithm: algorithm.ok_or_else(|| A::Error::missing_field("algorithm"))?,
            entries: entries.ok_or_else(|| A::Error::missing_field("entries"))?,
        })
    }
}

struct EntriesSeed {
    max_entries: usize,
}

impl<'de> DeserializeSeed<'de> for EntriesSeed {
    type Value = Vec<WireEntry>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<WireEntry>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for EntriesSeed {
    type Value = Vec<WireEntry>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<WireEntry>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element()? {
            if entries.len() >= self.max_entries {
                return Err(A::Error::custom(format!("more than {} entries", self.max_entries)));
            }
            entries.push(entry);
        }
        Ok(entries)
    }
}
