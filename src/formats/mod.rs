//! Parsers: bytes in, typed values with line numbers out; no I/O, bounded in size, depth and count.

pub mod containerfile;
pub mod shell;
