//! Which environment variables differ.

use std::ffi::OsString;

use crate::rollback::point::{Point, Value};

/// Names of variables that are not now what they were. A value that is only kept encrypted cannot be compared, and its name is
/// not among them.
pub fn environment(then: &Point, lookup: &dyn Fn(&str) -> Option<OsString>) -> Vec<String> {
    let differs = |name: &str| {
        let value = lookup(name);
        move |variable: &crate::rollback::point::Variable| {
            variable.matches(value.as_ref().map(|value| value.as_encoded_bytes())) == Some(false)
        }
    };
    let found = then.environment.iter().filter(|variable| differs(&variable.name)(variable));
    found.map(|variable| variable.name.clone()).collect()
}

/// Names of variables of which two points say that they differ. Digests with different salts say nothing of each other.
pub(super) fn differing(now: &Point, then: &Point) -> Vec<String> {
    let differ = |one: &Value, other: &Value| match (one, other) {
        (Value::Digest { salt: one, sha256: first }, Value::Digest { salt: other, sha256: second }) => {
            one == other && first != second
        }
        (Value::Encrypted { object: one }, Value::Encrypted { object: other }) => {
            now.contents == then.contents && one != other
        }
        (Value::Unset {}, Value::Unset {}) => false,
        (Value::Unset {}, _) | (_, Value::Unset {}) => true,
        (Value::Digest { .. }, Value::Encrypted { .. }) | (Value::Encrypted { .. }, Value::Digest { .. }) => {
            false
        }
    };
    let found = then.environment.iter().filter(|variable| {
        now.environment
            .iter()
            .any(|present| present.name == variable.name && differ(&present.value, &variable.value))
    });
    found.map(|variable| variable.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollback::point::{ObjectId, Variable};
    use crate::rollback::restore::testing::point;

    fn variable(name: &str, value: Value) -> Variable {
        Variable { name: name.to_owned(), value }
    }

    /// SHA-256 of the bytes 0x01 0x02 and `blue`, by sha256sum: `printf '\001\002blue' | sha256sum`.
    const BLUE: &str = "269f75a01cec64ae7df8853c1b4c09e5c346892112fcbf4472a0bd39c1a86c93";

    #[test]
    fn what_differs_now_is_told() {
        let digest = || Value::Digest { salt: "0102".to_owned(), sha256: BLUE.to_owned() };
        let mut then = point();
        then.environment = vec![
            variable("SAME", digest()),
            variable("OTHER", digest()),
            variable("GONE", digest()),
            variable("NEW", Value::Unset {}),
            variable("NONE", Value::Unset {}),
            variable("SEALED", Value::Encrypted { object: ObjectId([1; 32]) }),
        ];
        let lookup = |name: &str| match name {
            "SAME" => Some(OsString::from("blue")),
            "OTHER" | "NEW" | "SEALED" => Some(OsString::from("green")),
            _ => None,
        };
        assert_eq!(environment(&then, &lookup), ["OTHER", "GONE", "NEW"]);
        assert_eq!(then.environment[5].matches(Some(b"green")), None);
        assert_eq!(then.environment[5].matches(None), Some(false), "it was set then");
    }

    #[test]
    fn two_points_tell_what_they_can() {
        let digest =
            |salt: &str, sha256: &str| Value::Digest { salt: salt.to_owned(), sha256: sha256.to_owned() };
        let (mut now, mut then) = (point(), point());
        now.environment = vec![
            variable("A", digest("01", "aa")),
            variable("B", digest("01", "aa")),
            variable("C", Value::Unset {}),
            variable("D", Value::Encrypted { object: ObjectId([1; 32]) }),
        ];
        then.environment = vec![
            variable("A", digest("01", "bb")),
            variable("B", digest("02", "bb")),
            variable("C", digest("01", "aa")),
            variable("D", Value::Encrypted { object: ObjectId([2; 32]) }),
            variable("E", Value::Unset {}),
        ];
        assert_eq!(differing(&now, &then), ["A", "C", "D"]);
    }
}
