//! Values that no report may repeat: those of environment variables that the settings name. A command, a server or a module may
//! repeat the very secret that it was given.
//!
//! They are taken out of a text while it is whole and as it was said: what is cut, masked or put on one line first may hold half
//! of one, or one that is not recognised any more.

use std::collections::BTreeSet;

/// Shortest value that is looked for, in bytes: shorter ones are in every text.
const SHORTEST: usize = 4;
/// Shortest line of a value of several lines that is looked for by itself, in bytes.
const LINE: usize = 8;
/// What stands in place of one.
const TAKEN: &str = "[redacted]";

/// Some values, in every form that they are looked for.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(Vec<String>);

/// Says how many there are and none of them.
impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

impl Secrets {
    /// None.
    pub const NONE: &Self = &Self(Vec::new());

    /// These values; each as it is, on one line, with blanks for control characters, and, of several lines, line by line.
    pub fn new<'v>(values: impl IntoIterator<Item = &'v str>) -> Self {
        let mut forms = BTreeSet::new();
        for value in values {
            forms.insert(value.to_owned());
            forms.insert(value.split_whitespace().collect::<Vec<_>>().join(" "));
            forms.insert(value.replace(|letter: char| letter.is_control() && letter != '\n', " "));
            let lines = value.lines().map(str::trim).filter(|line| line.len() >= LINE);
            forms.extend(lines.map(str::to_owned));
        }
        let mut forms: Vec<String> = forms.into_iter().filter(|form| form.len() >= SHORTEST).collect();
        // The longest first, so that none of them hides a part of another.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        Self(forms)
    }

    /// A text without them. Of one that begins with `…`, because only its end was kept, the end of a value is taken out there too.
    #[must_use]
    pub fn out_of(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for value in &self.0 {
            if text.contains(value) {
                text = text.replace(value, TAKEN);
            }
        }
        let rest =
            text.strip_prefix('…').and_then(|rest| self.0.iter().find_map(|value| end_of(value, rest)));
        match rest {
            Some(rest) => format!("…{TAKEN}{rest}"),
            None => text,
        }
    }
}

/// What follows the end of a value that a text begins with.
fn end_of<'t>(value: &str, text: &'t str) -> Option<&'t str> {
    let ends = value.char_indices().skip(1).filter_map(|(from, _)| value.get(from..));
    ends.take_while(|end| end.len() >= SHORTEST).find_map(|end| text.strip_prefix(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_values_come_first_and_short_ones_stay() {
        let secrets = Secrets::new(["correct horse", "correct horse battery", "on"]);
        let text = secrets.out_of("wrong: correct horse battery, correct horse, on");
        assert_eq!(text, "wrong: [redacted], [redacted], on");
        assert_eq!(format!("{secrets:?}"), "Secrets(2)");
        assert_eq!(Secrets::NONE.out_of("correct horse"), "correct horse");
    }

    #[test]
    fn values_are_known_in_other_forms() {
        let secrets = Secrets::new(["-----BEGIN KEY-----\nMIIEvQIBADAN\nBgkq\n", "a\tb  c\n"]);
        assert_eq!(
            secrets.out_of("x\n-----BEGIN KEY-----\nMIIEvQIBADAN\nBgkq\ny"),
            "x\n[redacted]y",
            "as it is, its last line end with it"
        );
        assert_eq!(secrets.out_of("-----BEGIN KEY----- MIIEvQIBADAN Bgkq"), "[redacted]", "on one line");
        assert_eq!(secrets.out_of("line 2: MIIEvQIBADAN."), "line 2: [redacted].");
        assert_eq!(secrets.out_of("a b  c\nand a b c"), "[redacted]and [redacted]");
    }

    #[test]
    fn half_a_value_is_known_where_a_beginning_is_missing() {
        let secrets = Secrets::new(["größer-als-gedacht"]);
        assert_eq!(secrets.out_of("…als-gedacht: no"), "…[redacted]: no");
        assert_eq!(secrets.out_of("…ößer-als-gedacht"), "…[redacted]");
        assert_eq!(secrets.out_of("…cht: no"), "…cht: no", "three letters are in every text");
        assert_eq!(secrets.out_of("als-gedacht: no"), "als-gedacht: no", "nothing is missing");
    }
}
