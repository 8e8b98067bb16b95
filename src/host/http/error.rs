//! What can go wrong with a download, and what to do about it.

use std::io;
use std::path::PathBuf;

/// Why a download failed. Addresses in it hold no password and no query.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// An address that cannot be asked.
    #[error("{url}: {reason}")]
    Address {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Plain HTTP to another machine.
    #[error("{url}: plain http to another machine is not allowed")]
    Plain {
        /// The address.
        url: String,
    },
    /// A redirect that would leave encryption.
    #[error("{from}: redirects to {to}, which is not https")]
    Downgrade {
        /// Where the redirect was.
        from: String,
        /// Where it leads.
        to: String,
    },
    /// A chain of redirects that does not end.
    #[error("{url}: more than {limit} redirects")]
    Redirects {
        /// The first address.
        url: String,
        /// How many are followed.
        limit: u32,
    },
    /// An answer other than the file.
    #[error("{url}: the server answers {code}")]
    Status {
        /// The address.
        url: String,
        /// The status code.
        code: u16,
    },
    /// More than is taken.
    #[error("{url}: larger than {limit} bytes")]
    TooLarge {
        /// The address.
        url: String,
        /// The limit.
        limit: u64,
    },
    /// An answer that contradicts itself, such as a range that was not asked for.
    #[error("{url}: {reason}")]
    Answer {
        /// The address.
        url: String,
        /// What contradicts.
        reason: String,
    },
    /// No connection, or it ended or stalled before the file did.
    #[error("{url}: {reason}, after {received} bytes")]
    Interrupted {
        /// The address.
        url: String,
        /// Bytes that are kept for the next attempt.
        received: u64,
        /// What happened.
        reason: String,
    },
    /// A whole file that is not what it should be.
    #[error("{url}: {reason}")]
    Contents {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The file cannot be kept.
    #[error("{}: {source}", path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another download writes the same file.
    #[error("{}: another download is under way", path.display())]
    Busy {
        /// The path of the partial file.
        path: PathBuf,
    },
    /// Root certificates that cannot be used.
    #[error("SSL_CERT_FILE {}: {reason}", path.display())]
    Certificates {
        /// The file that the environment names.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl HttpError {
    /// Whether the same request may succeed a moment later.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Interrupted { .. } => true,
            Self::Status { code, .. } => matches!(*code, 408 | 429 | 500 | 502 | 503 | 504),
            _ => false,
        }
    }

    /// What the user can do.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Address { .. } => "give an address of the form https://HOST/PATH",
            Self::Plain { .. } => "use https, or allow plain http for this mirror explicitly",
            Self::Downgrade { .. } | Self::Redirects { .. } | Self::Answer { .. } => {
                "ask those who run the server, or use another mirror"
            }
            Self::Status { code: 401 | 403 | 407, .. } => {
                "check the user and password in the address, and the proxy settings of the environment"
            }
            Self::Status { code: 404 | 410, .. } => "check the address and the name of the ecosystem",
            Self::Status { .. } => "try again later",
            Self::TooLarge { .. } => {
                "check that the address is the right one; the limit protects disk and memory"
            }
            Self::Interrupted { .. } => {
                "check network and proxy settings (HTTPS_PROXY, NO_PROXY) and run it again: it goes on where it stopped"
            }
            Self::Contents { .. } => "run it again; if it stays, use another mirror",
            Self::File { .. } => "check the folder's permissions and free space",
            Self::Busy { .. } => "wait for it to end, or end it",
            Self::Certificates { .. } => "name a file with certificates in PEM form, or unset SSL_CERT_FILE",
        }
    }
}
