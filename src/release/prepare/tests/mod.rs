//! Building a release: what is in it, and failing or being ended at every operation of the disk in turn.

mod faults;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::*;
use crate::artifact::keys::load_signing_key;
use crate::crypto::digest::HashAlgorithm;
use crate::crypto::secret_key::SecretKey;
use crate::crypto::streaming::{Decryptor, Parameters, StreamingKey};
use crate::formats::checksums;
use crate::formats::release_manifest::{Degraded, FileRole, ReleaseManifest};
use crate::host::disk::{Disk, Operation};
use crate::release::statement::Build;

/// A folder with a private key, made once by OpenSSL; none where that is missing.
static KEY: LazyLock<Option<tempfile::TempDir>> = LazyLock::new(|| {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signing.key");
    let made = std::process::Command::new("openssl")
        .args(["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out"])
        .arg(&path)
        .status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("no OpenSSL here: releases of these tests are not signed");
        return None;
    }
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    Some(folder)
});

fn encryption() -> StreamingKey {
    StreamingKey::from_secret(&SecretKey::from_bytes([7; 32]), Parameters::default())
}

/// The keys of the tests; `signing` is where the private key lies.
fn keys(signing: Option<&Path>) -> Keys {
    let none = |_: &Path| Err("no passphrase".to_owned());
    Keys {
        signing: signing.map(|path| load_signing_key(path, &none).unwrap()),
        encryption: Some(encryption()),
    }
}

fn here() -> Option<PathBuf> {
    KEY.as_ref().map(|folder| folder.path().join("signing.key"))
}

fn put(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::io::Write::write_all(&mut std::fs::File::create(path).unwrap(), bytes).unwrap();
}

/// Bytes that are no repetition of each other.
fn bytes(count: usize) -> Vec<u8> {
    (0..count as u64).map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect()
}

/// A project with three artifacts, one of them of two segments and one of nothing.
fn project(root: &Path) {
    put(&root.join("dist/big"), &bytes((1 << 20) + 17));
    put(&root.join("dist/empty"), b"");
    put(&root.join("dist/small"), b"hello\n");
}

fn plan(root: &Path) -> Plan {
    let artifacts = ["big", "empty", "small"].map(|name| root.join("dist").join(name));
    Plan {
        target: root.join("out/releases/v1"),
        name: "shop".to_owned(),
        version: "1.0.0".to_owned(),
        created: "2026-06-15T12:00:00Z".to_owned(),
        artifacts: named(&artifacts).unwrap(),
        ..Plan::default()
    }
}

fn materials() -> Materials {
    let extra = |path: &str, role, bytes: &[u8]| Extra { path: path.to_owned(), role, bytes: bytes.to_vec() };
    let started = "2026-06-15T12:00:00Z".to_owned();
    Materials {
        extras: vec![
            extra("sbom/shop.cdx.json", FileRole::Sbom, b"{}\n"),
            extra("README.md", FileRole::Document, b"# Shop\n"),
        ],
        provenance: Some(Build { started, version: "1.0.0".to_owned(), ..Build::default() }),
        ..Materials::default()
    }
}

fn made(plan: &Plan, keys: &Keys, disk: &Disk) -> Result<Built, BuildError> {
    let finished = || "2026-06-15T12:00:01Z".to_owned();
    build(plan, &materials(), keys, disk, (&Course::default(), &finished))
}

/// All files below a folder, relative, sorted.
fn listed(folder: &Path) -> Vec<String> {
    let (mut found, mut waiting) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}

