use super::*;
use crate::report::{Baseline, SkippedCapture, Status};

/// One capture a day.
fn captures(count: usize) -> Vec<Summary> {
    (0_i64..)
        .take(count)
        .map(|day| Summary {
            id: format!("c{day}"),
            created: Timestamp::from_second(1_767_225_600 + day * 86_400).unwrap(),
            commit: Some(format!("{day:040x}")),
            ..Summary::default()
        })
        .collect()
}

fn of(values: &[f64], better: Better) -> BaselineMetric {
    let captures = captures(values.len());
    let points: Vec<(&Summary, f64)> = captures.iter().zip(values.iter().copied()).collect();
    BaselineMetric {
        name: "api".to_owned(),
        unit: "seconds".to_owned(),
        ..course(&points, better, Bands::default())
    }
}

fn rules(metrics: Vec<BaselineMetric>) -> (Vec<(String, String)>, Status) {
    let check = conclude(&Baseline { metrics, ..Baseline::default() });
    (check.findings.into_iter().map(|finding| (finding.rule, finding.message)).collect(), check.status)
}

#[test]
fn a_steady_metric_says_nothing() {
    let steady: Vec<f64> = (0..40).map(|i| 0.1 + 0.001 * f64::from(i * 7 % 11)).collect();
    let found = of(&steady, Better::Lower);
    assert_eq!((found.value, found.series.len(), found.changes.len()), (Some(steady[39]), 40, 0));
    assert_eq!(
        (found.series[0].time.as_str(), found.series[0].capture.as_str()),
        ("2026-01-01T00:00:00Z", "c0")
    );
    let band = found.band.unwrap();
    assert!(!band.outside && !band.learning && band.points == 39, "{band:?}");
    assert!(!found.trend.unwrap().worsening);
    assert_eq!(rules(vec![found]), (Vec::new(), Status::Passed));
}

#[test]
fn steps_trends_and_departures_are_found_on_the_side_that_is_worse() {
    let step: Vec<f64> =
        (0..40).map(|i| if i < 25 { 0.12 } else { 0.19 } + 0.001 * f64::from(i * 7 % 11)).collect();
    let found = of(&step, Better::Lower);
    let [change] = found.changes.as_slice() else { panic!("{:?}", found.changes) };
    assert!(change.worse && change.capture == "c25" && change.time == "2026-01-26T00:00:00Z", "{change:?}");
    assert_eq!(change.commit.as_deref(), Some("0000000000000000000000000000000000000019"));
    assert!(!found.trend.unwrap().worsening, "a step is no slope");
    let (found, status) = rules(vec![found]);
    assert!(
        found.iter().any(|(rule, message)| rule == "BSL-021"
            && message.starts_with("`api` rose from 125 ms to 196 ms with the capture of 2026-01-26")),
        "{found:?}"
    );
    assert_eq!(status, Status::Failed);
    assert_eq!(rules(vec![of(&step, Better::Higher)]).0, []);
    // A hundredth of the first value a day.
    let rising: Vec<f64> =
        (0..30).map(|i| 1.0 + 0.01 * f64::from(i) + 0.002 * f64::from(i * 7 % 5)).collect();
    let found = of(&rising, Better::Lower);
    let trend = found.trend.unwrap();
    assert!(trend.worsening && (trend.per_day - 0.01).abs() < 0.0005, "{trend:?}");
    let (found, _) = rules(vec![found]);
    assert!(
        // 29 days of a hundredth, of a median of 1.15. A slope is no step.
        matches!(found.as_slice(), [(rule, message)] if rule == "BSL-020"
            && message.starts_with("`api` rises by 290 ms, 25.") && message.contains(" % of its median, over 29 days ")),
        "{found:?}"
    );
    assert!(!of(&rising, Better::Higher).trend.unwrap().worsening);
    // The newest value alone.
    let mut spike = vec![0.1; 20];
    spike.push(0.2);
    let (found, _) = rules(vec![of(&spike, Better::Lower)]);
    assert_eq!(
        found,
        [("BSL-022".to_owned(), "`api` is 200 ms, the band of 20 captures is 95 ms to 105 ms".to_owned())]
    );
}

#[test]
fn little_is_still_learning() {
    let few = of(&[0.1, 0.1, 9.0], Better::Lower);
    assert!(few.band.unwrap().learning && !few.band.unwrap().outside);
    let (found, status) = rules(vec![few]);
    assert!(found.is_empty() && matches!(status, Status::NotEvaluated { .. }), "{found:?} {status:?}");
    let none = of(&[], Better::Lower);
    assert_eq!((none.state, none.value), (MetricState::Missing, None));
    let skipped =
        vec![SkippedCapture { file: "a.json".to_owned(), reason: "line 1: unexpected end".to_owned() }];
    let check = conclude(&Baseline { skipped, ..Baseline::default() });
    assert_eq!(check.findings.len(), 1);
}
