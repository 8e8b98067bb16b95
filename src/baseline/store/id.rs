//! Names of captures: a moment and something random, so that captures made at once have names of their own.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use jiff::Timestamp;
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::formats::hex;

/// How many digits the moment has, and what follows it.
const MOMENT: usize = "20261122T181530123Z".len();

/// A new id: the moment in UTC to the millisecond and eight random hex digits, `20261122T181530123Z-1a2b3c4d`. Sorted by name,
/// captures are sorted by time. Where [`super::Store::keep`] finds that something has the name, another one is made.
#[must_use]
pub fn new_id(now: Timestamp) -> String {
    let mut random = [0; 4];
    if SystemRandom::new().fill(&mut random).is_err() {
        // Nothing is kept secret by it: it only has to be another one each time.
        let other = RandomState::new().build_hasher().finish().to_be_bytes();
        random.iter_mut().zip(other).for_each(|(target, byte)| *target = byte);
    }
    format!("{}-{}", now.strftime("%Y%m%dT%H%M%S%3fZ"), hex::encode(&random))
}

/// Whether a text has the form of an id. Nothing that has it is a path to somewhere else.
#[must_use]
pub fn is_id(text: &str) -> bool {
    let Some((moment, random)) = text.split_at_checked(MOMENT) else { return false };
    let form = |byte: u8, place: usize| match place {
        8 => byte == b'T',
        18 => byte == b'Z',
        _ => byte.is_ascii_digit(),
    };
    moment.bytes().enumerate().all(|(place, byte)| form(byte, place))
        && random.len() == 9
        && random.starts_with('-')
        && random.bytes().skip(1).all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_form_and_nothing_else_has_it() {
        let id = new_id("2026-11-22T18:15:30.0039Z".parse().unwrap());
        assert!(id.starts_with("20261122T181530003Z-") && is_id(&id), "{id}");
        assert_ne!(id, new_id("2026-11-22T18:15:30.0039Z".parse().unwrap()));
        for text in [
            "",
            "latest",
            "20261122T181530123Z",
            "20261122T181530123Z-1a2b3c4",
            "20261122T181530123Z-1a2b3c4d5",
            "20261122T181530123Z-1A2B3C4D",
            "20261122T181530123Z/1a2b3c4d",
            "20261122t181530123Z-1a2b3c4d",
            "../../../../../../../../1a2b",
            "20261122T18153012äZ-1a2b3c4d",
        ] {
            assert!(!is_id(text), "{text}");
        }
    }
}
