//! A rising load: which steps there are, when one broke, and where the server was saturated.

use crate::report::{Doubt, LoadStep, Saturation};

/// Factor by which p95 may grow over that of the first step, when no limit is given.
const GROWTH: u64 = 10;
/// Such a limit is never below this, in nanoseconds: ten times nothing is still quick.
const QUICK: u64 = 10_000_000;
/// Growth of throughput below which a step brought nothing.
const GAIN: f64 = 0.05;
/// Steps in a row that must bring nothing.
const FRUITLESS: usize = 2;
/// Share of the offered rate that must be sent.
const KEPT: f64 = 0.99;

/// What a rising load may not exceed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    /// Largest p95 of the headline latency in nanoseconds; none for ten times that of the first step.
    pub p95: Option<u64>,
    /// Largest p99 in nanoseconds; none for no limit.
    pub p99: Option<u64>,
    /// Largest share of errors.
    pub error_rate: f64,
}

/// One, two, four … times `first`, up to and with `last`.
#[must_use]
pub fn doubling(first: u32, last: u32) -> Vec<u32> {
    let mut steps = Vec::new();
    let mut step = first.max(1);
    while step < last {
        steps.push(step);
        step = step.saturating_mul(2);
    }
    steps.push(last.max(1));
    steps
}

/// Why the load is not raised beyond the last of these steps; none where it is.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "times are shown with three digits")]
pub fn broke(steps: &[LoadStep], limits: Limits) -> Option<String> {
    let (last, before) = steps.split_last()?;
    let first = steps.first()?;
    if let Some(Doubt { text, .. }) = last.doubts.first() {
        return Some(text.clone());
    }
    if last.error_rate > limits.error_rate {
        let percent = |share: f64| format!("{:.2} %", share * 100.0);
        return Some(format!("errors {} over {}", percent(last.error_rate), percent(limits.error_rate)));
    }
    if last.rate.is_some_and(|rate| last.throughput < rate * KEPT * (1.0 - last.error_rate)) {
        return Some(format!(
            "only {:.0} of {:.0} requests a second were answered",
            last.throughput, last.rate?
        ));
    }
    let milliseconds = |time: u64| time as f64 / 1e6;
    let usual = first.latency.p95.saturating_mul(GROWTH).max(QUICK);
    let p95 = limits.p95.unwrap_or(usual);
    if last.latency.p95 > p95 {
        let whose = if limits.p95.is_some() { "the limit" } else { "ten times the first step's" };
        return Some(format!(
            "p95 {:.1} ms over {whose}, {:.1} ms",
            milliseconds(last.latency.p95),
            milliseconds(p95)
        ));
    }
    if let (Some(p99), Some(limit)) = (last.latency.p99, limits.p99)
        && p99 > limit
    {
        return Some(format!(
            "p99 {:.1} ms over the limit, {:.1} ms",
            milliseconds(p99),
            milliseconds(limit)
        ));
    }
    // More connections that bring no more answers only make queues. A rate that is kept has no such end.
    let fruitless = before.len() >= FRUITLESS
        && last.rate.is_none()
        && (0..FRUITLESS).all(|back| {
            let at = steps.len() - 1 - back;
            let (now, best) = (steps.get(at), best_of(steps.get(..at).unwrap_or_default()));
            now.zip(best).is_some_and(|(now, best)| now.throughput < best.throughput * (1.0 + GAIN))
        });
    fruitless.then(|| format!("{FRUITLESS} steps in a row brought under {:.0} % more answers", GAIN * 100.0))
}

/// Where the server was saturated, once the last step broke because of it.
#[must_use]
pub fn saturation(steps: &[LoadStep]) -> Option<Saturation> {
    let (last, held) = steps.split_last()?;
    let limit = last.broke.clone().filter(|_| last.doubts.is_empty())?;
    let best = best_of(held)?;
    // The smallest load that does as well as the best: what comes after it only waits longer.
    let enough = held.iter().find(|step| step.throughput * (1.0 + GAIN) >= best.throughput)?;
    Some(Saturation {
        concurrency: enough.concurrency,
        rate: enough.rate,
        throughput: enough.throughput,
        limit,
    })
}