/// That a release is whole: every file is listed with its digest, nothing else is there, every file has its signature, and
/// the artifacts decrypt to what was released.
fn assert_whole(target: &Path, root: &Path, signed: bool) {
    let files = listed(target);
    let sums = std::fs::read(target.join("SHA256SUMS")).unwrap();
    let sums = checksums::parse(&sums, &checksums::Limits::default());
    assert!(sums.problems.is_empty());
    let mut expected = vec!["SHA256SUMS".to_owned()];
    for entry in &sums.entries {
        let read = std::fs::read(target.join(&entry.path)).unwrap();
        assert_eq!(HashAlgorithm::Sha256.digest(&read).as_bytes(), &entry.digest[..], "{}", entry.path);
        expected.push(entry.path.clone());
    }
    if signed {
        expected.extend(expected.clone().into_iter().map(|path| format!("{path}.sig")));
    }
    expected.sort();
    assert_eq!(files, expected);
    let manifest = ReleaseManifest::parse(&std::fs::read(target.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest.artifacts.len(), 3);
    for artifact in &manifest.artifacts {
        let mut plain = Vec::new();
        let key = encryption();
        let mut decryptor = Decryptor::new(&key, b"");
        decryptor.update(&std::fs::read(target.join(&artifact.path)).unwrap(), &mut plain).unwrap();
        decryptor.finish(&mut plain).unwrap();
        assert!(plain == std::fs::read(root.join("dist").join(&artifact.name)).unwrap(), "{}", artifact.name);
        assert_eq!(artifact.sha256, HashAlgorithm::Sha256.digest(&plain).to_string());
    }
}

#[test]
fn a_release_is_what_its_lists_say() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    project(root);
    let key = here();
    let built = made(&plan(root), &keys(key.as_deref()), &Disk::real()).unwrap();
    let target = root.join("out/releases/v1");
    assert_whole(&target, root, key.is_some());
    assert_eq!(std::fs::read_dir(root.join("out/releases")).unwrap().count(), 1, "nothing beside it");
    assert_eq!(built.signatures as usize, if key.is_some() { listed(&target).len() / 2 } else { 0 });
    let artifact = &built.manifest.artifacts[1];
    // A header of 40 bytes and a tag of 16 are all there is of nothing.
    assert_eq!((artifact.name.as_str(), artifact.size, artifact.encrypted_size), ("empty", 0, Some(56)));
    // printf '' | sha256sum
    assert_eq!(artifact.sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let again = made(&plan(root), &Keys::default(), &Disk::real()).unwrap_err();
    assert!(matches!(again, BuildError::Exists(_)), "{again}");
}

#[test]
fn an_artifact_that_changes_is_not_released() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    project(root);
    let planned = plan(root);
    put(&root.join("dist/small"), b"other\n");
    let error = made(&planned, &Keys::default(), &Disk::real()).unwrap_err();
    assert!(matches!(error, BuildError::Copy(CopyError::Changed { .. })), "{error}");
    assert!(listed(&root.join("out")).is_empty());
    // While it is read: in the middle of the copy, the file grows, keeps its size, or is replaced.
    for change in ["grow", "same", "replace"] {
        let planned = plan(root);
        let source = root.join("dist/big");
        let changing = source.clone();
        let disk = Disk::watched(move |operation, path| {
            if operation == Operation::Write && path.ends_with("big") {
                let mut text = std::fs::read(&changing)?;
                match change {
                    "grow" => text.push(1),
                    "same" => text[0] ^= 1,
                    _ => std::fs::remove_file(&changing)?,
                }
                put(&changing, &text);
            }
            Ok(())
        });
        let error = made(&planned, &Keys::default(), &disk);
        if change == "replace" {
            // What was opened stays what it was; its name is another's now, and the times of the old file tell.
            assert!(error.is_err());
        } else {
            assert!(matches!(error, Err(BuildError::Copy(CopyError::Changed { .. }))), "{change}");
        }
        assert!(listed(&root.join("out")).is_empty(), "{change}");
    }
}

#[test]
fn a_step_that_fails_degrades_or_ends_the_release() {
    let steps = Steps { optional: vec!["sbom".to_owned()], mandatory: vec!["slsa".to_owned()] };
    let degraded = Degraded { step: "notes".to_owned(), reason: "why".to_owned() };
    assert_eq!(steps.degraded("notes", "why".to_owned()), Ok(degraded));
    let failure = steps.degraded("slsa", "why".to_owned()).unwrap_err();
    assert_eq!(failure.to_string(), "the step slsa did not succeed, and release.mandatory asks for it: why");
    assert!(steps.may_fail("sbom") && !steps.may_fail("notes"));
}

#[test]
fn a_bill_has_a_name_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path());
    let mut plan = plan(folder.path());
    assert_eq!(plan.source_bill(), "shop");
    plan.name = "BIG".to_owned();
    assert_eq!(plan.source_bill(), "BIG.source", "an artifact is called like it");
}
