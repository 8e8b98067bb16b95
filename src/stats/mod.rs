//! Statistics: pure functions over numbers. Randomness is seeded, so that the same numbers give the same answer.

pub mod histogram;
pub mod random;

pub use histogram::{Histogram, Summary};
