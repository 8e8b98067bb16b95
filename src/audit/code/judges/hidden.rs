//! Text that hides what it says.

use memchr::memmem;

use super::accept_if;
use super::text::{before, has, in_quotes, prefix, whole};
use crate::engine::{Candidate, Judgement};

/// Accepts the first match of a stretch: one finding says it of the whole file, or of 64 KiB of a very long one.
pub(super) fn first_in_file(candidate: &Candidate<'_>) -> Judgement {
    let earlier = before(candidate, 64 << 10);
    let mark: &[u8] = if whole(candidate).starts_with(b"_0x") { b"_0x" } else { b"function(p,a,c,k,e," };
    // The search runs backwards, so it is short where marks are many.
    accept_if(memmem::rfind(earlier, mark).is_none())
}

/// Rejects direction controls that set a right-to-left text apart and are closed on the line.
pub(super) fn reordering(candidate: &Candidate<'_>) -> Judgement {
    let line = candidate.line();
    // Hebrew, Arabic, Syriac, Thaana, NKo in UTF-8.
    let right_to_left =
        line.windows(2).any(|pair| matches!(pair, [0xD6, 0x90..=0xBF] | [0xD7..=0xDF, 0x80..=0xBF]));
    let count = |last: &[u8], middle: u8| {
        line.windows(3)
            .filter(
                |three| matches!(three, [0xE2, second, third] if *second == middle && last.contains(third)),
            )
            .count()
    };
    let opened = count(&[0xAA, 0xAB, 0xAD, 0xAE], 0x80);
    let closed = count(&[0xAC], 0x80);
    let isolated = count(&[0xA6, 0xA7, 0xA8], 0x81);
    let released = count(&[0xA9], 0x81);
    accept_if(!(right_to_left && opened <= closed && isolated <= released))
}

/// Rejects what stands in a string or after the start of a comment.
pub(super) fn outside_text(candidate: &Candidate<'_>) -> Judgement {
    let prefix = prefix(candidate);
    accept_if(!in_quotes(prefix) && !has(prefix, &["//", "/*", "# ", "<!--"]))
}
