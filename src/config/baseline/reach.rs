//! The values that a reading can have at all, and bounds outside them: one that can never fail would pass by default.

use super::super::decode::{Section, Sink};
use crate::baseline::settings::{
    GpuReading, ProcessReading, Range, Reading, Source, SystemReading, TestsReading,
};
use crate::formats::document::Value;

/// The least and the most that a reading can be, both of them possible.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reach {
    least: f64,
    most: f64,
    /// What has these ends, for people.
    what: &'static str,
    /// Bounds that make sense.
    hint: &'static str,
}

const SHARE: Reach = Reach {
    least: 0.0,
    most: 1.0,
    what: "a share, from 0 to 1",
    hint: "a share from 0 to 1, such as `0.05` or `5%`",
};
const COUNT: Reach = Reach {
    least: 0.0,
    most: f64::INFINITY,
    what: "never below 0",
    hint: "leave it out, or write a bound that can be missed",
};
/// As POSIX has it: the low eight bits of what a program ends with.
const EXIT_CODE: Reach = Reach {
    least: 0.0,
    most: 255.0,
    what: "an exit code, from 0 to 255",
    hint: "an exit code from 0 to 255: `{max: 0}` where only success is right",
};
/// RFC 9110, section 15.
const STATUS: Reach = Reach {
    least: 100.0,
    most: 599.0,
    what: "a status code, from 100 to 599",
    hint: "status codes from 100 to 599: `{min: 200, max: 299}`",
};

/// What a reading can be, after it is multiplied by `scale`; nothing where that is not known.
pub(super) fn of(reading: &Reading, source: &Source, scale: f64) -> Option<Reach> {
    let reach = unscaled(reading, source)?;
    if scale.to_bits() == 1.0_f64.to_bits() {
        return Some(reach);
    }
    // The factor changes what the ends are called.
    let ends = (reach.least * scale, reach.most * scale);
    (!ends.0.is_nan() && !ends.1.is_nan()).then(|| Reach {
        least: ends.0.min(ends.1),
        most: ends.0.max(ends.1),
        what: "what is read times `scale`, which has its ends",
        hint: "a bound that `scale` times what is read can be on both sides of",
    })
}

fn unscaled(reading: &Reading, source: &Source) -> Option<Reach> {
    Some(match reading {
        Reading::System(
            SystemReading::CpuUsage
            | SystemReading::MemoryUsed
            | SystemReading::SwapUsed
            | SystemReading::DiskUsed
            | SystemReading::OpenFiles,
        )
        | Reading::Process(ProcessReading::DescriptorsUsed)
        | Reading::Gpu(_, GpuReading::Usage | GpuReading::MemoryUsed)
        | Reading::Tests(TestsReading::FailureRate)
        | Reading::Errors => SHARE,
        // A part of a sum of counters: hits over hits and misses.
        Reading::Field(field, over) if over.contains(field) => SHARE,
        Reading::ExitCode => EXIT_CODE,
        Reading::Status if matches!(source, Source::Http(_)) => STATUS,
        // A file can be younger than now; a temperature can be below zero.
        Reading::Age | Reading::Gpu(_, GpuReading::Temperature) => return None,
        Reading::System(_)
        | Reading::Process(_)
        | Reading::Gpu(..)
        | Reading::Tests(_)
        | Reading::Latency
        | Reading::Throughput
        | Reading::Size => COUNT,
        Reading::Status | Reading::Value(_) | Reading::Series(_) | Reading::Field(..) => return None,
    })
}

/// Refuses bounds of `key` that no value can miss, and those that no value can meet.
pub(super) fn check(
    section: Section<'_>,
    key: &str,
    range: Range,
    unit: &str,
    reach: Reach,
    sink: &mut Sink,
) {
    let Some(node) = section.get(key) else { return };
    let named = |end: &str| match node.value {
        Value::Map(_) => format!("`{end}` of `{key}`"),
        _ => format!("`{key}`"),
    };
    let ends = [("min", range.min), ("max", range.max)];
    for (end, bound) in ends {
        let Some(bound) = bound else { continue };
        let beyond = bound > reach.most || bound < reach.least;
        if beyond {
            let met = (end == "max") == (bound > reach.most);
            let fault = if met { "can never fail" } else { "can never be met" };
            sink.add(
                node.span,
                format!("{} {fault}: the value is {}", named(end), reach.what),
                Some(instead(key, bound, reach, unit == "ratio")),
            );
            return;
        }
    }
    let low = range.min.is_none_or(|min| min <= reach.least);
    let high = range.max.is_none_or(|max| max >= reach.most);
    if low && high && (range.min.is_some() || range.max.is_some()) {
        let message = format!("`{key}` can never fail: the value is {}", reach.what);
        sink.add(node.span, message, Some(reach.hint.to_owned()));
    }
}

/// Refuses a `floor` that no change can be larger than.
pub(super) fn check_floor(section: Section<'_>, floor: f64, unit: &str, reach: Reach, sink: &mut Sink) {
    let Some(node) = section.get("floor") else { return };
    if floor >= reach.most - reach.least {
        let message = format!(
            "no change can be larger than this `floor`, so none would count: the value is {}",
            reach.what
        );
        sink.add(node.span, message, Some(instead("floor", floor, reach, unit == "ratio")));
    }
}

/// What was probably meant: who writes `5` for a share thinks of percent.
fn instead(key: &str, bound: f64, reach: Reach, in_percent: bool) -> String {
    if reach == SHARE && bound > 1.0 && bound < 100.0 {
        // Where the unit is another, an amount in percent is none.
        let percent = if in_percent { format!(", or `{bound}%`") } else { String::new() };
        return format!("`{key}` is a share: did you mean `{}`{percent}?", shifted(bound));
    }
    reach.hint.to_owned()
}

/// A hundredth, without the noise of a division by two tens.
fn shifted(percent: f64) -> f64 {
    (percent * 1e4).round() / 1e6
}
