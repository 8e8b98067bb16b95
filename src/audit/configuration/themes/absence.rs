//! Protections that are missing where a section says that they are wanted. Reported at the section.

use super::super::profile::{Profile, Section};
use super::super::stage::Stage;
use super::Concern;

/// Words that show that requests are limited somehow.
const LIMITS: &[&str] =
    &["rate limit", "rate", "rps", "quota", "quotas", "request limit", "max requests", "bucket", "throttled"];
/// Words that show that data is deleted some day.
const RETENTION: &[&str] = &[
    "retention",
    "retain",
    "ttl",
    "purge",
    "erasure",
    "delete after",
    "expiry",
    "cleanup",
    "max age",
    "prune",
    "keep",
];

/// Reports what is missing.
pub(super) fn look(profile: &Profile<'_>, concerns: &mut Vec<Concern>) {
    if profile.stage == Stage::Development || profile.overlay {
        return;
    }
    let says_nothing_of = |words: &[&str]| {
        !profile.settings.iter().any(|setting| setting.words.has_any(words))
            && !profile.sections.iter().any(|section| section.words.has_any(words))
    };
    if says_nothing_of(LIMITS)
        && let Some(section) = profile.sections.iter().find(|section| guards_an_interface(profile, section))
    {
        concerns.push(missing("CFG-013", section, "Nothing limits the rate of requests"));
    }
    if says_nothing_of(RETENTION)
        && let Some(section) = profile.sections.iter().find(|section| keeps_personal_data(section))
    {
        concerns.push(missing("CFG-040", section, "Nothing says how long personal data is kept"));
    }
}

fn missing(rule: &'static str, section: &Section, says: &str) -> Concern {
    Concern {
        rule,
        span: section.span,
        message: format!("{says}: `{}`.", section.path),
        secret: None,
        development: section.development,
    }
}

/// A section that says how requests are guarded, so that the absence of limits is a choice.
fn guards_an_interface(profile: &Profile<'_>, section: &Section) -> bool {
    let named = section.words.0 == section.key.0
        && (section.key.0 == "api"
            || section.key.0 == "security"
            || section.key.0 == "http"
            || section.key.0 == "server");
    let guards = profile.settings.get(section.settings.clone()).is_some_and(|inside| {
        let has = |words: &[&str]| inside.iter().any(|setting| setting.words.has_any(words));
        let kinds = [
            has(&["cors", "origin"]),
            has(&["jwt", "auth", "authentication", "token"]),
            has(&["csrf"]),
            has(&["hsts", "csp", "security header"]),
            has(&["api key"]),
        ];
        kinds.into_iter().filter(|kind| *kind).count() >= 2
    });
    named && guards
}

fn keeps_personal_data(section: &Section) -> bool {
    section.key.ends_any(&["privacy", "gdpr", "personal data", "pii", "data protection"])
        && section.settings.len() >= 2
}
