//! A vector as a list of metrics with the values that a version gives them.

use super::CvssError;

/// A metric of a version.
pub(super) struct Metric {
    /// Its name in vectors.
    pub(super) name: &'static str,
    /// The values it can have.
    pub(super) values: &'static [&'static str],
    /// Whether every vector has it.
    pub(super) base: bool,
}

/// A metric that every vector has.
pub(super) const fn base(name: &'static str, values: &'static [&'static str]) -> Metric {
    Metric { name, values, base: true }
}

/// A metric that a vector can leave out.
pub(super) const fn optional(name: &'static str, values: &'static [&'static str]) -> Metric {
    Metric { name, values, base: false }
}

/// The values of a valid vector.
pub(super) struct Vector {
    values: Vec<(&'static str, &'static str)>,
}

impl Vector {
    /// Reads `NAME:VALUE` parts between slashes.
    ///
    /// # Errors
    /// When a part is none of `table`, stands twice or (if `ordered`) out of the order of `table`, or a base metric is missing.
    pub(super) fn read(text: &str, table: &'static [Metric], ordered: bool) -> Result<Self, CvssError> {
        let mut values: Vec<(&'static str, &'static str)> = Vec::new();
        let mut last = 0;
        for part in text.split('/') {
            let (name, value) = part.split_once(':').unwrap_or((part, ""));
            let Some((place, metric)) = table.iter().enumerate().find(|(_, metric)| metric.name == name)
            else {
                return Err(CvssError(format!("`{}` is no metric of this version", short(name))));
            };
            let Some(value) = metric.values.iter().copied().find(|known| *known == value) else {
                return Err(CvssError(format!("`{}` is no value of {}", short(value), metric.name)));
            };
            if values.iter().any(|(known, _)| *known == metric.name) {
                return Err(CvssError(format!("{} stands twice", metric.name)));
            }
            if ordered && place < last {
                return Err(CvssError(format!("{} is out of order", metric.name)));
            }
            last = place;
            values.push((metric.name, value));
        }
        let vector = Self { values };
        match table.iter().find(|metric| metric.base && vector.get(metric.name).is_none()) {
            Some(missing) => Err(CvssError(format!("{} is missing", missing.name))),
            None => Ok(vector),
        }
    }

    /// The value of a metric; none where it is left out or said not to be defined (`X`, `ND`).
    pub(super) fn get(&self, name: &str) -> Option<&'static str> {
        self.values
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
            .filter(|value| !matches!(*value, "X" | "ND"))
    }

    /// The value of a metric, or of the one it modifies.
    pub(super) fn modified(&self, modifying: &str, name: &str) -> &'static str {
        self.get(modifying).or_else(|| self.get(name)).unwrap_or("")
    }

    /// Whether any of these is defined.
    pub(super) fn any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.get(name).is_some())
    }
}

/// The start of what a vector holds where a name or a value should be, for messages.
fn short(text: &str) -> String {
    text.chars().take(16).collect()
}
