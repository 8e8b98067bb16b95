//! The proof that no change of a release goes unseen: every file in turn is changed in every way, and verification must fail
//! each time with a finding that names the file.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use readiness::release::verify::{conclude, read};
use readiness::report::{CheckReport, Severity, Status};
use serde_json::Value;

use super::release_made::{FULL, Files, Recipe, SMALL, THEIRS, decryption, list, made, trust, write_all};
use super::support::write;

/// A directory that is brought from one state to the next.
struct Bench {
    folder: tempfile::TempDir,
    there: Files,
    cases: usize,
}

impl Bench {
    fn new(files: &Files) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_all(folder.path(), files);
        Self { folder, there: files.clone(), cases: 0 }
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.folder.path().join(path)
    }

    /// Makes the directory hold these files; folders that are left without any go.
    fn put(&mut self, files: &Files) {
        for path in self.there.keys().filter(|path| !files.contains_key(*path)) {
            fs::remove_file(self.path(path)).unwrap();
            let folders = Path::new(path).ancestors().skip(1);
            for folder in folders.filter(|folder| !folder.as_os_str().is_empty()) {
                let _ = fs::remove_dir(self.folder.path().join(folder));
            }
        }
        let changed: Files = files
            .iter()
            .filter(|(path, bytes)| self.there.get(*path) != Some(bytes))
            .map(|(path, bytes)| (path.clone(), bytes.clone()))
            .collect();
        write_all(self.folder.path(), &changed);
        self.there.clone_from(files);
    }

    fn verify(&self) -> CheckReport {
        let now: Timestamp = "2026-06-16T00:00:00Z".parse().unwrap();
        conclude(&read(self.folder.path(), &trust(), &decryption(), now).unwrap())
    }

    /// Verifies what was done, which must be seen, and named.
    fn must_fail(&mut self, what: &str, names: &[&str]) {
        self.cases += 1;
        let report = self.verify();
        assert_eq!(report.status, Status::Failed, "{what} goes unseen");
        let named = report.findings.iter().any(|finding| {
            let place = finding.location.path().unwrap_or_default();
            let said = |name: &&str| place == *name || finding.message.contains(&format!("`{name}`"));
            finding.severity >= Severity::High && names.iter().any(said)
        });
        let said: Vec<_> =
            report.findings.iter().map(|it| (it.location.path().unwrap_or(""), &it.message)).collect();
        assert!(named, "{what}: none of {names:?} is named in {said:#?}");
    }

    /// The same of changed files.
    fn with(&mut self, what: &str, names: &[&str], files: &Files) {
        assert!(self.there != *files, "{what}: nothing was done");
        self.put(files);
        self.must_fail(what, names);
    }

    fn end(self, whole: &Files, what: &str) {
        let Self { cases, .. } = self;
        let mut bench = self;
        bench.put(whole);
        assert_eq!(bench.verify().status, Status::Passed, "what was put back is whole");
        eprintln!("{what}: {cases} cases, each found and named");
    }
}

/// The same file with other bytes.
fn replaced(whole: &Files, path: &str, change: impl FnOnce(&mut Vec<u8>)) -> Files {
    let mut files = whole.clone();
    change(files.get_mut(path).unwrap());
    files
}

#[test]
fn what_nobody_touched_passes() {
    for recipe in [FULL, SMALL] {
        let files = made(recipe);
        let bench = Bench::new(&files);
        let report = bench.verify();
        assert_eq!((report.status, report.findings.len()), (Status::Passed, 0));
        assert_eq!(report.coverage.left_out, []);
        assert_eq!(report.coverage.count("files"), files.len() as u64);
    }
}

#[test]
fn every_file_changed_in_every_way() {
    let whole = made(FULL);
    let mut bench = Bench::new(&whole);
    for (path, bytes) in &whole {
        let last = bytes.len() - 1;
        for place in [0, bytes.len() / 2, last] {
            let files = replaced(&whole, path, |bytes| bytes[place] ^= 1 << (place % 8));
            bench.with(&format!("{path} flipped at {place}"), &[path], &files);
        }
        bench.with(&format!("{path} cut"), &[path], &replaced(&whole, path, |bytes| bytes.truncate(last)));
        bench.with(&format!("{path} emptied"), &[path], &replaced(&whole, path, Vec::clear));
        for byte in [b'\n', 0] {
            let files = replaced(&whole, path, |bytes| bytes.push(byte));
            bench.with(&format!("{path} with {byte} after it"), &[path], &files);
        }
        let mut files = whole.clone();
        let bytes = files.remove(path).unwrap();
        // A signature that is gone is missed at its file.
        let of = path.strip_suffix(".sig").unwrap_or(path);
        bench.with(&format!("{path} removed"), &[path, of], &files);
        for name in [format!("{path}~"), format!("more/{path}"), path.to_uppercase()] {
            let mut files = files.clone();
            if files.insert(name.clone(), bytes.clone()).is_none() && name != *path {
                bench.with(&format!("{path} called {name}"), &[path, of], &files);
            }
        }
        if of == path {
            let mut files = whole.clone();
            files.insert(format!("{path}.sig"), THEIRS.sign(&bytes));
            bench.with(&format!("{path} signed by others"), &[&format!("{path}.sig")], &files);
        }
    }
    bench.end(&whole, "files changed");
}

