//! Phases in reverse order: as a document, and carried out.
