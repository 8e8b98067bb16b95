//! Whether two URIs name one repository.

/// Whether two URIs name the same repository, whatever reference of it: the prefix `git+`, the ending `.git`, a slash at
/// the end, a reference behind `@`, and the case of scheme and host say nothing. All else must be equal as it stands:
/// nothing is decoded or resolved, so that no spelling of another place passes for the expected one.
#[must_use]
pub fn same_source(one: &str, other: &str) -> bool {
    match (normal(one), normal(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// The URI in its one spelling; none for an empty text.
fn normal(uri: &str) -> Option<String> {
    let uri = uri.trim();
    let uri = uri.strip_prefix("git+").unwrap_or(uri);
    let Some((scheme, rest)) = uri.split_once("://") else {
        return Some(uri.to_owned()).filter(|uri| !uri.is_empty());
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    let path = without_reference(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    let path = path.strip_suffix(".git").unwrap_or(path);
    // A user before the host is part of an SSH address, and has a case.
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) => format!("{user}@{}", host.to_ascii_lowercase()),
        None => authority.to_ascii_lowercase(),
    };
    Some(format!("{}://{authority}{path}", scheme.to_ascii_lowercase()))
}

/// The path without the reference behind its first `@` that does not begin a segment (`/@scope/…`).
fn without_reference(path: &str) -> &str {
    let mut before = '/';
    for (at, c) in path.char_indices() {
        if c == '@' && before != '/' {
            return path.get(..at).unwrap_or(path);
        }
        before = c;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPECTED: &str = "https://github.com/acme/app";

    #[test]
    fn spellings_of_one_place() {
        for same in [
            "https://github.com/acme/app",
            "git+https://github.com/acme/app.git",
            "https://GitHub.com/acme/app/",
            "HTTPS://github.com/acme/app.git",
            "git+https://github.com/acme/app@refs/heads/main",
            "git+https://github.com/acme/app.git@refs/tags/v1@2",
        ] {
            assert!(same_source(same, EXPECTED), "{same}");
        }
        assert!(same_source("git+ssh://git@GITHUB.com/a/b", "ssh://git@github.com/a/b.git"));
        assert!(same_source("https://example.org/@scope/a@v1", "https://example.org/@scope/a"));
    }

    #[test]
    fn other_places_that_look_like_it() {
        for other in [
            "http://github.com/acme/app",
            "https://github.com/acme/app-evil",
            "https://github.com/acme/app/sub",
            "https://github.com/acme/App",
            "https://github.com/acme/%61pp",
            "https://github.com/acme/x/../app",
            "https://github.com/acme//app",
            "https://github.com:444/acme/app",
            "https://github.com.evil.org/acme/app",
            "https://github.com@evil.org/acme/app",
            "https://user@github.com/acme/app",
            "https://evil.org/github.com/acme/app",
            "https://evil.org?https://github.com/acme/app",
            "https://evil.org#https://github.com/acme/app",
            "https://evil.org\\github.com/acme/app",
            "https://github.com\\@evil.org/acme/app",
            "https://github.com/acme/app?x=1",
            "https://github.com/acme",
            "github.com/acme/app",
            "",
        ] {
            assert!(!same_source(other, EXPECTED), "{other}");
        }
        assert!(!same_source("", ""), "nothing is no source");
        // Cyrillic а in the host.
        assert!(!same_source("https://github.com/аcme/app", EXPECTED));
    }
}
