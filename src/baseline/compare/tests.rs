use super::*;
use crate::report::{Baseline, BaselineCapture, CheckReport, Environment, Severity, Status};

fn metric(name: &str, samples: &[f64]) -> Metric {
    Metric {
        name: name.to_owned(),
        category: "network".to_owned(),
        unit: "seconds".to_owned(),
        better: Better::Lower,
        state: MetricState::Measured,
        reason: None,
        samples: samples.to_vec(),
        target: None,
        accept: None,
        threshold: 0.2,
        floor: 0.0,
        kind: None,
        interval_ms: None,
        optional: false,
        labels: BTreeMap::new(),
    }
}

fn errored(name: &str) -> Metric {
    Metric { state: MetricState::Errored, reason: Some("connection refused".to_owned()), ..metric(name, &[]) }
}

fn capture(metrics: Vec<Metric>) -> Capture {
    Capture { metrics, ..Capture::default() }
}

fn compared(then: Vec<Metric>, now: Vec<Metric>, past: &[f64]) -> Vec<BaselineMetric> {
    let (then, now, shelf) = (capture(then), capture(now), Shelf::default());
    let sides = Sides { now: &now, then: &then, past: &shelf, bands: Bands::default(), any_machine: false };
    compare_by(&sides, |_| (0_u32..).map(f64::from).zip(past.iter().copied()).collect())
}

fn one(then: &Metric, now: &Metric, past: &[f64]) -> MetricComparison {
    compared(vec![then.clone()], vec![now.clone()], past).remove(0).comparison.unwrap()
}

fn single(value: f64) -> Metric {
    metric("m", &[value])
}

fn of(check: &CheckReport) -> Vec<(String, String)> {
    check.findings.iter().map(|finding| (finding.rule.clone(), finding.message.clone())).collect()
}

fn report(metrics: Vec<BaselineMetric>) -> Baseline {
    Baseline { metrics, reference: Some(BaselineCapture::default()), ..Baseline::default() }
}

#[test]
fn single_values_are_held_against_their_threshold() {
    let verdict = |before, after| one(&single(before), &single(after), &[]).verdict;
    assert_eq!(verdict(0.1, 0.13), Outcome::Fail);
    assert_eq!(verdict(0.1, 0.11), Outcome::Pass);
    assert_eq!(verdict(0.1, 0.05), Outcome::Pass);
    let higher = |value| Metric { better: Better::Higher, ..single(value) };
    let found = one(&higher(0.9), &higher(0.5), &[]);
    assert_eq!(found.verdict, Outcome::Fail);
    assert_eq!(found.reason, "-44 % (limit -20 %)");
    let same = |value| Metric { better: Better::Same, ..single(value) };
    for after in [7.0, 13.0] {
        assert_eq!(one(&same(10.0), &same(after), &[]).verdict, Outcome::Fail);
    }
    // A difference up to the floor never counts, and a narrow limit is one.
    let floor = |value| Metric { floor: 0.05, ..single(value) };
    assert_eq!(one(&floor(0.1), &floor(0.14), &[]).verdict, Outcome::Pass);
    let narrow = |value| Metric { threshold: 0.01, ..single(value) };
    assert_eq!(one(&narrow(100.0), &narrow(102.0), &[]).verdict, Outcome::Fail);
}

#[test]
fn nothing_is_relative_to_zero() {
    let with = |value: f64, unit: &str, floor: f64| Metric { unit: unit.to_owned(), floor, ..single(value) };
    let verdict = |after: f64, unit: &str, floor: f64| {
        one(&with(0.0, unit, floor), &with(after, unit, floor), &[]).verdict
    };
    assert_eq!(verdict(0.0, "", 0.0), Outcome::Pass);
    assert_eq!(verdict(3.0, "", 5.0), Outcome::Pass);
    assert_eq!(verdict(6.0, "", 5.0), Outcome::Fail);
    assert_eq!(verdict(6.0, "", 0.0), Outcome::Inconclusive);
    // Shares have the threshold in points.
    assert_eq!(verdict(0.3, "ratio", 0.0), Outcome::Fail);
    assert_eq!(verdict(0.1, "ratio", 0.0), Outcome::Inconclusive);
    let higher = |value| Metric { better: Better::Higher, ..single(value) };
    assert_eq!(one(&higher(0.0), &higher(5.0), &[]).verdict, Outcome::Pass);
}

