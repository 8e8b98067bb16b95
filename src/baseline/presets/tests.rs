use std::collections::BTreeSet;

use super::*;
use crate::baseline::CATEGORIES;
use crate::baseline::settings::Selector;
use crate::formats::document::{self, Limits, Node, Syntax};

/// The keys of a source; a probe has one of them.
const SOURCES: [&str; 12] = [
    "system",
    "process",
    "loopback",
    "disk",
    "gpu",
    "http",
    "prometheus",
    "command",
    "file",
    "tcp",
    "redis",
    "tests",
];

fn section(name: &str) -> Node {
    let text = preset(name).unwrap();
    let read = document::parse(text.as_bytes(), Syntax::Yaml, &Limits::default()).unwrap();
    let root = read.roots.into_iter().next().unwrap();
    let entries = root.expect_map().unwrap();
    assert_eq!(entries.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>(), ["baseline"], "{name}");
    root.get("baseline").unwrap().clone()
}

/// What the configuration's reader says of each is tested with the commands; here, that a preset holds together.
#[test]
fn presets_hold_together() {
    for (name, _) in PRESETS {
        let section = section(name);
        let mut names = BTreeSet::new();
        for category in section.get("probes").unwrap().expect_map().unwrap() {
            assert!(CATEGORIES.iter().any(|(id, _)| *id == category.key), "{name}: {}", category.key);
            for probe in category.value.expect_list().unwrap() {
                let text = |key: &str| probe.get(key).and_then(Node::text).map(str::to_owned);
                let own = text("name").unwrap();
                assert!(names.insert(own.clone()), "{name}: {own} stands twice");
                let sources = SOURCES.iter().filter(|source| probe.get(source).is_some()).count();
                assert_eq!(sources, 1, "{name}: {own}");
                let Some(select) = text("select") else { continue };
                let mut selectors = vec![select];
                if let Some(over) = probe.get("over") {
                    let over = over.expect_list().unwrap().iter().map(|item| item.text().unwrap().to_owned());
                    selectors.extend(over);
                }
                for selector in selectors {
                    assert!(selector.parse::<Selector>().is_ok(), "{name}: {own}: {selector}");
                }
            }
        }
        assert!(names.len() >= 8, "{name}");
        assert!(!preset(name).unwrap().contains('\t'), "{name}");
    }
    assert_eq!(preset("none"), None);
}
