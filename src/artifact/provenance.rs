//! Provenance: who signed it, what it is about, and which SLSA Build level that supports.
