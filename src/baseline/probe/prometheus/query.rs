//! Queries: which series of a scrape, and what is made of them.
//!
//! Nothing selected is a failure and never a zero. So is a sum over values of which one is NaN; where nothing was observed
//! yet there is nothing to measure.

use std::collections::{BTreeSet, HashMap};

use regex::Regex;

use super::Scrape;
use super::quantile::{Bucket, NoQuantile, quantile};
use crate::baseline::probe::Trouble;
use crate::baseline::selector::anchored;
use crate::baseline::settings::{Matcher, Matching, Query, Selector, Several, Take};
use crate::formats::exposition::{Exposition, Kind, Sample};

/// Longest name that is told, and most names of a hint.
const MAX_NAME: usize = 80;
const MAX_HINTS: usize = 3;
/// How alike names must be (Jaro–Winkler) for a hint.
const ALIKE: f64 = 0.85;

/// What tells the series of one name apart: their labels, in order.
type Labels<'a> = Vec<(&'a str, &'a str)>;

pub(super) fn read(query: &Query, scrapes: &[&Scrape]) -> Result<Vec<f64>, Trouble> {
    let mut values = Vec::new();
    let mut absent = None;
    let mut take = |now: &Scrape, before: Option<&Scrape>| {
        match one(query, now, before) {
            Ok(value) => values.push(value),
            Err(trouble @ Trouble::Absent(_)) => absent = Some(trouble),
            Err(trouble) => return Err(trouble),
        }
        Ok(())
    };
    if matches!(query.take, Take::Rate | Take::QuantileRate(_)) {
        if scrapes.len() < 2 {
            return Err(Trouble::failed("a rate needs two scrapes"));
        }
        for pair in scrapes.windows(2) {
            if let [before, now] = pair {
                take(now, Some(before))?;
            }
        }
    } else {
        for now in scrapes {
            take(now, None)?;
        }
    }
    match absent {
        Some(trouble) if values.is_empty() => Err(trouble),
        _ => Ok(values),
    }
}

/// The number of one scrape, or of two.
fn one(query: &Query, now: &Scrape, before: Option<&Scrape>) -> Result<f64, Trouble> {
    let value = taken(&query.select, query.take, query.several, now, before)?;
    if query.over.is_empty() {
        return Ok(value);
    }
    let mut sum = 0.0;
    for selector in &query.over {
        sum += taken(selector, query.take, Several::Sum, now, before)?;
    }
    if sum == 0.0 {
        return Err(absent("nothing was counted: what it is divided by is 0"));
    }
    Ok(value / sum)
}

fn taken(
    selector: &Selector,
    take: Take,
    several: Several,
    now: &Scrape,
    before: Option<&Scrape>,
) -> Result<f64, Trouble> {
    let wanted = Wanted::new(selector)?;
    match take {
        Take::Value => {
            let series = wanted.series(&now.exposition, &selector.name, None)?;
            combined(several, series.values().map(Sample::value))
        }
        Take::Rate => {
            let increases = wanted.increases(&selector.name, None, now, before)?;
            combined(several, increases.into_iter().map(|(_, increase)| increase.per_second))
        }
        Take::Quantile(share) => {
            let name = bucket_name(selector);
            let series = wanted.series(&now.exposition, &name, Some("le"))?;
            of_buckets(share, series.values().map(|sample| (sample.label("le"), sample.value())))
        }
        Take::QuantileRate(share) => {
            let name = bucket_name(selector);
            let increases = wanted.increases(&name, Some("le"), now, before)?;
            of_buckets(
                share,
                increases.into_iter().map(|(sample, increase)| (sample.label("le"), increase.count)),
            )
        }
        Take::Mean => {
            let sum = wanted.series(&now.exposition, &format!("{}_sum", selector.name), None)?;
            let count = wanted.series(&now.exposition, &format!("{}_count", selector.name), None)?;
            let count = combined(Several::Sum, count.values().map(Sample::value))?;
            if count == 0.0 {
                return Err(absent("nothing was observed yet: the count is 0"));
            }
            Ok(combined(Several::Sum, sum.values().map(Sample::value))? / count)
        }
    }
}

/// The name of a histogram's buckets, whether or not the settings say it in full.
fn bucket_name(selector: &Selector) -> String {
    format!("{}_bucket", selector.name.strip_suffix("_bucket").unwrap_or(&selector.name))
}

/// A selector whose expressions are compiled.
struct Wanted<'a> {
    selector: &'a Selector,
    matchers: Vec<(&'a Matcher, Option<Regex>)>,
}

