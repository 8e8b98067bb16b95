//! Templates as they are written: `/orders/${counter}`. What they refer to is looked up later, see [`super::build`].

use super::settings::Place;

/// Longest name in a template, in bytes: further off, a closing brace belongs to something else.
const LONGEST_NAME: usize = 200;
/// Problems told of one template at most.
const MAX_WRONG: usize = 20;
/// What may stand in `${…}`.
const NAMES: [&str; 5] = ["counter", "uuid", "token", "row.NAME", "env.NAME"];

/// A template whose names are not looked up yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// Its pieces.
    pub parts: Vec<Part>,
    /// Where it stands.
    pub place: Place,
}

/// A piece of a [`Draft`].
#[derive(Clone, PartialEq, Eq)]
pub enum Part {
    /// Bytes as they are.
    Text(Vec<u8>),
    /// `${counter}`.
    Counter,
    /// `${uuid}`.
    Uuid,
    /// `${row.NAME}`.
    Row(String),
    /// `${token}`.
    Token,
    /// `${env.NAME}`.
    Env(String),
}

/// Shows names and how long texts are, because texts may be secret.
impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Counter => f.write_str("Counter"),
            Self::Uuid => f.write_str("Uuid"),
            Self::Row(name) => write!(f, "Row({name:?})"),
            Self::Token => f.write_str("Token"),
            Self::Env(name) => write!(f, "Env({name:?})"),
        }
    }
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Byte of the text at which it is.
    pub at: usize,
    /// What it is.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Draft {
    /// Reads a template: `${…}` is a place, `$${` is `${` as it is, a `$` before anything else is itself.
    ///
    /// # Errors
    /// Names that nobody knows and braces that nobody closes, up to a bound.
    pub fn parse(text: &[u8], place: Place) -> Result<Self, Vec<Wrong>> {
        let mut parts = Vec::new();
        let mut plain: Vec<u8> = Vec::new();
        let mut wrong = Vec::new();
        let mut at = 0;
        while let Some(found) = text.get(at..).and_then(|rest| memchr::memmem::find(rest, b"${")) {
            let open = at.saturating_add(found);
            plain.extend_from_slice(text.get(at..open).unwrap_or_default());
            at = open.saturating_add(2);
            if plain.last() == Some(&b'$') {
                plain.push(b'{');
                continue;
            }
            let behind = text.get(at..).unwrap_or_default();
            let near = behind.get(..LONGEST_NAME).unwrap_or(behind);
            let name = memchr::memchr(b'}', near).and_then(|end| near.get(..end));
            match name {
                Some(name) => {
                    at = at.saturating_add(name.len()).saturating_add(1);
                    match named(name) {
                        Ok(part) => {
                            if !plain.is_empty() {
                                parts.push(Part::Text(std::mem::take(&mut plain)));
                            }
                            parts.push(part);
                        }
                        Err((message, hint)) => wrong.push(Wrong { at: open, message, hint }),
                    }
                }
                None => wrong.push(Wrong {
                    at: open,
                    message: "`${` is never closed".to_owned(),
                    hint: Some("write `$${` for these two characters as they are".to_owned()),
                }),
            }
            if wrong.len() >= MAX_WRONG {
                break;
            }
        }
        plain.extend_from_slice(text.get(at..).unwrap_or_default());
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        if wrong.is_empty() { Ok(Self { parts, place }) } else { Err(wrong) }
    }

    /// A constant text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self { parts: vec![Part::Text(text.as_bytes().to_vec())], place: Place::default() }
    }

    /// Whether it needs the token.
    #[must_use]
    pub fn uses_token(&self) -> bool {
        self.parts.contains(&Part::Token)
    }
}

fn named(name: &[u8]) -> Result<Part, (String, Option<String>)> {
    let unreadable = || {
        let hint = "write `$${` for these two characters as they are".to_owned();
        ("a name in `${…}` is text without control characters".to_owned(), Some(hint))
    };
    let name = std::str::from_utf8(name).map_err(|_| unreadable())?;
    if name.chars().any(char::is_control) {
        return Err(unreadable());
    }
    match (name, name.split_once('.')) {
        ("counter", _) => Ok(Part::Counter),
        ("uuid", _) => Ok(Part::Uuid),
        ("token", _) => Ok(Part::Token),
        (_, Some(("row", column))) if !column.is_empty() => Ok(Part::Row(column.to_owned())),
        (_, Some(("env", variable))) if !variable.is_empty() && !variable.contains(['=', '\0']) => {
            Ok(Part::Env(variable.to_owned()))
        }
        (_, split) => {
            let known = NAMES.map(|name| name.split('.').next().unwrap_or(name));
            let near = closest(split.map_or(name, |(first, _)| first), &known);
            let hint = match near.and_then(|near| NAMES.iter().find(|name| name.starts_with(near))) {
                Some(near) => format!("did you mean `${{{near}}}`?"),
                None => format!("a template has `${{{}}}`", NAMES.join("}`, `${")),
            };
            Err((format!("there is no `${{{name}}}`"), Some(hint)))
        }
    }
}

