//! Whether values are worse than others: by size, beyond chance, and beyond what is too small to count. This is the one place
//! where such a decision is made; who asks it has the words for it.
//!
//! Two questions must be answered with yes for a regression: is the change larger than the threshold, and is it no chance?
//! A third keeps a pass honest: would a regression have been seen? `docs/performance-verdicts.md` and
//! `docs/baseline-verdicts.md` say the same at length.

use super::bootstrap::{self, Contrast};
use super::multiple::holm;
use super::random::Random;
use super::rank::{mann_whitney, smallest_p, upper_tail};
use super::robust::{count, mean, median};

/// Least values a side that ranks say anything of: with 4 and 4 the smallest p is 1/70, with 3 and 3 it is 1/20.
pub const LEAST: usize = 4;
/// Chance of calling one of all worse where none is.
pub const ALPHA: f64 = 0.05;
/// Part of the threshold from which a sure change is worth a warning.
pub const NOTABLE: f64 = 1.0 / 3.0;
/// Standard deviations from the middle to the ends of a 95 % interval.
const NORMAL: f64 = 1.96;
/// Seed of the bootstrap: equal numbers give equal answers.
const SEED: u64 = 0x7265_6164_696e_6573;

/// Which way it is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worse {
    /// More is worse.
    More,
    /// Less is worse.
    Less,
    /// Both ways are.
    Either,
}

/// What stands for many values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Centre {
    /// The median.
    Median,
    /// The mean: of what comes in bursts, the median of runs would not see one in two of five.
    Mean,
}

/// What a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Relative to the size of the value before.
    Relative,
    /// The difference.
    Difference,
}

/// How much groups differ from each other in a way that no value inside of them shows: the mood of the machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Between {
    /// Nothing is taken from a test of ranks for it.
    Ignored,
    /// It is not known, and taken to have this standard deviation, as a share of the value.
    Assumed(f64),
    /// It was seen in so many groups, as their robust standard deviation, a share of the value with everything in it; and what was
    /// taken for it before that counts as twenty more groups.
    Seen(f64, usize, f64),
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Question {
    /// Which way is worse.
    pub worse: Worse,
    /// What stands for many values.
    pub centre: Centre,
    /// What a change is.
    pub kind: Kind,
    /// The change that counts, from 0.
    pub threshold: f64,
    /// The absolute difference up to which nothing counts.
    pub floor: f64,
    /// Groups a side from which the group is the unit, by its centre, and not its values: what a group shares makes its values alike,
    /// so that many of them prove little.
    pub groups: usize,
    /// What is known of how groups differ, where there are fewer of them.
    pub between: Between,
    /// How many are asked together, from 1. Where values are too few for their ranks to prove anything among so many, all on
    /// one side must be worse than all on the other, and what differs between groups decides.
    pub together: usize,
}

/// What is said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// There are fewer than [`LEAST`] values on a side.
    TooFew,
    /// The value before is 0, so that nothing is relative to it.
    NoRatio,
    /// Worse by more than the threshold, and not by chance.
    Worse,
    /// More than the threshold, and it may be chance.
    PerhapsWorse,
    /// Worse by less than the threshold, and not by chance.
    SlightlyWorse,
    /// It may be more than the threshold, but whatever it is, it is not more than the floor.
    TooSmall,
    /// A change of the threshold's size fits into the interval.
    TooUncertain,
    /// No worse by the threshold.
    NoWorse,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// What stands for the values before; 0 where there are none.
    pub before: f64,
    /// What stands for the values after.
    pub after: f64,
    /// How many were compared.
    pub sizes: [usize; 2],
    /// Whether the groups were the units.
    pub by_group: bool,
    /// The change for the worse; where both ways are worse, its size. 0 where there is none to speak of.
    pub change: f64,
    /// 95 % interval of it, by bootstrap.
    pub interval: Option<[f64; 2]>,
    /// Chance of ranks, and of a change, as bad as these where nothing is worse.
    pub p: Option<f64>,
    /// What was asked.
    pub question: Question,
    /// What is said.
    pub call: Call,
}

