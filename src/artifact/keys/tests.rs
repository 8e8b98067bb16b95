//! Key files as they lie on a disk.

use super::*;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/crypto").join(name)
}

fn error(paths: &[PathBuf]) -> String {
    load_public_keys(paths).unwrap_err().reason.to_string()
}

#[test]
fn keys_are_named_after_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let both = folder.path().join("both.pem");
    let one = std::fs::read(fixture("rsa2048.pub.pem")).unwrap();
    std::fs::write(&both, [one, std::fs::read(fixture("rsa3072.pub.pem")).unwrap()].concat()).unwrap();
    let keys = load_public_keys(&[fixture("rsa2048.spki.der"), both]).unwrap();
    let names: Vec<&str> = keys.iter().map(|key| key.id.as_str()).collect();
    assert_eq!(names, ["rsa2048.spki.der", "both.pem", "both.pem#2"]);
    assert_eq!(keys[2].key.modulus_bits(), 3072);
}

#[test]
fn one_wrong_file_is_an_error() {
    assert!(error(&[fixture("rsa2048.pub.pem"), fixture("rsa1024.pub.pem")]).contains("1024 bits"));
    assert!(error(&[fixture("certificate.pem")]).contains("certificate"));
    assert!(load_public_keys(&[fixture("absent.pem")]).unwrap_err().to_string().contains("absent.pem"));
}

#[test]
fn a_key_set_reads_files_of_its_own_folder_only() {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("trusted");
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    std::fs::copy(fixture("rsa2048.pub.pem"), folder.path().join("sub/a.pem")).unwrap();
    std::fs::write(&set, "# ours\nkeys:\n- {id: a, file: sub/a.pem, not_after: 2026-12-31}\n").unwrap();
    let keys = load_public_keys(std::slice::from_ref(&set)).unwrap();
    assert_eq!((keys[0].id.as_str(), keys[0].validity.not_after.is_some()), ("a", true));
    std::fs::write(&set, "keys:\n- {id: a, file: ../a.pem}\n").unwrap();
    assert!(error(std::slice::from_ref(&set)).contains("without `..`"));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(fixture("rsa2048.pub.pem"), folder.path().join("link.pem")).unwrap();
        std::fs::write(&set, "keys:\n- {id: a, file: link.pem}\n").unwrap();
        assert!(error(std::slice::from_ref(&set)).contains("leads out"));
    }
}

#[cfg(unix)]
#[test]
fn too_open_key_files_are_noted() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.key");
    std::fs::write(&path, "0123456789abcdef".repeat(4)).unwrap();
    for (mode, expected) in [(0o640, Some(0o640)), (0o600, None), (0o400, None), (0o604, Some(0o604))] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let loaded = load_encryption_keys(std::slice::from_ref(&path)).unwrap();
        assert_eq!((loaded[0].name.as_str(), loaded[0].too_open), ("data.key", expected));
    }
    std::fs::write(&path, "too short").unwrap();
    let error = load_encryption_keys(std::slice::from_ref(&path)).unwrap_err().to_string();
    assert!(error.contains("data.key") && !error.contains("too short"), "{error}");
}

