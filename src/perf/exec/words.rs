//! A command as words: split where a shell would split, refused where only a shell could go on, and shown without secrets.

use crate::report::{Syntax, mask_line, mask_secrets};

/// Longest command, in bytes; what a kernel takes as one argument at the most.
const LONGEST: usize = 128 << 10;
/// Mark in place of a secret.
const MASK: &str = "[redacted]";
/// Flags whose next word is `user:password`.
const USERS: [&str; 3] = ["-u", "--user", "--proxy-user"];

/// Why a command cannot be split into words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsplit {
    /// It says nothing.
    #[error("there is no command")]
    Empty,
    /// It could never be started.
    #[error("it is longer than {LONGEST} bytes or holds a zero byte")]
    Impossible,
    /// A quotation mark has no partner, or a backslash ends it.
    #[error("its quotation marks do not match")]
    Quotes,
    /// It says something that only a shell does.
    #[error("`{0}` means something to a shell alone, and none runs this command")]
    Shell(String),
}

/// Program and arguments of a command. Quotation marks and backslashes mean what they mean in a shell (POSIX, section 2.2);
/// nothing is expanded.
///
/// # Errors
/// When there is no whole command, or one that only a shell can run: operators, substitutions of variables and commands, a home
/// folder, a comment, an assignment before the program.
pub fn split(text: &str) -> Result<Vec<String>, Unsplit> {
    check(text)?;
    if let Some(found) = only_for_a_shell(text) {
        return Err(Unsplit::Shell(found));
    }
    let words = shlex::split(text).ok_or(Unsplit::Quotes)?;
    let program = words.first().filter(|word| !word.is_empty()).ok_or(Unsplit::Empty)?;
    match program.split_once('=') {
        Some((name, _)) if !name.contains('/') => Err(Unsplit::Shell(format!("{name}="))),
        _ => Ok(words),
    }
}

/// The words that let `/bin/sh` run a command.
///
/// # Errors
/// When there is no command.
pub(super) fn for_shell(text: &str) -> Result<Vec<String>, Unsplit> {
    check(text)?;
    Ok(vec!["/bin/sh".to_owned(), "-c".to_owned(), text.to_owned()])
}

fn check(text: &str) -> Result<(), Unsplit> {
    if text.trim().is_empty() {
        Err(Unsplit::Empty)
    } else if text.len() > LONGEST || text.contains('\0') {
        Err(Unsplit::Impossible)
    } else {
        Ok(())
    }
}

/// The first thing in a command that is more than words to a shell.
fn only_for_a_shell(text: &str) -> Option<String> {
    let operator = |letter: char| matches!(letter, '|' | '&' | ';' | '<' | '>' | '(' | ')');
    let mut quote = None;
    let mut begins_word = true;
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let next = letters.peek().map(|(_, next)| *next);
        let began_word = std::mem::replace(&mut begins_word, quote.is_none() && letter.is_whitespace());
        match (quote, letter) {
            (None | Some('"'), '\\') => drop(letters.next()),
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            (None | Some('"'), '`') => return Some("`".to_owned()),
            (None | Some('"'), '$')
                if next.is_some_and(|next| next.is_alphanumeric() || matches!(next, '_' | '{' | '(')) =>
            {
                return Some(format!("${}", next.unwrap_or_default()));
            }
            (None, _) if operator(letter) => {
                return text
                    .get(at..)
                    .map(|rest| rest.chars().take_while(|next| operator(*next)).take(3).collect());
            }
            (None, '#') if began_word => return Some("#".to_owned()),
            (None, '~') if began_word && next.is_none_or(|next| next == '/' || next.is_whitespace()) => {
                return Some("~".to_owned());
            }
            _ => {}
        }
    }
    None
}

/// The words of a command as reports show them: what looks like a secret is masked, also where the flag before it is what
/// says so.
#[must_use]
pub(super) fn shown(words: &[String]) -> Vec<String> {
    let before = std::iter::once(None).chain(words.iter().map(Some));
    words.iter().zip(before).map(|(word, before)| shown_word(word, before.map(String::as_str))).collect()
}

/// A script for a shell as reports show it.
#[must_use]
pub(super) fn shown_script(script: &str) -> String {
    let words =
        shlex::split(script).unwrap_or_else(|| script.split_whitespace().map(str::to_owned).collect());
    let mut text = script.to_owned();
    // What a flag makes a secret is masked wherever it stands again.
    for (word, shown) in words.iter().zip(shown(&words)).filter(|(word, shown)| *word != shown) {
        text = text.replace(word, &shown);
    }
    plain(&mask_secrets(&mask_line(&text, Syntax::Shell)))
}

