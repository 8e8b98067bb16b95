//! What a key means: its words, in lower case and in one spelling for words that mean the same.
//!
//! `JWT_EXPIRES_IN`, `jwt.expiresIn` and `jwtExpirationMs` all begin `jwt expiry`; rules are written in these words.

/// Longest part of one key that is looked at, in characters.
const LONGEST_KEY: usize = 64;

/// Words in one spelling, a blank between two of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Phrase(pub(super) String);

impl Phrase {
    /// The words of a key or of several keys in a row.
    pub(super) fn of<'k>(keys: impl IntoIterator<Item = &'k str>) -> Self {
        let mut phrase = Self::default();
        for key in keys {
            split(key, &mut |word| phrase.push(word));
        }
        phrase
    }

    fn push(&mut self, word: &str) {
        for word in spelling(word).split(' ') {
            // `OAuth2` and `GraphQL` are one word with a capital in it.
            for (first, second, both) in JOINED {
                if word == *second
                    && let Some(rest) = self.0.strip_suffix(first)
                    && (rest.is_empty() || rest.ends_with(' '))
                {
                    self.0.truncate(rest.len());
                    self.0.push_str(both);
                    return;
                }
            }
            self.append(word);
        }
    }

    /// Adds words that are in the one spelling already.
    pub(super) fn append(&mut self, words: &str) {
        if !self.0.is_empty() && !words.is_empty() {
            self.0.push(' ');
        }
        self.0.push_str(words);
    }

    /// The words one by one.
    pub(super) fn words(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split(' ').filter(|word| !word.is_empty())
    }

    /// Whether these words stand in it, in a row.
    pub(super) fn has(&self, words: &str) -> bool {
        let bytes = self.0.as_bytes();
        let edge = |at: Option<&u8>| at.is_none_or(|byte| *byte == b' ');
        self.0.match_indices(words).any(|(at, found)| {
            edge(at.checked_sub(1).and_then(|before| bytes.get(before))) && edge(bytes.get(at + found.len()))
        })
    }

    /// Whether any of these stands in it.
    pub(super) fn has_any(&self, all: &[&str]) -> bool {
        all.iter().any(|words| self.has(words))
    }

    /// Whether it ends with these words.
    pub(super) fn ends(&self, words: &str) -> bool {
        self.0.strip_suffix(words).is_some_and(|rest| rest.is_empty() || rest.ends_with(' '))
    }

    /// Whether it ends with any of these.
    pub(super) fn ends_any(&self, all: &[&str]) -> bool {
        all.iter().any(|words| self.ends(words))
    }
}

/// Calls `take` with every word of a key: parted at anything but letters and digits, and where capitals say so.
fn split(key: &str, take: &mut impl FnMut(&str)) {
    let mut word = String::new();
    let mut previous = ' ';
    let mut characters = key.chars().take(LONGEST_KEY).peekable();
    while let Some(next) = characters.next() {
        let capital_after_small = next.is_uppercase() && previous.is_lowercase();
        // In `HTTPServer` the last capital begins the next word; in `h2Console` the digit ends one.
        let begins_word = next.is_uppercase()
            && (previous.is_uppercase() || previous.is_ascii_digit())
            && characters.peek().is_some_and(|after| after.is_lowercase());
        if (capital_after_small || begins_word || !next.is_alphanumeric()) && !word.is_empty() {
            take(&word);
            word.clear();
        }
        if next.is_alphanumeric() {
            word.extend(next.to_lowercase());
        }
        previous = next;
    }
    if !word.is_empty() {
        take(&word);
    }
}

const JOINED: &[(&str, &str, &str)] = &[
    ("o", "auth", "oauth"),
    ("o", "auth2", "oauth"),
    ("graph", "ql", "graphql"),
    ("my", "sql", "mysql"),
    ("start", "tls", "starttls"),
];

