//! Which reports count as evidence for a release: of its kind, fresh, about the same commit and artifacts.
