//! What the name of a file says about signatures: `F.sig` signs `F`.

/// Endings of detached signatures that can be raw RSA-PSS.
const OURS: [&str; 3] = [".sig", ".sign", ".signature"];
/// Endings of signatures of other systems, which are not verified here. Attestations have a check of their own.
const OTHERS: [(&str, &str); 3] = [
    (".asc", "OpenPGP signature: another system, not verified"),
    (".minisig", "minisign signature: another system, not verified"),
    (".p7s", "CMS signature: another system, not verified"),
];

/// The file that a signature file signs by its name.
pub(super) fn signed(path: &str) -> Option<&str> {
    OURS.iter().find_map(|ending| path.strip_suffix(ending)).filter(|base| is_name(base))
}

/// Whether a name says nothing but "signature": `.sig` is also the ending of module signatures in other languages,
/// so its content decides; the longer endings are never taken without the file they sign.
pub(super) fn may_stand_alone(path: &str) -> bool {
    path.ends_with(".sig")
}

/// The file that a signature of another system signs by its name, and what that system is.
pub(super) fn signed_elsewhere(path: &str) -> Option<(&str, &'static str)> {
    OTHERS
        .iter()
        .find_map(|(ending, system)| Some((path.strip_suffix(ending)?, *system)))
        .filter(|(base, _)| is_name(base))
}

/// The names under which a signature of a file would stand beside it.
pub(super) fn beside(path: &str) -> impl Iterator<Item = String> {
    OURS.iter().map(move |ending| format!("{path}{ending}"))
}

fn is_name(base: &str) -> bool {
    !base.is_empty() && !base.ends_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(signed("dist/app.tar.gz.sig"), Some("dist/app.tar.gz"));
        assert_eq!(signed("app.sign"), Some("app"));
        assert_eq!(signed("dist/.sig"), None);
        assert_eq!(signed(".sig"), None);
        assert_eq!(signed("app.sig.txt"), None);
        assert_eq!(signed_elsewhere("a.minisig").map(|(base, _)| base), Some("a"));
        assert!(signed_elsewhere("a.sig").is_none());
    }
}
