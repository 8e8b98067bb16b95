//! What Python's files share: dependency specifiers (PEP 508), exact pins among version specifiers (PEP 440), direct
//! references (PEP 610 and pip's own URL forms) and the file names of archives.

use super::package::Origin;
use super::source_url::{commit, without_credentials};

/// One dependency specifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement<'t> {
    /// The name as written.
    pub name: &'t str,
    /// What stands between the brackets; empty without extras.
    pub extras: &'t str,
    /// The version specifier without parentheses: `>=1,<2`; empty where there is none.
    pub specifier: &'t str,
    /// The URL behind `@`.
    pub url: Option<&'t str>,
    /// The environment marker behind `;`; empty where there is none.
    pub marker: &'t str,
}

/// Reads `name[extra]>=1; marker` and `name @ url ; marker`; none when the text is neither.
#[must_use]
pub fn requirement(text: &str) -> Option<Requirement<'_>> {
    let text = text.trim();
    let end = text.find(|letter: char| !is_name_letter(letter)).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    if !is_name(name) {
        return None;
    }
    let mut rest = rest.trim_start();
    let mut extras = "";
    if let Some(behind) = rest.strip_prefix('[') {
        (extras, rest) = behind.split_once(']')?;
        rest = rest.trim_start();
    }
    if let Some(behind) = rest.strip_prefix('@') {
        let (url, marker) = split_marker(behind);
        let url = url.trim();
        return (!url.is_empty()).then_some(Requirement {
            name,
            extras,
            specifier: "",
            url: Some(url),
            marker,
        });
    }
    let (specifier, marker) = match rest.split_once(';') {
        Some((specifier, marker)) => (specifier.trim(), marker.trim()),
        None => (rest.trim(), ""),
    };
    let specifier = match specifier.strip_prefix('(') {
        Some(inner) => inner.strip_suffix(')')?.trim(),
        None => specifier,
    };
    clauses(specifier).all(|clause| clause.is_some()).then_some(Requirement {
        name,
        extras,
        specifier,
        url: None,
        marker,
    })
}

/// The marker of a direct reference stands behind a blank and `;`, since a URL may hold `;` itself.
fn split_marker(text: &str) -> (&str, &str) {
    let text = text.trim();
    let at = text.match_indices(';').map(|(at, _)| at).find(|at| {
        text.get(..*at).is_some_and(|before| before.ends_with(char::is_whitespace))
            || text.get(at + 1..).is_some_and(|behind| behind.starts_with(char::is_whitespace))
    });
    match at.and_then(|at| text.split_at_checked(at)) {
        Some((url, marker)) => (url.trim(), marker.trim_start_matches(';').trim()),
        None => (text, ""),
    }
}

fn is_name_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')
}

/// Whether a text is a project name (PEP 508: letters, digits, `-`, `_`, `.`, a letter or digit at both ends).
#[must_use]
pub fn is_name(text: &str) -> bool {
    text.chars().all(is_name_letter)
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.ends_with(|last: char| last.is_ascii_alphanumeric())
}

/// The clauses of a specifier as operator and version; none for one that is malformed.
fn clauses(specifier: &str) -> impl Iterator<Item = Option<(&str, &str)>> {
    let specifier = specifier.trim();
    // A comma at the end is tolerated, as installers did for years.
    specifier.split_terminator(',').map(|clause| {
        let clause = clause.trim();
        let operator = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"]
            .into_iter()
            .find(|operator| clause.starts_with(operator))?;
        let version = clause.strip_prefix(operator)?.trim();
        let fits = |letter: char| {
            letter.is_ascii_alphanumeric()
                || matches!(letter, '.' | '!' | '+' | '*' | '_' | '-' | '$' | '{' | '}')
        };
        (!version.is_empty() && version.chars().all(fits)).then_some((operator, version))
    })
}

/// The one version that a specifier admits: behind `==` or `===`, without a wildcard, and the same in all such clauses.
#[must_use]
pub fn exact(specifier: &str) -> Option<&str> {
    let mut exact = None;
    for clause in clauses(specifier) {
        let (operator, version) = clause?;
        if !matches!(operator, "==" | "===") || version.contains(['*', '$']) {
            continue;
        }
        if exact.is_some_and(|other| other != version) {
            return None;
        }
        exact = Some(version);
    }
    exact
}

/// Where a direct reference leads: `git+https://host/x@rev`, an archive's URL, `file:` or a path.
#[must_use]
pub fn origin(reference: &str) -> Origin {
    let reference = reference.trim();
    let plain = reference.split('#').next().unwrap_or(reference);
    if let Some(url) = plain.strip_prefix("git+") {
        let (url, revision) = split_revision(url);
        return Origin::Git { url: without_credentials(url), commit: commit(revision) };
    }
    // Other version control systems: an address, and nothing that pins what lies there.
    if ["hg+", "svn+", "bzr+"].iter().any(|prefix| plain.starts_with(prefix)) {
        return Origin::Url(without_credentials(split_revision(plain).0));
    }
    if let Some(path) = plain.strip_prefix("file:") {
        return Origin::Path(path.strip_prefix("//").unwrap_or(path).to_owned());
    }
    match plain.split_once("://") {
        Some(("git" | "ssh", _)) => {
            let (url, revision) = split_revision(plain);
            Origin::Git { url: without_credentials(url), commit: commit(revision) }
        }
        Some(_) => Origin::Url(without_credentials(plain)),
        None => Origin::Path(plain.to_owned()),
    }
}

