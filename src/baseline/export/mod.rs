//! A capture for others: Prometheus text, `OpenMetrics`, JSON, CSV.
//!
//! Each metric is a gauge of its own, `readiness_baseline_<name>_<unit>`, with its category as a label. What is said of all of
//! them alike stands in families of fixed names ([`FIXED`]), so that alerts and dashboards need to know no metric by name.

mod families;
mod names;
mod text;

use super::capture::Capture;
use crate::report::{Better, MetricState};

pub use families::{FIXED, Fixed};
pub use names::family_of;

/// Forms of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Prometheus text format 0.0.4, without time stamps, as the textfile collector of the node exporter takes it.
    Prometheus,
    /// `OpenMetrics` 1.0, with time stamps.
    OpenMetrics,
    /// The document itself.
    Json,
    /// One line a metric, with a header.
    Csv,
}

impl Form {
    /// Its media type, as an HTTP server names it.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8; header=present",
        }
    }

    /// The form that a scraper gets, by the value of its `Accept`: `OpenMetrics` where it is named and not refused
    /// (`q=0`), otherwise the older text.
    #[must_use]
    pub fn accepted(accept: &str) -> Self {
        let refused = |part: &str| {
            let quality = part.split(';').find_map(|word| word.trim().strip_prefix("q="));
            quality.is_some_and(|quality| quality.trim().parse::<f64>().is_ok_and(|quality| quality <= 0.0))
        };
        let named = accept.split(',').any(|part| {
            let kind = part.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/openmetrics-text") && !refused(part)
        });
        if named { Self::OpenMetrics } else { Self::Prometheus }
    }
}

/// A capture in a form. Ends with a line feed.
#[must_use]
pub fn export(capture: &Capture, form: Form) -> String {
    match form {
        Form::Prometheus => text::prometheus(&families::of(capture)),
        Form::OpenMetrics => {
            let moment = capture.moment().map(jiff::Timestamp::as_millisecond);
            text::open_metrics(&families::of(capture), moment)
        }
        // A capture always has its JSON: it was read from some, or is made to be written so.
        Form::Json => serde_json::to_string_pretty(capture).unwrap_or_default() + "\n",
        Form::Csv => csv(capture),
    }
}

/// A table as RFC 4180 has it: one line a metric; `samples` is how many there are, `value` their median.
fn csv(capture: &Capture) -> String {
    let mut text = "category,name,value,unit,samples,state,better\r\n".to_owned();
    for metric in &capture.metrics {
        let state = match metric.state {
            MetricState::Measured => "measured",
            MetricState::NotEvaluated => "not_evaluated",
            MetricState::Errored => "errored",
            MetricState::Missing => "missing",
        };
        let better = match metric.better {
            Better::Lower => "lower",
            Better::Higher => "higher",
            Better::Same => "same",
        };
        let value = measured(metric).map_or_else(String::new, text::number);
        let fields = [
            quoted(&metric.category),
            quoted(&metric.name),
            value,
            quoted(&metric.unit),
            metric.samples.len().to_string(),
            state.to_owned(),
            better.to_owned(),
        ];
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    text
}

/// The value of a metric, if it was measured.
fn measured(metric: &super::capture::Metric) -> Option<f64> {
    (metric.state == MetricState::Measured).then(|| metric.value()).flatten()
}

/// A field; one that a spreadsheet would take as a formula stands behind an apostrophe.
fn quoted(text: &str) -> String {
    let formula = match text.chars().next() {
        Some('=' | '@' | '\t' | '\r') => true,
        Some('+' | '-') => text.parse::<f64>().is_err(),
        _ => false,
    };
    let text = &if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests;
