//! Whether a fetched file is of the form that it should be: enough to tell an error page or a cut file from data.

use std::fs::File;
use std::io::{self, BufReader, Read as _};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Source;
use crate::formats::zip::Archive;

/// Most bytes that the scores may have when unpacked.
const UNPACKED_LIMIT: u64 = 512 << 20;

/// Says what is wrong with a file, if something is.
pub(super) fn form(source: Source, file: &File) -> Result<(), String> {
    match source {
        Source::Osv(_) => archive(file),
        Source::Epss => scores(file),
        Source::Kev => exploited(file),
    }
}

/// A zip archive with a readable central directory that has entries.
fn archive(file: &File) -> Result<(), String> {
    let archive = Archive::open(file).map_err(|error| format!("no zip archive ({error})"))?;
    if archive.entries() == 0 { Err("an empty zip archive".to_owned()) } else { Ok(()) }
}

/// gzip whose checksum is right, with the columns of EPSS.
fn scores(file: &File) -> Result<(), String> {
    let mut text = flate2::read::MultiGzDecoder::new(BufReader::new(file)).take(UNPACKED_LIMIT + 1);
    let mut head = Vec::new();
    let fault = |error: io::Error| format!("no gzip file ({})", error.kind());
    text.by_ref().take(4096).read_to_end(&mut head).map_err(fault)?;
    let columns = head
        .split(|byte| *byte == b'\n')
        .find(|line| !line.starts_with(b"#"))
        .is_some_and(|line| line.starts_with(b"cve,epss"));
    if !columns {
        return Err("no EPSS scores: the columns cve and epss are not there".to_owned());
    }
    let rest = io::copy(&mut text, &mut io::sink()).map_err(fault)?;
    if head.len() as u64 + rest > UNPACKED_LIMIT {
        return Err(format!("more than {UNPACKED_LIMIT} bytes when unpacked"));
    }
    Ok(())
}

/// What is looked for in CISA's list.
#[derive(Deserialize)]
struct Exploited {
    vulnerabilities: Vec<IgnoredAny>,
}

/// Whole JSON with a list of vulnerabilities that is not empty. Its depth is bounded by the reader.
fn exploited(file: &File) -> Result<(), String> {
    let list: Exploited = serde_json::from_reader(BufReader::new(file)).map_err(|error| {
        format!(
            "no list of exploited vulnerabilities ({:?} fault at line {})",
            error.classify(),
            error.line()
        )
    })?;
    if list.vulnerabilities.is_empty() {
        Err("an empty list of exploited vulnerabilities".to_owned())
    } else {
        Ok(())
    }
}
