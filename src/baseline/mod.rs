//! `readiness baseline`: what normal is, what has moved out of it, and what was configured differently.
//!
//! ```text
//!   readiness.yaml ─► probes ─► measure ─► Capture ─► store          one JSON document a capture
//!                                             │
//!          reference (store, file) ───────────┼─► compare            each metric: pass, warn, fail, inconclusive …
//!          earlier captures (store) ──────────┼─► history            band, trend, change points
//!          configuration, ports, versions ────┴─► drift              key by key
//! ```
//!
//! - [`selector`]: which series of an exposition, as text.
//! - [`settings`]: the section `baseline` of `readiness.yaml`; [`usual`]: the probes that run without one;
//!   [`presets`]: probe sets for common stacks, written by `readiness init --baseline`.
//! - [`probe`]: one module for each kind of probe: what it asks (`observe`) and what is read from the answer (`read`).
//! - [`secrets`]: what is taken out of the words of others.
//! - [`measure`]: all probes in parallel, each within its time.
//! - [`machine`]: the machine that it is made on.
//! - [`capture`]: what is kept of one measurement; [`store`]: where captures are kept, and what was approved.
//! - [`compare`], [`history`]: pure; captures in, judged metrics out.
//! - [`drift`]: the configuration of a system as a value, and how two of them differ.
//! - [`modules`], [`files`]: programs that must start, and model and data files that must be what they should.
//! - [`export`]: a capture for Prometheus and for programs.
//! - [`checks`]: the rules.

pub mod capture;
pub mod checks;
pub mod compare;
pub mod drift;
pub mod export;
pub mod files;
pub mod history;
pub mod machine;
pub mod measure;
pub mod modules;
pub mod presets;
pub mod probe;
pub mod secrets;
pub mod selector;
pub mod settings;
pub mod store;
pub mod usual;
pub mod words;

/// Folder of the captures of a tree, relative to it.
pub const FOLDER: &str = ".readiness/baselines";

/// The categories that every metric is sorted into, and what they are called; a configuration may add its own.
pub const CATEGORIES: [(&str, &str); 12] = [
    ("ai_model", "AI model"),
    ("rag", "RAG"),
    ("circuit_breaker", "Circuit breaker"),
    ("system_health", "System health"),
    ("network", "Network"),
    ("cache", "Cache"),
    ("gpu", "GPU"),
    ("voice", "Voice"),
    ("vector_database", "Vector database"),
    ("llm_economics", "LLM economics"),
    ("business", "Business"),
    ("anomaly_detection", "Anomaly detection"),
];
