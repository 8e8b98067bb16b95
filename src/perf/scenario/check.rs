//! What may stand in a request. A text that ends a line early would be another request than the one that was meant.

/// Longest path, in bytes.
pub const LONGEST_PATH: usize = 16 << 10;
/// Longest value of a header, in bytes.
pub const LONGEST_HEADER: usize = 16 << 10;
/// Most headers of a request.
pub const MOST_HEADERS: usize = 100;
/// Longest body, in bytes.
pub const LONGEST_BODY: usize = 16 << 20;
/// Most endpoints.
pub const MOST_ENDPOINTS: usize = 256;
/// Heaviest weight.
pub const HEAVIEST: u32 = 1_000_000;
/// Longest name of an endpoint or scenario, in characters.
pub const LONGEST_NAME: usize = 100;

/// Headers that the generator sets itself, with the reason.
const RESERVED: [(&str, &str); 11] = [
    ("host", "it is the server of the URL"),
    ("content-length", "it is the length of the body"),
    ("transfer-encoding", "bodies are sent with their length"),
    ("connection", "connections are the generator's"),
    ("keep-alive", "connections are the generator's"),
    ("proxy-connection", "connections are the generator's"),
    ("upgrade", "the protocol stays the same for a whole run"),
    ("http2-settings", "the protocol stays the same for a whole run"),
    ("te", "trailers are not read"),
    ("trailer", "no trailers are sent"),
    ("expect", "bodies are sent without asking first"),
];

/// Where a text goes, which decides what it may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Path and query.
    Path,
    /// The value of a header.
    Header,
    /// The body.
    Body,
}

impl Part {
    /// Most bytes.
    #[must_use]
    pub const fn longest(self) -> usize {
        match self {
            Self::Path => LONGEST_PATH,
            Self::Header => LONGEST_HEADER,
            Self::Body => LONGEST_BODY,
        }
    }

    /// Why bytes cannot stand there; none when they can. A path has what RFC 9112 (3.2) and RFC 3986 allow in its place,
    /// roughly: visible ASCII without a fragment. A value has no control characters but tabs (RFC 9110, 5.5).
    #[must_use]
    pub fn refuses(self, text: &[u8]) -> Option<&'static str> {
        let control = |byte: &u8| byte.is_ascii_control();
        match self {
            Self::Path if text.iter().any(control) => Some("a path has no control characters"),
            Self::Path if text.contains(&b' ') => Some("a path has no spaces; write `%20`"),
            Self::Path if text.contains(&b'#') => Some("a path has no `#`; write `%23`"),
            Self::Path if !text.is_ascii() => Some("a path is ASCII; write other characters as `%` and hex"),
            Self::Header if text.iter().any(|byte| control(byte) && *byte != b'\t') => {
                Some("a header has no control characters")
            }
            _ => None,
        }
    }
}

/// Whether a text is a token (RFC 9110, 5.6.2), as methods and names of headers are.
#[must_use]
pub fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Why a method cannot be sent; none when it can.
#[must_use]
pub fn refused_method(method: &str) -> Option<&'static str> {
    if !is_token(method) || method.len() > 32 {
        Some("a method is a word such as `GET`")
    } else if method.eq_ignore_ascii_case("CONNECT") {
        Some("`CONNECT` makes a tunnel and asks for nothing")
    } else {
        None
    }
}

/// Why a header of this name, in lower case, cannot be set; none when it can.
#[must_use]
pub fn refused_header(name: &str) -> Option<String> {
    if !is_token(name) || name.len() > 256 {
        return Some("the name of a header has letters, digits and `-`, and no spaces".to_owned());
    }
    let (_, reason) = RESERVED.iter().find(|(reserved, _)| *reserved == name)?;
    Some(format!("`{name}` cannot be set: {reason}"))
}

/// Why a text is no JSON pointer (RFC 6901); none when it is one.
#[must_use]
pub fn refused_pointer(text: &str) -> Option<&'static str> {
    let escaped = |part: &str| part.starts_with(['0', '1']);
    if !text.starts_with('/') || text.len() > 1024 {
        Some("a JSON pointer begins with `/`: `/access_token`")
    } else if !text.split('~').skip(1).all(escaped) {
        Some("in a JSON pointer, `~` is written `~0` and `/` inside a name `~1`")
    } else {
        None
    }
}

