//! Patterns over builder ids and identities of signers.
//!
//! A `*` stands for one character or more. At the end of a pattern it takes all that is left, as versions and references
//! with their slashes follow there; elsewhere it stays within its part and takes none of `/ ? # @ : \`. A pattern must not
//! end in the middle of a name: `https://github.com/acme*` would also be `https://github.com/acme-evil/`.

/// Longest id held against a pattern, in bytes.
const MAX_TEXT: usize = 4096;
/// Most `*` of one pattern.
const MAX_STARS: usize = 16;

/// A pattern over ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
}

/// Why a text is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Nothing, or a `*` alone, which is anyone.
    #[error("names nobody: give at least the beginning of an id")]
    Anyone,
    /// It ends in the middle of a name.
    #[error("a `*` at the end stands behind one of `/ @ : = #`, else it also means names that only begin so")]
    OpenEnd,
    /// The host or the scheme is left open.
    #[error("the scheme, and the last two parts of the host, are written out")]
    OpenHost,
    /// Two of them beside each other, or too many.
    #[error("at most {MAX_STARS} `*`, never two beside each other")]
    Stars,
    /// Characters that no id has.
    #[error("spaces and control characters do not stand in ids")]
    Characters,
}

impl Pattern {
    /// Reads a pattern; without a `*` it is the id itself.
    ///
    /// # Errors
    /// It would mean more than whoever wrote it can want.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.is_empty() || text == "*" {
            return Err(PatternError::Anyone);
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) || text.len() > MAX_TEXT {
            return Err(PatternError::Characters);
        }
        if text.contains("**") || text.matches('*').count() > MAX_STARS {
            return Err(PatternError::Stars);
        }
        if let Some(head) = text.strip_suffix('*')
            && !head.ends_with(['/', '@', ':', '=', '#'])
        {
            return Err(PatternError::OpenEnd);
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let open = host.rsplit('.').take(2).any(|part| part.contains('*')) || rest == "*";
            if scheme.contains('*') || open || host.is_empty() {
                return Err(PatternError::OpenHost);
            }
        }
        Ok(Self { text: text.to_owned() })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether an id is meant. One with a `*` means no id that has dot segments, backslashes, spaces or control
    /// characters, whose meaning depends on who reads them.
    #[must_use]
    pub fn matches(&self, id: &str) -> bool {
        if !self.text.contains('*') {
            return self.text == id;
        }
        let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
        let dots = |part: &str| {
            let part = part.to_ascii_lowercase().replace("%2e", ".");
            matches!(part.as_str(), "." | "..")
        };
        if id.len() > MAX_TEXT || id.contains(odd) || id.split(['/', '@', '?', '#']).any(dots) {
            return false;
        }
        let (body, open) = match self.text.strip_suffix('*') {
            Some(body) => (body, true),
            None => (self.text.as_str(), false),
        };
        let pieces: Vec<&str> = body.split('*').collect();
        from(&pieces, id, open)
    }
}

/// Whether a text is the pieces with stars between them, and, when the end is open, more behind them. The places where the
/// pieces so far can end are kept as a set, so that the work is the length of the text for each piece.
fn from(pieces: &[&str], text: &str, open: bool) -> bool {
    let Some((first, others)) = pieces.split_first() else { return false };
    if !text.starts_with(first) {
        return false;
    }
    let mut ends = vec![first.len()];
    for piece in others {
        ends = behind_star(text, &ends, piece);
    }
    ends.into_iter().any(|end| if open { end < text.len() } else { end == text.len() })
}

