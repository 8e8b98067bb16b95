//! What a probe reads from an answer, by the kind of its source.

use super::super::decode::{Section, Sink, closest};
use crate::baseline::settings::{
    Extract, GpuReading, ProcessReading, Query, Reading, Selector, Several, SystemReading, Take, TestsReading,
};
use crate::formats::document::{Node, Value};
use crate::report::Better;

/// What a reading is counted in, and which way it is better, unless the probe says otherwise.
pub(super) const fn natural(reading: &Reading) -> (&'static str, Better) {
    use Better::{Higher, Lower, Same};
    match reading {
        Reading::System(reading) => match reading {
            SystemReading::CpuUsage
            | SystemReading::Load1
            | SystemReading::Load5
            | SystemReading::Load15
            | SystemReading::MemoryUsed
            | SystemReading::SwapUsed
            | SystemReading::DiskUsed
            | SystemReading::OpenFiles => ("ratio", Lower),
            SystemReading::MemoryAvailable | SystemReading::DiskFree => ("bytes", Higher),
            SystemReading::Processes => ("", Lower),
            SystemReading::Uptime => ("seconds", Higher),
        },
        Reading::Process(reading) => match reading {
            ProcessReading::Memory => ("bytes", Lower),
            ProcessReading::DescriptorsUsed => ("ratio", Lower),
            ProcessReading::Cpu | ProcessReading::Descriptors | ProcessReading::Threads => ("", Lower),
            ProcessReading::Count => ("", Same),
            ProcessReading::Age => ("seconds", Higher),
        },
        Reading::Gpu(_, reading) => match reading {
            GpuReading::Usage | GpuReading::MemoryUsed => ("ratio", Lower),
            GpuReading::Memory => ("bytes", Lower),
            GpuReading::Temperature => ("celsius", Lower),
            GpuReading::Power => ("watts", Lower),
            GpuReading::Count => ("", Higher),
        },
        Reading::Latency | Reading::Age => ("seconds", Lower),
        Reading::Throughput => ("bytes_per_second", Higher),
        Reading::Errors => ("ratio", Lower),
        Reading::Size => ("bytes", Same),
        Reading::Status | Reading::ExitCode => ("", Same),
        Reading::Tests(reading) => match reading {
            TestsReading::FailureRate => ("ratio", Lower),
            TestsReading::Ran => ("", Higher),
            TestsReading::Failed => ("", Lower),
            TestsReading::Time => ("seconds", Lower),
        },
        Reading::Value(_) | Reading::Series(_) | Reading::Field(..) => ("", Lower),
    }
}

/// Words of a kind, and what each reads.
fn words(kind: &str) -> Vec<(&'static str, Reading)> {
    let latency = ("latency", Reading::Latency);
    let size = ("size", Reading::Size);
    match kind {
        "system" => vec![
            ("cpu_usage", Reading::System(SystemReading::CpuUsage)),
            ("load1", Reading::System(SystemReading::Load1)),
            ("load5", Reading::System(SystemReading::Load5)),
            ("load15", Reading::System(SystemReading::Load15)),
            ("memory_used", Reading::System(SystemReading::MemoryUsed)),
            ("memory_available", Reading::System(SystemReading::MemoryAvailable)),
            ("swap_used", Reading::System(SystemReading::SwapUsed)),
            ("disk_used", Reading::System(SystemReading::DiskUsed)),
            ("disk_free", Reading::System(SystemReading::DiskFree)),
            ("open_files", Reading::System(SystemReading::OpenFiles)),
            ("processes", Reading::System(SystemReading::Processes)),
            ("uptime", Reading::System(SystemReading::Uptime)),
        ],
        "process" => vec![
            ("cpu", Reading::Process(ProcessReading::Cpu)),
            ("memory", Reading::Process(ProcessReading::Memory)),
            ("descriptors", Reading::Process(ProcessReading::Descriptors)),
            ("descriptors_used", Reading::Process(ProcessReading::DescriptorsUsed)),
            ("threads", Reading::Process(ProcessReading::Threads)),
            ("count", Reading::Process(ProcessReading::Count)),
            ("age", Reading::Process(ProcessReading::Age)),
        ],
        "loopback" | "disk" => vec![latency, ("throughput", Reading::Throughput)],
        "gpu" => vec![
            ("usage", Reading::Gpu(None, GpuReading::Usage)),
            ("memory_used", Reading::Gpu(None, GpuReading::MemoryUsed)),
            ("memory", Reading::Gpu(None, GpuReading::Memory)),
            ("temperature", Reading::Gpu(None, GpuReading::Temperature)),
            ("power", Reading::Gpu(None, GpuReading::Power)),
            ("count", Reading::Gpu(None, GpuReading::Count)),
        ],
        "http" => vec![
            latency,
            ("errors", Reading::Errors),
            ("status", Reading::Status),
            size,
            ("number", Reading::Value(Extract::Whole)),
        ],
        "command" => vec![
            ("number", Reading::Value(Extract::Whole)),
            ("wall", Reading::Latency),
            ("exit_code", Reading::ExitCode),
        ],
        "file" => vec![("number", Reading::Value(Extract::Whole)), size, ("age", Reading::Age)],
        "tcp" => vec![latency],
        "redis" => vec![latency],
        _ => vec![
            ("failure_rate", Reading::Tests(TestsReading::FailureRate)),
            ("ran", Reading::Tests(TestsReading::Ran)),
            ("failed", Reading::Tests(TestsReading::Failed)),
            ("time", Reading::Tests(TestsReading::Time)),
        ],
    }
}

