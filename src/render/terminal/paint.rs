//! Colours. Green says one thing only: ready.

use anstyle::{AnsiColor, Style};

use crate::report::{Decision, Severity};

/// Puts colours around texts, or does not.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    colour: bool,
}

impl Paint {
    /// Paints only when `colour` says so.
    pub(super) const fn new(colour: bool) -> Self {
        Self { colour }
    }

    fn with(self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// Headings and file names.
    pub(super) fn strong(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }

    /// What is read last.
    pub(super) fn faint(self, text: &str) -> String {
        self.with(Style::new().dimmed(), text)
    }

    /// What was not looked at.
    pub(super) fn caution(self, text: &str) -> String {
        self.with(AnsiColor::Yellow.on_default(), text)
    }

    /// What is bad of the things that were looked at.
    pub(super) fn bad(self, text: &str) -> String {
        self.with(AnsiColor::Red.on_default(), text)
    }

    /// A heading that must not be overlooked.
    pub(super) fn alarm(self, text: &str) -> String {
        self.with(AnsiColor::Yellow.on_default().bold(), text)
    }

    /// A text in the colour of a severity.
    pub(super) fn severity(self, severity: Severity, text: &str) -> String {
        let style = match severity {
            Severity::Critical => AnsiColor::Red.on_default().bold(),
            Severity::High => AnsiColor::Red.on_default(),
            Severity::Medium => AnsiColor::Yellow.on_default(),
            Severity::Low => AnsiColor::Cyan.on_default(),
            Severity::Info => Style::new().dimmed(),
        };
        self.with(style, text)
    }

    /// A text in the colour of a decision.
    pub(super) fn decision(self, decision: Decision, text: &str) -> String {
        let colour = match decision {
            Decision::Ready => AnsiColor::Green,
            Decision::NotReady => AnsiColor::Red,
            Decision::Incomplete => AnsiColor::Yellow,
        };
        self.with(colour.on_default().bold(), text)
    }
}
