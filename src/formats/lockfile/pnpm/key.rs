//! Keys of packages and references to them.

use super::super::node::{is_version, split_name};

/// Name and version that a key of `packages` holds; none for what is not from a registry.
pub(super) fn parts(key: &str) -> (Option<&str>, Option<&str>) {
    let Some(path) = key.strip_prefix('/') else {
        // Format 9: `name@1.2.3`, `name@https://…`. Formats 5 and 6: `registry/name/1.2.3`, `example.org/a/b/SHA`.
        return match split_name(base(key)) {
            Some((name, version)) if is_name(name) => {
                (Some(name), Some(version).filter(|text| is_version(text)))
            }
            _ => {
                registry(key).map_or((None, None), |host| slashed(key.strip_prefix(host).unwrap_or_default()))
            }
        };
    };
    match split_name(base(path)) {
        Some((name, version)) if is_name(name) => (Some(name), Some(version).filter(|text| is_version(text))),
        _ => slashed(key),
    }
}

/// The registry's host in front of a key of format 5, as in `example.org/name/1.2.3`.
pub(super) fn registry(key: &str) -> Option<&str> {
    let (host, path) = key.split_once('/')?;
    let is_host = !host.starts_with('@') && host.contains('.') && !host.contains([':', '@']);
    let rest = key.strip_prefix(host)?;
    (is_host && !path.is_empty() && matches!(slashed(rest), (Some(_), Some(_)))).then_some(host)
}

/// Name and version of `/name/1.2.3`, `/@scope/name/1.2.3_peers` (format 5).
fn slashed(path: &str) -> (Option<&str>, Option<&str>) {
    let mut parts = path.trim_start_matches('/').splitn(4, '/');
    let first = parts.next().unwrap_or_default();
    let (name, version) = if first.starts_with('@') {
        let length = first.len() + 1 + parts.next().map_or(0, str::len);
        (path.trim_start_matches('/').get(..length), parts.next())
    } else {
        (Some(first), parts.next())
    };
    let more = parts.next();
    let version = version.map(|version| version.split('_').next().unwrap_or(version));
    match (name, version, more) {
        (Some(name), Some(version), None) if is_name(name) && is_version(version) => {
            (Some(name), Some(version))
        }
        _ => (None, None),
    }
}

/// A key without its peers in brackets.
pub(super) fn base(key: &str) -> &str {
    key.split('(').next().unwrap_or(key)
}

fn is_name(name: &str) -> bool {
    let unscoped =
        name.strip_prefix('@').and_then(|name| name.split_once('/')).map_or(name, |(_, name)| name);
    !unscoped.is_empty() && !unscoped.contains(['/', ':'])
}

/// The keys that a reference of a dependency may stand for, the likeliest first: a version, or a key itself.
pub(super) fn candidates(name: &str, reference: &str) -> [String; 4] {
    [
        format!("{name}@{reference}"),
        format!("/{name}@{reference}"),
        format!("/{name}/{reference}"),
        reference.to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_all_formats_have_their_parts() {
        let cases = [
            ("/a/1.2.3", Some("a"), Some("1.2.3")),
            ("/@s/a/1.2.3_b@2.0.0+c@3.0.0", Some("@s/a"), Some("1.2.3")),
            ("/a/1.2.3_abc123", Some("a"), Some("1.2.3")),
            ("/a@1.2.3", Some("a"), Some("1.2.3")),
            ("/@s/a@1.2.3-rc.1(@t/b@2.0.0)(c@1.0.0)", Some("@s/a"), Some("1.2.3-rc.1")),
            ("a@1.2.3", Some("a"), Some("1.2.3")),
            ("@s/a@1.2.3", Some("@s/a"), Some("1.2.3")),
            ("a@https://codeload.github.com/a/b/tar.gz/0123", Some("a"), None),
            ("@s/a@file:../a", Some("@s/a"), None),
            ("github.com/a/b/0123456789abcdef0123456789abcdef01234567", None, None),
            ("registry.example.org/a/1.2.3", Some("a"), Some("1.2.3")),
            ("file:../a", None, None),
            ("", None, None),
        ];
        for (key, name, version) in cases {
            assert_eq!(parts(key), (name, version), "{key}");
        }
    }

    #[test]
    fn registries_stand_in_front() {
        assert_eq!(registry("registry.example.org/@s/a/1.2.3"), Some("registry.example.org"));
        assert_eq!(registry("/a/1.2.3"), None);
        assert_eq!(registry("@s/a@1.2.3"), None);
        assert_eq!(registry("github.com/a/b/0123456789abcdef0123456789abcdef01234567"), None);
    }
}
