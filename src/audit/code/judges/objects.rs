//! Readers that build objects.

use super::accept_if;
use super::text::{after, before, has, has_any_case, prefix, slice, whole};
use crate::engine::{Candidate, Judgement};

/// Rejects `yaml.load` with a loader that builds data only.
pub(super) fn unsafe_reader(candidate: &Candidate<'_>) -> Judgement {
    if !has(whole(candidate), &["yaml."]) || has(whole(candidate), &["unsafe"]) {
        return Judgement::Accept;
    }
    let arguments = arguments(after(candidate, 400));
    let named = has(arguments, &["Loader"]);
    let unsafe_loader =
        has(arguments, &["UnsafeLoader", "yaml.Loader", "=Loader", "= Loader", " Loader)", ",Loader)"]);
    // ruamel's object of the same name is safe or not by how it was made.
    let other_library = [slice(candidate.text, 0..4_096), before(candidate, 1_000)]
        .iter()
        .any(|text| has(text, &["ruamel", "YAML("]));
    accept_if((!named && !other_library) || unsafe_loader)
}

/// The text up to the parenthesis that closes a call whose opening one was just before.
fn arguments(text: &[u8]) -> &[u8] {
    let mut depth = 1_u32;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return text.get(..=at).unwrap_or_default();
        }
    }
    text
}

/// Rejects readers that are told which classes they may build, and copies made by writing and reading back.
pub(super) fn objects_allowed(candidate: &Candidate<'_>) -> Judgement {
    let told = has_any_case(
        candidate.line(),
        &["allowed_classes", "permitted_classes", "pickle.dumps", "marshal.dump"],
    );
    accept_if(!told && !prefix(candidate).ends_with(b"`"))
}
