//! Selectors as text.

use super::settings::Selector;

impl std::str::FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.split('{').next().unwrap_or_default();
        Ok(Self { name: name.to_owned(), labels: Vec::new() })
    }
}
