//! The world outside, bounded and injectable: files, git, programs, HTTP, the clock. Nothing of ours is imported here.

pub mod clock;
pub mod files;
pub mod git;
pub mod http;
pub mod process;
pub mod terminal;
