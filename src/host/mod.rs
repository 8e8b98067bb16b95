//! The world outside, bounded and injectable: files, git, programs, HTTP, the clock. Nothing of ours is imported here.

pub mod clock;
pub mod files;
pub mod git;
pub mod http;
pub mod instructions;
pub mod process;
pub mod spawn;
pub mod terminal;