#[test]
fn samples_are_compared_by_ranks_and_noise_is_told() {
    let spread = |centre: f64, width: f64| {
        let samples: Vec<f64> =
            (0..20).map(|i| centre + width * (f64::from(i * 7 % 20) - 9.5) / 9.5).collect();
        metric("m", &samples)
    };
    let found = one(&spread(0.1, 0.01), &spread(0.15, 0.01), &[]);
    assert_eq!(found.verdict, Outcome::Fail, "{found:?}");
    assert!((found.change.unwrap() - 0.5).abs() < 0.01 && found.p.unwrap() < 1e-3, "{found:?}");
    assert_eq!(one(&spread(0.1, 0.01), &spread(0.101, 0.01), &[]).verdict, Outcome::Pass);
    assert_eq!(one(&spread(0.1, 0.09), &spread(0.11, 0.09), &[]).verdict, Outcome::Inconclusive);
    assert_eq!(one(&spread(0.1, 0.09), &spread(0.125, 0.09), &[]).verdict, Outcome::Inconclusive);
}

#[test]
fn what_varies_as_usual_is_no_failure() {
    // As wide as the load of a machine at work: median 1, between 0.4 and 1.6.
    let wild: Vec<f64> = (0..20).map(|i| 0.4 + 1.2 * f64::from(i * 7 % 20) / 19.0).collect();
    let found = one(&single(0.8), &single(1.4), &wild);
    assert_eq!(found.verdict, Outcome::Pass, "{found:?}");
    assert!(found.reason.contains("within the band of 20 captures"), "{}", found.reason);
    // Nine of them prove nothing.
    assert_eq!(one(&single(0.8), &single(1.4), &wild[..9]).verdict, Outcome::Fail);
    // A step that the history has not.
    let still: Vec<f64> = (0..20).map(|i| 1.0 + 0.01 * f64::from(i % 5)).collect();
    assert_eq!(one(&single(1.0), &single(1.4), &still).verdict, Outcome::Fail);
    // A reference of long ago: all is slower since, and steady.
    assert_eq!(one(&single(0.6), &single(1.02), &still).verdict, Outcome::Fail);
    // A quiet history makes small steps sure.
    assert_eq!(one(&single(1.0), &single(1.18), &still).verdict, Outcome::Warn);
    // A change along a trend is told.
    let rising: Vec<f64> = (0..40).map(|i| 1.0 + 0.03 * f64::from(i)).collect();
    assert_eq!(one(&single(1.0), &single(2.2), &rising).verdict, Outcome::Warn);
}

#[test]
fn different_conditions_compare_nothing() {
    let machine = |fingerprint: &str, cores| Machine {
        fingerprint: fingerprint.to_owned(),
        environment: Environment { cores, system: "linux x86_64".to_owned(), ..Environment::default() },
        memory: 8 << 30,
    };
    let then = Capture { machine: machine("a", 4), version: "1".to_owned(), ..capture(vec![single(1.0)]) };
    let now = Capture { machine: machine("b", 8), version: "2".to_owned(), ..capture(vec![single(2.0)]) };
    let shelf = Shelf::default();
    let sides = Sides { now: &now, then: &then, past: &shelf, bands: Bands::default(), any_machine: false };
    assert_eq!(differences(&sides), ["cores: 4 before, 8 now"]);
    let metrics = compare(&sides);
    assert_eq!(metrics[0].comparison.as_ref().unwrap().verdict, Outcome::Incomparable);
    let check = conclude(&Baseline { differences: differences(&sides), ..report(metrics) });
    assert!(
        matches!(&check.status, Status::NotEvaluated { hint: Some(hint), .. } if hint.contains("--any-machine"))
    );
    let any = Sides { any_machine: true, ..sides };
    assert!(differences(&any).is_empty());
    assert_eq!(compare(&any)[0].comparison.as_ref().unwrap().verdict, Outcome::Fail);
    // Another version of the program alone is no difference.
    let newer = Capture { version: "3".to_owned(), ..then.clone() };
    assert!(differences(&Sides { now: &newer, ..sides }).is_empty());
    // One metric with another unit, or measured differently.
    let bytes = Metric { unit: "bytes".to_owned(), ..single(1.0) };
    assert!(one(&single(1.0), &bytes, &[]).reason.contains("unit: seconds before, bytes now"));
    assert!(
        one(&metric("m", &[1.0; 5]), &metric("m", &[1.0; 20]), &[])
            .reason
            .contains("samples: 5 before, 20 now")
    );
    assert_eq!(one(&metric("m", &[1.0; 20]), &metric("m", &[1.0; 19]), &[]).verdict, Outcome::Pass);
}