/// Compares two sets of groups of values. Values that are no finite numbers are left out. The p in the answer is that of this
/// question alone: [`correct`] makes the answers of all that were asked together final.
#[must_use]
pub fn judge(before: &[Vec<f64>], after: &[Vec<f64>], question: Question) -> Shift {
    let (before, after) = (finite(before), finite(after));
    let by_group = before.len().min(after.len()) >= question.groups;
    let (before, after) = if by_group {
        (collapsed(question.centre, &before), collapsed(question.centre, &after))
    } else {
        (before, after)
    };
    let (mut one, mut other) = (before.concat(), after.concat());
    let mut shift = Shift {
        before: centre(question.centre, &mut one),
        after: centre(question.centre, &mut other),
        sizes: [one.len(), other.len()],
        by_group,
        change: 0.0,
        interval: None,
        p: None,
        question,
        call: Call::TooFew,
    };
    let question = if question.worse == Worse::Either {
        // The way that it went is the way that is asked for; that it could have been the other one doubles p.
        let way = if shift.after >= shift.before { Worse::More } else { Worse::Less };
        Question { worse: way, ..question }
    } else {
        question
    };
    let contrast = contrast(question);
    let change = (contrast.change)(shift.before, shift.after);
    shift.change = if change.is_finite() { change } else { 0.0 };
    if one.len().min(other.len()) < LEAST {
        return shift;
    }
    if !change.is_finite() {
        shift.call = Call::NoRatio;
        return shift;
    }
    shift.interval = bootstrap::interval(&before, &after, contrast, 0.95, &mut Random::new(SEED));
    let ranks =
        if question.worse == Worse::Less { mann_whitney(&other, &one) } else { mann_whitney(&one, &other) };
    let beyond = if by_group { 0.0 } else { tail(&shift, question) };
    shift.p = Some(sided(shift.question, proof(ranks, shift.sizes, question).max(beyond)));
    shift.call = call(&shift);
    shift
}

/// Compares two single values, each of a group of its own: what is known of how groups differ decides alone.
#[must_use]
pub fn judge_single(before: f64, after: f64, question: Question) -> Shift {
    let way = match question.worse {
        Worse::Either if after >= before => Worse::More,
        Worse::Either => Worse::Less,
        known => known,
    };
    let asked = Question { worse: way, ..question };
    let change = (contrast(asked).change)(before, after);
    let mut shift = Shift {
        before,
        after,
        sizes: [1, 1],
        by_group: false,
        change: if change.is_finite() { change } else { 0.0 },
        interval: None,
        p: None,
        question,
        call: Call::NoRatio,
    };
    if change.is_finite() {
        shift.p = Some(sided(question, tail(&shift, asked)));
        shift.call = call(&shift);
    }
    shift
}

/// Corrects the p of all answers for their number (Holm), and takes back what is no longer sure. For what was asked together,
/// once.
pub fn correct(shifts: &mut [&mut Shift]) {
    let raw: Vec<f64> = shifts.iter().filter_map(|shift| shift.p).collect();
    for (shift, p) in shifts.iter_mut().filter(|shift| shift.p.is_some()).zip(holm(&raw)) {
        let was_significant = shift.p.is_some_and(|p| p <= ALPHA);
        shift.p = Some(p);
        if was_significant && p > ALPHA && matches!(shift.call, Call::Worse | Call::SlightlyWorse) {
            shift.call = call(shift);
        }
    }
}

impl Shift {
    /// Whether the difference is larger than the floor.
    #[must_use]
    pub fn beyond_floor(&self) -> bool {
        (self.after - self.before).abs() > self.question.floor
    }

    /// Whether the sizes alone forbid to prove anything among `tests` that are asked together.
    #[must_use]
    pub fn cannot_prove(&self, tests: usize) -> bool {
        smallest_p(self.sizes[0], self.sizes[1]) * count(tests) > ALPHA
    }

    /// Whether it is worse beyond chance.
    fn is_significant(&self) -> bool {
        let interval = match self.interval {
            Some([low, _]) => low > 0.0,
            None => self.sizes == [1, 1],
        };
        interval && self.p.is_some_and(|p| p <= ALPHA)
    }

    /// Whether a change of the threshold's size fits into the interval, and would be beyond the floor.
    #[must_use]
    pub fn could_hide(&self) -> bool {
        let Some([low, high]) = self.interval else { return self.sizes != [1, 1] };
        let high = if self.question.worse == Worse::Either { high.max(-low) } else { high };
        let difference = match self.question.kind {
            Kind::Difference => high,
            Kind::Relative => high * self.before.abs(),
        };
        high > self.question.threshold && difference > self.question.floor
    }
}

