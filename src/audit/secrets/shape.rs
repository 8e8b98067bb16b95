//! What a value looks like: a stand-in, a word, or something a machine drew.

use crate::engine::entropy;

/// Words that people put where a secret belongs. Each is long or odd enough not to turn up in a drawn token.
const STAND_INS: &[&str] = &[
    "example",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "changethis",
    "change_this",
    "change-this",
    "xxxx",
    "yyyyy",
    "your_",
    "your-",
    "yourapi",
    "yoursecret",
    "yourtoken",
    "yourkey",
    "yourpass",
    "dummy",
    "redacted",
    "removed",
    "notreal",
    "not_a_real",
    "not-a-real",
    "notasecret",
    "not_secret",
    "replace_",
    "replace-",
    "replaceme",
    "replacewith",
    "insert_",
    "inserty",
    "tokenhere",
    "keyhere",
    "token_here",
    "key_here",
    "_here",
    "-here",
    "secret_here",
    "lorem",
    "qwertyuiop",
    "asdfasdf",
    "foobar",
    "deadbeef",
    "fixme",
    "undefined",
    "goes_here",
];

/// Words that say of a password or key that it is none, where the value is short enough to be chosen by a person.
const WEAK_WORDS: &[&str] = &[
    "password",
    "passwd",
    "passwort",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "test",
    "sample",
    "demo",
    "fake",
    "mock",
    "user",
    "admin",
    "postgres",
    "mysql",
    "root",
    "default",
    "hidden",
    "optional",
    "required",
    "enter",
    "invalid",
    "wrong",
    "correct",
    "forgot",
    "reset",
    "unused",
    "empty",
    "none",
    "null",
    "todo",
    "some_",
    "some-",
    "somepass",
    "mypass",
    "my_",
    "my-",
    "foo",
    "bar",
    "abc",
    "pass",
    "qwerty",
    "letmein",
    "welcome",
    "field",
    "string",
    "value",
    "credential",
    "config",
    "env.",
    "environ",
    "getenv",
    "process.",
    "settings.",
    "this.",
    "self.",
    "localhost",
];

/// Whether a value stands in for a secret: a template, a masked or repeated character, a published example, a word that
/// asks to be replaced.
pub(super) fn is_stand_in(value: &[u8]) -> bool {
    value.is_empty() || is_template(value) || is_regular(value) || has_word(value, STAND_INS)
}

/// Whether a value chosen by a person speaks of what it is for, as secrets do not.
pub(super) fn has_weak_word(value: &[u8]) -> bool {
    has_word(value, WEAK_WORDS)
}

fn has_word(value: &[u8], words: &[&str]) -> bool {
    let lower = value.to_ascii_lowercase();
    words.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
}

/// Whether a value is filled in later: `${X}`, `{{ x }}`, `<token>`, `$(cmd)`, `%s`, `%X%`, `@X@`, `__X__`, `[x]`.
pub(super) fn is_template(value: &[u8]) -> bool {
    let holds = |mark: &[u8]| memchr::memmem::find(value, mark).is_some();
    let first = value.first().copied().unwrap_or_default();
    let last = value.last().copied().unwrap_or_default();
    let variable =
        first == b'$' && value.get(1).is_some_and(|next| next.is_ascii_alphabetic() || b"_({".contains(next));
    let wrapped = matches!(
        (first, last),
        (b'<', b'>')
            | (b'{', b'}')
            | (b'[', b']')
            | (b'(', b')')
            | (b'%', b'%')
            | (b'@', b'@')
            | (b'`', b'`')
    );
    let reference = variable
        && !value.iter().skip(1).any(|byte| !byte.is_ascii_alphanumeric() && !b"_.{}()[]:-/".contains(byte));
    wrapped
        || reference
        || [
            &b"${"[..],
            b"{{",
            b"}}",
            b"$(",
            b"%(",
            b"%s",
            b"%d",
            b"%v",
            b"#{",
            b"<%",
            b"...",
            b"***",
            b"$[",
            b"{0}",
            b"{1}",
            b"\\(",
            b"<your",
            b"\xe2\x80\xa6",
            b"\xe2\x80\xa2",
        ]
        .iter()
        .any(|mark| holds(mark))
        || (value.starts_with(b"__") && value.ends_with(b"__"))
}

