//! Statistics: pure functions over numbers. Randomness is seeded, so that the same numbers give the same answer.

pub mod band;
pub mod bootstrap;
pub mod change_points;
pub mod histogram;
pub mod multiple;
pub mod random;
pub mod rank;
pub mod robust;
pub mod shift;
pub mod trend;

pub use histogram::{Encoder, Histogram, Summary};
