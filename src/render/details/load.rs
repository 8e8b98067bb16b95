//! A load test: what was asked for, what came of it, and why it may not be believed.

use super::numbers::{length, rate, share, three, time_of};
use super::{
    Body, Cell, Fact, Row, Section, Table, Tone, Weight, comparison, environment, fact, headline, labels,
    latency, name, section, sentence, strong, toned, usage,
};
use crate::render::words::{NOTHING, count, number};
use crate::report::{
    Connections, Doubt, EndpointResult, ErrorClass, Headline, Latency, LoadShape, Perf, PerfTarget,
};

/// The sections of a load test.
pub(super) fn sections(perf: &Perf) -> Vec<Section<'_>> {
    let mut out = vec![section("Load test", Weight::Normal, Body::Facts(facts(perf)))];
    out.extend(doubts(&perf.doubts));
    let shown = rows_of(perf);
    out.push(Section {
        note: headline(perf.headline).to_owned(),
        ..section("Results", Weight::Normal, Body::Table(results(&shown, perf.headline)))
    });
    if perf.headline == Headline::ResponseTime {
        out.push(Section {
            note: "from the moment of sending: what the server took once it had the request".to_owned(),
            ..section("Service time", Weight::Second, Body::Table(service(&shown)))
        });
    }
    out.extend(errors(&shown));
    let total = latency(&perf.total, perf.headline);
    if !perf.total.distribution.is_empty() {
        let what = match perf.headline {
            Headline::ResponseTime => "Response time",
            Headline::ServiceTime => "Service time",
        };
        out.push(section(
            format!("{what} distribution, {}", count(total.count, "samples")),
            Weight::Normal,
            Body::Distribution(&perf.total, total),
        ));
    }
    out.extend(usage::steps(perf));
    out.extend(usage::usage(perf));
    out.extend(perf.comparison.iter().flat_map(|comparison| comparison::sections(comparison, "endpoint")));
    out.extend(usage::runs(perf));
    out
}

fn facts(perf: &Perf) -> Vec<Fact> {
    let mut facts = vec![fact("target", target(&perf.target))];
    facts.push(fact("load", load(&perf.load, perf.runs.len())));
    let scenario = name(&perf.load.scenario);
    if !scenario.is_empty() {
        facts.push(fact("scenario", scenario));
    }
    facts.extend(labels(&perf.load.labels));
    facts.push(environment(&perf.environment));
    if perf.generators > 1 {
        facts.push(fact(
            "merged",
            format!("{} of as many generators", count(perf.generators.into(), "reports")),
        ));
    }
    let counts = &perf.total.counts;
    let besides: Vec<String> = [
        (counts.late, "sent late"),
        (counts.dropped, "due and never sent"),
        (counts.aborted, "under way at the end"),
        (counts.retries, "retries"),
        (counts.warm_up, "in the warm-up"),
    ]
    .into_iter()
    .filter(|(value, _)| *value > 0)
    .map(|(value, what)| format!("{} {what}", number(value)))
    .collect();
    if !besides.is_empty() {
        facts.push(fact("not in the table", besides.join(" · ")));
    }
    facts.extend(connections(perf));
    if perf.aborted {
        let text = "before its time: the numbers are those up to then".to_owned();
        facts.push(Fact { name: "ended", text, tone: Tone::Caution });
    }
    facts
}

/// What connecting took, which is in no service time. Percentiles of several runs cannot be added: the worst is shown.
fn connections(perf: &Perf) -> Option<Fact> {
    let runs = || perf.runs.iter().map(|run| &run.connections);
    let opened = runs().fold(0_u64, |sum, run| sum.saturating_add(run.opened));
    let failed = runs().fold(0_u64, |sum, run| sum.saturating_add(run.failed));
    let worst = |of: fn(&Connections) -> Option<&Latency>| {
        runs().filter_map(of).filter(|latency| latency.count > 0).max_by_key(|latency| latency.p95)
    };
    let shown = |what: &str, latency: &Latency| {
        format!(
            "{what} p50 {}, p95 {}, max {}",
            time_of(latency.p50),
            time_of(latency.p95),
            time_of(latency.max)
        )
    };
    let mut words = vec![format!("{} opened", number(opened))];
    words.extend((failed > 0).then(|| format!("{} failed", number(failed))));
    words.extend(worst(|run| Some(&run.connect)).map(|latency| shown("connect", latency)));
    words.extend(worst(|run| run.tls.as_ref()).map(|latency| shown("TLS", latency)));
    (opened > 0 || failed > 0).then(|| fact("connections", words.join(" · ")))
}