#[test]
fn what_is_missing_is_named_and_what_is_new_is_noted() {
    let then =
        vec![metric("gone", &[1.0]), metric("fails", &[1.0]), metric("kept", &[1.0]), errored("never")];
    let now = vec![errored("fails"), metric("kept", &[1.0]), metric("new", &[1.0])];
    let metrics = compared(then, now, &[]);
    let names: Vec<&str> = metrics.iter().map(|metric| metric.name.as_str()).collect();
    assert_eq!(names, ["fails", "kept", "new", "gone"]);
    assert_eq!((metrics[3].state, metrics[3].value), (MetricState::Missing, None));
    assert_eq!(metrics[3].comparison.as_ref().unwrap().before, Some(1.0));
    let check = conclude(&report(metrics));
    let rules: Vec<String> = of(&check).into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(rules, ["BSL-013", "BSL-013"]);
    assert_eq!(check.status, Status::Failed);
    assert_eq!(check.coverage.count("metrics"), 1);
    assert!(check.coverage.left_out.iter().any(|left| left.paths == ["new"]), "{:?}", check.coverage);
}

#[test]
fn findings_say_what_moved() {
    let then = vec![single(0.12), metric("b", &[0.1])];
    let now = vec![single(0.19), metric("b", &[0.1])];
    let check = conclude(&report(compared(then, now, &[])));
    assert_eq!(
        of(&check),
        [("BSL-010".to_owned(), "`m` rose from 120 ms to 190 ms: +58 % (limit +20 %)".to_owned())]
    );
    // Out of the band, though the reference is no better.
    let past: Vec<f64> = (0..30).map(|i| 0.1 + 0.001 * f64::from(i % 5)).collect();
    let check = conclude(&report(compared(vec![single(0.2)], vec![single(0.2)], &past)));
    let found = of(&check);
    assert!(
        matches!(found.as_slice(), [(rule, message)] if rule == "BSL-011" && message.starts_with("`m` is 200 ms, the band of 30 captures is ")),
        "{found:?}"
    );
    // On the better side it is none, and what is inconclusive is left out in the open.
    let check = conclude(&report(compared(vec![single(0.05)], vec![single(0.05)], &past)));
    assert_eq!(check.status, Status::Passed);
    let check = conclude(&report(compared(vec![single(0.0)], vec![single(0.2)], &[])));
    assert!(matches!(check.status, Status::NotEvaluated { .. }) && check.coverage.left_out.len() == 1);
    assert!(matches!(conclude(&Baseline::default()).status, Status::NotEvaluated { .. }));
}

#[test]
fn probes_are_held_to_what_was_asked() {
    let asked = |value: f64| Metric {
        accept: Some([None, Some(0.5)]),
        target: Some([None, Some(0.2)]),
        ..metric("api", &[value])
    };
    let check = |metrics: Vec<Metric>| {
        conclude_probes(&Baseline { metrics: alone(&capture(metrics)), ..Baseline::default() })
    };
    assert_eq!(check(vec![asked(0.1)]).status, Status::Passed);
    assert_eq!(
        of(&check(vec![asked(0.3)])),
        [("BSL-002".to_owned(), "`api` is 300 ms, the target is at most 200 ms".to_owned())]
    );
    assert_eq!(
        of(&check(vec![asked(0.74)])),
        [("BSL-001".to_owned(), "`api` is 740 ms, accepted are at most 500 ms".to_owned())]
    );
    // What failed is errored and a finding; what was found besides stays.
    let found = check(vec![asked(0.74), errored("b"), errored("c")]);
    assert_eq!(
        found.status,
        Status::Errored { reason: "2 of 3 probes failed; b: connection refused".to_owned() }
    );
    assert_eq!(found.findings.len(), 3);
    let absent = |optional| Metric {
        state: MetricState::NotEvaluated,
        reason: Some("no such device".to_owned()),
        optional,
        ..metric("gpu", &[])
    };
    assert_eq!(check(vec![asked(0.1), absent(true)]).status, Status::Passed);
    let status = check(vec![asked(0.1), absent(false)]).status;
    assert!(
        matches!(&status, Status::NotEvaluated { reason, .. } if reason.contains("gpu (no such device)")),
        "{status:?}"
    );
    assert!(matches!(check(vec![absent(true)]).status, Status::NotEvaluated { .. }));
    assert!(matches!(check(Vec::new()).status, Status::NotApplicable { .. }));
    // No value is none, whatever a document says.
    assert!(matches!(check(vec![metric("empty", &[])]).status, Status::Errored { .. }));
}

