//! What the check `baseline-history` says.

use jiff::Timestamp;

use super::super::compare::out_of_band;
use super::super::{checks, words};
use super::days;
use crate::engine::{Conclusion, Findings, conclude_alone};
use crate::report::{Baseline, BaselineMetric, CheckReport, LeftOutKind, MetricPoint, Status};
use crate::stats::band::LEARNED;

/// What the check `baseline-history` says.
#[must_use]
pub fn conclude(baseline: &Baseline) -> CheckReport {
    conclude_alone(&checks::HISTORY, |findings| history(baseline, findings))
}

fn history(baseline: &Baseline, findings: &mut Findings<'_>) -> Conclusion {
    for skipped in &baseline.skipped {
        findings.on_part("BSL-023", &skipped.file, None, format!("`{}`: {}", skipped.file, skipped.reason));
    }
    let mut judged = 0_u64;
    for metric in &baseline.metrics {
        if metric.series.len() <= LEARNED {
            let reason = format!("fewer than {LEARNED} captures before the newest: learning");
            findings.left_out(LeftOutKind::Unjudged, &reason, &metric.name);
        } else {
            judged += 1;
        }
        findings.examined("values", u64::try_from(metric.series.len()).unwrap_or(u64::MAX));
        one(metric, findings);
    }
    findings.examined("metrics", judged);
    if judged > 0 {
        return Conclusion::Evaluated;
    }
    let most = baseline.metrics.iter().map(|metric| metric.series.len()).max().unwrap_or(0);
    let reason =
        format!("still learning: {}, {} are needed to judge the newest", words::captures(most), LEARNED + 1);
    Conclusion::Instead(Status::not_evaluated(&reason, "`readiness baseline capture`, more often"))
}

fn one(metric: &BaselineMetric, findings: &mut Findings<'_>) {
    let name = metric.name.as_str();
    if let Some(message) = getting_worse(metric) {
        findings.on_part("BSL-020", name, None, message);
    }
    if let Some(change) = metric.changes.last().filter(|change| change.worse) {
        let word = |value: f64| words::value(value, &metric.unit);
        let way = if change.after > change.before { "rose" } else { "fell" };
        let commit = change.commit.as_ref().map_or_else(String::new, |commit| {
            format!(", commit {}", commit.chars().take(12).collect::<String>())
        });
        let message = format!(
            "`{name}` {way} from {} to {} with the capture of {} ({}{commit})",
            word(change.before),
            word(change.after),
            change.time,
            change.capture
        );
        findings.on_part("BSL-021", name, None, message);
    }
    if let Some(message) = out_of_band(metric) {
        findings.on_part("BSL-022", name, None, message);
    }
}

/// How much a value moved, as the table has it: shares in points, so that they are not taken for a part of the value.
fn absolute(by: f64, unit: &str) -> String {
    match unit {
        "ratio" => words::value(100.0 * by.abs(), "points"),
        unit => words::value(by.abs(), unit),
    }
}

/// `memory_used rises by 300 MiB, 8 % of its median, over 10 days (95 % interval +5 to +11 %, 30 captures)`: over the time of its values.
fn getting_worse(metric: &BaselineMetric) -> Option<String> {
    let trend = metric.trend.as_ref().filter(|trend| trend.worsening)?;
    let way = if trend.per_day > 0.0 { "rises" } else { "falls" };
    let mut values: Vec<f64> = metric.series.iter().map(|point| point.value).collect();
    let middle = crate::stats::robust::median(&mut values).unwrap_or(0.0).abs();
    let moment = |point: Option<&MetricPoint>| point.and_then(|point| point.time.parse::<Timestamp>().ok());
    let newest = metric.series.len().saturating_sub(usize::try_from(trend.points).unwrap_or(0));
    let (first, last) = (moment(metric.series.get(newest))?, moment(metric.series.last())?);
    let span = days(last) - days(first);
    let [low, high] = trend.interval.map(|bound| bound * span);
    let (by, range) = if middle > 0.0 {
        let share = (trend.per_day * span / middle).abs();
        let by = format!(
            "{}, {} of its median,",
            absolute(trend.per_day * span, &metric.unit),
            words::value(share, "ratio")
        );
        (by, words::interval([low / middle, high / middle]))
    } else {
        let word = |value: f64| words::value(value, &metric.unit);
        (absolute(trend.per_day * span, &metric.unit), format!("{} to {}", word(low), word(high)))
    };
    let over = if span >= 2.0 {
        format!("{span:.0} days")
    } else if span * 24.0 >= 2.0 {
        format!("{:.0} hours", span * 24.0)
    } else {
        format!("{:.0} minutes", span * 24.0 * 60.0)
    };
    Some(format!(
        "`{}` {way} by {by} over {over} (95 % interval {range}, {} captures)",
        metric.name, trend.points
    ))
}
