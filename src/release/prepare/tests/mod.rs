//! Building a release, failing and being ended at every operation.
