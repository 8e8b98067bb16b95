//! What is in a store, without its documents: summaries, and the values of all metrics in one list of numbers.

use std::collections::HashMap;

use jiff::Timestamp;

use super::folder::told;
use crate::baseline::capture::{Capture, Metric};
use crate::report::{MetricPoint, SkippedCapture};

/// What is known of one capture without its document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Its id.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// What the user calls it.
    pub label: Option<String>,
    /// The commit that was checked out.
    pub commit: Option<String>,
    /// Fingerprint of the machine.
    pub machine: String,
}

/// All captures of a store, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// The captures.
    pub captures: Vec<Summary>,
    /// What could not be read.
    pub skipped: Vec<SkippedCapture>,
    /// Where the values of each capture stand, in the order of `captures`.
    pub(super) rows: Vec<Row>,
    /// The values.
    pub(super) table: Table,
}

/// Where the values of a capture stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    /// Which metrics: a place in [`Table::shapes`].
    pub(super) shape: usize,
    /// The first of its values in [`Table::values`].
    pub(super) start: usize,
}

/// The values of many captures. Captures of one configuration have the same metrics: these are written once, as a shape.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Table {
    /// Names of metrics.
    pub(super) names: Vec<String>,
    /// Sets of metrics: places in `names`.
    pub(super) shapes: Vec<Vec<usize>>,
    /// Values, a capture's in a row, in the order of its shape.
    pub(super) values: Vec<f64>,
}

impl Table {
    /// The values of a row, each with the place of its name.
    pub(super) fn row(&self, row: Row) -> impl Iterator<Item = (usize, f64)> {
        let shape = self.shapes.get(row.shape).map_or(&[][..], Vec::as_slice);
        let values = self.values.get(row.start..).unwrap_or_default();
        shape.iter().copied().zip(values.iter().copied())
    }
}

/// Adds captures to a table.
#[derive(Debug)]
pub(super) struct Filler {
    table: Table,
    names: HashMap<String, usize>,
    shapes: HashMap<Vec<usize>, usize>,
}

impl Filler {
    /// Goes on with a table.
    pub(super) fn new(table: Table) -> Self {
        let names = table.names.iter().enumerate().map(|(place, name)| (name.clone(), place)).collect();
        let shapes = table.shapes.iter().enumerate().map(|(place, shape)| (shape.clone(), place)).collect();
        Self { table, names, shapes }
    }

    /// Adds the values of one capture.
    pub(super) fn add(&mut self, values: &[(String, f64)]) -> Row {
        let start = self.table.values.len();
        let mut shape = Vec::with_capacity(values.len());
        for (name, value) in values {
            let place = match self.names.get(name) {
                Some(place) => *place,
                None => {
                    self.table.names.push(name.clone());
                    self.names.insert(name.clone(), self.table.names.len() - 1);
                    self.table.names.len() - 1
                }
            };
            shape.push(place);
            self.table.values.push(*value);
        }
        let shapes = &mut self.table.shapes;
        let shape = *self.shapes.entry(shape).or_insert_with_key(|shape| {
            shapes.push(shape.clone());
            shapes.len() - 1
        });
        Row { shape, start }
    }

    /// The table.
    pub(super) fn done(self) -> Table {
        self.table
    }
}

/// How far clocks of machines may be apart, in seconds.
const APART: i64 = 300;

/// The latest moment at which a capture can have been made, by a clock that says `now`.
pub(super) fn latest(now: Timestamp) -> Timestamp {
    Timestamp::from_second(now.as_second().saturating_add(APART)).unwrap_or(Timestamp::MAX)
}

/// What is kept of a capture in the memory of a shelf.
pub(super) fn summed_up(capture: &Capture) -> (Summary, Vec<(String, f64)>) {
    let summary = Summary {
        id: capture.id.clone(),
        created: capture.moment().unwrap_or_default(),
        label: capture.label.clone(),
        commit: capture.commit.clone(),
        machine: capture.machine.fingerprint.clone(),
    };
    // Half-way between two huge numbers may be none.
    let value = |metric: &Metric| {
        let value = metric.value().filter(|value| value.is_finite())?;
        Some((metric.name.clone(), value))
    };
    (summary, capture.metrics.iter().filter_map(value).collect())
}