fn best_of(steps: &[LoadStep]) -> Option<&LoadStep> {
    steps.iter().max_by(|one, other| one.throughput.total_cmp(&other.throughput))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{DoubtKind, Latency};

    const LIMITS: Limits = Limits { p95: None, p99: None, error_rate: 0.01 };

    fn step(concurrency: u32, throughput: f64, p95_ms: u64) -> LoadStep {
        let latency = Latency { p95: p95_ms * 1_000_000, count: 1000, ..Latency::default() };
        LoadStep { concurrency, throughput, latency, ..LoadStep::default() }
    }

    #[test]
    fn steps_double_up_to_the_last() {
        assert_eq!(doubling(4, 50), [4, 8, 16, 32, 50]);
        assert_eq!(doubling(4, 4), [4]);
        assert_eq!(doubling(0, 3), [1, 2, 3]);
        assert_eq!(doubling(9, u32::MAX).last(), Some(&u32::MAX));
    }

    #[test]
    fn a_server_that_grows_is_not_saturated() {
        let steps: Vec<_> = (0..6).map(|n| step(4 << n, 1000.0 * f64::from(1 << n), 2)).collect();
        for many in 1..=steps.len() {
            assert_eq!(broke(&steps[..many], LIMITS), None);
        }
        assert_eq!(saturation(&steps), None);
    }

    #[test]
    fn a_server_that_stops_growing_is_saturated_where_it_stopped() {
        // A server with 8 workers of 1 ms: 8,000 a second from 8 connections on, after that only queues.
        let mut steps: Vec<_> = [(4, 4000.0, 1), (8, 8000.0, 1), (16, 8100.0, 2), (32, 8050.0, 4)]
            .map(|(connections, answers, p95)| step(connections, answers, p95))
            .to_vec();
        assert_eq!(broke(&steps[..3], LIMITS), None);
        let reason = broke(&steps, LIMITS);
        assert!(
            reason.as_ref().is_some_and(|reason| reason.contains("no more") || reason.contains("under 5 %"))
        );
        steps[3].broke = reason;
        let found = saturation(&steps).unwrap();
        assert_eq!((found.concurrency, found.throughput), (8, 8000.0));
    }

    #[test]
    fn limits_end_the_rise() {
        let slow = [step(4, 100.0, 5), step(8, 190.0, 51)];
        assert!(broke(&slow, LIMITS).unwrap().contains("p95 51.0 ms over ten times"));
        let given = Limits { p95: Some(60_000_000), ..LIMITS };
        assert_eq!(broke(&slow, given), None);
        let mut errors = [step(4, 100.0, 5), step(8, 190.0, 5)];
        errors[1].error_rate = 0.02;
        assert!(broke(&errors, LIMITS).unwrap().contains("errors 2.00 % over 1.00 %"));
        let mut missed = [step(4, 100.0, 5)];
        missed[0].rate = Some(200.0);
        assert!(broke(&missed, LIMITS).unwrap().contains("100 of 200"));
        let p99 = Limits { p99: Some(70_000_000), ..LIMITS };
        let mut tail = [step(4, 100.0, 5)];
        tail[0].latency.p99 = Some(71_000_000);
        assert!(broke(&tail, p99).unwrap().contains("p99"));
    }

    #[test]
    fn a_busy_generator_says_nothing_of_the_server() {
        let mut steps = [step(4, 100.0, 5), step(8, 200.0, 5)];
        let text = "the generator was busy".to_owned();
        steps[1].doubts = vec![Doubt { kind: DoubtKind::GeneratorBound, text, hint: None }];
        steps[1].broke = broke(&steps, LIMITS);
        assert_eq!(steps[1].broke.as_deref(), Some("the generator was busy"));
        assert_eq!(saturation(&steps), None);
    }
}
