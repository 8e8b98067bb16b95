//! What is released: files that are named, or that patterns match. Links and folders are refused: a link says what is on
//! this machine, and a folder has names, modes and links that only an archive keeps.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use zeroize::Zeroizing;

use super::names::{self, Unfit};
use crate::formats::glob::{self, GlobError};
use crate::formats::release_manifest::MAX_FILES;
use crate::host::files::{open_regular, path_text};

/// Most names that are looked at for the patterns of one release.
const MOST_LOOKED_AT: usize = 500_000;
/// Deepest folder that is entered for a pattern.
const DEPTH: usize = 64;
/// Folders that hold nothing to release.
const OWN: &[&str] = &[".git", ".readiness"];
/// Characters that make a part of a path a pattern.
const WILD: &[char] = &['*', '?', '[', '{', '\\'];

/// A file that is to be released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Where it is.
    pub path: PathBuf,
    /// The same as the user named it, or relative to the configuration.
    pub shown: String,
    /// Its name in the release.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// What must not change until it was copied.
    pub(super) state: State,
}

/// What tells that a file is still the one that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    size: u64,
    modified: Option<SystemTime>,
    /// Device, inode, and when anything of it changed; where the system knows them.
    identity: (u64, u64, i64, i64),
}

impl State {
    pub(super) fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt as _;
            (metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
        };
        #[cfg(not(unix))]
        let identity = (0, 0, 0, 0);
        Self { size: metadata.len(), modified: metadata.modified().ok(), identity }
    }
}

/// Why a file cannot be released.
#[derive(Debug, thiserror::Error)]
pub enum PickError {
    /// It cannot be looked at.
    #[error("{path}: {source}")]
    Read {
        /// As it was named.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// A link.
    #[error("{path} is a link; name the file that it leads to")]
    Link {
        /// As it was named.
        path: String,
    },
    /// A folder.
    #[error("{path} is a folder; release an archive of it, such as `tar -czf NAME.tar.gz {path}` makes")]
    Folder {
        /// As it was named.
        path: String,
    },
    /// A socket, pipe or device.
    #[error("{path} is no plain file")]
    Special {
        /// As it was named.
        path: String,
    },
    /// A name that no file of a release may have.
    #[error("{path}: the name cannot be released: {reason}")]
    Name {
        /// As it was named.
        path: String,
        /// Why.
        reason: Unfit,
    },
    /// A key that must not leave the hands of who releases.
    #[error("{path} is a secret key; a release is for everyone")]
    Secret {
        /// As it was named.
        path: String,
    },
    /// Two files of one name.
    #[error(
        "{one} and {other} have the same name in the release (capitals count as small letters); rename one"
    )]
    Twice {
        /// The first.
        one: String,
        /// The second.
        other: String,
    },
    /// A text that is no pattern.
    #[error("release.artifacts: {0}")]
    Glob(#[from] GlobError),
    /// A pattern that leads out of the configuration's folder.
    #[error(
        "release.artifacts: `{0}` must be relative to the folder of the configuration and stay inside it"
    )]
    Outside(String),
    /// A pattern that matches no file.
    #[error("release.artifacts: `{0}` matches no file")]
    Nothing(String),
    /// Patterns for which the whole disk would be looked at.
    #[error(
        "release.artifacts: `{0}` looks at more than {MOST_LOOKED_AT} names; begin it with the folders it means"
    )]
    TooMany(String),
    /// More files than a release may have.
    #[error("more than {MAX_FILES} artifacts")]
    TooManyFiles,
}

/// The files that are named, by their name in the release.
///
/// # Errors
/// The first that cannot be released.
pub fn named(paths: &[PathBuf]) -> Result<Vec<Artifact>, PickError> {
    let all = paths.iter().map(|path| examined(path, path_text(path))).collect::<Result<Vec<_>, _>>()?;
    ordered(all)
}

/// The files below `folder` that the patterns match, by their name in the release. Every pattern must match some.
///
/// # Errors
/// A pattern is none or matches nothing, or what it matches cannot be released.
pub fn matching(folder: &Path, patterns: &[String]) -> Result<Vec<Artifact>, PickError> {
    let mut all = Vec::new();
    for pattern in patterns {
        let found = matches(folder, pattern)?;
        if found.is_empty() {
            return Err(PickError::Nothing(pattern.clone()));
        }
        all.extend(found);
    }
    ordered(all)
}

