//! Programs that were started, data files that were looked at, captures that could not be read.

use super::units::value;
use super::{DIGITS, head, milliseconds, name, sentences};
use crate::render::details::numbers::float;
use crate::render::details::{Body, Cell, Row, Section, Table, Tone, Weight, section, sentence, toned};
use crate::render::words::NOTHING;
use crate::report::{Baseline, DataFileSeen, LoadOutcome, ModuleLoad};

/// Most problems of a file that are told.
const PROBLEMS: usize = 5;

/// The sections, of what there is.
pub(super) fn sections(baseline: &Baseline) -> Vec<Section<'static>> {
    let mut out = Vec::new();
    if !baseline.modules.is_empty() {
        let columns =
            vec![("module", false), ("outcome", false), ("took", true), ("of", true), ("command", false)];
        let rows = baseline.modules.iter().map(module).collect();
        let table = Table { columns, keys: 1, rows, things: "modules", lesser: &["of"] };
        out.push(section("Modules", Weight::Normal, Body::Table(table)));
    }
    if !baseline.files.is_empty() {
        let columns =
            vec![("file", false), ("state", false), ("size", true), ("SHA-256", false), ("format", false)];
        let rows = baseline.files.iter().map(file).collect();
        let table = Table { columns, keys: 1, rows, things: "files", lesser: &["SHA-256"] };
        out.push(section("Model and data files", Weight::Normal, Body::Table(table)));
    }
    if !baseline.skipped.is_empty() {
        let line = |skipped: &crate::report::SkippedCapture| {
            format!("{}: {}", name(&skipped.file), sentence(&skipped.reason))
        };
        let lines = sentences(baseline.skipped.iter().map(line));
        let title = "Captures that could not be read, and were left out";
        out.push(section(title, Weight::Normal, Body::Sentences(lines)));
    }
    out
}

fn module(module: &ModuleLoad) -> Row {
    let (word, tone) = match module.outcome {
        LoadOutcome::Loads => ("loads", Tone::Plain),
        LoadOutcome::Slow => ("too slow", Tone::Caution),
        LoadOutcome::Fails => ("fails", Tone::Bad),
        LoadOutcome::Absent => ("not installed", Tone::Bad),
    };
    let took =
        if module.outcome == LoadOutcome::Absent { NOTHING.to_owned() } else { milliseconds(module.took_ms) };
    let cells = vec![
        name(&module.name).into(),
        toned(word.to_owned(), tone),
        toned(took, if module.outcome == LoadOutcome::Slow { tone } else { Tone::Plain }),
        milliseconds(module.within_ms).into(),
        sentence(&module.command).into(),
    ];
    Row { cells, note: sentence(&module.words), keep: tone != Tone::Plain }
}

fn file(file: &DataFileSeen) -> Row {
    let (word, tone) = match (file.present, file.problems.is_empty()) {
        (true, true) => ("good", Tone::Plain),
        (true, false) => ("not good", Tone::Bad),
        (false, _) => ("missing", Tone::Bad),
    };
    let size = if file.present { value("bytes", float(file.bytes)) } else { NOTHING.to_owned() };
    let digest = file.sha256.as_ref().map_or_else(|| NOTHING.to_owned(), |digest| head(digest, DIGITS));
    let about = match (sentence(&file.about), &file.format) {
        (about, _) if !about.is_empty() => about,
        (_, Some(format)) => name(format),
        (_, None) => NOTHING.to_owned(),
    };
    let cells: Vec<Cell> =
        vec![name(&file.path).into(), toned(word.to_owned(), tone), size.into(), digest.into(), about.into()];
    let mut problems: Vec<String> = file
        .problems
        .iter()
        .take(PROBLEMS)
        .map(|(rule, words)| format!("{}: {}", name(rule), sentence(words)))
        .collect();
    problems.extend((file.problems.len() > PROBLEMS).then(|| "…".to_owned()));
    Row { cells, note: problems.join("; "), keep: tone != Tone::Plain }
}
