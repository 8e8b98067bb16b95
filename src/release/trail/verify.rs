//! Reading a trail again: what follows from what, as far as it does, and what speaks against the rest.

use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use super::append::lock_shared;
use super::head_path;
use super::record::{Head, MAX_LINE, NO_RECORD, Record, digest};
use crate::engine::{Conclusion, conclude_alone};
use crate::host::files::open_regular;
use crate::release::checks::TRAIL;
use crate::report::{CheckReport, ReleaseTrail, Status};

/// Largest trail, in bytes: more than four million records.
pub const MAX_BYTES: u64 = 1 << 30;

/// What the head file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Noted {
    /// There is none.
    Missing,
    /// It is not one.
    Faulty,
    /// The last record.
    Head(Head),
}

/// Something that speaks against a trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The rule: `REL-040`, `REL-041` or `REL-042`.
    pub rule: &'static str,
    /// Line, from 1; none where it is about the end.
    pub line: Option<u64>,
    /// What is wrong, in words; nothing of what the trail holds.
    pub message: String,
}

/// A trail that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// As far as records follow from each other.
    pub trail: ReleaseTrail,
    /// What speaks against it.
    pub faults: Vec<Fault>,
}

/// Reads the head file of a trail; links are not followed.
///
/// # Errors
/// It is there and cannot be read.
pub fn noted(trail: &Path) -> io::Result<Noted> {
    let (file, _) = match open_regular(&head_path(trail)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Noted::Missing),
        result => result?,
    };
    let mut bytes = Vec::new();
    file.take(Head::MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(Head::parse(&bytes).map_or(Noted::Faulty, Noted::Head))
}

/// Reads and verifies a trail, which is the one whose head `wanted` was noted elsewhere, if that is given; `each` gets every
/// record that follows from the one before it. What is added meanwhile is left for the next time.
///
/// # Errors
/// The files cannot be read, or hold more than [`MAX_BYTES`].
pub fn read(trail: &Path, wanted: Option<&str>, each: &mut dyn FnMut(Record)) -> io::Result<Verified> {
    let lock = lock_shared(trail)?;
    let noted = noted(trail)?;
    let (file, size) = match open_regular(trail) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return verify(&mut io::empty(), &noted, wanted, each);
        }
        Err(error) => return Err(error),
        Ok((file, metadata)) => (file, metadata.len()),
    };
    drop(lock);
    if size > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {MAX_BYTES} bytes")));
    }
    verify(&mut BufReader::with_capacity(MAX_LINE, file.take(size)), &noted, wanted, each)
}

/// Verifies the lines of a trail; see [`read`].
///
/// # Errors
/// Reading fails.
pub fn verify(
    lines: &mut dyn BufRead,
    noted: &Noted,
    wanted: Option<&str>,
    each: &mut dyn FnMut(Record),
) -> io::Result<Verified> {
    let mut verified = Verified::default();
    let (mut last, mut before) = (NO_RECORD.to_owned(), NO_RECORD.to_owned());
    let (mut line, mut number, mut torn, mut found) = (Vec::new(), 0_u64, false, None);
    loop {
        line.clear();
        if lines.take(MAX_LINE as u64).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let seq = number + 1;
        let read = match line.strip_suffix(b"\n") {
            None if line.len() < MAX_LINE => {
                torn = true;
                break;
            }
            text => Record::parse(text.unwrap_or(&line)),
        };
        let message = match &read {
            Err(error) => Some(format!("line {seq} cannot be read: {error}")),
            Ok(record) => follows(record, seq, &last),
        };
        if let Some(message) = message {
            verified.faults.push(Fault { rule: "REL-040", line: Some(seq), message });
            break;
        }
        number = seq;
        before = std::mem::replace(&mut last, digest(line.strip_suffix(b"\n").unwrap_or(&line)));
        if wanted == Some(last.as_str()) {
            found = Some(number);
        }
        read.into_iter().for_each(&mut *each);
    }
    verified.trail.records = number;
    if verified.faults.is_empty() {
        if torn {
            let message = format!("line {} has no end: it was not written whole", number + 1);
            verified.faults.push(Fault { rule: "REL-042", line: Some(number + 1), message });
        }
        let said = against_head(noted, number, torn, &last, &before);
        match said {
            Some(Ok(note)) => verified.trail.notes.push(note),
            Some(Err(fault)) => verified.faults.push(fault),
            None => {}
        }
        match (wanted, found) {
            (Some(_), None) => verified.faults.push(Fault {
                rule: "REL-041",
                line: None,
                message: format!("none of {number} records has the SHA-256 that was noted"),
            }),
            (_, Some(at)) => {
                verified
                    .trail
                    .notes
                    .push(format!("the head that was noted is that of record {at} of {number}"));
            }
            (None, None) => {}
        }
    }
    verified.trail.head = last;
    Ok(verified)
}

