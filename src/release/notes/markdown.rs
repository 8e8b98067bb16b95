//! Text that anyone may have written, made harmless in Markdown: it shows as it was written, and neither links,
//! mentions, closes nor formats anything, nor hides what it says.

/// Longest line, in characters.
const MOST_LETTERS: usize = 200;
/// A character of no width as an entity: behind it `@name` and `#12` are no references, and still read so.
const BREAK: &str = "&#8203;";

/// One line of text.
pub(super) fn line(text: &str) -> String {
    let clean: Vec<char> = text
        .chars()
        .map(|letter| if letter.is_whitespace() { ' ' } else { letter })
        .filter(|letter| !letter.is_control() && !is_invisible(*letter))
        .collect();
    let cut = clean.len() > MOST_LETTERS;
    let mut written = String::new();
    for (at, letter) in clean.iter().copied().take(MOST_LETTERS).enumerate() {
        let before = at.checked_sub(1).and_then(|at| clean.get(at)).copied().unwrap_or(' ');
        let next = clean.get(at + 1).copied().unwrap_or(' ');
        match letter {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '|' | '~' | '$' | '^' => {
                written.push('\\');
                written.push(letter);
            }
            '#' | '!' => {
                written.push('\\');
                written.push(letter);
                written.push_str(if next == ' ' { "" } else { BREAK });
            }
            // Mentions, addresses, milestones.
            '@' | '%' => {
                written.push(letter);
                written.push_str(if next == ' ' { "" } else { BREAK });
            }
            // `https://`, and lists of emoji by name.
            ':' => {
                written.push(letter);
                written.push_str(if next == ' ' { "" } else { BREAK });
            }
            // `www.`
            '.' if before.eq_ignore_ascii_case(&'w') => {
                written.push('.');
                written.push_str(BREAK);
            }
            // `GH-12`
            '-' if before.eq_ignore_ascii_case(&'h') && next.is_ascii_digit() => {
                written.push('-');
                written.push_str(BREAK);
            }
            // What would begin a list in a list.
            '-' | '+' | '=' if written.trim_start().is_empty() => {
                written.push('\\');
                written.push(letter);
            }
            '.' | ')' if next == ' ' && !written.is_empty() && is_number(&written) => {
                written.push('\\');
                written.push(letter);
            }
            _ => written.push(letter),
        }
    }
    let more = if cut { "…" } else { "" };
    format!("{}{more}", written.trim())
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Text that is no Markdown, as it is.
pub(super) fn fenced(text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}text\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

/// Whether a character shows nothing, or changes the order in which others show.
const fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}'
    )
}
