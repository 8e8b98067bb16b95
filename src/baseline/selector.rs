//! Selectors as text: `name{label="value",other=~"regex"}`, as Prometheus writes them.

use std::fmt;
use std::iter::Peekable;
use std::str::{CharIndices, FromStr};

use regex::{Regex, RegexBuilder};

use super::settings::{Matcher, Matching, Selector};

/// Longest selector, in bytes.
const MAX_LENGTH: usize = 8 << 10;
/// Most matchers of one.
const MAX_MATCHERS: usize = 64;
/// Largest regular expression once it is compiled, in bytes.
const MAX_REGEX: usize = 1 << 20;

/// What is wrong with the text of a selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// It is too long, or has too many labels.
    #[error("a selector has at most {MAX_LENGTH} bytes and {MAX_MATCHERS} labels")]
    TooLong,
    /// Something else stands where this was expected.
    #[error("expected {expected} at character {at}, as in `name{{label=\"value\",other=~\"regex\"}}`")]
    Expected {
        /// What was expected.
        expected: &'static str,
        /// Where, from 1.
        at: usize,
    },
    /// A regular expression that is none, or one too large.
    #[error("the regular expression of label `{label}` is not valid: {reason}")]
    Regex {
        /// The label.
        label: String,
        /// What the parser of regular expressions says.
        reason: String,
    },
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        if text.len() > MAX_LENGTH {
            return Err(SelectorError::TooLong);
        }
        let mut reader = Reader { text, rest: text.char_indices().peekable() };
        reader.blanks();
        let name = reader.name(true, "the name of a metric")?;
        reader.blanks();
        let mut labels: Vec<Matcher> = Vec::new();
        if reader.take('{') {
            reader.blanks();
            while !reader.take('}') {
                if labels.len() >= MAX_MATCHERS {
                    return Err(SelectorError::TooLong);
                }
                labels.push(reader.matcher()?);
                reader.blanks();
                if reader.take(',') {
                    reader.blanks();
                } else if !reader.is_next('}') {
                    return Err(reader.expected("`,` or `}`"));
                }
            }
            reader.blanks();
        }
        if reader.rest.peek().is_some() {
            return Err(reader.expected(if labels.is_empty() { "`{`, or the end" } else { "the end" }));
        }
        Ok(Self { name, labels })
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for (index, matcher) in self.labels.iter().enumerate() {
            let sign = match matcher.how {
                Matching::Is => "=",
                Matching::IsNot => "!=",
                Matching::Like => "=~",
                Matching::NotLike => "!~",
            };
            let value = matcher.value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            write!(f, "{}{}{sign}\"{value}\"", if index == 0 { "{" } else { "," }, matcher.label)?;
        }
        if self.labels.is_empty() { Ok(()) } else { f.write_str("}") }
    }
}

/// The regular expression of a matcher, which must match all of a value.
pub(super) fn anchored(matcher: &Matcher) -> Result<Regex, SelectorError> {
    let fault = |error: &regex::Error| SelectorError::Regex {
        label: matcher.label.clone(),
        reason: match error {
            regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
            // The first lines draw the expression with a mark under it; the last says what is wrong.
            error => error.to_string().lines().last().unwrap_or_default().trim().to_owned(),
        },
    };
    let build = |pattern: &str| RegexBuilder::new(pattern).size_limit(MAX_REGEX).build();
    // By itself first: what only becomes whole inside of other parentheses would not be anchored.
    build(&matcher.value).map_err(|error| fault(&error))?;
    build(&format!("^(?s:{})$", matcher.value)).map_err(|error| fault(&error))
}

struct Reader<'t> {
    text: &'t str,
    rest: Peekable<CharIndices<'t>>,
}

