//! Model and data files: there, whole, of the right digest and format.

mod find;
mod judge;

use std::path::Path;

use super::settings::DataFile;
use crate::engine::{Conclusion, conclude_alone};
use crate::report::{CheckReport, DataFileSeen, Status};

/// Ids of the formats that are known.
pub const FORMATS: &[&str] =
    &["safetensors", "gguf", "onnx", "pickle", "pytorch", "parquet", "sqlite", "npy", "npz", "hdf5", "keras"];

/// Looks at all of them, in the order of the configuration; a glob gives one for each file that it matches.
#[must_use]
pub fn look(files: &[DataFile], folder: &Path) -> Vec<DataFileSeen> {
    let mut seen = Vec::new();
    for declared in files {
        let found = find::find(&declared.path, folder);
        for (text, path) in &found.files {
            seen.push(judge::judge(declared, text, path));
        }
        if let Some(words) = found.trouble {
            seen.push(DataFileSeen {
                path: declared.path.clone(),
                problems: vec![("BSL-050".to_owned(), words)],
                ..DataFileSeen::default()
            });
        }
    }
    seen
}

/// What the check `data-files` says.
#[must_use]
pub fn conclude(files: &[DataFileSeen]) -> CheckReport {
    conclude_alone(&super::checks::FILES, |findings| {
        if files.is_empty() {
            return Conclusion::Instead(Status::not_applicable(
                "no file is declared",
                "`baseline.files` names them",
            ));
        }
        findings.examined("files", files.len() as u64);
        for file in files {
            for (rule, words) in &file.problems {
                findings.on_path(rule, &file.path, words.as_str());
            }
        }
        Conclusion::Evaluated
    })
}

#[cfg(test)]
mod tests;
