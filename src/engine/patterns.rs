//! Pattern rules: literals that are all found in a single pass, and a regular expression that is tried only
//! around a literal that was found.

use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

use super::literals::Literals;
use super::{Entry, Language, is_comment};
use crate::report::Rule;

/// How far before a literal a match may begin, in bytes, on the same line.
const BEFORE: usize = 512;
/// How far after a literal a match may end, in bytes, on the same line.
const AFTER: usize = 2_048;

/// A pattern as its rule file states it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatternSource {
    /// At least one of these stands in every match, in any case; the longer and rarer the better.
    pub literals: Vec<String>,
    /// Regular expression (bytes, no Unicode classes). Group 1, if it has one, is the secret or the telling part.
    pub pattern: String,
    /// Languages it is for; empty means all.
    #[serde(default)]
    pub languages: Vec<Language>,
    /// Whether lines that are only a comment count.
    #[serde(default = "yes")]
    pub comments: bool,
    /// Lines after the literal's own that a match may reach into.
    #[serde(default)]
    pub lines: u8,
    /// Name of the function that judges a match, see the check's own list.
    #[serde(default)]
    pub judge: Option<String>,
    /// Least Shannon entropy of group 1, in bits a character.
    #[serde(default)]
    pub entropy: Option<f32>,
}

const fn yes() -> bool {
    true
}

/// Says what a match is.
pub type Judge = fn(&Candidate<'_>) -> Judgement;

/// A pattern ready for use.
pub struct Pattern {
    /// Its rule.
    pub rule: &'static Rule,
    /// As stated.
    pub source: PatternSource,
    /// Judges a match; none means that every match counts.
    pub judge: Option<Judge>,
    /// Whether group 1 (or the match, if there is none) is a secret to be masked everywhere.
    pub secret: bool,
    regex: OnceLock<Option<Regex>>,
}

/// The patterns of one check.
pub type Patterns = Vec<Pattern>;

/// A match to be judged.
pub struct Candidate<'a> {
    /// The whole text of the file.
    pub text: &'a [u8],
    /// The match.
    pub whole: Range<usize>,
    /// Group 1, or the match.
    pub part: Range<usize>,
    /// The file.
    pub entry: &'a Entry,
    /// Its language.
    pub language: Language,
}

impl<'a> Candidate<'a> {
    /// The bytes of group 1, or of the match.
    #[must_use]
    pub fn value(&self) -> &'a [u8] {
        self.text.get(self.part.clone()).unwrap_or_default()
    }

    /// The line on which the match begins, without its end.
    #[must_use]
    pub fn line(&self) -> &'a [u8] {
        let (start, end) = line_around(self.text, self.whole.start);
        self.text.get(start..end).unwrap_or_default()
    }
}

/// What a judge says of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Not what the rule is about.
    Reject,
    /// Likely.
    Accept,
    /// Proven by its structure, a checksum for example; a test file does not excuse it.
    Proven,
}

impl Pattern {
    /// Makes a pattern of its statement.
    #[must_use]
    pub const fn new(rule: &'static Rule, source: PatternSource, judge: Option<Judge>, secret: bool) -> Self {
        Self { rule, source, judge, secret, regex: OnceLock::new() }
    }

    /// The compiled expression. Compiled on first use: most rules are never needed in a run.
    fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| self.compile().ok()).as_ref()
    }

    /// Compiles the expression.
    ///
    /// # Errors
    /// When it is not a valid expression of bounded size; a test keeps that from happening in a release.
    pub fn compile(&self) -> Result<Regex, regex::Error> {
        RegexBuilder::new(&self.source.pattern).unicode(false).multi_line(true).size_limit(4 << 20).build()
    }
}

/// A match of a pattern that its judge let stand.
pub(super) struct Match {
    /// Index into the list of patterns the scanner was made of.
    pub(super) pattern: usize,
    pub(super) whole: Range<usize>,
    pub(super) part: Range<usize>,
    pub(super) proven: bool,
}

/// All patterns of a run behind one search for literals.
pub(super) struct Scanner<'p> {
    patterns: Vec<&'p Pattern>,
    literals: Literals,
    /// For each literal, the patterns it announces.
    announced: Vec<Vec<usize>>,
    /// For each language, which patterns apply.
    applies: Vec<Vec<bool>>,
}

/// What one thread keeps between files, so that nothing is allocated a file.
pub(super) struct Scratch {
    /// For each pattern, up to where the file at hand has been searched.
    searched: Vec<usize>,
    touched: Vec<usize>,
}

impl<'p> Scanner<'p> {
    /// Prepares the literals. None when there are no patterns.
    pub(super) fn new(patterns: Vec<&'p Pattern>) -> Option<Self> {
        let mut literals: Vec<String> = Vec::new();
        let mut announced: Vec<Vec<usize>> = Vec::new();
        for (index, pattern) in patterns.iter().enumerate() {
            for literal in &pattern.source.literals {
                let literal = literal.to_ascii_lowercase();
                let at = literals.iter().position(|known| *known == literal).unwrap_or_else(|| {
                    literals.push(literal);
                    announced.push(Vec::new());
                    literals.len() - 1
                });
                if let Some(list) = announced.get_mut(at) {
                    list.push(index);
                }
            }
        }
        if literals.is_empty() {
            return None;
        }
        let applies = (0..Language::COUNT)
            .map(|language| {
                patterns
                    .iter()
                    .map(|pattern| {
                        pattern.source.languages.is_empty()
                            || pattern.source.languages.iter().any(|named| *named as usize == language)
                    })
                    .collect()
            })
            .collect();
        Some(Self { patterns, literals: Literals::new(&literals), announced, applies })
    }

