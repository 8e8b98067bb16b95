#![allow(clippy::disallowed_methods, reason = "tests prepare small files")]

use std::path::Path;
use std::sync::Mutex;

use super::*;
use crate::baseline::CATEGORIES;
use crate::baseline::secrets::Secrets;
use crate::baseline::settings::{Extract, Reading, Source};
use crate::report::MetricState;

fn command(script: &str) -> Source {
    Source::Command { words: ["sh", "-c", script].map(str::to_owned).to_vec() }
}

fn probe(name: &str, source: Source, reading: Reading) -> Probe {
    Probe::new("business", name, source, reading)
}

fn value() -> Reading {
    Reading::Value(Extract::Whole)
}

fn run(probes: &[Probe], folder: &Path, limit: Duration) -> (Vec<Metric>, Duration) {
    let environment = [("PATH".to_owned(), std::env::var_os("PATH").unwrap_or_default())];
    let around = Surroundings { folder, environment: &environment, agent: "", secrets: Secrets::NONE };
    let begun = Instant::now();
    let metrics = measure(probes, &around, limit, &|_, _| {});
    (metrics, begun.elapsed())
}

#[test]
fn twelve_categories_with_twenty_probes_take_less_than_five_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let mut probes = Vec::new();
    for (category, (id, _)) in CATEGORIES.iter().enumerate() {
        for number in 0..20 {
            let expected = category * 100 + number;
            // Two of the twenty are programs of their own, the others files.
            let source = if number < 2 {
                command(&format!("echo {expected}"))
            } else {
                let name = format!("{category}-{number}.txt");
                std::fs::write(folder.path().join(&name), expected.to_string()).unwrap();
                Source::File { path: name.into() }
            };
            probes.push(Probe {
                samples: 2,
                ..Probe::new(id, &format!("p{category}_{number}"), source, value())
            });
        }
    }
    let (metrics, took) = run(&probes, folder.path(), Duration::from_secs(60));
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(metrics.len(), 240);
    for (at, (metric, probe)) in metrics.iter().zip(&probes).enumerate() {
        let expected = f64::from(u32::try_from(at / 20 * 100 + at % 20).unwrap());
        assert_eq!((&metric.name, &metric.category), (&probe.name, &probe.category));
        assert_eq!(metric.samples, [expected, expected], "{metric:?}");
    }
}

#[test]
fn what_hangs_or_fails_holds_nothing_else_up() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good"), "7").unwrap();
    let good = || probe("good", Source::File { path: "good".into() }, value());
    let short = |probe: Probe| Probe { timeout: Duration::from_millis(300), samples: 50, ..probe };
    let probes = [
        good(),
        // It is ended in time.
        short(probe("slow", command("sleep 30"), value())),
        // Its pipe is held by a program that left its group: the thread itself comes back late.
        short(probe("hanging", command("setsid sleep 9 & exit 0"), value())),
        probe("failing", command("echo why >&2; exit 2"), value()),
        probe("silent", command("true"), value()),
        probe("secret", command("echo password=hunter2hunter2 >&2; exit 1"), value()),
        Probe { name: "last".to_owned(), scale: 0.001, ..good() },
        probe("end", command("exit 3"), Reading::ExitCode),
        probe("unfit", Source::File { path: "good".into() }, Reading::Status),
        probe(
            "gone",
            Source::Process(crate::baseline::settings::Which::Name("no-such-9d2".to_owned())),
            Reading::Process(crate::baseline::settings::ProcessReading::Memory),
        ),
    ];
    let (metrics, took) = run(&probes, folder.path(), Duration::from_secs(60));
    assert!(took < Duration::from_secs(4), "{took:?}");
    let state = |name: &str| {
        let metric = metrics.iter().find(|metric| metric.name == name).unwrap();
        (metric.state, metric.reason.clone().unwrap_or_default(), metric.samples.clone())
    };
    assert_eq!(state("good").2, [7.0]);
    assert_eq!(state("last").2, [0.007]);
    assert_eq!(state("end").2, [3.0]);
    for name in ["slow", "hanging"] {
        let (state, reason, samples) = state(name);
        assert!(state == MetricState::Errored && samples.is_empty(), "{name}");
        assert!(reason.contains("longer than 0.3 s"), "{name}: {reason}");
    }
    for (name, words) in [("failing", "exit code 2: why"), ("silent", "the text is no number")] {
        assert_eq!(state(name), (MetricState::Errored, words.to_owned(), Vec::new()));
    }
    assert!(!state("secret").1.contains("hunter2"), "{}", state("secret").1);
    assert_eq!(state("unfit").0, MetricState::Errored);
    assert_eq!(state("gone").0, MetricState::NotEvaluated);
}

