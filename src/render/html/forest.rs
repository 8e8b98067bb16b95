//! Intervals of changes around nothing, each measured by its own limit, so that all metrics stand on one scale; and the
//! runs of commands as points.

use super::escape::short;
use super::plot::{WIDTH, figure, picture};
use crate::render::details::bars::{bars, picture as rows_of_text};
use crate::render::details::baseline::units;
use crate::render::details::name;
use crate::render::details::numbers::{change, float, limit, time};
use crate::report::{
    BaselineMetric, CommandBench, EndpointResult, Latency, MetricVerdict, Outcome, PerfComparison,
};

/// Most verdicts drawn.
const MOST: usize = 40;
/// Height of a row, in units of the picture.
const ROW: f64 = 24.0;
/// Where the scale begins and ends.
const LEFT: f64 = 256.0;
const RIGHT: f64 = 232.0;
/// How far the scale goes at the most, in limits.
const REACH: [f64; 2] = [-2.0, 4.0];

/// A change as it is drawn: worse is positive.
struct Change {
    /// What it is about; written once for several in a row.
    subject: String,
    /// What of it.
    part: &'static str,
    change: f64,
    interval: Option<[f64; 2]>,
    threshold: f64,
    verdict: Outcome,
    /// The change and the limit in words.
    words: [String; 2],
}

/// The picture of a comparison.
pub(super) fn forest(comparison: &PerfComparison) -> String {
    let change = |each: &MetricVerdict| Change {
        subject: short(&name(&each.endpoint), 24),
        part: each.metric.word(),
        change: each.change,
        interval: each.interval,
        threshold: each.threshold,
        verdict: each.verdict,
        words: [change(each.metric, each.change), limit(each.metric, each.threshold)],
    };
    draw(comparison.metrics.iter().map(change).collect(), "endpoint and metric")
}

/// The picture of a capture beside its reference: the metrics for which there is an interval.
pub(super) fn metrics(metrics: &[BaselineMetric]) -> String {
    let change = |each: &BaselineMetric| {
        let found = each.comparison.as_ref()?;
        let change = found.change?;
        Some(Change {
            subject: short(&name(&each.name), 36),
            part: "",
            change,
            interval: Some(found.interval.filter(|ends| ends.iter().all(|end| end.is_finite()))?),
            threshold: found.threshold,
            verdict: found.verdict,
            words: [units::change(each.better, change), units::percent(found.threshold)],
        })
    };
    draw(metrics.iter().filter_map(change).collect(), "metric with samples enough")
}

fn draw(all: Vec<Change>, things: &str) -> String {
    let drawable = |each: &Change| {
        each.change.is_finite()
            && each.threshold.is_finite()
            && each.threshold > 0.0
            && each.verdict != Outcome::Incomparable
    };
    let total = all.len();
    let mut shown: Vec<Change> = all.into_iter().filter(drawable).collect();
    if shown.len() > MOST {
        shown.sort_by_key(|each| each.verdict == Outcome::Pass);
        shown.truncate(MOST);
    }
    if shown.is_empty() {
        return String::new();
    }
    let by_limit = |each: &Change, value: f64| value / each.threshold;
    let ends = shown.iter().flat_map(|each| {
        let interval = each.interval.unwrap_or([each.change; 2]);
        [interval[0], each.change, interval[1]].map(|value| by_limit(each, value))
    });
    let (least, most) = ends
        .filter(|end| end.is_finite())
        .fold((-1.0_f64, 1.5_f64), |(least, most), end| (least.min(end), most.max(end)));
    let (least, most) = (least.max(REACH[0]) - 0.1, most.min(REACH[1]) + 0.1);
    let room = WIDTH - LEFT - RIGHT;
    let across = |value: f64| LEFT + (value.clamp(least, most) - least) / (most - least) * room;
    let height = 30.0 + ROW * rows(shown.len()) + 26.0;
    let floor = height - 26.0;

    let mut body = String::new();
    let line = |class: &str, at: f64| {
        format!("<line class=\"{class}\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"24\" y2=\"{floor:.1}\"/>\n")
    };
    body.push_str(&line("axis", across(0.0)));
    body.push_str(&line("limit", across(1.0)));
    let head = |class: &str, at: f64, word: &str| {
        format!("<text class=\"{class}\" x=\"{at:.1}\" y=\"16\">{word}</text>\n")
    };
    body.push_str(&head("end", across(0.0) - 8.0, "← better"));
    body.push_str(&head("", across(1.0) + 4.0, "limit →"));
    body.push_str(&format!(
        "<text class=\"mid\" x=\"{:.1}\" y=\"{:.1}\">no change</text>\n",
        across(0.0),
        floor + 17.0
    ));
    let mut above = "";
    for (number, each) in shown.iter().enumerate() {
        let y = 40.0 + ROW * rows(number);
        let class = class(each.verdict);
        let subject = if each.subject == above { "" } else { &each.subject };
        above = &each.subject;
        body.push_str(&format!(
            "<text class=\"ink\" x=\"0\" y=\"{0:.1}\">{subject}</text><text class=\"end\" x=\"{1:.1}\" y=\"{0:.1}\">{2}</text>\n",
            y + 4.0,
            LEFT - 12.0,
            each.part,
        ));
        if let Some([low, high]) = each.interval {
            let (low, high) = (across(by_limit(each, low)), across(by_limit(each, high)));
            body.push_str(&format!(
                "<line class=\"i {class}\" x1=\"{low:.1}\" x2=\"{high:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\n"
            ));
        }
        body.push_str(&format!(
            "<circle class=\"f {class}\" cx=\"{:.1}\" cy=\"{y:.1}\" r=\"4.5\"/>\n",
            across(by_limit(each, each.change))
        ));
        body.push_str(&format!(
            "<text class=\"{}\" x=\"{:.1}\" y=\"{:.1}\">{} · {}</text>\n",
            if class == "plain" { "" } else { class },
            WIDTH - RIGHT + 12.0,
            y + 4.0,
            each.words[0],
            match each.verdict {
                Outcome::Fail => format!("over {}", each.words[1]),
                other => other.word().to_owned(),
            },
        ));
    }
    let told = format!(
        "For each {things} the change and its 95 % interval, in parts of its limit; the table says the same."
    );
    let left = total - shown.len();
    let left = if left > 0 { format!(" {left} more stand in the table alone.") } else { String::new() };
    let caption =
        format!("Changes with their 95 % intervals, each drawn against its own limit (dashed line).{left}");
    figure(
        "Changes against the baseline",
        &picture(height, "Changes against the baseline", &told, &body),
        &[],
        &caption,
    )
}

