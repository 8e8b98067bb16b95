use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::baseline::capture::{Machine, Metric};
use crate::report::{DataFileSeen, LoadOutcome, ModuleLoad};

fn metric(name: &str, category: &str, unit: &str, samples: &[f64]) -> Metric {
    Metric {
        name: name.to_owned(),
        category: category.to_owned(),
        unit: unit.to_owned(),
        better: Better::Lower,
        state: if samples.is_empty() { MetricState::Errored } else { MetricState::Measured },
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

fn capture() -> Capture {
    Capture {
        schema: 1,
        id: "20261122T181530123Z-1a2b3c4d".to_owned(),
        created: "2026-11-22T18:15:30.123Z".to_owned(),
        version: "0.1.0".to_owned(),
        label: Some("a \"quoted\" \\ label\nof two lines".to_owned()),
        machine: Machine { fingerprint: "0011223344556677".to_owned(), ..Machine::default() },
        took_ms: 1_250,
        metrics: vec![
            Metric {
                target: Some([None, Some(0.5)]),
                accept: Some([Some(0.0), Some(0.1)]),
                labels: BTreeMap::from([
                    ("quantile".to_owned(), "0.99".to_owned()),
                    ("__name__".to_owned(), "x".to_owned()),
                    ("category".to_owned(), "x".to_owned()),
                ]),
                ..metric("api_latency", "network", "seconds", &[0.3, 0.1, 0.2])
            },
            metric("hit_ratio", "cache", "ratio", &[0.94]),
            metric("broken", "rag", "bytes", &[]),
            metric("requests_total", "business", "", &[1e20]),
        ],
        modules: vec![
            ModuleLoad {
                name: "app".to_owned(),
                outcome: LoadOutcome::Slow,
                took_ms: 85,
                ..ModuleLoad::default()
            },
            ModuleLoad { name: "gone".to_owned(), outcome: LoadOutcome::Absent, ..ModuleLoad::default() },
        ],
        files: vec![DataFileSeen {
            path: "models/chat.gguf".to_owned(),
            problems: vec![("BSL-050".to_owned(), "no".to_owned())],
            ..DataFileSeen::default()
        }],
        ..Capture::default()
    }
}

/// Written by hand after the exposition formats; `promtool check metrics` has nothing to say against it.
const PROMETHEUS: &str = r##"# HELP readiness_baseline_up Whether the metric was measured: 0 is errored, missing or not evaluated.
# TYPE readiness_baseline_up gauge
readiness_baseline_up{metric="api_latency",category="network"} 1
readiness_baseline_up{metric="hit_ratio",category="cache"} 1
readiness_baseline_up{metric="broken",category="rag"} 0
readiness_baseline_up{metric="requests_total",category="business"} 1
# HELP readiness_baseline_target_met Whether the metric reaches its target; absent without one.
# TYPE readiness_baseline_target_met gauge
readiness_baseline_target_met{metric="api_latency"} 1
# HELP readiness_baseline_accepted Whether the metric is in its accepted range; absent without one.
# TYPE readiness_baseline_accepted gauge
readiness_baseline_accepted{metric="api_latency"} 0
# HELP readiness_baseline_capture_timestamp_seconds When the capture was made, in seconds since 1970.
# TYPE readiness_baseline_capture_timestamp_seconds gauge
readiness_baseline_capture_timestamp_seconds 1795371330.123
# HELP readiness_baseline_capture_duration_seconds How long the capture took.
# TYPE readiness_baseline_capture_duration_seconds gauge
readiness_baseline_capture_duration_seconds 1.25
# HELP readiness_baseline_info What the capture is.
# TYPE readiness_baseline_info gauge
readiness_baseline_info{capture="20261122T181530123Z-1a2b3c4d",label="a \"quoted\" \\ label\nof two lines",commit="",machine="0011223344556677",version="0.1.0"} 1
# HELP readiness_baseline_module_up Whether the module or program started and ended well.
# TYPE readiness_baseline_module_up gauge
readiness_baseline_module_up{module="app"} 1
readiness_baseline_module_up{module="gone"} 0
# HELP readiness_baseline_module_load_seconds How long the module or program took; absent if it did not end well.
# TYPE readiness_baseline_module_load_seconds gauge
readiness_baseline_module_load_seconds{module="app"} 0.085
# HELP readiness_baseline_file_valid Whether the model or data file is there, whole, and of the right digest and format.
# TYPE readiness_baseline_file_valid gauge
readiness_baseline_file_valid{path="models/chat.gguf"} 0
# HELP readiness_baseline_left_out How many metrics, modules and files the capture has beyond what is told of here.
# TYPE readiness_baseline_left_out gauge
readiness_baseline_left_out{kind="metrics"} 0
readiness_baseline_left_out{kind="modules"} 0
readiness_baseline_left_out{kind="files"} 0
# HELP readiness_baseline_api_latency_seconds Metric api_latency of the baseline, median of its samples.
# TYPE readiness_baseline_api_latency_seconds gauge
readiness_baseline_api_latency_seconds{category="network",of_quantile="0.99"} 0.2
# HELP readiness_baseline_hit_ratio Metric hit_ratio of the baseline, median of its samples.
# TYPE readiness_baseline_hit_ratio gauge
readiness_baseline_hit_ratio{category="cache"} 0.94
# HELP readiness_baseline_requests_total_value Metric requests_total of the baseline, median of its samples.
# TYPE readiness_baseline_requests_total_value gauge
readiness_baseline_requests_total_value{category="business"} 1e20
"##;

/// The same after the specification of `OpenMetrics`; the strict parser of Prometheus' Python client takes it.
const OPEN_METRICS: &str = include_str!("open_metrics.txt");

#[test]
fn prometheus_text_is_by_the_book() {
    let text = export(&capture(), Form::Prometheus);
    for (found, wanted) in text.lines().zip(PROMETHEUS.lines()) {
        assert_eq!(found, wanted);
    }
    assert_eq!(text, PROMETHEUS);
}

#[test]
fn open_metrics_text_is_by_the_book() {
    let text = export(&capture(), Form::OpenMetrics);
    for (found, wanted) in text.lines().zip(OPEN_METRICS.lines()) {
        assert_eq!(found, wanted);
    }
    assert_eq!(text, OPEN_METRICS);
    // A moment that cannot be read is no moment, and nothing else is missing.
    let unknown = Capture { created: "then".to_owned(), ..capture() };
    let text = export(&unknown, Form::OpenMetrics);
    assert!(
        text.contains("readiness_baseline_capture_duration_seconds 1.25\n") && !text.contains("timestamp")
    );
}

#[test]
fn tables_are_quoted() {
    let odd = Capture {
        metrics: vec![metric("a,\"b\"", "x\ny", "", &[2.0, 4.0]), metric("c", "d", "e", &[])],
        ..capture()
    };
    let wanted = "category,name,value,unit,samples,state,better\r\n\"x\ny\",\"a,\"\"b\"\"\",3,,2,measured,lower\r\n\
                  d,c,,e,0,errored,lower\r\n";
    assert_eq!(export(&odd, Form::Csv), wanted);
    // What a spreadsheet would run stands there as text; a number does not need it.
    for (unit, wanted) in [
        ("=1+1", "'=1+1"),
        ("+x", "'+x"),
        ("-x", "'-x"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("\rx", "\"'\rx\""),
        ("-1.5", "-1.5"),
        ("=a,b", "\"'=a,b\""),
    ] {
        let odd = Capture { metrics: vec![metric("c", "d", unit, &[])], ..capture() };
        assert!(export(&odd, Form::Csv).contains(&format!("d,c,,{wanted},0,")), "{unit:?}");
    }
    let again: Capture = serde_json::from_str(&export(&capture(), Form::Json)).unwrap();
    assert_eq!(again, capture());
}

#[test]
fn names_have_their_unit_once() {
    for (name, unit, wanted) in [
        ("load1", "", "readiness_baseline_load1"),
        ("latency", "seconds", "readiness_baseline_latency_seconds"),
        ("latency_seconds", "seconds", "readiness_baseline_latency_seconds"),
        ("seconds", "seconds", "readiness_baseline_seconds"),
        ("megabytes", "bytes", "readiness_baseline_megabytes_bytes"),
        ("throughput", "bytes_per_second", "readiness_baseline_throughput_bytes_per_second"),
        ("gpu-0.Temp°", "celsius", "readiness_baseline_gpu_0_temp_celsius"),
        ("errors_count", "", "readiness_baseline_errors_count_value"),
        ("requests_total", "bytes", "readiness_baseline_requests_total_bytes"),
    ] {
        assert_eq!(family_of(name, unit), wanted, "{name} {unit}");
    }
}

#[test]
fn hostile_captures_stay_within_bounds() {
    let long = "é".repeat(300);
    let mut metrics = vec![
        metric("up", "a", "", &[1.0]),
        metric("a-b", "a", "", &[2.0]),
        metric("a_b", "a", "", &[3.0]),
        metric("a-b", "a", "", &[4.0]),
        metric(&format!("{long}1"), "a", "", &[5.0]),
        metric(&format!("{long}2"), "a", "", &[6.0]),
        metric("info", "a", "", &[7.0]),
        metric("not\na } number", "a\"b\\\n", "ms ms", &[f64::INFINITY]),
    ];
    metrics.extend((0..5_000).map(|count| metric(&format!("m{count}"), "a", "", &[1.0])));
    let text = export(&Capture { metrics, ..capture() }, Form::Prometheus);
    let mut series = BTreeSet::new();
    let mut families = BTreeSet::new();
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("# TYPE ") {
            assert!(families.insert(head.to_owned()), "{head} twice");
        } else if !line.starts_with('#') {
            let (name, _) = line.rsplit_once(' ').unwrap();
            assert!(series.insert(name.to_owned()), "{name} twice");
            for value in name.split('"').skip(1).step_by(2) {
                assert!(value.chars().count() <= 140, "{value}");
            }
        }
    }
    assert!(series.contains("readiness_baseline_up_2{category=\"a\"}"), "{series:?}");
    assert!(series.contains("readiness_baseline_a_b_3{category=\"a\"}"));
    assert!(text.contains("Another metric has the same name here"));
    assert!(text.contains("readiness_baseline_left_out{kind=\"metrics\"} 4008\n"));
    assert!(families.len() <= FIXED.len() + 1_000);
}

#[test]
fn scrapers_get_what_they_accept() {
    let scraper = "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    assert_eq!(Form::accepted(scraper), Form::OpenMetrics);
    for accept in ["", "*/*", "text/plain", "application/openmetrics-text;q=0", "text/openmetrics-text"] {
        assert_eq!(Form::accepted(accept), Form::Prometheus, "{accept}");
    }
}

/// Names of metrics in an expression of PromQL or a query of Grafana: every word that begins as ours do.
fn named(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '$'))
        .filter(|word| word.starts_with("readiness_"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn documents_name_only_metrics_that_exist() {
    let rules = include_str!("../../../docs/prometheus/readiness-baseline.rules.yml");
    let board = include_str!("../../../docs/grafana/readiness-baseline.json");
    let fixed: BTreeSet<String> = FIXED.iter().map(|fixed| fixed.name.to_owned()).collect();
    let of_probes: BTreeSet<String> =
        crate::baseline::usual::probes().iter().map(|probe| family_of(&probe.name, &probe.unit)).collect();
    for (document, text) in [("rules", rules), ("board", board)] {
        let names = named(text);
        assert!(names.len() >= 8, "{document} names {names:?}");
        for name in names {
            // The name of a metric that a variable of the board stands for.
            let is_pattern = name == "readiness_baseline_$";
            assert!(is_pattern || fixed.contains(&name) || of_probes.contains(&name), "{document}: {name}");
        }
    }
    // Labels that are asked for are there, and nothing that is there is asked for under another name.
    let labels: BTreeSet<&str> = FIXED.iter().flat_map(|fixed| fixed.labels).copied().collect();
    for (_, rest) in rules.match_indices("$labels.").map(|(at, mark)| rules.split_at(at + mark.len())) {
        let label: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(label == "instance" || labels.contains(label.as_str()), "{label}");
    }
    let board: serde_json::Value = serde_json::from_str(board).unwrap();
    assert!(
        board["panels"]
            .as_array()
            .unwrap()
            .iter()
            .all(|panel| !panel["targets"].as_array().unwrap().is_empty())
    );
    assert_eq!(named("x_readiness_a"), BTreeSet::new());
}
