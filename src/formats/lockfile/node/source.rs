//! Where a specifier or an address of npm's world points.

use crate::formats::package::Origin;
use crate::formats::source_url::{commit, host, without_credentials};

/// Hosts of the usual registry; the second is another name of the first.
pub(in crate::formats) const USUAL: [&str; 2] = ["registry.npmjs.org", "registry.yarnpkg.com"];

/// Sites whose projects have short names: `github:owner/name`.
const SITES: [(&str, &str); 4] = [
    ("github:", "https://github.com/"),
    ("gitlab:", "https://gitlab.com/"),
    ("bitbucket:", "https://bitbucket.org/"),
    ("gist:", "https://gist.github.com/"),
];

/// Where a specifier points (`^1.2.3`, `npm:other@1`, `file:../a`, `github:a/b#v1`, …); none for what a registry answers.
pub(in crate::formats) fn of_specifier(specifier: &str) -> Option<Origin> {
    let specifier = specifier.trim();
    for protocol in ["file:", "link:", "portal:"] {
        if let Some(path) = specifier.strip_prefix(protocol) {
            return Some(Origin::Path(path.trim_start_matches("//").to_owned()));
        }
    }
    if specifier.starts_with("workspace:") {
        return Some(Origin::Own);
    }
    if specifier.starts_with(['.', '/']) || specifier.starts_with("~/") {
        return Some(Origin::Path(specifier.to_owned()));
    }
    if let Some(origin) = git(specifier) {
        return Some(origin);
    }
    if specifier.starts_with("https://") || specifier.starts_with("http://") {
        return Some(Origin::Url(without_credentials(specifier)));
    }
    is_short(specifier).then(|| on_site("https://github.com/", specifier))
}

/// Where an address of a lock file points: an archive of a registry, any other archive, a git repository or a folder.
pub(in crate::formats) fn of_resolved(address: &str) -> Origin {
    match of_specifier(address) {
        Some(Origin::Url(url)) => registry(&url).map_or(Origin::Url(url), Origin::Registry),
        Some(origin) => origin,
        None => Origin::Unknown,
    }
}

/// A registry by its URL: empty for the usual one.
pub(in crate::formats) fn registry_of(url: &str) -> Origin {
    let url = without_credentials(url);
    let is_usual = host(&url).is_some_and(|host| USUAL.contains(&host));
    Origin::Registry(if is_usual { String::new() } else { url })
}

/// The registry that serves an archive, by how registries lay out their paths: `…/NAME/-/NAME-VERSION.tgz`, and
/// `…/download/NAME/…`. None where the archive may lie anywhere.
fn registry(url: &str) -> Option<String> {
    if host(url).is_some_and(|host| USUAL.contains(&host)) {
        return Some(String::new());
    }
    let Some((before, _)) = url.split_once("/-/") else {
        return url.split_once("/download/@").map(|(base, _)| format!("{base}/"));
    };
    let (base, _) = before.rsplit_once('/')?;
    let base = match base.rsplit_once('/') {
        Some((above, scope)) if scope.starts_with('@') => above,
        _ => base,
    };
    Some(format!("{base}/"))
}

/// A git repository, if the text names one.
fn git(text: &str) -> Option<Origin> {
    for (short, site) in SITES {
        if let Some(project) = text.strip_prefix(short) {
            return Some(on_site(site, project));
        }
    }
    let (address, fragment) = text.split_once('#').unwrap_or((text, ""));
    let url = if let Some(url) = address.strip_prefix("git+") {
        url
    } else if address.starts_with("git:") || address.starts_with("ssh:") || address.starts_with("git@") {
        address
    } else if address.starts_with("https://") || address.starts_with("http://") {
        if let Some(archive) = archived(address) {
            return Some(archive);
        }
        let path = without_credentials(address);
        let parts = path.split('/').filter(|part| !part.is_empty()).count();
        let is_project = host(&path).is_some_and(is_site) && parts == 4;
        if !path.ends_with(".git") && !is_project {
            return None;
        }
        address
    } else {
        return None;
    };
    Some(Origin::Git { url: without_credentials(url), commit: commit_of(fragment) })
}

fn is_site(host: &str) -> bool {
    matches!(host, "github.com" | "gitlab.com" | "bitbucket.org")
}

/// The commit of a fragment: `SHA`, `commit=SHA`, `commit:SHA`, among others apart by `&`.
fn commit_of(fragment: &str) -> Option<String> {
    fragment.split('&').find_map(|part| {
        commit(part.strip_prefix("commit=").or_else(|| part.strip_prefix("commit:")).unwrap_or(part))
    })
}

