//! The line on a terminal while load runs: which run, time left, rate, p50 and p99, errors.

use std::sync::PoisonError;
use std::time::Duration;

use crate::perf::load::Pulse;
use crate::perf::session::{Course, Stage};

/// What the line says.
pub(super) fn line(course: &Course) -> String {
    let Some(Stage { what, live, begun, length }) = course.stage() else { return "connecting".to_owned() };
    let pulses: Vec<Pulse> =
        live.pulses.iter().map(|pulse| *pulse.lock().unwrap_or_else(PoisonError::into_inner)).collect();
    let total = sum(&pulses);
    let left = length.map_or_else(String::new, |length| {
        format!(" · {} left", seconds(length.saturating_sub(begun.elapsed())))
    });
    if !total.measuring {
        return format!("{what} · warming up{left}");
    }
    format!(
        "{what}{left} · {} req/s · p50 {} · p99 {} · {} errors",
        total.throughput,
        time(total.p50),
        time(total.p99),
        total.failed
    )
}

/// The threads together. Percentiles cannot be added: the worst thread's are shown.
fn sum(pulses: &[Pulse]) -> Pulse {
    let mut total = Pulse::default();
    for pulse in pulses {
        total.measuring |= pulse.measuring;
        total.ok += pulse.ok;
        total.failed += pulse.failed;
        total.throughput += pulse.throughput;
        total.p50 = total.p50.max(pulse.p50);
        total.p99 = total.p99.max(pulse.p99);
    }
    total
}

fn seconds(left: Duration) -> String {
    let seconds = left.as_secs();
    if seconds < 60 { format!("{seconds} s") } else { format!("{} min {} s", seconds / 60, seconds % 60) }
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn time(nanoseconds: u64) -> String {
    match nanoseconds {
        0 => "–".to_owned(),
        1..1_000_000 => format!("{:.0} µs", nanoseconds as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", nanoseconds as f64 / 1e6),
        _ => format!("{:.2} s", nanoseconds as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(time(0), "–");
        assert_eq!(time(250_000), "250 µs");
        assert_eq!(time(12_340_000), "12.3 ms");
        assert_eq!(time(2_500_000_000), "2.50 s");
        assert_eq!(seconds(Duration::from_secs(92)), "1 min 32 s");
    }

    #[test]
    fn threads_add_up_and_the_worst_percentile_is_shown() {
        let one = Pulse { measuring: true, ok: 1, failed: 2, throughput: 3, p50: 4, p99: 5 };
        let two = Pulse { measuring: false, ok: 1, failed: 1, throughput: 1, p50: 9, p99: 1 };
        let total = sum(&[one, two]);
        assert_eq!(total, Pulse { measuring: true, ok: 2, failed: 3, throughput: 4, p50: 9, p99: 5 });
    }
}