fn ordered(mut all: Vec<Artifact>) -> Result<Vec<Artifact>, PickError> {
    all.sort_by(|one, other| (&one.name, &one.path).cmp(&(&other.name, &other.path)));
    // One file by two patterns is one artifact.
    all.dedup_by(|one, other| one.path == other.path);
    if all.len() > MAX_FILES / 4 {
        return Err(PickError::TooManyFiles);
    }
    let mut seen: BTreeMap<String, &Artifact> = BTreeMap::new();
    for artifact in &all {
        if let Some(other) = seen.insert(names::folded(&artifact.name), artifact) {
            return Err(PickError::Twice { one: other.shown.clone(), other: artifact.shown.clone() });
        }
    }
    Ok(all)
}

/// Looks at one file.
fn examined(path: &Path, shown: String) -> Result<Artifact, PickError> {
    let metadata = match path.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(source) => return Err(PickError::Read { path: shown, source }),
    };
    if metadata.is_symlink() {
        return Err(PickError::Link { path: shown });
    }
    if metadata.is_dir() {
        return Err(PickError::Folder { path: shown });
    }
    if !metadata.is_file() {
        return Err(PickError::Special { path: shown });
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if let Err(reason) = names::file_name(&name) {
        return Err(PickError::Name { path: shown, reason });
    }
    match is_secret(path) {
        Ok(false) => {}
        Ok(true) => return Err(PickError::Secret { path: shown }),
        Err(source) => return Err(PickError::Read { path: shown, source }),
    }
    Ok(Artifact { path: path.to_owned(), shown, name, size: metadata.len(), state: State::of(&metadata) })
}

/// Whether a file begins as secret keys do: PEM of a private key, or a Tink keyset in the clear. A pattern that takes in
/// one file too many must not publish the key that signs.
fn is_secret(path: &Path) -> io::Result<bool> {
    const HEAD: u64 = 4096;
    let (file, _) = open_regular(path)?;
    let mut head = Zeroizing::new(Vec::with_capacity(HEAD as usize));
    file.take(HEAD).read_to_end(&mut head)?;
    let text = Zeroizing::new(String::from_utf8_lossy(&head).into_owned());
    let label = text.trim_start().strip_prefix("-----BEGIN ").and_then(|rest| rest.split("-----").next());
    let pem = label.is_some_and(|label| label.ends_with("PRIVATE KEY"));
    Ok(pem
        || (text.trim_start().starts_with('{') && text.contains("primaryKeyId") && text.contains("keyData")))
}

