//! `readiness` answers one question about a software release: **may this ship?**
//!
//! It reads evidence (files, signatures, configuration, recipes), offline, and answers with a report and an exit
//! code. Three roles never mix: a check *reports*, the gate *judges*, a renderer *prints*; and what was not looked
//! at is never a pass.
//!
//! `audit` reads a tree, `perf` measures a server or a command, `release` makes and verifies a release directory,
//! `rollback` captures the state of a tree and goes back to it; `baseline` says what is normal and what moved; what follows is the same for all.
//!
//! ```text
//! arguments + readiness.yaml ─► config: settings (validated, all problems at once)
//!                                  │
//!    tree ── walk once, read once ─┤  engine
//!         each file ─► digest · pattern rules · the lints of its format      (audit/*)
//!         once      ─► each check concludes: passed, failed, not applicable, not evaluated, errored
//!                                  │  findings (rule, place, redacted evidence) + coverage
//!                                  ▼
//!                               Report ─► gate (policy, waivers) ─► Verdict ─► exit code
//!                                  └────► render: terminal json markdown sarif junit github html
//! ```
//!
//! Layers, lowest first; imports only point down, and `tests/cli/layers.rs` holds them to it:
//! `report formats host stats` (leaves) · `crypto` · `artifact advisories` · `gate render engine` · `audit perf release rollback baseline` ·
//! `catalog config` · `cli commands`.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests write their own inputs"))]

pub mod advisories;
pub mod artifact;
pub mod audit;
pub mod baseline;
pub mod catalog;
pub mod cli;
pub mod commands;
pub mod config;
pub mod crypto;
pub mod engine;
pub mod formats;
pub mod gate;
pub mod host;
pub mod perf;
pub mod release;
pub mod render;
pub mod report;
pub mod rollback;
pub mod stats;
