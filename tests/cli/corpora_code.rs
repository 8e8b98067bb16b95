//! The code rules against DevSkim's own samples (must match, must not match), for the families that are about the same
//! thing. The rest of them (weak ciphers, old protocol versions, banned C functions, web output) belong to other checks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde::Deserialize;

use super::support::{audit, corpora, findings, write};

/// DevSkim's family and the rules here that speak of the same thing.
const FAMILIES: &[(&str, &[&str])] = &[
    ("DS113853", &["COD-044"]),
    ("DS125134", &["COD-040"]),
    ("DS126185", &["COD-040"]),
    ("DS126186", &["COD-040"]),
    ("DS126187", &["COD-040"]),
    ("DS126188", &["COD-041"]),
    ("DS152094", &["COD-040"]),
    ("DS159369", &["COD-040"]),
    ("DS181731", &["COD-032"]),
    ("DS181865", &["COD-040"]),
    ("DS425000", &["COD-090", "COD-092"]),
    ("DS425020", &["COD-090", "COD-092"]),
    ("DS425030", &["COD-090", "COD-092"]),
    ("DS425040", &["COD-091"]),
];

#[derive(Deserialize)]
struct Sample {
    rule: String,
    applies_to: Option<Vec<String>>,
    label: String,
    text: String,
}

/// The name of a file in the first language that a sample is for.
fn file_name(languages: Option<&Vec<String>>) -> &'static str {
    let first = match languages {
        Some(list) if !list.is_empty() => list[0].as_str(),
        _ => "",
    };
    match first {
        "python" => "run.py",
        "php" => "page.php",
        "ruby" => "run.rb",
        "java" => "Run.java",
        "javascript" | "typescript" => "run.js",
        "csharp" | "fsharp" | "CSharp" => "Run.cs",
        "cpp" | "c" => "run.cpp",
        "objective-c" => "run.m",
        "powershell" => "run.ps1",
        "shellscript" | "batch" => "run.sh",
        _ => "run.txt",
    }
}

fn read(number: usize, line: &str) -> Sample {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("devskim-samples.jsonl:{number}: {error}"))
}

#[test]
fn devskim_samples() {
    let Some(corpora) = corpora("devskim_samples") else { return };
    let text = fs::read_to_string(corpora.join("source/devskim-samples.jsonl")).unwrap();
    let families: BTreeMap<&str, &[&str]> = FAMILIES.iter().copied().collect();
    let (mut found, mut positives, mut false_alarms, mut negatives) = (0, 0, 0, 0);
    let mut unmapped = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for (number, line) in text.lines().enumerate() {
        let sample = read(number + 1, line);
        let Some(rules) = families.get(sample.rule.as_str()) else {
            unmapped.insert(sample.rule);
            continue;
        };
        let tree = tempfile::Builder::new().prefix("case").tempdir().unwrap();
        write(tree.path(), file_name(sample.applies_to.as_ref()), &sample.text);
        let outcome = audit(tree.path(), &["code"]);
        let hit = findings(&outcome).any(|finding| rules.contains(&finding.rule.as_str()));
        let positive = sample.label == "positive";
        if positive {
            positives += 1;
            found += usize::from(hit);
        } else {
            negatives += 1;
            false_alarms += usize::from(hit);
        }
        if hit != positive {
            eprintln!(
                "devskim {}: {} {:?}",
                sample.rule,
                if hit { "false alarm" } else { "missed" },
                sample.text
            );
        }
        seen.insert(sample.rule);
    }
    eprintln!(
        "devskim: {found} of {positives} found, {false_alarms} false alarms in {negatives}, \
         {} families mapped, {} not",
        seen.len(),
        unmapped.len()
    );
    assert_eq!(seen.len(), FAMILIES.len(), "a mapped family has no sample");
    assert!(found >= FLOOR, "recall fell to {found}");
    assert_eq!(false_alarms, 0);
}

/// Fewest positives that may be found; rises only.
const FLOOR: usize = 30;