/// The files that one pattern matches. The walk begins at the folders that the pattern names in full, and does not enter
/// links; what git ignores is met all the same, for that is where builds put what they make.
fn matches(folder: &Path, pattern: &str) -> Result<Vec<Artifact>, PickError> {
    let parts: Vec<&str> = pattern.split('/').collect();
    if parts.iter().any(|part| part.is_empty() || *part == ".." || *part == ".")
        || Path::new(pattern).is_absolute()
        || pattern.contains(':')
    {
        return Err(PickError::Outside(pattern.to_owned()));
    }
    let plain = parts.iter().take_while(|part| !part.contains(WILD)).count();
    if plain == parts.len() {
        return match folder.join(pattern).symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            _ => Ok(vec![examined(&folder.join(pattern), pattern.to_owned())?]),
        };
    }
    let matcher = glob::parse(pattern)?.compile_matcher();
    let start = parts.iter().take(plain).copied().collect::<Vec<_>>().join("/");
    let deepest = if pattern.contains("**") { DEPTH } else { parts.len() };
    let mut found = Vec::new();
    let mut looked_at = 0;
    let mut waiting = vec![(folder.join(&start), start, plain)];
    while let Some((location, path, depth)) = waiting.pop() {
        let entries = match std::fs::read_dir(&location) {
            Ok(entries) => entries,
            // The folder that a pattern begins with need not be there: then nothing matches.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => return Err(PickError::Read { path, source }),
        };
        for entry in entries {
            let entry = entry.map_err(|source| PickError::Read { path: path.clone(), source })?;
            looked_at += 1;
            if looked_at > MOST_LOOKED_AT {
                return Err(PickError::TooMany(pattern.to_owned()));
            }
            let name = entry.file_name();
            if OWN.iter().any(|own| name == *own) {
                continue;
            }
            let name = path_text(Path::new(&name));
            let child = if path.is_empty() { name } else { format!("{path}/{name}") };
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if matcher.is_match(&child) && !(is_folder && pattern.contains("**")) {
                found.push(examined(&entry.path(), child)?);
            } else if is_folder && depth + 1 < deepest {
                waiting.push((entry.path(), child, depth + 1));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::File::create(path).unwrap();
        }
        folder
    }

    fn found(folder: &Path, patterns: &[&str]) -> Result<Vec<String>, String> {
        let patterns: Vec<String> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        let all = matching(folder, &patterns).map_err(|error| error.to_string())?;
        Ok(all.into_iter().map(|artifact| artifact.shown).collect())
    }

    #[test]
    fn patterns_name_files_and_nothing_else() {
        let folder =
            tree(&["dist/b.zip", "dist/a.zip", "dist/deep/c.zip", ".git/d.zip", "e.zip", "dist/f.txt"]);
        let of = |patterns: &[&str]| found(folder.path(), patterns);
        assert_eq!(of(&["dist/*.zip"]).unwrap(), ["dist/a.zip", "dist/b.zip"]);
        assert_eq!(of(&["**/*.zip"]).unwrap(), ["dist/a.zip", "dist/b.zip", "dist/deep/c.zip", "e.zip"]);
        assert_eq!(of(&["dist/*.zip", "dist/a.zip"]).unwrap().len(), 2, "one file is one artifact");
        assert!(of(&["dist/*.rpm"]).unwrap_err().contains("`dist/*.rpm` matches no file"));
        assert!(of(&["gone/*.zip"]).unwrap_err().contains("matches no file"));
        assert!(of(&["gone.zip"]).unwrap_err().contains("matches no file"));
        assert!(of(&["dist/*"]).unwrap_err().contains("dist/deep is a folder; release an archive"));
        for outside in ["../*.zip", "/etc/*", "dist//a.zip", "./e.zip"] {
            assert!(of(&[outside]).unwrap_err().contains("stay inside"), "{outside}");
        }
        assert!(of(&["["]).unwrap_err().contains("glob `[`"));
    }

    #[test]
    fn two_files_of_one_name_are_refused() {
        let folder = tree(&["one/app", "two/App", "three/app"]);
        let error = named(&[folder.path().join("one/app"), folder.path().join("three/app")]).unwrap_err();
        assert!(matches!(error, PickError::Twice { .. }));
        let error = named(&[folder.path().join("one/app"), folder.path().join("two/App")]).unwrap_err();
        assert!(matches!(error, PickError::Twice { .. }), "a system that knows no capitals would lose one");
        assert!(matches!(named(&[folder.path().to_owned()]).unwrap_err(), PickError::Folder { .. }));
        assert!(matches!(named(&[folder.path().join("gone")]).unwrap_err(), PickError::Read { .. }));
    }

    #[test]
    fn secret_keys_are_refused() {
        let folder = tree(&["a.key"]);
        let key = folder.path().join("a.key");
        let picked = |text: &str| {
            std::fs::write(&key, text).unwrap();
            named(std::slice::from_ref(&key))
        };
        for text in [
            "-----BEGIN PRIVATE KEY-----\n",
            "\n-----BEGIN ENCRYPTED PRIVATE KEY-----\n",
            "-----BEGIN OPENSSH PRIVATE KEY-----\n",
            r#"{"primaryKeyId": 1, "key": [{"keyData": {"value": "AA=="}}]}"#,
        ] {
            let error = picked(text).unwrap_err();
            assert!(matches!(error, PickError::Secret { .. }), "{text}: {error}");
        }
        for text in ["-----BEGIN PUBLIC KEY-----\n", "{}", "see -----BEGIN PRIVATE KEY-----", ""] {
            assert!(picked(text).is_ok(), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_and_names_that_hide_something_are_refused() {
        let folder = tree(&["dist/app", "dist/a\x1bb", "dist/x.sig"]);
        std::os::unix::fs::symlink("app", folder.path().join("dist/link")).unwrap();
        let at = |name: &str| named(&[folder.path().join("dist").join(name)]).unwrap_err();
        assert!(matches!(at("link"), PickError::Link { .. }));
        assert!(matches!(at("a\x1bb"), PickError::Name { reason: Unfit::Hidden, .. }));
        assert!(matches!(at("x.sig"), PickError::Name { reason: Unfit::Signature, .. }));
        // A pattern that meets a link says so rather than releasing less than it was told to.
        assert!(found(folder.path(), &["dist/l*"]).unwrap_err().contains("dist/link is a link"));
    }
}