#[test]
fn every_two_files_swapped() {
    let whole = made(FULL);
    let mut bench = Bench::new(&whole);
    let paths: Vec<&String> = whole.keys().collect();
    for (place, one) in paths.iter().enumerate() {
        for other in paths.iter().skip(place + 1) {
            let mut files = whole.clone();
            files.insert((*one).clone(), whole[*other].clone());
            files.insert((*other).clone(), whole[*one].clone());
            bench.with(&format!("{one} and {other} swapped"), &[one], &files);
            bench.cases -= 1;
            bench.must_fail("the same", &[other]);
        }
    }
    bench.end(&whole, "files swapped");
}

#[cfg(unix)]
#[test]
fn every_file_replaced_by_what_is_none() {
    let whole = made(FULL);
    let mut bench = Bench::new(&whole);
    let outside = tempfile::tempdir().unwrap();
    for (path, bytes) in &whole {
        let copy = outside.path().join("copy");
        write(outside.path(), "copy", bytes);
        let place = bench.path(path);
        fs::remove_file(&place).unwrap();
        std::os::unix::fs::symlink(&copy, &place).unwrap();
        bench.must_fail(&format!("{path} as a link to its own bytes"), &[path]);
        fs::remove_file(&place).unwrap();
        super::release_case::pipe(&place);
        bench.must_fail(&format!("{path} as a pipe"), &[path]);
        fs::remove_file(&place).unwrap();
        fs::create_dir(&place).unwrap();
        bench.must_fail(&format!("{path} as a folder"), &[path, path.strip_suffix(".sig").unwrap_or(path)]);
        fs::remove_dir(&place).unwrap();
        write(bench.folder.path(), path, bytes);
    }
    // A whole folder behind a link, with every byte as it should be.
    for folder in ["artifacts", "sbom", "slsa"] {
        let moved = outside.path().join(folder);
        fs::rename(bench.path(folder), &moved).unwrap();
        std::os::unix::fs::symlink(&moved, bench.path(folder)).unwrap();
        bench.must_fail(&format!("{folder} behind a link"), &[folder]);
        fs::remove_file(bench.path(folder)).unwrap();
        fs::rename(&moved, bench.path(folder)).unwrap();
    }
    bench.end(&whole, "files replaced by links, pipes and folders");
}

#[test]
fn every_folder_with_something_more() {
    let whole = made(FULL);
    let mut bench = Bench::new(&whole);
    let mut folders: Vec<&str> = whole.keys().filter_map(|path| Some(path.rsplit_once('/')?.0)).collect();
    folders.extend(["", "new", "new/er"]);
    folders.dedup();
    for folder in folders {
        let inside =
            |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let names = ["extra", ".hidden", "SHA256SUMS.asc", "extra.sig", "manifest.json.bak", " ", "-rf"];
        for name in names {
            let path = inside(name);
            for bytes in [&b""[..], b"x", &whole["artifacts/app.tar"]] {
                let mut files = whole.clone();
                files.insert(path.clone(), bytes.to_vec());
                bench.with(&format!("{path} added"), &[&path], &files);
            }
        }
        bench.put(&whole);
        let empty = inside("nothing");
        fs::create_dir_all(bench.path(&empty)).unwrap();
        bench.must_fail(&format!("{empty} without a file"), &[&empty]);
        let top = empty.split('/').next().unwrap();
        if folder.starts_with("new") {
            fs::remove_dir_all(bench.path(top)).unwrap();
        } else {
            fs::remove_dir(bench.path(&empty)).unwrap();
        }
    }
    bench.end(&whole, "files and folders added");
}

