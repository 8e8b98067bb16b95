//! `readiness perf` and its subcommands.

mod exec;

pub use exec::ExecArgs;
