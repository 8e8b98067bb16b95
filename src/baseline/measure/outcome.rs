//! What becomes of the samples of one probe.

use crate::baseline::capture::Metric;
use crate::baseline::probe::Trouble;
use crate::baseline::secrets::Secrets;
use crate::baseline::settings::Probe;
use crate::host::terminal;
use crate::report::{MetricState, mask_secrets};

/// Most numbers that are kept of a metric.
const VALUES: usize = 1_000;
/// Longest reason, in characters.
const REASON: usize = 300;

/// What is known of a probe so far.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    values: Vec<f64>,
    /// Samples that were asked for.
    asked: u64,
    /// Samples that failed, samples where there was nothing, and the first trouble of each kind.
    failed: u64,
    absent: u64,
    failure: Option<String>,
    absence: Option<String>,
    /// Why it was broken off.
    broken: Option<String>,
}

impl Outcome {
    /// One more sample.
    pub(super) fn add(&mut self, sample: Result<Vec<f64>, Trouble>) {
        self.asked += 1;
        match sample {
            Ok(values) => self.values.extend(values),
            Err(Trouble::Failed(words)) => {
                self.failed += 1;
                self.failure.get_or_insert(words);
            }
            Err(Trouble::Absent(words)) => {
                self.absent += 1;
                self.absence.get_or_insert(words);
            }
        }
    }

    /// Nothing more will come.
    pub(super) fn break_off(&mut self, reason: &str) {
        self.broken.get_or_insert_with(|| reason.to_owned());
    }

    /// The metric. Fewer samples than were asked for are none: what could not be measured may be what is bad.
    /// `secrets` are taken out of the reason.
    pub(super) fn metric(self, probe: &Probe, secrets: &Secrets) -> Metric {
        let metric = Metric::of(probe);
        let errored = |reason: &str| Metric {
            state: MetricState::Errored,
            reason: Some(told(reason, secrets)),
            ..metric.clone()
        };
        let bad = self.failed + self.absent;
        if let Some(reason) = self.broken {
            let first = self.failure.map_or_else(String::new, |words| format!("; before: {words}"));
            return errored(&format!("{reason}{first}"));
        }
        match (self.failure.or(self.absence.clone()), self.absence) {
            (Some(_), Some(words)) if self.absent == self.asked => {
                return Metric {
                    state: MetricState::NotEvaluated,
                    reason: Some(told(&words, secrets)),
                    ..metric
                };
            }
            (Some(words), _) if self.failed == self.asked => return errored(&words),
            (Some(words), _) => {
                return errored(&format!("{bad} of {} samples failed: {words}", self.asked));
            }
            (None, _) => {}
        }
        let samples: Vec<f64> = self.values.iter().map(|value| value * probe.scale).collect();
        match samples.iter().find(|value| !value.is_finite()) {
            Some(value) => errored(&format!("the value is {value}")),
            None if samples.is_empty() => errored("nothing was measured"),
            None => Metric { state: MetricState::Measured, samples: thinned(samples), ..metric },
        }
    }
}

/// At most [`VALUES`] of some numbers, evenly spread over all of them.
fn thinned(values: Vec<f64>) -> Vec<f64> {
    let all = values.len();
    if all <= VALUES {
        return values;
    }
    (0..VALUES).filter_map(|at| values.get(at * all / VALUES).copied()).collect()
}

