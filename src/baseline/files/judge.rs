//! One file: read as far as it must be, and held against what is declared of it.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::super::settings::DataFile;
use crate::crypto::digest::{HashAlgorithm, Hasher};
use crate::formats::hex;
use crate::formats::model::{self, Format, Head, pickle::Code};
use crate::host::{files, terminal};
use crate::report::{DataFileSeen, mask_secrets};

/// Largest file whose digest is made without being asked for, in bytes.
const HASHED: u64 = 64 << 20;
/// Most imports that a finding names.
const NAMED: usize = 5;

/// What is seen of the file at `path`, which reports call `text`.
pub(super) fn judge(declared: &DataFile, text: &str, path: &Path) -> DataFileSeen {
    let mut seen = DataFileSeen { path: text.to_owned(), ..DataFileSeen::default() };
    match read(declared, path, &mut seen) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            problem(&mut seen, "BSL-050", "there is no such file");
        }
        Err(error) => {
            seen.present = true;
            problem(&mut seen, "BSL-050", &format!("it cannot be read ({error})"));
        }
    }
    seen
}

fn read(declared: &DataFile, path: &Path, seen: &mut DataFileSeen) -> io::Result<()> {
    let (mut file, metadata) = files::open_regular(&path.canonicalize()?)?;
    seen.present = true;
    seen.bytes = metadata.len();
    if seen.bytes == 0 {
        problem(seen, "BSL-050", "it is empty");
    } else if seen.bytes < declared.min_bytes {
        let words = format!("it has {} bytes, and must have {}", seen.bytes, declared.min_bytes);
        problem(seen, "BSL-050", &words);
    }
    let mut is_as_declared = false;
    if declared.sha256.is_some() || seen.bytes <= HASHED {
        let digest = hash(&mut file)?;
        if let Some(wanted) = &declared.sha256 {
            is_as_declared = digest == *wanted;
            if !is_as_declared {
                let short = |digest: &[u8]| hex::encode(digest).chars().take(12).collect::<String>();
                let words = format!("SHA-256 {}..., declared is {}...", short(&digest), short(wanted));
                problem(seen, "BSL-051", &words);
            }
        }
        seen.sha256 = Some(hex::encode(&digest));
    }
    let head = model::look(&file)?;
    seen.format = head.format.map(|format| format.id().to_owned());
    seen.about = mask_secrets(&terminal::clean(&head.about));
    judge_format(declared, &head, seen);
    if let Some(code) = &head.code {
        judge_code(declared.allow_executable && is_as_declared, code, seen);
    }
    Ok(())
}

/// The SHA-256 of a file, from its beginning; the file stands at its end then.
fn hash(file: &mut File) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(0))?;
    let mut hasher = Hasher::new(HashAlgorithm::Sha256);
    let mut chunk = vec![0; 1 << 20];
    loop {
        match file.read(&mut chunk) {
            Ok(0) => return Ok(hasher.finish().as_bytes().to_vec()),
            Ok(count) => hasher.update(chunk.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn judge_format(declared: &DataFile, head: &Head, seen: &mut DataFileSeen) {
    let name = seen.path.rsplit('/').next().unwrap_or_default();
    let expected = match &declared.format {
        Some(id) => match Format::of_id(id) {
            Some(format) => Some(format),
            None => return problem(seen, "BSL-052", &format!("there is no format `{id}`")),
        },
        None => Format::of_name(name),
    };
    if let Some(words) = &head.damage {
        problem(seen, "BSL-054", words);
    }
    let Some(expected) = expected else { return };
    match head.format {
        Some(format) if format.serves_as(expected) => {}
        // An empty file is told of already, and a damaged archive may be what it should be.
        None if seen.bytes == 0 || head.damage.is_some() => {}
        None if expected == Format::Pickle && head.may_be_packed_pickle() => {
            let words = "a packed pickle: what loading it imports was not looked into";
            problem(seen, "BSL-053", words);
        }
        _ => problem(seen, "BSL-052", &format!("this is {}, and no {}", head.about, expected.id())),
    }
}

fn judge_code(is_accepted: bool, code: &Code, seen: &mut DataFileSeen) {
    let named = |imports: &mut dyn Iterator<Item = String>| -> String {
        let all: Vec<String> = imports.collect();
        let more = all.len().saturating_sub(NAMED);
        let mut text = all.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
        if more > 0 {
            text.push_str(&format!(" and {more} more"));
        }
        text.chars().take(240).collect()
    };
    let text = |import: &model::pickle::Import| format!("{}.{}", import.module, import.name);
    let is_beyond = code.beyond().next().is_some();
    let words = if is_beyond {
        format!("loading it imports {}", named(&mut code.beyond().map(text)))
    } else if code.hidden {
        "loading it imports something that cannot be told without loading it".to_owned()
    } else if code.imports.is_empty() {
        "it is a pickle, which runs what it says when it is loaded; this one imports nothing".to_owned()
    } else {
        format!("loading it imports {}", named(&mut code.imports.iter().map(text)))
    };
    let words = terminal::clean(&words);
    if is_accepted {
        seen.about.push_str(&format!("; accepted by its digest: {}", mask_secrets(&words)));
    } else {
        problem(seen, if is_beyond || code.hidden { "BSL-055" } else { "BSL-053" }, &words);
    }
}

fn problem(seen: &mut DataFileSeen, rule: &str, words: &str) {
    seen.problems.push((rule.to_owned(), mask_secrets(words)));
}