#[test]
fn what_was_measured_differently_is_not_compared() {
    let with = |kind: Option<&str>, interval_ms| Metric {
        kind: kind.map(str::to_owned),
        interval_ms,
        ..metric("m", &[0.1, 0.1, 0.1, 0.1])
    };
    let found = |then: &Metric, now: &Metric| {
        let found = one(then, now, &[]);
        (found.verdict, found.reason)
    };
    let incomparable = |words: &str| (Outcome::Incomparable, words.to_owned());
    let (mean, p95) = (Some("prometheus mean, sum"), Some("prometheus quantile 0.95, sum"));
    assert_eq!(
        found(&with(None, Some(0)), &with(None, Some(1_000))),
        incomparable("interval: 0 ms before, 1000 ms now")
    );
    assert_eq!(
        found(&with(mean, Some(0)), &with(p95, Some(0))),
        incomparable("what is read: prometheus mean, sum before, prometheus quantile 0.95, sum now")
    );
    // Captures that do not say, and captures that say the same.
    for (then, now) in [
        (with(None, None), with(mean, Some(1_000))),
        (with(mean, Some(1_000)), with(None, None)),
        (with(mean, Some(1_000)), with(mean, Some(1_000))),
        (with(None, None), with(None, None)),
    ] {
        assert_eq!(found(&then, &now).0, Outcome::Pass, "{then:?} {now:?}");
    }
}

#[test]
fn a_bar_that_was_lowered_since_the_reference_is_told() {
    let strict = Metric { floor: 0.1, accept: Some([None, Some(2.0)]), ..single(1.0) };
    let lowered = |now: Metric| compared(vec![strict.clone()], vec![now], &[]).remove(0).comparison.unwrap();
    for (now, words) in [
        (Metric { threshold: 100.0, ..strict.clone() }, "limit +20 % in the reference, +10,000 % now"),
        (Metric { floor: 1e9, ..strict.clone() }, "floor 100 ms in the reference"),
        (Metric { better: Better::Higher, ..strict.clone() }, "better is lower in the reference, higher now"),
        (Metric { accept: None, ..strict.clone() }, "accepted at most 2 s in the reference, anything now"),
        (Metric { accept: Some([None, Some(9.0)]), ..strict.clone() }, "at most 9 s now"),
        (Metric { optional: true, ..strict.clone() }, "optional now"),
    ] {
        let said = lowered(now);
        assert!(said.lowered.as_ref().is_some_and(|said| said.contains(words)), "{words}: {said:?}");
        assert!(said.reason.contains(words), "{said:?}");
    }
    // What is stricter, or was not asked before, lowers nothing.
    for now in [
        strict.clone(),
        Metric { threshold: 0.1, floor: 0.0, accept: Some([Some(0.5), Some(1.5)]), ..strict.clone() },
    ] {
        assert_eq!(lowered(now).lowered, None);
    }
}

#[test]
fn nothing_and_nothing_is_no_change_however_single_samples_vary() {
    // Samples of the processors of an idle machine, over a few milliseconds each.
    let usage = |samples: &[f64]| Metric { unit: "ratio".to_owned(), floor: 0.6, ..metric("m", samples) };
    let idle = usage(&[0.0, 0.0, 0.0, 0.024, 0.463]);
    assert_eq!(one(&idle, &idle, &[]).verdict, Outcome::Pass);
    assert_eq!(one(&idle, &usage(&[0.0, 0.0, 0.0, 0.0, 0.5]), &[]).verdict, Outcome::Pass);
    assert_eq!(one(&idle, &usage(&[1.0, 1.0, 0.9, 1.0, 1.0]), &[]).verdict, Outcome::Fail);
}

#[test]
fn what_was_approved_as_needed_is_not_optional_by_being_gone() {
    let now = vec![Metric { optional: true, ..errored("m") }, metric("other", &[1.0])];
    let metrics = compared(vec![single(1.0), metric("other", &[1.0])], now, &[]);
    let found = conclude(&report(metrics.clone())).findings;
    assert_eq!((found[0].rule.as_str(), found[0].severity), ("BSL-013", Severity::High));
    assert_eq!(of(&conclude_probes(&report(metrics)))[0].0, "BSL-003");
}
