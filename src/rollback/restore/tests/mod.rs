//! Restores of hand-made states.
