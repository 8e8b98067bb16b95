//! Addresses of servers as people write them: `http` and `https` (RFC 3986, RFC 9110 section 4.2), no others.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Longest address read, in bytes.
const LONGEST: usize = 8 << 10;
/// Longest name of a host (RFC 1035 section 2.3.4), in bytes.
const LONGEST_HOST: usize = 253;

/// An address. Its query can hold secrets, and is left out wherever it is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    /// Whether TLS is spoken.
    pub scheme_tls: bool,
    /// Name or address in lower case, IPv6 without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Path and query, beginning with `/`, of printable ASCII alone.
    pub path_and_query: String,
}

/// Why text is no such address. The text itself is not repeated, as it can hold secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Another scheme, or none.
    #[error("the URL does not begin with http:// or https://")]
    Scheme,
    /// A user name or password.
    #[error(
        "the URL has a user name or password in it: give a token with --auth-token, or a header in the scenario"
    )]
    User,
    /// No host, or none that can be one.
    #[error(
        "the URL has no valid host: a name of letters, digits, '-', '.' and '_' (others as xn--…), an IPv4 address, or an IPv6 address in brackets"
    )]
    Host,
    /// No port, or 0, or above 65535.
    #[error("the URL's port is not a number from 1 to 65535")]
    Port,
    /// Blanks or control characters.
    #[error("the URL has a blank or a control character in it: write it as %20 or the like")]
    Character,
    /// Over 8 KiB.
    #[error("the URL is longer than 8 KiB")]
    Long,
}

impl FromStr for Url {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        if text.len() > LONGEST {
            return Err(UrlError::Long);
        }
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::Scheme)?;
        let scheme_tls = if scheme.eq_ignore_ascii_case("https") {
            true
        } else if scheme.eq_ignore_ascii_case("http") {
            false
        } else {
            return Err(UrlError::Scheme);
        };
        let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
        if rest.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(UrlError::Character);
        }
        let (authority, path) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
        if authority.contains('@') {
            return Err(UrlError::User);
        }
        let (host, port) = split(authority)?;
        let port = match port {
            "" if scheme_tls => 443,
            "" => 80,
            digits => number(digits)?,
        };
        Ok(Self { scheme_tls, host, port, path_and_query: path_and_query(path) })
    }
}

/// Host, and the digits of the port.
fn split(authority: &str) -> Result<(String, &str), UrlError> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (address, after) = rest.split_once(']').ok_or(UrlError::Host)?;
        let address: Ipv6Addr = address.parse().map_err(|_| UrlError::Host)?;
        let port = if after.is_empty() { "" } else { after.strip_prefix(':').ok_or(UrlError::Host)? };
        return Ok((address.to_string(), port));
    }
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let is_name = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    if host.is_empty()
        || host.len() > LONGEST_HOST
        || !is_name
        || host.starts_with('.')
        || host.contains("..")
    {
        return Err(UrlError::Host);
    }
    // Short and octal forms of addresses mean different things to different programs.
    let looks_like_address = host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if looks_like_address && host.parse::<Ipv4Addr>().is_err() {
        return Err(UrlError::Host);
    }
    Ok((host.to_ascii_lowercase(), port))
}

fn number(digits: &str) -> Result<u16, UrlError> {
    let is_number = digits.len() <= 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let port = if is_number { digits.parse().unwrap_or(0) } else { 0 };
    if port == 0 { Err(UrlError::Port) } else { Ok(port) }
}

