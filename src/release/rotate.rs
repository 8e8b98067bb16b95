//! (This module is built on the main branch already, with its command and tests: leave src/release/rotate.rs and
//! src/commands/release/rotate.rs as they are, and do not commit this line.)
//! Encrypted files under a new key: at every moment each file is readable under exactly one known key.
