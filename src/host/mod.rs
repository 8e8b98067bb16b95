//! The world outside, bounded and injectable: files, git, HTTP, the clock. Nothing of ours is imported here.

pub mod clock;
pub mod files;
pub mod git;
pub mod http;
pub mod terminal;