/// Path and query with what is not ASCII as percent signs.
fn path_and_query(text: &str) -> String {
    use fmt::Write as _;
    let mut out = String::with_capacity(text.len() + 1);
    if !text.starts_with('/') {
        out.push('/');
    }
    for byte in text.bytes() {
        if byte.is_ascii_graphic() {
            out.push(char::from(byte));
        } else {
            // Writing to text does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

impl Url {
    /// The host, IPv6 in brackets, and the port if it is not the usual one: the `host` header.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let usual = if self.scheme_tls { 443 } else { 80 };
        if self.port == usual { host } else { format!("{host}:{}", self.port) }
    }

    /// The address without its query, for reports and messages.
    #[must_use]
    pub fn shown(&self) -> String {
        let scheme = if self.scheme_tls { "https" } else { "http" };
        let path = self.path_and_query.split('?').next().unwrap_or("/");
        format!("{scheme}://{}{path}", self.authority())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        for (text, tls, host, port, path, authority, shown) in [
            ("http://a", false, "a", 80, "/", "a", "http://a/"),
            ("HTTPS://Example.ORG", true, "example.org", 443, "/", "example.org", "https://example.org/"),
            ("http://a:8080/x/y?t=1#f", false, "a", 8080, "/x/y?t=1", "a:8080", "http://a:8080/x/y"),
            ("https://a:443?q", true, "a", 443, "/?q", "a", "https://a/"),
            ("https://a:80/", true, "a", 80, "/", "a:80", "https://a:80/"),
            ("http://[::1]:9/", false, "::1", 9, "/", "[::1]:9", "http://[::1]:9/"),
            (
                "http://[2001:DB8::0:1]",
                false,
                "2001:db8::1",
                80,
                "/",
                "[2001:db8::1]",
                "http://[2001:db8::1]/",
            ),
            ("http://127.0.0.1:", false, "127.0.0.1", 80, "/", "127.0.0.1", "http://127.0.0.1/"),
            ("http://a_b-c.d./@x", false, "a_b-c.d.", 80, "/@x", "a_b-c.d.", "http://a_b-c.d./@x"),
            ("http://a/ü", false, "a", 80, "/%C3%BC", "a", "http://a/%C3%BC"),
            ("http://a#@b/c", false, "a", 80, "/", "a", "http://a/"),
        ] {
            let url: Url = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((url.scheme_tls, url.host.as_str(), url.port), (tls, host, port), "{text}");
            assert_eq!(url.path_and_query, path, "{text}");
            assert_eq!((url.authority().as_str(), url.shown().as_str()), (authority, shown), "{text}");
        }
    }

    #[test]
    fn others_are_refused_for_what_is_wrong_with_them() {
        let long = format!("http://a/{}", "x".repeat(LONGEST));
        let name = format!("http://{}/", "x".repeat(254));
        for (text, error) in [
            ("", UrlError::Scheme),
            ("example.org", UrlError::Scheme),
            ("ftp://a", UrlError::Scheme),
            ("http:/a", UrlError::Scheme),
            ("http://", UrlError::Host),
            ("http:///x", UrlError::Host),
            ("http://:80", UrlError::Host),
            ("http://ü", UrlError::Host),
            ("http://a..b", UrlError::Host),
            ("http://127.1", UrlError::Host),
            ("http://256.0.0.1", UrlError::Host),
            ("http://[::1", UrlError::Host),
            ("http://[::1]80", UrlError::Host),
            ("http://[fe80::1%eth0]/", UrlError::Host),
            ("http://::1/", UrlError::Host),
            (&name, UrlError::Host),
            ("http://u:p@a", UrlError::User),
            ("http://u@a", UrlError::User),
            ("http://a:0", UrlError::Port),
            ("http://a:65536", UrlError::Port),
            ("http://a:080808", UrlError::Port),
            ("http://a:+80", UrlError::Port),
            ("http://a:b", UrlError::Port),
            ("http://a/x y", UrlError::Character),
            ("http://a/\r\nx: y", UrlError::Character),
            ("http://a\u{0}", UrlError::Character),
            (&long, UrlError::Long),
        ] {
            assert_eq!(text.parse::<Url>(), Err(error), "{text}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let url: Url = "https://a/x?token=secret#secret".parse().unwrap();
        assert!(!format!("{url:?} {}", url.shown()).contains("secret"));
        let error = "https://user:secret@a/".parse::<Url>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"));
    }

    proptest! {
        #[test]
        fn what_is_read_reads_the_same_again(text in "(http|https)://[a-z0-9.\\[\\]:_-]{0,12}[/?#@a-zü%]{0,9}") {
            if let Ok(url) = text.parse::<Url>() {
                let scheme = if url.scheme_tls { "https" } else { "http" };
                let again = format!("{scheme}://{}{}", url.authority(), url.path_and_query);
                prop_assert_eq!(again.parse::<Url>().unwrap(), url);
            }
        }

        #[test]
        fn nothing_panics(text in "\\PC*", rest in any::<String>()) {
            let _ = text.parse::<Url>();
            let _ = format!("http://{rest}").parse::<Url>();
        }
    }
}
