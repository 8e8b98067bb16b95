//! What lists say of paths, and whether it is true.

use crate::formats::checksums::Algorithm;

/// What one list says of one path.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    /// Which list, by its place among the sources.
    pub(super) source: usize,
    /// Line in the list, counted from 1; 0 where lines mean nothing.
    pub(super) line: u32,
    /// What should be there.
    pub(super) expected: Expected,
}

/// What should stand at a path.
#[derive(Clone, Debug)]
pub(super) enum Expected {
    /// Contents with a digest, as checksum files say; a link is followed.
    Sum(Algorithm, Box<[u8]>),
    /// A regular file, as a manifest says.
    File { size: u64, sha256: [u8; 32], mode: Option<u32> },
    /// A symbolic link with its target, as a manifest says.
    Link(String),
}

impl Expected {
    /// Whether the digest that the engine makes of every file answers the claim.
    pub(super) const fn is_for_engine(&self) -> bool {
        matches!(self, Self::File { .. } | Self::Link(_) | Self::Sum(Algorithm::Sha256, _))
    }
}

/// What is there instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// Other contents.
    Contents { size: u64, listed: Option<u64> },
    /// Nothing.
    Missing,
    /// A link with another target.
    Target,
    /// Another kind of thing; says which.
    Kind(&'static str),
    /// Something, but what could not be told; says why.
    Unverified(String),
}

impl Difference {
    /// The rule of an ordinary file.
    pub(super) const fn rule(&self) -> &'static str {
        match self {
            Self::Contents { .. } => "INT-002",
            Self::Missing => "INT-003",
            Self::Target => "INT-007",
            Self::Kind(_) => "INT-008",
            Self::Unverified(_) => "INT-009",
        }
    }

    /// In words; `list` is the name of the list.
    pub(super) fn words(&self, list: &str) -> String {
        match self {
            Self::Contents { size, listed: Some(listed) } if size != listed => {
                format!("{size} bytes, {list} lists {listed}")
            }
            Self::Contents { .. } => format!("its contents do not have the digest that {list} lists"),
            Self::Missing => format!("listed in {list}, but not there"),
            Self::Target => format!("the link does not lead where {list} says"),
            Self::Kind(what) => format!("{what}, which is not what {list} lists"),
            Self::Unverified(why) => format!("listed in {list}, but not verified: {why}"),
        }
    }
}

/// Compares contents with what was listed.
pub(super) fn contents(expected: &Expected, size: u64, digest: &[u8]) -> Option<Difference> {
    let (same, listed) = match expected {
        Expected::Sum(_, sum) => (**sum == *digest, None),
        Expected::File { size: listed, sha256, .. } => (*sha256 == *digest && *listed == size, Some(*listed)),
        Expected::Link(_) => return Some(Difference::Kind("a regular file")),
    };
    (!same).then_some(Difference::Contents { size, listed })
}

/// Compares a link with what a manifest lists. Checksum files speak of what a link leads to, not of the link.
pub(super) fn link(expected: &Expected, target: &str) -> Option<Difference> {
    match expected {
        Expected::Link(listed) => (listed != target).then_some(Difference::Target),
        Expected::File { .. } | Expected::Sum(..) => Some(Difference::Kind("a symbolic link")),
    }
}
