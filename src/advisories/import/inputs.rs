//! From what the user named to records: folders are walked, files recognised by their content.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use jiff::Timestamp;

use super::dates::Dates;
use super::finish::Brought;
use super::writer::{self, EPSS, KEV, OTHER, WriteError, Writer, source_of};
use super::{
    CarryError, FAULT_SHARE, FREE_FAULTS, FaultyRecord, ImportError, Outcome, Request, TOLD_FAULTS, copy,
    count_faults, modified, sources_of, unreadable,
};
use crate::advisories::store::Database;
use crate::advisories::{bundle, update};
use crate::formats::ecosystem::Family;
use crate::formats::zip::{Archive, ArchiveError};
use crate::formats::{epss, kev, osv};
use crate::host::clock::rfc3339;
use crate::host::files::{open_regular, path_text};

/// Bytes by which a file is recognised.
const START: usize = 4 << 10;
/// Deepest folder that is looked into.
const MAX_DEPTH: usize = 16;

/// Takes inputs in, one after the other.
pub(super) struct Collector<'a, 'w> {
    request: &'a Request<'a>,
    writer: &'w mut Writer,
    outcome: Outcome,
    /// How many records of which source came in which unit: the records of one input, or of one folder that bears the
    /// name of a family in it.
    units: BTreeMap<(usize, Option<&'static str>), Unit>,
    input: usize,
    brought: BTreeMap<String, Brought>,
}

/// The records of one place.
#[derive(Default)]
struct Unit {
    records: u64,
    of_source: BTreeMap<&'static str, Part>,
    /// Records that could not be taken in; whose they were is not known.
    faults: u64,
}

/// The records of one source in a place.
#[derive(Default)]
struct Part {
    records: u64,
    dates: Dates,
}

impl Unit {
    /// The families that a place holds whole. An export of one family holds records of others too, which concern both:
    /// these families are not whole. A place that is named after a family holds that one; else one that nearly all
    /// records belong to; and where there is none it is a mixture of whole families.
    fn whole(&self, named: Option<&'static str>) -> Vec<&'static str> {
        let count = |source: &str| self.of_source.get(source).map_or(0, |part| part.records);
        if let Some(name) = named.filter(|name| count(name) * 2 >= self.records && count(name) > 0) {
            return vec![name];
        }
        let main: Vec<_> =
            self.of_source.keys().copied().filter(|source| count(source) * 20 >= self.records * 19).collect();
        if main.iter().any(|source| *source != OTHER) {
            main
        } else {
            self.of_source.keys().copied().collect()
        }
    }
}

impl<'a, 'w> Collector<'a, 'w> {
    pub(super) fn new(request: &'a Request<'a>, writer: &'w mut Writer) -> Self {
        Self {
            request,
            writer,
            outcome: Outcome::default(),
            units: BTreeMap::new(),
            input: 0,
            brought: BTreeMap::new(),
        }
    }

    /// Takes what the user named.
    pub(super) fn take(&mut self, path: &Path) -> Result<(), ImportError> {
        self.input += 1;
        let real = path.canonicalize().map_err(|error| refused(path, &error))?;
        if !real.is_dir() {
            return self.file(&real, &path_text(path), family_in(&real), true);
        }
        if self.request.verify.is_some() {
            return Err(refused(path, &"a folder bears no signature; export a bundle and sign that"));
        }
        self.folder(&real, &path_text(path), family_of_name(&real), 0)
    }

    /// What came in, and the sources that it holds whole.
    pub(super) fn finish(mut self) -> Result<(Outcome, BTreeMap<String, Brought>), ImportError> {
        self.judge_faults()?;
        let now = self.request.now;
        let mut whole: BTreeMap<&'static str, (Dates, u64)> = BTreeMap::new();
        let mut of_named: BTreeMap<&'static str, u64> = BTreeMap::new();
        let mut of_any = 0;
        for ((_, named), unit) in &self.units {
            let sources = unit.whole(*named);
            match named {
                _ if !sources.is_empty() => {}
                Some(name) => *of_named.entry(name).or_default() += unit.faults,
                None => of_any += unit.faults,
            }
            for source in sources {
                let (dates, faults) = whole.entry(source).or_default();
                unit.of_source.get(source).into_iter().for_each(|part| dates.join(&part.dates));
                // A fault in a mixture may be of any of its sources.
                *faults += unit.faults;
            }
        }
        for (name, (dates, faults)) in whole {
            let newest = dates.newest().and_then(|newest| Timestamp::from_microsecond(newest).ok());
            let brought = Brought {
                imported: rfc3339(now),
                newest: rfc3339(newest.unwrap_or(now)),
                pause: dates.pause(),
                faults,
            };
            self.bring(name.to_owned(), brought);
        }
        for (name, faults) in of_named {
            count_faults(self.brought.iter_mut().filter(|(brought, _)| *brought == name), faults);
        }
        count_faults(self.brought.iter_mut(), of_any);
        if self.brought.is_empty() {
            return Err(ImportError::Nothing);
        }
        Ok((self.outcome, self.brought))
    }