/// The one spelling of a word: plurals, grammatical forms, abbreviations, and compounds written in one.
fn spelling(word: &str) -> &str {
    match word {
        "encrypt" | "encrypted" | "encryption" => "encryption",
        "sign" | "signed" | "signing" | "signature" | "signatures" => "signing",
        "verify" | "verification" | "validate" | "validation" | "verifies" | "verified" => "verify",
        "expire" | "expires" | "expiry" | "expiration" | "exp" | "expiring" => "expiry",
        "expiresin" | "expirein" => "expiry in",
        "passwd" | "pwd" | "passwords" | "pass" | "passwort" => "password",
        "throttle" | "throttling" | "throttler" | "ratelimit" | "ratelimits" | "ratelimiter"
        | "ratelimiting" => "rate limit",
        "limits" | "limiter" | "limiting" | "limiters" => "limit",
        "algorithms" | "alg" | "algs" | "algo" => "algorithm",
        "certificates" | "cert" | "certs" => "certificate",
        "origins" => "origin",
        "protocols" => "protocol",
        "ciphers" => "cipher",
        "cookies" => "cookie",
        "headers" => "header",
        "tokens" => "token",
        "credentials" | "creds" => "credential",
        "secrets" => "secret",
        "logs" | "logging" => "log",
        "backups" => "backup",
        "hashing" | "hasher" | "hashes" => "hash",
        "xsrf" => "csrf",
        "db" => "database",
        "oauth2" => "oauth",
        "authn" => "authentication",
        "authz" => "authorization",
        "dir" | "directories" => "directory",
        "listings" => "listing",
        "apikey" | "apikeys" => "api key",
        "secretkey" => "secret key",
        "accesskey" => "access key",
        "privatekey" => "private key",
        "clientsecret" => "client secret",
        "jwtsecret" => "jwt secret",
        "accesstoken" => "access token",
        "refreshtoken" => "refresh token",
        "httponly" => "http only",
        "samesite" => "same site",
        "sslmode" => "ssl mode",
        "sslverify" => "ssl verify",
        "verifyssl" => "verify ssl",
        "pythonhttpsverify" => "python https verify",
        "usessl" => "use ssl",
        "loglevel" => "log level",
        "bindaddress" => "bind address",
        "connectionstring" | "connectionstrings" => "connection string",
        "twofactor" => "two factor",
        "multifactor" => "multi factor",
        "stacktrace" | "stacktraces" => "stack trace",
        "maxage" => "max age",
        "anonymise" | "anonymize" | "anonymisation" | "anonymization" => "anonymize",
        "redacting" | "redaction" | "redacted" => "redact",
        "masking" | "masked" => "mask",
        "scrubbing" | "scrubber" => "scrub",
        "filtering" | "filters" => "filter",
        "lifespan" | "validity" => "lifetime",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_words() {
        for (key, expected) in [
            ("security.jwt.expiry_minutes", "security jwt expiry minutes"),
            ("JWT_EXPIRES_IN", "jwt expiry in"),
            ("jwtExpirationMs", "jwt expiry ms"),
            ("JWTSecret", "jwt secret"),
            ("HTTPServer", "http server"),
            ("httpOnly", "http only"),
            ("HTTPONLY", "http only"),
            ("spring.h2.console", "spring h2 console"),
            ("H2Console", "h2 console"),
            ("OAuth2Client", "oauth client"),
            ("graphQL", "graphql"),
            ("insecureSkipTLSVerify", "insecure skip tls verify"),
            ("rateLimiter", "rate limit"),
            ("RateLimiting", "rate limit"),
            ("__a--b__", "a b"),
            ("", ""),
        ] {
            assert_eq!(Phrase::of([key]).0, expected, "{key}");
        }
    }

    #[test]
    fn words_match_whole() {
        let phrase = Phrase::of(["author", "authTokens"]);
        assert!(phrase.has("auth token") && phrase.ends("token") && phrase.has("author"));
        assert!(!phrase.has("auth tok") && !phrase.ends("ken") && !phrase.has("thor"));
    }
}
