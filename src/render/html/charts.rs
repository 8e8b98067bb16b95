//! Pictures of a load test: percentiles, the course of its runs, the steps of a rising load.

use super::plot::{Plot, Scale, figure};
use crate::render::details::numbers::{cores, float, memory, rate, three, time, time_of};
use crate::render::details::{latency, name};
use crate::report::{Bucket, Headline, LoadStep, Perf, Usage};

/// Most endpoints drawn beside the total.
const ENDPOINTS: usize = 5;
/// Most points of a line; of more, several become one.
const POINTS: usize = 600;
/// Bytes of a mebibyte: memory is drawn in these, so that its axis has round numbers.
const MIB: f64 = 1_048_576.0;
/// Classes of colours, in the order in which they are given away.
const COLOURS: [&str; 5] = ["a", "b", "c", "d", "e"];

/// Latency over percentiles: total and endpoints.
pub(super) fn percentiles(perf: &Perf) -> String {
    let mut curves = vec![("k", "total".to_owned(), curve(&perf.total.distribution))];
    if perf.endpoints.len() > 1 {
        let named = COLOURS.into_iter().zip(perf.endpoints.iter().take(ENDPOINTS));
        curves.extend(named.map(|(class, each)| (class, name(&each.name), curve(&each.distribution))));
    }
    curves.retain(|(_, _, (points, _))| !points.is_empty());
    if curves.is_empty() {
        return String::new();
    }
    let all = || curves.iter().flat_map(|(_, _, (points, _))| points.iter());
    let reach = all().map(|(at, _)| *at).fold(1.0, f64::max).min(9.0);
    let marks = [
        (0.0, if reach < 3.5 { "0 %" } else { "" }),
        (0.5_f64.log10().abs(), "50 %"),
        (1.0, "90 %"),
        (2.0, "99 %"),
        (3.0, "99.9 %"),
        (4.0, "99.99 %"),
        (5.0, "99.999 %"),
        (6.0, "99.9999 %"),
    ];
    let ticks: Vec<_> =
        marks.into_iter().filter(|(at, _)| *at <= reach).map(|(at, word)| (at, word.to_owned())).collect();
    let mut plot =
        Plot::new(Scale::fixed(0.0, reach), &ticks, Scale::wide(all().map(|(_, value)| *value)), time);
    for (class, _, (points, carried)) in curves.iter().rev() {
        plot.line(class, points.iter().filter(|(at, _)| at <= carried).copied());
        let from = points.iter().rposition(|(at, _)| at <= carried).unwrap_or(0);
        if from + 1 < points.len() {
            plot.line(&format!("{class} few"), points.iter().skip(from).copied());
        }
    }
    let what = match perf.headline {
        Headline::ResponseTime => "response time",
        Headline::ServiceTime => "service time",
    };
    let total = latency(&perf.total, perf.headline);
    let description = format!(
        "Total: half of the requests took at most {}, 95 % at most {}, the longest {}.",
        time_of(total.p50),
        time_of(total.p95),
        time_of(total.max)
    );
    let legend: Vec<_> = curves.iter().map(|(class, name, _)| (*class, name.clone())).collect();
    let caption =
        "Each share of the requests took at most so long. Dotted: fewer than ten samples lie beyond.";
    let picture = plot.finish(&format!("Percentiles of the {what}"), &description, "share of requests");
    figure(&format!("Percentiles of the {what}"), &picture, &legend, caption)
}

/// Points of a percentile curve, with the logarithm of the share beyond across; and how far ten samples carry it.
fn curve(distribution: &[Bucket]) -> (Vec<(f64, f64)>, f64) {
    let total = distribution.iter().map(|class| float(class.count)).sum::<f64>();
    let mut seen = 0.0;
    let mut points = Vec::new();
    for class in distribution.iter().filter(|class| class.count > 0) {
        seen += float(class.count);
        // The last class holds the largest sample, beyond which there is half a sample.
        let beyond = (total - seen).max(0.5) / total;
        points.push((-beyond.min(1.0).log10(), float(class.up_to)));
    }
    if let Some((_, first)) = points.first().copied() {
        points.insert(0, (0.0, first));
    }
    (points, (total / 10.0).max(1.0).log10())
}

/// A stretch of the course of all runs.
struct Moment {
    at: f64,
    values: [f64; 4],
}

