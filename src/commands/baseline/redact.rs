//! Values of environment variables that the settings name are taken out of what others said: a command, a server or a module may
//! repeat the very secret that it was given.

use crate::baseline::capture::Capture;
use crate::baseline::drift::Seen;
use crate::baseline::settings::{Settings, Source};

/// Shortest value that is looked for: shorter ones are in every text.
const SHORTEST: usize = 4;

/// The values, the longest first, so that none of them hides a part of another.
pub(super) fn values<'e>(settings: &Settings, variable: impl Fn(&str) -> Option<&'e str>) -> Vec<&'e str> {
    let asked = settings.probes.iter().filter_map(|probe| match &probe.source {
        Source::Http(ask) | Source::Prometheus(ask) => ask.token.as_ref(),
        Source::Redis { password, .. } => password.as_ref(),
        _ => None,
    });
    let mut values: Vec<&str> = asked
        .chain(&settings.drift.environment)
        .filter_map(|name| variable(name))
        .filter(|value| value.len() >= SHORTEST)
        .collect();
    values.sort_unstable_by_key(|value| std::cmp::Reverse(value.len()));
    values.dedup();
    values
}

/// Takes them out of everything in a capture that others said.
pub(super) fn redact(capture: &mut Capture, values: &[&str]) {
    for metric in &mut capture.metrics {
        if let Some(reason) = &mut metric.reason {
            clean(reason, values);
        }
    }
    for module in &mut capture.modules {
        clean(&mut module.words, values);
        clean(&mut module.command, values);
    }
    if let Some(snapshot) = &mut capture.snapshot {
        for version in snapshot.versions.values_mut() {
            let (Seen::Text(text) | Seen::Unseen(text)) = version;
            clean(text, values);
        }
    }
}

fn clean(text: &mut String, values: &[&str]) {
    for value in values {
        if text.contains(value) {
            *text = text.replace(value, "[redacted]");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::capture::Metric;
    use crate::baseline::settings::{Probe, Reading};

    #[test]
    fn what_was_given_is_not_repeated() {
        let source = Source::Redis { address: "x:1".into(), password: Some("PASSWORD".into()) };
        let probe = Probe::new("cache", "a", source, Reading::Latency);
        let mut settings = Settings { probes: vec![probe.clone()], ..Settings::default() };
        settings.drift.environment = vec!["TOKEN".into(), "SHORT".into(), "UNSET".into()];
        let variable = |name: &str| match name {
            "PASSWORD" => Some("correct horse"),
            "TOKEN" => Some("correct horse battery"),
            "SHORT" => Some("on"),
            _ => None,
        };
        let values = values(&settings, variable);
        assert_eq!(values, ["correct horse battery", "correct horse"]);
        let reason = Some("wrong: correct horse battery, correct horse, on".to_owned());
        let mut capture =
            Capture { metrics: vec![Metric { reason, ..Metric::of(&probe) }], ..Capture::default() };
        redact(&mut capture, &values);
        assert_eq!(capture.metrics[0].reason.as_deref(), Some("wrong: [redacted], [redacted], on"));
    }
}
