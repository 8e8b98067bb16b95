//! Everything in a release directory again, from trusted public keys alone.
