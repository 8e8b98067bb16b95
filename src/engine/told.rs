//! What commands of a configuration are, and what they said, as reports tell of them: secrets masked, nothing in it speaks
//! to a terminal.

use std::borrow::Cow;

use crate::host::terminal;
use crate::report::mask_secrets;

/// Most of what was said that is looked at, in characters.
const LOOKED_AT: usize = 16_000;

/// A command as one would type it.
#[must_use]
pub fn command(words: &[String]) -> String {
    let quoted: Vec<String> = words
        .iter()
        .map(|word| shlex::try_quote(word).map_or_else(|_| word.clone(), Cow::into_owned))
        .collect();
    mask_secrets(&terminal::clean(&quoted.join(" ")))
}

/// The last `most` characters of what a program said.
#[must_use]
pub fn end(said: &str, most: usize) -> String {
    // Masked before it is cut to length: half a secret may not look like one.
    let masked = mask_secrets(&last(&terminal::clean(said.trim()), LOOKED_AT));
    last(&masked, most).trim_start().to_owned()
}

fn last(text: &str, most: usize) -> String {
    let skip = text.chars().count().saturating_sub(most);
    text.chars().skip(skip).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_told_without_secrets() {
        let said = format!("{}\npassword=hunter2hunter2 \u{1b}[31mred", "x ".repeat(30_000));
        let told = end(&said, 40);
        assert!(told.chars().count() <= 40 && told.ends_with("red"), "{told}");
        assert!(!told.contains("hunter2") && !told.contains('\u{1b}'), "{told}");
        let words =
            ["env".to_owned(), "TOKEN=ghp_0123456789abcdefghijABCDEFGHIJ012345".to_owned(), "a b".to_owned()];
        let told = command(&words);
        assert!(!told.contains("0123456789abcdef") && told.ends_with("'a b'"), "{told}");
    }
}