fn target(target: &PerfTarget) -> String {
    let mut words = vec![sentence(&target.url)];
    if !target.address.is_empty() && !target.url.contains(&target.address) {
        words.push(name(&target.address));
    }
    words.push(match target.protocol.as_str() {
        "http/1.1" => "HTTP/1.1".to_owned(),
        "h2" => "HTTP/2".to_owned(),
        other => name(other),
    });
    words.extend(target.tls.as_ref().map(|tls| name(tls)));
    words.extend((target.status > 0).then(|| format!("status {}", target.status)));
    words.extend(target.server.as_ref().map(|server| format!("server {}", name(server))));
    words.extend(
        target
            .listener
            .as_ref()
            .map(|listener| format!("process {} ({})", listener.pid, name(&listener.program))),
    );
    words.extend(target.expected_header.as_ref().map(|header| format!("must have {}", name(header))));
    words.join(" · ")
}

/// The load in words: `closed loop, 50 connections · 5 runs of 30 s · warm-up 3 s`.
pub(super) fn load(load: &LoadShape, runs: usize) -> String {
    let mut words = vec![match load.rate {
        Some(rate_) => format!(
            "{} due, at most {} under way",
            rate(rate_).replace("/s", " requests per second"),
            number(load.concurrency.into())
        ),
        None if load.streams > 1 => format!(
            "closed loop, {} under way, up to {} on a connection",
            number(load.concurrency.into()),
            number(load.streams.into())
        ),
        None => format!("closed loop, {}", count(load.concurrency.into(), "connections")),
    }];
    let each = match load.requests {
        Some(requests) => count(requests, "requests"),
        None => length(load.duration_ns),
    };
    words.push(match runs {
        0 | 1 => each,
        runs => format!("{runs} runs of {each}"),
    });
    if load.warm_up_ns > 0 {
        words.push(format!("warm-up {}", length(load.warm_up_ns)));
    }
    if load.retries > 0 {
        words.push(format!("up to {}", count(load.retries.into(), "retries")));
    }
    words.extend(load.profile.as_ref().map(|profile| format!("profile {}", name(profile))));
    words.push(format!("{}, {}", name(&load.engine), count(load.threads.into(), "threads")));
    words.join(" · ")
}

/// Why a measurement is not to be trusted.
pub(super) fn doubts<'a>(doubts: &[Doubt]) -> Option<Section<'a>> {
    const MOST: usize = 20;
    let lines = doubts
        .iter()
        .take(MOST)
        .map(|doubt| (sentence(&doubt.text), doubt.hint.as_deref().map(sentence).unwrap_or_default()))
        .collect();
    (!doubts.is_empty())
        .then(|| section("These numbers are not to be trusted", Weight::Alarm, Body::Sentences(lines)))
}

/// The endpoints and their total; the total alone would say the same as the only endpoint.
fn rows_of(perf: &Perf) -> Vec<(&EndpointResult, bool)> {
    let mut rows: Vec<_> = perf.endpoints.iter().map(|endpoint| (endpoint, false)).collect();
    if rows.len() != 1 {
        rows.push((&perf.total, true));
    }
    rows
}

fn key(result: &EndpointResult, total: bool) -> Cell {
    if total { strong("total".to_owned()) } else { name(&result.name).into() }
}