impl Shelf {
    /// A shelf of captures that are at hand.
    #[must_use]
    pub fn of<'c>(captures: impl IntoIterator<Item = &'c Capture>) -> Self {
        let mut filler = Filler::new(Table::default());
        let filled: Vec<(Summary, Row)> = captures
            .into_iter()
            .map(summed_up)
            .map(|(summary, values)| {
                let row = filler.add(&values);
                (summary, row)
            })
            .collect();
        Self::sorted(filled, filler.done(), Vec::new())
    }

    /// A shelf of captures in any order.
    pub(super) fn sorted(
        mut captures: Vec<(Summary, Row)>,
        table: Table,
        skipped: Vec<SkippedCapture>,
    ) -> Self {
        captures.sort_by(|(one, _), (other, _)| (one.created, &one.id).cmp(&(other.created, &other.id)));
        let (captures, rows) = captures.into_iter().unzip();
        Self { captures, skipped, rows, table }
    }

    /// Leaves out what is dated in the future, and says so: a clock that was wrong once would make its capture the newest for
    /// years, and whatever came after would be judged by no one.
    #[must_use]
    pub fn until(mut self, now: Timestamp) -> Self {
        let latest = latest(now);
        let known = self.captures.partition_point(|capture| capture.created <= latest);
        if known == 0 {
            // Then it is the clock of this machine that is wrong.
            return self;
        }
        let later = self.captures.drain(known..).map(|capture| SkippedCapture {
            file: format!("{}.json", capture.id),
            reason: "dated in the future, by the clock of this machine".to_owned(),
        });
        self.skipped.extend(later);
        self.rows.truncate(known);
        Self { skipped: told(self.skipped), ..self }
    }

    /// Names of all metrics that were ever measured, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut used = vec![false; self.table.shapes.len()];
        for row in &self.rows {
            if let Some(used) = used.get_mut(row.shape) {
                *used = true;
            }
        }
        let shapes = self.table.shapes.iter().zip(used).filter(|(_, used)| *used);
        let mut places: Vec<usize> = shapes.flat_map(|(shape, _)| shape).copied().collect();
        places.sort_unstable();
        places.dedup();
        let mut names: Vec<&str> =
            places.into_iter().filter_map(|place| self.table.names.get(place).map(String::as_str)).collect();
        names.sort_unstable();
        names
    }

    /// The values of a metric over time, oldest first, each with the place of its capture in [`Self::captures`]; only of the
    /// machine with this fingerprint, if one is named.
    #[must_use]
    pub fn series(&self, metric: &str, machine: Option<&str>) -> Vec<(usize, f64)> {
        let Some(name) = self.table.names.iter().position(|name| name == metric) else { return Vec::new() };
        let places: Vec<Option<usize>> =
            self.table.shapes.iter().map(|shape| shape.iter().position(|place| *place == name)).collect();
        let value = |(place, (row, capture)): (usize, (&Row, &Summary))| {
            if machine.is_some_and(|machine| machine != capture.machine) {
                return None;
            }
            let at = row.start + (*places.get(row.shape)?)?;
            self.table.values.get(at).map(|value| (place, *value))
        };
        self.rows.iter().zip(&self.captures).enumerate().filter_map(value).collect()
    }

    /// The same for reports.
    #[must_use]
    pub fn points(&self, metric: &str, machine: Option<&str>) -> Vec<MetricPoint> {
        let point = |(place, value): (usize, f64)| {
            let of = self.captures.get(place)?;
            Some(MetricPoint {
                time: crate::host::clock::rfc3339(of.created),
                capture: of.id.clone(),
                label: of.label.clone(),
                value,
            })
        };
        self.series(metric, machine).into_iter().filter_map(point).collect()
    }
}
