//! Files that speak of a thing without doing it: block lists, detectors, recipes of images.

use super::accept_if;
use super::text::{has, has_any_case, whole};
use crate::engine::{Candidate, Judgement, Language};

/// Rejects a line that is nothing but the match: an entry of a list.
pub(super) fn not_a_list(candidate: &Candidate<'_>) -> Judgement {
    let bare = |text: &[u8]| -> Vec<u8> {
        text.iter()
            .copied()
            .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'/' | b'+'))
            .collect()
    };
    accept_if(bare(candidate.line()) != bare(whole(candidate)))
}

/// Rejects files that name several kinds of web shells: those look for them.
pub(super) fn shell_mark(candidate: &Candidate<'_>) -> Judgement {
    let marks =
        ["filesman", "c99", "r57", "b374k", "wso", "p0wny", "weevely", "indoxploit", "aspxspy", "jspspy"];
    let lower =
        candidate.text.get(..candidate.text.len().min(1 << 20)).unwrap_or_default().to_ascii_lowercase();
    accept_if(marks.iter().filter(|mark| has(&lower, &[**mark])).count() < 4)
}

/// Rejects recipes that empty an image before it is sealed.
pub(super) fn not_cleaned_image(candidate: &Candidate<'_>) -> Judgement {
    let image = candidate.language == Language::Container
        || has_any_case(
            candidate.entry.path.as_bytes(),
            &["packer", "image", "cleanup", "clean-up", "sysprep", "template", "seal", "kickstart"],
        );
    let by_hand = has_any_case(whole(candidate), &["rm ", "truncate", "> /", ">/"]);
    accept_if(!(image && by_hand))
}