/// The closest of some names, if one is close.
pub(super) fn closest<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    names
        .iter()
        .map(|known| (strsim::damerau_levenshtein(&name, &known.to_lowercase()), *known))
        .filter(|(far, known)| *far <= known.chars().count().div_ceil(3))
        .min()
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(text: &str) -> Vec<Part> {
        Draft::parse(text.as_bytes(), Place::default()).unwrap().parts
    }

    fn wrong(text: &str) -> (usize, String) {
        let wrong = Draft::parse(text.as_bytes(), Place::default()).unwrap_err();
        (wrong[0].at, format!("{}; {}", wrong[0].message, wrong[0].hint.clone().unwrap_or_default()))
    }

    #[test]
    fn every_name() {
        assert_eq!(
            parts("/a/${counter}?u=${uuid}${token}&${row.first name}${env.HOME}"),
            [
                Part::Text(b"/a/".to_vec()),
                Part::Counter,
                Part::Text(b"?u=".to_vec()),
                Part::Uuid,
                Part::Token,
                Part::Text(b"&".to_vec()),
                Part::Row("first name".to_owned()),
                Part::Env("HOME".to_owned()),
            ]
        );
        assert!(parts("").is_empty());
    }

    #[test]
    fn dollars_and_braces_that_are_meant() {
        for (text, expected) in
            [("$5 {a} $", "$5 {a} $"), ("$${counter}", "${counter}"), ("$$${x}", "$${x}"), ("{}", "{}")]
        {
            assert_eq!(parts(text), [Part::Text(expected.as_bytes().to_vec())], "{text}");
        }
        assert_eq!(parts("${uuid}$${uuid}"), [Part::Uuid, Part::Text(b"${uuid}".to_vec())]);
    }

    #[test]
    fn unknown_names_have_a_place_and_a_hint() {
        assert_eq!(
            wrong("ab${countr}"),
            (2, "there is no `${countr}`; did you mean `${counter}`?".to_owned())
        );
        assert_eq!(
            wrong("${rows.a}"),
            (0, "there is no `${rows.a}`; did you mean `${row.NAME}`?".to_owned())
        );
        assert_eq!(wrong("${row}"), (0, "there is no `${row}`; did you mean `${row.NAME}`?".to_owned()));
        assert!(wrong("${zzzzzz}").1.contains("a template has `${counter}`, `${uuid}`"));
        assert!(wrong("x${counter").1.contains("never closed"));
        assert!(wrong(&format!("${{{}}}", "a".repeat(300))).1.contains("never closed"));
        assert!(wrong("${\u{1b}[2J}").1.contains("control"));
        assert_eq!(Draft::parse(b"${a}${b}", Place::default()).unwrap_err().len(), 2);
        assert_eq!(Draft::parse("${a}".repeat(99).as_bytes(), Place::default()).unwrap_err().len(), 20);
    }

    #[test]
    fn debug_shows_no_texts() {
        let draft = Draft::parse(b"Bearer hunter2 ${token}", Place::default()).unwrap();
        let shown = format!("{draft:?}");
        assert!(!shown.contains("hunter2") && shown.contains("Token"), "{shown}");
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "[$ {}a.row]{0,40}") {
            let _ = Draft::parse(text.as_bytes(), Place::default());
        }

        #[test]
        fn escaped_text_is_itself(text in "[$ {}a]{0,40}") {
            // Only `${` needs care, and so does what stands before it.
            let Ok(draft) = Draft::parse(text.replace("${", "$${").as_bytes(), Place::default()) else {
                return Err(TestCaseError::fail("escaped text has no places"));
            };
            let whole: Vec<u8> = draft.parts.iter().flat_map(|part| match part {
                Part::Text(text) => text.clone(),
                _ => Vec::new(),
            }).collect();
            prop_assert_eq!(whole, text.into_bytes());
        }
    }
}
