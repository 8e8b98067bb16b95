//! A document of SPDX 2 whatever it was written in.

use crate::formats::fault::Fault;

/// A value and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) text: String,
    pub(super) line: u32,
}

impl Placed {
    pub(super) fn new(text: &str, line: u32) -> Self {
        Self { text: text.trim().to_owned(), line }
    }
}

/// The document. Fields are as the standard names them.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) version: String,
    pub(super) data_license: Option<Placed>,
    pub(super) id: Option<Placed>,
    pub(super) name: Option<Placed>,
    pub(super) namespace: Option<Placed>,
    pub(super) created: Option<Placed>,
    pub(super) creators: Vec<Placed>,
    pub(super) packages: Vec<Package>,
    pub(super) files: Vec<File>,
    /// Ids of snippets.
    pub(super) snippets: Vec<Placed>,
    /// `DocumentRef-…` ids of other documents.
    pub(super) others: Vec<Placed>,
    pub(super) relations: Vec<Relation>,
    /// `documentDescribes`.
    pub(super) describes: Vec<Placed>,
}

#[derive(Debug, Default)]
pub(super) struct Package {
    pub(super) line: u32,
    pub(super) id: Option<Placed>,
    pub(super) name: Option<Placed>,
    pub(super) version: Option<Placed>,
    pub(super) supplier: Option<Placed>,
    pub(super) originator: Option<Placed>,
    pub(super) download: Option<Placed>,
    pub(super) concluded: Option<Placed>,
    pub(super) declared: Option<Placed>,
    pub(super) purpose: Option<Placed>,
    pub(super) checksums: Vec<Checksum>,
    pub(super) references: Vec<Reference>,
}

#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) line: u32,
    pub(super) id: Option<Placed>,
    pub(super) name: Option<Placed>,
    pub(super) concluded: Option<Placed>,
    pub(super) checksums: Vec<Checksum>,
}

#[derive(Debug)]
pub(super) struct Checksum {
    pub(super) algorithm: String,
    pub(super) value: Placed,
}

/// An `ExternalRef`.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) category: Placed,
    pub(super) kind: String,
    pub(super) locator: String,
}

#[derive(Debug)]
pub(super) struct Relation {
    pub(super) line: u32,
    pub(super) from: String,
    pub(super) kind: String,
    pub(super) to: String,
}

/// The version if it is one that is read.
pub(super) fn version(text: &str, line: u32) -> Result<String, Fault> {
    match text.trim() {
        known @ ("SPDX-2.0" | "SPDX-2.1" | "SPDX-2.2" | "SPDX-2.2.1" | "SPDX-2.2.2" | "SPDX-2.3") => {
            Ok(known.to_owned())
        }
        _ => Err(Fault::new(line, "a version of SPDX that is not among 2.0 to 2.3")),
    }
}
