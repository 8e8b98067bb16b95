//! `readiness release verify` as a whole.