/// Why a text is no name; none when it is one.
#[must_use]
pub fn refused_name(name: &str) -> Option<&'static str> {
    if name.trim().is_empty() || name.chars().count() > LONGEST_NAME {
        Some("a name has 1 to 100 characters")
    } else if name.chars().any(char::is_control) {
        Some("a name has no control characters")
    } else if name.eq_ignore_ascii_case("total") {
        Some("`total` is the name of all endpoints together")
    } else {
        None
    }
}

/// Path and query of a URL: what stands behind its authority, without a fragment, beginning with `/`.
#[must_use]
pub fn path_of(url: &str) -> String {
    let behind = url.split_once("://").map_or(url, |(_, behind)| behind);
    let path = behind.find(['/', '?', '#']).and_then(|at| behind.get(at..)).unwrap_or_default();
    let path = path.split('#').next().unwrap_or_default();
    if path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

/// Why a text cannot be the URL of a server; none when it can. It is looked at only roughly.
#[must_use]
pub fn refused_url(url: &str) -> Option<&'static str> {
    let scheme = |name: &str| url.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let authority = url.split_once("://").map_or("", |(_, behind)| behind);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    if !scheme("http://") && !scheme("https://") {
        Some("a URL begins with `http://` or `https://`")
    } else if Part::Path.refuses(url.as_bytes()).is_some() {
        Some("a URL is ASCII without spaces, control characters and `#`")
    } else if authority.contains('@') {
        Some("a URL here has no user and password; use a header with `${env.NAME}`")
    } else if authority.is_empty() || authority.starts_with(':') {
        Some("a URL names a server")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_methods_and_headers() {
        for (method, good) in [("GET", true), ("M-SEARCH", true), ("get", true), ("", false), ("A B", false)]
        {
            assert_eq!(refused_method(method).is_none(), good, "{method}");
        }
        assert!(refused_method("connect").is_some() && refused_method("GET\r\n").is_some());
        assert_eq!(refused_header("x-build"), None);
        for name in ["", "a b", "a:", "a\r\nb", "ä", ":path"] {
            assert!(refused_header(name).unwrap().contains("letters"), "{name}");
        }
        assert!(refused_header("host").unwrap().contains("the server of the URL"));
        assert!(refused_header("content-length").is_some() && refused_header("transfer-encoding").is_some());
        assert!(refused_header("connection").is_some() && refused_header("upgrade").is_some());
    }

    #[test]
    fn texts_cannot_end_a_line() {
        for bad in ["a b", "a\r\n", "a\0", "ä", "a#b", "a\tb", "a\u{7f}"] {
            assert!(Part::Path.refuses(bad.as_bytes()).is_some(), "{bad:?}");
        }
        assert_eq!(Part::Path.refuses(b"/a?b=%20&c=[1]{}|"), None);
        for bad in ["a\r\nx: y", "a\n", "\0", "\u{1b}", "\u{7f}"] {
            assert!(Part::Header.refuses(bad.as_bytes()).is_some(), "{bad:?}");
        }
        assert_eq!(Part::Header.refuses("Mozilla/5.0 (ä)\tx".as_bytes()), None);
        assert_eq!(Part::Body.refuses(b"\0\r\n"), None);
    }

    #[test]
    fn pointers() {
        assert_eq!(refused_pointer("/access_token"), None);
        assert_eq!(refused_pointer("/a~1b/~0/0/"), None);
        for bad in ["", "a", "/~", "/~2", "/a~"] {
            assert!(refused_pointer(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn urls() {
        for (url, path) in [
            ("http://127.0.0.1:8080", "/"),
            ("http://h/", "/"),
            ("https://h/a/b?c=d", "/a/b?c=d"),
            ("http://h?q=1", "/?q=1"),
            ("http://h/a#b", "/a"),
            ("http://[::1]:80/x", "/x"),
        ] {
            assert_eq!(path_of(url), path, "{url}");
        }
        assert_eq!(refused_url("HTTP://[::1]:80/x?y"), None);
        for bad in ["", "ftp://h", "h", "http://", "http:///x", "http://:80", "http://u:p@h/", "http://h/a b"]
        {
            assert!(refused_url(bad).is_some(), "{bad}");
        }
    }
}