/// The runs one after the other: where each begins, and its moments, joined where there are too many.
fn course<T>(
    perf: &Perf,
    points: impl Fn(usize) -> Vec<T>,
    of: impl Fn(&T) -> (f64, [f64; 4]),
) -> (Vec<f64>, f64, Vec<Vec<Moment>>) {
    let all: Vec<Vec<T>> = (0..perf.runs.len()).map(points).collect();
    let together = all.iter().map(Vec::len).sum::<usize>().div_ceil(POINTS).max(1);
    let (mut starts, mut begin, mut runs) = (Vec::new(), 0.0, Vec::new());
    for (run, points) in perf.runs.iter().zip(&all) {
        let seconds = if run.seconds.is_finite() { run.seconds.clamp(0.0, 1e6) } else { 0.0 };
        let inside = |at: f64| (0.0..=seconds * 1.1 + 1.0).contains(&at);
        let moments: Vec<(f64, [f64; 4])> = points.iter().map(&of).filter(|(at, _)| inside(*at)).collect();
        let joined = moments.chunks(together).map(|chunk| {
            // The worst of each stretch is kept: a mean would hide what one looks for.
            let most = |place: usize| {
                chunk.iter().filter_map(|(_, values)| values.get(place).copied()).fold(f64::NAN, f64::max)
            };
            let at = chunk.last().map_or(0.0, |(at, _)| begin + at.min(seconds.max(1.0)));
            Moment { at, values: [most(0), most(1), most(2), most(3)] }
        });
        runs.push(joined.collect());
        starts.push(begin);
        begin += seconds;
    }
    (starts, begin, runs)
}

/// A plot over the time of all runs, with lines and the runs marked.
fn over_time(
    (starts, end, runs): &(Vec<f64>, f64, Vec<Vec<Moment>>),
    lines: &[(&str, usize)],
    wide: bool,
    label: impl Fn(f64) -> String,
) -> Plot {
    let values = || {
        runs.iter()
            .flatten()
            .flat_map(|moment| lines.iter().filter_map(|(_, place)| moment.values.get(*place)))
    };
    let y = if wide { Scale::wide(values().copied()) } else { Scale::linear(values().copied()) };
    let x = Scale::fixed(0.0, end.max(1.0));
    let ticks: Vec<_> = x.ticks().into_iter().map(|tick| (tick, format!("{} s", three(tick)))).collect();
    let mut plot = Plot::new(x, &ticks, y, label);
    if starts.len() > 1 && starts.len() <= 12 {
        for (number, start) in starts.iter().enumerate() {
            plot.mark("mark", *start, &format!("run {}", number + 1));
        }
    }
    for (class, place) in lines {
        for run in runs {
            let value = |moment: &Moment| moment.values.get(*place).copied().unwrap_or(f64::NAN);
            plot.line(class, run.iter().map(|moment| (moment.at, value(moment))));
        }
    }
    plot
}

/// Throughput, latency and errors in the course of the runs.
pub(super) fn series(perf: &Perf) -> String {
    let points = |run: usize| perf.runs.get(run).map(|run| run.series.iter().collect()).unwrap_or_default();
    let some = |value: Option<u64>| value.map_or(f64::NAN, float);
    let course = course(perf, points, |point| {
        (point.at, [point.throughput, some(point.p50), some(point.p99), float(point.failed)])
    });
    if course.2.iter().all(Vec::is_empty) {
        return String::new();
    }
    let mut answers = over_time(&course, &[("a", 0)], false, three);
    let mut failed = 0_u32;
    for moment in course.2.iter().flatten() {
        if moment.values.get(3).is_some_and(|failed| *failed > 0.0) {
            answers.foot("bad", moment.at);
            failed += 1;
        }
    }
    let mut legend = vec![("a", "good answers per second".to_owned())];
    legend.extend((failed > 0).then(|| ("x", "requests failed at that moment".to_owned())));
    let told = format!("Over {} runs; requests failed at {failed} moments.", perf.runs.len());
    let answers = answers.finish("Throughput over time", &told, "measured time, run after run");
    let times = over_time(&course, &[("b", 2), ("a", 1)], true, time);
    let times = times.finish(
        "Latency over time",
        "Median and 99th percentile of each moment.",
        "measured time, run after run",
    );
    let named = [("a", "p50".to_owned()), ("b", "p99 (of each moment: a picture, not a result)".to_owned())];
    figure("Throughput", &answers, &legend, "") + &figure("Latency over time", &times, &named, "")
}

