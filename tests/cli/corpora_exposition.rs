//! Expositions of other projects, read from the corpora folder when `READINESS_CORPORA` names it: the cases of the
//! OpenMetrics standard, and the samples that Prometheus tests its own reader with.

use std::io::Read as _;

use readiness::formats::exposition::{Flavour, Limits, parse};
use serde_json::Value;

use super::support::corpora;

#[test]
fn cases_of_openmetrics() {
    let Some(corpora) = corpora("cases_of_openmetrics") else { return };
    let cases = corpora.join("reports/prometheus/openmetrics-parser-cases.jsonl");
    let cases = std::fs::read_to_string(cases).unwrap();
    let (mut good, mut bad, mut wrong) = (0, 0, Vec::new());
    for case in cases.lines() {
        let case: Value = serde_json::from_str(case).unwrap();
        let expected = case["shouldParse"].as_bool().unwrap();
        let read = parse(case["text"].as_str().unwrap().as_bytes(), Flavour::OpenMetrics, &Limits::default());
        *(if expected { &mut good } else { &mut bad }) += 1;
        if read.is_ok() != expected {
            wrong.push(format!("{}: {read:?}", case["case"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((good, bad), (20, 79));
    eprintln!("OpenMetrics: {good} cases read, {bad} refused");
}

/// By their names, `error` is what must be refused; `json2` and the protocol buffers are no text.
#[test]
fn samples_of_prometheus() {
    let Some(corpora) = corpora("samples_of_prometheus") else { return };
    let mut counts = [0, 0];
    for file in std::fs::read_dir(corpora.join("reports/prometheus/expfmt")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut bytes = std::fs::read(&path).unwrap();
        if name.ends_with(".gz") {
            let mut text = Vec::new();
            flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut text).unwrap();
            bytes = text;
        }
        let refused = name.contains("error") || name == "json2" || name.starts_with("protobuf");
        let read = parse(&bytes, Flavour::Prometheus, &Limits::default());
        assert_eq!(read.is_err(), refused, "{name}: {read:?}");
        counts[usize::from(refused)] += 1;
        if name == "text.gz" {
            // Counted with grep: lines that are no comment, and `# TYPE` lines.
            let read = read.unwrap();
            let text = String::from_utf8(bytes).unwrap();
            let samples = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
            let types = text.lines().filter(|line| line.starts_with("# TYPE ")).count();
            assert_eq!((read.samples().len(), read.families().len()), (samples, types));
        }
    }
    assert_eq!(counts, [2, 11]);
}
