//! The request that is made once before the load, and whose answer holds the token of all others.

use std::fmt;
use std::sync::Arc;

use super::load::once::exchange;
use super::probe::{ProbeError, Way};
use super::scenario::{Login, Source};

/// Longest token, in bytes; servers refuse longer headers.
const LONGEST: usize = 16 << 10;

/// A token. It is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Arc<str>);

/// Why there is no token. What the server said is not repeated, as it can hold secrets.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The server did not answer.
    #[error("cannot log in: {0}")]
    Probe(#[from] ProbeError),
    /// It did not let us in.
    #[error(
        "cannot log in: the server answers with status {0}, not with 200 to 299: check the login request and its secrets"
    )]
    Status(u16),
    /// Its answer is over 1 MiB.
    #[error("cannot log in: the answer is longer than 1 MiB")]
    Long,
    /// Its answer is no JSON.
    #[error("cannot log in: the answer is no JSON")]
    Json,
    /// There is no text where the token should be.
    #[error(
        "cannot log in: the answer has no text at {0}: name its place as a JSON pointer, such as /access_token"
    )]
    Missing(String),
    /// What is there cannot stand in a header.
    #[error(
        "cannot log in: what the answer has at {0} is empty, longer than 16 KiB or has characters that no header may have"
    )]
    Unfit(String),
}

impl Token {
    /// The token itself, for templates.
    #[must_use]
    pub fn reveal(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

/// Makes the login request, whose templates can use the token `before` (of the environment), and returns the token of its
/// answer.
///
/// # Errors
/// When there is no answer, no success, or no token in it.
pub fn login(way: &Way<'_>, login: &Login, before: &str, seed: u64) -> Result<Token, LoginError> {
    let mut source = Source::new(None, before, 0, 1, seed);
    source.advance();
    let answer = exchange(way, &login.request, &source)?;
    if !(200..300).contains(&answer.status) {
        return Err(LoginError::Status(answer.status));
    }
    if answer.is_cut {
        return Err(LoginError::Long);
    }
    token(&answer.body, &login.token)
}

fn token(body: &[u8], pointer: &str) -> Result<Token, LoginError> {
    let document: serde_json::Value = serde_json::from_slice(body).map_err(|_| LoginError::Json)?;
    let found = document.pointer(pointer).and_then(serde_json::Value::as_str);
    let text = found.ok_or_else(|| LoginError::Missing(pointer.to_owned()))?;
    let is_fit =
        !text.is_empty() && text.len() <= LONGEST && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if is_fit { Ok(Token(Arc::from(text))) } else { Err(LoginError::Unfit(pointer.to_owned())) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::perf::load::tls::Trust;
    use crate::perf::probe::Wish;
    use crate::perf::scenario::{Endpoint, Expect, Template, Thresholds};
    use crate::perf::servers::{Server, Speaks};
    use crate::perf::url::Url;

    fn at(server: &Server, path: &str, token: &str) -> Result<Token, LoginError> {
        let request = Endpoint {
            name: "login".to_owned(),
            method: "POST".to_owned(),
            path: Template::text(path),
            headers: vec![("content-type".to_owned(), Template::text("application/json"))],
            body: Some(Template::text("{}")),
            weight: 1,
            expect: Expect::default(),
            think: Duration::ZERO,
            thresholds: Thresholds::default(),
        };
        let url: Url = format!("http://{}", server.address).parse().unwrap();
        let way = Way { url: &url, wish: Wish::Auto, trust: &Trust::System, timeout: Duration::from_secs(5) };
        login(&way, &Login { request, token: token.to_owned() }, "", 1)
    }

    #[test]
    fn the_token_is_where_the_pointer_says_and_is_not_shown() {
        let server = Server::start(Speaks::One, false);
        let found = at(&server, "/json", "/data/token").unwrap();
        assert_eq!(&*found.reveal(), "t0ken");
        assert!(!format!("{found:?}").contains("t0ken"));
        assert_eq!(&*at(&server, "/json", "/list/0").unwrap().reveal(), "first");
    }

    #[test]
    fn what_is_no_token_is_refused_without_saying_what_it_was() {
        let server = Server::start(Speaks::One, false);
        for (path, pointer, expected) in [
            ("/status/401", "/data/token", "status 401"),
            ("/", "/data/token", "no JSON"),
            ("/big/2000000", "/data/token", "longer than 1 MiB"),
            ("/json", "/data/other", "no text at /data/other"),
            ("/json", "/data/number", "no text at"),
            ("/json", "/data", "no text at"),
            ("/json", "/data/empty", "is empty"),
            ("/json", "/data/bad", "characters"),
        ] {
            let error = at(&server, path, pointer).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(error.to_string().contains(expected), "{path} {pointer}: {error}");
            assert!(!shown.contains("hello") && !shown.contains("t0ken"), "{shown}");
        }
    }
}
