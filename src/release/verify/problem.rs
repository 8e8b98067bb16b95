//! What can speak against a release, each thing in words that stand beside the file that it is about.

use crate::formats::release_manifest::SIGNATURE_ENDING;

/// Something that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, relative to the release, as its name is.
    pub path: String,
    /// What is wrong with it.
    pub flaw: Flaw,
}

impl Problem {
    pub(super) fn new(path: &str, flaw: Flaw) -> Self {
        Self { path: path.to_owned(), flaw }
    }
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Flaw {
    /// Its bytes are others than a list says.
    #[error("it has SHA-256 {found}…, {lists} {expected}…{hint}")]
    Changed {
        /// Which lists, with their verb: `SHA256SUMS says`.
        lists: String,
        /// First digits of the digest there.
        expected: String,
        /// First digits of the digest found.
        found: String,
        /// What else is known of it, after a semicolon; may be empty.
        hint: String,
    },
    /// It is not there.
    #[error("{lists} it, and no such file is there{hint}")]
    Missing {
        /// Which lists, with their verb: `SHA256SUMS lists`.
        lists: String,
        /// What else is known of it, after a semicolon; may be empty.
        hint: String,
    },
    /// It is there and cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// It is in no list.
    #[error("it is in no list{hint}")]
    Unlisted {
        /// What else is known of it, after a semicolon; may be empty.
        hint: String,
    },
    /// A signature that nothing asks for.
    #[error("a signature, although {0}")]
    SignatureUnasked(String),
    /// A folder without files.
    #[error("a folder in which there is no file of the release")]
    EmptyFolder,
    /// More things than any release has, or nested deeper.
    #[error("{0}: no release has that, and none of it was verified")]
    TooMuch(String),
    /// The signature beside a file is not there.
    #[error("it has no signature `{0}{SIGNATURE_ENDING}`")]
    SignatureMissing(String),
    /// The file of a signature holds none.
    #[error("no signature of `{of}`: {why}")]
    SignatureForm {
        /// What it should be of.
        of: String,
        /// Why not.
        why: String,
    },
    /// The signature does not verify.
    #[error("it does not verify over `{of}`: {why}")]
    SignatureFalse {
        /// What it should be of.
        of: String,
        /// Why not.
        why: String,
    },
    /// The signature is true, and its key may not have made it.
    #[error("signed by {key}, which {why}")]
    KeyBarred {
        /// The key's name.
        key: String,
        /// Why it may not sign.
        why: String,
    },
    /// Nothing is signed.
    #[error("the manifest says that the release is not signed: anyone can change files and lists together")]
    Unsigned,
    /// A list cannot be read, or contradicts the other or itself.
    #[error("{0}")]
    Unsound(String),
    /// An encrypted artifact does not open, or not to what was released.
    #[error("{0}")]
    Ciphertext(String),
    /// A bill of materials is none, or of something else.
    #[error("{0}")]
    Sbom(String),
    /// Provenance is none, or of something else, or by nobody who is trusted.
    #[error("{0}")]
    Provenance(String),
    /// A report is none, or says something else than the manifest.
    #[error("{0}")]
    Report(String),
    /// It is no plain file.
    #[error("{what}{}", if *listed { "" } else { ", and in no list" })]
    NotPlain {
        /// What it is.
        what: String,
        /// Whether a list names it.
        listed: bool,
    },
    /// Its name is none that every system can hold.
    #[error("{0}")]
    Name(String),
}
