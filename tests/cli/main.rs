//! Tests of the program as a whole.
#[cfg(test)]
mod corpora_crypto;
