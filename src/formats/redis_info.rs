//! The answer to `INFO`: sections of `field:value` lines, some values lists of their own (`db0:keys=1,expires=0`).

use std::collections::BTreeMap;

/// Most lines that are kept.
const MAX_LINES: usize = 20_000;

/// Fields, each under its name (`keyspace_hits`), under its section and name (`stats.keyspace_hits`), and the parts of lists
/// under both with their own (`db0.keys`, `keyspace.db0.keys`). Where a name stands in two sections, the first counts.
#[must_use]
pub fn fields(text: &str) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    let mut section = String::new();
    for line in text.lines().take(MAX_LINES) {
        let line = line.trim();
        if let Some(title) = line.strip_prefix('#') {
            section = title.trim().to_lowercase();
            continue;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        let mut keep = |name: &str, value: &str| {
            if !section.is_empty() {
                fields.entry(format!("{section}.{name}")).or_insert_with(|| value.to_owned());
            }
            fields.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        };
        keep(name, value);
        for (part, value) in value.split(',').filter_map(|part| part.split_once('=')) {
            keep(&format!("{name}.{part}"), value);
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_fields_and_lists() {
        let read = fields(concat!(
            "# Server\r\nredis_version:7.0.15\r\n\r\n# Memory\r\nused_memory:1048576\r\n",
            "# Stats\r\nkeyspace_hits:9\r\nused_memory:1\r\n# Keyspace\r\n",
            "db0:keys=3,expires=1,avg_ttl=0\r\nnonsense\r\n",
        ));
        for (name, value) in [
            ("redis_version", "7.0.15"),
            ("keyspace_hits", "9"),
            ("stats.keyspace_hits", "9"),
            ("used_memory", "1048576"),
            ("stats.used_memory", "1"),
            ("db0", "keys=3,expires=1,avg_ttl=0"),
            ("db0.keys", "3"),
            ("keyspace.db0.expires", "1"),
        ] {
            assert_eq!(read.get(name).map(String::as_str), Some(value), "{name}");
        }
        assert_eq!(read.get("nonsense"), None);
    }
}
