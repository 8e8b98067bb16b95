//! The numbers of a report as sections of facts, tables and pictures. What is said is settled here, once; how it is laid
//! out is for the format: terminal, Markdown, HTML. All text is safe to print on one line (see `visible`).

pub(super) mod bars;
pub(super) mod baseline;
mod command;
mod comparison;
mod load;
pub(super) mod numbers;
mod provenance;
mod release;
mod rollback;
mod usage;

use super::visible;
use crate::report::{Details, EndpointResult, Headline, Latency, Report, RollbackAction};

/// Longest name shown of an endpoint, a label or a program, in characters.
const NAME: usize = 80;
/// Longest sentence shown, in characters.
const SENTENCE: usize = 400;

/// A part of the numbers, under its own heading.
pub(super) struct Section<'a> {
    /// The heading.
    pub(super) title: String,
    /// What to know before reading it; empty for nothing.
    pub(super) note: String,
    /// Its place among the others.
    pub(super) weight: Weight,
    /// What it shows.
    pub(super) body: Body<'a>,
}

/// How much a section matters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Must not be overlooked.
    Alarm,
    /// Read by everyone.
    Normal,
    /// Second to another one.
    Second,
    /// For those who want to know everything.
    Folded,
}

/// What a section shows.
pub(super) enum Body<'a> {
    /// Names and values.
    Facts(Vec<Fact>),
    /// Sentences, each with a hint.
    Sentences(Vec<(String, String)>),
    /// Names and values, then things to do or to know, in order.
    List(Vec<Fact>, Vec<Item>),
    /// A table.
    Table(Table),
    /// The distribution of a latency.
    Distribution(&'a EndpointResult, &'a Latency),
}

/// One fact.
pub(super) struct Fact {
    /// What it is about.
    pub(super) name: &'static str,
    /// In words.
    pub(super) text: String,
    /// How it is meant.
    pub(super) tone: Tone,
}

/// One thing of a list. Its texts are running text: what stands between backticks is code.
#[derive(Default)]
pub(super) struct Item {
    /// Whether there is a box before it, to be ticked on paper.
    pub(super) boxed: bool,
    /// Its number; empty for none.
    pub(super) number: String,
    /// What it says.
    pub(super) text: String,
    /// A command that is typed as it stands here; empty for none.
    pub(super) code: String,
}

/// How a text is meant; a format makes a colour of it, and never more than a colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tone {
    /// As it is.
    #[default]
    Plain,
    /// Totals and names.
    Strong,
    /// To be looked at.
    Caution,
    /// Bad.
    Bad,
}

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    /// What stands over each column, and whether its cells are numbers.
    pub(super) columns: Vec<(&'static str, bool)>,
    /// How many columns at the left say what a row is about; they are repeated where a table has to be broken.
    pub(super) keys: usize,
    /// The rows.
    pub(super) rows: Vec<Row>,
    /// What the rows are, in the plural, to say how many are not shown. Formats know by it which tables are what was asked
    /// for, and which have a picture.
    pub(super) things: &'static str,
    /// The heads of columns that may be left out where there is no room for all, what matters most first. They are never
    /// keys, and nobody who does not see them decides otherwise.
    pub(super) lesser: &'static [&'static str],
}

impl Table {
    /// The rows that are shown when there is room for about `most`: all of a short table; of a long one those that must
    /// be, up to four times as many, and the first of the others.
    pub(super) fn shown(&self, most: usize) -> Vec<usize> {
        if self.rows.len() <= most {
            return (0..self.rows.len()).collect();
        }
        let kept = self.rows.iter().filter(|row| row.keep).count();
        let (mut kept_left, mut others_left) = (kept.min(most.saturating_mul(4)), most.saturating_sub(kept));
        let take = |(place, row): (usize, &Row)| {
            let left = if row.keep { &mut kept_left } else { &mut others_left };
            *left = left.checked_sub(1)?;
            Some(place)
        };
        self.rows.iter().enumerate().filter_map(take).collect()
    }
}

