//! Secrets in the tree (credentials, keys, tokens), by provider format or by the name they are assigned to.

mod judges;
mod shape;

use std::sync::LazyLock;

use super::Settings;
use crate::engine::{Check, Conclusion, Entry, Findings, Inspect, Patterns, Reads, RuleFile, Start, Want};
use crate::report::Status;

static FILE: LazyLock<RuleFile> = LazyLock::new(|| RuleFile::embedded(CHECK.rule_file));

/// The check.
pub static CHECK: Check = Check {
    id: "secrets",
    title: "Secrets",
    about: "Credentials, private keys and tokens that stand in the tree.",
    reads: Reads::Contents,
    rules: || &FILE.rules,
    rule_file: include_str!("rules.yaml"),
};

/// Makes the check ready for one run.
#[must_use]
pub fn start(_settings: &Settings) -> Start {
    Start::Run(Box::new(Secrets { patterns: FILE.patterns(judges::named, true) }))
}

struct Secrets {
    patterns: Patterns,
}

impl Inspect for Secrets {
    fn patterns(&self) -> Option<&Patterns> {
        Some(&self.patterns)
    }

    fn wants(&self, _entry: &Entry) -> Want {
        Want::Text
    }

    fn finish(&self, findings: &mut Findings<'_>) -> Conclusion {
        if findings.count("files") == 0 {
            return Conclusion::Instead(Status::not_evaluated("no text file was read", ""));
        }
        Conclusion::Evaluated
    }
}
