//! What flags of `readiness perf` say, as values.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::Error;
use crate::cli::JudgingArgs;
use crate::formats::duration;
use crate::perf::scenario::Thresholds;
use crate::report::mask_secrets;

/// Most labels of one run.
const LABELS: usize = 50;
/// Longest label, key and value together, in bytes.
const LABEL: usize = 200;

/// A time; a bare number is seconds.
pub(super) fn time(flag: &str, text: &str) -> Result<Duration, Error> {
    let wrong = || {
        Error::usage(
            format!("{flag}: `{}` is no time", text.escape_debug()),
            "write `30`, `30s`, `500ms` or `2m`",
        )
    };
    let (nanoseconds, _) = duration::nanoseconds(text, "").ok_or_else(wrong)?;
    Ok(Duration::from_nanos(nanoseconds))
}

/// A share, as `10%` or `0.1`; 0 to 10.
pub(super) fn share(flag: &str, text: &str) -> Result<f64, Error> {
    let number = match text.trim().strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
        None => text.trim().parse::<f64>(),
    };
    number.ok().filter(|share| (0.0..=10.0).contains(share)).ok_or_else(|| {
        Error::usage(
            format!("{flag}: `{}` is no share", text.escape_debug()),
            "write a percentage such as `10%`, or a fraction such as `0.1`",
        )
    })
}

/// Labels, `key=value`.
pub(super) fn labels(given: &[String]) -> Result<BTreeMap<String, String>, Error> {
    let mut labels = BTreeMap::new();
    for text in given {
        let pair = text.split_once('=').filter(|(key, _)| !key.trim().is_empty() && text.len() <= LABEL);
        let Some((key, value)) = pair else {
            return Err(Error::usage(
                format!("--label: `{}` is no label", text.escape_debug()),
                "write `key=value`, such as `encryption=on`",
            ));
        };
        if mask_secrets(text) != *text {
            return Err(Error::usage(
                format!("--label: `{}` looks like a secret", key.trim().escape_debug()),
                "labels stand in every report",
            ));
        }
        if labels.insert(key.trim().to_owned(), value.trim().to_owned()).is_some() {
            return Err(Error::usage(format!("--label: `{}` is given twice", key.escape_debug()), ""));
        }
    }
    if labels.len() > LABELS {
        return Err(Error::usage(format!("--label: more than {LABELS}"), ""));
    }
    Ok(labels)
}

/// A header that is expected, `name` or `name=value`.
pub(super) fn header(text: &str) -> Result<(String, Option<String>), Error> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.trim().to_owned())),
        None => (text, None),
    };
    let name = name.trim().to_ascii_lowercase();
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(Error::usage(
            format!("--expect-header: `{}` names no header", text.escape_debug()),
            "write `x-build=1.4.2`, or a name alone",
        ));
    }
    Ok((name, value))
}

/// Thresholds of `--threshold`, over those of the configuration.
pub(super) fn thresholds(args: &JudgingArgs, usual: Thresholds) -> Result<Thresholds, Error> {
    let mut thresholds = usual;
    for text in &args.threshold {
        let (metric, limit) = text.split_once('=').unwrap_or((text, ""));
        match metric.trim() {
            "p95" => thresholds.p95 = Some(share("--threshold p95", limit)?),
            "p99" => thresholds.p99 = Some(share("--threshold p99", limit)?),
            "throughput" => thresholds.throughput = Some(share("--threshold throughput", limit)?),
            "error-rate" | "error_rate" => {
                thresholds.error_rate = Some(share("--threshold error-rate", limit)?);
            }
            "floor" => {
                let floor = time("--threshold floor", limit)?;
                thresholds.floor_ns = Some(u64::try_from(floor.as_nanos()).unwrap_or(u64::MAX));
            }
            other => {
                return Err(Error::usage(
                    format!("--threshold: there is no metric `{}`", other.escape_debug()),
                    "metrics: p95, p99, throughput, error-rate, floor",
                ));
            }
        }
    }
    Ok(thresholds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_shares() {
        assert_eq!(time("-d", "30").unwrap(), Duration::from_secs(30));
        assert_eq!(time("-d", "1.5ms").unwrap(), Duration::from_micros(1500));
        assert!(time("-d", "soon").is_err());
        for (text, expected) in [("10%", 0.1), ("0.25", 0.25), ("0", 0.0), (" 150 % ", 1.5)] {
            assert!((share("-t", text).unwrap() - expected).abs() < 1e-12, "{text}");
        }
        for wrong in ["-1%", "x", "", "NaN", "inf", "2000%"] {
            assert!(share("-t", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn labels_and_headers() {
        let given = ["build=1=2".to_owned(), "encryption = on".to_owned()];
        let read = labels(&given).unwrap();
        assert_eq!((read["build"].as_str(), read["encryption"].as_str()), ("1=2", "on"));
        for wrong in [
            vec!["password=hunter2hunter2".to_owned()],
            vec!["x".to_owned()],
            vec!["=x".to_owned()],
            vec!["a=1".to_owned(), "a=2".to_owned()],
        ] {
            assert!(labels(&wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(header("X-Build=1.4").unwrap(), ("x-build".to_owned(), Some("1.4".to_owned())));
        assert_eq!(header("x-build").unwrap(), ("x-build".to_owned(), None));
        assert!(header("x build=1").is_err() && header("=1").is_err());
    }

    #[test]
    fn thresholds_replace_the_usual_ones() {
        let args = JudgingArgs {
            threshold: vec!["p95=5%".to_owned(), "floor=2ms".to_owned()],
            ..JudgingArgs::default()
        };
        let usual = Thresholds { p95: Some(0.5), p99: Some(0.4), ..Thresholds::default() };
        let read = thresholds(&args, usual).unwrap();
        assert_eq!((read.p95, read.p99, read.floor_ns), (Some(0.05), Some(0.4), Some(2_000_000)));
        let wrong = JudgingArgs { threshold: vec!["p96=5%".to_owned()], ..JudgingArgs::default() };
        assert!(thresholds(&wrong, usual).is_err());
    }
}
