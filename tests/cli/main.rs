//! Tests of the program as a whole: rules against their fixtures, the corpora, the wiring.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that goes wrong should stop"
)]

mod advisories;
mod bad_input;
mod baseline;
mod baseline_case;
mod baseline_drift;
mod builtin;
mod containers;
mod corpora_code;
mod corpora_configuration;
mod corpora_containers;
mod corpora_crypto;
mod corpora_exposition;
mod corpora_lockfiles_js;
mod corpora_lockfiles_py;
mod corpora_lockfiles_rest;
mod corpora_matching;
mod corpora_sbom;
mod corpora_secrets;
mod corpora_versions;
mod corpora_vex;
mod corpora_vulnerabilities;
mod fixtures;
mod integrity;
mod kinds_of_files;
mod layers;
mod measured_case;
mod no_socket;
mod oracle;
mod perf_cli;
mod perf_oracle;
mod perf_oracle_tls;
mod perf_regression;
mod release_case;
mod release_evidence_case;
mod release_gate;
mod release_keys;
mod release_made;
mod release_mutation;
mod release_prepare;
mod release_prepare_case;
mod release_provenance;
mod release_rotate;
mod release_trail;
mod release_verify;
mod reproduce;
#[cfg(unix)]
mod rollback;
mod rollback_case;
mod sbom_out;
mod scanners;
mod sealed;
mod secrets_shown;
mod support;
mod unread_projects;
mod update;
mod vex;
mod vulnerabilities;
mod vulnerability_gaps;
mod wiring;
