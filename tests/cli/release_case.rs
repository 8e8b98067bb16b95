//! Cases of the rules over release directories: what was done to a sound release, before or after it was listed and signed,
//! and who verifies it with what.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use readiness::release::verify::{Decryption, Trust, conclude, read};
use readiness::report::CheckReport;
use serde::Deserialize;
use serde_json::{Value, json};

use super::release_made::{
    Draft, FULL, Files, OTHER_SECRET, OURS, Recipe, THEIRS, decryption, decryption_with, draft, has_openssl,
    statement, write_all,
};

/// A case.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Case {
    /// Not signed at all.
    unsigned: bool,
    /// What was done before manifest, lists and signatures were made, so that all of them fit.
    before: Vec<Step>,
    /// What the manifest says instead, before it is listed and signed: JSON by JSON pointer.
    manifest: Vec<(String, String)>,
    /// What the provenance says instead.
    statement: Vec<(String, String)>,
    /// Who signs the provenance: `theirs`.
    statement_by: String,
    /// What was done to the finished release.
    after: Vec<Step>,
    /// Who is trusted: `ours` (when absent), `revoked`, `expired`, `in_window`.
    trust: String,
    /// The key of encrypted artifacts: `right` (when absent), `wrong`, `none`.
    decryption: String,
}

/// Something that is done to the files of a release.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum Step {
    /// The lowest bit of the middle byte of a file is turned.
    Flip(String),
    /// The last byte is cut off.
    Cut(String),
    /// A file is taken away.
    Remove(String),
    /// A file is called otherwise.
    Rename(String, String),
    /// Two files take each other's place.
    Swap(String, String),
    /// A file has these bytes.
    Write(String, String),
    /// A part of a text is replaced.
    Replace(String, String, String),
    /// A file is signed: by `theirs`, by `ours` with a salt of `20` bytes, or as `base64`.
    Sign(String, String),
    /// A folder without files.
    Folder(String),
    /// A symbolic link, and where it leads.
    Link(String, String),
    /// A named pipe.
    Pipe(String),
}

/// The reports of the check over one case.
pub(crate) fn judge(path: &Path) -> Vec<CheckReport> {
    let text = fs::read_to_string(path).unwrap();
    let case: Case =
        serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let folder = tempfile::tempdir().unwrap();
    let files = make(&case);
    write_all(folder.path(), &files);
    case.after.iter().for_each(|step| on_disk(step, folder.path()));
    let now: Timestamp = "2026-06-16T00:00:00Z".parse().unwrap();
    let outcome = read(folder.path(), &trust(&case.trust), &keys(&case.decryption), now).unwrap();
    vec![conclude(&outcome)]
}

fn make(case: &Case) -> Files {
    let mut draft: Draft = draft(Recipe { signed: !case.unsigned, ..FULL });
    let mut says = statement(&draft.artifacts);
    edit(&mut says, &case.statement);
    let by = if case.statement_by == "theirs" { &THEIRS } else { &OURS };
    draft.prove(&says, (!case.unsigned).then_some(by));
    case.before.iter().for_each(|step| in_memory(step, &mut draft.files));
    let mut manifest = draft.manifest();
    edit(&mut manifest, &case.manifest);
    let mut files = draft.finish(&manifest);
    case.after.iter().for_each(|step| in_memory(step, &mut files));
    files
}

/// Sets values by JSON pointer; an empty text removes.
fn edit(value: &mut Value, changes: &[(String, String)]) {
    for (pointer, text) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let new: Value = if text.is_empty() { Value::Null } else { serde_json::from_str(text).unwrap() };
        match value.pointer_mut(parent).unwrap() {
            Value::Object(fields) if text.is_empty() => {
                fields.remove(name).unwrap();
            }
            Value::Object(fields) => {
                fields.insert(name.to_owned(), new);
            }
            Value::Array(items) if text.is_empty() => {
                items.remove(name.parse().unwrap());
            }
            Value::Array(items) if name == "-" => items.push(new),
            Value::Array(items) => items[name.parse::<usize>().unwrap()] = new,
            other => *other = json!(text),
        }
    }
}

fn in_memory(step: &Step, files: &mut Files) {
    let of = |files: &Files, path: &str| files.get(path).unwrap_or_else(|| panic!("no {path}")).clone();
    match step {
        Step::Flip(path) => {
            let mut bytes = of(files, path);
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            files.insert(path.clone(), bytes);
        }
        Step::Cut(path) => {
            let mut bytes = of(files, path);
            bytes.pop();
            files.insert(path.clone(), bytes);
        }
        Step::Remove(path) => {
            files.remove(path).unwrap();
        }
        Step::Rename(from, to) => {
            let bytes = files.remove(from).unwrap();
            files.insert(to.clone(), bytes);
        }
        Step::Swap(one, other) => {
            let (first, second) = (of(files, one), of(files, other));
            files.insert(one.clone(), second);
            files.insert(other.clone(), first);
        }
        Step::Write(path, text) => {
            files.insert(path.clone(), text.clone().into_bytes());
        }
        Step::Replace(path, from, to) => {
            let text = String::from_utf8(of(files, path)).unwrap();
            assert!(text.contains(from), "{path}: no {from}");
            files.insert(path.clone(), text.replace(from, to).into_bytes());
        }
        Step::Sign(path, how) => {
            let bytes = of(files, path);
            let signature = match how.as_str() {
                "theirs" => THEIRS.sign(&bytes),
                "base64" => {
                    use base64::Engine as _;
                    base64::engine::general_purpose::STANDARD.encode(OURS.sign(&bytes)).into_bytes()
                }
                // Without OpenSSL nothing makes such a signature; one of another key is refused as well.
                _ if !has_openssl() => THEIRS.sign(&bytes),
                salt => OURS.sign_with(salt, &bytes),
            };
            files.insert(format!("{path}.sig"), signature);
        }
        // These are no files; see `on_disk`.
        Step::Folder(_) | Step::Link(..) | Step::Pipe(_) => {}
    }
}

fn on_disk(step: &Step, folder: &Path) {
    match step {
        Step::Folder(path) => fs::create_dir_all(folder.join(path)).unwrap(),
        #[cfg(unix)]
        Step::Link(path, target) => {
            let _ = fs::remove_file(folder.join(path));
            std::os::unix::fs::symlink(target, folder.join(path)).unwrap();
        }
        #[cfg(unix)]
        Step::Pipe(path) => pipe(&folder.join(path)),
        _ => {}
    }
}

/// Makes a named pipe.
#[cfg(unix)]
pub(crate) fn pipe(path: &Path) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    mknodat(CWD, path, FileType::Fifo, Mode::RWXU, 0).unwrap();
}

fn trust(how: &str) -> Trust {
    let mut key = OURS.trusted();
    match how {
        "" | "ours" => {}
        "revoked" => key.revoked = true,
        "expired" => key.validity.not_after = "2026-06-14T23:59:59Z".parse().ok(),
        "in_window" => {
            // What was signed in the key's time stays true after it.
            key.validity.not_before = "2026-06-15T00:00:00Z".parse().ok();
            key.validity.not_after = "2026-06-15T12:00:00Z".parse().ok();
        }
        other => panic!("{other}: nobody like that"),
    }
    Trust { keys: vec![key] }
}

fn keys(how: &str) -> Decryption {
    match how {
        "" | "right" => decryption(),
        "wrong" => decryption_with(OTHER_SECRET),
        "none" => Decryption::default(),
        other => panic!("{other}: no such key"),
    }
}