    /// Working memory for one thread.
    pub(super) fn scratch(&self) -> Scratch {
        Scratch { searched: vec![0; self.patterns.len()], touched: Vec::new() }
    }

    /// The pattern behind an index.
    pub(super) fn pattern(&self, index: usize) -> Option<&'p Pattern> {
        self.patterns.get(index).copied()
    }

    /// Searches one text. `wanted` says which patterns' checks want this file.
    pub(super) fn search(
        &self,
        text: &[u8],
        entry: &Entry,
        language: Language,
        wanted: &dyn Fn(usize) -> bool,
        scratch: &mut Scratch,
        found: &mut Vec<Match>,
    ) {
        let Some(applies) = self.applies.get(language as usize) else { return };
        self.literals.search(text, |hit| {
            for &index in self.announced.get(hit.literal).into_iter().flatten() {
                let searched = scratch.searched.get(index).copied().unwrap_or(usize::MAX);
                if hit.start < searched || !applies.get(index).copied().unwrap_or(false) || !wanted(index) {
                    continue;
                }
                let Some(pattern) = self.patterns.get(index) else { continue };
                let window = window(text, hit.start, hit.end, pattern.source.lines);
                if let Some(slot) = scratch.searched.get_mut(index) {
                    if *slot == 0 {
                        scratch.touched.push(index);
                    }
                    *slot = window.end;
                }
                let (from, to) = (window.start.max(searched), window.end);
                search_window(pattern, index, text, from, to, entry, language, found);
            }
        });
        for index in scratch.touched.drain(..) {
            if let Some(slot) = scratch.searched.get_mut(index) {
                *slot = 0;
            }
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one search, all borrowed from different owners")]
fn search_window(
    pattern: &Pattern,
    index: usize,
    text: &[u8],
    mut at: usize,
    end: usize,
    entry: &Entry,
    language: Language,
    found: &mut Vec<Match>,
) {
    let (Some(regex), Some(upto)) = (pattern.regex(), text.get(..end)) else { return };
    // `captures` costs several times `find`; most windows hold no match at all.
    while let Some(quick) = regex.find_at(upto, at) {
        let (whole, part) = match regex.captures_at(upto, quick.start()) {
            Some(captures) if captures.len() > 1 => {
                (quick.range(), captures.get(1).map_or(quick.range(), |group| group.range()))
            }
            _ => (quick.range(), quick.range()),
        };
        at = whole.end.max(at + 1);
        let candidate = Candidate { text, whole: whole.clone(), part: part.clone(), entry, language };
        let proven = match judge(pattern, &candidate) {
            Judgement::Reject => continue,
            Judgement::Accept => false,
            Judgement::Proven => true,
        };
        found.push(Match { pattern: index, whole, part, proven });
        if at > end {
            break;
        }
    }
}

fn judge(pattern: &Pattern, candidate: &Candidate<'_>) -> Judgement {
    if !pattern.source.comments && is_comment(candidate.language, candidate.line()) {
        return Judgement::Reject;
    }
    if pattern.source.entropy.is_some_and(|least| entropy(candidate.value()) < least) {
        return Judgement::Reject;
    }
    pattern.judge.map_or(Judgement::Accept, |judge| judge(candidate))
}

/// Shannon entropy of bytes, in bits a byte.
#[must_use]
pub fn entropy(bytes: &[u8]) -> f32 {
    let mut counts = [0_u32; 256];
    for byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "secrets are short")]
    let total = bytes.len() as f32;
    let share = |count: u32| {
        #[expect(clippy::cast_precision_loss, reason = "secrets are short")]
        let share = count as f32 / total;
        -share * share.log2()
    };
    counts.into_iter().filter(|count| *count > 0).map(share).sum()
}

/// The stretch of text around a literal in which a match is looked for.
fn window(text: &[u8], start: usize, end: usize, lines: u8) -> Range<usize> {
    let from = start.saturating_sub(BEFORE);
    let line_start = text
        .get(from..start)
        .and_then(|before| memchr::memrchr(b'\n', before))
        .map_or(from, |at| from + at + 1);
    let limit = text.len().min(end.saturating_add(AFTER * (usize::from(lines) + 1)));
    let mut line_end = end;
    for _ in 0..=lines {
        match text.get(line_end..limit).and_then(|after| memchr::memchr(b'\n', after)) {
            Some(at) => line_end += at + 1,
            None => return line_start..limit,
        }
    }
    line_start..line_end
}

/// The line around a position, without its end, as far as a match may reach: a line can be megabytes long.
fn line_around(text: &[u8], at: usize) -> (usize, usize) {
    let line = window(text, at.min(text.len()), at.min(text.len()), 0);
    let end = if text.get(line.end.saturating_sub(1)) == Some(&b'\n') && line.end > line.start {
        line.end - 1
    } else {
        line.end
    };
    (line.start, end)
}
