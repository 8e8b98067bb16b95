//! The rules of a run: their texts, what GitHub reads from their properties, and their relations to other catalogues.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{level, message, non_empty};
use crate::render::visible;
use crate::report::{Confidence, Report, Rule, Severity};

/// Longest short and full description that GitHub takes, in characters.
const DESCRIPTION: usize = 1_024;
/// Longest name that GitHub takes, in characters.
const NAME: usize = 255;
/// Most tags of a rule; GitHub refuses a file with more.
const TAGS: usize = 20;

/// What a run says about its rules.
pub(super) struct Rules {
    /// `reportingDescriptor` objects, in report order.
    pub(super) descriptors: Vec<Value>,
    /// One `toolComponent` for each catalogue that a rule is mapped to.
    pub(super) taxonomies: Vec<Value>,
    /// Tags over the limit.
    pub(super) cut_tags: usize,
}

/// Describes the rules of a report.
pub(super) fn rules(report: &Report) -> Rules {
    let mut catalogues: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (catalogue, ids) in report.rules.iter().flat_map(|rule| &rule.mappings) {
        catalogues.entry(catalogue).or_default().extend(ids.iter().map(String::as_str));
    }
    let mut cut_tags = 0;
    let descriptors = report
        .rules
        .iter()
        .map(|rule| {
            let (tags, cut) = tags(rule);
            cut_tags += cut;
            descriptor(rule, &tags, &catalogues)
        })
        .collect();
    let taxonomies = catalogues.iter().map(|(catalogue, ids)| taxonomy(catalogue, ids)).collect();
    Rules { descriptors, taxonomies, cut_tags }
}

fn descriptor(rule: &Rule, tags: &[String], catalogues: &BTreeMap<&str, BTreeSet<&str>>) -> Value {
    let title = non_empty(&rule.title, &rule.id);
    let mut properties = json!({ "tags": tags, "precision": precision(rule.confidence) });
    let mut out = json!({
        "id": rule.id,
        "name": name(title),
        "shortDescription": { "text": message(&visible::cut(title, DESCRIPTION)) },
        "fullDescription": { "text": message(&visible::cut(non_empty(&rule.description, title), DESCRIPTION)) },
        "help": help(rule),
        "defaultConfiguration": { "level": level(rule.severity) },
        "relationships": relationships(rule, catalogues),
    });
    if let (Some(score), Some(properties)) = (security_severity(rule.severity), properties.as_object_mut()) {
        properties.insert("security-severity".into(), score.into());
    }
    if let Some(out) = out.as_object_mut() {
        out.insert("properties".into(), properties);
        let uri = rule.references.iter().find(|reference| is_plain_url(reference));
        out.extend(uri.map(|uri| ("helpUri".to_owned(), Value::from(uri.as_str()))));
    }
    out
}

/// The number by which GitHub shows a severity: over 9.0 critical, from 7.0 high, from 4.0 medium, from 0.1 low.
/// Informational rules have none.
const fn security_severity(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("2.0"),
        Severity::Info => None,
    }
}

const fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "very-high",
        Confidence::Medium => "high",
        Confidence::Low => "medium",
    }
}

/// A name in Pascal case, as other tools have them: `TheImageRunsAsRoot`.
fn name(title: &str) -> String {
    let words = title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let name: String = words
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<Vec<_>>()
        })
        .take(NAME)
        .collect();
    if name.is_empty() { "Rule".to_owned() } else { name }
}

