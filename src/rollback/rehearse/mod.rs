//! The plan carried out in a scratch copy, timed.
