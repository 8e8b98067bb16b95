//! Files that speak of a thing without doing it: block lists, detectors, recipes of images.

use memchr::memmem;

use super::accept_if;
use super::text::{before, has, has_any_case, slice, whole};
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

/// Accepts the first mark of a file that can run something. A file that names many kinds of web shells looks for them.
pub(super) fn shell_mark(candidate: &Candidate<'_>) -> Judgement {
    let kinds =
        ["filesman", "c99sh", "r57", "b374k", "wso_", "p0wny", "weevely", "indoxploit", "aspxspy", "jspspy"];
    let mark = whole(candidate).to_ascii_lowercase();
    // The near repeat is looked for first: a file full of marks costs no more than a long one.
    if memmem::find(&before(candidate, 2_000).to_ascii_lowercase(), &mark).is_some() {
        return Judgement::Reject;
    }
    let lower = slice(candidate.text, 0..128 << 10).to_ascii_lowercase();
    let named = kinds.iter().filter(|kind| has(&lower, &[**kind])).count();
    let first = memmem::find(&lower, &mark).is_none_or(|at| at >= candidate.whole.start);
    let earlier = slice(&lower, 0..candidate.whole.start);
    let repeated =
        has(earlier, &["filesman", "c99sh", "r57shell", "b374k", "p0wny", "backconnect", "back connect"]);
    let proper = kinds.iter().any(|kind| has(&mark, &[kind])) || mark == b"e45e329feb5d925b";
    let runs = ["system", "exec", "popen", "passthru", "eval", "assert", "`", "execute", "createobject"];
    accept_if(named < 4 && first && !repeated && (proper || has(&lower, &runs)))
}

/// Accepts pages that a server interprets.
pub(super) fn served_page(candidate: &Candidate<'_>) -> Judgement {
    let name = candidate.entry.name().to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    accept_if(matches!(
        extension,
        "asp" | "asa" | "cer" | "cdx" | "aspx" | "ashx" | "asmx" | "ascx" | "jsp" | "jspx" | "jspf" | "cfm"
    ))
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
