//! The section of a changelog that is about one version: Keep a Changelog (`## [1.2.3] - 2026-01-02`), headings such as
//! `## v1.2.3` and `### Version 1.2.3 (2026-01-02)`, and underlined ones, as in setext and reStructuredText.

/// Characters that underline a heading.
const UNDERLINES: &str = "=-~^\"*+#'`:.";

/// A heading, and how deep it is: smaller is higher. Underlined ones count from the first underline that the file uses.
struct Heading<'t> {
    /// Its first line.
    at: usize,
    /// The line after it.
    end: usize,
    depth: usize,
    title: &'t str,
}

/// The body of the section of a version, without its heading and without control characters; none when there is no such
/// section or nothing in it.
pub(super) fn section(text: &str, version: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let headings = headings(&lines);
    let at = headings.iter().position(|heading| is_of(heading.title, version))?;
    let heading = headings.get(at)?;
    let next = headings.iter().skip(at + 1).find(|next| next.depth <= heading.depth);
    let end = next.map_or(lines.len(), |next| next.at);
    let body = lines.get(heading.end..end)?.join("\n");
    let plain: String =
        body.chars().filter(|letter| matches!(letter, '\n' | '\t') || !letter.is_control()).collect();
    let plain = plain.trim_matches('\n').trim_end();
    (!plain.trim().is_empty()).then(|| format!("{plain}\n"))
}

fn headings<'t>(lines: &[&'t str]) -> Vec<Heading<'t>> {
    let mut headings = Vec::new();
    let mut fence: Option<&str> = None;
    let mut underlines = String::new();
    for (at, line) in lines.iter().copied().enumerate() {
        let start = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (Some(open), Some(mark)) if open == mark => fence = None,
            // A row of tildes under a title underlines it; behind a word, or after an empty line, it opens a block.
            (None, Some(mark)) if underline(lines, at).is_none() => fence = Some(mark),
            _ => {}
        }
        if fence.is_some() || mark.is_some() && underline(lines, at).is_none() {
            continue;
        }
        let marks = line.len() - line.trim_start_matches('#').len();
        if (1..=6).contains(&marks) && line.get(marks..).is_some_and(|rest| rest.starts_with([' ', '\t'])) {
            let title = line.get(marks..).unwrap_or_default().trim().trim_end_matches('#').trim_end();
            headings.push(Heading { at, end: at + 1, depth: marks, title });
        } else if let Some(letter) = underline(lines, at + 1) {
            let known = underlines.find(letter).unwrap_or_else(|| {
                underlines.push(letter);
                underlines.len() - 1
            });
            headings.push(Heading { at, end: at + 2, depth: known + 1, title: line.trim() });
        }
    }
    headings
}

/// The character of the underline that stands in a line, if it is one: at least three of it, under a line of text.
fn underline(lines: &[&str], at: usize) -> Option<char> {
    let line = lines.get(at)?.trim_end();
    let title = lines.get(at.checked_sub(1)?)?.trim();
    let letter = line.chars().next().filter(|letter| UNDERLINES.contains(*letter))?;
    let is_row = line.len() >= 3 && line.chars().all(|other| other == letter);
    let is_title = title.starts_with(|first: char| first.is_alphanumeric() || first == '[');
    (is_row && is_title).then_some(letter)
}

/// Whether a title is about a version: the first of its words that looks like one is this one.
fn is_of(title: &str, version: &str) -> bool {
    let plain = |text: &str| text.strip_prefix(['v', 'V']).unwrap_or(text).to_owned();
    let words = title.split(|letter: char| letter.is_whitespace() || "[](),:;|".contains(letter));
    let words = words.map(|word| word.trim_matches(|letter| "*_`\"'".contains(letter)));
    // `name@1.2.3` of workspaces.
    let words = words.map(|word| plain(word.rsplit('@').next().unwrap_or(word)));
    let mut versions = words.filter(|word| word.starts_with(|first: char| first.is_ascii_digit()));
    versions.next().is_some_and(|word| word == plain(version))
}