/// A row.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// One for each column.
    pub(super) cells: Vec<Cell>,
    /// Why, in words; empty for nothing.
    pub(super) note: String,
    /// Whether it must be shown whatever is left out.
    pub(super) keep: bool,
}

/// A cell.
#[derive(Debug)]
pub(super) struct Cell {
    /// Its text.
    pub(super) text: String,
    /// How it is meant.
    pub(super) tone: Tone,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, tone: Tone::Plain }
    }
}

/// The sections of a report, in the order in which they are read; none when it has no numbers.
pub(super) fn sections(report: &Report) -> Vec<Section<'_>> {
    match &report.details {
        Some(Details::Perf(perf)) => load::sections(perf),
        Some(Details::Command(bench)) => command::sections(bench),
        Some(Details::Release(release)) => release::sections(release),
        Some(Details::Provenance(provenance)) => release::provenance(provenance),
        Some(Details::Rollback(rollback)) => rollback::sections(rollback),
        Some(Details::Baseline(baseline)) => baseline::sections(baseline),
        None => Vec::new(),
    }
}

/// Whether the report is a procedure that people carry out: its sections come before the findings, and none is cut.
pub(super) fn is_procedure(report: &Report) -> bool {
    matches!(&report.details, Some(Details::Rollback(rollback)) if rollback.action == RollbackAction::Planned)
}

/// What the latency is that percentiles are of.
pub(super) const fn headline(headline: Headline) -> &'static str {
    match headline {
        Headline::ResponseTime => "response time (from the moment each request was due)",
        Headline::ServiceTime => {
            "service time (closed loop: waiting while the server stands still is under-represented)"
        }
    }
}

/// The headline latency of an endpoint.
pub(super) fn latency(result: &EndpointResult, headline: Headline) -> &Latency {
    match headline {
        Headline::ResponseTime => result.response.as_ref().unwrap_or(&result.service),
        Headline::ServiceTime => &result.service,
    }
}

/// A name that others gave, on one line and not too long.
pub(super) fn name(text: &str) -> String {
    visible::cut(&visible::line(text), NAME).into_owned()
}

/// A sentence that may quote others, on one line and not too long.
fn sentence(text: &str) -> String {
    visible::cut(&visible::line(text), SENTENCE).into_owned()
}

fn strong(text: String) -> Cell {
    Cell { text, tone: Tone::Strong }
}

fn toned(text: String, tone: Tone) -> Cell {
    Cell { text, tone }
}

fn fact(name: &'static str, text: String) -> Fact {
    Fact { name, text, tone: Tone::Plain }
}

fn section<'a>(title: impl Into<String>, weight: Weight, body: Body<'a>) -> Section<'a> {
    Section { title: title.into(), note: String::new(), weight, body }
}

fn environment(environment: &crate::report::Environment) -> Fact {
    let mut words = Vec::new();
    if !environment.cpu.is_empty() {
        words.push(name(&environment.cpu));
    }
    words.push(super::words::count(u64::from(environment.cores), "cores"));
    words.extend(environment.governor.as_ref().map(|governor| format!("governor {}", name(governor))));
    words.push(name(&environment.system));
    words.extend(environment.kernel.as_ref().map(|kernel| format!("kernel {}", name(kernel))));
    fact("generator", words.join(" · "))
}

fn labels(labels: &std::collections::BTreeMap<String, String>) -> Option<Fact> {
    const MOST: usize = 20;
    let mut words: Vec<String> =
        labels.iter().take(MOST).map(|(key, value)| format!("{}={}", name(key), name(value))).collect();
    words.extend((labels.len() > MOST).then(|| "…".to_owned()));
    (!words.is_empty()).then(|| fact("labels", words.join(" · ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_tables_keep_what_must_be_seen() {
        let rows = (0..40).map(|place| Row { keep: place == 30, ..Row::default() }).collect();
        let table = Table { columns: vec![], keys: 0, rows, things: "rows", lesser: &[] };
        assert_eq!(table.shown(12), (0..11).chain([30]).collect::<Vec<_>>());
        assert_eq!(table.shown(40).len(), 40);
    }
}