/// The archive that GitHub makes of a commit, as the commit that it is.
fn archived(address: &str) -> Option<Origin> {
    if host(address) != Some("codeload.github.com") {
        return None;
    }
    let address = without_credentials(address);
    let mut parts = address.split('/').skip(3);
    let (owner, name, _, reference) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    Some(Origin::Git { url: format!("https://github.com/{owner}/{name}"), commit: commit(reference) })
}

fn on_site(site: &str, project: &str) -> Origin {
    let (path, fragment) = project.split_once('#').unwrap_or((project, ""));
    // A token may stand before the owner.
    let path = path.rsplit('@').next().unwrap_or(path);
    Origin::Git { url: format!("{site}{path}"), commit: commit_of(fragment) }
}

/// Whether a text is `owner/name` or `owner/name#reference`, which stands for a project on GitHub.
fn is_short(text: &str) -> bool {
    let path = text.split('#').next().unwrap_or(text);
    let is_part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    path.split_once('/').is_some_and(|(owner, name)| is_part(owner) && is_part(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

    fn at(url: &str, commit: Option<&str>) -> Option<Origin> {
        Some(Origin::Git { url: url.to_owned(), commit: commit.map(str::to_owned) })
    }

    #[test]
    fn specifiers_point_where_npm_goes() {
        for range in ["^1.2.3", "latest", "*", "", "1 || 2", ">=1 <2", "npm:a@1", "catalog:", "1.x - 2.x"] {
            assert_eq!(of_specifier(range), None, "{range}");
        }
        assert_eq!(of_specifier("a/b"), at("https://github.com/a/b", None));
        assert_eq!(of_specifier(&format!("github:a/b#{SHA}")), at("https://github.com/a/b", Some(SHA)));
        assert_eq!(of_specifier("gitlab:a/b#v1"), at("https://gitlab.com/a/b", None));
        assert_eq!(
            of_specifier(&format!("git+https://user:pw@example.org/b.git#{SHA}")),
            at("https://example.org/b.git", Some(SHA))
        );
        assert_eq!(
            of_specifier("git+ssh://git@github.com/a/b.git#semver:^1"),
            at("ssh://git@github.com/a/b.git", None)
        );
        assert_eq!(of_specifier("git@github.com:a/b.git"), at("git@github.com:a/b.git", None));
        assert_eq!(
            of_specifier(&format!("https://github.com/a/b.git#commit={SHA}")),
            at("https://github.com/a/b.git", Some(SHA))
        );
        assert_eq!(of_specifier("https://github.com/a/b#v1"), at("https://github.com/a/b", None));
        assert_eq!(
            of_specifier(&format!("https://codeload.github.com/a/b/tar.gz/{SHA}")),
            at("https://github.com/a/b", Some(SHA))
        );
        assert_eq!(
            of_specifier("https://user:pw@example.org/a.tgz?token=1"),
            Some(Origin::Url("https://example.org/a.tgz".to_owned()))
        );
        assert_eq!(of_specifier("file:../a"), Some(Origin::Path("../a".to_owned())));
        assert_eq!(of_specifier("./a"), Some(Origin::Path("./a".to_owned())));
        assert_eq!(of_specifier("workspace:*"), Some(Origin::Own));
    }

    #[test]
    fn registries_are_told_by_their_layout() {
        let usual = format!("https://{}/a/-/a-1.0.0.tgz", USUAL[0]);
        assert_eq!(of_resolved(&usual), Origin::Registry(String::new()));
        for (address, base) in [
            ("https://example.org/npm/@s/a/-/a-1.tgz", "https://example.org/npm/"),
            ("https://example.org/npm/a/-/a-1.tgz", "https://example.org/npm/"),
            ("https://u:p@example.org/@s%2fa/-/a-1.tgz", "https://example.org/"),
            ("https://npm.example.org/download/@s/a/1.0.0/abc", "https://npm.example.org/"),
        ] {
            assert_eq!(of_resolved(address), Origin::Registry(base.to_owned()), "{address}");
        }
        assert_eq!(
            of_resolved("https://example.org/a-1.tgz"),
            Origin::Url("https://example.org/a-1.tgz".to_owned())
        );
        // A host that only looks like the usual one is another.
        let other = format!("https://{}.example.org/a/-/a-1.tgz", USUAL[0]);
        assert_ne!(of_resolved(&other), Origin::Registry(String::new()));
    }
}
