//! The words of a command line in the making: every command records itself in its report, so that it can be run again. What
//! each flag says, and that no secret is recorded, is for the command; how it is written is the same for all.

use std::path::Path;

use clap::ValueEnum;
use jiff::Timestamp;

use super::Variable;
use crate::cli::SeverityArg;
use crate::host::clock;
use crate::perf::url::Url;
use crate::report::{Severity, mask_secrets};

/// Words of a command line.
pub(super) struct Words(Vec<String>);

impl Words {
    /// Those of a command without flags.
    pub(super) fn of(command: &[&str]) -> Self {
        Self(command.iter().map(|word| (*word).to_owned()).collect())
    }

    /// A flag with its value, if it was given.
    pub(super) fn add(&mut self, flag: &str, value: Option<impl ToString>) {
        let Some(value) = value.map(|value| value.to_string()) else { return };
        // A value that begins like a flag is taken for one when it stands alone.
        if value.starts_with('-') || value.is_empty() {
            self.0.push(format!("{flag}={value}"));
        } else {
            self.0.extend([flag.to_owned(), value]);
        }
    }

    /// A flag with a file, if it was given.
    pub(super) fn path(&mut self, flag: &str, path: Option<&Path>) {
        self.add(flag, path.map(shown));
    }

    /// A flag once for each file.
    pub(super) fn paths<P: AsRef<Path>>(&mut self, flag: &str, paths: &[P]) {
        paths.iter().for_each(|path| self.path(flag, Some(path.as_ref())));
    }

    /// A flag without a value, if it was given.
    pub(super) fn switch(&mut self, flag: &str, given: bool) {
        self.0.extend(given.then(|| flag.to_owned()));
    }

    /// A flag with one of its known values, if it was given.
    pub(super) fn word(&mut self, flag: &str, value: Option<impl ValueEnum>) {
        let value = value.and_then(|value| Some(value.to_possible_value()?.get_name().to_owned()));
        self.add(flag, value);
    }

    /// The lowest severity that fails, if it was given.
    pub(super) fn fail_on(&mut self, severity: Option<SeverityArg>) {
        self.add("--fail-on", severity.map(|severity| Severity::from(severity).word()));
    }

    /// Words as they are.
    pub(super) fn extend(&mut self, words: impl IntoIterator<Item = String>) {
        self.0.extend(words);
    }

    /// All words, at their end those that are no flags: behind `--` when one of them begins like a flag.
    pub(super) fn ending<P: AsRef<Path>>(mut self, operands: &[P]) -> Vec<String> {
        let operands: Vec<String> = operands.iter().map(|operand| shown(operand.as_ref())).collect();
        if operands.iter().any(|operand| operand.starts_with('-')) {
            self.0.push("--".to_owned());
        }
        self.0.extend(operands);
        self.0
    }

    /// All words, when there are no others.
    pub(super) fn done(self) -> Vec<String> {
        self.0
    }
}

/// A path as a flag has it.
fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// A URL as it may be shown: without user and query.
pub(super) fn url(text: &str) -> String {
    text.parse::<Url>().map_or_else(|_| mask_secrets(text), |url| url.shown())
}

/// The moment of the run as a report of it records it: set by the environment, or not at all.
pub(super) fn moment(now: Timestamp, variable: Variable<'_>) -> Vec<String> {
    let set = variable(clock::VARIABLE).is_some();
    set.then(|| format!("{}={}", clock::VARIABLE, now.as_second())).into_iter().collect()
}