/// Why a record does not follow from the one before it.
fn follows(record: &Record, seq: u64, last: &str) -> Option<String> {
    if record.seq > seq {
        return Some(format!(
            "record {} stands where record {seq} should: records are missing before it",
            record.seq
        ));
    }
    if record.seq < seq {
        return Some(format!(
            "record {} stands where record {seq} should: it was moved, or added",
            record.seq
        ));
    }
    if record.prev == last {
        return None;
    }
    Some(match seq {
        1 => "the first record follows from another one that is not there".to_owned(),
        _ => format!("record {seq} does not follow from record {}: one of them was changed", seq - 1),
    })
}

/// What the head says of the end: nothing, a note, or a fault.
fn against_head(
    noted: &Noted,
    records: u64,
    torn: bool,
    last: &str,
    before: &str,
) -> Option<Result<String, Fault>> {
    let fault = |rule, message| Some(Err(Fault { rule, line: None, message }));
    let head = match noted {
        Noted::Missing if records == 0 && !torn => return None,
        Noted::Missing => {
            let message = "the file beside the trail that names its last record is missing: nothing tells whether its end was cut off";
            return fault("REL-041", message.to_owned());
        }
        Noted::Faulty => {
            let message = "the file beside the trail that names its last record cannot be read: nothing tells whether its end was cut off";
            return fault("REL-041", message.to_owned());
        }
        Noted::Head(head) => head,
    };
    let behind = records.checked_sub(head.seq);
    match behind {
        None => fault("REL-041", format!("the head is of record {}, the trail has {records}", head.seq)),
        Some(0) if head.sha256 == last => None,
        Some(0) => fault("REL-040", format!("the head names another record {records} than the trail has")),
        Some(1) if head.sha256 == before => Some(Ok(
            "the head is one record behind, as a command that was ended leaves it; the next record mends it"
                .to_owned(),
        )),
        Some(1) => fault("REL-040", format!("the head names another record {} than the trail has", head.seq)),
        Some(behind) => {
            fault("REL-040", format!("{behind} records stand behind the one that the head names"))
        }
    }
}

/// What the check `trail` says; `name` is the trail as it was named.
#[must_use]
pub fn conclude(verified: &Verified, name: &str) -> CheckReport {
    conclude_alone(&TRAIL, |findings| {
        findings.examined("records", verified.trail.records);
        for fault in &verified.faults {
            match fault.line {
                Some(line) => {
                    let line = u32::try_from(line).unwrap_or(u32::MAX);
                    findings.on_line(fault.rule, name, line, None, &*fault.message);
                }
                None => findings.on_path(fault.rule, name, &*fault.message),
            }
        }
        if verified.faults.is_empty() && verified.trail.records == 0 {
            let reason = "there is no record to verify";
            return Conclusion::Instead(Status::not_evaluated(
                reason,
                "name the trail, or record something first",
            ));
        }
        Conclusion::Evaluated
    })
}