/// Where a piece can end that stands behind a `*` that begins at one of `starts`, which are in order.
fn behind_star(text: &str, starts: &[usize], piece: &str) -> Vec<usize> {
    let mut starts = starts.iter().copied().peekable();
    let mut reached = false;
    let mut ends = Vec::new();
    for (at, c) in text.char_indices().chain([(text.len(), '\0')]) {
        // The first character is the star's; the piece begins at any later one, up to the end of the part.
        if reached && text.get(at..).is_some_and(|rest| rest.starts_with(piece)) {
            ends.push(at + piece.len());
        }
        reached |= starts.next_if_eq(&at).is_some();
        reached &= !matches!(c, '/' | '?' | '#' | '@' | ':' | '\\');
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, id: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(id)
    }

    #[test]
    fn a_pattern_means_what_it_shows() {
        let workflow = "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.2.3";
        for pattern in [
            workflow,
            "https://github.com/acme/*",
            "https://github.com/acme/app/.github/workflows/release.yml@*",
            "https://github.com/acme/*/.github/workflows/release.yml@refs/tags/*",
            "https://github.com/acme/*/.github/workflows/*.yml@refs/tags/v1.2.3",
            "https://github.com/*/*/.github/workflows/rel*.yml@*",
        ] {
            assert!(matches(pattern, workflow), "{pattern}");
        }
        assert!(matches("*@acme.org", "builds@acme.org"));
        assert!(matches("https://*.acme.org/build", "https://ci.acme.org/build"));
        assert!(matches("https://a.org/x*yy*z", "https://a.org/xayyyz"), "every split is tried");
    }

    #[test]
    fn neighbours_do_not_pass() {
        for (pattern, id) in [
            ("https://github.com/acme/*", "https://github.com/acme-evil/app"),
            ("https://github.com/acme/*", "https://github.com/acme"),
            ("https://github.com/acme/*", "https://github.com/acme/"),
            ("https://github.com/acme/*", "https://github.com.evil.org/acme/x"),
            ("https://github.com/acme/*", "https://github.com@evil.org/acme/x"),
            ("https://github.com/acme/*", "http://github.com/acme/x"),
            ("https://github.com/acme/*", "https://GITHUB.com/acme/x"),
            ("https://github.com/acme/*", "https://evil.org/https://github.com/acme/x"),
            ("https://github.com/acme/*", "https://github.com/acme/../evil/x"),
            ("https://github.com/acme/*", "https://github.com/acme/%2E%2e/evil/x"),
            ("https://github.com/acme/*", "https://github.com/acme/..\\evil"),
            ("https://github.com/acme/*", "https://github.com/acme/x\n"),
            ("https://github.com/acme/*/b.yml", "https://github.com/acme/evil/x/b.yml"),
            ("https://github.com/acme/*/b.yml", "https://github.com/acme//b.yml"),
            ("https://github.com/acme/app/b.yml@*", "https://github.com/acme/app/b.yml"),
            ("https://github.com/acme/app/b.yml@*", "https://github.com/acme/app/b.yml2@x"),
            ("https://*.acme.org/build", "https://evil.org/x.acme.org/build"),
            ("https://*.acme.org/build", "https://evil.org?.acme.org/build"),
            ("https://*.acme.org/build", "https://evil.org#.acme.org/build"),
            ("https://*.acme.org/build", "https://evil.org:1.acme.org/build"),
            ("https://*.acme.org/build", "https://a@b.acme.org/build"),
            ("https://*.acme.org/build", "https://.acme.org/build"),
            ("*@acme.org", "a@b@acme.org"),
            ("*@acme.org", "@acme.org"),
            ("*@acme.org", "a@acme.org.evil.org"),
            ("https://ci/x", "https://ci/x/"),
        ] {
            assert!(!matches(pattern, id), "{pattern} takes {id}");
        }
    }

    #[test]
    fn patterns_that_mean_too_much_are_refused() {
        for (pattern, expected) in [
            ("", PatternError::Anyone),
            ("*", PatternError::Anyone),
            ("https://github.com/acme*", PatternError::OpenEnd),
            ("https://github.com*", PatternError::OpenEnd),
            ("https://*", PatternError::OpenHost),
            ("https://*/acme/x", PatternError::OpenHost),
            ("https://*.com/acme/x", PatternError::OpenHost),
            ("*://github.com/acme/x", PatternError::OpenHost),
            ("https://github.com/**", PatternError::Stars),
            ("a b", PatternError::Characters),
        ] {
            assert_eq!(Pattern::parse(pattern), Err(expected), "{pattern}");
        }
        assert!(Pattern::parse(&format!("a{}", "*b".repeat(17))).is_err());
    }

    #[test]
    fn a_hostile_id_takes_no_time() {
        let pattern = Pattern::parse(&format!("{}@x", "a*".repeat(15))).unwrap();
        assert!(!pattern.matches(&"a".repeat(4096)));
    }
}
