//! Addresses: which may be asked, where a redirect leads, and how one is written in a message.

use ureq::http::Uri;

use super::HttpError;

/// An address without what may be secret in it: user and password, query.
#[must_use]
pub fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
    let (rest, query) = rest.split_once('?').map_or((rest, ""), |(rest, _)| (rest, "?…"));
    let (authority, path) = match rest.split_once('/') {
        Some((authority, path)) => (authority, format!("/{path}")),
        None => (rest, String::new()),
    };
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let mark = if scheme.is_empty() { "" } else { "://" };
    format!("{scheme}{mark}{host}{path}{query}").chars().filter(|c| !c.is_control()).collect()
}

/// Reads an address that may be asked: `https`, and `http` for this machine alone unless `allow_plain`.
pub(super) fn permitted(url: &str, allow_plain: bool) -> Result<Uri, HttpError> {
    let bad = |reason: String| HttpError::Address { url: shown(url), reason };
    let uri: Uri = url.parse().map_err(|error: ureq::http::uri::InvalidUri| bad(error.to_string()))?;
    if uri.host().is_none_or(str::is_empty) {
        return Err(bad("no host in it".to_owned()));
    }
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if allow_plain || is_loopback(&uri) => Ok(uri),
        Some("http") => Err(HttpError::Plain { url: shown(url) }),
        _ => Err(bad("neither https nor http".to_owned())),
    }
}

/// Whether the host is this machine, by name or number.
pub(super) fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Where `location` leads from `from` (RFC 3986 §5, without the removal of dot segments, which servers do themselves).
/// Never from `https` to `http`.
pub(super) fn next_hop(from: &Uri, location: &str, allow_plain: bool) -> Result<Uri, HttpError> {
    let scheme = from.scheme_str().unwrap_or("https");
    // User and password of the first address are not carried on.
    let host = from.authority().map(ureq::http::uri::Authority::as_str).unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let path = from.path();
    let target = if location.contains("://") {
        location.to_owned()
    } else if let Some(rest) = location.strip_prefix("//") {
        format!("{scheme}://{rest}")
    } else if location.starts_with('/') {
        format!("{scheme}://{host}{location}")
    } else {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{scheme}://{host}{folder}/{location}")
    };
    if scheme == "https" && !target.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://")) {
        return Err(HttpError::Downgrade { from: shown(&from.to_string()), to: shown(&target) });
    }
    permitted(&target, allow_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(shown("https://user:pass@host:8443/a/b?token=x#y"), "https://host:8443/a/b?…");
        assert_eq!(shown("https://a@b@host"), "https://host");
        assert_eq!(shown("https://host/a@b"), "https://host/a@b");
    }

    #[test]
    fn plain_http_is_for_this_machine() {
        for url in ["https://example.org/x", "http://127.0.0.1:80/x", "http://[::1]/x", "http://localhost/x"]
        {
            assert!(permitted(url, false).is_ok(), "{url}");
        }
        for url in ["http://example.org/x", "http://127.0.0.1.example.org/x", "http://localhost.example.org/"]
        {
            assert!(matches!(permitted(url, false), Err(HttpError::Plain { .. })), "{url}");
            assert!(permitted(url, true).is_ok(), "{url}");
        }
        for url in ["ftp://example.org/x", "file:///etc/passwd", "/x", "https://", "https:///x", ""] {
            assert!(matches!(permitted(url, true), Err(HttpError::Address { .. })), "{url}");
        }
    }

    #[test]
    fn redirects_lead_on_and_never_down() {
        let from: Uri = "https://user:pass@a.example/one/two?x=1".parse().unwrap();
        for (location, target) in [
            ("https://b.example/z", "https://b.example/z"),
            ("//b.example/z", "https://b.example/z"),
            ("/z?q", "https://a.example/z?q"),
            ("z", "https://a.example/one/z"),
        ] {
            assert_eq!(next_hop(&from, location, false).unwrap().to_string(), target);
        }
        for location in ["http://a.example/z", "HTTP://b.example/", "ftp://b.example/", "http://127.0.0.1/"] {
            assert!(
                matches!(next_hop(&from, location, true), Err(HttpError::Downgrade { .. })),
                "{location}"
            );
        }
    }
}
