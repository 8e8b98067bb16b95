//! Provenance as sections: what it says, and what that is worth.

use super::{Body, Fact, Section, Tone, Weight, fact, name, section, sentence};
use crate::render::words::count;
use crate::report::Provenance;

/// Most names told of a list.
const MOST: usize = 20;

/// The sections of provenance that was verified.
pub(super) fn sections(provenance: &Provenance) -> Vec<Section<'_>> {
    vec![section("Provenance", Weight::Normal, Body::Facts(facts(provenance)))]
}

fn facts(provenance: &Provenance) -> Vec<Fact> {
    let Provenance {
        file,
        predicate_type,
        builder,
        build_type,
        source,
        commit,
        level,
        level_reason,
        signers,
        artifacts,
        subjects,
    } = provenance;
    let tone = if *level == 0 { Tone::Bad } else { Tone::Strong };
    let mut facts = vec![Fact { name: "level", text: format!("SLSA Build L{level} (v1.x)"), tone }];
    // The reason begins with the level, which stands above.
    let reason = level_reason.split_once(": ").map_or(level_reason.as_str(), |(_, reason)| reason);
    facts.push(fact("because", sentence(reason)));
    facts.push(fact("file", sentence(file)));
    let (text, tone) = match signers.as_slice() {
        [] => ("nobody who is trusted".to_owned(), Tone::Caution),
        signers => (names(signers), Tone::Plain),
    };
    facts.push(Fact { name: "signed by", text, tone });
    let (text, tone) = match artifacts.as_slice() {
        [] => ("none of the named artifacts".to_owned(), Tone::Bad),
        artifacts => (names(artifacts), Tone::Plain),
    };
    facts.push(Fact {
        name: "vouches for",
        text: format!("{text}, of {}", count(*subjects, "subjects")),
        tone,
    });
    for (label, value) in
        [("builder", builder), ("build type", build_type), ("source", source), ("commit", commit)]
    {
        facts.extend(value.as_ref().map(|value| fact(label, sentence(value))));
    }
    if !predicate_type.is_empty() {
        facts.push(fact("kind", sentence(predicate_type)));
    }
    facts
}

fn names(all: &[String]) -> String {
    let mut words: Vec<String> = all.iter().take(MOST).map(|one| name(one)).collect();
    words.extend((all.len() > MOST).then(|| "…".to_owned()));
    words.join(", ")
}
