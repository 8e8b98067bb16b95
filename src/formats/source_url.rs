//! Where lock files and project files say that a package comes from: URLs without their secrets, and commits.

/// A URL without user name and password, and without query and fragment, where tokens also stand.
///
/// The bare user of an SSH URL (`git@`) is no secret and stays, as it is part of the address.
pub(super) fn without_credentials(url: &str) -> String {
    let url = url.split_once(['?', '#']).map_or(url, |(address, _)| address).trim();
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = match rest.find('/') {
        Some(slash) => rest.split_at_checked(slash).unwrap_or((rest, "")),
        None => (rest, ""),
    };
    let Some((user, host)) = authority.rsplit_once('@') else { return url.to_owned() };
    let is_ssh = scheme.ends_with("ssh");
    match user.split(':').next() {
        Some(name) if is_ssh && !name.is_empty() => format!("{scheme}://{name}@{host}{path}"),
        _ => format!("{scheme}://{host}{path}"),
    }
}

/// The host of a URL, without user and port.
pub(super) fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    Some(host.split_once(':').map_or(host, |(name, _)| name))
}

/// The text as a commit, if it is one in full: 40 or 64 hexadecimal digits.
pub(super) fn commit(text: &str) -> Option<String> {
    let is_full = matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_full.then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_leave_a_url() {
        let cases = [
            ("https://user:pass@example.org/a.git?token=x#y", "https://example.org/a.git"),
            ("https://token@example.org/a", "https://example.org/a"),
            ("ssh://git@example.org:22/a.git", "ssh://git@example.org:22/a.git"),
            ("git+ssh://git:pass@example.org/a", "git+ssh://git@example.org/a"),
            ("https://example.org/@scope/a", "https://example.org/@scope/a"),
            ("https://example.org", "https://example.org"),
            ("../a", "../a"),
        ];
        for (url, expected) in cases {
            assert_eq!(without_credentials(url), expected, "{url}");
        }
    }

    #[test]
    fn hosts_stand_between_user_and_port() {
        assert_eq!(host("https://user:pass@example.org:8080/a@b"), Some("example.org"));
        assert_eq!(host("https://example.org"), Some("example.org"));
        assert_eq!(host("example.org"), None);
    }

    #[test]
    fn only_full_commits_pin() {
        let full = "0123456789ABCDEF0123456789abcdef01234567";
        assert_eq!(commit(full), Some(full.to_lowercase()));
        assert_eq!(commit("0123456"), None);
        assert_eq!(commit("v1.0.0"), None);
    }
}
