//! Values of environment variables that the settings name are repeated nowhere.

use std::ffi::OsString;

use crate::baseline::capture::Capture;
use crate::baseline::drift::Seen;
use crate::baseline::secrets::Secrets;
use crate::baseline::settings::{Settings, Source};

/// The values.
pub(super) fn secrets(settings: &Settings, environment: &[(String, OsString)]) -> Secrets {
    let asked = settings.probes.iter().filter_map(|probe| match &probe.source {
        Source::Http(ask) | Source::Prometheus(ask) => ask.token.as_ref(),
        Source::Redis { password, .. } => password.as_ref(),
        _ => None,
    });
    let names = asked.chain(&settings.drift.environment);
    Secrets::new(names.filter_map(|name| {
        environment.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.to_str())
    }))
}

/// Takes them out of everything in a capture that others said. Where texts are cut it was done before that; here is nothing forgotten.
pub(super) fn redact(capture: &mut Capture, secrets: &Secrets) {
    let clean = |text: &mut String| *text = secrets.out_of(text);
    capture.metrics.iter_mut().filter_map(|metric| metric.reason.as_mut()).for_each(clean);
    for module in &mut capture.modules {
        [&mut module.words, &mut module.command].into_iter().for_each(clean);
    }
    if let Some(snapshot) = &mut capture.snapshot {
        for version in snapshot.versions.values_mut() {
            let (Seen::Text(text) | Seen::Unseen(text)) = version;
            clean(text);
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
        settings.drift.environment = vec!["TOKEN".into(), "UNSET".into()];
        let environment = [("PASSWORD", "correct horse"), ("TOKEN", "battery"), ("OTHER", "staple")];
        let environment = environment.map(|(name, value)| (name.to_owned(), OsString::from(value)));
        let secrets = secrets(&settings, &environment);
        let reason = Some("wrong: correct horse, battery, staple".to_owned());
        let mut capture =
            Capture { metrics: vec![Metric { reason, ..Metric::of(&probe) }], ..Capture::default() };
        redact(&mut capture, &secrets);
        assert_eq!(capture.metrics[0].reason.as_deref(), Some("wrong: [redacted], [redacted], staple"));
    }
}