#[test]
fn every_line_of_the_lists_taken_out() {
    let whole = made(FULL);
    let mut bench = Bench::new(&whole);
    let sums = String::from_utf8(whole["SHA256SUMS"].clone()).unwrap();
    for line in sums.lines() {
        let path = line.split_once("  ").unwrap().1;
        let rest = sums.replace(&format!("{line}\n"), "");
        let mut files = whole.clone();
        files.insert("SHA256SUMS".to_owned(), rest.clone().into_bytes());
        bench.with(&format!("{path} not listed"), &[path], &files);
        files.insert("SHA256SUMS.sig".to_owned(), THEIRS.sign(rest.as_bytes()));
        bench.with(&format!("{path} not listed, signed by others"), &["SHA256SUMS.sig"], &files);
        files.remove(path);
        files.remove(&format!("{path}.sig"));
        bench.with(&format!("{path} not listed and not there"), &["SHA256SUMS.sig"], &files);
    }
    // Out of the manifest, too, with everything that fits but the signatures, which are old, of others, or taken away.
    let manifest: Value = serde_json::from_slice(&whole["manifest.json"]).unwrap();
    for (list_of, count) in [("artifacts", 2), ("files", manifest["files"].as_array().unwrap().len())] {
        for place in 0..count {
            let mut other = manifest.clone();
            let gone = other[list_of].as_array_mut().unwrap().remove(place);
            let path = gone["path"].as_str().unwrap();
            let mut files = whole.clone();
            files.remove(path).unwrap();
            files.remove(&format!("{path}.sig")).unwrap();
            files.insert("manifest.json".to_owned(), serde_json::to_vec_pretty(&other).unwrap());
            list(&mut files);
            bench.with(&format!("{path} left out everywhere"), &["SHA256SUMS.sig"], &files);
            assert!(bench.verify().findings.iter().any(|it| it.location.path() == Some("manifest.json.sig")));
            for path in ["manifest.json", "SHA256SUMS"] {
                let signature = THEIRS.sign(&files[path]);
                files.insert(format!("{path}.sig"), signature);
            }
            bench.with(&format!("{path} left out, signed by others"), &["SHA256SUMS.sig"], &files);
            let bare: Files = files.into_iter().filter(|(path, _)| !path.ends_with(".sig")).collect();
            bench.with(&format!("{path} left out, no signatures"), &["SHA256SUMS"], &bare);
            let mut said = bare.clone();
            other["enterprise"]["signed"] = Value::Bool(false);
            other.as_object_mut().unwrap().remove("signature");
            said.insert("manifest.json".to_owned(), serde_json::to_vec_pretty(&other).unwrap());
            list(&mut said);
            bench.with(&format!("{path} left out, not signed"), &["manifest.json"], &said);
        }
    }
    bench.end(&whole, "entries taken out of lists");
}

#[test]
fn two_releases_mixed() {
    let whole = made(FULL);
    let other = made(Recipe { version: "1.2.4", ..FULL });
    let mut bench = Bench::new(&whole);
    // What differs between them, each with its true signature.
    let units: Vec<&String> =
        whole.keys().filter(|path| !path.ends_with(".sig") && whole[*path] != other[*path]).collect();
    assert_eq!(units, ["SHA256SUMS", "artifacts/app.tar", "manifest.json", "slsa/provenance.intoto.jsonl"]);
    for mask in 1..(1 << units.len()) - 1 {
        for with_signatures in [true, false] {
            let mut files = whole.clone();
            let taken: Vec<&str> = units
                .iter()
                .enumerate()
                .filter(|(place, _)| mask & (1 << place) != 0)
                .map(|(_, path)| path.as_str())
                .collect();
            for path in &taken {
                files.insert((*path).to_owned(), other[*path].clone());
                let signature = format!("{path}.sig");
                if with_signatures {
                    files.insert(signature.clone(), other[&signature].clone());
                }
            }
            // Of a list of the other release the files are at fault, of a file the list.
            let names: Vec<&str> = units.iter().map(|path| path.as_str()).collect();
            bench.with(&format!("{taken:?} of another release"), &names, &files);
        }
    }
    // All of them together are the other release, which is as true as this one.
    bench.put(&other);
    assert_eq!(bench.verify().status, Status::Passed);
    bench.end(&whole, "parts of another release");
}

#[test]
fn every_byte_of_manifest_list_and_envelope() {
    let whole = made(SMALL);
    let mut bench = Bench::new(&whole);
    for path in ["manifest.json", "slsa/provenance.intoto.jsonl", "SHA256SUMS", "SHA256SUMS.sig"] {
        for place in 0..whole[path].len() {
            let files = replaced(&whole, path, |bytes| bytes[place] ^= 1 << (place % 8));
            bench.with(&format!("{path} flipped at {place}"), &[path], &files);
        }
    }
    // White space means nothing to JSON, and everything to a signature.
    let manifest = String::from_utf8(whole["manifest.json"].clone()).unwrap();
    for (place, _) in manifest.match_indices('\n') {
        for white in [" ", "\t", "\r"] {
            let mut text = manifest.clone();
            text.insert_str(place, white);
            let mut files = whole.clone();
            files.insert("manifest.json".to_owned(), text.into_bytes());
            bench.with("manifest.json with white space", &["manifest.json"], &files);
        }
    }
    bench.end(&whole, "bytes of lists and envelope");
}

/// An insider's mistake rather than a stranger's attack: lists and signatures by the right key, and still not what was
/// released.
#[test]
fn what_is_signed_anew_must_still_agree_with_itself() {
    let whole = made(FULL);
    let mut bench = Bench::new(&whole);
    for path in whole.keys().filter(|path| !path.ends_with(".sig") && *path != "SHA256SUMS") {
        let mut files = whole.clone();
        files.get_mut(path).unwrap().push(b' ');
        list(&mut files);
        super::release_made::sign(&mut files);
        // Of JSON the meaning stays the same, but the manifest has another digest of it; the manifest itself may be so.
        if path != "manifest.json" && path != "slsa/provenance.intoto.jsonl" {
            bench.with(&format!("{path} longer, signed anew"), &[path], &files);
        }
    }
    bench.end(&whole, "files changed and signed anew");
}
