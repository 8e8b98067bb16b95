//! Package URLs (ECMA-427, <https://github.com/package-url/purl-spec>).

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::ecosystem::Ecosystem;

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

impl Purl {
    /// The purl of a package that an ecosystem names so; none for ecosystems without a purl type.
    #[must_use]
    pub fn of(_ecosystem: &Ecosystem, _name: &str, _version: Option<&str>) -> Option<Self> {
        None
    }

    /// The ecosystem and the name there, if advisories know one for the type.
    #[must_use]
    pub fn package(&self) -> Option<(Ecosystem, String)> {
        None
    }
}

impl FromStr for Purl {
    type Err = PurlError;

    fn from_str(_text: &str) -> Result<Self, PurlError> {
        Err(PurlError("not read yet".to_owned()))
    }
}

impl fmt::Display for Purl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "pkg:{}/{}", self.kind, self.name)
    }
}
