//! Why a command could not run. Every such error is exit code 4; what an audit finds is never an error.

use std::io;

use crate::artifact::keys::KeyLoadError;
use crate::formats::fault::Fault;
use crate::host::files::names_no_folder;
use crate::{config, engine};

/// Why a command could not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The arguments make no sense together.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// A profile that the user named cannot be read as what its name says.
    #[error("{0}")]
    Profile(config::Problems),
    /// The subject cannot be read.
    #[error(transparent)]
    Engine(#[from] engine::Error),
    /// A file that was named cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// As the user named it.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// A key file is not one.
    #[error("{path}: {reason}")]
    Key {
        /// As the user named it.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A VEX document cannot be read as one.
    #[error("{path}:{}: {}", fault.line, fault.message)]
    Vex {
        /// As the user named it.
        path: String,
        /// What is wrong with it, and where.
        fault: Fault,
    },
    /// Standard output or error failed.
    #[error("standard output: {0}")]
    Output(#[from] io::Error),
}

impl From<KeyLoadError> for Error {
    fn from(error: KeyLoadError) -> Self {
        Self::Key { path: error.path, reason: error.reason.to_string() }
    }
}

impl Error {
    /// A usage error.
    pub(super) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: Some(hint.into()).filter(|hint| !hint.is_empty()) }
    }

    /// What to do about it, if that is not plain from the message.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Usage { hint, .. } => hint.as_deref(),
            Self::File { source, .. } if names_no_folder(source) => {
                Some("make the folder first (`mkdir -p`), or name one that is there")
            }
            Self::File { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                Some("no such file or folder")
            }
            _ => None,
        }
    }
}
