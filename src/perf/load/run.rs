//! What can go wrong with a run as a whole.

/// Why a run of load could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The system refused something that a thread needs.
    #[error("cannot {what}: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The engine cannot do what the plan asks for.
    #[error("{0}")]
    Unsupported(&'static str),
}
