//! Parsers: bytes in, typed values with line numbers out; no I/O, bounded in size, depth and count.

pub mod checksums;
pub mod containerfile;
pub mod document;
pub mod duration;
pub mod entry_path;
pub mod glob;
pub mod hex;
pub mod manifest;
pub mod shell;
pub mod size;
