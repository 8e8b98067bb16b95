//! `readiness rollback`: capture the state of a tree, prove that it can be gone back to, and go back without losing
//! anything, whenever it is interrupted.
//!
//! ```text
//!   tree ── look (tree) ──► Point ◄── load (store)          a point says what a tree is, byte by byte; it is a value
//!                             │
//!            two points ──────┴──► Changes (restore::compare)        pure: what would have to change
//!                                     │
//!                        stage ► journal ► exchange ► verify ► validate       (restore), each step undone or finished
//! ```
//!
//! - [`point`]: what a rollback point says: the types of its manifest, and how they are written and read.
//! - [`store`]: where points and their contents are kept: packs of objects by digest, pins, prune, export and import.
//! - [`tree`]: what a tree is now, asked of the disk and of git without writing to either.
//! - [`capture`]: a point made of a tree, its contents put into a store or only digested.
//! - [`verify`]: whether a point is whole and could be restored here.
//! - [`restore`]: from the present state to that of a point, crash-safe; recovery after an interruption.
//! - [`plan`]: phases in reverse order with checklists, as a document, and carrying them out.
//! - [`rehearse`]: the plan carried out in a scratch copy, timed.
//! - [`steps`]: commands that a configuration declares, carried out.
//! - [`settings`], [`checks`]: the section `rollback` of `readiness.yaml`; the rules.
//!
//! Beside a tree:
//!
//! ```text
//! .readiness/rollback/.gitignore        keeps all of this out of `git status`
//! .readiness/rollback/points/ID.json    manifests; ID ends with the first digits of the manifest's SHA-256
//! .readiness/rollback/packs/SHA256.pack contents, compressed, by digest
//! .readiness/rollback/pins/ID           points that are never pruned
//! .readiness/rollback/journal.json      a restore in progress; none otherwise
//! .readiness/rollback/restoring/ID/     what it staged, later what it replaced
//! .readiness/rollback/kept/ID/          files made since the point that a restore put aside
//! ```
//!
//! Everything but the journal, what is staged and what is kept aside may lie in another directory (`--store`).

pub mod capture;
pub mod checks;
pub mod plan;
pub mod point;
pub mod rehearse;
pub mod restore;
pub mod settings;
pub mod steps;
pub mod store;
pub mod tree;
pub mod verify;

/// Folder of everything that this feature keeps beside a tree, relative to it.
pub const FOLDER: &str = ".readiness/rollback";
