//! What is wrong with a scenario, with its place.

use std::fmt;

use super::settings::Place;

/// One thing that is wrong. Holds no values of the environment and of tables, which may be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What, as a lower-case fragment.
    pub message: String,
    /// What to do, if that is not plain from the message.
    pub hint: Option<String>,
}

/// Everything that is wrong, in order of place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            let Fault { place: Place { file, line, column }, message, hint } = fault;
            if !file.is_empty() {
                write!(f, "{}:", plain(file))?;
            }
            for number in [line, column].into_iter().filter(|number| **number > 0) {
                write!(f, "{number}:")?;
            }
            if !file.is_empty() || *line > 0 {
                f.write_str(" ")?;
            }
            f.write_str(&plain(message))?;
            if let Some(hint) = hint {
                write!(f, "\nhint: {}", plain(hint))?;
            }
        }
        Ok(())
    }
}

/// The text without what a terminal would obey: names of columns come from files that may be hostile.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
