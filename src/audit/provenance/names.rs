//! Which files are attestations, by their names; of the weaker names the content decides.

/// Names that mean an attestation, whatever is in it.
const SURE: [&str; 3] = [".intoto.jsonl", ".intoto.json", ".sigstore.json"];
/// Names that others use, too.
const MAYBE: [&str; 6] =
    [".sigstore", ".att", ".intoto", ".build.slsa", ".provenance.json", ".attestation.json"];
/// Whole names of the same kind.
const NAMES: [&str; 3] = ["provenance.json", "provenance.statement.json", "attestation.jsonl"];

/// How sure a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// It is an attestation, or damaged.
    Surely,
    /// It is one if it looks like one.
    Maybe,
}

/// What a path says.
pub(super) fn named(path: &str) -> Option<Named> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ends = |ending: &&str| name.len() > ending.len() && name.ends_with(*ending);
    if SURE.iter().any(ends) {
        return Some(Named::Surely);
    }
    // What `gh attestation download` writes is called after the digest of the artifact.
    let downloaded = name.starts_with("sha256") && name.ends_with(".jsonl");
    (downloaded || NAMES.contains(&name) || MAYBE.iter().any(ends)).then_some(Named::Maybe)
}

/// The folder of a path, with its slash; empty at the root.
pub(super) fn folder(path: &str) -> &str {
    path.rfind('/').map_or("", |at| path.get(..=at).unwrap_or_default())
}

/// Whether a file stands where an attestation would have it, if it is the subject of this name: beside the attestation, in
/// the folder above, in a folder beside, or, for a name with folders, anywhere that ends so.
pub(super) fn may_be_subject(path: &str, subject: &str, attestation: &str) -> bool {
    let Some(before) = path.strip_suffix(subject.trim_start_matches("./")) else { return false };
    if !before.is_empty() && !before.ends_with('/') || subject.is_empty() {
        return false;
    }
    let here = folder(attestation);
    let above = folder(here.trim_end_matches('/'));
    let beside = before.strip_prefix(above).is_some_and(|rest| rest.matches('/').count() <= 1);
    before.is_empty() || before == here || before == above || (!here.is_empty() && beside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(named("dist/app.intoto.jsonl"), Some(Named::Surely));
        assert_eq!(named("app.sigstore.json"), Some(Named::Surely));
        for maybe in ["a/provenance.json", "x.att", "sha256:00.jsonl", "a.provenance.json"] {
            assert_eq!(named(maybe), Some(Named::Maybe), "{maybe}");
        }
        for other in [".intoto.jsonl", ".att", "provenance.json.txt", "events.jsonl", "att"] {
            assert_eq!(named(other), None, "{other}");
        }
    }

    #[test]
    fn where_subjects_stand() {
        for (path, attestation) in [
            ("app", "app.intoto.jsonl"),
            ("dist/app", "dist/app.intoto.jsonl"),
            ("artifacts/app", "slsa/provenance.intoto.jsonl"),
            ("r/artifacts/app", "r/slsa/provenance.intoto.jsonl"),
            ("app", "slsa/provenance.intoto.jsonl"),
        ] {
            assert!(may_be_subject(path, "app", attestation), "{path} {attestation}");
        }
        for (path, subject, attestation) in [
            ("src/deep/app", "app", "slsa/p.intoto.jsonl"),
            ("myapp", "app", "p.intoto.jsonl"),
            ("src/app", "app", "p.intoto.jsonl"),
            ("app", "", "p.intoto.jsonl"),
        ] {
            assert!(!may_be_subject(path, subject, attestation), "{path}");
        }
        assert!(may_be_subject("bin/app", "./bin/app", "p.intoto.jsonl"));
    }
}
