//! Package URLs (ECMA-427, <https://github.com/package-url/purl-spec>).

mod distro;
mod ecosystem;
mod parse;
mod percent;
#[cfg(test)]
mod tests;
mod types;

pub use distro::code_name;
pub use percent::decode;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The longest package URL that is read or made, in bytes.
pub const MAX_BYTES: usize = 8 * 1024;

/// A package URL in canonical form: every part decoded and normalised by the rules of its type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purl {
    /// Type, lower case: `cargo`, `npm`, …
    pub kind: String,
    /// Namespace, its segments joined by `/`.
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
    /// Version.
    pub version: Option<String>,
    /// Qualifiers, none of them empty.
    pub qualifiers: BTreeMap<String, String>,
    /// Path inside the package.
    pub subpath: Option<String>,
}

/// Why a text is no package URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PurlError(pub String);

impl PurlError {
    fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl Purl {
    /// Makes a package URL of decoded parts: normalises them by the rules of the type, leaves empty ones out.
    ///
    /// # Errors
    /// When a part breaks the specification or a rule of the type, or the whole is longer than [`MAX_BYTES`].
    pub fn new(
        kind: &str,
        namespace: Option<&str>,
        name: &str,
        version: Option<&str>,
        qualifiers: impl IntoIterator<Item = (String, String)>,
        subpath: Option<&str>,
    ) -> Result<Self, PurlError> {
        let mut purl = Self {
            kind: kind.to_ascii_lowercase(),
            namespace: namespace.and_then(|path| segments(path, |_| true)),
            name: name.trim_matches('/').to_owned(),
            version: version.filter(|version| !version.is_empty()).map(str::to_owned),
            qualifiers: BTreeMap::new(),
            subpath: subpath.and_then(|path| segments(path, |segment| segment != "." && segment != "..")),
        };
        let letter = purl.kind.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        if !letter
            || !purl.kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
        {
            return Err(PurlError::new(
                "the type must be a letter and then letters, digits, dots and hyphens",
            ));
        }
        for (key, value) in qualifiers {
            let key = key.to_ascii_lowercase();
            if !is_key(&key) {
                return Err(PurlError::new("a qualifier has a key that is none"));
            }
            if !value.is_empty() && purl.qualifiers.insert(key.clone(), value).is_some() {
                return Err(PurlError::new(format!("the qualifier `{key}` stands twice")));
            }
        }
        types::normalize(&mut purl)?;
        if purl.name.is_empty() {
            return Err(PurlError::new("the name is missing"));
        }
        if purl.to_string().len() > MAX_BYTES {
            return Err(PurlError::new(format!("longer than {MAX_BYTES} bytes")));
        }
        Ok(purl)
    }

    /// A qualifier's value.
    #[must_use]
    pub fn qualifier(&self, key: &str) -> Option<&str> {
        self.qualifiers.get(key).map(String::as_str)
    }
}

/// A path without empty segments, and without those that do not pass; none when nothing is left.
fn segments(path: &str, passes: fn(&str) -> bool) -> Option<String> {
    let kept: Vec<_> = path.split('/').filter(|segment| !segment.is_empty() && passes(segment)).collect();
    (!kept.is_empty()).then(|| kept.join("/"))
}

fn is_key(key: &str) -> bool {
    key.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

impl FromStr for Purl {
    type Err = PurlError;

    /// Reads a package URL as people write it: an unencoded `@` before an npm scope, slashes before the type, keys in
    /// any case, an encoded `/` between namespace and name.
    fn from_str(text: &str) -> Result<Self, PurlError> {
        parse::parse(text)
    }
}

impl fmt::Display for Purl {
    /// Writes the canonical text, which reads as the same package URL again.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "pkg:{}/", self.kind)?;
        if let Some(namespace) = &self.namespace {
            write!(formatter, "{}/", percent::Path(namespace))?;
        }
        // The path of a git repository is its name, with its slashes.
        if self.kind == types::GIT {
            write!(formatter, "{}", percent::Path(&self.name))?;
        } else {
            write!(formatter, "{}", percent::Encoded(&self.name))?;
        }
        if let Some(version) = &self.version {
            write!(formatter, "@{}", percent::Encoded(version))?;
        }
        for (index, (key, value)) in self.qualifiers.iter().enumerate() {
            write!(formatter, "{}{key}={}", if index == 0 { '?' } else { '&' }, percent::Encoded(value))?;
        }
        if let Some(subpath) = &self.subpath {
            write!(formatter, "#{}", percent::Path(subpath))?;
        }
        Ok(())
    }
}
