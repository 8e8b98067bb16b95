//! Which names may stand in a release: those that every system can keep and every reader can see.

/// Longest name of a file, in bytes: 255 is what file systems allow, less the endings that are added.
const LONGEST: usize = 240;
/// Longest version, in bytes.
const LONGEST_VERSION: usize = 128;

/// Why a name cannot stand in a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Nothing, or `.` or `..`.
    #[error("it is no name")]
    Empty,
    /// Too long.
    #[error("it is longer than {LONGEST} bytes")]
    TooLong,
    /// A control character, one that changes how text is shown, or bytes that are no UTF-8.
    #[error("it has a character that cannot be printed")]
    Hidden,
    /// A separator of folders, or a character that some systems keep for themselves.
    #[error("it has one of the characters / \\ : * ? \" < > |, which not every system can keep")]
    Reserved,
    /// White space at an end, or a dot at the end.
    #[error("it begins or ends with white space, or ends with a dot, which not every system keeps")]
    Edges,
    /// It would be taken for a signature.
    #[error("names that end with .sig are for the signatures of the release")]
    Signature,
    /// White space inside a version.
    #[error("it has white space")]
    Space,
}

/// Whether a character is not seen itself but changes what is seen: controls, line separators, text direction, zero
/// width, tags. U+FFFD stands where bytes were no text.
const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}'
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Says whether a file of a release may have this name.
///
/// # Errors
/// Why it may not.
pub fn file_name(name: &str) -> Result<(), Unfit> {
    if name.is_empty() || name == "." || name == ".." {
        return Err(Unfit::Empty);
    }
    if name.len() > LONGEST {
        return Err(Unfit::TooLong);
    }
    if name.contains(is_hidden) {
        return Err(Unfit::Hidden);
    }
    if name.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|']) {
        return Err(Unfit::Reserved);
    }
    if name.trim() != name || name.ends_with('.') {
        return Err(Unfit::Edges);
    }
    if folded(name).ends_with(".sig") {
        return Err(Unfit::Signature);
    }
    Ok(())
}

/// Says whether a release may have this version: printable, without white space.
///
/// # Errors
/// Why it may not.
pub fn version(text: &str) -> Result<(), Unfit> {
    if text.is_empty() {
        Err(Unfit::Empty)
    } else if text.len() > LONGEST_VERSION {
        Err(Unfit::TooLong)
    } else if text.contains(is_hidden) {
        Err(Unfit::Hidden)
    } else if text.contains(char::is_whitespace) {
        Err(Unfit::Space)
    } else {
        Ok(())
    }
}

/// A name as systems compare it that do not tell capitals from small letters.
pub(super) fn folded(name: &str) -> String {
    name.to_lowercase()
}

/// The part of a file name that a release's name gives: `@scope/app` becomes `scope-app`.
pub(super) fn stem(name: &str) -> String {
    let plain: String = name
        .trim_start_matches('@')
        .chars()
        .map(|c| {
            if is_hidden(c)
                || c.is_whitespace()
                || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
            {
                '-'
            } else {
                c
            }
        })
        .take(60)
        .collect();
    let plain = plain.trim_matches(['.', '-']);
    if plain.is_empty() { "source".to_owned() } else { plain.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_every_system_keeps() {
        for good in ["app", "app-1.2.3_x86_64.tar.gz", "ä b", ".hidden", "-x", "a.enc"] {
            assert_eq!(file_name(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("", Unfit::Empty),
            ("..", Unfit::Empty),
            ("a\nb", Unfit::Hidden),
            ("a\x1b[31m", Unfit::Hidden),
            ("a\u{202e}b", Unfit::Hidden),
            ("a\u{fffd}", Unfit::Hidden),
            ("a/b", Unfit::Reserved),
            ("a\\b", Unfit::Reserved),
            ("c:a", Unfit::Reserved),
            (" a", Unfit::Edges),
            ("a.", Unfit::Edges),
            ("app.SIG", Unfit::Signature),
        ] {
            assert_eq!(file_name(bad), Err(why), "{bad:?}");
        }
        assert_eq!(file_name(&"a".repeat(241)), Err(Unfit::TooLong));
        assert_eq!(version("1.2.3-rc.1+x"), Ok(()));
        assert_eq!(version("1 2"), Err(Unfit::Space));
        assert_eq!(version("1\u{200b}"), Err(Unfit::Hidden));
    }

    #[test]
    fn a_package_name_becomes_a_file_name() {
        for (name, expected) in
            [("app", "app"), ("@scope/app", "scope-app"), ("..", "source"), ("a b", "a-b")]
        {
            assert_eq!(stem(name), expected);
            assert_eq!(file_name(&stem(name)), Ok(()));
        }
    }
}
