//! Suspicious code: downloads that are run unchecked, hidden payloads, back doors.

mod homoglyphs;
mod judges;

use std::sync::LazyLock;

use super::Settings;
use crate::engine::{
    Check, Conclusion, Entry, File, Findings, Inspect, Language, Patterns, Reads, RuleFile, Start, Want,
};
use crate::report::Status;

static FILE: LazyLock<RuleFile> = LazyLock::new(|| RuleFile::embedded(CHECK.rule_file));

/// The check.
pub static CHECK: Check = Check {
    id: "code",
    title: "Suspicious code",
    about: "Code that downloads and runs, hides what it does, or opens a way in.",
    reads: Reads::Contents,
    rules: || &FILE.rules,
    rule_file: include_str!("rules.yaml"),
};

/// Makes the check ready for one run.
#[must_use]
pub fn start(_settings: &Settings) -> Start {
    Start::Run(Box::new(Code { patterns: FILE.patterns(judges::named, false) }))
}

struct Code {
    patterns: Patterns,
}

impl Inspect for Code {
    fn patterns(&self) -> Option<&Patterns> {
        Some(&self.patterns)
    }

    fn wants(&self, _entry: &Entry) -> Want {
        Want::Text
    }

    fn file(&self, file: &File<'_>, findings: &mut Findings<'_>) {
        if is_program(file.entry.language) {
            for word in homoglyphs::mixed_names(file.contents.bytes()) {
                findings.at("COD-083", word, "A name mixes letters of different alphabets that look alike");
            }
        }
    }

    fn finish(&self, findings: &mut Findings<'_>) -> Conclusion {
        if findings.count("files") == 0 {
            return Conclusion::Instead(Status::not_evaluated("no text file was read", ""));
        }
        Conclusion::Evaluated
    }
}

/// Whether names in a language decide what is run; prose, data and stylesheets are full of foreign words.
const fn is_program(language: Language) -> bool {
    matches!(
        language,
        Language::Shell
            | Language::PowerShell
            | Language::Python
            | Language::JavaScript
            | Language::Php
            | Language::Ruby
            | Language::Perl
            | Language::Go
            | Language::Rust
            | Language::Jvm
            | Language::DotNet
            | Language::C
            | Language::Lua
    )
}
