//! The secrets check over samples that other scanners ship with their rules. The labels belong to the rule they were
//! written for: positives hold public identifiers and placeholder digits, negatives hold other services' real forms.
//! The floors only rise.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::support::{audit, corpora, findings, write};

/// Fewest positives found and most negatives flagged, as reached.
const FLOOR: usize = 616;
const CEILING: usize = 89;

#[test]
fn recall_and_false_alarms_over_published_samples() {
    let Some(corpora) = corpora("corpora_secrets") else { return };
    let text = std::fs::read_to_string(corpora.join("secrets/samples.jsonl")).unwrap();
    let samples: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // A folder for each sample, without a name that says what it is.
    let tree = tempfile::Builder::new().prefix("case").tempdir().unwrap();
    for (index, sample) in samples.iter().enumerate() {
        let bytes = STANDARD.decode(sample["text_b64"].as_str().unwrap()).unwrap();
        write(tree.path(), &format!("{index}/settings"), bytes);
    }
    let outcome = audit(tree.path(), &["secrets"]);
    let mut found: BTreeMap<usize, String> = BTreeMap::new();
    for finding in findings(&outcome) {
        let path = finding.location.path().unwrap_or_default();
        let index = path.split('/').next().unwrap().parse().unwrap();
        found.entry(index).or_insert_with(|| finding.rule.clone());
    }
    let mut score: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
    let mut total: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (index, sample) in samples.iter().enumerate() {
        let (suite, label) = (sample["suite"].as_str().unwrap(), sample["label"].as_str().unwrap());
        for slot in [
            score.entry((suite.to_owned(), label.to_owned())).or_default(),
            total.entry(label.to_owned()).or_default(),
        ] {
            slot.0 += usize::from(found.contains_key(&index));
            slot.1 += 1;
        }
    }
    for ((suite, label), (flagged, all)) in &score {
        eprintln!("secrets {suite:16} {label} flagged {flagged:4} of {all}");
    }
    let (positives, negatives) = (total["positive"], total["negative"]);
    eprintln!("secrets total            positive flagged {:4} of {}", positives.0, positives.1);
    eprintln!("secrets total            negative flagged {:4} of {}", negatives.0, negatives.1);
    if let Some(path) = std::env::var_os("READINESS_CORPORA_DETAIL") {
        let lines: Vec<String> = found.iter().map(|(index, rule)| format!("{index} {rule}")).collect();
        write(std::path::Path::new(&path), "secrets.txt", lines.join("\n"));
    }
    assert!(positives.0 >= FLOOR, "{} positives found, {FLOOR} before", positives.0);
    assert!(negatives.0 <= CEILING, "{} negatives flagged, {CEILING} before", negatives.0);
}