/// Words of others for a report: one line, not long, without secrets and without anything that a terminal obeys.
fn told(reason: &str, secrets: &Secrets) -> String {
    // First of all: a secret that is cut, masked in part or spaced differently is not known for one any more.
    let reason = secrets.out_of(reason);
    let line = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    let clean = terminal::clean(&mask_secrets(&line));
    if clean.chars().count() <= REASON {
        return clean;
    }
    clean.chars().take(REASON - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::settings::{Ask, Query, Reading, Selector, Several, Source, Take};

    fn metric(samples: Vec<Result<Vec<f64>, Trouble>>) -> Metric {
        let mut outcome = Outcome::default();
        for sample in samples {
            outcome.add(sample);
        }
        let probe = Probe::new("business", "x", Source::Loopback, Reading::Latency);
        outcome.metric(&Probe { scale: 1000.0, ..probe }, Secrets::NONE)
    }

    fn failed(words: &str) -> Result<Vec<f64>, Trouble> {
        Err(Trouble::failed(words))
    }

    fn absent(words: &str) -> Result<Vec<f64>, Trouble> {
        Err(Trouble::Absent(words.to_owned()))
    }

    #[test]
    fn samples_are_scaled_and_kept_in_order() {
        let metric = metric(vec![Ok(vec![0.25, 0.5]), Ok(vec![0.125])]);
        assert_eq!((metric.state, metric.reason), (MetricState::Measured, None));
        assert_eq!(metric.samples, [250.0, 500.0, 125.0]);
    }

    #[test]
    fn some_samples_that_failed_are_never_left_out() {
        let of = |samples| {
            let metric = metric(samples);
            assert!(metric.samples.is_empty());
            (metric.state, metric.reason.unwrap())
        };
        let errored = MetricState::Errored;
        assert_eq!(
            of(vec![Ok(vec![1.0]), failed("refused"), failed("other"), Ok(vec![1.0]), Ok(vec![1.0])]),
            (errored, "2 of 5 samples failed: refused".to_owned())
        );
        assert_eq!(of(vec![failed("refused"), failed("other")]), (errored, "refused".to_owned()));
        assert_eq!(of(vec![absent("none"), absent("none")]), (MetricState::NotEvaluated, "none".to_owned()));
        assert_eq!(
            of(vec![absent("none"), Ok(vec![1.0])]),
            (errored, "1 of 2 samples failed: none".to_owned())
        );
        assert_eq!(
            of(vec![absent("none"), failed("refused")]),
            (errored, "2 of 2 samples failed: refused".to_owned())
        );
        assert_eq!(of(vec![Ok(vec![f64::MAX])]), (errored, "the value is inf".to_owned()));
        assert_eq!(of(Vec::new()), (errored, "nothing was measured".to_owned()));
    }

    #[test]
    fn what_is_broken_off_is_errored_whatever_was_there() {
        let mut outcome = Outcome::default();
        outcome.add(Ok(vec![1.0]));
        outcome.break_off("it took longer than 5 s");
        let probe = Probe::new("business", "x", Source::Loopback, Reading::Latency);
        let metric = outcome.metric(&probe, Secrets::NONE);
        assert_eq!(metric.state, MetricState::Errored);
        assert_eq!(metric.reason.as_deref(), Some("it took longer than 5 s"));
        assert!(metric.samples.is_empty());
    }

    #[test]
    fn numbers_are_bounded_evenly() {
        let values: Vec<f64> = (0..5_000).map(f64::from).collect();
        let kept = thinned(values);
        assert_eq!((kept.len(), kept[0], kept[1], kept[999]), (1_000, 0.0, 5.0, 4_995.0));
    }

    #[test]
    fn reasons_are_plain_and_short_and_hold_no_secret() {
        let words = format!("\u{1b}[31mone\ntwo password=hunter2hunter2 {}", "x".repeat(1_000));
        let told = told(&words, Secrets::NONE);
        assert!(!told.contains('\u{1b}') && !told.contains('\n') && !told.contains("hunter2"), "{told}");
        assert_eq!(told.chars().count(), REASON);
    }

    #[test]
    fn a_secret_is_taken_out_before_it_is_cut_masked_or_put_on_one_line() {
        let secrets = Secrets::new(["correct-horse-battery", "a  password=of many\nwords"]);
        // The cut at 299 characters goes through the middle of it.
        let padding = "x".repeat(REASON - 13);
        let of = |reason: String| told(&reason, &secrets);
        assert_eq!(of(format!("{padding}: correct-horse-battery")), format!("{padding}: [redacted]"));
        assert_eq!(of("no: a  password=of many\nwords".to_owned()), "no: [redacted]");
    }

    #[test]
    fn how_it_was_measured_is_kept() {
        let of = |source: Source, reading: Reading, samples: u32, seconds: u64| {
            let probe = Probe {
                samples,
                interval: std::time::Duration::from_secs(seconds),
                ..Probe::new("business", "x", source, reading)
            };
            let metric = Outcome::default().metric(&probe, Secrets::NONE);
            (metric.kind.unwrap(), metric.interval_ms)
        };
        let kind = "loopback latency".to_owned();
        assert_eq!(of(Source::Loopback, Reading::Latency, 5, 2), (kind.clone(), Some(2_000)));
        assert_eq!(of(Source::Loopback, Reading::Latency, 5, 0), (kind.clone(), Some(0)));
        assert_eq!(of(Source::Loopback, Reading::Latency, 1, 2), (kind, None), "there is nothing between");
        let ask = || {
            Source::Prometheus(Ask {
                url: "http://127.0.0.1:1/metrics".to_owned(),
                requests: 1,
                body: None,
                headers: Vec::new(),
                token: None,
                expect: Vec::new(),
            })
        };
        let series = |take| {
            Reading::Series(Query {
                select: Selector { name: "a".to_owned(), labels: Vec::new() },
                take,
                several: Several::Max,
                over: Vec::new(),
            })
        };
        // A rate is over its interval, a second where none is set, however many there are.
        assert_eq!(of(ask(), series(Take::Rate), 1, 0), ("prometheus rate, max".to_owned(), Some(1_000)));
        let quantile = series(Take::Quantile(0.95));
        assert_eq!(of(ask(), quantile, 1, 0), ("prometheus quantile 0.95, max".to_owned(), None));
    }
}