/// Splits off what stands behind the last `@` of the path; an `@` of the authority is none.
fn split_revision(url: &str) -> (&str, &str) {
    let path = url.find("://").map_or(0, |at| at + 3);
    let path = url.get(path..).and_then(|rest| rest.find('/')).map_or(url.len(), |at| path + at);
    match url.rfind('@').filter(|at| *at > path) {
        Some(at) => (url.get(..at).unwrap_or(url), url.get(at + 1..).unwrap_or_default()),
        None => (url, ""),
    }
}

/// Name and version in the file name of an archive: a wheel (PEP 427) or a source distribution (PEP 625).
#[must_use]
pub fn archive(reference: &str) -> Option<(&str, &str)> {
    let path = reference.split(['#', '?']).next()?;
    let file = path.rsplit(['/', '\\']).next()?;
    if let Some(stem) = file.strip_suffix(".whl") {
        let mut parts = stem.split('-');
        let (name, version) = (parts.next()?, parts.next()?);
        return (matches!(parts.count(), 3 | 4) && is_name(name)).then_some((name, version));
    }
    let stem = [".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".zip"]
        .iter()
        .find_map(|suffix| file.strip_suffix(suffix))?;
    let (name, version) = stem.rsplit_once('-')?;
    (is_name(name) && version.starts_with(|first: char| first.is_ascii_digit())).then_some((name, version))
}

/// The name that pip takes from the fragment of a URL: `#egg=name`, its extras left away.
#[must_use]
pub fn egg(reference: &str) -> Option<&str> {
    let (_, fragment) = reference.split_once('#')?;
    let egg = fragment.split('&').find_map(|part| part.strip_prefix("egg="))?;
    let name = egg.split(['[', ' ', ';']).next()?;
    is_name(name).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers_of_the_standard() {
        let parts =
            |text| requirement(text).map(|one| (one.name, one.extras, one.specifier, one.url, one.marker));
        for (text, expected) in [
            ("A", ("A", "", "", None, "")),
            ("A.B-C_D", ("A.B-C_D", "", "", None, "")),
            ("aa>=3,<2", ("aa", "", ">=3,<2", None, "")),
            ("name (>=3)", ("name", "", ">=3", None, "")),
            (
                "name[quux, strange];python_version<'2.7'",
                ("name", "quux, strange", "", None, "python_version<'2.7'"),
            ),
            ("name@http://foo.example", ("name", "", "", Some("http://foo.example"), "")),
            (
                "name [fred,bar] @ http://foo.example ; python_version=='2.7'",
                ("name", "fred,bar", "", Some("http://foo.example"), "python_version=='2.7'"),
            ),
        ] {
            assert_eq!(parts(text), Some(expected), "{text}");
        }
        for text in
            ["", "-r x", "name other", "name==", "name=1", "./name", "https://host/x", "name[", "_x", "ä"]
        {
            assert_eq!(requirement(text), None, "{text}");
        }
    }

    #[test]
    fn only_one_version_is_exact() {
        for (specifier, expected) in [
            ("==1.2", Some("1.2")),
            ("== 1.2.post1+cpu", Some("1.2.post1+cpu")),
            ("===2004d", Some("2004d")),
            (">=1,==1.2,!=1.3", Some("1.2")),
            ("==1.2.*", None),
            ("==1,==2", None),
            ("~=1.2", None),
            ("<=1.2", None),
            ("==${V}", None),
            ("", None),
        ] {
            assert_eq!(exact(specifier), expected, "{specifier}");
        }
    }

    #[test]
    fn references_lead_somewhere() {
        let commit = "4e095dd9119858e90fd21560e5618c6347e4ef1b";
        let git = |url: &str, commit: Option<&str>| Origin::Git {
            url: url.to_owned(),
            commit: commit.map(str::to_owned),
        };
        for (reference, expected) in [
            (
                format!("git+https://h.example/a/b.git@{commit}#egg=b"),
                git("https://h.example/a/b.git", Some(commit)),
            ),
            ("git+https://u:secret@h.example/a@main".to_owned(), git("https://h.example/a", None)),
            ("git+ssh://git@h.example/a/b".to_owned(), git("ssh://git@h.example/a/b", None)),
            (
                "https://tok@h.example/a-1.tar.gz?sig=x".to_owned(),
                Origin::Url("https://h.example/a-1.tar.gz".to_owned()),
            ),
            ("file:///srv/a".to_owned(), Origin::Path("/srv/a".to_owned())),
            ("./a".to_owned(), Origin::Path("./a".to_owned())),
        ] {
            assert_eq!(origin(&reference), expected, "{reference}");
        }
        assert_eq!(egg("git+https://h/x@a#subdirectory=y&egg=Name[extra]"), Some("Name"));
    }

    #[test]
    fn archives_name_their_package() {
        for (file, expected) in [
            ("https://h/p/torch-2.1.0%2Bcpu-cp311-cp311-linux_x86_64.whl", Some(("torch", "2.1.0%2Bcpu"))),
            ("a_b-1.0-1-py3-none-any.whl#sha256=00", Some(("a_b", "1.0"))),
            ("dir/my-pkg-1.2.tar.gz", Some(("my-pkg", "1.2"))),
            ("https://h/x/archive/master.zip", None),
            ("https://h/x/archive/repo-main.zip", None),
        ] {
            assert_eq!(archive(file), expected, "{file}");
        }
    }
}
