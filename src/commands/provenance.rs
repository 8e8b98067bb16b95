//! Who is trusted to sign provenance, by the configuration: for the audit and for the command.

use std::path::PathBuf;

use super::Error;
use crate::artifact::provenance::{Builder, SignerKey, Trust, load_certificates, load_signer_keys};
use crate::config::Config;

/// The builders of a configuration with their keys and roots, beside keys that are trusted for none in particular.
pub(super) fn trust(config: &Config, keys: Vec<SignerKey>) -> Result<Trust, Error> {
    let files =
        |names: &[String]| -> Vec<PathBuf> { names.iter().map(|name| config.folder.join(name)).collect() };
    let mut trust = Trust { keys, ..Trust::default() };
    for builder in &config.provenance.builders {
        trust.builders.push(Builder {
            id: builder.id.clone(),
            level: builder.level,
            keys: load_signer_keys(&files(&builder.keys))?,
            roots: load_certificates(&files(&builder.roots))?,
            identity: builder.identity.clone(),
        });
    }
    Ok(trust)
}