#[test]
fn a_private_key_is_loaded_from_a_file_of_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    let error = || load_private_key(&path).unwrap_err().to_string();
    assert!(error().contains("key.pem"));
    let made = std::process::Command::new("openssl")
        .args(["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out"])
        .arg(&path)
        .status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("no OpenSSL here: skipped");
        return;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for (mode, fine) in
            [(0o644, false), (0o640, false), (0o604, false), (0o620, false), (0o600, true), (0o400, true)]
        {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(load_private_key(&path).is_ok(), fine, "{mode:o}");
            if !fine {
                assert!(
                    error().contains(&format!("key.pem: mode {mode:04o}: ")) && error().contains("chmod 600")
                );
            }
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        // The owner may still use a file of someone else's group, but not one that is open to everyone. Only root
        // can make such a file.
        if std::os::unix::fs::chown(&path, Some(12_345), None).is_ok() {
            for (mode, fine) in [(0o640, true), (0o644, false)] {
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
                assert_eq!(load_private_key(&path).is_ok(), fine, "{mode:o} of someone else");
            }
            std::os::unix::fs::chown(&path, Some(0), None).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
    std::fs::write(&path, vec![b'a'; 300_000]).unwrap();
    assert!(error().contains("larger than"), "{}", error());
}

/// A key of tests under a passphrase, in a file for its owner alone.
#[cfg(unix)]
fn private(folder: &Path, name: &str, text: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
}

#[cfg(unix)]
#[test]
fn keys_under_passphrases_are_opened_and_guarded() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let [key, ..] = crate::crypto::keys::three();
    let signing = private(folder.path(), "signing.key", &key.to_protected_pem("first words").unwrap());
    let secret = crate::crypto::secret_key::SecretKey::generate().unwrap();
    let encryption =
        private(folder.path(), "encryption.key", &secret.to_protected_pem("first words").unwrap());
    let words = |text: &'static str| move |_: &Path| Ok(Zeroizing::new(text.to_owned()));

    let loaded = load_signing_key(&signing, &words("first words")).unwrap();
    assert_eq!(loaded.public().fingerprint(), key.public().fingerprint());
    assert_eq!(load_encryption_key(&encryption, &words("first words")).unwrap().keys.len(), 1);
    let wrong = "the passphrase is not the right one, or the key file is damaged";
    let asked = std::cell::Cell::new(0);
    let counting = |_: &Path| {
        asked.set(asked.get() + 1);
        Ok(Zeroizing::new("other words".to_owned()))
    };
    let found = load_signing_key(&signing, &counting).unwrap_err();
    assert_eq!(found.reason.to_string(), wrong);
    assert_eq!(asked.get(), 2, "the same answer twice is not tried twice");
    assert_eq!(
        load_encryption_key(&encryption, &words("other words")).unwrap_err().reason.to_string(),
        wrong
    );
    // A second answer is tried.
    let answers = std::cell::RefCell::new(vec!["first words", "other words"]);
    let next = |_: &Path| {
        answers.borrow_mut().pop().map(|text| Zeroizing::new(text.to_owned())).ok_or("none".to_owned())
    };
    assert!(load_signing_key(&signing, &next).is_ok());
    let nobody = |_: &Path| Err("nobody to ask".to_owned());
    let found = load_signing_key(&signing, &nobody).unwrap_err().reason.to_string();
    assert_eq!(found, "the private key is under a passphrase: nobody to ask");
    // Each is not the other.
    let found = load_encryption_key(&signing, &words("first words")).unwrap_err().to_string();
    assert!(found.contains("is it the signing key"), "{found}");
    let found = load_signing_key(&encryption, &words("first words")).unwrap_err().to_string();
    assert!(found.contains("2.16.840.1.101.3.4.1.46 key"), "{found}");
    // Encrypted or not, others have nothing to do with it; and nobody is asked for it.
    for path in [&signing, &encryption] {
        for mode in [0o644, 0o640, 0o604] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
            let never = |_: &Path| panic!("asked");
            let found = [load_signing_key(path, &never).err(), load_encryption_key(path, &never).err()];
            for error in found {
                assert!(error.unwrap().to_string().contains(&format!("mode {mode:04o}")));
            }
        }
    }
}

#[test]
fn with_a_root_only_what_goes_back_to_it_is_taken() {
    let root = fixture("rsa2048.pub.pem");
    let load = |path: PathBuf| load_rooted_keys(&[path], Some(&root));
    assert_eq!(load(root.clone()).unwrap().len(), 1);
    let error = load(fixture("rsa3072.pub.pem")).unwrap_err().to_string();
    assert!(error.contains("not the root key"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("set.yaml");
    std::fs::copy(&root, folder.path().join("a.pem")).unwrap();
    std::fs::write(&set, "keys:\n- {id: a, file: a.pem}\n").unwrap();
    assert!(load(set.clone()).unwrap_err().to_string().contains("needs its signature"));
    std::fs::write(signature_path(&set), "no signature").unwrap();
    assert!(load(set).unwrap_err().to_string().contains("do not belong together"));
    let none = load_rooted_keys(&[fixture("rsa3072.pub.pem")], None).unwrap();
    assert_eq!(none.len(), 1, "without a root every key is taken");
}
