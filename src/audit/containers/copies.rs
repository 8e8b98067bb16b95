//! What `COPY` and `ADD` bring into the image.

use super::view::{Context, View};
use crate::engine::Findings;
use crate::formats::containerfile::{Source, Transfer, Value};

/// CTR-010: `ADD` of a URL without a checksum.
pub(super) fn unchecked_urls(view: &View<'_>, findings: &mut Findings<'_>) {
    for (placed, transfer, add) in view.transfers() {
        if !add || transfer.checksum.is_some() {
            continue;
        }
        for source in paths(transfer) {
            if is_url(&source.text) && !is_commit(&source.text) {
                let message = "ADD downloads a file and takes whatever the server sends";
                findings.at("CTR-010", view.head(placed.instruction), message);
                break;
            }
        }
    }
}

/// CTR-011: `ADD` of local files that are no archives.
pub(super) fn add_for_copy(view: &View<'_>, findings: &mut Findings<'_>) {
    for (placed, transfer, add) in view.transfers() {
        let wanted =
            |source: &Value| is_url(&source.text) || is_archive(&source.text) || source.raw.contains('$');
        let mut local = paths(transfer).peekable();
        if add && local.peek().is_some() && !local.any(wanted) {
            findings.at(
                "CTR-011",
                view.head(placed.instruction),
                "ADD does what COPY would do, and may do more",
            );
        }
    }
}

/// CTR-012 and CTR-013: files that hold keys and credentials.
pub(super) fn credential_files(view: &View<'_>, findings: &mut Findings<'_>) {
    for (placed, transfer, _) in view.transfers() {
        if transfer.from.is_some() {
            continue;
        }
        if is_for_everyone(&transfer.destination.text) {
            continue;
        }
        let mut worst = None;
        for source in paths(transfer) {
            match holds(&source.text) {
                Some(Holds::Always) => worst = Some((true, source)),
                Some(Holds::Often) if worst.is_none() => worst = Some((false, source)),
                _ => {}
            }
        }
        let Some((always, source)) = worst else { continue };
        let place = view.head(placed.instruction);
        if always && view.ships(placed.stage) {
            findings.at("CTR-012", place, format!("`{}` is copied into the image", source.text));
        } else if always {
            findings.at(
                "CTR-013",
                place,
                format!("`{}` is copied into a build stage and its cache", source.text),
            );
        } else {
            findings.at("CTR-013", place, format!("`{}` often holds credentials", source.text));
        }
    }
}

/// CTR-014: the whole context is copied and nothing is kept out of it.
pub(super) fn whole_context(view: &View<'_>, findings: &mut Findings<'_>) {
    if view.context != Context::Whole {
        return;
    }
    let whole = view.transfers().find(|(placed, transfer, _)| {
        transfer.from.is_none()
            && view.ships(placed.stage)
            && placed.instruction.flag("exclude").is_none()
            && paths(transfer).any(|source| matches!(source.text.as_str(), "." | "./" | "/" | "*" | "./*"))
    });
    if let Some((placed, ..)) = whole {
        let message = "everything in the build context is copied, and no .containerignore or .dockerignore keeps anything out";
        findings.at("CTR-014", view.head(placed.instruction), message);
    }
}

fn paths(transfer: &Transfer) -> impl Iterator<Item = &Value> {
    transfer.sources.iter().filter_map(|source| match source {
        Source::Path(value) => Some(value),
        Source::Heredoc(_) => None,
    })
}

fn is_url(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["http://", "https://", "ftp://", "git@", "ssh://", "git://"]
        .iter()
        .any(|scheme| lower.starts_with(scheme))
}