/// How much a counter grew.
struct Increase {
    count: f64,
    per_second: f64,
}

impl<'a> Wanted<'a> {
    fn new(selector: &'a Selector) -> Result<Self, Trouble> {
        let compiled = |matcher: &'a Matcher| {
            let regex = match matcher.how {
                Matching::Is | Matching::IsNot => None,
                Matching::Like | Matching::NotLike => Some(anchored(matcher).map_err(Trouble::failed)?),
            };
            Ok((matcher, regex))
        };
        Ok(Self { selector, matchers: selector.labels.iter().map(compiled).collect::<Result<_, Trouble>>()? })
    }

    /// Whether a sample has such labels; one that it does not have is empty, as with Prometheus. A bucket is not told apart
    /// by its bound.
    fn holds(&self, sample: &Sample<'_>, without: Option<&str>) -> bool {
        self.matchers.iter().filter(|(matcher, _)| Some(matcher.label.as_str()) != without).all(
            |(matcher, regex)| {
                let value = sample.label(&matcher.label);
                let same = regex.as_ref().map_or(value == matcher.value, |regex| regex.is_match(value));
                same != matches!(matcher.how, Matching::IsNot | Matching::NotLike)
            },
        )
    }

    /// The series of a name that are wanted, each with its latest sample; at least one.
    fn series<'e>(
        &self,
        exposition: &'e Exposition,
        name: &str,
        without: Option<&str>,
    ) -> Result<HashMap<Labels<'e>, Sample<'e>>, Trouble> {
        let mut series: HashMap<Labels<'e>, Sample<'e>> = HashMap::new();
        for sample in exposition.samples().filter(|sample| sample.name() == name) {
            if !self.holds(&sample, without) {
                continue;
            }
            let mut labels: Labels<'e> = sample.labels().filter(|(_, value)| !value.is_empty()).collect();
            labels.sort_unstable();
            match series.entry(labels) {
                std::collections::hash_map::Entry::Vacant(entry) => {
                    entry.insert(sample);
                }
                std::collections::hash_map::Entry::Occupied(mut entry) => {
                    let later = match (entry.get().timestamp(), sample.timestamp()) {
                        (Some(known), Some(own)) => own >= known,
                        // Two values of one series at one time: which is meant nobody knows.
                        _ => return Err(Trouble::Failed(format!("a series of `{name}` stands twice"))),
                    };
                    if later {
                        entry.insert(sample);
                    }
                }
            }
        }
        if series.is_empty() { Err(self.nothing(exposition, name)) } else { Ok(series) }
    }

    /// How much each series grew between two scrapes. One that is only in one of them is left out, as Prometheus does; a
    /// counter that fell began anew at 0.
    fn increases<'e>(
        &self,
        name: &str,
        without: Option<&str>,
        now: &'e Scrape,
        before: Option<&'e Scrape>,
    ) -> Result<Vec<(Sample<'e>, Increase)>, Trouble> {
        let before = before.ok_or_else(|| Trouble::failed("a rate needs two scrapes"))?;
        let earlier = self.series(&before.exposition, name, without)?;
        let later = self.series(&now.exposition, name, without)?;
        let between = now.at.saturating_duration_since(before.at).as_secs_f64();
        let mut increases = Vec::new();
        for (labels, sample) in later {
            let Some(known) = earlier.get(&labels) else { continue };
            let seconds = match (known.timestamp(), sample.timestamp()) {
                (Some(from), Some(to)) => to - from,
                _ => between,
            };
            if seconds <= 0.0 {
                let words =
                    format!("no time went by between two scrapes of `{name}`: let the interval be longer");
                return Err(Trouble::Failed(words));
            }
            let (from, to) = (known.value(), sample.value());
            let count = if to < from { to } else { to - from };
            increases.push((sample, Increase { count, per_second: count / seconds }));
        }
        if increases.is_empty() {
            return Err(Trouble::Failed(format!("no series of `{name}` is in both of two scrapes")));
        }
        Ok(increases)
    }

    /// Nothing was selected: what there is instead. Values of labels are not told.
    fn nothing(&self, exposition: &Exposition, name: &str) -> Trouble {
        let mut labels = BTreeSet::new();
        let mut count = 0_usize;
        for sample in exposition.samples().filter(|sample| sample.name() == name) {
            count += 1;
            labels.extend(sample.labels().map(|(label, _)| label));
        }
        let hint = if count > 0 {
            let labels: Vec<String> = labels.into_iter().filter(shows).take(10).map(str::to_owned).collect();
            let labels = if labels.is_empty() {
                "without labels".to_owned()
            } else {
                format!("with the labels {}", labels.join(", "))
            };
            format!(": there are {count} of that name, {labels}")
        } else {
            near(exposition, name)
        };
        let selector: String = self.selector.to_string().chars().take(4 * MAX_NAME).collect();
        let what =
            if self.selector.name == name { String::new() } else { format!(" (`{}`)", shortened(name)) };
        Trouble::Failed(format!("no series is `{selector}`{what}{hint}"))
    }
}