/// Whether a value is too regular to be drawn: few characters, one character over and over, a block repeated, runs such
/// as `12345678` or `abcdef` making up half of it.
pub(super) fn is_regular(value: &[u8]) -> bool {
    let length = value.len();
    if length < 4 {
        return true;
    }
    let mut seen = [false; 256];
    for byte in value {
        if let Some(slot) = seen.get_mut(usize::from(*byte)) {
            *slot = true;
        }
    }
    let distinct = seen.iter().filter(|seen| **seen).count();
    if distinct <= 2 || (length >= 12 && distinct <= 5) || (length >= 24 && distinct <= 7) {
        return true;
    }
    let same = longest_run(value, |before, after| before == after);
    if same >= 8 || same * 3 >= length.max(9) {
        return true;
    }
    // `AbCdEf…` and `a1b2c3d4…` count up too, each alphabet for itself.
    let letters: Vec<u8> =
        value.iter().filter(|byte| byte.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect();
    let letters_count_up =
        letters.len() >= 6 && letters.len() * 3 >= length && in_runs(&letters) * 5 >= letters.len() * 3;
    in_runs(value) * 2 >= length
        || letters_count_up
        || (length >= 16 && (2..=length / 2).any(|period| is_repeated(value, period)))
}

fn longest_run(value: &[u8], goes_on: impl Fn(u8, u8) -> bool) -> usize {
    let (mut longest, mut run) = (1, 1);
    for (before, after) in value.iter().zip(value.iter().skip(1)) {
        run = if goes_on(*before, *after) { run + 1 } else { 1 };
        longest = longest.max(run);
    }
    longest
}

/// How many characters belong to runs of four or more that count up.
fn in_runs(value: &[u8]) -> usize {
    let (mut total, mut run) = (0, 1);
    for (before, after) in value.iter().zip(value.iter().skip(1)) {
        if before.wrapping_add(1) == *after || (*before == b'9' && *after == b'0') {
            run += 1;
        } else {
            total += if run >= 4 { run } else { 0 };
            run = 1;
        }
    }
    total + if run >= 4 { run } else { 0 }
}

/// Whether every character equals the one a period before it. Most periods end at the first pair.
fn is_repeated(value: &[u8], period: usize) -> bool {
    value.iter().zip(value.iter().skip(period)).all(|(before, after)| before == after)
}

/// Whether a value is `8-4-4-4-12` hexadecimal digits.
pub(super) fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Whether a value looks drawn by a machine: letters and digits (or cases) in no order that words, versions, paths or
/// identifiers have.
pub(super) fn looks_drawn(value: &[u8]) -> bool {
    let length = value.len();
    if length < 16 || is_uuid(value) {
        return length >= 16 && !is_regular(value);
    }
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    if letters == 0 || digits + letters < length * 3 / 4 {
        return false;
    }
    if value.iter().all(u8::is_ascii_hexdigit) {
        return digits >= 4 && letters >= 3 && length >= 20 && entropy(value) >= 2.8;
    }
    // Words joined by separators or capitals hold whole words between them.
    let turns = value
        .iter()
        .zip(value.iter().skip(1))
        .filter(|(before, after)| {
            (before.is_ascii_digit() && after.is_ascii_alphabetic())
                || (before.is_ascii_alphabetic() && after.is_ascii_digit())
        })
        .count();
    let in_words = letters_in_words(value);
    let least = if length < 20 { 3.2 } else { 3.5 };
    entropy(value) >= least
        && in_words * 2 < length
        && ((digits >= 2 && turns >= 3) || (digits >= 1 && case_turns(value) >= 5))
}

/// Changes between lower and upper case next to each other, which words have once each.
fn case_turns(value: &[u8]) -> usize {
    value
        .iter()
        .zip(value.iter().skip(1))
        .filter(|(before, after)| before.is_ascii_lowercase() && after.is_ascii_uppercase())
        .count()
}

/// Letters in runs of one case (a capital may lead) of at least five that read like a word: with a vowel, and no more
/// than three consonants in a row.
fn letters_in_words(value: &[u8]) -> usize {
    let mut total = 0;
    let mut from = 0;
    for at in 0..=value.len() {
        let before = at.checked_sub(1).and_then(|before| value.get(before)).copied().unwrap_or(b' ');
        let here = value.get(at).copied().unwrap_or(b' ');
        let capital_leads = at == from + 1 && before.is_ascii_uppercase() && here.is_ascii_lowercase();
        let goes_on = here.is_ascii_alphabetic()
            && at > from
            && (before.is_ascii_lowercase() == here.is_ascii_lowercase() || capital_leads);
        if !goes_on {
            let run = value.get(from..at).unwrap_or_default();
            if is_word(run) {
                total += run.len();
            }
            from = at;
        }
    }
    total
}

/// Whether the letters of a value make no words.
pub(super) fn letters_make_no_words(value: &[u8]) -> bool {
    letters_in_words(value) * 2 < value.len()
}

/// Whether letters read like a word.
fn is_word(run: &[u8]) -> bool {
    let vowel = |byte: &u8| b"aeiouyAEIOUY".contains(byte);
    if run.len() < 5 || !run.iter().all(u8::is_ascii_alphabetic) {
        return false;
    }
    let consonants = run.split(vowel).map(<[u8]>::len).max().unwrap_or(0);
    let vowels = run.iter().copied().filter(|byte| b"aeiouyAEIOUY".contains(byte)).count();
    consonants <= 3 && vowels * 5 >= run.len()
}

/// Whether a value is made of words: letters with a vowel in each part, parts joined by separators or capitals, numbers
/// of up to four digits.
pub(super) fn is_words(value: &[u8]) -> bool {
    value.split(|byte| b"_-.:/ \\@".contains(byte)).filter(|part| !part.is_empty()).all(|part| {
        let letters = part.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let rest = part.get(letters..).unwrap_or_default();
        rest.len() <= 4 && rest.iter().all(u8::is_ascii_digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_are_told_from_drawn_values() {
        for value in [
            "xxxxxxxxxxxxxxxx",
            "aaaaaaaaaaaa",
            "12345678",
            "abcdefgh12345678",
            "1234567890abcdef1234567890abcdef",
            "${TOKEN}",
            "$TOKEN",
            "{{ token }}",
            "<token>",
            "$(cat f)",
            "%s",
            "your-api-key",
            "AKIAIOSFODNN7EXAMPLE",
            "changeme",
            "AbCdEfGhIjKlMnOpQrStUvWxYz123456",
            "a1b2c3d4-e5f6-g7h8-i9j0-k1l2m3n4o5p6",
            "__TOKEN__",
            "[token]",
            "...",
        ] {
            assert!(is_stand_in(value.as_bytes()), "{value}");
        }
        for value in ["hunter2", "9f86d081884c7d659a2feaa0c55ad015", "Tr0ub4dor&3", "$ecr3t!pw"] {
            assert!(!is_stand_in(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn drawn_values_are_told_from_names() {
        for value in [
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
            "wJalrXUtnFEMIK7MDENGbPxRfiCYzz81kQpd",
            "k3v9x0q2m8b7n6a5s4d1f0gz",
            "MjuHWoGbzYmJv3ZuHaBvSENfyevu00NQuBc40VM",
        ] {
            assert!(looks_drawn(value.as_bytes()), "{value}");
        }
        for value in [
            "jwt-jackson-0.11.2-release",
            "PdfEncryptionKeySize.Key128Bit",
            "https://github.com/login/oauth/access_token",
            "id-Gost28147-89-None-KeyMeshing",
            "passwordResetTokenValidity",
            "io.jsonwebtoken:jjwt-api",
            "prod_user_table_2024",
            "12345678901234567890",
        ] {
            assert!(!looks_drawn(value.as_bytes()), "{value}");
        }
    }
}
