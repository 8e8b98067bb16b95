//! The world outside, bounded and injectable: files, git, programs, HTTP, the clock, the machine. Nothing of ours is imported here.

pub mod clock;
#[cfg(target_os = "linux")]
mod descendants;
pub mod dial;
pub mod disk;
pub mod files;
pub mod git;
pub mod git_history;
pub mod git_since;
pub mod git_stream;
pub mod http;
pub mod instructions;
pub mod listener;
pub mod lock;
pub mod machine;
pub mod process;
#[cfg(target_os = "linux")]
mod procfs;
pub mod program;
pub mod serve;
pub mod signals;
pub mod spawn;
pub mod terminal;
pub mod usage;
