//! Statements out of bytes.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::unique::Unique;
use super::{MAX_RESOURCES, MAX_STATEMENT, Resource, STATEMENT_V0_1, STATEMENT_V1, Statement};

/// Most digests of one resource.
const MAX_DIGESTS: usize = 64;
/// Longest name, URI or digest, in bytes.
const MAX_TEXT: usize = 4096;

/// Why bytes are no statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Larger than any statement.
    #[error("larger than {MAX_STATEMENT} bytes")]
    TooLarge,
    /// Not JSON, nested deeper than 128 levels, or an object with one name twice, which each reader takes differently.
    #[error("not JSON: {0}")]
    Json(String),
    /// Another type.
    #[error("`_type` is not that of an in-toto statement")]
    Type,
    /// A field is missing or of another kind.
    #[error("`{field}` {what}")]
    Field {
        /// The field, as a path.
        field: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// More subjects than any statement has.
    #[error("more than {MAX_RESOURCES} subjects")]
    TooMany,
}

impl Statement {
    /// Reads a statement (v1 or v0.1).
    ///
    /// # Errors
    /// The bytes are no statement, or one beyond the bounds, or a subject has no usable digest.
    pub fn parse(bytes: &[u8]) -> Result<Self, StatementError> {
        if bytes.len() > MAX_STATEMENT {
            return Err(StatementError::TooLarge);
        }
        let Unique(value) =
            serde_json::from_slice(bytes).map_err(|error| StatementError::Json(error.to_string()))?;
        let statement_type = value.get("_type").and_then(Value::as_str).unwrap_or_default();
        if !matches!(statement_type, STATEMENT_V1 | STATEMENT_V0_1) {
            return Err(StatementError::Type);
        }
        let subjects = match value.get("subject").and_then(Value::as_array) {
            Some(list) if list.len() > MAX_RESOURCES => return Err(StatementError::TooMany),
            Some(list) if !list.is_empty() => list,
            _ => return Err(field("subject", "is missing or empty")),
        };
        let subjects = subjects
            .iter()
            .enumerate()
            .map(|(place, subject)| {
                let resource = resource(subject, &format!("subject[{place}]"))?;
                if resource.digest.is_empty() {
                    return Err(field(&format!("subject[{place}].digest"), "is missing or empty"));
                }
                Ok(resource)
            })
            .collect::<Result<_, _>>()?;
        let predicate_type = text(&value, "predicateType", "predicateType")?
            .ok_or_else(|| field("predicateType", "is missing or empty"))?;
        let predicate = match value.get("predicate") {
            None | Some(Value::Null) => Value::Object(Map::new()),
            Some(predicate @ Value::Object(_)) => predicate.clone(),
            Some(_) => return Err(field("predicate", "is not an object")),
        };
        Ok(Self { statement_type: statement_type.to_owned(), subjects, predicate_type, predicate })
    }
}

pub(super) fn field(field: &str, what: &'static str) -> StatementError {
    StatementError::Field { field: field.to_owned(), what }
}

/// A text that may be absent; an empty one is absent.
fn text(value: &Value, key: &str, path: &str) -> Result<Option<String>, StatementError> {
    match value.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.len() > MAX_TEXT => Err(field(path, "is too long")),
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => Err(field(path, "is not a text")),
    }
}

/// A resource; `path` is where it stands, for messages.
pub(super) fn resource(value: &Value, path: &str) -> Result<Resource, StatementError> {
    if !value.is_object() {
        return Err(field(path, "is not an object"));
    }
    let mut digest = BTreeMap::new();
    match value.get("digest") {
        None | Some(Value::Null) => {}
        Some(Value::Object(entries)) if entries.len() > MAX_DIGESTS => {
            return Err(field(&format!("{path}.digest"), "has too many entries"));
        }
        Some(Value::Object(entries)) => {
            for (algorithm, value) in entries {
                let place = || format!("{path}.digest.{}", printable(algorithm));
                let Some(text) = value.as_str() else { return Err(field(&place(), "is not a text")) };
                if algorithm.len() > 64 || !is_digest(algorithm, text) {
                    return Err(field(&place(), "is not such a digest in lower-case hexadecimal digits"));
                }
                digest.insert(algorithm.clone(), text.to_owned());
            }
        }
        Some(_) => return Err(field(&format!("{path}.digest"), "is not an object")),
    }
    Ok(Resource {
        name: text(value, "name", &format!("{path}.name"))?,
        uri: text(value, "uri", &format!("{path}.uri"))?,
        digest,
    })
}