    /// Notes a source; what was at fault where another part of it came from remains at fault.
    fn bring(&mut self, name: String, mut source: Brought) {
        let before = self.brought.get(&name).map_or(0, |before| before.faults);
        source.faults = source.faults.saturating_add(before);
        self.brought.insert(name, source);
    }

    fn folder(
        &mut self,
        folder: &Path,
        shown: &str,
        family: Option<&'static str>,
        depth: usize,
    ) -> Result<(), ImportError> {
        let list = || -> io::Result<Vec<(PathBuf, std::fs::FileType)>> {
            let mut entries = std::fs::read_dir(folder)?
                .map(|entry| entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))))
                .collect::<io::Result<Vec<_>>>()?;
            entries.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
            Ok(entries)
        };
        if depth > MAX_DEPTH {
            return Err(ImportError::Refused {
                path: shown.to_owned(),
                reason: "folders nested too deep".to_owned(),
            });
        }
        for (path, kind) in list()
            .map_err(|error| ImportError::Refused { path: shown.to_owned(), reason: error.to_string() })?
        {
            let name = path.file_name().map(|name| path_text(Path::new(name))).unwrap_or_default();
            let shown = format!("{shown}/{name}");
            if update::is_note(&name) {
                self.outcome.skipped += 1;
            } else if kind.is_dir() {
                self.folder(&path, &shown, family_of_name(&path).or(family), depth + 1)?;
            } else if kind.is_file() {
                self.file(&path, &shown, family_of_name(&path).or(family), false)?;
            } else {
                self.outcome.skipped += 1;
            }
        }
        Ok(())
    }

    /// A file; one that was `named` must be something that is imported.
    fn file(
        &mut self,
        path: &Path,
        shown: &str,
        family: Option<&'static str>,
        named: bool,
    ) -> Result<(), ImportError> {
        let refuse = |reason: String| ImportError::Refused { path: shown.to_owned(), reason };
        let broken = |error: io::Error| refuse(error.to_string());
        let (mut file, metadata) = open_regular(path).map_err(broken)?;
        let mut start = Vec::new();
        (&mut file).take(START as u64).read_to_end(&mut start).map_err(broken)?;
        file.rewind().map_err(broken)?;
        if start.starts_with(bundle::MAGIC) {
            return self.bundle(path, shown);
        }
        if self.request.verify.is_some() {
            return Err(refuse(
                "not a bundle: with a public key only signed bundles are imported".to_owned(),
            ));
        }
        let json =
            start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start).trim_ascii_start().first() == Some(&b'{');
        if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
            self.archive(file, shown, family)
        } else if start.starts_with(&[0x1f, 0x8b]) {
            let text = bounded(MultiGzDecoder::new(file), epss::MAX_BYTES).map_err(broken)?;
            if epss::recognised(&text) { self.scores(&text, shown) } else { self.skip(named, shown) }
        } else if epss::recognised(&start) {
            let text = bounded(file, epss::MAX_BYTES).map_err(broken)?;
            self.scores(&text, shown)
        } else if json && kev::recognised(&start) {
            let text = bounded(file, 32 << 20).map_err(broken)?;
            self.exploited(&text, shown)
        } else if json || path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
            if metadata.len() > osv::MAX_BYTES as u64 {
                return self.fault(shown.to_owned(), "larger than 16 MiB".to_owned(), family);
            }
            let text = bounded(file, osv::MAX_BYTES).map_err(broken)?;
            self.record(&text, || shown.to_owned(), family)
        } else if named && start.starts_with(b"SQLite format 3\0") {
            Err(refuse("a database itself; name it with --advisories, or export it from there".to_owned()))
        } else {
            self.skip(named, shown)
        }
    }

    fn skip(&mut self, named: bool, shown: &str) -> Result<(), ImportError> {
        self.outcome.skipped += 1;
        if named {
            let reason = "neither OSV records, a zip archive of them, EPSS scores, CISA's list nor a bundle"
                .to_owned();
            return Err(ImportError::Refused { path: shown.to_owned(), reason });
        }
        Ok(())
    }

    fn archive(&mut self, file: File, shown: &str, family: Option<&'static str>) -> Result<(), ImportError> {
        enum Stop {
            Archive(ArchiveError),
            Import(ImportError),
        }
        impl From<ArchiveError> for Stop {
            fn from(error: ArchiveError) -> Self {
                Self::Archive(error)
            }
        }
        let is_json =
            |name: &str| name.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case("json"));
        let (mut handed, mut total) = (0, 0);
        let done = Archive::open(file).map_err(Stop::Archive).and_then(|mut archive| {
            total = archive.entries();
            archive.for_each(is_json, |name, content| {
                handed += 1;
                let folder =
                    name.split_once('/').and_then(|(folder, _)| Family::of_name(folder)).map(Family::name);
                self.record(content, || format!("{shown}: {name}"), folder.or(family)).map_err(Stop::Import)
            })
        });
        self.outcome.skipped += total - handed;
        done.map_err(|stop| match stop {
            Stop::Archive(error) => {
                ImportError::Refused { path: shown.to_owned(), reason: error.to_string() }
            }
            Stop::Import(error) => error,
        })
    }

    fn record(
        &mut self,
        text: &[u8],
        name: impl Fn() -> String,
        family: Option<&'static str>,
    ) -> Result<(), ImportError> {
        self.outcome.records += 1;
        self.request.progress.count();
        let advisory = match osv::parse(text) {
            Ok(advisory) => advisory,
            Err(fault) => return self.fault(name(), fault.to_string(), family),
        };
        let Some(modified) = modified(&advisory) else {
            return self.fault(name(), "`modified` is no time".to_owned(), family);
        };
        match self.writer.advisory(&advisory, modified) {
            Ok(()) => {}
            Err(WriteError::Fault(reason)) => return self.fault(name(), reason, family),
            Err(WriteError::Database(reason)) => return Err(self.unwritable(reason)),
        }
        let now = self.request.now.as_microsecond();
        let unit = self.units.entry((self.input, family)).or_default();
        unit.records += 1;
        let mut seen: Vec<&'static str> = Vec::new();
        for affected in &advisory.affected {
            let (source, _) = source_of(&affected.ecosystem);
            if !seen.contains(&source) {
                seen.push(source);
            }
        }
        if seen.is_empty() {
            seen.push(OTHER);
        }
        for source in seen {
            let part = unit.of_source.entry(source).or_default();
            part.records += 1;
            part.dates.add(modified, now);
        }
        Ok(())
    }

    fn fault(
        &mut self,
        name: String,
        reason: String,
        family: Option<&'static str>,
    ) -> Result<(), ImportError> {
        self.outcome.faults += 1;
        self.units.entry((self.input, family)).or_default().faults += 1;
        if self.outcome.told.len() < TOLD_FAULTS {
            self.outcome.told.push(FaultyRecord { name, reason });
        }
        // No import is so large that it bears this many.
        if self.outcome.faults > 20_000 { self.judge_faults() } else { Ok(()) }
    }

    fn judge_faults(&self) -> Result<(), ImportError> {
        let Outcome { faults, records, told, .. } = &self.outcome;
        if *faults <= FREE_FAULTS.max(records / FAULT_SHARE) {
            return Ok(());
        }
        let first =
            told.first().map_or_else(String::new, |first| format!("{}: {}", first.name, first.reason));
        Err(ImportError::Faults { faults: *faults, records: *records, first })
    }

    fn scores(&mut self, text: &[u8], shown: &str) -> Result<(), ImportError> {
        let scores = epss::parse(text)
            .map_err(|fault| ImportError::Refused { path: shown.to_owned(), reason: fault.to_string() })?;
        let dated = dated(&scores.date, self.request.now);
        if self.is_newest(EPSS, &dated, rfc3339(self.request.now)) {
            self.writer.scores(scores.rows).map_err(|error| self.unwritable(error.to_string()))?;
        }
        Ok(())
    }

    fn exploited(&mut self, text: &[u8], shown: &str) -> Result<(), ImportError> {
        let list = kev::parse(text)
            .map_err(|fault| ImportError::Refused { path: shown.to_owned(), reason: fault.to_string() })?;
        let dated = dated(&list.released, self.request.now);
        if self.is_newest(KEV, &dated, rfc3339(self.request.now)) {
            self.writer.exploited(list.entries).map_err(|error| self.unwritable(error.to_string()))?;
        }
        Ok(())
    }

    /// Notes a source of which there is one file; of several the last dated counts.
    fn is_newest(&mut self, name: &str, dated: &str, imported: String) -> bool {
        if self.brought.get(name).is_some_and(|before| before.newest.as_str() > dated) {
            return false;
        }
        let source = Brought { imported, newest: dated.to_owned(), ..Brought::default() };
        self.brought.insert(name.to_owned(), source);
        true
    }

    /// A bundle brings the sources that it has whole, with the times at which they were imported there.
    fn bundle(&mut self, path: &Path, shown: &str) -> Result<(), ImportError> {
        let unpacked = bundle::unpack(path, shown, self.request.database, self.request.verify)?;
        let refuse = |reason: String| ImportError::Refused { path: shown.to_owned(), reason };
        let database = Database::open(unpacked.path()).map_err(|error| refuse(error.to_string()))?;
        let (progress, records) = (self.request.progress, &mut self.outcome.records);
        let copied = copy(&database, self.writer, |advisory| {
            *records += 1;
            progress.count();
            Some((advisory.clone(), advisory))
        });
        let read = |error: &rusqlite::Error| refuse(unreadable(&database, error).to_string());
        let lost = match copied {
            Ok(lost) => lost,
            Err(CarryError::Read(error)) => return Err(refuse(error.to_string())),
            Err(CarryError::Write(error)) => return Err(self.unwritable(error.to_string())),
        };
        let mut sources: BTreeMap<String, Brought> = sources_of(database.contents()).collect();
        count_faults(sources.iter_mut(), lost);
        for (name, source) in sources {
            if name == EPSS {
                if self.is_newest(EPSS, &source.newest, source.imported) {
                    let rows = writer::scores_of(&database.connection()).map_err(|error| read(&error))?;
                    self.writer.scores(rows).map_err(|error| self.unwritable(error.to_string()))?;
                }
            } else if name == KEV {
                if self.is_newest(KEV, &source.newest, source.imported) {
                    let rows = writer::exploited_of(&database.connection()).map_err(|error| read(&error))?;
                    self.writer.exploited(rows).map_err(|error| self.unwritable(error.to_string()))?;
                }
            } else {
                self.bring(name, source);
            }
        }
        Ok(())
    }

    fn unwritable(&self, reason: String) -> ImportError {
        ImportError::Write { path: path_text(self.request.database), reason }
    }
}

/// The family that a file or folder is named after, without the name's ending.
fn family_of_name(path: &Path) -> Option<&'static str> {
    let whole = path.file_name().and_then(|name| name.to_str()).and_then(Family::of_name);
    whole
        .or_else(|| path.file_stem().and_then(|name| name.to_str()).and_then(Family::of_name))
        .map(Family::name)
}

/// The family that a named file or its folder is named after.
fn family_in(path: &Path) -> Option<&'static str> {
    family_of_name(path).or_else(|| path.parent().and_then(family_of_name))
}

/// A time as RFC 3339; empty if it is none. A time to come would make the data look fresh for ever.
fn dated(text: &str, now: Timestamp) -> String {
    let plain = text.strip_suffix("+0000").map_or_else(|| text.to_owned(), |time| format!("{time}Z"));
    plain.parse::<Timestamp>().map(|time| rfc3339(time.min(now))).unwrap_or_default()
}

fn bounded(reader: impl io::Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {limit} bytes")));
    }
    Ok(bytes)
}

fn refused(path: &Path, error: &dyn std::fmt::Display) -> ImportError {
    ImportError::Refused { path: path_text(path), reason: error.to_string() }
}