/// Whether a repository URL names a commit by its full hash.
fn is_commit(text: &str) -> bool {
    text.rsplit_once('#').is_some_and(|(_, reference)| {
        let hash = reference.split(':').next().unwrap_or_default();
        hash.len() >= 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

fn is_archive(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let known = [
        ".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".tzst", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst",
        ".gz", ".xz", ".bz2", ".zst", ".lzma", ".tar*", ".tar.*", ".t*",
    ];
    known.iter().any(|ending| lower.ends_with(ending))
}

/// Whether a file is copied to where public keys belong.
fn is_for_everyone(destination: &str) -> bool {
    let lower = destination.to_ascii_lowercase();
    lower.ends_with(".pub")
        || ["keyrings", "trusted.gpg", "rpm-gpg", "authorized_keys", "/apk/keys"]
            .iter()
            .any(|part| lower.contains(part))
}

/// What a file of a name holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Always,
    Often,
}

/// Words of names that are made to be shared.
const SHARED: &[&str] =
    &["example", "sample", "template", "dist", "pub", "public", "defaults", "schema", "test", "dummy"];

fn holds(path: &str) -> Option<Holds> {
    let path = path.trim_end_matches('/').to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut words = name.split(['.', '-', '_']);
    if words.any(|word| SHARED.contains(&word)) {
        return None;
    }
    const KEYS: &[&str] = &[
        "id_rsa",
        "id_dsa",
        "id_ecdsa",
        "id_ed25519",
        ".ssh",
        ".aws",
        ".netrc",
        "_netrc",
        ".pypirc",
        ".git-credentials",
        ".dockercfg",
        "kubeconfig",
        ".kube",
        ".pgpass",
        ".htpasswd",
        ".my.cnf",
        "application_default_credentials.json",
        ".azure",
        ".gnupg",
        ".vault-token",
    ];
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let key_file = match ending {
        "pfx" | "p12" | "jks" | "keystore" | "ppk" | "kdbx" => {
            !name.contains("trust") && !name.contains("cacerts")
        }
        "key" => !name.starts_with('*') && !name.contains("gpg"),
        "pem" => name.contains("key") || name.contains("private"),
        _ => false,
    };
    let account = ending == "json"
        && ["service-account", "service_account", "serviceaccount", "client_secret"]
            .iter()
            .any(|word| name.contains(word));
    let nested = [".docker/config.json", ".kube/config", ".aws/credentials", ".ssh/"]
        .iter()
        .any(|part| path.contains(part));
    if KEYS.contains(&name) || key_file || account || nested {
        return Some(Holds::Always);
    }
    let often = name == ".env"
        || name.starts_with(".env.")
        || ending == "env" && name.contains("prod")
        || matches!(
            name,
            ".npmrc" | ".yarnrc" | "credentials" | "credentials.json" | "secrets" | "auth.json"
        )
        || matches!(name, "secrets.yml" | "secrets.yaml" | "secrets.json" | "secrets.env" | ".secrets");
    often.then_some(Holds::Often)
}

#[cfg(test)]
mod tests {
    use super::{Holds, holds, is_archive, is_commit};

    #[test]
    fn names_of_files_with_credentials() {
        for name in [
            "id_rsa",
            "keys/id_ed25519",
            ".aws/",
            "server.key",
            "private.pem",
            "tls/key.pem",
            "a/.ssh/config",
        ] {
            assert_eq!(holds(name), Some(Holds::Always), "{name}");
        }
        for name in [".env", ".env.production", ".npmrc", "config/secrets.yml"] {
            assert_eq!(holds(name), Some(Holds::Often), "{name}");
        }
        for name in [
            "id_rsa.pub",
            ".env.example",
            "ca.pem",
            "public-key.pem",
            "src/secrets.rs",
            "keys.py",
            "apt.key.d/x",
            ".",
        ] {
            assert_eq!(holds(name), None, "{name}");
        }
    }

    #[test]
    fn archives_and_commits() {
        assert!(
            is_archive("rootfs.tar.xz")
                && is_archive("a.tgz")
                && !is_archive("a.zip")
                && !is_archive("target")
        );
        assert!(is_commit("https://example.org/r.git#0123456789012345678901234567890123456789"));
        assert!(!is_commit("https://example.org/r.git#main"));
    }
}
