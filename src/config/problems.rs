//! What is wrong with a configuration file, each with its place, a hint and the line itself.

use std::fmt;

use crate::formats::document::ParseError;
use crate::report::{Syntax, mask_line};

/// Everything wrong with one file.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    /// The file, as the user named it.
    pub file: String,
    /// What is wrong, in order of place.
    pub list: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// What is wrong, as a lower-case fragment.
    pub message: String,
    /// What to do, if that is not plain from the message.
    pub hint: Option<String>,
    /// The line, with anything that looks like a secret masked.
    pub excerpt: String,
}

impl Problems {
    /// The one problem that keeps a file from being read at all.
    #[must_use]
    pub fn of_parse_error(file: &str, text: &[u8], error: &ParseError) -> Self {
        let ParseError { line, column, message, .. } = error;
        let problem = Problem {
            line: *line,
            column: *column,
            message: message.clone(),
            hint: None,
            excerpt: String::new(),
        };
        let mut problems = Self { file: file.to_owned(), list: vec![problem] };
        problems.illustrate(&String::from_utf8_lossy(text));
        problems
    }

    /// Attaches the lines they speak of and puts problems in order.
    pub(super) fn illustrate(&mut self, text: &str) {
        self.list.sort_by_key(|problem| (problem.line, problem.column));
        for problem in &mut self.list {
            let line = text.lines().nth(problem.line.saturating_sub(1) as usize).unwrap_or_default();
            problem.excerpt = mask_line(line, Syntax::Yaml).chars().take(120).collect();
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.list.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            write!(formatter, "{}:{}:{}: {}", self.file, problem.line, problem.column, problem.message)?;
            if !problem.excerpt.trim().is_empty() {
                let excerpt: String =
                    problem.excerpt.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
                let margin = " ".repeat(problem.column.saturating_sub(1).min(120) as usize);
                write!(formatter, "\n{:>5} │ {excerpt}\n      │ {margin}^", problem.line)?;
            }
            if let Some(hint) = &problem.hint {
                write!(formatter, "\nhint: {hint}")?;
            }
        }
        Ok(())
    }
}