/// The decision.
fn call(shift: &Shift) -> Call {
    let threshold = shift.question.threshold;
    let (significant, beyond_floor) = (shift.is_significant(), shift.beyond_floor());
    // What groups share is known only where they are the units, or where something is known of it.
    let sure = shift.by_group || shift.question.between != Between::Ignored;
    if shift.change > threshold && !beyond_floor {
        if shift.could_hide() { Call::TooUncertain } else { Call::TooSmall }
    } else if shift.change > threshold {
        if significant { Call::Worse } else { Call::PerhapsWorse }
    } else if significant && sure && beyond_floor && shift.change >= threshold * NOTABLE {
        Call::SlightlyWorse
    } else if shift.could_hide() {
        Call::TooUncertain
    } else if shift.interval.is_some_and(|[_, high]| high > threshold) {
        Call::TooSmall
    } else {
        Call::NoWorse
    }
}

/// What the ranks prove: where they are too few to prove anything among so many, it is enough that none is out of order.
fn proof(ranks: f64, sizes: [usize; 2], question: Question) -> f64 {
    let least = smallest_p(sizes[0], sizes[1]);
    let too_few = least * count(question.together) > ALPHA;
    if too_few && question.between != Between::Ignored && ranks <= least * (1.0 + 1e-9) { 0.0 } else { ranks }
}

/// The chance of such a change if groups differ as they are known to, and values inside of them as they were seen to.
fn tail(shift: &Shift, question: Question) -> f64 {
    let (assumed, seen) = match question.between {
        Between::Ignored => return 0.0,
        Between::Assumed(assumed) => (assumed, None),
        Between::Seen(seen, groups, assumed) => (assumed, Some((seen, count(groups)))),
    };
    let change = logarithm(shift.change, question);
    // By the lower end: what lies on the other side says nothing of whether it is above zero.
    let inside = shift.interval.map_or(0.0, |[low, _]| (change - logarithm(low, question)) / NORMAL);
    // The difference of two groups varies by twice the variance of one.
    let expected = inside.mul_add(inside, 2.0 * assumed * assumed);
    let variance = seen.map_or(expected, |(seen, groups)| {
        (2.0 * seen * seen).mul_add(groups, expected * PRIOR) / (groups + PRIOR)
    });
    if change <= 0.0 {
        return 1.0;
    }
    let z = change / variance.sqrt();
    if z.is_nan() { 1.0 } else { upper_tail(z) }
}

/// How many groups that were seen an assumption is worth: a spread of ten values alone is off by a third either way.
const PRIOR: f64 = 20.0;

/// A relative change as the logarithm of a ratio, which is as large there as back again. A loss of everything is infinite.
fn logarithm(change: f64, question: Question) -> f64 {
    match (question.kind, question.worse) {
        (Kind::Difference, _) => change,
        (Kind::Relative, Worse::Less) => -(1.0 - change).max(0.0).ln(),
        (Kind::Relative, _) => (1.0 + change).max(0.0).ln(),
    }
}

fn sided(question: Question, p: f64) -> f64 {
    if question.worse == Worse::Either { (2.0 * p).min(1.0) } else { p }
}

/// How the centre and the change are reckoned.
const fn contrast(question: Question) -> Contrast {
    let centre = match question.centre {
        Centre::Median => of_median,
        Centre::Mean => of_mean,
    };
    let change: fn(f64, f64) -> f64 = match (question.kind, question.worse) {
        (Kind::Difference, Worse::Less) => |before, after| before - after,
        (Kind::Difference, _) => |before, after| after - before,
        (Kind::Relative, Worse::Less) => |before, after| -growth(before, after),
        (Kind::Relative, _) => growth,
    };
    Contrast { centre, change }
}

/// Nothing over nothing is no change; something over nothing has no ratio. Above a value below zero is more, too.
fn growth(before: f64, after: f64) -> f64 {
    if before.total_cmp(&after).is_eq() {
        return 0.0;
    }
    let growth = after / before - 1.0;
    if before < 0.0 { -growth } else { growth }
}

fn centre(which: Centre, values: &mut [f64]) -> f64 {
    match which {
        Centre::Median => of_median(values),
        Centre::Mean => of_mean(values),
    }
}

fn of_median(sample: &mut [f64]) -> f64 {
    median(sample).unwrap_or(0.0)
}

fn of_mean(sample: &mut [f64]) -> f64 {
    mean(sample).unwrap_or(0.0)
}

/// The groups without what is no number, and without groups that are empty.
fn finite(groups: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let clean = groups.iter().map(|group| group.iter().copied().filter(|value| value.is_finite()).collect());
    clean.filter(|group: &Vec<f64>| !group.is_empty()).collect()
}

/// Each group as one value.
fn collapsed(which: Centre, groups: &[Vec<f64>]) -> Vec<Vec<f64>> {
    groups.iter().map(|group| vec![centre(which, &mut group.clone())]).collect()
}

#[cfg(test)]
mod tests;