const fn class(verdict: Outcome) -> &'static str {
    match verdict {
        Outcome::Pass => "plain",
        Outcome::Fail => "bad",
        Outcome::Warn | Outcome::Inconclusive | Outcome::Incomparable => "caution",
    }
}

fn rows(count: usize) -> f64 {
    float(u64::try_from(count).unwrap_or(0))
}

/// A distribution as horizontal bars; in words the same as on a terminal.
pub(super) fn distribution(result: &EndpointResult, latency: &Latency) -> String {
    let bars = bars(&result.distribution, latency);
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or(0).max(1);
    let texts = rows_of_text(&bars, 60);
    let (left, right) = (90.0, 150.0);
    let mut body = String::new();
    for (number, (bar, line)) in bars.iter().zip(&texts).enumerate() {
        let y = 19.0 * rows(number);
        let width = (float(bar.count) / float(most) * (WIDTH - left - right)).max(if bar.count > 0 {
            1.0
        } else {
            0.0
        });
        let share = line.rsplit('│').next().unwrap_or_default().trim();
        body.push_str(&format!(
            "<text class=\"end\" x=\"{:.1}\" y=\"{:.1}\">≤ {}</text>\
             <rect class=\"f a\" x=\"{left}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"14\" rx=\"1.5\"/>\
             <text class=\"{}\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
            left - 8.0,
            y + 12.0,
            time(float(bar.up_to)),
            y + 1.0,
            if bar.marks.is_empty() { "" } else { "ink" },
            left + width + 8.0,
            y + 12.0,
            short(share, 40),
        ));
    }
    let height = 19.0 * rows(bars.len()) + 4.0;
    let told = "How many requests took how long, in classes of equal width on a logarithmic scale.";
    figure("", &picture(height.max(20.0), "Distribution of the latency", told, &body), &[], "")
}

/// The elapsed time of every run of each command.
pub(super) fn runs(bench: &CommandBench) -> String {
    let all = || bench.commands.iter().flat_map(|command| &command.runs).map(|run| float(run.wall_ns));
    let (least, most) =
        all().fold((f64::INFINITY, 0.0_f64), |(least, most), at| (least.min(at), most.max(at)));
    if !least.is_finite() {
        return String::new();
    }
    let (least, most) = if most > least { (least, most) } else { (least * 0.9, most * 1.1 + 1.0) };
    let (left, room) = (110.0, WIDTH - 150.0);
    let mut body = String::new();
    for (number, command) in bench.commands.iter().take(10).enumerate() {
        let y = 24.0 + 38.0 * rows(number);
        body.push_str(&format!(
            "<text class=\"ink end\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\
             <line class=\"grid\" x1=\"{left}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\n",
            left - 14.0,
            y + 4.0,
            short(&name(&command.name), 14),
            left + room,
        ));
        for (at, run) in command.runs.iter().take(2_000).enumerate() {
            let x = left + (float(run.wall_ns) - least) / (most - least) * room;
            // Equal times lie beside each other, so that each run is seen.
            let y = y - 6.0 + 4.0 * rows(at % 4);
            let class = if run.code == Some(0) { "a" } else { "bad" };
            body.push_str(&format!(
                "<circle class=\"f {class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill-opacity=\".6\"/>\n"
            ));
        }
    }
    let height = 38.0 * rows(bench.commands.len().min(10)) + 34.0;
    body.push_str(&format!(
        "<text x=\"{left}\" y=\"{0:.1}\">{1}</text><text class=\"end\" x=\"{2:.1}\" y=\"{0:.1}\">{3}</text>\n",
        height - 8.0,
        time(least),
        left + room,
        time(most),
    ));
    let caption = "Elapsed time of each run; those that failed are red.";
    figure(
        "",
        &picture(height, "Runs of the commands", "Each point is the elapsed time of one run.", &body),
        &[],
        caption,
    )
}
