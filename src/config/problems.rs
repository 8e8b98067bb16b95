//! What is wrong with a configuration file, each with its place, a hint and the line itself.

use std::fmt;

use crate::report::mask_secrets;

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
    /// Attaches the lines they speak of and puts problems in order.
    pub(super) fn illustrate(&mut self, text: &str) {
        self.list.sort_by_key(|problem| (problem.line, problem.column));
        for problem in &mut self.list {
            let line = text.lines().nth(problem.line.saturating_sub(1) as usize).unwrap_or_default();
            problem.excerpt = mask_secrets(line).chars().take(120).collect();
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