#[test]
fn the_limit_of_all_is_kept_and_what_was_not_begun_is_errored() {
    let folder = tempfile::tempdir().unwrap();
    let probes: Vec<Probe> = (0..60)
        .map(|at| probe(&format!("p{at}"), command(&format!("sleep 20; echo {at}")), value()))
        .collect();
    let (metrics, took) = run(&probes, folder.path(), Duration::from_secs(1));
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!(metrics.len(), 60);
    for metric in &metrics {
        assert_eq!(metric.state, MetricState::Errored);
        assert_eq!(
            metric.reason.as_deref(),
            Some("the capture ended after 1 s, before this was measured: `baseline.limit`")
        );
    }
}

#[test]
fn samples_that_fail_now_and_then_are_told() {
    let folder = tempfile::tempdir().unwrap();
    // It works the first three times.
    let script = "printf x >> count; n=$(wc -c < count); [ $n -le 3 ] && echo 5";
    let flaky = Probe { samples: 5, ..probe("flaky", command(script), value()) };
    let (metrics, _) = run(&[flaky], folder.path(), Duration::from_secs(30));
    assert_eq!(metrics[0].reason.as_deref(), Some("2 of 5 samples failed: exit code 1"));
    assert_eq!(std::fs::read(folder.path().join("count")).unwrap().len(), 5, "observed five times");
}

#[test]
fn probes_share_observations_and_pauses_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let script = "printf x >> count; wc -c < count";
    let interval = Duration::from_millis(150);
    let of = |name: &str, reading| Probe { samples: 3, interval, ..probe(name, command(script), reading) };
    let probes = [of("a", value()), of("b", value()), of("c", Reading::ExitCode)];
    let (metrics, took) = run(&probes, folder.path(), Duration::from_secs(30));
    assert!(took >= interval * 2, "{took:?}");
    for metric in &metrics[..2] {
        assert_eq!(metric.samples, [1.0, 2.0, 3.0], "one program for all");
    }
    assert_eq!(metrics[2].samples, [0.0, 0.0, 0.0]);
}

#[test]
fn progress_is_told_to_the_end() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a"), "1").unwrap();
    let file = |name: &str| probe(name, Source::File { path: "a".into() }, value());
    let probes = [file("a"), file("b"), probe("c", command("exit 1"), value())];
    let around = Surroundings { folder: folder.path(), environment: &[], agent: "", secrets: Secrets::NONE };
    let told = Mutex::new(Vec::new());
    let _ = measure(&probes, &around, Duration::from_secs(30), &|done, all| {
        told.lock().unwrap().push((done, all));
    });
    let told = told.into_inner().unwrap();
    assert_eq!((told.first(), told.last()), (Some(&(0, 3)), Some(&(3, 3))));
    assert!(told.is_sorted());
    assert!(measure(&[], &around, Duration::from_secs(1), &|_, _| {}).is_empty());
}

#[test]
#[cfg(target_os = "linux")]
fn no_program_outlives_the_capture() {
    let folder = tempfile::tempdir().unwrap();
    let script = "echo $$ > pid; exec sleep 60";
    let long = Probe { timeout: Duration::from_secs(50), ..probe("long", command(script), value()) };
    let (metrics, took) = run(&[long], folder.path(), Duration::from_secs(1));
    let reason = metrics[0].reason.as_deref().unwrap();
    assert!(reason.starts_with("the capture ended after 1 s"), "{reason}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    let pid = std::fs::read_to_string(folder.path().join("pid")).unwrap();
    // It has been waited for, too.
    assert!(!Path::new(&format!("/proc/{}", pid.trim())).exists(), "it still runs");
}