impl Reader<'_> {
    fn expected(&mut self, expected: &'static str) -> SelectorError {
        let end = self.rest.peek().map_or(self.text.len(), |(at, _)| *at);
        let before = self.text.get(..end).unwrap_or_default();
        SelectorError::Expected { expected, at: before.chars().count() + 1 }
    }

    fn is_next(&mut self, wanted: char) -> bool {
        self.rest.peek().is_some_and(|(_, next)| *next == wanted)
    }

    fn take(&mut self, wanted: char) -> bool {
        self.rest.next_if(|(_, next)| *next == wanted).is_some()
    }

    fn blanks(&mut self) {
        while self.rest.next_if(|(_, next)| next.is_ascii_whitespace()).is_some() {}
    }

    fn name(&mut self, colons: bool, what: &'static str) -> Result<String, SelectorError> {
        let mut name = String::new();
        while let Some((_, next)) = self.rest.next_if(|(_, next)| {
            next.is_ascii_alphabetic()
                || *next == '_'
                || (*next == ':' && colons)
                || (next.is_ascii_digit() && !name.is_empty())
        }) {
            name.push(next);
        }
        if name.is_empty() { Err(self.expected(what)) } else { Ok(name) }
    }

    fn matcher(&mut self) -> Result<Matcher, SelectorError> {
        let label = self.name(false, "the name of a label")?;
        self.blanks();
        let how = match (self.take('='), self.take('!')) {
            (true, false) if self.take('~') => Matching::Like,
            (true, false) => Matching::Is,
            (false, true) if self.take('=') => Matching::IsNot,
            (false, true) if self.take('~') => Matching::NotLike,
            _ => return Err(self.expected("`=`, `!=`, `=~` or `!~`")),
        };
        self.blanks();
        let value = self.quoted()?;
        let matcher = Matcher { label, how, value };
        if matches!(how, Matching::Like | Matching::NotLike) {
            anchored(&matcher)?;
        }
        Ok(matcher)
    }

    /// A value in double, single or backward quotes; in the last a backslash is one.
    fn quoted(&mut self) -> Result<String, SelectorError> {
        let quotes = self.rest.next_if(|(_, next)| matches!(next, '"' | '\'' | '`'));
        let Some((_, quote)) = quotes else { return Err(self.expected("a value in quotes")) };
        let mut value = String::new();
        loop {
            match self.rest.next() {
                None => return Err(self.expected("a closing quote")),
                Some((_, next)) if next == quote => return Ok(value),
                Some((_, '\\')) if quote != '`' => {
                    let escaped =
                        self.rest.next_if(|(_, next)| matches!(next, '\\' | '"' | '\'' | 'n' | 't'));
                    match escaped {
                        Some((_, 'n')) => value.push('\n'),
                        Some((_, 't')) => value.push('\t'),
                        Some((_, other)) => value.push(other),
                        None => return Err(self.expected("`\\\\` where a backslash is meant")),
                    }
                }
                Some((_, next)) => value.push(next),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher(label: &str, how: Matching, value: &str) -> Matcher {
        Matcher { label: label.to_owned(), how, value: value.to_owned() }
    }

    #[test]
    fn selectors() {
        use Matching::{Is, IsNot, Like, NotLike};
        for (text, name, labels) in [
            ("up", "up", vec![]),
            (" vllm:tokens_total {} ", "vllm:tokens_total", vec![]),
            (r#"a{b="c"}"#, "a", vec![matcher("b", Is, "c")]),
            (
                r#"a { b = "c" , d!='e"', f=~"5..", g!~`\d+`, }"#,
                "a",
                vec![
                    matcher("b", Is, "c"),
                    matcher("d", IsNot, "e\""),
                    matcher("f", Like, "5.."),
                    matcher("g", NotLike, "\\d+"),
                ],
            ),
            (r#"a{b="\\ \" \n"}"#, "a", vec![matcher("b", Is, "\\ \" \n")]),
        ] {
            let selector: Selector = text.parse().unwrap();
            assert_eq!((selector.name.as_str(), &selector.labels), (name, &labels), "{text}");
            assert_eq!(selector.to_string().parse(), Ok(selector));
        }
    }

    #[test]
    fn what_is_no_selector() {
        for (text, words) in [
            ("", "the name of a metric at character 1"),
            ("{a=\"b\"}", "the name of a metric at character 1"),
            ("a b", "`{`, or the end at character 3"),
            ("a{b}", "`=`, `!=`, `=~` or `!~` at character 4"),
            ("a{b=c}", "a value in quotes at character 5"),
            ("a{b=\"c}", "a closing quote at character 8"),
            ("a{b=\"c\" d=\"e\"}", "`,` or `}` at character 9"),
            ("a{b=\"c\"", "`,` or `}` at character 8"),
            ("a{b=\"\\d\"}", "where a backslash is meant at character 7"),
            ("a{b=\"c\"}[5m]", "the end at character 9"),
            ("a{b=~\"(\"}", "regular expression of label `b` is not valid: error: unclosed group"),
            ("a{b=~\")(\"}", "regular expression of label `b` is not valid"),
            ("a{b=~\"(x{1000}){1000}\"}", "it is too large"),
        ] {
            let error = text.parse::<Selector>().unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
        assert_eq!("a".repeat(10_000).parse::<Selector>(), Err(SelectorError::TooLong));
    }

    #[test]
    fn expressions_match_all_of_a_value() {
        let matches = |pattern: &str, value: &str| {
            anchored(&matcher("a", Matching::Like, pattern)).unwrap().is_match(value)
        };
        assert!(matches("5..", "503") && !matches("5..", "5030") && !matches("5..", "1503"));
        assert!(matches("a|b", "b") && !matches("a|b", "ab"));
        assert!(matches("", "") && !matches("", "a") && matches(".*", "a\nb"));
    }

    proptest::proptest! {
        #[test]
        fn written_and_read_again(value in "\\PC{0,20}", name in "[a-z_:][a-z0-9_:]{0,8}") {
            let selector = Selector { name, labels: vec![matcher("l", Matching::IsNot, &value)] };
            proptest::prop_assert_eq!(selector.to_string().parse(), Ok(selector));
        }
    }
}
