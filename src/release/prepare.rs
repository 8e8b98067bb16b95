//! Prepares a release: built in a folder beside its place, and put there whole.
