//! Environment variables that a release needs: declared by the user, looked for in the profiles and in the environment.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::profile::Profile;
use super::stage::Stage;
use super::values;

/// The environment of the process, or what stands for it. `Debug` shows names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Takes the variables with their values.
    #[must_use]
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(variables.into_iter().collect())
    }

    /// Whether a variable has a value that is one.
    #[must_use]
    pub fn defines(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| is_value(value))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

fn is_value(value: &str) -> bool {
    !value.trim().is_empty() && !values::is_placeholder(value)
}

/// Adds those of `wanted` that a profile defines. A profile for development defines nothing for a release.
pub(super) fn note(profile: &Profile<'_>, wanted: &[String], defined: &mut BTreeSet<String>) {
    if profile.stage == Stage::Development {
        return;
    }
    for setting in &profile.settings {
        let named = wanted.iter().find(|name| **name == setting.path);
        let value = setting.node.text().unwrap_or_default();
        // A reference to itself only says that it comes from elsewhere.
        if let Some(name) = named.filter(|name| is_value(value) && !value.contains(&format!("${{{name}"))) {
            defined.insert(name.clone());
        }
    }
}