/// A hint at names that are much the same, or at what kind of metric has that name.
fn near(exposition: &Exposition, name: &str) -> String {
    if exposition.samples().len() == 0 {
        return ": the exposition has no series".to_owned();
    }
    let base = name.strip_suffix("_bucket").unwrap_or(name);
    let family = exposition.families().iter().find(|family| family.name == base);
    if base != name && family.is_some_and(|family| family.kind == Kind::Summary) {
        return format!(": it is a summary; take the value of {}{{quantile=\"…\"}}", shortened(base));
    }
    let names: BTreeSet<&str> = exposition.samples().map(|sample| sample.name()).collect();
    let mut alike: Vec<(f64, &str)> = names
        .into_iter()
        .map(|known| (strsim::jaro_winkler(known, name), known))
        .filter(|(likeness, known)| *likeness >= ALIKE && shows(known))
        .collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0));
    let alike: Vec<String> = alike.into_iter().take(MAX_HINTS).map(|(_, known)| known.to_owned()).collect();
    if alike.is_empty() { String::new() } else { format!(": did you mean {}?", alike.join(", ")) }
}

/// Whether a name of the server is told: one that is long is left out, because a part of it could be a part of a secret.
fn shows(name: &&str) -> bool {
    name.len() <= MAX_NAME
}

fn shortened(name: &str) -> String {
    name.chars().take(MAX_NAME).collect()
}

/// One number of several. Sums and means need all of them; the largest and the smallest pass over NaN, as with Prometheus.
fn combined(several: Several, values: impl Iterator<Item = f64>) -> Result<f64, Trouble> {
    let values: Vec<f64> = values.collect();
    #[expect(clippy::cast_precision_loss, reason = "series are far fewer than 2^52")]
    let count = values.len() as f64;
    if several == Several::Count {
        return Ok(count);
    }
    let (real, none): (Vec<f64>, Vec<f64>) = values.into_iter().partition(|value| !value.is_nan());
    if real.is_empty() {
        return Err(absent("the value is NaN: nothing was observed yet"));
    }
    if !none.is_empty() && matches!(several, Several::Sum | Several::Mean) {
        return Err(Trouble::failed("one of the values that are summed up is NaN"));
    }
    let real = real.into_iter();
    Ok(match several {
        Several::Max => real.fold(f64::NEG_INFINITY, f64::max),
        Several::Min => real.fold(f64::INFINITY, f64::min),
        Several::Mean => real.sum::<f64>() / count,
        Several::Sum | Several::Count => real.sum(),
    })
}

/// The quantile of buckets, those with the same bound summed up.
fn of_buckets<'a>(share: f64, buckets: impl Iterator<Item = (&'a str, f64)>) -> Result<f64, Trouble> {
    let mut sums: HashMap<u64, Bucket> = HashMap::new();
    for (bound, count) in buckets {
        let bound: f64 = bound.parse().ok().filter(|bound: &f64| !bound.is_nan()).ok_or_else(|| {
            Trouble::failed("a bucket of the histogram has no bound: its label `le` is no number")
        })?;
        if !count.is_finite() || count < 0.0 {
            return Err(Trouble::failed("a bucket of the histogram has a count that is none"));
        }
        // Adding 0 makes -0 the same as 0.
        sums.entry((bound + 0.0).to_bits()).or_insert(Bucket { bound, count: 0.0 }).count += count;
    }
    quantile(share, sums.into_values().collect()).map_err(|why| match why {
        NoQuantile::Empty => absent("the histogram counted nothing"),
        NoQuantile::Unbounded => Trouble::failed(
            "the histogram needs a bucket whose `le` is +Inf, and one more: do labels other than `le` select single buckets?",
        ),
    })
}

fn absent(words: &str) -> Trouble {
    Trouble::Absent(words.to_owned())
}
