//! Families as text: the format of Prometheus (version 0.0.4) and `OpenMetrics` 1.0.

use super::families::{Family, Labels};

/// Prometheus text, without time stamps: the textfile collector of the node exporter refuses them.
pub(super) fn prometheus(families: &[Family]) -> String {
    let mut text = String::new();
    for family in families {
        let help = family.help.replace('\\', "\\\\").replace('\n', "\\n");
        text.push_str(&format!("# HELP {} {help}\n# TYPE {} gauge\n", family.name, family.name));
        for (labels, value) in &family.samples {
            text.push_str(&format!("{}{} {}\n", family.name, braces(labels), number(*value)));
        }
    }
    text
}

/// `OpenMetrics` text; `moment` is the time stamp of every sample, in milliseconds since 1970.
pub(super) fn open_metrics(families: &[Family], moment: Option<i64>) -> String {
    let stamp = moment.map_or_else(String::new, |moment| {
        let sign = if moment < 0 { "-" } else { "" };
        let moment = moment.unsigned_abs();
        format!(" {sign}{}.{:03}", moment / 1000, moment % 1000)
    });
    let mut text = String::new();
    for family in families {
        // The samples of an info family have a suffix that its own name has not.
        let (name, kind) = match family.name.strip_suffix("_info") {
            Some(name) => (name, "info"),
            None => (family.name.as_str(), "gauge"),
        };
        let help = escaped(&family.help);
        text.push_str(&format!("# TYPE {name} {kind}\n"));
        if !family.unit.is_empty() {
            text.push_str(&format!("# UNIT {name} {}\n", family.unit));
        }
        text.push_str(&format!("# HELP {name} {help}\n"));
        for (labels, value) in &family.samples {
            text.push_str(&format!("{}{} {}{stamp}\n", family.name, braces(labels), number(*value)));
        }
    }
    text.push_str("# EOF\n");
    text
}

fn braces(labels: &Labels) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let labels: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    format!("{{{}}}", labels.join(","))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('"', "\\\"")
}

/// A number as every reader of these formats takes it: never longer than some twenty digits.
pub(super) fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() }
    } else if value.abs() >= 1e17 || (value.abs() < 1e-5 && value.abs() > 0.0) {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}
