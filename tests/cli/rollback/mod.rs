//! `readiness rollback` as a whole: states of repositories, wild changes, and the way back. Git and the file system say what
//! was and what is; nothing is believed of the program itself.

#![allow(clippy::disallowed_methods, reason = "these trees are there to be spoilt")]

mod refusals;
mod round_trips;
mod scenes;
mod seen;