fn shown_word(word: &str, before: Option<&str>) -> String {
    let flag = before.filter(|before| before.starts_with('-') && !before.contains('='));
    let Some(flag) = flag.filter(|_| !word.is_empty()) else { return plain(&mask_secrets(word)) };
    if USERS.contains(&flag) && word.contains(':') {
        let user = word.split(':').next().unwrap_or_default();
        return plain(&format!("{user}:{MASK}"));
    }
    // The flag and its value as one word, which the masks know.
    let name = format!("{}=", flag.trim_start_matches('-'));
    let whole = format!("{name}{word}");
    let masked = mask_secrets(&whole);
    if masked == whole {
        return plain(&mask_secrets(word));
    }
    masked.strip_prefix(&name).map_or_else(|| MASK.to_owned(), plain)
}

/// Text of which no terminal can be told anything.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_a_shell() {
        let words = |text: &str| split(text).unwrap();
        assert_eq!(words("a b  c"), ["a", "b", "c"]);
        assert_eq!(words(r#"a 'b c' "d \"e" f\ g ''"#), ["a", "b c", "d \"e", "f g", ""]);
        assert_eq!(words(r"find . -exec rm {} \;"), ["find", ".", "-exec", "rm", "{}", ";"]);
        assert_eq!(words("sh -c 'a | b > c && $d; `e`'"), ["sh", "-c", "a | b > c && $d; `e`"]);
        assert_eq!(words(r#"grep "a|b" 'a$' c\$d e~ x#y"#), ["grep", "a|b", "a$", "c$d", "e~", "x#y"]);
        assert_eq!(words("./with=sign --a=b"), ["./with=sign", "--a=b"]);
    }

    #[test]
    fn what_only_a_shell_understands_is_refused() {
        for (text, found) in [
            ("a | b", "|"),
            ("a|b", "|"),
            ("a > b", ">"),
            ("a 2>/dev/null", ">"),
            ("a >> b", ">>"),
            ("a < b", "<"),
            ("a && b", "&&"),
            ("a || b", "||"),
            ("a; b", ";"),
            ("a &", "&"),
            ("(a)", "("),
            ("a $HOME", "$H"),
            ("a \"$(b)\"", "$("),
            ("a ${b}", "${"),
            ("a `b`", "`"),
            ("a ~/b", "~"),
            ("a # b", "#"),
            ("A=1 b", "A="),
            ("'a b' \\' | c", "|"),
        ] {
            assert_eq!(split(text), Err(Unsplit::Shell(found.to_owned())), "{text}");
        }
    }

    #[test]
    fn what_is_no_command_is_refused() {
        assert_eq!(split("  "), Err(Unsplit::Empty));
        assert_eq!(split("'' a"), Err(Unsplit::Empty));
        assert_eq!(split("a 'b"), Err(Unsplit::Quotes));
        assert_eq!(split("a \"b"), Err(Unsplit::Quotes));
        assert_eq!(split("a b\\"), Err(Unsplit::Quotes));
        assert_eq!(split("a\0b"), Err(Unsplit::Impossible));
        assert_eq!(split(&"a".repeat(LONGEST + 1)), Err(Unsplit::Impossible));
        assert_eq!(for_shell("\n"), Err(Unsplit::Empty));
        assert_eq!(for_shell("a | b").unwrap(), ["/bin/sh", "-c", "a | b"]);
    }

    #[test]
    fn secrets_do_not_show() {
        let secret = "s3cr3t-Value";
        for text in [
            "curl --password s3cr3t-Value http://x/",
            "curl --password=s3cr3t-Value http://x/",
            "curl --auth-token s3cr3t-Value",
            "curl -u me:s3cr3t-Value http://x/",
            "curl http://me:s3cr3t-Value@x/",
            "curl -H 'Authorization: Bearer s3cr3t-Value-s3cr3t-Value'",
            "env API_KEY=s3cr3t-Value tool",
            "tool --api-key 's3cr3t-Value'",
        ] {
            let words = shown(&split(text).unwrap());
            assert!(!words.concat().contains(secret), "{words:?}");
            let script = shown_script(&format!("{text} | tee x"));
            assert!(!script.contains(secret), "{script}");
        }
        assert_eq!(shown(&split("curl -u me:s3cr3t-Value").unwrap()), ["curl", "-u", "me:[redacted]"]);
        let plain =
            ["cargo", "build", "--release", "-p", "name", "--target-dir", "/tmp/x"].map(str::to_owned);
        assert_eq!(shown(&plain), plain);
        assert_eq!(shown_script("cat a | sort > b"), "cat a | sort > b");
        assert_eq!(shown(&["a\u{1b}[31m".to_owned()]), ["a [31m"]);
    }
}
