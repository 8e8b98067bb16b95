//! Parsers: bytes in, typed values with line numbers out; no I/O, bounded in size, depth and count.

pub mod checksums;
pub mod containerfile;
pub mod csv;
pub mod cve;
pub mod declared;
pub mod document;
pub mod duration;
pub mod ecosystem;
pub mod entry_path;
pub mod epss;
pub mod fault;
pub mod glob;
pub mod hex;
pub mod kev;
pub mod lockfile;
pub mod manifest;
pub mod openvex;
pub mod os_release;
pub mod osv;
pub mod package;
pub mod purl;
pub mod pypi;
pub mod sbom;
pub mod scanner;
pub mod shell;
pub mod size;
mod source_url;
