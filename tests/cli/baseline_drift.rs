//! Drift as the audit weighs it: two states of a tree, and what is said of the difference.
#![allow(clippy::disallowed_methods, reason = "the trees of tests")]

use std::collections::BTreeSet;
use std::fs;

use readiness::audit::configuration::weigh;
use readiness::baseline::drift::{Order, Snapshot, Weights, changes, conclude, take};
use readiness::baseline::probe::Surroundings;
use readiness::baseline::secrets::Secrets;
use readiness::baseline::settings::Drift;
use readiness::formats::document::Documents;
use readiness::report::{Baseline, Severity, Status};

const THEN: &str = "security:
  jwt:
    expiry: 15m
    algorithm: RS256
  cors:
    origins: [https://a.example]
  rate_limit:
    enabled: true
pool:
  size: 10
database:
  host: db.example
  password: Hunter2-Correct-Horse
";

fn weights(path: &str, documents: &Documents) -> Weights {
    let weighed = weigh(path, documents);
    Weights {
        security: weighed.security,
        secret: weighed.secret,
        concerns: weighed
            .concerns
            .into_iter()
            .map(|concern| (concern.key, concern.rule, concern.severity, concern.message))
            .collect(),
    }
}

fn snapshot(root: &std::path::Path, salt: Option<&str>) -> Snapshot {
    let around = Surroundings { folder: root, environment: &[], agent: "test", secrets: Secrets::NONE };
    let settings = Drift::default();
    take(&Order { root, settings: &settings, around: &around, weigh: &weights, findings: None, salt })
}

#[test]
fn a_weaker_setting_is_told_with_the_rule_of_the_audit() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config/production.yaml");
    fs::create_dir(folder.path().join("config")).unwrap();
    fs::write(&file, THEN).unwrap();
    let then = snapshot(folder.path(), None);
    let now = THEN
        .replace("expiry: 15m", "expiry: 24h")
        .replace("a.example", "b.example")
        .replace("enabled: true", "enabled: false")
        .replace("size: 10", "size: 20")
        .replace("Hunter2-Correct-Horse", "Other-Battery-Staple9");
    fs::write(&file, now).unwrap();
    let now = snapshot(folder.path(), Some(&then.salt));
    let drift = changes(&then, &now);
    let told: BTreeSet<(&str, &str, Option<&str>, Option<Severity>)> = drift
        .iter()
        .map(|change| {
            (change.key.as_str(), change.rule.as_str(), change.audit_rule.as_deref(), change.severity)
        })
        .collect();
    // The rules and severities are those of src/audit/configuration/rules.yaml: more than 60 minutes, rate limiting off.
    assert_eq!(
        told,
        BTreeSet::from([
            ("security.jwt.expiry", "BSL-030", Some("CFG-006"), Some(Severity::Medium)),
            ("security.cors.origins[0]", "BSL-031", None, None),
            ("security.rate_limit.enabled", "BSL-030", Some("CFG-012"), Some(Severity::Medium)),
            ("pool.size", "BSL-032", None, None),
            // The key of a secret that stands in the file concerned the audit before.
            ("database.password", "BSL-031", None, None),
        ])
    );
    let report = conclude(&Baseline { drift, ..Baseline::default() }, Some(&then), &now);
    assert_eq!(report.status, Status::Failed);
    let messages: Vec<&str> = report.findings.iter().map(|finding| finding.message.as_str()).collect();
    for begins in [
        "`security.jwt.expiry`: 15m → 24h (CFG-006)",
        "`security.cors.origins[0]`: https://a.example → https://b.example",
        "`security.rate_limit.enabled`: true → false (CFG-012)",
        "`pool.size`: 10 → 20",
        "Another value of `database.password`, of which only digests are kept",
    ] {
        assert!(messages.iter().any(|message| message.starts_with(begins)), "{begins}: {messages:#?}");
    }
    let all = serde_json::to_string(&(&report, &then, &now)).unwrap();
    assert!(!all.contains("Hunter2") && !all.contains("Staple9"), "{all}");
}

#[test]
fn keys_that_only_sound_secret_are_told_with_their_values() {
    let folder = tempfile::tempdir().unwrap();
    let text = |number: u32| {
        format!(
            "ACCESS_TOKEN_EXPIRE_MINUTES={number}\nPASSWORD_MIN_LENGTH={number}\nSECRET_ROTATION_DAYS={number}\nMAX_TOKENS={number}\n"
        )
    };
    fs::write(folder.path().join(".env"), text(15)).unwrap();
    let then = snapshot(folder.path(), None);
    fs::write(folder.path().join(".env"), text(20)).unwrap();
    let now = snapshot(folder.path(), Some(&then.salt));
    let drift = changes(&then, &now);
    assert_eq!(drift.len(), 4);
    let report = conclude(&Baseline { drift, ..Baseline::default() }, Some(&then), &now);
    for finding in &report.findings {
        assert!(finding.message.contains("`: 15 → 20"), "{}", finding.message);
    }
}
