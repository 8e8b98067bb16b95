//! Environment variables: names kept, values encrypted or digested.

use std::ffi::OsString;

use ring::rand::{SecureRandom as _, SystemRandom};
use sha2::{Digest as _, Sha256};

use crate::formats::hex;
use crate::rollback::point::{Contents, Gap, RawPath, Value, Variable};
use crate::rollback::store::{Sink, StoreError};

/// What is kept of the variables of these names.
///
/// # Errors
/// The sink fails.
pub(super) fn environment(
    names: &[String],
    variable: &dyn Fn(&str) -> Option<OsString>,
    sink: &mut Sink<'_>,
    gaps: &mut Vec<Gap>,
) -> Result<Vec<Variable>, StoreError> {
    let mut names: Vec<&String> = names.iter().collect();
    names.sort_unstable();
    names.dedup();
    let mut variables = Vec::with_capacity(names.len());
    for name in names {
        let value = match (variable(name), sink.contents()) {
            (None, _) => Value::Unset {},
            (Some(value), Contents::Encrypted { .. }) => {
                Value::Encrypted { object: sink.add_bytes(value.as_encoded_bytes())? }
            }
            (Some(value), Contents::Plain {}) => {
                let mut salt = [0; 16];
                if SystemRandom::new().fill(&mut salt).is_err() {
                    let reason = format!("the variable {name}: the system gives no random numbers");
                    gaps.push(Gap { path: RawPath::default(), reason });
                    continue;
                }
                let digest = Sha256::new().chain_update(salt).chain_update(value.as_encoded_bytes());
                Value::Digest { salt: hex::encode(&salt), sha256: hex::encode(&digest.finalize()) }
            }
        };
        variables.push(Variable { name: name.clone(), value });
    }
    Ok(variables)
}