/// The name of an algorithm as it may stand in a message.
fn printable(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(32).collect()
}

/// Whether a text is a digest of a known algorithm; of others nothing is known but that they have a bound.
fn is_digest(algorithm: &str, text: &str) -> bool {
    let lengths: &[usize] = match algorithm {
        "md5" | "shake128" => &[32],
        "sha1" | "ripemd160" => &[40],
        "sha224" | "sha512_224" | "sha3_224" => &[56],
        "sha256" | "sha512_256" | "sha3_256" | "blake2s" | "sm3" | "gost" => &[64],
        "sha384" | "sha3_384" => &[96],
        "sha512" | "sha3_512" | "blake2b" => &[128],
        "gitCommit" | "gitTree" | "gitBlob" | "gitTag" => &[40, 64],
        _ => return !text.is_empty() && text.len() <= MAX_TEXT,
    };
    // The lengths of SHAKE and BLAKE2 are free; those here are the usual ones, others are taken as they come.
    let free = matches!(algorithm, "shake128" | "blake2s" | "blake2b");
    let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    digits && !text.is_empty() && (lengths.contains(&text.len()) || free && text.len() <= 256)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Statement, String> {
        Statement::parse(json.as_bytes()).map_err(|error| error.to_string())
    }

    fn with(subject: &str) -> Result<Statement, String> {
        parse(&format!(r#"{{"_type":"{STATEMENT_V1}","predicateType":"p","subject":{subject}}}"#))
    }

    #[test]
    fn absent_null_and_empty_are_the_same() {
        let digest = "0a".repeat(32);
        let plain = with(&format!(r#"[{{"digest":{{"sha256":"{digest}"}}}}]"#)).unwrap();
        let nulls = with(&format!(
            r#"[{{"name":null,"uri":"","digest":{{"sha256":"{digest}"}},"annotations":{{"x":1}}}}]"#
        ))
        .unwrap();
        assert_eq!(plain, nulls);
        assert_eq!(plain.predicate, Value::Object(Map::new()));
        assert_eq!(plain.subjects[0].digest["sha256"], digest);
        let old = parse(&format!(
            r#"{{"_type":"{STATEMENT_V0_1}","predicateType":"p","predicate":null,"subject":[{{"name":"a","digest":{{"x":"y"}}}}]}}"#
        ));
        assert_eq!(old.unwrap().subjects[0].name.as_deref(), Some("a"));
    }

    #[test]
    fn what_is_no_statement_is_named() {
        let upper = "0A".repeat(32);
        let cases = [
            (with("[]"), "`subject` is missing"),
            (with("null"), "`subject` is missing"),
            (with("[1]"), "`subject[0]` is not an object"),
            (with(r#"[{"name":"a"}]"#), "`subject[0].digest` is missing"),
            (with(r#"[{"digest":{}}]"#), "`subject[0].digest` is missing"),
            (with(&format!(r#"[{{"digest":{{"sha256":"{upper}"}}}}]"#)), "lower-case"),
            (with(r#"[{"digest":{"sha256":"0a"}}]"#), "`subject[0].digest.sha256`"),
            (with(r#"[{"digest":{"sha256":1}}]"#), "is not a text"),
            (with(r#"[{"name":3,"digest":{"x":"y"}}]"#), "`subject[0].name` is not a text"),
            (parse("{}"), "`_type`"),
            (parse("[]"), "`_type`"),
            (parse("{"), "not JSON"),
            (parse(&"[".repeat(200)), "not JSON"),
            // Which of the two was vouched for would be for each reader to choose.
            (
                parse(&format!(r#"{{"_type":"{STATEMENT_V1}","subject":[],"subject":[{{}}]}}"#)),
                "a name stands twice",
            ),
            (with(r#"[{"digest":{"x":"y"},"digest":{"x":"z"}}]"#), "a name stands twice"),
            (with(r#"[{"digest":{"x":"y","x":"z"}}]"#), "a name stands twice"),
            (parse(r#"{"predicate":{"a":[{"b":1,"b":1}]}}"#), "a name stands twice"),
        ];
        for (result, expected) in cases {
            let error = result.unwrap_err();
            assert!(error.contains(expected), "{error:?} has no {expected:?}");
        }
        let many = format!("[{}]", vec![r#"{"digest":{"x":"y"}}"#; MAX_RESOURCES + 1].join(","));
        assert!(with(&many).unwrap_err().contains("10000 subjects"));
        assert_eq!(Statement::parse(&vec![b' '; MAX_STATEMENT + 1]), Err(StatementError::TooLarge));
    }
}