/// Processor time and memory in the course of the runs.
pub(super) fn usage(perf: &Perf) -> String {
    let points = |run: usize| {
        let Some(run) = perf.runs.get(run) else { return Vec::new() };
        let none = Usage::default();
        let server = run.server.as_ref().unwrap_or(&none);
        let own = run
            .generator
            .series
            .iter()
            .map(|point| (point.at, [point.cpu, f64::NAN, float(point.memory) / MIB, f64::NAN]));
        let other = server
            .series
            .iter()
            .map(|point| (point.at, [f64::NAN, point.cpu, f64::NAN, float(point.memory) / MIB]));
        let mut all: Vec<(f64, [f64; 4])> = own.chain(other).collect();
        all.sort_by(|one, next| one.0.total_cmp(&next.0));
        // What was taken at the same moment is one point.
        all.dedup_by(|next, kept| {
            let same = (next.0 - kept.0).abs() < 1e-9;
            if same {
                for (old, new) in kept.1.iter_mut().zip(next.1) {
                    *old = old.max(new);
                }
            }
            same
        });
        all
    };
    let course = course(perf, points, |point| *point);
    if course.2.iter().map(Vec::len).sum::<usize>() < 2 {
        return String::new();
    }
    let server = perf.runs.iter().any(|run| run.server.is_some());
    let mut legend = vec![("a", "generator".to_owned())];
    legend.extend(server.then(|| ("b", "server".to_owned())));
    let processor = over_time(&course, &[("a", 0), ("b", 1)], false, |value| format!("{value:.1}"));
    let processor = processor.finish(
        "Processor time over time",
        "Cores used by the generator and, where it can be watched, the server.",
        "cores used, over the measured time",
    );
    let used = over_time(&course, &[("a", 2), ("b", 3)], false, |value| memory(value * MIB));
    let used = used.finish("Memory over time", "Resident memory.", "resident memory, over the measured time");
    let peak = perf.runs.iter().map(|run| run.generator.cpu_peak).fold(0.0, f64::max);
    let caption = format!("The generator used at most {} of {}.", cores(peak), perf.environment.cores);
    figure("Processor", &processor, &legend, &caption) + &figure("Memory", &used, &legend, "")
}

/// Throughput and latency over the load, for a load that was raised.
pub(super) fn steps(perf: &Perf) -> String {
    if perf.steps.len() < 2 {
        return String::new();
    }
    let by_rate = perf.steps.iter().all(|step| step.rate.is_some());
    let load = |step: &LoadStep| if by_rate { step.rate.unwrap_or(0.0) } else { f64::from(step.concurrency) };
    let x = Scale::wide(perf.steps.iter().map(load));
    let along = if by_rate { "requests due per second" } else { "connections" };
    let ticks: Vec<_> = x.ticks().into_iter().map(|tick| (tick, three(tick))).collect();
    let held = perf.saturation.as_ref().map(|found| match found.rate {
        Some(rate) if by_rate => rate,
        _ => f64::from(found.concurrency),
    });
    let draw = |value: fn(&LoadStep) -> f64, y: Scale, label: fn(f64) -> String, title: &str, told: &str| {
        let mut plot = Plot::new(x, &ticks, y, label);
        if let Some(held) = held {
            plot.mark("mark", held, "saturated");
        }
        plot.line("a", perf.steps.iter().map(|step| (load(step), value(step))));
        for step in &perf.steps {
            plot.point(if step.broke.is_some() { "bad" } else { "a" }, load(step), value(step));
        }
        plot.finish(title, told, along)
    };
    let tail = |step: &LoadStep| float(step.latency.p99.unwrap_or(step.latency.p95));
    let throughput = draw(
        |step| step.throughput,
        Scale::linear(perf.steps.iter().map(|step| step.throughput)),
        rate,
        "Throughput over the load",
        "Good answers per second at each step.",
    );
    let latency = draw(
        tail,
        Scale::wide(perf.steps.iter().map(tail)),
        time,
        "Latency over the load",
        "The 99th percentile at each step, or the 95th where samples are too few.",
    );
    let named = |word: &str| vec![("a", word.to_owned()), ("x", "a limit broke".to_owned())];
    figure("Throughput over the load", &throughput, &named("good answers per second"), "")
        + &figure("Latency over the load", &latency, &named("p99 (p95 where samples are too few)"), "")
}