/// Requests, errors, throughput and the percentiles of the headline latency.
fn results(rows: &[(&EndpointResult, bool)], headline: Headline) -> Table {
    let mut columns = vec![("endpoint", false), ("requests", true), ("errors", true), ("req/s", true)];
    columns.extend(PERCENTILES.map(|name| (name, true)));
    let row = |(result, total): &(&EndpointResult, bool)| {
        let errors = result.counts.errors();
        let errors = match errors {
            0 => Cell::from("0".to_owned()),
            errors => toned(number(errors), Tone::Bad),
        };
        let mut cells = vec![
            key(result, *total),
            number(result.counts.ended()).into(),
            errors,
            three(result.throughput).into(),
        ];
        cells.extend(percentiles(latency(result, headline)).into_iter().map(Cell::from));
        Row { cells, keep: *total, ..Row::default() }
    };
    Table {
        columns,
        keys: 1,
        rows: rows.iter().map(row).collect(),
        things: "endpoints",
        lesser: &["max", "p99.9", "p90"],
    }
}

/// The service times beside the response times.
fn service(rows: &[(&EndpointResult, bool)]) -> Table {
    let mut columns = vec![("endpoint", false), ("mean", true), ("st. dev.", true)];
    columns.extend(PERCENTILES.map(|name| (name, true)));
    let row = |(result, total): &(&EndpointResult, bool)| {
        let latency = &result.service;
        let moment =
            |value: f64| if latency.count > 0 { super::numbers::time(value) } else { NOTHING.to_owned() };
        let mut cells: Vec<Cell> =
            vec![key(result, *total), moment(latency.mean).into(), moment(latency.stdev).into()];
        cells.extend(percentiles(latency).into_iter().map(Cell::from));
        Row { cells, keep: *total, ..Row::default() }
    };
    Table {
        columns,
        keys: 1,
        rows: rows.iter().map(row).collect(),
        things: "endpoints",
        lesser: &["max", "p99.9", "p90", "st. dev."],
    }
}

/// The percentiles that are shown, as column heads.
pub(super) const PERCENTILES: [&str; 6] = ["p50", "p90", "p95", "p99", "p99.9", "max"];

/// The percentiles of a latency; what too few samples carry says how many there were.
pub(super) fn percentiles(latency: &Latency) -> [String; 6] {
    let few = || format!("n/a (n={})", number(latency.count));
    let some = |value: u64| if latency.count > 0 { time_of(value) } else { NOTHING.to_owned() };
    let many = |value: Option<u64>| value.map_or_else(few, time_of);
    [
        some(latency.p50),
        some(latency.p90),
        some(latency.p95),
        many(latency.p99),
        many(latency.p999),
        some(latency.max),
    ]
}

/// Failed requests by endpoint and class, if any failed.
fn errors<'a>(rows: &[(&EndpointResult, bool)]) -> Option<Section<'a>> {
    let seen = |class: &ErrorClass| {
        rows.iter().any(|(result, _)| result.counts.failed.get(class).is_some_and(|count| *count > 0))
    };
    let classes: Vec<ErrorClass> = ErrorClass::ALL.into_iter().filter(seen).collect();
    if classes.is_empty() {
        return None;
    }
    let mut columns = vec![("endpoint", false), ("failed", true), ("of all", true)];
    columns.extend(classes.iter().map(|class| (class.word(), true)));
    let of = |(result, total): &&(&EndpointResult, bool)| {
        let mut cells =
            vec![key(result, *total), number(result.counts.errors()).into(), share(result.error_rate).into()];
        cells.extend(classes.iter().map(|class| match result.counts.failed.get(class) {
            Some(count) if *count > 0 => toned(number(*count), Tone::Bad),
            _ => NOTHING.to_owned().into(),
        }));
        Row { cells, keep: *total, ..Row::default() }
    };
    let rows = rows.iter().filter(|(result, total)| *total || result.counts.errors() > 0).map(|row| of(&row));
    let table = Table { columns, keys: 1, rows: rows.collect(), things: "endpoints", lesser: &[] };
    Some(section("Errors by class", Weight::Normal, Body::Table(table)))
}