/// What is read without `read`.
fn usual(kind: &str) -> Option<Reading> {
    match kind {
        "http" | "tcp" | "redis" | "loopback" | "disk" => Some(Reading::Latency),
        "command" | "file" => Some(Reading::Value(Extract::Whole)),
        "tests" => Some(Reading::Tests(TestsReading::FailureRate)),
        _ => None,
    }
}

/// The reading of a probe of a kind.
pub(super) fn read(section: Section<'_>, kind: &str, sink: &mut Sink) -> Option<Reading> {
    if kind == "prometheus" {
        return series(section, sink);
    }
    let Some(node) = section.get("read") else {
        let usual = usual(kind);
        if usual.is_none() {
            let words: Vec<&str> = words(kind).iter().map(|(word, _)| *word).collect();
            sink.add(
                section.span(),
                "the probe does not say what is read",
                Some(format!("`read` is one of: {}", words.join(", "))),
            );
        }
        return usual;
    };
    if let Value::Map(_) = node.value {
        return special(node, kind, sink);
    }
    let text = section.text("read", sink)?;
    let known = words(kind);
    if let Some((_, reading)) = known.iter().find(|(word, _)| *word == text) {
        return match reading {
            Reading::Gpu(_, reading) => Some(Reading::Gpu(which(section, sink)?, *reading)),
            reading => Some(reading.clone()),
        };
    }
    if text.starts_with('/') && matches!(kind, "http" | "command" | "file") {
        return Some(Reading::Value(Extract::Pointer(text)));
    }
    if kind == "redis" {
        let over = section.texts("over", sink).into_iter().map(|(text, _)| text).collect();
        return Some(Reading::Field(text, over));
    }
    let names: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
    let hint = match closest(&text, &names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("`read` is one of: {}", names.join(", ")),
    };
    sink.add(node.span, format!("`{kind}` has no such reading"), Some(hint));
    None
}

/// `{regex: …}` and `{column: …}`.
fn special(node: &Node, kind: &str, sink: &mut Sink) -> Option<Reading> {
    if !matches!(kind, "http" | "command" | "file") {
        sink.add(node.span, format!("`{kind}` reads a word, not a mapping"), None);
        return None;
    }
    let section = Section::of(node, "read", &["regex", "column", "pointer"], sink)?;
    let extract = if let Some(pattern) = section.text("regex", sink) {
        if let Err(error) = regex::Regex::new(&pattern) {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default().trim();
            let reason = reason.strip_prefix("error: ").unwrap_or(reason);
            sink.add(section.get("regex")?.span, format!("not a regular expression: {reason}"), None);
            return None;
        }
        Extract::Regex(pattern)
    } else if let Some(column) = section.text("column", sink) {
        Extract::Column(column)
    } else if let Some(pointer) = section.text("pointer", sink) {
        Extract::Pointer(pointer)
    } else {
        sink.add(node.span, "`read` takes one of: regex, column, pointer", None);
        return None;
    };
    Some(Reading::Value(extract))
}

/// Which graphics processor: `all`, or a number.
fn which(section: Section<'_>, sink: &mut Sink) -> Option<Option<u32>> {
    let node = section.get("gpu")?;
    if node.text() == Some("all") {
        return Some(None);
    }
    let number = node.as_i64().and_then(|number| u32::try_from(number).ok());
    if number.is_none() {
        sink.add(node.span, "`gpu` is `all`, or a number from 0", None);
    }
    number.map(Some)
}

fn series(section: Section<'_>, sink: &mut Sink) -> Option<Reading> {
    let Some(node) = section.get("select") else {
        let hint = "`select: 'http_requests_total{code=\"500\"}'`".to_owned();
        sink.add(section.span(), "the probe does not say which series", Some(hint));
        return None;
    };
    let text = section.text("select", sink)?;
    let select = selector(&text, node, sink);
    let mut over = Vec::new();
    for (text, span) in section.texts("over", sink) {
        match text.parse::<Selector>() {
            Ok(selector) => over.push(selector),
            Err(error) => sink.add(span, error.to_string(), None),
        }
    }
    let take = match section.get("take") {
        Some(node) => {
            let text = section.text("take", sink)?;
            let take = take(&text);
            if take.is_none() {
                let hint = "`value`, `rate`, `mean`, `p95`, `rate p95`".to_owned();
                sink.add(node.span, "this cannot be taken of a series", Some(hint));
            }
            take?
        }
        None => Take::Value,
    };
    let several = section
        .one_of(
            "several",
            &[
                ("sum", Several::Sum),
                ("max", Several::Max),
                ("min", Several::Min),
                ("mean", Several::Mean),
                ("count", Several::Count),
            ],
            sink,
        )
        .unwrap_or(Several::Sum);
    Some(Reading::Series(Query { select: select?, take, several, over }))
}

fn selector(text: &str, node: &Node, sink: &mut Sink) -> Option<Selector> {
    match text.parse::<Selector>() {
        Ok(selector) => Some(selector),
        Err(error) => {
            sink.add(node.span, error.to_string(), None);
            None
        }
    }
}

/// `value`, `rate`, `mean`, `p99.9`, `rate p99`.
fn take(text: &str) -> Option<Take> {
    let quantile = |text: &str| {
        let share = text.strip_prefix('p')?.parse::<f64>().ok()? / 100.0;
        (share > 0.0 && share < 1.0).then_some(share)
    };
    match text {
        "value" => Some(Take::Value),
        "rate" => Some(Take::Rate),
        "mean" => Some(Take::Mean),
        _ => match text.strip_prefix("rate ") {
            Some(rest) => quantile(rest.trim_start()).map(Take::QuantileRate),
            None => quantile(text).map(Take::Quantile),
        },
    }
}