/// Description, remedy, example and references, as plain text and as Markdown. The words are the catalogue's own.
fn help(rule: &Rule) -> Value {
    let (mut text, mut markdown) = (Vec::new(), Vec::new());
    for (heading, body) in [("", &rule.description), ("Remedy", &rule.remediation)] {
        if body.trim().is_empty() {
            continue;
        }
        let heading = if heading.is_empty() { String::new() } else { format!("{heading}: ") };
        text.push(format!("{heading}{body}"));
        markdown.push(format!(
            "{}{body}",
            if heading.is_empty() { String::new() } else { format!("**{heading}**") }
        ));
    }
    for (heading, example) in [("Reported", &rule.bad), ("In order", &rule.good)] {
        if let Some(example) = example {
            text.push(format!("{heading}:\n{}", example.trim_end()));
            // Longer than any fence that an example may hold.
            let fence = "`".repeat(example.split(|c| c != '`').map(str::len).max().unwrap_or(0).max(2) + 1);
            markdown.push(format!("{heading}:\n{fence}\n{}\n{fence}", example.trim_end()));
        }
    }
    if !rule.references.is_empty() {
        text.push(rule.references.join("\n"));
        markdown.push(rule.references.iter().map(|each| format!("- {each}")).collect::<Vec<_>>().join("\n"));
    }
    if text.is_empty() {
        let title = non_empty(&rule.title, &rule.id).to_owned();
        text.push(title.clone());
        markdown.push(title);
    }
    json!({ "text": message(&text.join("\n\n")), "markdown": markdown.join("\n\n") })
}

/// Tags in the convention of code scanning, and how many are over the limit: `security`, `external/cwe/cwe-079`.
fn tags(rule: &Rule) -> (Vec<String>, usize) {
    let mut tags = vec!["security".to_owned()];
    let cwe_first = rule.mappings.iter().filter(|(name, _)| *name == "CWE");
    let others = rule.mappings.iter().filter(|(name, _)| *name != "CWE");
    for (catalogue, id) in
        cwe_first.chain(others).flat_map(|(name, ids)| ids.iter().map(move |id| (name, id)))
    {
        let id = match id.strip_prefix("CWE-").and_then(|number| number.parse::<u32>().ok()) {
            Some(number) => format!("cwe-{number:03}"),
            None => id.to_lowercase(),
        };
        tags.push(format!("external/{}/{}", catalogue.to_lowercase(), id.replace(char::is_whitespace, "-")));
    }
    let cut = tags.len().saturating_sub(TAGS);
    tags.truncate(TAGS);
    (tags, cut)
}

/// The relations of a rule to other catalogues. A weakness of CWE is wider than the rule that looks for one form of it;
/// a control is only related to it.
fn relationships(rule: &Rule, catalogues: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<Value> {
    let all = rule.mappings.iter().flat_map(|(name, ids)| ids.iter().map(move |id| (name.as_str(), id)));
    all.map(|(name, id)| {
        let index = catalogues.keys().position(|each| *each == name).unwrap_or_default();
        let kind = if name == "CWE" { "superset" } else { "relevant" };
        json!({ "target": { "id": id, "toolComponent": { "name": name, "index": index } }, "kinds": [kind] })
    })
    .collect()
}

fn taxonomy(name: &str, ids: &BTreeSet<&str>) -> Value {
    let taxa: Vec<Value> = ids
        .iter()
        .map(|id| match id.strip_prefix("CWE-").filter(|number| number.bytes().all(|byte| byte.is_ascii_digit())) {
            Some(number) if name == "CWE" => {
                json!({ "id": id, "helpUri": format!("https://cwe.mitre.org/data/definitions/{number}.html") })
            }
            _ => json!({ "id": id }),
        })
        .collect();
    if name == "CWE" {
        return json!({
            "name": name,
            "organization": "MITRE",
            "informationUri": "https://cwe.mitre.org/",
            "shortDescription": { "text": "Common Weakness Enumeration" },
            "taxa": taxa,
        });
    }
    json!({ "name": name, "taxa": taxa })
}

fn is_plain_url(text: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=%".contains(&byte);
    text.starts_with("https://") && text.bytes().all(unreserved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_pascal_case() {
        assert_eq!(name("The image runs as root"), "TheImageRunsAsRoot");
        // readiness:ignore COD-001 a case of a test
        assert_eq!(name("`curl | sh`: über-bad"), "CurlShÜberBad");
        assert_eq!(name("--"), "Rule");
        assert_eq!(name(&"a".repeat(400)).chars().count(), NAME);
    }
}
