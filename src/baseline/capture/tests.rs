//! Documents that are read, and those that are not.

use super::*;

/// A document as the format is described, written by hand.
const DOCUMENT: &str = r#"{"schema":1,"id":"20261122T181530123Z-1a2b3c4d","created":"2026-11-22T18:15:30.123Z",
 "version":"0.1.0","label":"release 1","commit":"0123456789abcdef0123456789abcdef01234567","dirty":false,
 "machine":{"fingerprint":"0011223344556677","environment":ENVIRONMENT,"memory":1024},"took_ms":7,
 "metrics":[{"name":"latency","category":"network","unit":"seconds","better":"lower","state":"measured",
   "samples":[0.3,0.1,0.2],"kind":"http latency","interval_ms":250,"accept":[null,0.5],"threshold":0.2},
  {"name":"gpu_usage","category":"gpu","better":"lower","state":"not_evaluated","reason":"no GPU","threshold":0.2}]}"#;

fn document() -> String {
    let environment = serde_json::to_string(&Environment::default()).unwrap();
    DOCUMENT.replace("ENVIRONMENT", &environment)
}

#[test]
fn a_document_is_read_and_written_again() {
    let capture = Capture::read(document().as_bytes()).unwrap();
    assert_eq!(capture.moment(), Some("2026-11-22T18:15:30.123Z".parse().unwrap()));
    assert_eq!(capture.metrics[0].value(), Some(0.2));
    assert_eq!(capture.metrics[1].value(), None);
    let how: Vec<_> =
        capture.metrics.iter().map(|metric| (metric.kind.as_deref(), metric.interval_ms)).collect();
    assert_eq!(how, [(Some("http latency"), Some(250)), (None, None)]);
    assert_eq!(Capture::read(&capture.write().unwrap()), Ok(capture));
}

#[test]
fn what_is_wrong_is_said() {
    let good = document();
    for (old, new, says) in [
        ("\"schema\":1", "\"schema\":2,\"more\":true", "schema 2"),
        ("20261122T181530123Z-1a2b3c4d", "../../etc/passwd", "`id`"),
        ("2026-11-22T18:15:30.123Z", "yesterday", "`created`"),
        ("2026-11-22T18:15:30.123Z", "2026-13-22T18:15:30.123Z", "`created`"),
        ("2026-11-22T18:15:30.123Z", "2026-11-22T18:15:30.123+02:00", "`created`"),
        ("release 1", "a\\nb", "`label`"),
        ("release 1", " ", "`label`"),
        ("release 1", "a\\u001b[2J", "`label`"),
        ("release 1", "a\u{2028}b", "`label`"),
        ("release 1", "a\u{202e}b", "`label`"),
        ("\"network\"", "\"\u{2066}\"", "metric latency"),
        ("\"seconds\"", "\"s\u{200f}\"", "metric latency"),
        ("http latency", "\u{2066}", "metric latency"),
        ("250", "-1", "invalid value"),
        ("[null,0.5]", "[0.6,0.5]", "begins beyond"),
        ("2026-11-22T18:15:30.123Z", "2026-11-22T18:15:31.123Z", "`created` is not the time"),
        ("2026-11-22T18:15:30.123Z", "2999-11-22T18:15:30.123Z", "`created` is not the time"),
        ("0123456789abcdef0123456789abcdef01234567", "HEAD", "`commit`"),
        ("\"latency\"", "\"lat ency\"", "letters, digits"),
        ("\"gpu_usage\"", "\"latency\"", "twice"),
        ("[0.3,0.1,0.2]", "[]", "no samples"),
        ("[0.3,0.1,0.2]", "[1e999]", "out of range"),
        ("[0.3,0.1,0.2]", "[null]", "null"),
        ("\"reason\":\"no GPU\"", "\"samples\":[0]", "not measured"),
        ("\"not_evaluated\"", "\"missing\"", "no missing"),
        ("\"took_ms\"", "\"took_me\"", "unknown field"),
    ] {
        let wrong = good.replacen(old, new, 1);
        assert_ne!(wrong, good, "{old}");
        let error = Capture::read(wrong.as_bytes()).unwrap_err();
        assert!(error.contains(says), "{new}: {error}");
    }
    for cut in [0, 1, good.len() / 2, good.len() - 1] {
        assert!(Capture::read(&good.as_bytes()[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn what_others_said_is_made_harmless() {
    let more = r#""took_ms":7,
 "modules":[{"name":"m","command":"run","outcome":"fails","took_ms":1,"within_ms":2,"words":"a\u001b[2J\nb\u202ec"}],
 "files":[{"path":"x\u2028y","present":true,"bytes":1,"problems":[["BSL-050","bad\u0007"]]}],
 "snapshot":{"salt":"00112233445566778899aabbccddeeff","files":{"a\u001b":{"digest":"hmac:00","parsed":true,
   "values":{"k":{"text":"v\u2067"}}}},"unseen":["\u001b]0;t"]}"#;
    let text = document().replace("\"took_ms\":7", more).replace("no GPU", "no\\u001b[31m GPU");
    let capture = Capture::read(text.as_bytes()).unwrap();
    assert_eq!(capture.modules[0].words, "a\\u{1b}[2J\nb\\u{202e}c");
    assert_eq!(capture.files[0].path, "x\\u{2028}y");
    assert_eq!(capture.files[0].problems[0].1, "bad\\u{7}");
    assert_eq!(capture.metrics[1].reason.as_deref(), Some("no\\u{1b}[31m GPU"));
    let snapshot = capture.snapshot.unwrap();
    assert_eq!(snapshot.files["a\\u{1b}"].values["k"].text, "v\\u{2067}");
    assert_eq!(snapshot.unseen, ["\\u{1b}]0;t"]);
    let long = text.replace("\"command\":\"run\"", &format!("\"command\":\"{}\"", "x".repeat(65_537)));
    assert!(Capture::read(long.as_bytes()).unwrap_err().contains("`modules` is longer"));
}

#[test]
fn what_could_not_be_read_is_not_written() {
    let mut capture = Capture::read(document().as_bytes()).unwrap();
    capture.metrics[0].samples.push(f64::NAN);
    assert_eq!(capture.write().unwrap_err(), "metric latency: a number is not finite");
    capture.metrics[0].samples = vec![0.5; 100_001];
    assert!(capture.write().unwrap_err().contains("samples"));
}

#[test]
fn times_are_written_to_the_millisecond() {
    let moment = "2026-11-22T18:15:30.1239Z".parse().unwrap();
    assert_eq!(time_text(moment), "2026-11-22T18:15:30.123Z");
}
